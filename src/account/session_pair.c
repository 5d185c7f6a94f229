/* session_pair.c: see session_priv.h. */
#include "account/session_priv.h"

#include <stdlib.h>

#include "base/banned.h"

enum { NONE = (size_t)-1 };

static bool is_duplicate(const struct session_event *event)
{
    return str_eq(event->reason, SESSION_DUPLICATE);
}

/* At one moment a session ends before the next begins, except by takeover. */
static int rank(const struct session_event *event)
{
    if (event->begins) {
        return 1;
    }
    return is_duplicate(event) ? 2 : 0;
}

/* A total order, so that the same events are paired alike however they came. */
static int compare(const void *a, const void *b)
{
    const struct session_event *x = &((const struct session_half *)a)->event;
    const struct session_event *y = &((const struct session_half *)b)->event;
    if (x->at != y->at) {
        return x->at < y->at ? -1 : 1;
    }
    if (rank(x) != rank(y)) {
        return rank(x) - rank(y);
    }
    int by = str_cmp(y->session, x->session); /* who says more comes first */
    by = by != 0 ? by : str_cmp(y->principal, x->principal);
    by = by != 0 ? by : str_cmp(y->address, x->address);
    by = by != 0 ? by : str_cmp(y->reason, x->reason);
    return by != 0 ? by : str_cmp(y->pool, x->pool);
}

/* Two texts that may be of the same thing: equal, or one of them not told. */
static bool agree(struct str a, struct str b)
{
    return a.len == 0 || b.len == 0 || str_eq(a, b);
}

static bool may_be_one(const struct session_event *a, const struct session_event *b)
{
    return agree(a->session, b->session) && agree(a->principal, b->principal);
}

static bool is_same(const struct session_event *a, const struct session_event *b)
{
    if (a->at != b->at || a->begins != b->begins) {
        return false;
    }
    return a->begins || may_be_one(a, b); /* two beginnings at once have no place (the key) */
}

static void fill(struct str *gap, struct str text)
{
    if (gap->len == 0 && text.len > 0) {
        *gap = text;
    }
}

static void fill_gaps(struct session_event *event, const struct session_event *from)
{
    if (event->principal.len == 0 && from->principal.len > 0) {
        event->principal = from->principal;
        event->kind = from->kind;
    }
    fill(&event->session, from->session);
    fill(&event->pool, from->pool);
    fill(&event->address, from->address);
    fill(&event->reason, from->reason);
}

/* Sorted halves; those that say the same become one. */
static size_t drop_doubles(struct session_half *halves, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        size_t same = kept;
        while (same > 0 && halves[same - 1].event.at == halves[i].event.at &&
               !is_same(&halves[same - 1].event, &halves[i].event)) {
            same--;
        }
        if (same > 0 && is_same(&halves[same - 1].event, &halves[i].event)) {
            fill_gaps(&halves[same - 1].event, &halves[i].event);
            halves[same - 1].pin += halves[same - 1].pin == 0 ? halves[i].pin : 0;
        } else {
            halves[kept++] = halves[i];
        }
    }
    return kept;
}

/* ---- pairing --------------------------------------------------------------------------------- */

static void join(struct session_half *halves, size_t a, size_t b)
{
    halves[a].other = b;
    halves[b].other = a;
}

static bool is_free(const struct session_half *half)
{
    return half->other == NONE && half->pin == 0;
}

static void pair_by_pin(struct session_half *halves, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; halves[i].pin != 0 && j < n; j++) {
            if (halves[j].pin == halves[i].pin) {
                join(halves, i, j);
            }
        }
    }
}

static void pair_by_session(struct session_half *halves, size_t n)
{
    for (size_t end = 0; end < n; end++) {
        const struct session_event *event = &halves[end].event;
        bool named = !event->begins && event->session.len > 0 && is_free(&halves[end]);
        for (size_t i = n; named && i-- > 0;) {
            const struct session_event *begin = &halves[i].event;
            if (begin->begins && is_free(&halves[i]) && begin->at <= event->at &&
                str_eq(begin->session, event->session)) {
                join(halves, end, i);
                break;
            }
        }
    }
}

/* The newest SESSION_NEAR beginnings before an end, newest first. */
static size_t near_beginnings(const struct session_half *halves, size_t end,
                              size_t ret[SESSION_NEAR])
{
    size_t n = 0;
    for (size_t i = end; i-- > 0 && n < SESSION_NEAR;) {
        if (halves[i].event.begins) {
            ret[n++] = i;
        }
    }
    return n;
}

/* Which of the beginnings near an end is its own; NONE: none. */
static size_t own_beginning(const struct session_half *halves, size_t end)
{
    const struct session_event *event = &halves[end].event;
    size_t near[SESSION_NEAR];
    size_t fits[SESSION_NEAR];
    size_t n_fits = 0;
    size_t n = near_beginnings(halves, end, near);
    for (size_t i = 0; i < n; i++) {
        if (is_free(&halves[near[i]]) && may_be_one(&halves[near[i]].event, event)) {
            fits[n_fits++] = near[i];
        }
    }
    bool taken_over = is_duplicate(event) && n_fits > 1 && fits[0] == near[0] &&
                      event->at - halves[near[0]].event.at <= SESSION_TAKEOVER_MS;
    return n_fits == 0 ? NONE : fits[taken_over ? 1 : 0];
}

