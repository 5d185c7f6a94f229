/* The history of connections as a stream of principals and client ids. */
#include "audit/session_subject.h"

#include "audit_fixture.h"

static enum status do_apply(const struct account_ctx *ctx, void *arg, struct why *why)
{
    struct session_applied applied;
    return session_apply(ctx, arg, 1, &applied, why);
}

static void connect_for(struct audit_fixture *f, const char *client, const char *principal,
                        int64_t from, int64_t to)
{
    struct session_event event = {.begins = true,
                                  .at = from,
                                  .client = str_from(client),
                                  .principal = str_from(principal),
                                  .kind = SESSION_CERTIFICATE};
    CHECK_OK(fixture_write(f, do_apply, &event, NULL));
    event.begins = false;
    event.at = to;
    event.reason = SESSION_DUPLICATE;
    CHECK_OK(fixture_write(f, do_apply, &event, NULL));
}

/* "key:connections:listed ..." of all groups. */
static void check_stream(struct audit_fixture *f, enum audit_subject subject, int64_t from,
                         int64_t to, const char *after, const char *want)
{
    AUTO_VIEW *view = NULL;
    AUTO_ARENA *mem = arena_new(1 << 20);
    const struct audit_window window = {.from = from, .to = to};
    struct session_stream *stream = NULL;
    const struct session_subject *seen = NULL;
    char got[256] = "";
    CHECK_OK(store_read_begin(f->store, &view, NULL));
    CHECK_OK(session_stream_open(view, subject, &window, str_from(after), &stream, NULL));
    CHECK_OK(session_stream_next(stream, mem, NULL, NULL, &seen, NULL));
    while (seen != NULL) {
        size_t len = strlen(got);
        snprintf(got + len, sizeof got - len, "%.*s:%zu:%zu ", STR_ARG(seen->key), seen->n,
                 seen->recent->total);
        CHECK_OK(session_stream_next(stream, mem, NULL, NULL, &seen, NULL));
    }
    session_stream_close(stream);
    assert_string_equal(got, want);
}

static void each_principal_and_each_client_comes_once_with_its_window(void **state)
{
    (void)state;
    struct audit_fixture f;
    int64_t t = 100 * (int64_t)DAY_MS;
    fixture_open(&f);
    connect_for(&f, "a", "p1", t, t + 100);
    connect_for(&f, "b", "p1", t + 50, t + 150);
    connect_for(&f, "c", "p2", t, t + 10);
    connect_for(&f, "a", "p3", t + DAY_MS, t + DAY_MS + 10);
    check_stream(&f, SUBJECT_CERTIFICATE_SESSIONS, t, t + 2 * DAY_MS, NULL,
                 "p1:2:2 p2:1:0 p3:1:0 ");
    check_stream(&f, SUBJECT_CERTIFICATE_SESSIONS, t, t + 1000, NULL, "p1:2:2 p2:1:0 ");
    check_stream(&f, SUBJECT_CERTIFICATE_SESSIONS, t + 100, t + 1000, NULL, "p1:1:0 ");
    check_stream(&f, SUBJECT_CERTIFICATE_SESSIONS, t, t + 2 * DAY_MS, "p1", "p2:1:0 p3:1:0 ");
    check_stream(&f, SUBJECT_IDENTITY_SESSIONS, t, t + 2 * DAY_MS, NULL, "");
    check_stream(&f, SUBJECT_CLIENT_TAKEOVERS, t, t + 2 * DAY_MS, NULL, "a:2:2 b:1:1 c:1:1 ");
    check_stream(&f, SUBJECT_CLIENT_TAKEOVERS, t + 150, t + 2 * DAY_MS, NULL, "a:1:1 b:1:1 ");
    check_stream(&f, SUBJECT_CLIENT_TAKEOVERS, t, t + 100, NULL, "c:1:1 ");
    check_stream(&f, SUBJECT_CLIENT_TAKEOVERS, t, t + 2 * DAY_MS, "b", "c:1:1 ");
    fixture_close(&f);
}

static bool stops(void *ctx)
{
    (void)ctx;
    return true;
}

static void a_long_history_of_one_principal_can_be_left(void **state)
{
    (void)state;
    enum { MANY = 70000 };
    struct audit_fixture f;
    fixture_open(&f);
    struct session row = {.client = STR("c"),
                          .begun = 1,
                          .principal = STR("p"),
                          .disconnected = TIME_NEVER,
                          .ended_day = TIME_NEVER};
    AUTO_VIEW *view = NULL;
    AUTO_ARENA *mem = arena_new(1 << 20);
    const struct audit_window window = {.from = 0, .to = 1 << 30};
    struct session_stream *stream = NULL;
    const struct session_subject *seen = NULL;
    for (row.connected = 1; row.connected <= MANY; row.connected++) {
        fixture_put(&f, TABLE(session), &row);
    }
    CHECK_OK(store_read_begin(f.store, &view, NULL));
    CHECK_OK(session_stream_open(view, SUBJECT_CERTIFICATE_SESSIONS, &window, STR_ABSENT, &stream,
                                 NULL));
    CHECK_STATUS(session_stream_next(stream, mem, stops, NULL, &seen, NULL), STATUS_CANCELED);
    session_stream_close(stream);
    store_read_end(view);
    view = NULL;
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_principal_and_each_client_comes_once_with_its_window),
        cmocka_unit_test(a_long_history_of_one_principal_can_be_left),
    };
    return RUN_TESTS("session_subject", tests);
}
