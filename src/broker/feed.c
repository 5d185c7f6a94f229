#include "broker/feed.h"

#include "account/membership.h"

#include "base/banned.h"

enum {
    PAGE_ROWS = 200,     /* rows of a page of the whole, or of a walk */
    STATE_CHANGES = 256, /* changes after which a STATE lets them take effect */
};

void feed_begin(struct feed *feed, struct journal *journal, uint64_t state, bool *ret_whole)
{
    struct change ignored;
    bool found = false;
    AUTO_ARENA *mem = arena_new(1 << 16);
    bool known = state != 0 && mem != NULL &&
                 journal_after(journal, state, mem, &ignored, &found, NULL) == STATUS_OK;
    *feed = (struct feed){.journal = journal,
                          .phase = known ? FEED_CHANGES : FEED_POLICIES,
                          .told = known ? state : journal_number(journal),
                          .open = true, /* a STATE is due whatever there is to tell */
                          .oldest = TIME_NEVER};
    *ret_whole = !known;
}

bool feed_is_behind(const struct feed *feed)
{
    return feed->phase != FEED_CHANGES || feed->open || feed->told != journal_number(feed->journal);
}

static struct str cursor_get(const struct feed *feed)
{
    return feed->cursor_len == 0 ? STR_ABSENT : (struct str){feed->cursor, feed->cursor_len};
}

static enum status cursor_set(struct feed *feed, struct str cursor, struct why *why)
{
    if (cursor.len > FEED_CURSOR_BYTES) {
        return why_set(why, STATUS_INTERNAL, "a walk cannot be taken up later");
    }
    if (cursor.len > 0) {
        memmove(feed->cursor, cursor.ptr, cursor.len);
    }
    feed->cursor_len = cursor.len;
    return STATUS_OK;
}

static enum status put_state(struct feed *feed, struct outbound *out, struct why *why)
{
    const struct link_state state = {feed->told, feed->oldest};
    TRY(outbound_put(out, LINK_STATE, &state, why));
    feed->stated = feed->told;
    feed->open = false;
    feed->oldest = TIME_NEVER;
    return STATUS_OK;
}

/* ---- the whole ------------------------------------------------------------------------------- */

typedef enum status put_row(const struct account_ctx *ctx, struct str key, struct outbound *out,
                            struct why *why);

/* A table told row by row, in the order of its key, which is a text. */
static const struct told_table {
    const struct table *table;
    put_row *put;
} told_tables[] = {
    [FEED_POLICIES] = {TABLE(policy), row_policy},
    [FEED_PRINCIPALS] = {TABLE(certificate), row_principal},
    [FEED_CAS] = {TABLE(ca_certificate), row_ca},
};

union key_row {
    struct str key; /* the first column of each of these tables */
    struct policy policy;
    struct certificate certificate;
    struct ca_certificate ca_certificate;
};

static enum status read_keys(const struct account_ctx *ctx, const struct table *table,
                             struct str after, struct str *keys, size_t *ret_n, struct why *why)
{
    const union key_row last = {.key = after};
    const struct store_range range = {.after = str_absent(after) ? NULL : &last, .columns = 1};
    AUTO_SCAN *scan = NULL;
    size_t n = 0;
    TRY(store_scan_open(ctx->tx, table, &range, &scan, why));
    for (bool more = true; more && n < PAGE_ROWS; n += more) {
        union key_row row = {.key = STR_ABSENT};
        TRY(store_scan_next(scan, &row, ctx->mem, &more, why));
        keys[n] = row.key;
    }
    *ret_n = n;
    return STATUS_OK;
}

static enum status tell_table(struct feed *feed, const struct account_ctx *ctx,
                              struct outbound *out, struct why *why)
{
    const struct told_table *told = &told_tables[feed->phase];
    struct str keys[PAGE_ROWS];
    size_t n = 0;
    TRY(read_keys(ctx, told->table, cursor_get(feed), keys, &n, why));
    for (size_t i = 0; i < n && !outbound_is_full(out); i++) {
        TRY(told->put(ctx, keys[i], out, why));
        TRY(cursor_set(feed, keys[i], why));
        feed->rows++;
    }
    if (n < PAGE_ROWS && !outbound_is_full(out)) {
        feed->phase++;
        feed->cursor_len = 0;
    }
    return STATUS_OK;
}

/* Bans are few: they all end. */
static enum status tell_bans(struct feed *feed, const struct account_ctx *ctx, struct outbound *out,
                             struct why *why)
{
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(ban), NULL, &scan, why));
    for (;;) {
        struct ban row;
        bool more = false;
        TRY(store_scan_next(scan, &row, ctx->mem, &more, why));
        if (!more) {
            feed->phase = FEED_END;
            return STATUS_OK;
        }
        TRY(row_ban(ctx, row.id, out, why));
        feed->rows++;
    }
}

/* ---- changes --------------------------------------------------------------------------------- */

