/* finding.c: see finding.h. */
#include "audit/finding.h"

#include "base/buf.h"
#include "codec/digest.h"
#include "codec/hex.h"

#include "base/banned.h"

/* ---- ids ------------------------------------------------------------------------------------- */

enum {
    ID_TASK_CHARS = 16,
    ID_CHECK_BYTES = 2,
    ID_RESOURCE_BYTES = 6,
    ID_DIGEST_BYTES = 12,
    ID_CHARS_MAX = 128,
};

static enum status put_digest(struct buf *out, struct arena *mem, struct str text, size_t n,
                              struct why *why)
{
    uint8_t digest[SHA256_BYTES];
    struct str hex;
    TRY(digest_sha256(bytes_of_str(text), digest, why));
    TRY(hex_dup(mem, (struct bytes){digest, n}, &hex, why));
    buf_put_str(out, hex);
    return STATUS_OK;
}

/* The first bytes of the resource's id; a shorter one comes before all that it begins. */
static void put_resource(struct buf *out, struct str resource)
{
    uint8_t first[ID_RESOURCE_BYTES] = {0};
    char hex[2 * ID_RESOURCE_BYTES];
    for (size_t i = 0; i < resource.len && i < ID_RESOURCE_BYTES; i++) {
        first[i] = (uint8_t)resource.ptr[i];
    }
    hex_encode((struct bytes){first, ID_RESOURCE_BYTES}, hex);
    buf_put_str(out, (struct str){hex, sizeof hex});
}

/* What the ids of a task's findings begin with, or of one of its checks. */
static enum status put_prefix(struct buf *out, struct arena *mem, struct str task, struct str check,
                              struct why *why)
{
    buf_put_str(out, str_slice(task, 0, ID_TASK_CHARS));
    buf_put_char(out, '-');
    if (!str_absent(check)) {
        TRY(put_digest(out, mem, check, ID_CHECK_BYTES, why));
        buf_put_char(out, '-');
    }
    return STATUS_OK;
}

enum status finding_id(struct arena *mem, const struct finding *row, struct str resource,
                       struct str *ret, struct why *why)
{
    struct buf out;
    struct str text;
    TRY(str_fmt(mem, &text, why, "%.*s\n%.*s\n%.*s\n%.*s", STR_ARG(row->task),
                STR_ARG(row->check_name), STR_ARG(row->reason_code), STR_ARG(row->resource_key)));
    buf_init(&out, mem, ID_CHARS_MAX);
    TRY(put_prefix(&out, mem, row->task, row->check_name, why));
    put_resource(&out, resource);
    buf_put_char(&out, '-');
    TRY(put_digest(&out, mem, text, ID_DIGEST_BYTES, why));
    return buf_finish(&out, ret, why);
}

/* ---- reading --------------------------------------------------------------------------------- */

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

/* What look decides by. */
struct looking {
    const struct finding_filter *filter;
    struct str prefix; /* of the ids; absent: by time */
};

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
    const struct looking *looking = arg;
    const struct finding_filter *filter = looking->filter;
    *ret_stop = str_absent(looking->prefix) ? finding->found < filter->start
                                            : !str_starts(finding->id, looking->prefix);
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
    struct looking looking = {.filter = filter, .prefix = STR_ABSENT};
    struct finding from = {.found = filter->end};
    struct store_range range = {.index = INDEX(finding, by_time), .from = &from, .n_from = 1};
    struct page ordered = *page;
    ordered.descending = str_absent(filter->task);
    if (!ordered.descending) {
        struct buf prefix;
        buf_init(&prefix, ctx->mem, ID_CHARS_MAX);
        TRY(put_prefix(&prefix, ctx->mem, filter->task, filter->check_name, why));
        TRY(buf_finish(&prefix, &looking.prefix, why));
        from.id = looking.prefix;
        range.index = NULL;
    }
    const struct page_filter fits = {look, &looking};
    return page_read(ctx, TABLE(finding), &range, &ordered, &fits, ret, why);
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
