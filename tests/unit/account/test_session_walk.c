/* A window of the history, merged from its days. */
#include "account/session_walk.h"

#include <stdlib.h>

#include "fixture.h"

enum { MANY = 800 };

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + 1;
    return *state >> 33;
}

static int by_walk(const void *a, const void *b)
{
    const struct session *x = a;
    const struct session *y = b;
    int order = str_cmp(x->principal, y->principal);
    order = order != 0 ? order : (x->connected > y->connected) - (x->connected < y->connected);
    return order != 0 ? order : str_cmp(x->client, y->client);
}

/* Sessions over 40 days, some open, of 20 certificates and some others. */
static void make(struct fixture *f, struct session *rows)
{
    uint64_t random = 11;
    fixture_write_begin(f);
    for (size_t i = 0; i < MANY; i++) {
        struct session row = {.begun = 1, .reason = STR("x")};
        CHECK_OK(str_fmt(f->ctx.mem, &row.client, NULL, "c%03zu", i));
        CHECK_OK(
            str_fmt(f->ctx.mem, &row.principal, NULL, "p%d", (int)(next_random(&random) % 20)));
        row.kind = next_random(&random) % 5 == 0 ? SESSION_COGNITO : SESSION_CERTIFICATE;
        row.connected = (int64_t)(next_random(&random) % (40 * (uint64_t)DAY_MS));
        row.disconnected = next_random(&random) % 10 == 0
                               ? TIME_NEVER
                               : row.connected + (int64_t)(next_random(&random) % (3 * DAY_MS));
        row.ended_day = session_day(row.disconnected);
        CHECK_OK(store_put(f->ctx.tx, TABLE(session), &row, NULL));
        rows[i] = row;
    }
    CHECK_OK(fixture_write_end(f, STATUS_OK));
}

static void check_window(struct fixture *f, struct session *rows, int64_t from, struct str after)
{
    size_t seen = 0;
    const void *row = NULL;
    fixture_read_begin(f);
    struct session_walk *walk = NULL;
    CHECK_OK(session_walk_sessions(f->ctx.tx, SESSION_CERTIFICATE, from, after, &walk, NULL));
    CHECK_OK(session_walk_next(walk, &row, NULL));
    for (size_t i = 0; i < MANY; i++) {
        const struct session *want = &rows[i];
        if (want->kind != SESSION_CERTIFICATE || str_cmp(want->principal, after) <= 0 ||
            (want->disconnected != TIME_NEVER && want->disconnected <= from)) {
            continue;
        }
        const struct session *got = row;
        assert_non_null(got);
        assert_true(str_eq(got->client, want->client));
        assert_true(str_eq(got->principal, want->principal));
        assert_int_equal(got->connected, want->connected);
        assert_int_equal(got->disconnected, want->disconnected);
        CHECK_OK(session_walk_next(walk, &row, NULL));
        seen++;
    }
    assert_null(row);
    assert_true(seen > 0);
    session_walk_free(walk);
    fixture_read_end(f);
}

static void a_window_is_every_session_that_touches_it_in_one_order(void **state)
{
    struct fixture *f = *state;
    static struct session rows[MANY];
    make(f, rows);
    qsort(rows, MANY, sizeof rows[0], by_walk);
    check_window(f, rows, 0, STR(""));
    check_window(f, rows, 20 * (int64_t)DAY_MS + 1234, STR(""));
    check_window(f, rows, 39 * (int64_t)DAY_MS, STR("p1"));
    check_window(f, rows, 30 * (int64_t)DAY_MS, STR("p18"));
}

static void an_empty_history_has_no_rows(void **state)
{
    struct fixture *f = *state;
    const void *row = f;
    struct session_walk *walk = NULL;
    fixture_read_begin(f);
    CHECK_OK(session_walk_sessions(f->ctx.tx, SESSION_CERTIFICATE, 0, STR_ABSENT, &walk, NULL));
    CHECK_OK(session_walk_next(walk, &row, NULL));
    assert_null(row);
    session_walk_free(walk);
    CHECK_OK(session_walk_takeovers(f->ctx.tx, 0, STR_ABSENT, &walk, NULL));
    CHECK_OK(session_walk_next(walk, &row, NULL));
    assert_null(row);
    session_walk_free(walk);
    fixture_read_end(f);
}

static void takeovers_come_by_client_and_time(void **state)
{
    struct fixture *f = *state;
    const struct {
        const char *client;
        int64_t at;
    } made[] = {{"b", 3 * (int64_t)DAY_MS},
                {"a", 5 * (int64_t)DAY_MS},
                {"b", DAY_MS},
                {"a", 2 * (int64_t)DAY_MS},
                {"a", 4 * (int64_t)DAY_MS}};
    fixture_write_begin(f);
    for (size_t i = 0; i < 5; i++) {
        const struct takeover row = {.ended_day = session_day(made[i].at),
                                     .client = str_from(made[i].client),
                                     .disconnected = made[i].at,
                                     .principal = STR("p")};
        CHECK_OK(store_put(f->ctx.tx, TABLE(takeover), &row, NULL));
    }
    CHECK_OK(fixture_write_end(f, STATUS_OK));
    fixture_read_begin(f);
    struct session_walk *walk = NULL;
    const void *row = NULL;
    CHECK_OK(session_walk_takeovers(f->ctx.tx, 2 * (int64_t)DAY_MS, STR_ABSENT, &walk, NULL));
    const size_t order[] = {4, 1, 0};
    for (size_t i = 0; i < 3; i++) {
        CHECK_OK(session_walk_next(walk, &row, NULL));
        const struct takeover *got = row;
        assert_non_null(got);
        CHECK_STR(got->client, made[order[i]].client);
        assert_int_equal(got->disconnected, made[order[i]].at);
    }
    CHECK_OK(session_walk_next(walk, &row, NULL));
    assert_null(row);
    session_walk_free(walk);
    fixture_read_end(f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_window_is_every_session_that_touches_it_in_one_order),
        TEST(an_empty_history_has_no_rows),
        TEST(takeovers_come_by_client_and_time),
    };
    return RUN_TESTS("session_walk", tests);
}
