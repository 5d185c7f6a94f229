/* window.h: which stretch of the history of connections an audit judges.
 *
 * SPEC: developer guide, "Device certificate shared": on demand from 31 days before the audit to
 * two hours before it; scheduled from two hours before the former run of the schedule to two hours
 * before this one; nothing before the check has been enabled for two hours. "Conflicting MQTT
 * client IDs": the same without the two hours. The two hours are the lag, a setting. A former run
 * counts when it completed the check, so that no stretch is judged by nobody; where there is none,
 * it is 31 days.
 */
#ifndef AUDIT_WINDOW_H
#define AUDIT_WINDOW_H

#include "account/account.h"

enum { WINDOW_DAYS = 31 };

struct audit_window {
    int64_t from, to; /* from <= moment < to */
    int64_t due;      /* when there is enough data to begin */
};

/* Of one check of a task; lag 0 where the check has none. */
MUST_USE enum status audit_window_get(const struct account_ctx *ctx, const struct audit_task *task,
                                      struct str check_name, int64_t lag, struct audit_window *ret,
                                      struct why *why);

#endif
