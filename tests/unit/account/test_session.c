/* The history of connections as rows. */
#include "account/session.h"

#include "fixture.h"

#define CERT  STR("aaaa000000000000000000000000000000000000000000000000000000000000")
#define OTHER STR("bbbb000000000000000000000000000000000000000000000000000000000000")

static struct session_event event(int64_t at, const char *client, struct str principal)
{
    return (struct session_event){
        .at = at, .client = str_from(client), .principal = principal, .kind = SESSION_CERTIFICATE};
}

static size_t rows_of(struct fixture *f, const struct table *table, void *rows, size_t max)
{
    const struct store_range all = {.index = NULL};
    size_t n = 0;
    bool more = true;
    fixture_read_begin(f);
    struct store_scan *scan = NULL;
    CHECK_OK(store_scan_open(f->ctx.tx, table, &all, &scan, NULL));
    while (more && n < max) {
        CHECK_OK(
            store_scan_next(scan, (char *)rows + n * table->row_size, f->ctx.mem, &more, NULL));
        n += more;
    }
    store_scan_close(scan);
    fixture_read_end(f);
    return n;
}

static void a_connection_begins_and_ends(void **state)
{
    struct fixture *f = *state;
    struct session rows[4];
    struct session_event e = event(1000, "c", CERT);
    e.address = STR("192.0.2.7");
    CHECK_OK(WRITE(f, session_begin(&f->ctx, e, &f->why)));
    assert_int_equal(rows_of(f, TABLE(session), rows, 4), 1);
    assert_int_equal(rows[0].disconnected, TIME_NEVER);
    assert_int_equal(rows[0].ended_day, TIME_NEVER);
    CHECK_STR(rows[0].address, "192.0.2.7");
    CHECK_OK(WRITE(
        f, session_end(&f->ctx, event(DAY_MS + 5, "c", CERT), STR("CONNECTION_LOST"), &f->why)));
    assert_int_equal(rows_of(f, TABLE(session), rows, 4), 1);
    assert_int_equal(rows[0].disconnected, DAY_MS + 5);
    assert_int_equal(rows[0].ended_day, 1);
    CHECK_STR(rows[0].reason, "CONNECTION_LOST");
    assert_int_equal(rows_of(f, TABLE(takeover), rows, 4), 0);
}

static void a_takeover_ends_the_old_connection_as_a_duplicate(void **state)
{
    struct fixture *f = *state;
    struct session rows[4];
    struct takeover takeovers[4];
    CHECK_OK(WRITE(f, session_takeover(&f->ctx, event(1000, "c", CERT), &f->why)));
    assert_int_equal(rows_of(f, TABLE(takeover), takeovers, 4), 0);
    CHECK_OK(WRITE(f, session_takeover(&f->ctx, event(2000, "c", OTHER), &f->why)));
    assert_int_equal(rows_of(f, TABLE(session), rows, 4), 2);
    CHECK_STR(rows[0].reason, "DUPLICATE_CLIENTID");
    assert_int_equal(rows[0].disconnected, 2000);
    assert_int_equal(rows[1].disconnected, TIME_NEVER);
    assert_int_equal(rows_of(f, TABLE(takeover), takeovers, 4), 1);
    CHECK_STR(takeovers[0].client, "c");
    assert_int_equal(takeovers[0].disconnected, 2000);
    assert_int_equal(takeovers[0].connected, 1000);
}

static void what_cannot_be_is_refused_and_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct session rows[4];
    char name[SESSION_CLIENT_BYTES_MAX + 2];
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0';
    struct session_event long_text = event(1000, "c", CERT);
    char text[SESSION_TEXT_BYTES_MAX + 1];
    memset(text, 'y', sizeof text);
    long_text.reason = (struct str){text, sizeof text};
    const struct session_event bad[] = {event(1000, "", CERT),       event(1000, name, CERT),
                                        event(0, "c", CERT),         event(TIME_NEVER, "c", CERT),
                                        event(INT64_MAX, "c", CERT), long_text};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct session_event both[] = {event(500, "good", CERT), bad[i]};
        struct session_applied applied;
        CHECK_STATUS(WRITE(f, session_apply(&f->ctx, both, 2, &applied, &f->why)), STATUS_INVALID);
    }
    assert_int_equal(rows_of(f, TABLE(session), rows, 4), 0);
}

