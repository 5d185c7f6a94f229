/* overlap.h: whether connections of one principal overlapped, told as they come by in order.
 *
 * Two connections overlap when both were open at some moment and they have different client ids: a
 * client id that connects again has not been in two places, since the broker ends its old
 * connection. Intervals are half-open: one that begins when another ends does not overlap it.
 *
 * Memory does not depend on how many there are. A connection overlaps an earlier one exactly when
 * the latest end among those of other client ids lies behind its beginning; for that the latest
 * ends of two client ids are enough. Connections that overlap nothing yet and are still open all
 * have one client id (two of different ones would overlap each other), and are few.
 */
#ifndef AUDIT_OVERLAP_H
#define AUDIT_OVERLAP_H

#include "audit/recent.h"

enum { OVERLAP_LONE_MAX = 8 };

struct overlap_client {
    int64_t end; /* the latest of this client id; TIME_NEVER: there is none */
    size_t len;
    char id[SESSION_CLIENT_BYTES_MAX];
};

struct overlap_lone {
    int64_t connected, disconnected, end;
};

struct overlap {
    int64_t from, to;                /* the window */
    size_t n;                        /* connections in it */
    struct overlap_client latest[2]; /* by end; of different client ids */
    struct overlap_client lone_client;
    struct overlap_lone lone[OVERLAP_LONE_MAX];
    size_t n_lone;
    struct recent recent; /* those that overlapped */
};

MUST_USE enum status overlap_init(struct overlap *overlap, int64_t from, int64_t to,
                                  struct why *why);
void overlap_release(struct overlap *overlap);

/* For another principal. */
void overlap_clear(struct overlap *overlap);

/* The next connection, in the order of connected; disconnected TIME_NEVER: open, which here means
 * up to the end of the window. What lies outside of the window is cut off. */
void overlap_add(struct overlap *overlap, int64_t connected, int64_t disconnected,
                 struct str client);

#endif