static void pair_by_time(struct session_half *halves, size_t n)
{
    for (size_t end = 0; end < n; end++) {
        if (!halves[end].event.begins && is_free(&halves[end])) {
            size_t own = own_beginning(halves, end);
            if (own != NONE) {
                join(halves, end, own);
            }
        }
    }
}

/* ---- rows ------------------------------------------------------------------------------------ */

static struct session row_of(const struct session_event *begin, const struct session_event *end)
{
    struct session_event all = begin != NULL ? *begin : *end;
    if (begin != NULL && end != NULL) {
        fill_gaps(&all, end);
    }
    return (struct session){.client = all.client,
                            .connected = begin != NULL ? begin->at : end->at - 1,
                            .begun = begin != NULL,
                            .session = all.session.len > 0 ? all.session : STR_ABSENT,
                            .principal = str_absent(all.principal) ? STR("") : all.principal,
                            .kind = all.kind,
                            .pool = all.pool.len > 0 ? all.pool : STR_ABSENT,
                            .address = all.address.len > 0 ? all.address : STR_ABSENT,
                            .disconnected = end != NULL ? end->at : TIME_NEVER,
                            .reason = end == NULL           ? STR_ABSENT
                                      : end->reason.len > 0 ? end->reason
                                                            : STR("")};
}

static int compare_rows(const void *a, const void *b)
{
    const struct session *x = a;
    const struct session *y = b;
    if (x->connected != y->connected) {
        return x->connected < y->connected ? -1 : 1;
    }
    return (int)(x->begun - y->begun);
}

/* Two ends in one millisecond without beginnings have one place; the first stays. */
static size_t drop_same_keys(struct session *rows, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || compare_rows(&rows[kept - 1], &rows[i]) != 0) {
            rows[kept++] = rows[i];
        }
    }
    return kept;
}

/* Invariant 3. */
static void end_unseen(struct session *rows, size_t n)
{
    int64_t next = TIME_NEVER;
    for (size_t i = n; i-- > 0;) {
        if (!rows[i].begun) {
            continue;
        }
        if (str_absent(rows[i].reason)) {
            rows[i].disconnected = next;
        }
        next = rows[i].connected;
    }
    for (size_t i = 0; i < n; i++) {
        rows[i].ended_day = session_day(rows[i].disconnected);
    }
}

enum status session_pair(struct session_half *halves, size_t n, struct arena *mem,
                         struct session **ret_rows, size_t *ret_n, struct why *why)
{
    qsort(halves, n, sizeof halves[0], compare);
    n = drop_doubles(halves, n);
    struct session *rows = NEW_ARRAY(mem, struct session, n);
    TRY_PTR(rows);
    for (size_t i = 0; i < n; i++) {
        halves[i].other = NONE;
    }
    pair_by_pin(halves, n);
    pair_by_session(halves, n);
    pair_by_time(halves, n);
    size_t n_rows = 0;
    for (size_t i = 0; i < n; i++) {
        size_t other = halves[i].other;
        if (halves[i].event.begins) {
            rows[n_rows++] = row_of(&halves[i].event, other == NONE ? NULL : &halves[other].event);
        } else if (other == NONE) {
            rows[n_rows++] = row_of(NULL, &halves[i].event);
        }
    }
    qsort(rows, n_rows, sizeof rows[0], compare_rows);
    n_rows = drop_same_keys(rows, n_rows);
    end_unseen(rows, n_rows);
    *ret_rows = rows;
    *ret_n = n_rows;
    return STATUS_OK;
}

size_t session_split(const struct session *row, size_t pin, struct session_half ret[2])
{
    const struct session_half half = {.event = {.begins = true,
                                                .at = row->connected,
                                                .client = row->client,
                                                .session = row->session,
                                                .principal = row->principal,
                                                .kind = (enum session_kind)row->kind,
                                                .pool = row->pool,
                                                .address = row->address},
                                      .pin = pin};
    size_t n = 0;
    if (row->begun) {
        ret[n++] = half;
    }
    if (!str_absent(row->reason)) {
        ret[n] = half;
        ret[n].event.begins = false;
        ret[n].event.at = row->disconnected;
        ret[n].event.reason = row->reason;
        n++;
    }
    return n;
}

/* ---- principals ------------------------------------------------------------------------------ */

static bool is_hex(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))) {
            return false;
        }
    }
    return true;
}

/* 8-4-4-4-12 hex digits. */
static bool is_uuid(struct str text)
{
    static const size_t lengths[] = {8, 4, 4, 4, 12};
    struct str part;
    size_t i = 0;
    bool fits = true;
    for (; str_next(&text, '-', &part); i++) {
        fits = fits && i < 5 && part.len == lengths[i] && is_hex(part);
    }
    return fits && i == 5;
}

enum session_kind session_kind_of(struct str principal)
{
    size_t colon = str_find_char(principal, ':', 0);
    if (principal.len == 64 && is_hex(principal)) {
        return SESSION_CERTIFICATE;
    }
    if (colon > 0 && is_uuid(str_slice(principal, colon + 1, principal.len))) {
        return SESSION_COGNITO;
    }
    return SESSION_OTHER;
}
