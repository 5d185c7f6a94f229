/* subscription.h: who hears of what is published to a topic.
 *
 * Rules (Subscribe and what follows it, SNS API reference):
 *  1. Protocols are http and https, whose endpoint is a URL, and mqtt, our own, whose endpoint is a
 *     topic of the broker, not one that begins with $. Others are refused by name. What is for a
 *     topic waits in the outbox while no broker is there.
 *  2. A subscription is pending until whoever owns the endpoint confirms it with the token that was
 *     sent there: so nobody is sent messages who did not ask for them. The token is good for
 *     SUBSCRIPTION_TOKEN_DAYS. Subscribing again to a pending one sends a new token; to one that is
 *     confirmed, it changes nothing.
 *  3. An attribute of our own, BulwarkConfirmed, makes a subscription that is confirmed at once:
 *     most receivers of webhooks that are not made for SNS cannot confirm, and who may subscribe in
 *     a self-hosted account is its operator. Where it leads is held to the daemon's address rule in
 *     either case.
 *  4. Another of our own, BulwarkSecret, signs each delivery: there is no certificate of AWS here
 * to sign with as SNS does.
 */
#ifndef ACCOUNT_SUBSCRIPTION_H
#define ACCOUNT_SUBSCRIPTION_H

#include "account/topic.h"

enum { SUBSCRIPTION_TOKEN_DAYS = 3, SUBSCRIPTION_SECRET_MAX = 128 };

struct subscribe {
    struct str topic_arn;
    struct str protocol;
    struct str endpoint;
    struct maybe_bool raw; /* not given: false */
    bool confirmed;
    struct str secret; /* absent: none */
};

/* INVALID: protocol, endpoint, or attributes other than those of the one that is there; NOT_FOUND;
 * LIMIT (QUOTA_TOPIC_SUBSCRIPTIONS). */
MUST_USE enum status subscription_create(const struct account_ctx *ctx, const struct subscribe *in,
                                         struct subscription *ret, struct why *why);

/* authenticated: whoever confirms signed the request. INVALID: a token that is not of this topic,
 * or too old. Confirming twice is no failure. */
MUST_USE enum status subscription_confirm(const struct account_ctx *ctx, struct str topic_arn,
                                          struct str token, bool authenticated,
                                          struct subscription *ret, struct why *why);

/* NOT_FOUND; INVALID when the text is no ARN of a subscription. */
MUST_USE enum status subscription_of_arn(const struct account_ctx *ctx, struct str arn,
                                         struct subscription *ret, struct why *why);

MUST_USE enum status subscription_arn(const struct account_ctx *ctx,
                                      const struct subscription *subscription, struct str *ret,
                                      struct why *why);

static inline bool subscription_is_confirmed(const struct subscription *subscription)
{
    return subscription->confirmed != TIME_NEVER;
}

/* name is RawMessageDelivery, with the value true or false, or BulwarkSecret. */
MUST_USE enum status subscription_set(const struct account_ctx *ctx, struct str arn,
                                      struct str name, struct str value, struct why *why);

/* Whoever knows the ARN may end it: it stands in each message, for that purpose. */
MUST_USE enum status subscription_delete(const struct account_ctx *ctx, struct str arn,
                                         struct why *why);

/* A page of struct subscription; of one topic, or of all (topic absent), by topic. */
MUST_USE enum status subscriptions_list(const struct account_ctx *ctx, struct str topic,
                                        const struct page *page, struct page_rows *ret,
                                        struct why *why);

/* All of a topic, at most QUOTA_TOPIC_SUBSCRIPTIONS. */
MUST_USE enum status subscriptions_of(const struct account_ctx *ctx, struct str topic,
                                      struct subscription **ret, size_t *ret_n, struct why *why);

/* "true" or "false"; INVALID names the attribute. */
MUST_USE enum status attribute_bool(struct str name, struct str value, bool *ret, struct why *why);

/* INVALID beyond SUBSCRIPTION_SECRET_MAX bytes. */
MUST_USE enum status attribute_secret(struct str value, struct why *why);

#endif
