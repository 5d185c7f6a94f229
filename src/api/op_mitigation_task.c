/* op_mitigation_task.c: tasks that apply mitigation actions to the findings of audits. */
#include "api/handlers.h"
#include "api/op_mitigation.h"
#include "api/page.h"
#include "api/unpack.h"
#include "mitigate/runner.h"

#include "base/banned.h"

static void wake_runner(const struct api_env *env, void *ctx)
{
    (void)ctx;
    if (env->mitigate != NULL) {
        mitigate_runner_wake(env->mitigate);
    }
}

void mitigation_wake(struct call *call)
{
    call_after_commit(call, wake_runner, NULL);
}

/* ---- starting -------------------------------------------------------------------------------- */

static enum status unpack_codes(const struct call *call, const struct value *map,
                                struct task_new *in, struct why *why)
{
    size_t n = value_count(map);
    struct task_codes *codes = NEW_ARRAY(call->mem, struct task_codes, n);
    TRY_PTR(codes);
    for (size_t i = 0; i < n; i++) {
        codes[i].check = value_key(map, i);
        TRY(unpack_texts(call, value_at(map, i), &codes[i].codes, &codes[i].n, why));
    }
    in->codes = codes;
    in->n_codes = n;
    return STATUS_OK;
}

enum status mitigation_unpack(const struct call *call, struct task_new *ret, struct why *why)
{
    const struct value *target = arg_get(call, M_target);
    const struct value *mapping = arg_get(call, M_auditCheckToActionsMapping);
    size_t n = value_count(mapping);
    struct task_actions *actions = NEW_ARRAY(call->mem, struct task_actions, n);
    TRY_PTR(actions);
    ret->audit_task = value_str(target, M_auditTaskId);
    TRY(unpack_texts(call, value_get(target, M_findingIds), &ret->findings, &ret->n_findings, why));
    TRY(unpack_codes(call, value_get(target, M_auditCheckToReasonCodeFilter), ret, why));
    for (size_t i = 0; i < n; i++) {
        actions[i].check = value_key(mapping, i);
        TRY(unpack_texts(call, value_at(mapping, i), &actions[i].actions, &actions[i].n, why));
    }
    ret->mapping = actions;
    ret->n_mapping = n;
    return STATUS_OK;
}

enum status op_StartAuditMitigationActionsTask(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct task_new in = {.id = arg_str(call, M_taskId),
                          .token = arg_str(call, M_clientRequestToken)};
    TRY(mitigation_unpack(call, &in, why));
    TRY(task_start(&ctx, &in, why));
    reply_str(call, M_taskId, in.id);
    mitigation_wake(call);
    return STATUS_OK;
}

enum status op_CancelAuditMitigationActionsTask(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    return task_cancel(&ctx, arg_str(call, M_taskId), why);
}

/* ---- describing ------------------------------------------------------------------------------ */

enum status op_DescribeAuditMitigationActionsTask(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct task_described task;
    TRY(task_describe(&ctx, arg_str(call, M_taskId), &task, why));
    reply_str(call, M_taskStatus, task.row.status);
    reply_time(call, M_startTime, task.row.started);
    reply_time(call, M_endTime, task.row.finished);
    reply_begin_map(call, M_taskStatistics);
    for (size_t i = 0; i < task.n_checks; i++) {
        const struct mitigation_check *row = &task.checks[i].row;
        reply_begin_entry(call, row->name);
        reply_int(call, M_totalFindingsCount, row->total);
        reply_int(call, M_failedFindingsCount, row->failed);
        reply_int(call, M_succeededFindingsCount, row->succeeded);
        reply_int(call, M_skippedFindingsCount, row->skipped);
        reply_int(call, M_canceledFindingsCount, task.checks[i].canceled);
        reply_end_entry(call);
    }
    reply_end_map(call);
    reply_json(call, M_target, task.row.target);
    reply_json(call, M_auditCheckToActionsMapping, task.row.mapping);
    reply_json(call, M_actionsDefinition, task.row.actions);
    return STATUS_OK;
}

enum status op_ListAuditMitigationActionsTasks(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    const struct task_filter filter = {.start = arg_time(call, M_startTime),
                                       .end = arg_time(call, M_endTime),
                                       .audit_task = arg_str(call, M_auditTaskId),
                                       .finding = arg_str(call, M_findingId),
                                       .status = arg_str(call, M_taskStatus)};
    struct page page;
    struct page_rows rows;
    TRY(call_page(call, &page, why));
    TRY(task_list(&ctx, &filter, &page, &rows, why));
    const struct mitigation_task *tasks = rows.rows;
    reply_begin_list(call, M_tasks);
    for (size_t i = 0; i < rows.n; i++) {
        reply_begin_item(call);
        reply_str(call, M_taskId, tasks[i].id);
        reply_time(call, M_startTime, tasks[i].started);
        reply_str(call, M_taskStatus, tasks[i].status);
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}

/* A finding has at most five executions: they are always one page. */
enum status op_ListAuditMitigationActionsExecutions(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct page page;
    struct page_rows rows;
    TRY(call_page(call, &page, why));
    enum status status = task_executions(&ctx, arg_str(call, M_taskId), arg_str(call, M_findingId),
                                         arg_str(call, M_actionStatus), &page, &rows, why);
    if (status == STATUS_NOT_FOUND) { /* the operation knows no ResourceNotFoundException */
        why->code = STATUS_INVALID;
        return STATUS_INVALID;
    }
    TRY(status);
    const struct mitigation_execution *done = rows.rows;
    reply_begin_list(call, M_actionsExecutions);
    for (size_t i = 0; i < rows.n; i++) {
        reply_begin_item(call);
        reply_str(call, M_taskId, done[i].task);
        reply_str(call, M_findingId, done[i].finding);
        reply_str(call, M_actionName, done[i].action);
        reply_str(call, M_actionId, done[i].action_id);
        reply_str(call, M_status, done[i].status);
        reply_time(call, M_startTime, done[i].started);
        reply_time(call, M_endTime, done[i].finished);
        reply_str(call, M_errorCode, done[i].error_code);
        reply_str(call, M_message, done[i].message);
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}
