/* session.c: see session.h. */
#include "account/session.h"

#include <stdlib.h>

#include "account/session_priv.h"

#include "base/banned.h"

enum {
    NEAR_ROWS = 32,          /* rows looked at on either side of an event */
    KEPT = SESSION_NEAR + 2, /* of them beginnings: the outermost is context alone */
    SCRATCH_BYTES = 1 << 20, /* for one event */
};

enum status session_check(const struct session_event *event, struct why *why)
{
    if (event->client.len == 0 || event->client.len > SESSION_CLIENT_BYTES_MAX) {
        return why_set(why, STATUS_INVALID, "a client id has %zu bytes; it must have 1 to %d",
                       event->client.len, SESSION_CLIENT_BYTES_MAX);
    }
    if (event->at <= 0 || event->at > INT64_C(253402300799999)) {
        return why_set(why, STATUS_INVALID,
                       "the moment %lld of client %.*s is not one of the years 1970 to 9999",
                       (long long)event->at, STR_ARG(event->client));
    }
    if (event->session.len > SESSION_TEXT_BYTES_MAX ||
        event->principal.len > SESSION_TEXT_BYTES_MAX || event->pool.len > SESSION_TEXT_BYTES_MAX ||
        event->address.len > SESSION_TEXT_BYTES_MAX || event->reason.len > SESSION_TEXT_BYTES_MAX) {
        return why_set(why, STATUS_INVALID, "a text of client %.*s has more than %d bytes",
                       STR_ARG(event->client), SESSION_TEXT_BYTES_MAX);
    }
    return STATUS_OK;
}

/* ---- the rows around an event ---------------------------------------------------------------- */

struct around {
    struct session *rows; /* by key */
    size_t n;
    int64_t first, last; /* rows that connected within may change; others are context */
};

static bool may_change(const struct around *around, int64_t connected)
{
    return connected >= around->first && connected <= around->last;
}

static int by_connected(const void *a, const void *b)
{
    const struct session *x = a;
    const struct session *y = b;
    if (x->connected != y->connected) {
        return x->connected < y->connected ? -1 : 1;
    }
    return (int)(x->begun - y->begun);
}

/* Rows from one moment on, the nearest first; *ret_cut: there may be more. */
static enum status read_side(const struct account_ctx *ctx, struct str client, int64_t at,
                             bool descending, struct session *rows, size_t *ret_n, bool *ret_cut,
                             struct why *why)
{
    const struct session from = {.client = client, .connected = at};
    const struct store_range range = {
        .prefix = &from, .n_prefix = 1, .from = &from, .n_from = 2, .descending = descending};
    AUTO_SCAN *scan = NULL;
    size_t begun = 0;
    bool more = true;
    TRY(store_scan_open(ctx->tx, TABLE(session), &range, &scan, why));
    for (*ret_n = 0; begun < KEPT && *ret_n < NEAR_ROWS; (*ret_n)++) {
        TRY(store_scan_next(scan, &rows[*ret_n], ctx->mem, &more, why));
        if (!more) {
            break;
        }
        begun += rows[*ret_n].begun != 0;
    }
    *ret_cut = more;
    return STATUS_OK;
}

/* Where the rows of a side end that may change: at the last beginning but one, when it was cut. */
static int64_t side_end(const struct session *rows, size_t n, bool cut, int64_t all)
{
    bool outermost = true;
    if (!cut) {
        return all;
    }
    for (size_t i = n; i-- > 0;) {
        if (rows[i].begun && !outermost) {
            return rows[i].connected;
        }
        outermost = outermost && !rows[i].begun;
    }
    return rows[n / 2].connected; /* ends without beginnings, so many that these few will do */
}

