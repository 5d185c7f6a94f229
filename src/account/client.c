#include "account/client.h"

#include "base/banned.h"

enum status client_get(const struct account_ctx *ctx, struct str client, struct client_state *ret,
                       struct why *why)
{
    struct client_state row = {.client = client};
    enum status status = store_get(ctx->tx, TABLE(client_state), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, status, "no client %.*s has ever connected", STR_ARG(client));
    }
    TRY(status);
    *ret = row;
    return STATUS_OK;
}

static int64_t next_version(const struct client_state *former, int64_t since)
{
    bool forgotten = str_absent(former->client) ||
                     (!former->online && since - former->ended > CLIENT_VERSION_KEEP_MS);
    return forgotten ? 0 : former->version + 1;
}

enum status client_came(const struct account_ctx *ctx, struct client_state *row,
                        struct client_state *ret_former, struct why *why)
{
    struct client_state former = {.client = STR_ABSENT};
    enum status status = client_get(ctx, row->client, &former, why);
    if (status != STATUS_NOT_FOUND) {
        TRY(status);
    }
    row->online = 1;
    row->ended = TIME_NEVER;
    row->reason = STR("");
    row->version = next_version(&former, row->since);
    *ret_former = former;
    return store_put(ctx->tx, TABLE(client_state), row, why);
}

enum status client_went(const struct account_ctx *ctx, const struct client_state *which, int64_t at,
                        struct str reason, struct client_state *ret, bool *ret_known,
                        struct why *why)
{
    struct client_state row;
    enum status status = client_get(ctx, which->client, &row, why);
    *ret_known = status == STATUS_OK && row.online && row.number == which->number &&
                 str_eq(row.epoch, which->epoch) && str_eq(row.broker, which->broker);
    if (!*ret_known) {
        return status == STATUS_NOT_FOUND ? STATUS_OK : status;
    }
    row.online = 0;
    row.ended = at;
    row.reason = reason;
    *ret = row;
    return store_put(ctx->tx, TABLE(client_state), &row, why);
}

/* ---- by thing -------------------------------------------------------------------------------- */

static bool is_better(const struct client_state *a, const struct client_state *b)
{
    return a->online != b->online ? a->online > b->online : a->since > b->since;
}

enum status client_of_thing(const struct account_ctx *ctx, struct str thing,
                            struct client_state *ret, struct why *why)
{
    const struct client_state like = {.thing = thing};
    const struct store_range range = {
        .index = INDEX(client_state, by_thing), .prefix = &like, .n_prefix = 1};
    struct client_state best = {.client = STR_ABSENT};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(client_state), &range, &scan, why));
    bool more = true;
    for (size_t n = 0; n < PAGE_SCAN_MAX; n++) {
        struct client_state row;
        TRY(store_scan_next(scan, &row, ctx->mem, &more, why));
        if (!more) {
            break;
        }
        if (str_absent(best.client) || is_better(&row, &best)) {
            best = row;
        }
    }
    if (str_absent(best.client)) {
        return client_get(ctx, thing, ret, why);
    }
    *ret = best;
    return STATUS_OK;
}

/* ---- lists ----------------------------------------------------------------------------------- */

static enum status look(const struct account_ctx *ctx, const void *row, const void *arg,
                        bool *ret_keep, bool *ret_stop, struct why *why)
{
    const struct client_state *client = row;
    const struct clients_filter *filter = arg;
    (void)ctx;
    (void)ret_stop;
    (void)why;
    *ret_keep = (filter->offline || client->online) &&
                (str_absent(filter->principal) || str_eq(filter->principal, client->principal)) &&
                (str_absent(filter->thing) || str_eq(filter->thing, client->thing));
    return STATUS_OK;
}

enum status clients_list(const struct account_ctx *ctx, const struct clients_filter *filter,
                         const struct page *page, struct page_rows *ret, struct why *why)
{
    const struct client_state like = {
        .online = 1, .principal = filter->principal, .thing = filter->thing};
    const struct page_filter by = {look, filter};
    struct store_range range = {.prefix = &like, .n_prefix = 1};
    if (!str_absent(filter->principal)) {
        range.index = INDEX(client_state, by_principal);
    } else if (!str_absent(filter->thing)) {
        range.index = INDEX(client_state, by_thing);
    } else if (!filter->offline) {
        range.index = INDEX(client_state, by_online);
    } else {
        range.n_prefix = 0;
    }
    return page_read(ctx, TABLE(client_state), &range, page, &by, ret, why);
}

enum status clients_stale(const struct account_ctx *ctx, struct str broker, struct str epoch,
                          struct client_state *rows, size_t max, size_t *ret_n, struct why *why)
{
    const struct client_state like = {.online = 1, .broker = broker};
    const struct client_state behind = {
        .online = 1, .broker = broker, .epoch = epoch, .client = STR("\xff")};
    size_t n = 0;
    /* Lives before this one in the order, then those behind it. */
    for (int side = 0; side < 2; side++) {
        const struct store_range range = {.index = INDEX(client_state, by_online),
                                          .prefix = &like,
                                          .n_prefix = 2,
                                          .after = side == 0 ? NULL : &behind};
        AUTO_SCAN *scan = NULL;
        bool more = true;
        TRY(store_scan_open(ctx->tx, TABLE(client_state), &range, &scan, why));
        while (more && n < max) {
            TRY(store_scan_next(scan, &rows[n], ctx->mem, &more, why));
            more = more && !str_eq(rows[n].epoch, epoch);
            n += more;
        }
    }
    *ret_n = n;
    return STATUS_OK;
}

enum status clients_sweep(const struct account_ctx *ctx, int64_t before, size_t max,
                          struct str *cursor, struct why *why)
{
    const struct client_state last = {.client = *cursor};
    const struct store_range range = {.after = cursor->len == 0 ? NULL : &last,
                                      .columns = COLUMN_BIT(COL_client_state__client) |
                                                 COLUMN_BIT(COL_client_state__online) |
                                                 COLUMN_BIT(COL_client_state__ended)};
    struct client_state *rows = NEW_ARRAY(ctx->mem, struct client_state, max);
    bool more = true;
    size_t n = 0;
    TRY_PTR(rows);
    {
        AUTO_SCAN *scan = NULL;
        TRY(store_scan_open(ctx->tx, TABLE(client_state), &range, &scan, why));
        while (n < max && more) {
            TRY(store_scan_next(scan, &rows[n], ctx->mem, &more, why));
            n += more;
        }
    }
    *cursor = more && n > 0 ? rows[n - 1].client : STR_ABSENT;
    for (size_t i = 0; i < n; i++) {
        if (!rows[i].online && rows[i].ended < before) {
            TRY(store_delete(ctx->tx, TABLE(client_state), &rows[i], why));
        }
    }
    return STATUS_OK;
}
