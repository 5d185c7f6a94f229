/* log.c: see log.h. */
#include "account/log.h"

#include "account/logging.h"
#include "codec/digest.h"
#include "codec/hex.h"

#include "base/banned.h"

enum { ID_BYTES = 12, SCRATCH_BYTES = 64 << 20 };

/* ---- writing --------------------------------------------------------------------------------- */

static enum status record_id(const struct account_ctx *ctx, struct str stream, struct str message,
                             struct str *ret, struct why *why)
{
    uint8_t sum[SHA256_BYTES];
    AUTO_DIGEST *digest = digest_new(DIGEST_SHA256);
    TRY_PTR(digest);
    digest_add(digest, bytes_of_str(stream));
    digest_add(digest, (struct bytes){(const uint8_t *)"\n", 1});
    digest_add(digest, bytes_of_str(message));
    TRY(digest_finish(digest, sum, why));
    return hex_dup(ctx->mem, (struct bytes){sum, ID_BYTES}, ret, why);
}

static enum status record_check(const struct log_record *record, struct why *why)
{
    if (record->at < 0) {
        return why_set(why, STATUS_INVALID, "a log record tells of a moment before 1970");
    }
    if (record->message.len == 0 || record->message.len > LOG_MESSAGE_BYTES_MAX) {
        return why_set(why, STATUS_INVALID, "a log record has %zu bytes; it must have 1 to %d",
                       record->message.len, LOG_MESSAGE_BYTES_MAX);
    }
    return STATUS_OK;
}

static enum status stream_make(const struct account_ctx *ctx, struct str group, struct str stream,
                               struct why *why)
{
    struct log_stream row = {.log_group = group, .name = stream};
    enum status status = store_get(ctx->tx, TABLE(log_stream), &row, ctx->mem, why);
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    const struct store_range range = {.prefix = &row, .n_prefix = 1};
    size_t n = 0;
    TRY(store_count(ctx->tx, TABLE(log_stream), &range, LOG_STREAMS_MAX, &n, why));
    if (n == LOG_STREAMS_MAX) {
        return why_set(why, STATUS_LIMIT, "log group %.*s already has %d streams, the most",
                       STR_ARG(group), LOG_STREAMS_MAX);
    }
    row.created = clock_now(&ctx->clock);
    return store_insert(ctx->tx, TABLE(log_stream), &row, why);
}

enum status log_append(const struct account_ctx *ctx, struct str group, struct str stream,
                       const struct log_record *records, size_t n, size_t *ret_new, struct why *why)
{
    int64_t now = clock_now(&ctx->clock);
    size_t added = 0;
    if (n > 0) {
        TRY(stream_make(ctx, group, stream, why));
    }
    for (size_t i = 0; i < n; i++) {
        struct log_event row = {.log_group = group,
                                .at = records[i].at,
                                .stream = stream,
                                .ingested = now,
                                .message = records[i].message};
        TRY(record_check(&records[i], why));
        TRY(record_id(ctx, stream, row.message, &row.id, why));
        enum status status = store_insert(ctx->tx, TABLE(log_event), &row, why);
        if (status != STATUS_EXISTS) {
            TRY(status);
            added++;
        }
    }
    *ret_new = added;
    return STATUS_OK;
}

/* ---- levels ---------------------------------------------------------------------------------- */

/* How much a level lets through: DISABLED 0, ERROR 1 ... DEBUG 4; -1: none of them. */
static int level_rank(struct str level)
{
    static const struct str levels[] = {STR_INIT("DISABLED"), STR_INIT("ERROR"), STR_INIT("WARN"),
                                        STR_INIT("INFO"), STR_INIT("DEBUG")};
    for (int i = 0; i < (int)(sizeof levels / sizeof levels[0]); i++) {
        if (str_eq(levels[i], level)) {
            return i;
        }
    }
    return -1;
}

/* The most that is set for a subject; -1: nothing is. */
static enum status subjects_rank(const struct account_ctx *ctx, const struct log_subject *subjects,
                                 size_t n, int *ret, struct why *why)
{
    *ret = -1;
    for (size_t i = 0; i < n; i++) {
        struct log_target row = {.target_type = subjects[i].type, .target_name = subjects[i].name};
        enum status status = store_get(ctx->tx, TABLE(log_target), &row, ctx->mem, why);
        if (status == STATUS_NOT_FOUND) {
            continue;
        }
        TRY(status);
        int rank = level_rank(row.level);
        *ret = rank > *ret ? rank : *ret;
    }
    return STATUS_OK;
}

