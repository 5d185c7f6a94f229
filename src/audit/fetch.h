/* fetch.h: how an audit reaches revocation lists and issuer certificates out on the network.
 *
 * The daemon gives a fetcher that obeys its address rules, time and size bounds; tests give one
 * that answers from memory. An audit asks for all it needs at once, so that slow hosts wait side by
 * side.
 */
#ifndef AUDIT_FETCH_H
#define AUDIT_FETCH_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct fetch_item {
    struct str url;     /* http or https */
    size_t max_bytes;   /* TOO_LARGE beyond */
    struct arena *mem;  /* where the body goes */
    enum status status; /* what became of it */
    struct str body;
    struct why why; /* when status is not OK */
};

struct fetcher {
    /* Fills every item; returns when all are done or canceled(cancel_ctx) says so (asked at least
     * four times a second), in which case those not done are CANCELED. */
    void (*run)(void *ctx, struct fetch_item *items, size_t n, bool (*canceled)(void *cancel_ctx),
                void *cancel_ctx);
    void *ctx;
};

#endif
