/* topic_policy.h: a topic's own policy: who may do what to it, beside what the policies of users
 * and roles say.
 *
 * The rule (access.h): within the account a user or role may, when its policies allow it or the
 * topic's does, and neither denies it. Source: "Policy evaluation for requests within a single
 * account", IAM user guide; "Using identity-based policies with Amazon SNS". A topic that nobody
 * has given a policy has the one of the SNS guide, which says nothing here: its condition is on
 * AWS:SourceOwner, which no request within an account has.
 *
 * A policy is read as POLICY_OF_RESOURCE, its actions are of SNS.
 */
#ifndef ACCOUNT_TOPIC_POLICY_H
#define ACCOUNT_TOPIC_POLICY_H

#include "account/account.h"
#include "policy/doc.h"

enum { TOPIC_POLICY_BYTES_MAX = 30720 };

/* INVALID, with what is wrong and where. */
MUST_USE enum status topic_policy_check(const struct account_ctx *ctx, struct str text,
                                        struct why *why);

/* Whether the ARN is of SNS: of what else no policy is asked. */
bool topic_policy_concerns(struct str arn);

/* The policy of the topic with that ARN; *ret is NULL when it is none of our topics, or has no
 * policy of its own. MALFORMED_POLICY: what is stored cannot be read. */
MUST_USE enum status topic_policy_read(const struct account_ctx *ctx, struct str arn,
                                       const struct policy_doc **ret, struct why *why);

#endif
