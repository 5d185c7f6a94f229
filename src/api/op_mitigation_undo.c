/* op_mitigation_undo.c: operations of our own on mitigation tasks: what one would do, what it did
 * to the account, and its undoing. */
#include "api/handlers.h"
#include "api/op_mitigation.h"
#include "api/page.h"
#include "mitigate/preview.h"
#include "mitigate/undo.h"

#include "base/banned.h"

/* Changes and names of one step, the counts say how many; findings of a page, so that the largest
 * steps still fit one reply. */
enum { SHOWN_MAX = 100, PREVIEW_MAX = 50 };

/* ---- undoing --------------------------------------------------------------------------------- */

static struct str undo_word(struct str stored)
{
    return stored.len == 0 ? STR("NONE") : stored;
}

static void reply_undo(struct call *call, const struct mitigation_task *row)
{
    reply_str(call, M_taskId, row->id);
    reply_str(call, M_taskStatus, row->status);
    reply_str(call, M_undoStatus, undo_word(row->undo));
    reply_time(call, M_startTime, row->undo_started);
    reply_time(call, M_endTime, row->undo_finished);
    reply_int(call, M_restoredCount, row->restored);
    reply_int(call, M_keptCount, row->kept);
}

enum status op_UndoAuditMitigationActionsTask(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct mitigation_task row;
    TRY(undo_start(&ctx, arg_str(call, M_taskId), &row, why));
    reply_undo(call, &row);
    mitigation_wake(call);
    return STATUS_OK;
}

enum status op_DescribeAuditMitigationActionsUndo(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct mitigation_task row;
    TRY(task_get(&ctx, arg_str(call, M_taskId), &row, why));
    reply_undo(call, &row);
    return STATUS_OK;
}

/* ---- changes --------------------------------------------------------------------------------- */

static void reply_change(struct call *call, const struct mitigation_change *change)
{
    reply_str(call, M_actionType, change->kind);
    reply_str(call, M_resource, change->resource);
    if (change->part.len > 0) {
        reply_str(call, M_part, change->part);
    }
    reply_str(call, M_before, change->before);
    reply_str(call, M_after, change->after);
}

enum status op_ListAuditMitigationActionsChanges(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct str undone = arg_str(call, M_undoStatus);
    struct page page;
    struct page_rows rows;
    TRY(call_page(call, &page, why));
    TRY(changes_list(&ctx, arg_str(call, M_taskId), str_eq(undone, STR("NONE")) ? STR("") : undone,
                     &page, &rows, why));
    const struct mitigation_change *changes = rows.rows;
    reply_begin_list(call, M_changes);
    for (size_t i = 0; i < rows.n; i++) {
        reply_begin_item(call);
        reply_str(call, M_findingId, changes[i].finding);
        reply_change(call, &changes[i]);
        reply_str(call, M_undoStatus, undo_word(changes[i].undone));
        reply_str(call, M_undoReason, changes[i].undo_reason);
        reply_time(call, M_undoTime, changes[i].undone_at);
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}

/* ---- previews -------------------------------------------------------------------------------- */

static void reply_names(struct call *call, enum member_id count, enum member_id list,
                        const struct map *names)
{
    reply_int(call, count, (int64_t)names->n);
    reply_begin_list(call, list);
    for (size_t i = 0; i < names->n && i < SHOWN_MAX; i++) {
        reply_item_str(call, map_at(names, i)->key);
    }
    reply_end_list(call);
}

static struct str step_word(const struct preview_step *step)
{
    if (step->skipped) {
        return STR("SKIPPED");
    }
    return step->status == STATUS_OK ? STR("COMPLETED") : STR("FAILED");
}

static enum status reply_step(void *ctx, const struct preview_step *step, struct why *why)
{
    struct call *call = ctx;
    (void)why;
    reply_begin_item(call);
    reply_str(call, M_findingId, step->finding->id);
    reply_str(call, M_checkName, step->finding->check_name);
    reply_str(call, M_actionName, step->action->name);
    reply_str(call, M_actionType, action_kind_name(step->action->params.kind));
    reply_str(call, M_status, step_word(step));
    if (step->status != STATUS_OK) {
        reply_str(call, M_errorCode, step_error_code(step->status));
    }
    reply_str(call, M_message, step->message);
    reply_int(call, M_changesCount, (int64_t)step->plan->n);
    reply_begin_list(call, M_changes);
    for (size_t i = 0; i < step->plan->n && i < SHOWN_MAX; i++) {
        reply_begin_item(call);
        reply_change(call, &step->plan->changes[i].row);
        reply_end_item(call);
    }
    reply_end_list(call);
    reply_names(call, M_principalsCount, M_principals, &step->touched->principals);
    reply_names(call, M_thingsCount, M_things, &step->touched->things);
    reply_names(call, M_connectionsCount, M_connections, &step->touched->connections);
    reply_bool(call, M_moreTouched, step->touched->more);
    reply_end_item(call);
    return STATUS_OK;
}

enum status op_PreviewAuditMitigationActionsTask(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct task_new in = {.id = STR("preview")};
    struct mission *mission = NEW(call->mem, struct mission);
    struct page page;
    struct str next = STR_ABSENT;
    TRY_PTR(mission);
    TRY(mitigation_unpack(call, &in, why));
    TRY(task_mission(&ctx, &in, mission, why));
    TRY(call_page(call, &page, why));
    const struct preview preview = {.mission = mission,
                                    .after = page.after,
                                    .max = page_size(&page) < PREVIEW_MAX ? page_size(&page)
                                                                          : PREVIEW_MAX,
                                    .visit = reply_step,
                                    .ctx = call};
    reply_begin_list(call, M_steps);
    TRY(preview_run(&ctx, &preview, &next, why));
    reply_end_list(call);
    return reply_next(call, next, why);
}
