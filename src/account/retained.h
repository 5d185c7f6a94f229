/* retained.h: the retained messages of the brokers, as they told of them; brokers keep the
 * messages, these are copies to be looked at. Of several brokers the latest word counts.
 */
#ifndef ACCOUNT_RETAINED_H
#define ACCOUNT_RETAINED_H

#include "account/page.h"

enum { RETAINED_MAX = 100000, RETAINED_PAYLOAD_MAX = 128 << 10 }; /* AWS IoT Core: MQTT payload */

/* A message was retained at `at`; an empty payload takes the topic's away. LIMIT: RETAINED_MAX;
 * TOO_LARGE: RETAINED_PAYLOAD_MAX. */
MUST_USE enum status retained_set(const struct account_ctx *ctx, const struct retained *row,
                                  struct why *why);

/* NOT_FOUND. */
MUST_USE enum status retained_get(const struct account_ctx *ctx, struct str topic,
                                  struct retained *ret, struct why *why);

/* A page of struct retained without payloads, by topic. */
MUST_USE enum status retained_list(const struct account_ctx *ctx, const struct page *page,
                                   struct page_rows *ret, struct why *why);

#endif
