/* schedule.h: audits that run by themselves: made, changed, listed, and started when they are due.
 *
 * Rules (API reference, *ScheduledAudit; developer guide, "Scheduled audits"; decisions where they
 * are silent are those of calendar.h and these):
 *  1. An account has at most QUOTA_SCHEDULED_AUDITS. Their checks must be enabled when they are
 *     named, and a check that a schedule names cannot be disabled (config.h).
 *  2. A run that is due starts once, however long nobody looked: what was missed while the daemon
 *     was down is one audit, then the calendar goes on from now. The task and the schedule's next
 *     run are one transaction.
 *  3. While the last run of a schedule is in progress, the next waits.
 *  4. A check that is not enabled any more when its run begins is FAILED with AUDIT_CHECK_DISABLED,
 *     and the others run.
 *  5. Changing frequency or days counts anew from the change; changing only checks does not.
 */
#ifndef AUDIT_SCHEDULE_H
#define AUDIT_SCHEDULE_H

#include "account/page.h"
#include "account/tags.h"
#include "contract/checks.h"

enum { QUOTA_SCHEDULED_AUDITS = 5 };

struct schedule_request {
    struct str name;
    struct str frequency; /* absent in an update: unchanged, as what follows */
    struct str day_of_month, day_of_week;
    const enum check_id *checks;
    size_t n_checks; /* 0 in an update: unchanged, unless checks_given */
    bool checks_given;
    struct tags tags;    /* of a new one */
    int64_t time_of_day; /* ms after midnight UTC, at which schedules run */
};

/* EXISTS, LIMIT, INVALID. */
MUST_USE enum status schedule_create(const struct account_ctx *ctx,
                                     const struct schedule_request *in, struct why *why);
/* NOT_FOUND, INVALID. */
MUST_USE enum status schedule_update(const struct account_ctx *ctx,
                                     const struct schedule_request *in, struct why *why);
MUST_USE enum status schedule_get(const struct account_ctx *ctx, struct str name,
                                  struct scheduled_audit *ret, struct why *why);
/* Audits that it has started stay, and go on. */
MUST_USE enum status schedule_delete(const struct account_ctx *ctx, struct str name,
                                     struct why *why);

/* By name. rows are struct scheduled_audit. */
MUST_USE enum status schedule_list(const struct account_ctx *ctx, const struct page *page,
                                   struct page_rows *ret, struct why *why);

/* The checks of a schedule, or of any list of names, one a line: the next, false at the end. */
bool schedule_next_check(struct str *rest, enum check_id *ret);

/* The name of a schedule that names this check, absent when none does. */
MUST_USE enum status schedule_using(const struct account_ctx *ctx, enum check_id check,
                                    struct str *ret_name, struct why *why);

/* Whether there is any schedule. */
MUST_USE enum status schedule_any(const struct account_ctx *ctx, bool *ret, struct why *why);

/* Removes all schedules. */
MUST_USE enum status schedule_delete_all(const struct account_ctx *ctx, struct why *why);

/* Starts what is due. ctx->tx is the running transaction. */
struct schedule_started {
    struct {
        struct str schedule, task;
    } at[QUOTA_SCHEDULED_AUDITS];
    size_t n;
};
MUST_USE enum status schedule_start_due(const struct account_ctx *ctx, int64_t time_of_day,
                                        struct schedule_started *ret, struct why *why);

/* Whether something is due; ctx->tx may be a view. Costs a scan of at most
 * QUOTA_SCHEDULED_AUDITS rows. */
MUST_USE enum status schedule_is_due(const struct account_ctx *ctx, bool *ret, struct why *why);

#endif
