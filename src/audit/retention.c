/* retention.c: see retention.h. */
#include "audit/retention.h"

#include "audit/finding.h"
#include "audit/suppression.h"

#include "base/banned.h"

/* ---- the oldest ------------------------------------------------------------------------------ */

/* The oldest task that has ended and began before `before`; one in progress keeps its place and is
 * passed over. */
static enum status oldest_task(const struct account_ctx *ctx, int64_t before,
                               struct audit_task *ret, bool *ret_found, struct why *why)
{
    const struct store_range range = {.index = INDEX(audit_task, by_started)};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(audit_task), &range, &scan, why));
    *ret_found = false;
    for (bool more = true; more && !*ret_found;) {
        TRY(store_scan_next(scan, ret, ctx->mem, &more, why));
        more = more && ret->started < before;
        *ret_found = more && !str_eq(ret->status, STR("IN_PROGRESS"));
    }
    return STATUS_OK;
}

static enum status oldest_suppression(const struct account_ctx *ctx, int64_t before,
                                      struct audit_suppression *ret, bool *ret_found,
                                      struct why *why)
{
    const struct store_range range = {.index = INDEX(audit_suppression, by_expiry)};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(audit_suppression), &range, &scan, why));
    TRY(store_scan_next(scan, ret, ctx->mem, ret_found, why));
    *ret_found = *ret_found && ret->expires < before;
    return STATUS_OK;
}

enum status retention_is_due(const struct account_ctx *ctx, int64_t before, bool *ret,
                             struct why *why)
{
    struct audit_task task = {.id = STR_ABSENT};
    struct audit_suppression suppression = {.check_name = STR_ABSENT};
    TRY(oldest_task(ctx, before, &task, ret, why));
    return *ret ? STATUS_OK : oldest_suppression(ctx, before, &suppression, ret, why);
}

/* ---- removing -------------------------------------------------------------------------------- */

/* Removes rows of a range until *left is used up. Rows are collected first: a table is not written
 * while it is scanned. */
static enum status remove_rows(const struct account_ctx *ctx, const struct table *table,
                               const struct store_range *range, size_t *left, struct why *why)
{
    while (*left > 0) {
        enum { BATCH = 100 };
        char *rows = arena_alloc(ctx->mem, BATCH * table->row_size);
        TRY_PTR(rows);
        size_t n = 0;
        {
            AUTO_SCAN *scan = NULL;
            TRY(store_scan_open(ctx->tx, table, range, &scan, why));
            for (bool more = true; more && n < BATCH && n < *left;) {
                TRY(store_scan_next(scan, rows + n * table->row_size, ctx->mem, &more, why));
                n += more;
            }
        }
        if (n == 0) {
            break;
        }
        for (size_t i = 0; i < n; i++) {
            TRY(store_delete(ctx->tx, table, rows + i * table->row_size, why));
        }
        *left -= n;
    }
    return STATUS_OK;
}

static enum status remove_related(const struct account_ctx *ctx, struct str finding, size_t *left,
                                  struct why *why)
{
    const struct related_resource like = {.finding = finding};
    const struct store_range range = {.prefix = &like, .n_prefix = 1};
    return remove_rows(ctx, TABLE(related_resource), &range, left, why);
}

/* A task's findings, each after what belongs to it. */
static enum status remove_findings(const struct account_ctx *ctx, struct str task, size_t *left,
                                   struct why *why)
{
    const struct finding_filter filter = {.task = task,
                                          .start = TIME_NEVER,
                                          .end = TIME_NEVER,
                                          .check_name = STR_ABSENT,
                                          .resource_key = STR_ABSENT};
    const struct page page = {.max = PAGE_ROWS_MAX};
    struct page_rows rows = {.n = 1};
    while (*left > 0 && rows.n > 0) {
        TRY(finding_list(ctx, &filter, &page, &rows, why));
        const struct finding *findings = rows.rows;
        for (size_t i = 0; i<rows.n && * left> 0; i++) {
            TRY(remove_related(ctx, findings[i].id, left, why));
            if (*left > 0) {
                TRY(store_delete(ctx->tx, TABLE(finding), &findings[i], why));
                (*left)--;
            }
        }
    }
    return STATUS_OK;
}

static enum status remove_task(const struct account_ctx *ctx, const struct audit_task *task,
                               size_t *left, struct why *why)
{
    const struct audit_check_run like = {.task = task->id};
    const struct store_range checks = {.prefix = &like, .n_prefix = 1};
    TRY(remove_findings(ctx, task->id, left, why));
    TRY(remove_rows(ctx, TABLE(audit_check_run), &checks, left, why));
    return *left > 0 ? store_delete(ctx->tx, TABLE(audit_task), task, why) : STATUS_OK;
}

enum status retention_step(const struct account_ctx *ctx, int64_t before, bool *ret_more,
                           struct why *why)
{
    size_t left = RETENTION_STEP_ROWS;
    struct audit_task task = {.id = STR_ABSENT};
    struct audit_suppression suppression = {.check_name = STR_ABSENT};
    bool found = false;
    TRY(oldest_task(ctx, before, &task, &found, why));
    if (found) {
        TRY(remove_task(ctx, &task, &left, why));
    } else {
        TRY(oldest_suppression(ctx, before, &suppression, &found, why));
        if (found) {
            TRY(store_delete(ctx->tx, TABLE(audit_suppression), &suppression, why));
        }
    }
    *ret_more = found;
    return STATUS_OK;
}
