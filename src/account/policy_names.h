/* policy_names.h: the policies that are attached to one target, as they are stored.
 *
 * The lowest part of attaching, for those who delete a target, move it, or ask what it may do;
 * policy_target.h has the rules.
 */
#ifndef ACCOUNT_POLICY_NAMES_H
#define ACCOUNT_POLICY_NAMES_H

#include "account/account.h"
#include "account/quotas.h"

struct policy_names {
    struct str at[QUOTA_POLICIES_OF_TARGET];
    size_t n;
};

/* The names, in their order. target is the ARN or identity id as it was stored. */
MUST_USE enum status policy_names_get(const struct account_ctx *ctx, struct str target,
                                      struct policy_names *ret, struct why *why);

/* Detaches them all. */
MUST_USE enum status policy_names_drop(const struct account_ctx *ctx, struct str target,
                                       const struct policy_names *names, struct why *why);

#endif
