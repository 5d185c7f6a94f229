/* task.h: mitigation tasks as rows: started, described, listed, canceled. What carries them out is
 * runner.h, what they are to do mission.h.
 *
 * Invariants
 *  1. A task is IN_PROGRESS until it is COMPLETED, FAILED or CANCELED; then it only can be undone
 *     (undo.h).
 *  2. A task works with the actions as they were when it was started.
 *  3. What was done about a finding is in the store with its execution rows, the numbers of its
 *     check and the task's cursor, in one transaction: a finding is done or it is not, and a task
 *     that was cut off goes on behind the last one.
 *  4. Executions of findings that are not done have no rows: they are PENDING while the task is in
 *     progress, and CANCELED once it is canceled.
 *  5. At most QUOTA_MITIGATION_TASKS are in progress.
 */
#ifndef MITIGATE_TASK_H
#define MITIGATE_TASK_H

#include "mitigate/mission.h"

enum { QUOTA_MITIGATION_TASKS = 10 }; /* "AWS IoT Device Defender quotas" */

/* Names of checks may be aliases; absent texts and n 0 were not given. */
struct task_codes {
    struct str check;
    const struct str *codes;
    size_t n;
};
struct task_actions {
    struct str check;
    const struct str *actions;
    size_t n;
};
struct task_new {
    struct str id;
    struct str token;
    struct str audit_task;
    const struct str *findings;
    size_t n_findings;
    const struct task_codes *codes;
    size_t n_codes;
    const struct task_actions *mapping;
    size_t n_mapping;
};

/* TASK_EXISTS: the id or the token was used; LIMIT: invariant 5; INVALID: what the task is to work
 * with is not there (a finding, an audit, an action, a check), an audit still in progress, a target
 * of another form than mission.h rule 1, a check twice, an action that does not fit its check, a
 * named finding of a check without actions. */
MUST_USE enum status task_start(const struct account_ctx *ctx, const struct task_new *in,
                                struct why *why);

/* What a task of this form would work with, by the same rules; for previews. */
MUST_USE enum status task_mission(const struct account_ctx *ctx, const struct task_new *in,
                                  struct mission *ret, struct why *why);

/* The numbers of one check; canceled is what is left of a task that was canceled. */
struct task_numbers {
    struct mitigation_check row;
    int64_t canceled;
};
struct task_described {
    struct mitigation_task row;
    struct task_numbers checks[CHECK_COUNT];
    size_t n_checks;
};

/* NOT_FOUND. */
MUST_USE enum status task_describe(const struct account_ctx *ctx, struct str id,
                                   struct task_described *ret, struct why *why);

MUST_USE enum status task_get(const struct account_ctx *ctx, struct str id,
                              struct mitigation_task *ret, struct why *why);

/* From the newest. rows are struct mitigation_task. */
struct task_filter {
    int64_t start, end;    /* of the time a task began, both included */
    struct str audit_task; /* whose target is this audit; absent: any */
    struct str finding;    /* that has this finding among its own; absent: any */
    struct str status;
};
MUST_USE enum status task_list(const struct account_ctx *ctx, const struct task_filter *filter,
                               const struct page *page, struct page_rows *ret, struct why *why);

/* At once; what is done stays done. NOT_FOUND; INVALID unless it is in progress. */
MUST_USE enum status task_cancel(const struct account_ctx *ctx, struct str id, struct why *why);

/* What one task did about one finding, in the order of the actions; invariant 4 for what it has not
 * done. status absent: all. rows are struct mitigation_execution; NOT_FOUND: no such task. A
 * finding that the task does not have gives none. */
MUST_USE enum status task_executions(const struct account_ctx *ctx, struct str id,
                                     struct str finding, struct str status, const struct page *page,
                                     struct page_rows *ret, struct why *why);

/* Fills in the totals of its checks, once. For the runner, and for canceling. */
MUST_USE enum status task_count(const struct account_ctx *ctx, const struct mission *mission,
                                int64_t ret_totals[CHECK_COUNT], struct why *why);
MUST_USE enum status task_put_totals(const struct account_ctx *ctx, struct mitigation_task *row,
                                     const struct mission *mission,
                                     const int64_t totals[CHECK_COUNT], struct why *why);

#endif
