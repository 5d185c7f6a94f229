/* effective.h: which policies decide what a device may do.
 *
 * Those attached to its principal (certificate, Cognito identity), and those attached to the static
 * thing groups that hold its thing, with the ancestors of these groups up to their roots. Dynamic
 * groups carry none. Each policy counts once, with its default version.
 * Source: "Thing group policies", IoT Core developer guide.
 */
#ifndef ACCOUNT_EFFECTIVE_H
#define ACCOUNT_EFFECTIVE_H

#include "account/account.h"
#include "base/map.h"

/* More policies than one device can have: of its principal, of each group and its ancestors. */
enum { EFFECTIVE_POLICIES_MAX = 1024 };

struct effective {
    struct map by_name; /* name to struct policy_version, in the order of finding */
};

static inline const struct policy_version *effective_at(const struct effective *effective, size_t i)
{
    return map_at(&effective->by_name, i)->value;
}

/* Empty, in ctx->mem. */
void effective_init(const struct account_ctx *ctx, struct effective *ret);

/* Adds the policies of a principal: certificate, Cognito identity, or a thing group with its
 * ancestors. INVALID, NOT_FOUND. */
MUST_USE enum status effective_add_principal(const struct account_ctx *ctx,
                                             struct effective *effective, struct str principal,
                                             struct why *why);

/* Adds those of the groups that hold the thing. NOT_FOUND. */
MUST_USE enum status effective_add_thing(const struct account_ctx *ctx, struct effective *effective,
                                         struct str thing, struct why *why);

/* Adds one policy by name. NOT_FOUND. */
MUST_USE enum status effective_add_policy(const struct account_ctx *ctx,
                                          struct effective *effective, struct str name,
                                          struct why *why);

#endif
