/* finding.c: see finding.h. */
#include "audit/finding.h"

#include "base/banned.h"

enum status finding_get(const struct account_ctx *ctx, struct str id, struct finding *ret,
                        struct why *why)
{
    struct finding finding = {.id = id};
    enum status status = store_get(ctx->tx, TABLE(finding), &finding, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, STATUS_NOT_FOUND, "there is no audit finding %.*s", STR_ARG(id));
    }
    TRY(status);
    *ret = finding;
    return STATUS_OK;
}

static enum status check_filter(const struct finding_filter *filter, struct why *why)
{
    bool by_task = !str_absent(filter->task);
    bool start = filter->start != TIME_NEVER;
    bool end = filter->end != TIME_NEVER;
    if (by_task == (start || end) || start != end) {
        return why_set(why, STATUS_INVALID,
                       "give either taskId, or startTime and endTime, and not both");
    }
    if (start && filter->start > filter->end) {
        return why_set(why, STATUS_INVALID, "startTime is after endTime");
    }
    return STATUS_OK;
}

static bool text_fits(struct str wanted, struct str has)
{
    return str_absent(wanted) || str_eq(wanted, has);
}

static enum status look(const struct account_ctx *ctx, const void *row, const void *arg,
                        bool *ret_keep, bool *ret_stop, struct why *why)
{
    (void)ctx;
    (void)why;
    const struct finding *finding = row;
    const struct finding_filter *filter = arg;
    *ret_stop = str_absent(filter->task) && finding->found < filter->start;
    *ret_keep =
        text_fits(filter->check_name, finding->check_name) &&
        text_fits(filter->resource_key, finding->resource_key) &&
        (!filter->suppressed.given || filter->suppressed.value == (finding->suppressed != 0)) &&
        (str_absent(filter->task) || str_eq(filter->task, finding->task));
    return STATUS_OK;
}

enum status finding_list(const struct account_ctx *ctx, const struct finding_filter *filter,
                         const struct page *page, struct page_rows *ret, struct why *why)
{
    TRY(check_filter(filter, why));
    const struct finding like = {.task = filter->task,
                                 .check_name = filter->check_name,
                                 .resource_key = filter->resource_key,
                                 .found = filter->end};
    struct store_range range = {.prefix = &like, .from = &like};
    if (!str_absent(filter->task)) {
        range.index = INDEX(finding, by_task);
        range.n_prefix = str_absent(filter->check_name) ? 1 : 2;
    } else if (!str_absent(filter->resource_key)) {
        range.index = INDEX(finding, by_resource);
        range.n_prefix = 1;
        range.n_from = 2;
    } else {
        range.index = INDEX(finding, by_time);
        range.n_from = 1;
    }
    struct page newest_first = *page;
    newest_first.descending = true;
    const struct page_filter fits = {look, filter};
    return page_read(ctx, TABLE(finding), &range, &newest_first, &fits, ret, why);
}

enum status finding_related(const struct account_ctx *ctx, struct str id, const struct page *page,
                            struct page_rows *ret, struct why *why)
{
    struct finding finding;
    TRY(finding_get(ctx, id, &finding, why));
    const struct related_resource like = {.finding = id};
    const struct store_range range = {.prefix = &like, .n_prefix = 1};
    struct page in_order = *page;
    in_order.descending = false;
    return page_read(ctx, TABLE(related_resource), &range, &in_order, NULL, ret, why);
}
