/* uplink.h: the plugin's end of the link: one Unix socket, tended at each tick, never waited for.
 */
#ifndef PLUGIN_UPLINK_H
#define PLUGIN_UPLINK_H

#include "base/clock.h"
#include "link/codec.h"

struct guest;

enum { UPLINK_PATH_MAX = 108, UPLINK_FIRST_RETRY_MS = 50, UPLINK_LAST_RETRY_MS = 2000 };

struct uplink {
    char path[UPLINK_PATH_MAX];
    int fd;          /* -1: not connected */
    bool greeted;    /* WELCOME has come */
    int64_t next;    /* steady time of the next try */
    int64_t wait_ms; /* then twice as long */
    uint8_t *in;     /* bytes that are no whole frame yet */
    size_t in_len, in_cap;
    uint8_t out[1024]; /* HELLO, until it is sent */
    size_t out_len, out_sent;
    uint64_t failures; /* tries in a row that failed: logged once */
    bool more;         /* the last poll ended by its time */
};

/* NO_MEMORY; INVALID: a path that no socket has. */
MUST_USE enum status uplink_init(struct uplink *uplink, const char *path, struct why *why);
void uplink_release(struct uplink *uplink);

/* Connects when it is time, reads and takes messages for at most budget_ms, sends what waits. */
void uplink_poll(struct guest *guest, int64_t budget_ms);

static inline bool uplink_up(const struct uplink *uplink)
{
    return uplink->greeted;
}

#endif
