/* broker_message.h: what the service itself says on topics of the broker ($aws/events/...), on its
 * way there.
 *
 *  1. A message is a row, written in the transaction of what it tells of, and is gone once a broker
 *     has published it: at least once.
 *  2. Rows are in order of creation. At most QUOTA_BROKER_MESSAGES wait; then the oldest go, since
 * a service without a broker must not fill its disk, and devices are told by state anyway.
 */
#ifndef ACCOUNT_BROKER_MESSAGE_H
#define ACCOUNT_BROKER_MESSAGE_H

#include "account/account.h"

/* qos 0 or 1. */
MUST_USE enum status broker_message_add(const struct account_ctx *ctx, struct str topic,
                                        struct str payload, int64_t qos, struct why *why);

/* The oldest after an id (absent: from the first), as many as max. */
MUST_USE enum status broker_message_next(const struct account_ctx *ctx, struct str after,
                                         struct broker_message *rows, size_t max, size_t *ret_n,
                                         struct why *why);

/* It was published. One that is gone is no failure. */
MUST_USE enum status broker_message_done(const struct account_ctx *ctx, struct str id,
                                         struct why *why);

#endif