enum status log_wanted(const struct account_ctx *ctx, struct str level, struct str event_type,
                       const struct log_subject *subjects, size_t n, bool *ret, struct why *why)
{
    struct logging_v2 options;
    int allowed;
    int rank = level_rank(level);
    if (rank < 1) {
        return why_set(why, STATUS_INVALID, "'%.*s' is no level of a log record", STR_ARG(level));
    }
    enum status status = logging_v2_get(ctx, &options, why);
    if (status == STATUS_NOT_CONFIGURED || (status == STATUS_OK && options.disable_all)) {
        *ret = false;
        return STATUS_OK;
    }
    TRY(status);
    TRY(subjects_rank(ctx, subjects, n, &allowed, why));
    for (size_t i = 0; i < options.n_events && allowed < 0; i++) {
        if (str_eq(options.events[i].type, event_type)) {
            allowed = level_rank(options.events[i].level);
        }
    }
    *ret = rank <= (allowed < 0 ? level_rank(options.level) : allowed);
    return STATUS_OK;
}

/* ---- groups and streams ---------------------------------------------------------------------- */

static const struct {
    struct str name;
    struct str setting; /* that makes it be there */
} groups[LOG_GROUPS] = {
    {STR_INIT("AWSIotLogs"), STR_INIT("logging-v1")},
    {STR_INIT("AWSIotLogsV2"), STR_INIT("logging-v2")},
};

/* *ret_created is TIME_NEVER when the group is not there. */
static enum status group_created(const struct account_ctx *ctx, size_t i, int64_t *ret_created,
                                 struct why *why)
{
    struct setting setting = {.name = groups[i].setting};
    struct log_stream stream = {.log_group = groups[i].name};
    const struct log_stream like = stream;
    const struct store_range range = {.prefix = &like, .n_prefix = 1};
    int64_t created = TIME_NEVER;
    enum status status = store_get(ctx->tx, TABLE(setting), &setting, ctx->mem, why);
    if (status != STATUS_NOT_FOUND) {
        TRY(status);
        created = setting.modified;
    }
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(log_stream), &range, &scan, why));
    for (bool more = true; more;) {
        TRY(store_scan_next(scan, &stream, ctx->mem, &more, why));
        if (more && (created == TIME_NEVER || stream.created < created)) {
            created = stream.created;
        }
    }
    *ret_created = created;
    return STATUS_OK;
}

enum status log_groups(const struct account_ctx *ctx, struct log_group ret[LOG_GROUPS],
                       size_t *ret_n, struct why *why)
{
    size_t n = 0;
    for (size_t i = 0; i < LOG_GROUPS; i++) {
        int64_t created;
        TRY(group_created(ctx, i, &created, why));
        if (created != TIME_NEVER) {
            ret[n++] = (struct log_group){groups[i].name, created};
        }
    }
    *ret_n = n;
    return STATUS_OK;
}

enum status log_group_check(const struct account_ctx *ctx, struct str name, struct why *why)
{
    for (size_t i = 0; i < LOG_GROUPS; i++) {
        int64_t created = TIME_NEVER;
        if (str_eq(groups[i].name, name)) {
            TRY(group_created(ctx, i, &created, why));
        }
        if (created != TIME_NEVER) {
            return STATUS_OK;
        }
    }
    return why_set(why, STATUS_NOT_FOUND, "The specified log group does not exist.");
}

enum status log_stream_check(const struct account_ctx *ctx, struct str group, struct str name,
                             struct why *why)
{
    struct log_stream row = {.log_group = group, .name = name};
    TRY(log_group_check(ctx, group, why));
    enum status status = store_get(ctx->tx, TABLE(log_stream), &row, ctx->mem, why);
    return status == STATUS_NOT_FOUND
               ? why_set(why, STATUS_NOT_FOUND, "The specified log stream does not exist.")
               : status;
}

/* The first or last record of a stream; untouched when there is none. */
static enum status stream_end(const struct account_ctx *ctx, struct str group, struct str stream,
                              bool last, struct log_event *ret, struct why *why)
{
    const struct log_event like = {.log_group = group, .stream = stream};
    const struct store_range range = {.index = INDEX(log_event, by_stream),
                                      .prefix = &like,
                                      .n_prefix = 2,
                                      .descending = last,
                                      .columns = COLUMN_BIT(COL_log_event__at) |
                                                 COLUMN_BIT(COL_log_event__ingested)};
    AUTO_SCAN *scan = NULL;
    bool more;
    TRY(store_scan_open(ctx->tx, TABLE(log_event), &range, &scan, why));
    return store_scan_next(scan, ret, ctx->mem, &more, why);
}

