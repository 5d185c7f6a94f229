#include "account/traffic.h"

#include "base/banned.h"

int64_t traffic_window(int64_t at)
{
    return at - at % TRAFFIC_WINDOW_MS;
}

static int64_t sum(int64_t a, int64_t b)
{
    int64_t total = 0;
    return __builtin_add_overflow(a, b, &total) ? INT64_MAX : total;
}

enum status traffic_add(const struct account_ctx *ctx, int64_t at, struct traffic more,
                        struct why *why)
{
    struct traffic row = {.window = traffic_window(at), .client = more.client};
    enum status status = store_get(ctx->tx, TABLE(traffic), &row, ctx->mem, why);
    if (status != STATUS_NOT_FOUND) {
        TRY(status);
    }
    if (more.sent > 0) {
        bool first = row.sent == 0;
        row.bytes_min = first || more.bytes_min < row.bytes_min ? more.bytes_min : row.bytes_min;
        row.bytes_max = more.bytes_max > row.bytes_max ? more.bytes_max : row.bytes_max;
    }
    row.principal =
        more.principal.len > 0 || str_absent(row.principal) ? more.principal : row.principal;
    row.address = more.address.len > 0 ? more.address : row.address;
    row.sent = sum(row.sent, more.sent);
    row.received = sum(row.received, more.received);
    row.bytes_sum = sum(row.bytes_sum, more.bytes_sum);
    row.auth_failures = sum(row.auth_failures, more.auth_failures);
    row.connects = sum(row.connects, more.connects);
    row.disconnects = sum(row.disconnects, more.disconnects);
    return store_put(ctx->tx, TABLE(traffic), &row, why);
}

enum status traffic_now(const struct account_ctx *ctx, struct str client, struct traffic *ret,
                        bool *ret_found, struct why *why)
{
    int64_t window = traffic_window(clock_now(&ctx->clock));
    *ret_found = false;
    for (int i = 0; i < 2 && !*ret_found; i++, window -= TRAFFIC_WINDOW_MS) {
        struct traffic row = {.window = window, .client = client};
        enum status status = store_get(ctx->tx, TABLE(traffic), &row, ctx->mem, why);
        if (status != STATUS_NOT_FOUND) {
            TRY(status);
            *ret = row;
            *ret_found = true;
        }
    }
    return STATUS_OK;
}

enum status traffic_sweep(const struct account_ctx *ctx, int64_t before, size_t max, size_t *ret_n,
                          struct why *why)
{
    const struct store_range range = {.columns = COLUMN_BIT(COL_traffic__window) |
                                                 COLUMN_BIT(COL_traffic__client)};
    struct traffic *rows = NEW_ARRAY(ctx->mem, struct traffic, max);
    size_t n = 0;
    TRY_PTR(rows);
    {
        AUTO_SCAN *scan = NULL;
        bool more = true;
        TRY(store_scan_open(ctx->tx, TABLE(traffic), &range, &scan, why));
        while (more && n < max) {
            TRY(store_scan_next(scan, &rows[n], ctx->mem, &more, why));
            more = more && rows[n].window < before;
            n += more;
        }
    }
    for (size_t i = 0; i < n; i++) {
        TRY(store_delete(ctx->tx, TABLE(traffic), &rows[i], why));
    }
    *ret_n = n;
    return STATUS_OK;
}