static void the_last_use_of_a_pool_is_kept(void **state)
{
    struct fixture *f = *state;
    struct pool_use pools[2];
    struct session_event e = event(5000, "c", STR("us-east-1:x"));
    e.kind = SESSION_COGNITO;
    e.pool = STR("us-east-1:pool");
    CHECK_OK(WRITE(f, session_begin(&f->ctx, e, &f->why)));
    e.at = 3000;
    CHECK_OK(WRITE(f, session_begin(&f->ctx, e, &f->why)));
    assert_int_equal(rows_of(f, TABLE(pool_use), pools, 2), 1);
    CHECK_STR(pools[0].pool, "us-east-1:pool");
    assert_int_equal(pools[0].last, 5000);
}

/* ---- order and repetition -------------------------------------------------------------------- */

enum { EVENTS_MAX = 64, TRIALS = 60 };

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + 1;
    return *state >> 33;
}

/* What a broker would tell of some clients: each connection follows the last one of its client, the
 * old one's end may be told late when it was taken over, and some events are lost. */
static size_t make_history(uint64_t *random, bool named, struct session_event *events,
                           char (*names)[8])
{
    static const char *const clients[] = {"a", "b", "c"};
    size_t n = 0;
    for (size_t c = 0; c < 3; c++) {
        int64_t at = 1000 + (int64_t)c;
        for (size_t i = 0; i < 10 && n + 2 <= EVENTS_MAX; i++) {
            struct session_event e =
                event(at, clients[c], next_random(random) % 2 == 0 ? CERT : OTHER);
            if (named) {
                snprintf(names[n], sizeof names[n], "%zu-%zu", c, i);
                e.session = str_from(names[n]);
            }
            bool duplicate = next_random(random) % 4 == 0;
            int64_t next = at + 100 + (int64_t)(next_random(random) % 100);
            e.begins = true;
            if (next_random(random) % 8 != 0) {
                events[n++] = e;
            }
            e.begins = false;
            e.at = duplicate ? next + 7 : next - 20;
            e.reason = duplicate ? SESSION_DUPLICATE : STR("CLIENT_ERROR");
            if (next_random(random) % 8 != 0) {
                events[n++] = e;
            }
            at = next;
        }
    }
    return n;
}

static void shuffle(struct session_event *events, size_t n, uint64_t *random)
{
    for (size_t i = n; i-- > 1;) {
        size_t j = next_random(random) % (i + 1);
        struct session_event swap = events[i];
        events[i] = events[j];
        events[j] = swap;
    }
}

static void apply(struct fixture *f, const struct session_event *events, size_t n,
                  struct session_applied *ret)
{
    CHECK_OK(WRITE(f, session_apply(&f->ctx, events, n, ret, &f->why)));
}

static size_t history_of(struct fixture *f, struct session *rows, struct takeover *takeovers,
                         size_t *ret_takeovers)
{
    size_t n = rows_of(f, TABLE(session), rows, EVENTS_MAX);
    *ret_takeovers = rows_of(f, TABLE(takeover), takeovers, EVENTS_MAX);
    return n;
}

static void clear(struct fixture *f)
{
    size_t n = 1;
    while (n > 0) {
        CHECK_OK(WRITE(f, session_sweep(&f->ctx, INT64_C(1) << 50, 100, &n, &f->why)));
    }
    struct session rows[EVENTS_MAX];
    n = rows_of(f, TABLE(session), rows, EVENTS_MAX); /* the open ones */
    fixture_write_begin(f);
    for (size_t i = 0; i < n; i++) {
        CHECK_OK(store_delete(f->ctx.tx, TABLE(session), &rows[i], NULL));
    }
    CHECK_OK(fixture_write_end(f, STATUS_OK));
}

static void check_equal(const struct session *a, const struct session *b)
{
    assert_true(str_eq(a->client, b->client));
    assert_int_equal(a->connected, b->connected);
    assert_int_equal(a->begun, b->begun);
    assert_int_equal(a->disconnected, b->disconnected);
    assert_int_equal(a->ended_day, b->ended_day);
    assert_true(str_eq(a->principal, b->principal));
    assert_true(str_eq(a->session, b->session));
    assert_int_equal(str_absent(a->reason), str_absent(b->reason));
    assert_true(str_eq(a->reason, b->reason));
}

