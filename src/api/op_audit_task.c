/* op_audit_task.c: audits started, described, listed, canceled. */
#include "api/handlers.h"
#include "api/page.h"
#include "api/unpack_audit.h"
#include "audit/runner.h"
#include "audit/task.h"

#include "base/banned.h"

static void wake_runner(const struct api_env *env, void *ctx)
{
    (void)ctx;
    if (env->audit != NULL) {
        audit_runner_wake(env->audit);
    }
}

enum status op_StartOnDemandAuditTask(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    const enum check_id *checks = NULL;
    size_t n = 0;
    struct str id;
    TRY(unpack_checks(call, M_targetCheckNames, &checks, &n, why));
    TRY(audit_task_start(&ctx, checks, n, &id, why));
    reply_str(call, M_taskId, id);
    call_after_commit(call, wake_runner, NULL);
    return STATUS_OK;
}

enum status op_CancelAuditTask(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    return audit_task_cancel(&ctx, arg_str(call, M_taskId), why);
}

/* ---- describing ------------------------------------------------------------------------------ */

static void reply_statistics(struct call *call, const struct audit_statistics *statistics)
{
    reply_begin(call, M_taskStatistics);
    reply_int(call, M_totalChecks, statistics->total);
    reply_int(call, M_inProgressChecks, statistics->in_progress);
    reply_int(call, M_waitingForDataCollectionChecks, statistics->waiting);
    reply_int(call, M_compliantChecks, statistics->compliant);
    reply_int(call, M_nonCompliantChecks, statistics->non_compliant);
    reply_int(call, M_failedChecks, statistics->failed);
    reply_int(call, M_canceledChecks, statistics->canceled);
    reply_end(call);
}

static void reply_run(struct call *call, const struct audit_check_run *run)
{
    reply_begin_entry(call, run->name);
    reply_str(call, M_checkRunStatus, run->status);
    if (audit_check_done(run->status)) {
        reply_bool(call, M_checkCompliant, str_eq(run->status, STR("COMPLETED_COMPLIANT")));
    }
    reply_int(call, M_totalResourcesCount, run->total);
    reply_int(call, M_nonCompliantResourcesCount, run->non_compliant);
    reply_int(call, M_suppressedNonCompliantResourcesCount, run->suppressed);
    reply_str(call, M_errorCode, run->error_code);
    reply_str(call, M_message, run->message);
    reply_end_entry(call);
}

enum status op_DescribeAuditTask(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct audit_described audit;
    TRY(audit_task_describe(&ctx, arg_str(call, M_taskId), &audit, why));
    reply_str(call, M_taskStatus, audit.task.status);
    reply_str(call, M_taskType, audit.task.kind);
    reply_time(call, M_taskStartTime, audit.task.started);
    reply_statistics(call, &audit.statistics);
    reply_str(call, M_scheduledAuditName, audit.task.schedule);
    reply_begin_map(call, M_auditDetails);
    for (size_t i = 0; i < audit.n_checks; i++) {
        reply_run(call, &audit.checks[i]);
    }
    reply_end_map(call);
    return STATUS_OK;
}

static enum status check_kept(const struct call *call, int64_t start, struct why *why)
{
    int64_t days = call->env->retention_days;
    days = days > 0 ? days : AUDIT_RETENTION_DAYS;
    if (start < call->now - days * DAY_MS) {
        return why_set(why, STATUS_INVALID,
                       "startTime is more than %lld days ago; audits are kept for %lld days",
                       (long long)days, (long long)days);
    }
    return STATUS_OK;
}

enum status op_ListAuditTasks(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    const struct audit_task_filter filter = {.start = arg_time(call, M_startTime),
                                             .end = arg_time(call, M_endTime),
                                             .kind = arg_str(call, M_taskType),
                                             .status = arg_str(call, M_taskStatus)};
    TRY(check_kept(call, filter.start, why));
    struct page page;
    struct page_rows rows;
    TRY(call_page(call, &page, why));
    TRY(audit_task_list(&ctx, &filter, &page, &rows, why));
    const struct audit_task *tasks = rows.rows;
    reply_begin_list(call, M_tasks);
    for (size_t i = 0; i < rows.n; i++) {
        reply_begin_item(call);
        reply_str(call, M_taskId, tasks[i].id);
        reply_str(call, M_taskStatus, tasks[i].status);
        reply_str(call, M_taskType, tasks[i].kind);
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}
