/* task.h: audits as rows: started, described, listed, canceled. What runs them is runner.h.
 *
 * Invariants
 *  1. A task is IN_PROGRESS until it is COMPLETED, FAILED or CANCELED; then it never changes.
 *  2. Each of its checks has a row from the start. Numbers and findings of a check are written in
 * one transaction with the place up to which it has judged: a task that was cut off goes on from
 *     there, and nothing is found twice or lost.
 *  3. A check that left something unjudged is COMPLETED_NON_COMPLIANT, however little it found: who
 *     reads nothing but its status must not take it for compliant. nonCompliantResourcesCount stays
 *     what was found; the message says what was left open.
 *  4. The sum of checks by status is the number of checks.
 *  5. At most QUOTA_AUDITS_IN_PROGRESS on-demand tasks are in progress. Scheduled ones do not
 * count, nor do those of which nothing but checks that wait for their data is left; of these there
 * are at most QUOTA_AUDITS_WAITING, and as many more as were in progress when that was asked.
 */
#ifndef AUDIT_TASK_H
#define AUDIT_TASK_H

#include "account/account.h"
#include "account/page.h"
#include "audit/config.h"
#include "contract/checks.h"

enum {
    QUOTA_AUDITS_IN_PROGRESS = 10,
    QUOTA_AUDITS_WAITING = 100, /* one a minute or so, in the two hours for which a check waits */
    AUDIT_RETENTION_DAYS = 90,  /* of tasks and findings; API reference, ListAuditFindings */
};

/* An on-demand audit of these checks, all of which must be enabled and named once. */
MUST_USE enum status audit_task_start(const struct account_ctx *ctx, const enum check_id *checks,
                                      size_t n, struct str *ret_id, struct why *why);

/* INVALID unless there are checks, each is enabled, and none is named twice. */
MUST_USE enum status audit_checks_enabled(const struct audit_config *config,
                                          const enum check_id *checks, size_t n, struct why *why);

/* A run of this schedule. A check that is not enabled is FAILED, AUDIT_CHECK_DISABLED, from the
 * start; when none is enabled the task is FAILED. */
MUST_USE enum status audit_task_start_scheduled(const struct account_ctx *ctx, struct str schedule,
                                                const enum check_id *checks, size_t n,
                                                struct str *ret_id, struct why *why);

/* Whether a run of this schedule is in progress. */
MUST_USE enum status audit_task_is_running(const struct account_ctx *ctx, struct str schedule,
                                           bool *ret, struct why *why);

struct audit_statistics {
    int64_t total, in_progress, waiting, compliant, non_compliant, failed, canceled;
};

struct audit_described {
    struct audit_task task;
    struct audit_check_run *checks; /* in the order of their names */
    size_t n_checks;
    struct audit_statistics statistics;
};

MUST_USE enum status audit_task_describe(const struct account_ctx *ctx, struct str id,
                                         struct audit_described *ret, struct why *why);

/* From the newest. rows are struct audit_task. */
struct audit_task_filter {
    int64_t start, end;      /* of the time a task began: start <= began <= end */
    struct str kind, status; /* absent: any */
};
MUST_USE enum status audit_task_list(const struct account_ctx *ctx,
                                     const struct audit_task_filter *filter,
                                     const struct page *page, struct page_rows *ret,
                                     struct why *why);

/* At once: checks that are not done become CANCELED, what was found stays. INVALID unless the task
 * is in progress. */
MUST_USE enum status audit_task_cancel(const struct account_ctx *ctx, struct str id,
                                       struct why *why);

/* True for a check's status that will not change any more. */
bool audit_check_done(struct str status);

/* Ends the task: COMPLETED, or FAILED when every check failed or message is given. */
MUST_USE enum status audit_task_finish(const struct account_ctx *ctx, struct str id,
                                       struct str message, struct why *why);

#endif
