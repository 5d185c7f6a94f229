/* finding.c: see finding.h. */
#include "audit/finding.h"

#include <inttypes.h>

#include "account/finding_prefix.h"
#include "base/buf.h"
#include "codec/digest.h"
#include "codec/hex.h"

#include "base/banned.h"

/* ---- ids ------------------------------------------------------------------------------------- */

enum {
    ID_TASK_CHARS = FINDING_PREFIX_TASK_CHARS,
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

enum status finding_id(struct arena *mem, const struct finding *row, struct str resource,
                       struct str *ret, struct why *why)
{
    struct buf out;
    struct str text;
    struct str prefix;
    TRY(str_fmt(mem, &text, why, "%.*s\n%.*s\n%.*s\n%.*s", STR_ARG(row->task),
                STR_ARG(row->check_name), STR_ARG(row->reason_code), STR_ARG(row->resource_key)));
    buf_init(&out, mem, ID_CHARS_MAX);
    TRY(finding_prefix(mem, row->task, row->check_name, &prefix, why));
    buf_put_str(&out, prefix);
    put_resource(&out, resource);
    buf_put_char(&out, '-');
    TRY(put_digest(&out, mem, text, ID_DIGEST_BYTES, why));
    return buf_finish(&out, ret, why);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Most findings are stored without the JSON, which would only repeat the key. */
static enum status fill_resource(struct arena *mem, struct finding *row, struct why *why)
{
    return str_absent(row->resource)
               ? resource_json_of_key(mem, row->resource_key, &row->resource, why)
               : STATUS_OK;
}

enum status finding_get(const struct account_ctx *ctx, struct str id, struct finding *ret,
                        struct why *why)
{
    struct finding finding = {.id = id};
    enum status status = store_get(ctx->tx, TABLE(finding), &finding, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, STATUS_NOT_FOUND, "there is no audit finding %.*s", STR_ARG(id));
    }
    TRY(status);
    TRY(fill_resource(ctx->mem, &finding, why));
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

/* ---- listing --------------------------------------------------------------------------------- */

/* How far a list has come. */
struct place {
    int64_t started; /* of the task */
    struct str task; /* absent: at the start */
    struct str id;   /* the last finding looked at; absent: the task is done */
};

/* One page while it is being filled. */
struct listing {
    const struct account_ctx *ctx;
    const struct finding_filter *filter;
    size_t size;
    struct finding *rows; /* size + 1 of them */
    size_t n;             /* kept so far */
    size_t seen;          /* findings and tasks looked at so far */
    size_t used;          /* of ctx->mem, before the first row */
    struct place last;    /* behind which the next page begins */
    bool ended;           /* the page has; the list has not */
};

/* One more row was looked at, and the next page can begin behind it. */
static void pass(struct listing *list, struct place place)
{
    list->last = place;
    list->seen++;
    list->ended =
        list->seen == PAGE_SCAN_MAX || arena_used(list->ctx->mem) - list->used > PAGE_BYTES_MAX;
}

static bool text_fits(struct str wanted, struct str has)
{
    return str_absent(wanted) || str_eq(wanted, has);
}

static bool is_wanted(const struct finding_filter *filter, const struct finding *row)
{
    return text_fits(filter->check_name, row->check_name) &&
           text_fits(filter->resource_key, row->resource_key) &&
           (!filter->suppressed.given || filter->suppressed.value == (row->suppressed != 0)) &&
           (filter->start == TIME_NEVER ||
            (filter->start <= row->found && row->found <= filter->end));
}

/* Findings of one task, or of one of its checks, from the place on; beginning at its end when the
 * place has no id. */
static enum status list_task(struct listing *list, struct place at, struct why *why)
{
    struct str prefix;
    struct str last;
    TRY(finding_prefix(list->ctx->mem, at.task, list->filter->check_name, &prefix, why));
    TRY(str_fmt(list->ctx->mem, &last, why, "%.*s~",
                STR_ARG(prefix))); /* '~' is above all of an id */
    const struct finding from = {.id = last};
    const struct finding after = {.id = at.id};
    const struct store_range range = {
        .from = &from, .n_from = 1, .after = str_absent(at.id) ? NULL : &after, .descending = true};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(list->ctx->tx, TABLE(finding), &range, &scan, why));
    while (!list->ended) {
        struct finding *row = &list->rows[list->n];
        bool more;
        TRY(store_scan_next(scan, row, list->ctx->mem, &more, why));
        if (!more || !str_starts(row->id, prefix)) {
            return STATUS_OK;
        }
        bool keep = is_wanted(list->filter, row) && str_eq(row->task, at.task);
        if (keep && list->n == list->size) {
            list->ended = true;
            return STATUS_OK;
        }
        if (keep) {
            TRY(fill_resource(list->ctx->mem, row, why));
            list->n++;
        }
        pass(list, (struct place){at.started, at.task, row->id});
    }
    return STATUS_OK;
}

static bool ran_in_time(const struct finding_filter *filter, const struct audit_task *task)
{
    return task->finished == TIME_NEVER || task->finished >= filter->start;
}

/* Findings of all tasks that ran in the time, from the place on. */
static enum status list_tasks(struct listing *list, struct place at, struct why *why)
{
    if (!str_absent(at.id)) {
        TRY(list_task(list, at, why));
    }
    const struct audit_task newest = {.started = list->filter->end};
    const struct audit_task after = {.id = at.task, .started = at.started};
    const struct store_range range = {.index = INDEX(audit_task, by_started),
                                      .from = &newest,
                                      .n_from = 1,
                                      .after = str_absent(at.task) ? NULL : &after,
                                      .descending = true,
                                      .columns = COLUMN_BIT(COL_audit_task__id) |
                                                 COLUMN_BIT(COL_audit_task__started) |
                                                 COLUMN_BIT(COL_audit_task__finished)};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(list->ctx->tx, TABLE(audit_task), &range, &scan, why));
    while (!list->ended) {
        struct audit_task task;
        bool more;
        TRY(store_scan_next(scan, &task, list->ctx->mem, &more, why));
        if (!more) {
            return STATUS_OK;
        }
        struct place begin = {task.started, task.id, STR_ABSENT};
        if (ran_in_time(list->filter, &task)) {
            TRY(list_task(list, begin, why));
        }
        if (!list->ended) {
            pass(list, begin);
        }
    }
    return STATUS_OK;
}

