/* retention.c: see retention.h. */
#include "mitigate/retention.h"

#include "base/banned.h"

enum { BATCH = 250 };

static enum status oldest_task(const struct account_ctx *ctx, int64_t before,
                               struct mitigation_task *ret, bool *ret_found, struct why *why)
{
    const struct store_range range = {.index = INDEX(mitigation_task, by_started)};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(mitigation_task), &range, &scan, why));
    *ret_found = false;
    for (bool more = true; more && !*ret_found;) {
        TRY(store_scan_next(scan, ret, ctx->mem, &more, why));
        more = more && ret->started < before;
        *ret_found = more && !str_eq(ret->status, STR("IN_PROGRESS")) &&
                     !str_eq(ret->undo, STR("IN_PROGRESS"));
    }
    return STATUS_OK;
}

enum status mitigation_retention_is_due(const struct account_ctx *ctx, int64_t before, bool *ret,
                                        struct why *why)
{
    struct mitigation_task task;
    return oldest_task(ctx, before, &task, ret, why);
}

/* Up to BATCH rows of a range, collected first: a table is not written while it is scanned. */
static enum status remove_batch(const struct account_ctx *ctx, const struct table *table,
                                const struct store_range *range, size_t *ret_n, struct why *why)
{
    char *rows = arena_array(ctx->mem, BATCH, table->row_size);
    size_t n = 0;
    TRY_PTR(rows);
    {
        AUTO_SCAN *scan = NULL;
        TRY(store_scan_open(ctx->tx, table, range, &scan, why));
        for (bool more = true; more && n < BATCH;) {
            TRY(store_scan_next(scan, rows + n * table->row_size, ctx->mem, &more, why));
            n += more;
        }
    }
    for (size_t i = 0; i < n; i++) {
        TRY(store_delete(ctx->tx, table, rows + i * table->row_size, why));
    }
    *ret_n = n;
    return STATUS_OK;
}

/* Of a table whose rows begin with their task. *left is 0 when there may be more of them. */
static enum status remove_rows(const struct account_ctx *ctx, const struct table *table,
                               const void *like, size_t *left, struct why *why)
{
    const struct store_range range = {.prefix = like, .n_prefix = 1};
    size_t n = BATCH;
    while (n == BATCH && *left >= BATCH) {
        TRY(remove_batch(ctx, table, &range, &n, why));
        *left -= n;
    }
    *left = n == BATCH ? 0 : *left;
    return STATUS_OK;
}

enum status mitigation_retention_step(const struct account_ctx *ctx, int64_t before, bool *ret_more,
                                      struct why *why)
{
    struct mitigation_task task;
    size_t left = MITIGATION_RETENTION_ROWS;
    TRY(oldest_task(ctx, before, &task, ret_more, why));
    if (!*ret_more) {
        return STATUS_OK;
    }
    const struct mitigation_change change = {.task = task.id};
    const struct mitigation_execution execution = {.task = task.id};
    const struct mitigation_check check = {.task = task.id};
    TRY(remove_rows(ctx, TABLE(mitigation_change), &change, &left, why));
    TRY(remove_rows(ctx, TABLE(mitigation_execution), &execution, &left, why));
    TRY(remove_rows(ctx, TABLE(mitigation_check), &check, &left, why));
    return left > 0 ? store_delete(ctx->tx, TABLE(mitigation_task), &task, why) : STATUS_OK;
}