/* room is for 2 * NEAR_ROWS rows: for many events it is taken, and zeroed, once. */
static enum status read_around(const struct account_ctx *ctx, struct str client, int64_t at,
                               struct session *room, struct around *ret, struct why *why)
{
    struct around around = {.rows = room};
    size_t n_after = 0;
    bool cut = false;
    TRY(read_side(ctx, client, at, true, around.rows, &around.n, &cut, why));
    around.first = side_end(around.rows, around.n, cut, INT64_MIN);
    struct session *after = around.rows + around.n;
    TRY(read_side(ctx, client, at + 1, false, after, &n_after, &cut, why));
    around.last = side_end(after, n_after, cut, INT64_MAX);
    around.n += n_after;
    qsort(around.rows, around.n, sizeof around.rows[0], by_connected);
    *ret = around;
    return STATUS_OK;
}

/* ---- writing --------------------------------------------------------------------------------- */

static bool is_takeover(const struct session *row)
{
    return str_eq(row->reason, SESSION_DUPLICATE);
}

static struct takeover takeover_of(const struct session *row)
{
    return (struct takeover){.ended_day = row->ended_day,
                             .client = row->client,
                             .disconnected = row->disconnected,
                             .connected = row->connected,
                             .begun = row->begun,
                             .principal = row->principal,
                             .kind = row->kind};
}

static enum status forget(const struct account_ctx *ctx, const struct session *row, bool all,
                          struct why *why)
{
    if (is_takeover(row)) {
        const struct takeover takeover = takeover_of(row);
        enum status status = store_delete(ctx->tx, TABLE(takeover), &takeover, why);
        if (status != STATUS_NOT_FOUND) { /* it may have been swept */
            TRY(status);
        }
    }
    return all ? store_delete(ctx->tx, TABLE(session), row, why) : STATUS_OK;
}

static enum status write_row(const struct account_ctx *ctx, const struct session *row,
                             struct why *why)
{
    TRY(store_put(ctx->tx, TABLE(session), row, why));
    if (is_takeover(row)) {
        const struct takeover takeover = takeover_of(row);
        TRY(store_put(ctx->tx, TABLE(takeover), &takeover, why));
    }
    return STATUS_OK;
}

static bool same_text(struct str a, struct str b)
{
    return str_absent(a) == str_absent(b) && str_eq(a, b);
}

static bool same_row(const struct session *a, const struct session *b)
{
    return a->disconnected == b->disconnected && a->kind == b->kind &&
           same_text(a->session, b->session) && same_text(a->principal, b->principal) &&
           same_text(a->pool, b->pool) && same_text(a->address, b->address) &&
           same_text(a->reason, b->reason);
}

/* Both lists are in the order of the key. Writes what differs, and says how much. */
static enum status write_changes(const struct account_ctx *ctx, const struct around *old,
                                 const struct session *rows, size_t n, size_t *ret_changes,
                                 struct why *why)
{
    size_t o = 0;
    size_t r = 0;
    *ret_changes = 0;
    while (o < old->n || r < n) {
        int order = o == old->n ? 1 : r == n ? -1 : by_connected(&old->rows[o], &rows[r]);
        const struct session *was = order <= 0 ? &old->rows[o++] : NULL;
        const struct session *is = order >= 0 ? &rows[r++] : NULL;
        int64_t at = was != NULL ? was->connected : is->connected;
        if (!may_change(old, at) || (was != NULL && is != NULL && same_row(was, is))) {
            continue;
        }
        (*ret_changes)++;
        if (was != NULL) {
            TRY(forget(ctx, was, is == NULL, why));
        }
        if (is != NULL) {
            TRY(write_row(ctx, is, why));
        }
    }
    return STATUS_OK;
}

static enum status note_pool(const struct account_ctx *ctx, const struct session_event *event,
                             struct why *why)
{
    struct pool_use use = {.pool = event->pool};
    if (event->pool.len == 0) {
        return STATUS_OK;
    }
    enum status status = store_get(ctx->tx, TABLE(pool_use), &use, ctx->mem, why);
    if (status != STATUS_NOT_FOUND) {
        TRY(status);
        if (use.last >= event->at) {
            return STATUS_OK;
        }
    }
    use.last = event->at;
    return store_put(ctx->tx, TABLE(pool_use), &use, why);
}

