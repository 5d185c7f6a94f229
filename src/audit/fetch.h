/* fetch.h: how an audit reaches revocation lists and issuer certificates out on the network.
 *
 * The daemon gives a fetcher that obeys its address rules, time and size bounds; tests give one
 * that answers from memory. An audit asks for all it needs at once, so that slow hosts wait side by
 * side.
 */
#ifndef AUDIT_FETCH_H
#define AUDIT_FETCH_H

#include "net/http_client.h"

struct fetcher {
    /* Fills every item; returns when all are done or canceled(cancel_ctx) says so (asked at least
     * four times a second), in which case those not done are CANCELED. */
    void (*run)(void *ctx, struct http_fetch *items, size_t n, bool (*canceled)(void *cancel_ctx),
                void *cancel_ctx);
    void *ctx;
};

#endif
