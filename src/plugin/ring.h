/* ring.h: events that wait until the daemon has them, in memory of a fixed size.
 *
 * Events are kept as the frames that will be sent, one behind the other, each whole and in one
 * piece. What does not fit is dropped and counted, and told by DROPPED as soon as there is room, so
 * numbers have no gaps. Reports of devices get half of the room at most, so that no flood of them
 * hides who came and went.
 */
#ifndef PLUGIN_RING_H
#define PLUGIN_RING_H

#include "link/codec.h"

enum { RING_BYTES_MIN = 64 << 10, RING_BYTES_DEFAULT = 4 << 20, RING_BYTES_MAX = 256 << 20 };

struct ring {
    uint8_t *bytes; /* cap, and room behind for the frame that begins last */
    size_t cap;
    size_t head; /* where the first frame begins */
    size_t tail; /* where the next one will */
    size_t lap;  /* where the frames before the turn end, while tail is below head */
    bool turned;
    size_t send;    /* where the first frame begins that is not wholly sent on this connection */
    size_t send_in; /* bytes of it that are */
    uint64_t send_next; /* its number, or the next event's */
    size_t used;
    size_t reports; /* bytes of REPORT frames among them */
    uint64_t first; /* number of the frame at head, or the next when there is none */
    uint64_t next;  /* number of the next event */
    uint64_t acked; /* up to here the daemon has them */
    uint64_t dropped[LINK_TYPE_END];
    bool any_dropped;
};

/* Room for cap bytes (brought within the bounds above). NO_MEMORY. */
MUST_USE enum status ring_init(struct ring *ring, size_t cap, struct why *why);
void ring_release(struct ring *ring);

/* Another size; done when nothing waits, and there is memory. */
void ring_resize(struct ring *ring, size_t cap);

/* Numbers and keeps one event, whose first field is its number. False: dropped and counted. */
bool ring_put(struct ring *ring, enum link_type type, void *message);

/* True when an event of size bytes would be kept now. */
bool ring_has_room(const struct ring *ring, size_t size);

/* An event that is not even tried: counted as dropped. */
void ring_drop(struct ring *ring, enum link_type type, uint64_t n);

/* The daemon has all up to that number. Later frames are kept, and one that is half sent. */
void ring_ack(struct ring *ring, uint64_t sequence);

/* A new connection: all is sent again from the first. */
void ring_rewind(struct ring *ring);

/* The next bytes to send; len 0: none. ring_sent says how many went. */
struct bytes ring_unsent(const struct ring *ring);
void ring_sent(struct ring *ring, size_t n);

#endif