/* ---- taking in ------------------------------------------------------------------------------- */

static enum status apply_one(const struct account_ctx *ctx, const struct session_event *event,
                             struct session *room, size_t *ret_changes, struct why *why)
{
    struct around old;
    struct session *rows = NULL;
    size_t n_rows = 0;
    size_t n = 0;
    TRY(read_around(ctx, event->client, event->at, room, &old, why));
    struct session_half *halves = NEW_ARRAY(ctx->mem, struct session_half, 2 * old.n + 1);
    TRY_PTR(halves);
    for (size_t i = 0; i < old.n; i++) {
        bool context = !may_change(&old, old.rows[i].connected);
        n += session_split(&old.rows[i], context ? i + 1 : 0, &halves[n]);
    }
    halves[n++].event = *event;
    TRY(note_pool(ctx, event, why));
    TRY(session_pair(halves, n, ctx->mem, &rows, &n_rows, why));
    return write_changes(ctx, &old, rows, n_rows, ret_changes, why);
}

/* Neighbours in the table are taken in one after the other. */
static int by_client(const void *a, const void *b)
{
    const struct session_event *x = *(const struct session_event *const *)a;
    const struct session_event *y = *(const struct session_event *const *)b;
    int order = str_cmp(x->client, y->client);
    return order != 0 ? order : (x->at > y->at) - (x->at < y->at);
}

enum status session_apply(const struct account_ctx *ctx, const struct session_event *events,
                          size_t n, struct session_applied *ret, struct why *why)
{
    const struct session_event **sorted = NEW_ARRAY(ctx->mem, const struct session_event *, n);
    AUTO_ARENA *scratch = arena_new(SCRATCH_BYTES);
    struct account_ctx inner = *ctx;
    struct session_applied applied = {0, 0};
    struct session *room = NEW_ARRAY(ctx->mem, struct session, 2 * NEAR_ROWS);
    TRY_PTR(sorted);
    TRY_PTR(scratch);
    TRY_PTR(room);
    inner.mem = scratch;
    for (size_t i = 0; i < n; i++) {
        TRY(session_check(&events[i], why));
        sorted[i] = &events[i];
    }
    qsort(sorted, n, sizeof(sorted[0]), by_client);
    for (size_t i = 0; i < n; i++) {
        size_t changes = 0;
        arena_clear(scratch);
        TRY(apply_one(&inner, sorted[i], room, &changes, why));
        applied.changed += changes > 0;
        applied.known += changes == 0;
    }
    *ret = applied;
    return STATUS_OK;
}

enum status session_begin(const struct account_ctx *ctx, struct session_event event,
                          struct why *why)
{
    struct session_applied ignored;
    event.begins = true;
    return session_apply(ctx, &event, 1, &ignored, why);
}

enum status session_end(const struct account_ctx *ctx, struct session_event event,
                        struct str reason, struct why *why)
{
    struct session_applied ignored;
    event.begins = false;
    event.reason = reason;
    return session_apply(ctx, &event, 1, &ignored, why);
}

/* The newest session of the client that has no seen end; false when there is none. */
static enum status find_open(const struct account_ctx *ctx, const struct session_event *event,
                             struct session *ret, bool *ret_found, struct why *why)
{
    struct around around;
    struct session *room = NEW_ARRAY(ctx->mem, struct session, 2 * NEAR_ROWS);
    TRY_PTR(room);
    TRY(read_around(ctx, event->client, event->at - 1, room, &around, why));
    *ret_found = false;
    for (size_t i = around.n; i-- > 0 && !*ret_found;) {
        const struct session *row = &around.rows[i];
        if (row->begun && row->connected < event->at) {
            *ret = *row;
            *ret_found = str_absent(row->reason);
            break;
        }
    }
    return STATUS_OK;
}

