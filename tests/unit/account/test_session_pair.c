/* Which end belongs to which beginning. */
#include "account/session_priv.h"

#include "lib/check.h"

#define CERT_A STR("aaaa")
#define CERT_B STR("bbbb")

struct pairing {
    struct arena *mem;
    struct session *rows;
    size_t n;
};

static struct session_event begins(int64_t at, struct str principal)
{
    return (struct session_event){
        .begins = true, .at = at, .client = STR("c"), .principal = principal};
}

static struct session_event ends(int64_t at, struct str principal, struct str reason)
{
    return (struct session_event){
        .at = at, .client = STR("c"), .principal = principal, .reason = reason};
}

static struct session_event of(struct session_event event, struct str session)
{
    event.session = session;
    return event;
}

static struct pairing pair(const struct session_event *events, size_t n)
{
    struct pairing p = {.mem = arena_new(1 << 20)};
    struct session_half *halves = NEW_ARRAY(p.mem, struct session_half, n);
    for (size_t i = 0; i < n; i++) {
        halves[i].event = events[i];
    }
    CHECK_OK(session_pair(halves, n, p.mem, &p.rows, &p.n, NULL));
    return p;
}

#define PAIR(...)                                                                                  \
    pair((const struct session_event[]){__VA_ARGS__},                                              \
         sizeof((const struct session_event[]){__VA_ARGS__}) / sizeof(struct session_event))

static void check_row(const struct session *row, int64_t connected, int64_t disconnected, bool seen)
{
    assert_int_equal(row->connected, connected);
    assert_int_equal(row->disconnected, disconnected);
    assert_int_equal(!str_absent(row->reason), seen);
    assert_int_equal(row->ended_day, session_day(disconnected));
}

static void an_end_belongs_to_the_beginning_before_it(void **state)
{
    (void)state;
    struct pairing p = PAIR(begins(100, CERT_A), ends(150, CERT_A, STR("CONNECTION_LOST")),
                            begins(200, CERT_A), ends(250, CERT_A, STR("")));
    assert_int_equal(p.n, 2);
    check_row(&p.rows[0], 100, 150, true);
    CHECK_STR(p.rows[0].reason, "CONNECTION_LOST");
    check_row(&p.rows[1], 200, 250, true);
    arena_free(p.mem);
}

static void the_identifier_of_the_broker_decides_before_time(void **state)
{
    (void)state;
    struct pairing p = PAIR(of(begins(100, CERT_A), STR("s1")), of(begins(200, CERT_A), STR("s2")),
                            of(ends(250, CERT_A, STR("x")), STR("s1")),
                            of(ends(300, CERT_A, STR("y")), STR("s2")));
    assert_int_equal(p.n, 2);
    check_row(&p.rows[0], 100, 250, true);
    check_row(&p.rows[1], 200, 300, true);
    arena_free(p.mem);
}

static void a_takeover_that_is_logged_after_the_new_connection_ends_the_old_one(void **state)
{
    (void)state;
    struct pairing p =
        PAIR(begins(100, CERT_A), begins(200, CERT_A), ends(205, CERT_A, SESSION_DUPLICATE));
    assert_int_equal(p.n, 2);
    check_row(&p.rows[0], 100, 205, true);
    check_row(&p.rows[1], 200, TIME_NEVER, false);
    arena_free(p.mem);
    p = PAIR(begins(100, CERT_A), begins(200, CERT_A),
             ends(201 + SESSION_TAKEOVER_MS, CERT_A, SESSION_DUPLICATE));
    check_row(&p.rows[0], 100, 200, false);
    check_row(&p.rows[1], 200, 201 + SESSION_TAKEOVER_MS, true);
    arena_free(p.mem);
}

static void another_principal_is_another_session(void **state)
{
    (void)state;
    struct pairing p =
        PAIR(begins(100, CERT_A), begins(200, CERT_B), ends(210, CERT_A, STR("CLIENT_ERROR")));
    check_row(&p.rows[0], 100, 210, true);
    check_row(&p.rows[1], 200, TIME_NEVER, false);
    arena_free(p.mem);
}

static void an_unseen_end_is_the_next_beginning(void **state)
{
    (void)state;
    struct pairing p = PAIR(begins(100, CERT_A), begins(200, CERT_A), begins(300, CERT_A));
    assert_int_equal(p.n, 3);
    check_row(&p.rows[0], 100, 200, false);
    check_row(&p.rows[1], 200, 300, false);
    check_row(&p.rows[2], 300, TIME_NEVER, false);
    arena_free(p.mem);
}

