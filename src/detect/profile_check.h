/* profile_check.h: the parts of a security profile against the account: what they say, and whether
 * what they name is there. Rules 1 and 5 of profile.h. */
#ifndef DETECT_PROFILE_CHECK_H
#define DETECT_PROFILE_CHECK_H

#include "account/account.h"
#include "detect/behavior.h"

/* INVALID, with the first fault and how many more there are. */
MUST_USE enum status profile_check(const struct account_ctx *ctx,
                                   const struct security_profile *row, struct why *why);

/* Writes the rows of profile_use.h: the metrics and dimensions that the profile names. */
MUST_USE enum status profile_check_uses(const struct account_ctx *ctx,
                                        const struct security_profile *row, struct why *why);

/* The faults of behaviors, a JSON list; n 0: they could be a profile's. */
MUST_USE enum status profile_check_behaviors(const struct account_ctx *ctx, struct str behaviors,
                                             struct behavior_faults *ret, struct why *why);

/* NOT_FOUND when there is no metric, of AWS or custom, or no dimension of the name. */
MUST_USE enum status profile_check_metric(const struct account_ctx *ctx, struct str name,
                                          struct why *why);
MUST_USE enum status profile_check_dimension(const struct account_ctx *ctx, struct str name,
                                             struct why *why);

#endif
