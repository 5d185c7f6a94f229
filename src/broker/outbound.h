/* outbound.h: frames that wait to be written to a broker's socket: a queue of bytes, bounded.
 *
 * Whoever has much to say (feed.h) stops when OUTBOUND_FULL bytes wait; what must be said meanwhile
 * (acknowledgements, cuts) finds room up to OUTBOUND_MAX. A broker that does not read beyond that
 * is not served any more.
 */
#ifndef BROKER_OUTBOUND_H
#define BROKER_OUTBOUND_H

#include <stdbool.h>

#include "link/codec.h"

enum { OUTBOUND_FULL = 1 << 20, OUTBOUND_MAX = 16 << 20 };

struct outbound {
    uint8_t *ptr;
    size_t start; /* of what is not written yet */
    size_t end;
    size_t cap;
};

void outbound_release(struct outbound *out);

static inline size_t outbound_waiting(const struct outbound *out)
{
    return out->end - out->start;
}

static inline bool outbound_is_full(const struct outbound *out)
{
    return outbound_waiting(out) >= OUTBOUND_FULL;
}

/* Appends a frame. TOO_LARGE: the frame, or all that waits; INTERNAL: no such message. */
MUST_USE enum status outbound_put(struct outbound *out, enum link_type type, const void *message,
                                  struct why *why);

/* Appends frames made elsewhere. TOO_LARGE. */
MUST_USE enum status outbound_put_bytes(struct outbound *out, struct bytes frames, struct why *why);

/* Writes what the socket takes now. IO: the other side is gone. */
MUST_USE enum status outbound_write(struct outbound *out, int fd, struct why *why);

#endif