static void an_end_alone_is_its_last_millisecond(void **state)
{
    (void)state;
    struct pairing p = PAIR(ends(100, CERT_A, STR("")));
    assert_int_equal(p.n, 1);
    assert_false(p.rows[0].begun);
    check_row(&p.rows[0], 99, 100, true);
    arena_free(p.mem);
}

static void what_is_told_twice_is_once_and_fills_gaps(void **state)
{
    (void)state;
    struct session_event poor = begins(100, STR(""));
    struct session_event rich = begins(100, CERT_A);
    rich.address = STR("192.0.2.1");
    struct pairing p =
        PAIR(poor, rich, poor, ends(120, CERT_A, STR("x")), ends(120, STR(""), STR("x")));
    assert_int_equal(p.n, 1);
    CHECK_STR(p.rows[0].principal, "aaaa");
    CHECK_STR(p.rows[0].address, "192.0.2.1");
    check_row(&p.rows[0], 100, 120, true);
    arena_free(p.mem);
}

static void a_row_falls_into_the_events_it_came_from(void **state)
{
    (void)state;
    struct session_half halves[6] = {{.pin = 0}};
    struct session_event events[6] = {{.begins = false}};
    struct pairing p = PAIR(of(begins(100, CERT_A), STR("s")), ends(150, CERT_A, STR("x")),
                            begins(200, CERT_B), ends(300, CERT_A, STR("")));
    size_t n = 0;
    for (size_t i = 0; i < p.n; i++) {
        n += session_split(&p.rows[i], 0, &halves[n]);
    }
    for (size_t i = 0; i < n; i++) {
        events[i] = halves[i].event;
    }
    assert_int_equal(n, 4);
    struct pairing again = pair(events, n);
    assert_int_equal(again.n, p.n);
    for (size_t i = 0; i < p.n; i++) {
        check_row(&again.rows[i], p.rows[i].connected, p.rows[i].disconnected,
                  !str_absent(p.rows[i].reason));
    }
    arena_free(again.mem);
    arena_free(p.mem);
}

static void a_pinned_row_stays_as_it_is(void **state)
{
    (void)state;
    struct arena *mem = arena_new(1 << 20);
    struct session *rows = NULL;
    size_t n = 0;
    struct session_half halves[] = {{begins(100, CERT_A), .pin = 1},
                                    {begins(200, CERT_A), .pin = 2},
                                    {ends(300, CERT_A, STR("x")), .pin = 1},
                                    {ends(400, CERT_A, STR("y")), .pin = 0}};
    CHECK_OK(session_pair(halves, 4, mem, &rows, &n, NULL));
    assert_int_equal(n, 3);
    check_row(&rows[0], 100, 300, true);
    check_row(&rows[1], 200, TIME_NEVER, false);
    check_row(&rows[2], 399, 400, true);
    arena_free(mem);
}

static void principals_are_told_apart_by_their_look(void **state)
{
    (void)state;
    assert_int_equal(
        session_kind_of(STR("0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF")),
        SESSION_CERTIFICATE);
    assert_int_equal(session_kind_of(STR("us-east-1:11111111-2222-3333-4444-555555555555")),
                     SESSION_COGNITO);
    const struct str others[] = {
        STR(""),
        STR("admin"),
        STR("us-east-1:11111111-2222-3333-4444-55555555555"),
        STR(":11111111-2222-3333-4444-555555555555"),
        STR("AROA:CognitoIdentityCredentials"),
        STR("0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDE"),
        STR("us-east-1:11111111-2222-3333-4444-555555555555-6")};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_int_equal(session_kind_of(others[i]), SESSION_OTHER);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_end_belongs_to_the_beginning_before_it),
        cmocka_unit_test(the_identifier_of_the_broker_decides_before_time),
        cmocka_unit_test(a_takeover_that_is_logged_after_the_new_connection_ends_the_old_one),
        cmocka_unit_test(another_principal_is_another_session),
        cmocka_unit_test(an_unseen_end_is_the_next_beginning),
        cmocka_unit_test(an_end_alone_is_its_last_millisecond),
        cmocka_unit_test(what_is_told_twice_is_once_and_fills_gaps),
        cmocka_unit_test(a_row_falls_into_the_events_it_came_from),
        cmocka_unit_test(a_pinned_row_stays_as_it_is),
        cmocka_unit_test(principals_are_told_apart_by_their_look),
    };
    return RUN_TESTS("session_pair", tests);
}