/* ---- positions: of a place, its parts -------------------------------------------------------- */

enum { PLACE_PARTS = 3 };

static enum status place_write(struct arena *mem, const struct place *place, struct str *ret,
                               struct why *why)
{
    struct str parts[PLACE_PARTS] = {STR_ABSENT, place->task, place->id};
    TRY(str_fmt(mem, &parts[0], why, "%" PRId64, place->started));
    return page_position_make(mem, parts, PLACE_PARTS, ret, why);
}

/* A place of this list: its task's when the list is of one, and of a task its own findings. */
static enum status place_read(const struct listing *list, struct str text, struct place *ret,
                              struct why *why)
{
    struct str parts[PLACE_PARTS];
    struct place place;
    TRY(page_position_read(text, parts, PLACE_PARTS, why));
    place.task = parts[1];
    place.id = parts[2];
    struct str begin = str_slice(place.task, 0, ID_TASK_CHARS);
    bool by_task = !str_absent(list->filter->task);
    if (str_to_int64(parts[0], &place.started) != STATUS_OK || str_absent(place.task) ||
        !text_fits(list->filter->task, place.task) || (by_task && str_absent(place.id)) ||
        (!str_absent(place.id) && !str_starts(place.id, begin))) {
        return why_set(why, STATUS_INVALID, "the position is none of this list");
    }
    *ret = place;
    return STATUS_OK;
}

enum status finding_list(const struct account_ctx *ctx, const struct finding_filter *filter,
                         const struct page *page, struct page_rows *ret, struct why *why)
{
    TRY(check_filter(filter, why));
    struct listing list = {.ctx = ctx, .filter = filter, .size = page_size(page)};
    struct place at = {0, filter->task, STR_ABSENT};
    if (!str_absent(page->after)) {
        TRY(place_read(&list, page->after, &at, why));
    }
    list.rows = NEW_ARRAY(ctx->mem, struct finding, list.size + 1);
    TRY_PTR(list.rows);
    list.used = arena_used(ctx->mem);
    TRY(str_absent(filter->task) ? list_tasks(&list, at, why) : list_task(&list, at, why));
    struct str next = STR_ABSENT;
    if (list.ended) {
        TRY(place_write(ctx->mem, &list.last, &next, why));
    }
    *ret = (struct page_rows){list.rows, list.n, next};
    return STATUS_OK;
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
