/* access.h: may this user or role do that, and what says so.
 *
 * The identity policies of a user or role decide (inline and attached, account/iam_grant.h), by the
 * rule of policy/evaluate.h. The account's root may do everything. Opened once, an access answers
 * any number of requests; it is of the moment it was opened at.
 *
 * A topic may have a policy of its own (topic_policy.h). Then what either allows is allowed, and
 * what either denies is denied; the root is asked by neither.
 *
 * Known to conditions and variables of every request: aws:PrincipalArn, aws:PrincipalAccount,
 * aws:PrincipalType, aws:userid, aws:username (of users), aws:CurrentTime, aws:EpochTime; the
 * caller adds what else the request has (aws:SourceIp, iam:PassedToService, aws:RequestTag/KEY
 * ...). Of the resource its tags are known, as aws:ResourceTag/KEY and iam:ResourceTag/KEY. As in
 * IAM, keys of tags are compared without regard to case, their values with it.
 */
#ifndef ACCOUNT_ACCESS_H
#define ACCOUNT_ACCESS_H

#include "account/iam.h"
#include "policy/evaluate.h"

/* One value of a key; several of one key are several values. */
struct access_value {
    struct str key;
    struct str value;
};

struct access_request {
    struct str action;   /* "iot:UpdateCertificate" */
    struct str resource; /* an ARN, or "*" for actions that know no resource */
    const struct access_value *values;
    size_t n_values;
    const struct access_value *source; /* on whose behalf a service asks: known to the policy of
                                          the resource alone */
    size_t n_source;
};

struct access_decision {
    bool allowed;
    enum policy_verdict verdict;
    struct str sentence; /* which policy and statement decided, or what is missing; in ctx->mem */
};

struct access;

/* Who signed a request. An absent ARN is nobody known, whom only --insecure-no-auth lets in: like
 * the root. NOT_FOUND: no such user. */
MUST_USE enum status access_of_caller(const struct account_ctx *ctx, struct str caller_arn,
                                      const struct access **ret, struct why *why);

MUST_USE enum status access_of_entity(const struct account_ctx *ctx,
                                      const struct iam_entity *entity, const struct access **ret,
                                      struct why *why);

MUST_USE enum status access_decide(const struct account_ctx *ctx, const struct access *access,
                                   const struct access_request *request,
                                   struct access_decision *ret, struct why *why);

/* True when the answer is the same for every resource that begins with request->resource; false
 * says nothing. */
bool access_decides_alike(const struct access *access, const struct access_request *request);

/* Whether the resource's own policy denies it to a user or role by its ARN, be it held here or
 * not; *ret is the sentence, absent when it does not. */
MUST_USE enum status access_denied_by_resource(const struct account_ctx *ctx, struct str arn,
                                               const struct access_request *request,
                                               struct str *ret, struct why *why);

/* One request of one caller. A caller who is not there is denied. The sentence of a refusal is
 * AWS's, "User: ARN is not authorized to perform: ...", and what it leaves out. */
MUST_USE enum status caller_may(const struct account_ctx *ctx, struct str caller_arn,
                                const struct access_request *request, struct access_decision *ret,
                                struct why *why);

/* May the caller hand the role to the service ("iot.amazonaws.com")? iam:PassRole on the role, with
 * iam:PassedToService. */
MUST_USE enum status caller_may_pass(const struct account_ctx *ctx, struct str caller_arn,
                                     struct str role_arn, struct str service,
                                     struct access_decision *ret, struct why *why);

/* "statement 2", or "statement 2 (Sid)", for sentences. */
MUST_USE enum status access_statement_text(const struct account_ctx *ctx,
                                           const struct policy_doc *doc, int32_t statement,
                                           struct str *ret, struct why *why);

#endif
