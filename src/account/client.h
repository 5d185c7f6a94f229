/* client.h: what is known of each client now: where it is connected and since when, or how its last
 * connection ended.
 *
 * One row for each client id, kept by what brokers tell (broker/intake.h); the history is
 * session.h's. Rows of clients that have been gone for CLIENT_KEEP_MS are swept.
 *
 * versionNumber (lifecycle events): equal in the events of one connection, one more with each
 * connection of the client, 0 again after an hour offline.
 */
#ifndef ACCOUNT_CLIENT_H
#define ACCOUNT_CLIENT_H

#include "account/page.h"

#define CLIENT_KEEP_MS         (INT64_C(62) * DAY_MS)
#define CLIENT_VERSION_KEEP_MS HOUR_MS

/* A connection has begun: row has all columns but ended, reason and version, which are set here.
 * *ret_former is what was known before (client absent: nothing); it may have been online. */
MUST_USE enum status client_came(const struct account_ctx *ctx, struct client_state *row,
                                 struct client_state *ret_former, struct why *why);

/* The connection of that number in that life of its broker has ended. *ret_known false: the row is
 * of another connection by now, or there is none, and nothing changes; else *ret is the row. */
MUST_USE enum status client_went(const struct account_ctx *ctx, const struct client_state *which,
                                 int64_t at, struct str reason, struct client_state *ret,
                                 bool *ret_known, struct why *why);

/* NOT_FOUND. */
MUST_USE enum status client_get(const struct account_ctx *ctx, struct str client,
                                struct client_state *ret, struct why *why);

/* The client that stands for a thing: one that said so, an online one before others, the latest
 * before earlier ones; else the one whose id is the thing's name. NOT_FOUND. */
MUST_USE enum status client_of_thing(const struct account_ctx *ctx, struct str thing,
                                     struct client_state *ret, struct why *why);

struct clients_filter {
    struct str principal; /* certificate id; absent: any */
    struct str thing;     /* absent: any */
    bool offline;         /* those that are gone too; with neither of the above, only online ones */
};

/* A page of struct client_state. */
MUST_USE enum status clients_list(const struct account_ctx *ctx,
                                  const struct clients_filter *filter, const struct page *page,
                                  struct page_rows *ret, struct why *why);

/* Online clients of a broker whose life is another than epoch, at most max, in ctx->mem. */
MUST_USE enum status clients_stale(const struct account_ctx *ctx, struct str broker,
                                   struct str epoch, struct client_state *rows, size_t max,
                                   size_t *ret_n, struct why *why);

/* Forgets at most max clients that have been gone since before `before`; goes on after *cursor (""
 * at first), which is absent when that was all. */
MUST_USE enum status clients_sweep(const struct account_ctx *ctx, int64_t before, size_t max,
                                   struct str *cursor, struct why *why);

#endif
