/* seen.h: one principal of the account as a broker must see it, to decide by itself.
 *
 * A certificate with its state and validity, the policies attached to it, and the things that it is
 * attached to, each with what policies ask of it (type, attributes) and the policies of the groups
 * that hold it, those of their ancestors counted. Policies go by name here: a broker holds each
 * policy once, and finds it by policy_number.
 */
#ifndef BROKER_SEEN_H
#define BROKER_SEEN_H

#include "account/account.h"

enum {
    SEEN_THINGS_MAX = 1000,   /* of one principal; what is beyond gives no rights */
    SEEN_POLICIES_MAX = 1024, /* of one thing's groups, likewise */
};

struct seen_thing {
    struct str name;
    struct str type;       /* "": none */
    struct str attributes; /* JSON object of strings */
    bool exclusive;
    struct str *policies;
    size_t n_policies;
};

struct seen_principal {
    struct str id;
    struct str status; /* the API's word */
    int64_t not_before, not_after;
    int64_t revoked; /* since when a revocation list holds it; TIME_NEVER: none does */
    struct str *policies;
    size_t n_policies;
    struct seen_thing *things;
    size_t n_things;
    bool cut; /* there were more things or policies than the bounds allow */
};

/* NOT_FOUND: no such certificate. All of it lies in ctx->mem. */
MUST_USE enum status seen_principal_get(const struct account_ctx *ctx, struct str id,
                                        struct seen_principal *ret, struct why *why);

/* By what number brokers know a policy: 64 bits of a digest of its name, so that it needs no memory
 * and is the same in each life of the daemon. Never 0. */
MUST_USE enum status policy_number(struct str name, uint64_t *ret, struct why *why);

#endif
