/* retention.h: when mitigation tasks go: MITIGATION_RETENTION_DAYS after they began, or what the
 * operator set ("AWS IoT Device Defender quotas": 90 days).
 *
 * Removing is steps, each one bounded transaction: a task's changes, executions and numbers go
 * first, the task last; what is cut off is gone on with. A task that is in progress or being undone
 * stays.
 */
#ifndef MITIGATE_RETENTION_H
#define MITIGATE_RETENTION_H

#include "account/account.h"

enum { MITIGATION_RETENTION_DAYS = 90, MITIGATION_RETENTION_ROWS = 2000 };

/* One step: rows of the oldest task that began before `before`. *ret_more: there is more. */
MUST_USE enum status mitigation_retention_step(const struct account_ctx *ctx, int64_t before,
                                               bool *ret_more, struct why *why);

/* Whether a step would find something; ctx->tx may be a view. */
MUST_USE enum status mitigation_retention_is_due(const struct account_ctx *ctx, int64_t before,
                                                 bool *ret, struct why *why);

#endif
