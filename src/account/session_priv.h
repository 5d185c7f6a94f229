/* session_priv.h: which end belongs to which beginning (session.h, invariants 1 to 4), without a
 * store: events of one client in, its sessions out. */
#ifndef ACCOUNT_SESSION_PRIV_H
#define ACCOUNT_SESSION_PRIV_H

#include "account/session.h"

/* An event as pairing sees it. */
struct session_half {
    struct session_event event;
    size_t pin;   /* 0: free; else it belongs to the half of the same pin, if there is one, or to
                     none:   a row that is context alone stays as it is */
    size_t other; /* session_pair's own */
};

/* The one or two events that a row came from, at ret. */
size_t session_split(const struct session *row, size_t pin, struct session_half ret[2]);

/* Sorts, drops events that say the same (filling gaps of the first from the others), and makes the
 * rows, in the order of the key. *ret_rows lies in mem. */
MUST_USE enum status session_pair(struct session_half *halves, size_t n, struct arena *mem,
                                  struct session **ret_rows, size_t *ret_n, struct why *why);

#endif
