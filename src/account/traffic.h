/* traffic.h: what clients did, in windows of five minutes.
 *
 * A row for each client that did something in a window. Brokers tell increments, each exactly once
 * (broker/intake.h); a window is that in which its increment ended. Rows are kept for a day after
 * their window: what judges behaviour reads them as they come.
 */
#ifndef ACCOUNT_TRAFFIC_H
#define ACCOUNT_TRAFFIC_H

#include "account/account.h"

#define TRAFFIC_WINDOW_MS (INT64_C(5) * MINUTE_MS)
#define TRAFFIC_KEEP_MS   ((int64_t)DAY_MS)

/* The window that a moment lies in. */
int64_t traffic_window(int64_t at);

/* Adds an increment to its row; its window is set here from at. */
MUST_USE enum status traffic_add(const struct account_ctx *ctx, int64_t at, struct traffic more,
                                 struct why *why);

/* The newest row of a client in this window or the one before; *ret_found. */
MUST_USE enum status traffic_now(const struct account_ctx *ctx, struct str client,
                                 struct traffic *ret, bool *ret_found, struct why *why);

/* Forgets at most max rows of windows that began before `before`. *ret_n less than max: that was
 * all. */
MUST_USE enum status traffic_sweep(const struct account_ctx *ctx, int64_t before, size_t max,
                                   size_t *ret_n, struct why *why);

#endif
