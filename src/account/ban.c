#include "account/ban.h"

#include <inttypes.h>

#include "account/session.h"

#include "base/banned.h"

static bool is_certificate_id(struct str value)
{
    return session_kind_of(value) == SESSION_CERTIFICATE;
}

static enum status check(const struct account_ctx *ctx, const struct ban_new *in, struct why *why)
{
    int64_t now = clock_now(&ctx->clock);
    static const struct str kinds[] = {STR_INIT("CLIENT"), STR_INIT("CERTIFICATE"),
                                       STR_INIT("ADDRESS"), STR_INIT("NETWORK")};
    bool known = false;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        known |= str_eq(kinds[i], in->kind);
    }
    if (!known) {
        return why_set(why, STATUS_INVALID, "'%.*s' is nothing that can be banned",
                       STR_ARG(str_slice(in->kind, 0, 64)));
    }
    if (in->value.len == 0 || in->value.len > SESSION_CLIENT_BYTES_MAX) {
        return why_set(why, STATUS_INVALID, "what is banned has %zu bytes; it must have 1 to %d",
                       in->value.len, SESSION_CLIENT_BYTES_MAX);
    }
    if (str_eq(in->kind, STR("CERTIFICATE")) && !is_certificate_id(in->value)) {
        return why_set(why, STATUS_INVALID, "'%.*s' is no id of a certificate", STR_ARG(in->value));
    }
    if (in->until <= now || in->until > now + BAN_LONGEST_MS) {
        return why_set(why, STATUS_INVALID, "a ban ends in the future, and within %d days",
                       (int)(BAN_LONGEST_MS / DAY_MS));
    }
    if (in->reason.len > BAN_REASON_BYTES_MAX) {
        return why_set(why, STATUS_INVALID, "the reason has %zu bytes; it may have %d",
                       in->reason.len, BAN_REASON_BYTES_MAX);
    }
    return STATUS_OK;
}

/* The number of the ban of this target, or a new one. */
static enum status find_number(const struct account_ctx *ctx, const struct ban_new *in,
                               int64_t *ret, struct why *why)
{
    const struct ban like = {.kind = in->kind, .value = in->value};
    const struct store_range same = {
        .index = INDEX(ban, by_target), .prefix = &like, .n_prefix = 2};
    const struct store_range last = {.descending = true};
    struct ban row = {.id = 0};
    bool more = false;
    size_t n = 0;
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(ban), &same, &scan, why));
    TRY(store_scan_next(scan, &row, ctx->mem, &more, why));
    if (more) {
        *ret = row.id;
        return STATUS_OK;
    }
    TRY(store_count(ctx->tx, TABLE(ban), NULL, BANS_MAX, &n, why));
    if (n == BANS_MAX) {
        return why_set(why, STATUS_LIMIT, "there are %d bans already, the most", BANS_MAX);
    }
    AUTO_SCAN *newest = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(ban), &last, &newest, why));
    TRY(store_scan_next(newest, &row, ctx->mem, &more, why));
    *ret = more ? row.id + 1 : 1;
    return STATUS_OK;
}

enum status ban_add(const struct account_ctx *ctx, const struct ban_new *in, struct ban *ret,
                    struct why *why)
{
    struct ban row = {.kind = in->kind,
                      .value = in->value,
                      .until = in->until,
                      .created = clock_now(&ctx->clock),
                      .reason = in->reason,
                      .author = in->author};
    TRY(check(ctx, in, why));
    TRY(find_number(ctx, in, &row.id, why));
    TRY(store_put(ctx->tx, TABLE(ban), &row, why));
    *ret = row;
    return STATUS_OK;
}

enum status ban_get(const struct account_ctx *ctx, int64_t id, struct ban *ret, struct why *why)
{
    struct ban row = {.id = id};
    enum status status = store_get(ctx->tx, TABLE(ban), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, status, "there is no ban %" PRId64, id);
    }
    TRY(status);
    *ret = row;
    return STATUS_OK;
}

enum status ban_remove(const struct account_ctx *ctx, int64_t id, struct why *why)
{
    struct ban row;
    TRY(ban_get(ctx, id, &row, why));
    return store_delete(ctx->tx, TABLE(ban), &row, why);
}

static enum status in_force(const struct account_ctx *ctx, const void *row, const void *arg,
                            bool *ret_keep, bool *ret_stop, struct why *why)
{
    (void)arg;
    (void)ret_stop;
    (void)why;
    *ret_keep = ((const struct ban *)row)->until > clock_now(&ctx->clock);
    return STATUS_OK;
}

enum status ban_list(const struct account_ctx *ctx, const struct page *page, struct page_rows *ret,
                     struct why *why)
{
    const struct store_range range = {.index = NULL};
    const struct page_filter filter = {in_force, NULL};
    return page_read(ctx, TABLE(ban), &range, page, &filter, ret, why);
}

enum status ban_sweep(const struct account_ctx *ctx, size_t max, size_t *ret_n, struct why *why)
{
    const struct store_range range = {.index = INDEX(ban, by_until)};
    int64_t now = clock_now(&ctx->clock);
    struct ban *rows = NEW_ARRAY(ctx->mem, struct ban, max);
    size_t n = 0;
    TRY_PTR(rows);
    {
        AUTO_SCAN *scan = NULL;
        bool more = true;
        TRY(store_scan_open(ctx->tx, TABLE(ban), &range, &scan, why));
        while (more && n < max) {
            TRY(store_scan_next(scan, &rows[n], ctx->mem, &more, why));
            more = more && rows[n].until <= now;
            n += more;
        }
    }
    for (size_t i = 0; i < n; i++) {
        TRY(store_delete(ctx->tx, TABLE(ban), &rows[i], why));
    }
    *ret_n = n;
    return STATUS_OK;
}
