/* topic.h: topics of SNS: names under which messages are published, whoever listens.
 *
 * What is published to a topic goes to its confirmed subscriptions (account/subscription.h) by way
 * of the outbox (account/outbox.h). Rules (the *Topic operations, SNS API reference):
 *  1. A name has 1 to 256 letters, digits, '-' and '_'. FIFO topics are not offered.
 *  2. Making a topic that is there gives that one, unless it has other attributes than those sent.
 *  3. Deleting one that is not there is no failure; its subscriptions and tags go with it.
 *  4. Of the attributes DisplayName and Policy are kept. The policy decides, with those of users
 * and roles, who may do what to the topic (account/topic_policy.h).
 */
#ifndef ACCOUNT_TOPIC_H
#define ACCOUNT_TOPIC_H

#include "account/page.h"
#include "account/tags.h"

/* Of one attribute; INVALID: not one that is offered, or not a value that it can have. */
struct topic_attribute {
    struct str name;
    struct str value; /* absent: back to what a new topic has */
};

/* INVALID, LIMIT (QUOTA_TOPICS). */
MUST_USE enum status topic_create(const struct account_ctx *ctx, struct str name,
                                  const struct topic_attribute *attributes, size_t n,
                                  struct tags tags, struct topic *ret, struct why *why);

/* NOT_FOUND "Topic does not exist", also for topics of other accounts; INVALID when the text is no
 * ARN of SNS. */
MUST_USE enum status topic_of_arn(const struct account_ctx *ctx, struct str arn, struct topic *ret,
                                  struct why *why);

/* INVALID unless the text has the form of a topic's ARN, of any account: what may be told there
 * need not be there yet. member is the request's name for it. */
MUST_USE enum status topic_arn_check(const char *member, struct str arn, struct why *why);

MUST_USE enum status topic_arn(const struct account_ctx *ctx, const struct topic *topic,
                               struct str *ret, struct why *why);

/* The policy that applies: the topic's own, or the one that every topic has at first. */
MUST_USE enum status topic_policy(const struct account_ctx *ctx, const struct topic *topic,
                                  struct str *ret, struct why *why);

MUST_USE enum status topic_set(const struct account_ctx *ctx, struct str arn,
                               const struct topic_attribute *attribute, struct why *why);

MUST_USE enum status topic_delete(const struct account_ctx *ctx, struct str arn, struct why *why);

/* A page of struct topic by name. */
MUST_USE enum status topics_list(const struct account_ctx *ctx, const struct page *page,
                                 struct page_rows *ret, struct why *why);

#endif
