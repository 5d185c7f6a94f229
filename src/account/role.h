/* role.h: may a service of ours use a role for that?
 *
 * Three questions, in this order, and the answer says which one failed: does the account hold the
 * role; does its trust policy let the service assume it, under the keys that guard against the
 * confused deputy (aws:SourceArn, aws:SourceAccount); and do its policies allow the action on the
 * resource. Source: "Cross-service confused deputy prevention", AWS IoT developer guide, which also
 * says what aws:SourceArn is: arn:PARTITION:iot:REGION:ACCOUNT: for audits and their notifications,
 * ...:mitigationaction/NAME for a mitigation action, ...:securityprofile/NAME for alert targets.
 */
#ifndef ACCOUNT_ROLE_H
#define ACCOUNT_ROLE_H

#include "account/access.h"

struct role_use {
    struct str service;                /* absent: "iot.amazonaws.com" */
    struct str source_arn;             /* absent: that of audits, above */
    struct str source_account;         /* absent: the account */
    struct str action;                 /* absent: only whether the service may assume it is asked */
    struct str resource;               /* an ARN, or "*" */
    const struct access_value *values; /* of the request, beside those above */
    size_t n_values;
};

/* A refusal is a decision, not a failure: its sentence is one of
 *     role ARN does not exist
 *     the trust policy of role R does not let iot.amazonaws.com assume it ...
 *     no policy of role R allows ACTION on RESOURCE ...
 *     policy P, statement 2, of role R denies ACTION on RESOURCE                          */
MUST_USE enum status role_may(const struct account_ctx *ctx, struct str role_arn,
                              const struct role_use *use, struct access_decision *ret,
                              struct why *why);

/* ---- for many questions about one role: its policies are read once ----------------------------
 */

struct role_opened;

/* A role that is not there can be opened too: it says so to every question. Valid as long as
 * ctx->mem, and of the moment it was opened at. */
MUST_USE enum status role_open(const struct account_ctx *ctx, struct str role_arn,
                               const struct role_opened **ret, struct why *why);

/* Whether the account holds it. */
bool role_is_held(const struct role_opened *role);

MUST_USE enum status role_ask(const struct account_ctx *ctx, const struct role_opened *role,
                              const struct role_use *use, struct access_decision *ret,
                              struct why *why);

/* True when role_ask says the same for every resource that begins with use->resource; false says
 * nothing. */
bool role_answers_alike(const struct role_opened *role, const struct role_use *use);

/* aws:SourceArn and aws:SourceAccount, as its trust policy is told them. */
enum { SOURCE_VALUES = 2 };
MUST_USE enum status role_source(const struct account_ctx *ctx, const struct role_use *use,
                                 struct access_value ret[SOURCE_VALUES], struct why *why);

/* The aws:SourceArn of a resource of IoT: type and name as in model/arn.h; both "" give that of
 * audits. */
MUST_USE enum status role_source_arn(const struct account_ctx *ctx, struct str type,
                                     struct str name, struct str *ret, struct why *why);

#endif
