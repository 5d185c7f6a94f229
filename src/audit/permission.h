/* permission.h: may the role of audits read what a check needs?
 *
 * An audit acts as the role of the account's audit configuration. Where the account's IAM holds
 * that role, its trust policy must let iot.amazonaws.com assume it for this account
 * (account/role.h: the confused deputy), and its policies must allow the actions by which the
 * check's data is read, each on "*". A check that lacks one is FAILED, INSUFFICIENT_PERMISSIONS,
 * and says which; others go on. A role that the account does not hold is taken at its word: an
 * account of one's own needs no IAM (docs/decisions).
 *
 * Actions by check: AWS IoT Device Defender developer guide, "Audit checks" and "Permissions";
 * those on role aliases came later than the rest, so an old role fails these two checks alone.
 */
#ifndef AUDIT_PERMISSION_H
#define AUDIT_PERMISSION_H

#include "account/role.h"
#include "contract/checks.h"

#define INSUFFICIENT_PERMISSIONS STR("INSUFFICIENT_PERMISSIONS")

/* The role that is to be asked: NULL when nothing is configured any more, and when the account does
 * not hold it; then *ret_unheld is its ARN, else absent. */
MUST_USE enum status audit_role_open(const struct account_ctx *ctx, const struct role_opened **ret,
                                     struct str *ret_unheld, struct why *why);

/* What the role lacks for the check, a sentence; absent: nothing. */
MUST_USE enum status audit_role_lack(const struct account_ctx *ctx, const struct role_opened *role,
                                     enum check_id check, struct str *ret, struct why *why);

/* In a write transaction: the check of the task, unless it is done, is FAILED for that. */
MUST_USE enum status audit_check_refuse(const struct account_ctx *ctx, struct str task,
                                        struct str check, struct str lack, struct why *why);

#endif