static void check_any_order(struct fixture *f, bool named)
{
    static char names[EVENTS_MAX][8];
    struct session_event events[EVENTS_MAX];
    struct session want[EVENTS_MAX], got[EVENTS_MAX];
    struct takeover want_takeovers[EVENTS_MAX], got_takeovers[EVENTS_MAX];
    uint64_t random = named ? 3 : 4;
    for (int trial = 0; trial < TRIALS; trial++) {
        struct session_applied applied;
        size_t n_want_takeovers = 0;
        size_t n_got_takeovers = 0;
        size_t n = make_history(&random, named, events, names);
        apply(f, events, n, &applied);
        assert_int_equal(applied.changed + applied.known, n);
        size_t n_want = history_of(f, want, want_takeovers, &n_want_takeovers);
        clear(f);
        shuffle(events, n, &random);
        for (size_t at = 0; at < n;) {
            size_t some = 1 + next_random(&random) % 9;
            some = some > n - at ? n - at : some;
            apply(f, &events[at], some, &applied);
            at += some;
        }
        apply(f, events, n, &applied);
        assert_int_equal(applied.changed, 0);
        size_t n_got = history_of(f, got, got_takeovers, &n_got_takeovers);
        assert_int_equal(n_got, n_want);
        assert_int_equal(n_got_takeovers, n_want_takeovers);
        for (size_t i = 0; i < n_want; i++) {
            check_equal(&got[i], &want[i]);
        }
        for (size_t i = 0; i < n_want_takeovers; i++) {
            assert_int_equal(got_takeovers[i].disconnected, want_takeovers[i].disconnected);
            assert_int_equal(got_takeovers[i].connected, want_takeovers[i].connected);
        }
        clear(f);
        arena_clear(f->ctx.mem);
    }
}

static void any_order_and_repetition_of_named_events_is_one_history(void **state)
{
    check_any_order(*state, true);
}

static void any_order_and_repetition_of_unnamed_events_is_one_history(void **state)
{
    check_any_order(*state, false);
}

/* ---- forgetting ------------------------------------------------------------------------------ */

static void what_ended_long_ago_is_forgotten_in_bounded_steps(void **state)
{
    struct fixture *f = *state;
    struct session rows[64];
    int64_t now = 100 * (int64_t)DAY_MS;
    for (int i = 0; i < 10; i++) {
        char client[8];
        snprintf(client, sizeof client, "c%d", i);
        CHECK_OK(WRITE(f, session_begin(&f->ctx, event(5000 + i, client, CERT), &f->why)));
        if (i > 0) { /* the first stays open */
            int64_t at = i < 6 ? 2 * DAY_MS + i : now - 10 * (int64_t)DAY_MS;
            CHECK_OK(WRITE(
                f, session_end(&f->ctx, event(at, client, CERT), SESSION_DUPLICATE, &f->why)));
        }
    }
    size_t n = 0;
    bool due = false;
    CHECK_OK(READ(f, session_sweep_is_due(&f->ctx, now - SESSION_KEEP_MS, &due, &f->why)));
    assert_true(due);
    CHECK_OK(WRITE(f, session_sweep(&f->ctx, now - SESSION_KEEP_MS, 3, &n, &f->why)));
    assert_int_equal(n, 3);
    CHECK_OK(WRITE(f, session_sweep(&f->ctx, now - SESSION_KEEP_MS, 3, &n, &f->why)));
    assert_int_equal(n, 2);
    assert_int_equal(rows_of(f, TABLE(session), rows, 64), 5);
    struct takeover takeovers[64];
    assert_int_equal(rows_of(f, TABLE(takeover), takeovers, 64), 4);
    CHECK_OK(WRITE(f, session_sweep(&f->ctx, now - SESSION_KEEP_MS, 3, &n, &f->why)));
    assert_int_equal(n, 0);
    CHECK_OK(READ(f, session_sweep_is_due(&f->ctx, now - SESSION_KEEP_MS, &due, &f->why)));
    assert_false(due);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_connection_begins_and_ends),
        TEST(a_takeover_ends_the_old_connection_as_a_duplicate),
        TEST(what_cannot_be_is_refused_and_changes_nothing),
        TEST(the_last_use_of_a_pool_is_kept),
        TEST(any_order_and_repetition_of_named_events_is_one_history),
        TEST(any_order_and_repetition_of_unnamed_events_is_one_history),
        TEST(what_ended_long_ago_is_forgotten_in_bounded_steps),
    };
    return RUN_TESTS("session", tests);
}
