/* account.h: what every rule of the account is given, and the customs of this floor.
 *
 * This floor holds the rules of the account: what may be made, changed and removed, and what each
 * refusal is. Its functions are plain functions over one transaction of the store:
 *     enum status thing_create(const struct account_ctx *ctx, const struct thing_create *in,
 *                              struct thing *ret, struct why *why);
 *  1. They know no wire: no JSON of requests, no HTTP. The caller has checked the shape of what was
 *     sent (lengths, patterns, enums of the service model); rules about the account are checked
 *     here.
 *  2. An operation is one transaction. A function that writes must be given the running write
 *     transaction (a store_work); any status but OK makes the store undo all of it, so a function
 *     may refuse half-way.
 *  3. A refusal is a sentence that names the resource, the rule and the bound, and puts the
 *     resource's ARN into why->resource where an exception of the API carries it.
 *  4. Everything returned lies in ctx->mem, or in what the caller passed in.
 *  5. An absent text (STR_ABSENT) in a request struct is a member that was not sent.
 * Quotas are rows of account/quotas.h; lists are pages (account/page.h).
 */
#ifndef ACCOUNT_ACCOUNT_H
#define ACCOUNT_ACCOUNT_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/rnd.h"
#include "base/str.h"
#include "model/arn.h"
#include "store/store.h"

struct account_ctx {
    struct account_id id;
    struct clock clock;
    struct rnd rnd;
    struct str endpoint; /* host name under which devices reach the broker; DescribeEndpoint */
    bool extensions;     /* the setting: what AWS has not may be used too */
    struct arena *mem;   /* of the unit of work */
    struct store_tx *tx; /* a read view, or the running write transaction */
};

/* Whether a boolean or a number was sent. */
struct maybe_bool {
    bool given;
    bool value;
};
struct maybe_int {
    bool given;
    int64_t value;
};

/* The ARN of a resource of this account; type as in model/arn.h. */
MUST_USE enum status account_arn(const struct account_ctx *ctx, struct str type, struct str name,
                                 struct str *ret, struct why *why);

/* A fresh uuid in ctx->mem. */
MUST_USE enum status account_uuid(const struct account_ctx *ctx, struct str *ret, struct why *why);

/* Puts the ARN of the resource in the way into *why (when not NULL). Never fails: without memory
 * the resource stays unnamed. Has the value code, which must be why->code:
 *     return why_resource(why, ctx, STR("thing"), name,
 *                         why_set(why, STATUS_EXISTS, "...")); */
enum status why_resource(struct why *why, const struct account_ctx *ctx, struct str type,
                         struct str name, enum status code);

/* A transaction of one account function: what most callers of store_write need.
 *     struct account_call call = {.ctx = &ctx, .run = run, .arg = &arg};
 *     status = store_write(store, account_call_run, &call, why);
 * run is given a copy of *ctx whose tx is the running one. */
struct account_call {
    const struct account_ctx *ctx;
    enum status (*run)(const struct account_ctx *ctx, void *arg, struct why *why);
    void *arg;
};
store_work account_call_run;

#endif