/* The certificates of a thing. Few; one that is no certificate of ours has nothing to do here. */
static enum status tell_thing(const struct account_ctx *ctx, struct feed *feed, struct str thing,
                              struct outbound *out, struct why *why)
{
    const struct principal_thing like = {.thing = thing};
    const struct store_range range = {
        .index = INDEX(principal_thing, by_thing), .prefix = &like, .n_prefix = 1, .columns = 1};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(principal_thing), &range, &scan, why));
    for (;;) {
        struct principal_thing row = {0};
        struct str id;
        bool more = false;
        TRY(store_scan_next(scan, &row, ctx->mem, &more, why));
        if (!more) {
            return STATUS_OK;
        }
        if (arn_is_ours(&ctx->id, row.principal, STR("cert"), &id)) {
            TRY(row_principal(ctx, id, out, why));
            feed->rows++;
        }
    }
}

/* A page of the things in a group and below. *ret_done: it was the last one. */
static enum status tell_group(struct feed *feed, const struct account_ctx *ctx, struct str group,
                              struct outbound *out, bool *ret_done, struct why *why)
{
    const struct page page = {.max = PAGE_ROWS, .after = cursor_get(feed)};
    struct page_rows rows;
    enum status status = things_of_group(ctx, group, true, &page, &rows, why);
    if (status == STATUS_NOT_FOUND || status == STATUS_UNSUPPORTED) {
        *ret_done = true; /* gone, and its members were told of; or it never carried policies */
        return STATUS_OK;
    }
    TRY(status);
    const struct group_member *members = rows.rows;
    for (size_t i = 0; i < rows.n; i++) {
        TRY(tell_thing(ctx, feed, members[i].thing, out, why));
    }
    *ret_done = str_absent(rows.next);
    return cursor_set(feed, rows.next, why);
}

static enum status tell_ban(const struct account_ctx *ctx, struct str key, struct outbound *out,
                            struct why *why)
{
    int64_t id = 0;
    TRY(str_to_int64(key, &id));
    return row_ban(ctx, id, out, why);
}

static enum status tell_change(struct feed *feed, const struct account_ctx *ctx,
                               const struct change *change, struct outbound *out, bool *ret_done,
                               struct why *why)
{
    *ret_done = true;
    feed->rows++;
    switch (change->kind) {
    case CHANGE_POLICY:
        return row_policy(ctx, change->key, out, why);
    case CHANGE_CERTIFICATE:
        return row_principal(ctx, change->key, out, why);
    case CHANGE_THING:
        return tell_thing(ctx, feed, change->key, out, why);
    case CHANGE_GROUP:
        return tell_group(feed, ctx, change->key, out, ret_done, why);
    case CHANGE_CA:
        return row_ca(ctx, change->key, out, why);
    case CHANGE_BAN:
        return tell_ban(ctx, change->key, out, why);
    }
    return why_set(why, STATUS_INTERNAL, "a change of kind %d", (int)change->kind);
}

/* Changes up to `until`, which the view shows. */
static enum status tell_changes(struct feed *feed, const struct account_ctx *ctx, uint64_t until,
                                struct outbound *out, struct why *why)
{
    for (size_t n = 0; feed->told < until && !outbound_is_full(out); n++) {
        struct change change;
        bool found = false;
        bool done = false;
        arena_clear(ctx->mem);
        TRY(journal_after(feed->journal, feed->told, ctx->mem, &change, &found, why));
        TRY(tell_change(feed, ctx, &change, out, &done, why));
        feed->open = true;
        if (feed->oldest == TIME_NEVER || change.at < feed->oldest) {
            feed->oldest = change.at;
        }
        if (done) {
            feed->told = change.number;
            feed->cursor_len = 0;
        }
        if (n % STATE_CHANGES == STATE_CHANGES - 1) {
            TRY(put_state(feed, out, why));
        }
    }
    return feed->open ? put_state(feed, out, why) : STATUS_OK;
}

static enum status tell_whole(struct feed *feed, const struct account_ctx *ctx,
                              struct outbound *out, struct why *why)
{
    while (feed->phase != FEED_CHANGES && !outbound_is_full(out)) {
        arena_clear(ctx->mem);
        if (feed->phase == FEED_BANS) {
            TRY(tell_bans(feed, ctx, out, why));
        } else if (feed->phase == FEED_END) {
            TRY(put_state(feed, out, why));
            feed->phase = FEED_CHANGES;
        } else {
            TRY(tell_table(feed, ctx, out, why));
        }
    }
    return STATUS_OK;
}

enum status feed_fill(struct feed *feed, struct store *store, const struct account_ctx *ctx,
                      struct outbound *out, struct why *why)
{
    struct account_ctx inner = *ctx;
    uint64_t until = journal_number(feed->journal); /* before the view is begun, which shows it */
    AUTO_VIEW *view = NULL;
    TRY(store_read_begin(store, &view, why));
    inner.tx = view;
    if (feed->phase != FEED_CHANGES) {
        return tell_whole(feed, &inner, out, why);
    }
    return tell_changes(feed, &inner, until, out, why);
}
