/* op_custom_metric.c: metrics of the account's own, and the dimensions that scope metrics. */
#include "api/handlers.h"
#include "api/page.h"
#include "api/unpack.h"
#include "detect/custom_metric.h"
#include "detect/dimension.h"

#include "base/banned.h"

/* ---- custom metrics -------------------------------------------------------------------------- */

static enum status reply_metric_names(struct call *call, struct str name, struct why *why)
{
    struct str arn;
    TRY(call_arn(call, STR("custommetric"), name, &arn, why));
    reply_str(call, M_metricName, name);
    reply_str(call, M_metricArn, arn);
    return STATUS_OK;
}

static enum status reply_metric(struct call *call, const struct custom_metric *metric,
                                struct why *why)
{
    TRY(reply_metric_names(call, metric->name, why));
    reply_str(call, M_metricType, metric->type);
    reply_str(call, M_displayName, metric->display_name);
    reply_time(call, M_creationDate, metric->created);
    reply_time(call, M_lastModifiedDate, metric->modified);
    return STATUS_OK;
}

enum status op_CreateCustomMetric(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct custom_metric_new in = {.name = arg_str(call, M_metricName),
                                   .type = arg_str(call, M_metricType),
                                   .display_name = arg_str(call, M_displayName),
                                   .token = arg_str(call, M_clientRequestToken)};
    TRY(unpack_tags(call, M_tags, &in.tags, why));
    TRY(custom_metric_create(&ctx, &in, why));
    return reply_metric_names(call, in.name, why);
}

enum status op_UpdateCustomMetric(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct custom_metric metric;
    TRY(custom_metric_update(&ctx, arg_str(call, M_metricName), arg_str(call, M_displayName),
                             &metric, why));
    return reply_metric(call, &metric, why);
}

enum status op_DescribeCustomMetric(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct custom_metric metric;
    TRY(custom_metric_get(&ctx, arg_str(call, M_metricName), &metric, why));
    return reply_metric(call, &metric, why);
}

enum status op_DeleteCustomMetric(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    return custom_metric_delete(&ctx, arg_str(call, M_metricName), why);
}

enum status op_ListCustomMetrics(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct page page;
    struct page_rows rows;
    TRY(call_page(call, &page, why));
    TRY(custom_metric_list(&ctx, &page, &rows, why));
    const struct custom_metric *metrics_of = rows.rows;
    reply_begin_list(call, M_metricNames);
    for (size_t i = 0; i < rows.n; i++) {
        reply_item_str(call, metrics_of[i].name);
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}

/* ---- dimensions ------------------------------------------------------------------------------ */

static enum status reply_dimension_names(struct call *call, struct str name, struct why *why)
{
    struct str arn;
    TRY(call_arn(call, STR("dimension"), name, &arn, why));
    reply_str(call, M_name, name);
    reply_str(call, M_arn, arn);
    return STATUS_OK;
}

static enum status reply_dimension(struct call *call, const struct dimension *dimension,
                                   struct why *why)
{
    TRY(reply_dimension_names(call, dimension->name, why));
    reply_str(call, M_type, dimension->type);
    reply_json(call, M_stringValues, dimension->filters);
    reply_time(call, M_creationDate, dimension->created);
    reply_time(call, M_lastModifiedDate, dimension->modified);
    return STATUS_OK;
}

enum status op_CreateDimension(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct dimension_new in = {.name = arg_str(call, M_name),
                               .type = arg_str(call, M_type),
                               .token = arg_str(call, M_clientRequestToken)};
    TRY(value_to_json(arg_get(call, M_stringValues), call->mem, &in.values, why));
    TRY(unpack_tags(call, M_tags, &in.tags, why));
    TRY(dimension_create(&ctx, &in, why));
    return reply_dimension_names(call, in.name, why);
}

enum status op_UpdateDimension(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct dimension dimension;
    struct str values;
    TRY(value_to_json(arg_get(call, M_stringValues), call->mem, &values, why));
    TRY(dimension_update(&ctx, arg_str(call, M_name), values, &dimension, why));
    return reply_dimension(call, &dimension, why);
}

enum status op_DescribeDimension(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct dimension dimension;
    TRY(dimension_get(&ctx, arg_str(call, M_name), &dimension, why));
    return reply_dimension(call, &dimension, why);
}

enum status op_DeleteDimension(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    return dimension_delete(&ctx, arg_str(call, M_name), why);
}

enum status op_ListDimensions(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct page page;
    struct page_rows rows;
    TRY(call_page(call, &page, why));
    TRY(dimension_list(&ctx, &page, &rows, why));
    const struct dimension *dimensions = rows.rows;
    reply_begin_list(call, M_dimensionNames);
    for (size_t i = 0; i < rows.n; i++) {
        reply_item_str(call, dimensions[i].name);
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}
