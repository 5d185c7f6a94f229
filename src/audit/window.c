/* window.c: see window.h. */
#include "audit/window.h"

#include "account/session.h"
#include "audit/collected.h"

#include "base/banned.h"

enum { FORMER_MEMORY = 1 << 20 };

static enum status completed(const struct account_ctx *ctx, struct str task, struct str check_name,
                             bool *ret, struct why *why)
{
    struct audit_check_run run = {.task = task, .name = check_name};
    enum status status = store_get(ctx->tx, TABLE(audit_check_run), &run, ctx->mem, why);
    if (status != STATUS_NOT_FOUND) {
        TRY(status);
    }
    *ret = status == STATUS_OK && str_starts(run.status, STR("COMPLETED"));
    return STATUS_OK;
}

/* When the last run before `task` of its schedule that completed the check began; TIME_NEVER: none
 * of those that may have left a history. */
static enum status former_run(const struct account_ctx *ctx, const struct audit_task *task,
                              struct str check_name, int64_t *ret, struct why *why)
{
    const struct store_range range = {
        .index = INDEX(audit_task, by_started), .after = task, .descending = true};
    AUTO_SCAN *scan = NULL;
    AUTO_ARENA *mem = arena_new(FORMER_MEMORY);
    TRY_PTR(mem);
    struct account_ctx inner = *ctx;
    inner.mem = mem;
    *ret = TIME_NEVER;
    TRY(store_scan_open(ctx->tx, TABLE(audit_task), &range, &scan, why));
    for (bool more = true, found = false; more && !found;) {
        struct audit_task row = {.id = STR_ABSENT};
        arena_clear(mem);
        TRY(store_scan_next(scan, &row, mem, &more, why));
        more = more && row.started >= task->started - SESSION_KEEP_MS;
        if (more && str_eq(row.schedule, task->schedule)) {
            TRY(completed(&inner, row.id, check_name, &found, why));
            *ret = found ? row.started : TIME_NEVER;
        }
    }
    return STATUS_OK;
}

/* Since when the check collects data; a check that was disabled since waits for nothing. */
static enum status enabled_since(const struct account_ctx *ctx, const struct audit_task *task,
                                 struct str check_name, int64_t lag, int64_t *ret, struct why *why)
{
    struct audit_setting setting = {.name = check_name};
    struct collected collected;
    TRY(collected_get(ctx, &collected, why));
    if (collected.is && collected.history_from != TIME_NEVER) {
        *ret = collected.history_from; /* collected there, and told whole */
        return STATUS_OK;
    }
    enum status status = store_get(ctx->tx, TABLE(audit_setting), &setting, ctx->mem, why);
    if (status != STATUS_NOT_FOUND) {
        TRY(status);
    }
    bool known = status == STATUS_OK && setting.enabled != 0 && setting.enabled_at != TIME_NEVER;
    *ret = known ? setting.enabled_at : task->started - lag;
    return STATUS_OK;
}

enum status audit_window_get(const struct account_ctx *ctx, const struct audit_task *task,
                             struct str check_name, int64_t lag, struct audit_window *ret,
                             struct why *why)
{
    int64_t former = TIME_NEVER;
    int64_t enabled = 0;
    TRY(enabled_since(ctx, task, check_name, lag, &enabled, why));
    if (!str_absent(task->schedule)) {
        TRY(former_run(ctx, task, check_name, &former, why));
    }
    int64_t due = enabled + lag > task->started ? enabled + lag : task->started;
    *ret = (struct audit_window){
        .from = former != TIME_NEVER ? former - lag : task->started - WINDOW_DAYS * (int64_t)DAY_MS,
        .to = due - lag,
        .due = due,
    };
    return STATUS_OK;
}
