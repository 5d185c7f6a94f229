/* undo.c: see undo.h. */
#include "mitigate/undo.h"

#include <inttypes.h>

#include "mitigate/step.h"

#include "base/banned.h"

enum { UNDO_CHANGES = 1000, CURSOR_PARTS = 3 };

/* ---- asking ---------------------------------------------------------------------------------- */

enum status undo_start(const struct account_ctx *ctx, struct str task, struct mitigation_task *ret,
                       struct why *why)
{
    struct mitigation_task row;
    TRY(task_get(ctx, task, &row, why));
    if (str_eq(row.status, STR("IN_PROGRESS"))) {
        return why_set(why, STATUS_INVALID,
                       "mitigation task %.*s is in progress; cancel it before it is undone",
                       STR_ARG(task));
    }
    if (row.undo.len == 0) {
        row.undo = STR("IN_PROGRESS");
        row.undo_started = clock_now(&ctx->clock);
        TRY(store_put(ctx->tx, TABLE(mitigation_task), &row, why));
    }
    *ret = row;
    return STATUS_OK;
}

/* ---- where it is ----------------------------------------------------------------------------- */

static enum status cursor_write(const struct account_ctx *ctx,
                                const struct mitigation_change *change, struct str *ret,
                                struct why *why)
{
    struct str parts[CURSOR_PARTS] = {change->finding};
    TRY(str_fmt(ctx->mem, &parts[1], why, "%" PRId64, change->seq));
    TRY(str_fmt(ctx->mem, &parts[2], why, "%" PRId64, change->n));
    return page_position_make(ctx->mem, parts, CURSOR_PARTS, ret, why);
}

static enum status cursor_read(struct str cursor, struct mitigation_change *ret, struct why *why)
{
    struct str parts[CURSOR_PARTS];
    TRY(page_position_read(cursor, parts, CURSOR_PARTS, why));
    ret->finding = parts[0];
    TRY(str_to_int64(parts[1], &ret->seq));
    return str_to_int64(parts[2], &ret->n);
}

/* The newest changes that have no verdict. */
static enum status read_changes(const struct account_ctx *ctx, const struct mitigation_task *row,
                                struct mitigation_change *ret, size_t *ret_n, struct why *why)
{
    struct mitigation_change last = {.task = row->id};
    const bool begun = !str_absent(row->undo_cursor);
    const struct store_range range = {
        .prefix = &last, .n_prefix = 1, .after = begun ? &last : NULL, .descending = true};
    AUTO_SCAN *scan = NULL;
    size_t n = 0;
    if (begun) {
        TRY(cursor_read(row->undo_cursor, &last, why));
    }
    TRY(store_scan_open(ctx->tx, TABLE(mitigation_change), &range, &scan, why));
    for (bool more = true; n < UNDO_CHANGES;) {
        TRY(store_scan_next(scan, &ret[n], ctx->mem, &more, why));
        if (!more) {
            break;
        }
        n++;
    }
    *ret_n = n;
    return STATUS_OK;
}

/* ---- taking back ----------------------------------------------------------------------------- */

static enum status undo_change(const struct account_ctx *ctx, struct mitigation_change *change,
                               bool *ret_restored, struct why *why)
{
    enum action_kind kind;
    struct str kept = STR_ABSENT;
    struct why refusal = {.code = STATUS_OK};
    if (!action_kind_find(change->kind, &kind)) {
        return why_set(why, STATUS_CORRUPT, "a change is of the unknown kind %.*s",
                       STR_ARG(change->kind));
    }
    enum status status = step_kinds[kind]->undo(ctx, change, &kept, &refusal);
    if (step_is_refused(status)) {
        kept = str_from(refusal.text);
    } else if (status != STATUS_OK) {
        return why_set(why, status, "%s", refusal.text);
    }
    *ret_restored = str_absent(kept);
    change->undone = *ret_restored ? STR("RESTORED") : STR("KEPT");
    change->undo_reason = kept;
    change->undone_at = clock_now(&ctx->clock);
    return store_put(ctx->tx, TABLE(mitigation_change), change, why);
}

enum status undo_page_run(const struct account_ctx *ctx, void *arg, struct why *why)
{
    struct undo_page *page = arg;
    struct mitigation_task row;
    struct mitigation_change *changes = NEW_ARRAY(ctx->mem, struct mitigation_change, UNDO_CHANGES);
    size_t n = 0;
    TRY_PTR(changes);
    page->deeds = (struct deeds){.mem = ctx->mem, .account = &ctx->id};
    TRY(task_get(ctx, page->task, &row, why));
    TRY(read_changes(ctx, &row, changes, &n, why));
    for (size_t i = 0; i < n; i++) {
        bool restored = false;
        TRY(undo_change(ctx, &changes[i], &restored, why));
        if (restored) {
            TRY(deeds_add_undone(&page->deeds, &changes[i], why));
        }
        row.restored += restored;
        row.kept += !restored;
    }
    if (n > 0) {
        TRY(cursor_write(ctx, &changes[n - 1], &row.undo_cursor, why));
    }
    page->more = n == UNDO_CHANGES;
    page->restored = row.restored;
    if (!page->more) {
        row.undo = STR("COMPLETED");
        row.undo_finished = clock_now(&ctx->clock);
    }
    return store_put(ctx->tx, TABLE(mitigation_task), &row, why);
}

/* ---- listing --------------------------------------------------------------------------------- */

static enum status look(const struct account_ctx *ctx, const void *row, const void *arg,
                        bool *ret_keep, bool *ret_stop, struct why *why)
{
    (void)ctx;
    (void)ret_stop;
    (void)why;
    const struct mitigation_change *change = row;
    const struct str *undone = arg;
    *ret_keep = str_absent(*undone) || str_eq(*undone, change->undone);
    return STATUS_OK;
}

enum status changes_list(const struct account_ctx *ctx, struct str task, struct str undone,
                         const struct page *page, struct page_rows *ret, struct why *why)
{
    struct mitigation_task row;
    TRY(task_get(ctx, task, &row, why));
    const struct mitigation_change like = {.task = task};
    const struct store_range range = {.prefix = &like, .n_prefix = 1};
    const struct page_filter filter = {look, &undone};
    struct page in_order = *page;
    in_order.descending = false;
    return page_read(ctx, TABLE(mitigation_change), &range, &in_order, &filter, ret, why);
}
