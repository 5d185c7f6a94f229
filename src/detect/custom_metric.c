/* custom_metric.c: see custom_metric.h. */
#include "detect/custom_metric.h"

#include "detect/profile_use.h"

#include "base/banned.h"

#define KIND STR("custommetric")

enum status custom_metric_get(const struct account_ctx *ctx, struct str name,
                              struct custom_metric *ret, struct why *why)
{
    struct custom_metric row = {.name = name};
    enum status status = store_get(ctx->tx, TABLE(custom_metric), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, status, "no custom metric is named %.*s", STR_ARG(name));
    }
    TRY(status);
    *ret = row;
    return STATUS_OK;
}

static bool is_same(const struct custom_metric *old, const struct custom_metric_new *in)
{
    return str_eq(old->token, in->token) && str_eq(old->type, in->type) &&
           str_eq(old->display_name, in->display_name);
}

static enum status check_room(const struct account_ctx *ctx, struct why *why)
{
    const struct store_range all = {0};
    size_t n = 0;
    TRY(store_count(ctx->tx, TABLE(custom_metric), &all, QUOTA_CUSTOM_METRICS, &n, why));
    if (n >= QUOTA_CUSTOM_METRICS) {
        return why_set(why, STATUS_LIMIT, "the account has %d custom metrics, the most",
                       QUOTA_CUSTOM_METRICS);
    }
    return STATUS_OK;
}

enum status custom_metric_create(const struct account_ctx *ctx, const struct custom_metric_new *in,
                                 struct why *why)
{
    struct custom_metric old;
    if (str_starts(in->name, STR("aws:"))) {
        return why_set(why, STATUS_INVALID,
                       "metricName %.*s begins with aws:, which is for the metrics of AWS",
                       STR_ARG(in->name));
    }
    enum status status = custom_metric_get(ctx, in->name, &old, why);
    if (status == STATUS_OK) {
        return is_same(&old, in)
                   ? STATUS_OK
                   : why_resource(why, ctx, KIND, in->name,
                                  why_set(why, STATUS_EXISTS, "custom metric %.*s exists already",
                                          STR_ARG(in->name)));
    }
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    TRY(check_room(ctx, why));
    struct custom_metric row = {.name = in->name,
                                .type = in->type,
                                .display_name = in->display_name,
                                .token = in->token,
                                .created = clock_now(&ctx->clock)};
    row.modified = row.created;
    TRY(store_insert(ctx->tx, TABLE(custom_metric), &row, why));
    return tags_put(ctx, KIND, in->name, in->tags, why);
}

enum status custom_metric_update(const struct account_ctx *ctx, struct str name,
                                 struct str display_name, struct custom_metric *ret,
                                 struct why *why)
{
    struct custom_metric row;
    TRY(custom_metric_get(ctx, name, &row, why));
    row.display_name = display_name;
    row.modified = clock_now(&ctx->clock);
    TRY(store_put(ctx->tx, TABLE(custom_metric), &row, why));
    *ret = row;
    return STATUS_OK;
}

enum status custom_metric_delete(const struct account_ctx *ctx, struct str name, struct why *why)
{
    struct custom_metric row = {.name = name};
    TRY(profile_use_none(ctx, USE_METRIC, name, why));
    TRY(tags_drop(ctx, KIND, name, why));
    enum status status = store_delete(ctx->tx, TABLE(custom_metric), &row, why);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status custom_metric_list(const struct account_ctx *ctx, const struct page *page,
                               struct page_rows *ret, struct why *why)
{
    const struct store_range all = {0};
    return page_read(ctx, TABLE(custom_metric), &all, page, NULL, ret, why);
}
