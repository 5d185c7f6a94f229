/* retention.h: what audits leave behind, and when it goes: tasks, findings and what belongs to
 * them after AUDIT_RETENTION_DAYS (or what the operator set), suppressions that long after their
 * end.
 *
 * Removing is steps, each one bounded transaction, so that it never holds up a writer: a task's
 * related resources and findings go first, the task last; what is cut off is gone on with.
 */
#ifndef AUDIT_RETENTION_H
#define AUDIT_RETENTION_H

#include "account/account.h"

enum { RETENTION_STEP_ROWS = 2000 };

/* One step: rows of the oldest task that began before `before` and has ended, or suppressions that
 * ended before it. ctx->tx is the running transaction; *ret_more: there is more to remove. */
MUST_USE enum status retention_step(const struct account_ctx *ctx, int64_t before, bool *ret_more,
                                    struct why *why);

/* Whether a step would find something; ctx->tx may be a view. */
MUST_USE enum status retention_is_due(const struct account_ctx *ctx, int64_t before, bool *ret,
                                      struct why *why);

#endif