static enum status stream_rows(const struct account_ctx *ctx, struct str group,
                               struct log_stream_info *ret, size_t *ret_n, struct why *why)
{
    const struct log_stream like = {.log_group = group};
    const struct store_range range = {.prefix = &like, .n_prefix = 1};
    AUTO_SCAN *scan = NULL;
    struct log_stream row;
    size_t n = 0;
    TRY(store_scan_open(ctx->tx, TABLE(log_stream), &range, &scan, why));
    for (bool more = true; more && n < LOG_STREAMS_MAX;) {
        TRY(store_scan_next(scan, &row, ctx->mem, &more, why));
        if (more) {
            ret[n++] = (struct log_stream_info){.name = row.name, .created = row.created};
        }
    }
    *ret_n = n;
    return STATUS_OK;
}

enum status log_streams(const struct account_ctx *ctx, struct str group,
                        struct log_stream_info *ret, size_t *ret_n, struct why *why)
{
    TRY(log_group_check(ctx, group, why));
    TRY(stream_rows(ctx, group, ret, ret_n, why));
    for (size_t i = 0; i < *ret_n; i++) {
        struct log_event first = {.at = TIME_NEVER};
        struct log_event last = {.at = TIME_NEVER, .ingested = TIME_NEVER};
        TRY(stream_end(ctx, group, ret[i].name, false, &first, why));
        TRY(stream_end(ctx, group, ret[i].name, true, &last, why));
        ret[i].first = first.at;
        ret[i].last = last.at;
        ret[i].ingested = last.ingested;
    }
    return STATUS_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* One page while it is being filled. */
struct reading {
    const struct account_ctx *ctx;
    const struct log_query *query;
    struct arena *scratch; /* of one record */
    struct log_event *events;
    size_t n;
    size_t capacity;
    size_t bytes;
    size_t seen;
    size_t seen_bytes;
    struct log_place last; /* looked at; its id lies in id */
    char id[2 * ID_BYTES];
};

static bool is_of_streams(const struct log_query *query, struct str stream)
{
    bool named = query->n_streams == 0;
    for (size_t i = 0; i < query->n_streams && !named; i++) {
        named = str_eq(query->streams[i], stream);
    }
    return named && (str_absent(query->stream_prefix) || str_starts(stream, query->stream_prefix));
}

static bool is_over(const struct log_query *query, int64_t at)
{
    return query->descending ? query->from != TIME_NEVER && at < query->from
                             : query->until != TIME_NEVER && at >= query->until;
}

static enum status keep(struct reading *r, const struct log_event *row, struct why *why)
{
    if (r->n == r->capacity) {
        size_t capacity = r->capacity == 0 ? 64 : 2 * r->capacity;
        void *grown =
            arena_grow(r->ctx->mem, r->events, r->capacity * sizeof *row, capacity * sizeof *row);
        TRY_PTR(grown);
        r->events = grown;
        r->capacity = capacity;
    }
    struct log_event *event = &r->events[r->n];
    *event = *row;
    TRY(str_dup(r->ctx->mem, row->stream, &event->stream, why));
    TRY(str_dup(r->ctx->mem, row->id, &event->id, why));
    TRY(str_dup(r->ctx->mem, row->message, &event->message, why));
    r->n++;
    r->bytes += row->message.len;
    return STATUS_OK;
}

static enum status look(struct reading *r, const struct log_event *row, struct why *why)
{
    bool matches = is_of_streams(r->query, row->stream);
    if (matches && r->query->filter != NULL) {
        TRY(filter_matches(r->query->filter, row->message, r->scratch, &matches, why));
    }
    if (matches) {
        TRY(keep(r, row, why));
    }
    r->seen++;
    r->seen_bytes += row->message.len;
    memcpy(r->id, row->id.ptr, row->id.len < sizeof r->id ? row->id.len : sizeof r->id);
    r->last.at = row->at;
    r->last.id = (struct str){r->id, row->id.len < sizeof r->id ? row->id.len : sizeof r->id};
    return STATUS_OK;
}

static bool is_spent(const struct reading *r)
{
    return r->n == r->query->max || r->bytes >= LOG_PAGE_BYTES || r->seen == LOG_SCAN_ROWS ||
           r->seen_bytes >= LOG_SCAN_BYTES;
}

/* *ret_more: it ended before the range did. */
static enum status fill(struct reading *r, struct store_scan *scan, bool *ret_more, struct why *why)
{
    for (;;) {
        struct log_event row;
        bool more;
        arena_clear(r->scratch);
        TRY(store_scan_next(scan, &row, r->scratch, &more, why));
        if (!more || is_over(r->query, row.at)) {
            *ret_more = false;
            return STATUS_OK;
        }
        if (is_spent(r)) {
            *ret_more = true;
            return STATUS_OK;
        }
        TRY(look(r, &row, why));
    }
}

/* Where a query begins, as a row of the order: its place, or the bound in time. */
static void begin_at(const struct log_query *query, struct log_event *at, struct store_range *range)
{
    size_t n_time = range->n_prefix + 1;
    int64_t bound = query->descending ? query->until : query->from;
    bool inside = bound == TIME_NEVER || query->after == NULL ||
                  (query->descending ? query->after->at < bound : query->after->at >= bound);
    if (query->after != NULL && inside) {
        at->at = query->after->at;
        at->id = query->after->id;
        range->from = query->after->inclusive ? at : NULL;
        range->n_from = query->after->inclusive ? n_time + 1 : 0;
        range->after = query->after->inclusive ? NULL : at;
    } else if (bound != TIME_NEVER) {
        at->at = query->descending ? bound - 1 : bound;
        range->from = at;
        range->n_from = n_time;
    }
}

enum status log_read(const struct account_ctx *ctx, const struct log_query *query,
                     struct log_page *ret, struct why *why)
{
    bool one = query->n_streams == 1;
    const struct log_event like = {.log_group = query->group,
                                   .stream = one ? query->streams[0] : STR_ABSENT};
    struct log_event at = like;
    struct store_range range = {.index = one ? INDEX(log_event, by_stream) : NULL,
                                .prefix = &like,
                                .n_prefix = one ? 2 : 1,
                                .descending = query->descending};
    struct reading r = {.ctx = ctx, .query = query, .scratch = NULL};
    AUTO_ARENA *scratch = arena_new(SCRATCH_BYTES);
    TRY_PTR(scratch);
    r.scratch = scratch;
    begin_at(query, &at, &range);
    AUTO_SCAN *scan = NULL;
    bool more;
    TRY(store_scan_open(ctx->tx, TABLE(log_event), &range, &scan, why));
    TRY(fill(&r, scan, &more, why));
    *ret = (struct log_page){.events = r.events, .n = r.n, .more = more, .next = r.last};
    return str_dup(ctx->mem, r.last.id, &ret->next.id, why);
}

/* ---- keeping --------------------------------------------------------------------------------- */

static enum status collect_old(const struct account_ctx *ctx, int64_t before, size_t max,
                               struct log_event *rows, size_t *ret_n, struct why *why)
{
    const struct store_range range = {
        .index = INDEX(log_event, by_ingested),
        .columns = COLUMN_BIT(COL_log_event__log_group) | COLUMN_BIT(COL_log_event__at) |
                   COLUMN_BIT(COL_log_event__id) | COLUMN_BIT(COL_log_event__ingested)};
    AUTO_SCAN *scan = NULL;
    size_t n = 0;
    TRY(store_scan_open(ctx->tx, TABLE(log_event), &range, &scan, why));
    for (bool more = true; more && n < max;) {
        TRY(store_scan_next(scan, &rows[n], ctx->mem, &more, why));
        more = more && rows[n].ingested < before;
        n += more;
    }
    *ret_n = n;
    return STATUS_OK;
}

enum status log_sweep_is_due(const struct account_ctx *ctx, int64_t before, bool *ret,
                             struct why *why)
{
    struct log_event oldest;
    size_t n = 0;
    TRY(collect_old(ctx, before, 1, &oldest, &n, why));
    *ret = n > 0;
    return STATUS_OK;
}

enum status log_sweep(const struct account_ctx *ctx, int64_t before, size_t max, size_t *ret_n,
                      struct why *why)
{
    struct log_event *rows = NEW_ARRAY(ctx->mem, struct log_event, max);
    TRY_PTR(rows);
    TRY(collect_old(ctx, before, max, rows, ret_n, why));
    for (size_t i = 0; i < *ret_n; i++) {
        TRY(store_delete(ctx->tx, TABLE(log_event), &rows[i], why));
    }
    return STATUS_OK;
}
