#include "account/retained.h"

#include "base/banned.h"

enum status retained_get(const struct account_ctx *ctx, struct str topic, struct retained *ret,
                         struct why *why)
{
    struct retained row = {.topic = topic};
    enum status status = store_get(ctx->tx, TABLE(retained), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, status, "no message is retained for topic %.*s",
                       STR_ARG(str_slice(topic, 0, 256)));
    }
    TRY(status);
    *ret = row;
    return STATUS_OK;
}

enum status retained_set(const struct account_ctx *ctx, const struct retained *row, struct why *why)
{
    struct retained old;
    size_t n = 0;
    enum status status = retained_get(ctx, row->topic, &old, why);
    bool there = status == STATUS_OK;
    if (status != STATUS_NOT_FOUND) {
        TRY(status);
    }
    if (row->payload.len == 0) {
        return there ? store_delete(ctx->tx, TABLE(retained), row, why) : STATUS_OK;
    }
    if (row->payload.len > RETAINED_PAYLOAD_MAX) {
        return why_set(why, STATUS_TOO_LARGE, "a retained message has %zu bytes; it may have %d",
                       row->payload.len, RETAINED_PAYLOAD_MAX);
    }
    if (!there) {
        TRY(store_count(ctx->tx, TABLE(retained), NULL, RETAINED_MAX, &n, why));
    }
    if (n == RETAINED_MAX) {
        return why_set(why, STATUS_LIMIT, "%d retained messages are known already, the most",
                       RETAINED_MAX);
    }
    return store_put(ctx->tx, TABLE(retained), row, why);
}

enum status retained_list(const struct account_ctx *ctx, const struct page *page,
                          struct page_rows *ret, struct why *why)
{
    const struct store_range range = {
        .columns = COLUMN_BIT(COL_retained__topic) | COLUMN_BIT(COL_retained__at) |
                   COLUMN_BIT(COL_retained__qos) | COLUMN_BIT(COL_retained__size)};
    return page_read(ctx, TABLE(retained), &range, page, NULL, ret, why);
}