enum status session_takeover(const struct account_ctx *ctx, struct session_event event,
                             struct why *why)
{
    struct session open;
    bool found = false;
    TRY(session_check(&event, why));
    TRY(find_open(ctx, &event, &open, &found, why));
    if (found) {
        const struct session_event end = {.at = event.at,
                                          .client = open.client,
                                          .session = open.session,
                                          .principal = open.principal,
                                          .kind = (enum session_kind)open.kind};
        TRY(session_end(ctx, end, SESSION_DUPLICATE, why));
    }
    return session_begin(ctx, event, why);
}

/* ---- forgetting ------------------------------------------------------------------------------ */

/* The first rows of an order that begins with ended_day, up to the day, which is left alone. */
static enum status collect(const struct account_ctx *ctx, const struct table *table,
                           const struct store_range *range, size_t day_column, int64_t day,
                           size_t max, char **ret_rows, size_t *ret_n, struct why *why)
{
    AUTO_SCAN *scan = NULL;
    char *rows = arena_array(ctx->mem, max, table->row_size);
    bool more = true;
    TRY_PTR(rows);
    TRY(store_scan_open(ctx->tx, table, range, &scan, why));
    size_t n = 0;
    while (n < max) {
        char *row = rows + n * table->row_size;
        TRY(store_scan_next(scan, row, ctx->mem, &more, why));
        if (!more || *(const int64_t *)(void *)(row + table->columns[day_column].offset) >= day) {
            break;
        }
        n++;
    }
    *ret_rows = rows;
    *ret_n = n;
    return STATUS_OK;
}

static enum status sweep_table(const struct account_ctx *ctx, const struct table *table,
                               const struct store_range *range, size_t day_column, int64_t day,
                               size_t max, size_t *ret_n, struct why *why)
{
    char *rows = NULL;
    TRY(collect(ctx, table, range, day_column, day, max, &rows, ret_n, why));
    for (size_t i = 0; i < *ret_n; i++) {
        TRY(store_delete(ctx->tx, table, rows + i * table->row_size, why));
    }
    return STATUS_OK;
}

static const struct session ended = {.ended_day = TIME_NEVER + 1}; /* behind the open ones */

static const struct store_range sessions_by_end = {
    .index = INDEX(session, by_end),
    .from = &ended,
    .n_from = 1,
    .columns = COLUMN_BIT(COL_session__client) | COLUMN_BIT(COL_session__connected) |
               COLUMN_BIT(COL_session__begun) | COLUMN_BIT(COL_session__ended_day)};
static const struct store_range takeovers_by_end = {.index = NULL};

enum status session_sweep_is_due(const struct account_ctx *ctx, int64_t before, bool *ret,
                                 struct why *why)
{
    char *rows = NULL;
    size_t n_sessions = 0;
    size_t n_takeovers = 0;
    int64_t day = session_day(before);
    TRY(collect(ctx, TABLE(session), &sessions_by_end, COL_session__ended_day, day, 1, &rows,
                &n_sessions, why));
    TRY(collect(ctx, TABLE(takeover), &takeovers_by_end, COL_takeover__ended_day, day, 1, &rows,
                &n_takeovers, why));
    *ret = n_sessions + n_takeovers > 0;
    return STATUS_OK;
}

enum status session_sweep(const struct account_ctx *ctx, int64_t before, size_t max, size_t *ret_n,
                          struct why *why)
{
    size_t n_sessions = 0;
    size_t n_takeovers = 0;
    int64_t day = session_day(before);
    TRY(sweep_table(ctx, TABLE(session), &sessions_by_end, COL_session__ended_day, day, max,
                    &n_sessions, why));
    TRY(sweep_table(ctx, TABLE(takeover), &takeovers_by_end, COL_takeover__ended_day, day, max,
                    &n_takeovers, why));
    *ret_n = n_sessions > n_takeovers ? n_sessions : n_takeovers;
    return STATUS_OK;
}
