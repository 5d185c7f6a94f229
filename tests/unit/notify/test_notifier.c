/* The receiver is our own server on loopback; time is the fixture's. */
#include "notify/notifier.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "net/http_server.h"
#include "notify/backoff.h"
#include "topic_fixture.h"

enum { TURNS_MAX = 400, TURN_MS = 20, HELD_MAX = 64 };

#define ALARMS TOPIC_ARN("alarms")

static struct http_server *server;
static struct http_exchange *held[HELD_MAX];
static atomic_size_t n_held;
static atomic_int status_told = 200;
static atomic_int requests;
static const struct fetch_rule loopback = {.allow_loopback = true};
static size_t told[NOTIFY_TROUBLE + 1];
static int64_t given_up;

static void handle(struct http_exchange *x, void *ctx)
{
    (void)ctx;
    atomic_fetch_add(&requests, 1);
    x->reply.body = STR("");
    x->reply.status = atomic_load(&status_told);
    if (str_eq(x->request.path, STR("/hold"))) {
        size_t at = atomic_fetch_add(&n_held, 1);
        assert_true(at < HELD_MAX);
        held[at] = x;
        return;
    }
    http_finish(x);
}

static void tell(void *ctx, const struct notify_event *event)
{
    (void)ctx;
    told[event->what]++;
    given_up += event->what == NOTIFY_DEAD ? event->number : 0;
}

/* A broker that takes one message at a time, and ends it when the test says so. */
static bool broker_there;
static struct notify_publish *publishing;

static enum status begin_publish(void *ctx, struct notify_publish *publish, struct why *why)
{
    (void)ctx;
    if (!broker_there || publishing != NULL) {
        return why_set(why, STATUS_BUSY, "no broker is there that could publish");
    }
    publishing = publish;
    return STATUS_OK;
}

static void end_publish(enum status status)
{
    struct why why;
    why_fill(&why, status, 0, "the broker went before it had published");
    struct notify_publish *publish = publishing;
    publishing = NULL;
    notify_published(publish, status, &why);
}

static void *end_it_later(void *arg)
{
    (void)arg;
    usleep(100000);
    end_publish(STATUS_OK);
    return NULL;
}

static struct notifier *open_notifier(struct fixture *f)
{
    struct notifier *notifier = NULL;
    const struct notifier_options options = {.store = f->store,
                                             .account = f->ctx.id,
                                             .clock = f->ctx.clock,
                                             .rnd = f->ctx.rnd,
                                             .rule = &loopback,
                                             .told = tell,
                                             .publish = begin_publish};
    memset(told, 0, sizeof told);
    given_up = 0;
    atomic_store(&status_told, 200);
    atomic_store(&requests, 0);
    CHECK_OK(try_topic(f, "alarms"));
    CHECK_OK(notifier_new(&options, &notifier, &f->why));
    return notifier;
}

static void subscribe(struct fixture *f, const char *path)
{
    char url[64];
    struct subscription row;
    struct str kept;
    snprintf(url, sizeof url, "http://127.0.0.1:%u%s", http_server_port(server), path);
    CHECK_OK(str_dup(f->ctx.mem, str_from(url), &kept, NULL));
    CHECK_OK(try_subscribe(f, ALARMS, "http", str_z(f->ctx.mem, kept), true, &row));
}

static void publish(struct fixture *f)
{
    const struct outbox_message message = {
        .kind = STR("PUBLISH"), .topic_arn = STR(ALARMS), .body = STR("hello")};
    struct str id;
    CHECK_OK(WRITE(f, outbox_add(&f->ctx, &message, &id, &f->why)));
}

/* Turns until so many of that event were told. */
static void turn_until(struct notifier *notifier, enum notify_what what, size_t n)
{
    for (int i = 0; i < TURNS_MAX && told[what] < n; i++) {
        notifier_turn(notifier, STR("http://b"), TURN_MS);
    }
    assert_true(told[what] >= n);
}

static void turn_idle(struct notifier *notifier)
{
    for (int i = 0; i < 3; i++) {
        notifier_turn(notifier, STR("http://b"), 1);
    }
}

static void what_is_taken_is_gone(void **state)
{
    struct fixture *f = *state;
    struct outbox *rows = NULL;
    struct notifier *notifier = open_notifier(f);
    subscribe(f, "/a");
    subscribe(f, "/b");
    publish(f);
    publish(f);
    turn_until(notifier, NOTIFY_DELIVERED, 4);
    assert_int_equal(outbox_rows(f, OUTBOX_PENDING, &rows), 0);
    assert_false(notifier_turn(notifier, STR("http://b"), 1));
    assert_int_equal(atomic_load(&requests), 4);
    notifier_stop(notifier);
}

static void what_fails_waits_and_comes_again(void **state)
{
    struct fixture *f = *state;
    struct outbox *rows = NULL;
    struct notifier *notifier = open_notifier(f);
    subscribe(f, "/a");
    publish(f);
    atomic_store(&status_told, 503);
    for (size_t tries = 1; tries <= 5; tries++) {
        turn_until(notifier, NOTIFY_FAILED, tries);
        assert_int_equal(outbox_rows(f, OUTBOX_PENDING, &rows), 1);
        assert_int_equal(rows[0].attempts, tries);
        CHECK_STR(rows[0].last_error, "the receiver answered with status 503");
        int64_t wait = rows[0].next_try - f->now;
        assert_in_range(wait, INT64_C(500) << (tries - 1), INT64_C(1000) << (tries - 1));
        f->now += wait / 2 - 1;
        turn_idle(notifier);
        assert_int_equal(told[NOTIFY_FAILED], tries);
        f->now += INT64_C(1000) << tries;
    }
    atomic_store(&status_told, 204);
    turn_until(notifier, NOTIFY_DELIVERED, 1);
    assert_int_equal(outbox_rows(f, OUTBOX_PENDING, &rows), 0);
    notifier_stop(notifier);
}

static void an_endpoint_that_fails_is_tried_with_one_of_all_that_wait(void **state)
{
    struct fixture *f = *state;
    struct outbox *rows = NULL;
    struct notifier *notifier = open_notifier(f);
    subscribe(f, "/a");
    atomic_store(&status_told, 500);
    publish(f);
    turn_until(notifier, NOTIFY_FAILED, 1);
    for (int i = 0; i < 30; i++) {
        publish(f);
    }
    turn_idle(notifier);
    assert_int_equal(atomic_load(&requests), 1);
    f->now += 1001;
    turn_until(notifier, NOTIFY_FAILED, 2);
    turn_idle(notifier);
    assert_int_equal(atomic_load(&requests), 2);
    atomic_store(&status_told, 200);
    f->now += 10000;
    turn_until(notifier, NOTIFY_DELIVERED, 31);
    assert_int_equal(outbox_rows(f, OUTBOX_PENDING, &rows), 0);
    notifier_stop(notifier);
}

static void after_a_day_all_that_waits_is_given_up(void **state)
{
    struct fixture *f = *state;
    struct outbox *rows = NULL;
    struct notifier *notifier = open_notifier(f);
    subscribe(f, "/a");
    atomic_store(&status_told, 500);
    for (int i = 0; i < 3; i++) {
        publish(f);
    }
    turn_until(notifier, NOTIFY_FAILED, 1);
    f->now += 23 * (int64_t)HOUR_MS;
    turn_until(notifier, NOTIFY_FAILED, told[NOTIFY_FAILED] + 1);
    assert_int_equal(outbox_rows(f, OUTBOX_DEAD, &rows), 0);
    f->now += 2 * (int64_t)HOUR_MS;
    for (int i = 0; i < 10 && outbox_rows(f, OUTBOX_DEAD, &rows) < 3; i++) {
        size_t failed = told[NOTIFY_FAILED];
        turn_until(notifier, NOTIFY_FAILED, failed + 1);
        f->now += BACKOFF_LAST_MS;
    }
    assert_int_equal(outbox_rows(f, OUTBOX_DEAD, &rows), 3);
    assert_int_equal(given_up, 3);
    assert_int_equal(outbox_rows(f, OUTBOX_PENDING, &rows), 0);
    notifier_stop(notifier);
}

static void one_that_stalls_delays_no_other(void **state)
{
    struct fixture *f = *state;
    struct outbox *rows = NULL;
    struct notifier *notifier = open_notifier(f);
    subscribe(f, "/hold");
    subscribe(f, "/quick");
    for (int i = 0; i < NOTIFY_FLIGHTS_EACH * 3; i++) {
        publish(f);
    }
    turn_until(notifier, NOTIFY_DELIVERED, NOTIFY_FLIGHTS_EACH * 3);
    assert_int_equal(outbox_rows(f, OUTBOX_PENDING, &rows), NOTIFY_FLIGHTS_EACH * 3);
    assert_true(atomic_load(&requests) <= NOTIFY_FLIGHTS_EACH * 4);
    assert_int_equal(told[NOTIFY_FAILED], 0);
    notifier_stop(notifier); /* abandons what stalls; the rows are there for the next life */
    assert_int_equal(outbox_rows(f, OUTBOX_PENDING, &rows), NOTIFY_FLIGHTS_EACH * 3);
}

static void what_nobody_wants_any_more_is_dropped(void **state)
{
    struct fixture *f = *state;
    struct outbox *rows = NULL;
    struct notifier *notifier = open_notifier(f);
    subscribe(f, "/a");
    publish(f);
    atomic_store(&status_told, 500);
    turn_until(notifier, NOTIFY_FAILED, 1);
    CHECK_OK(WRITE(f, topic_delete(&f->ctx, STR(ALARMS), &f->why)));
    f->now += HOUR_MS;
    for (int i = 0; i < TURNS_MAX && outbox_rows(f, OUTBOX_PENDING, &rows) > 0; i++) {
        notifier_turn(notifier, STR("http://b"), TURN_MS);
    }
    assert_int_equal(outbox_rows(f, OUTBOX_PENDING, &rows), 0);
    assert_int_equal(outbox_rows(f, OUTBOX_DEAD, &rows), 0);
    assert_int_equal(atomic_load(&requests), 1);
    notifier_stop(notifier);
}

static void a_store_that_refuses_is_told_and_left_alone(void **state)
{
    struct fixture *f = *state;
    struct outbox *rows = NULL;
    struct notifier *notifier = open_notifier(f);
    subscribe(f, "/a");
    publish(f);
    faulty_plan_set(&f->plan, 0, STATUS_IO);
    notifier_turn(notifier, STR("http://b"), 1);
    assert_int_equal(told[NOTIFY_TROUBLE], 1);
    faulty_plan_set(&f->plan, FAULTY_NEVER, STATUS_IO);
    notifier_turn(notifier, STR("http://b"), 1);
    assert_int_equal(atomic_load(&requests), 0); /* it rests */
    assert_int_equal(outbox_rows(f, OUTBOX_PENDING, &rows), 1);
    notifier_stop(notifier);
}

static void the_thread_is_woken_and_ends(void **state)
{
    struct fixture *f = *state;
    struct outbox *rows = NULL;
    struct notifier *notifier = open_notifier(f);
    subscribe(f, "/a");
    CHECK_OK(notifier_start(notifier, STR("http://b"), &f->why));
    publish(f);
    notifier_wake(notifier);
    int64_t end = clock_monotonic_ms() + 4000;
    while (outbox_rows(f, OUTBOX_PENDING, &rows) > 0 && clock_monotonic_ms() < end) {
        usleep(10000);
    }
    assert_int_equal(outbox_rows(f, OUTBOX_PENDING, &rows), 0);
    notifier_stop(notifier);
    notifier_stop(NULL);
    notifier_wake(NULL);
}

static void a_topic_of_the_brokers_waits_until_one_has_published(void **state)
{
    struct fixture *f = *state;
    struct outbox *rows = NULL;
    struct subscription row;
    struct notifier *notifier = open_notifier(f);
    CHECK_OK(try_subscribe(f, ALARMS, "mqtt", "site/alarms", true, &row));
    broker_there = false;
    publish(f);
    turn_until(notifier, NOTIFY_FAILED, 1);
    assert_int_equal(outbox_rows(f, OUTBOX_PENDING, &rows), 1);
    CHECK_STR(rows[0].last_error, "no broker is there that could publish");
    assert_in_range(rows[0].next_try - f->now, 500, 1000);

    broker_there = true;
    f->now += 1000;
    turn_idle(notifier);
    assert_non_null(publishing);
    CHECK_STR(publishing->topic, "site/alarms");
    assert_non_null(memmem(publishing->payload.ptr, publishing->payload.len,
                           "\"Message\":\"hello\"", strlen("\"Message\":\"hello\"")));
    assert_true(publishing->n_headers > 0);
    end_publish(STATUS_IO);
    turn_until(notifier, NOTIFY_FAILED, 2);
    assert_int_equal(outbox_rows(f, OUTBOX_PENDING, &rows), 1);
    CHECK_STR(rows[0].last_error, "the broker went before it had published");

    f->now += 2000;
    turn_idle(notifier);
    assert_int_equal(outbox_rows(f, OUTBOX_PENDING, &rows), 1); /* begun is not taken */
    end_publish(STATUS_OK);
    turn_until(notifier, NOTIFY_DELIVERED, 1);
    assert_int_equal(outbox_rows(f, OUTBOX_PENDING, &rows), 0);
    assert_int_equal(atomic_load(&requests), 0);
    notifier_stop(notifier);
}

static void stopping_waits_for_what_a_broker_publishes(void **state)
{
    struct fixture *f = *state;
    struct outbox *rows = NULL;
    struct subscription row;
    pthread_t thread;
    struct notifier *notifier = open_notifier(f);
    CHECK_OK(try_subscribe(f, ALARMS, "mqtt", "site/alarms", true, &row));
    broker_there = true;
    publish(f);
    turn_idle(notifier);
    assert_non_null(publishing);
    assert_int_equal(pthread_create(&thread, NULL, end_it_later, NULL), 0);
    notifier_stop(notifier);
    assert_null(publishing);
    pthread_join(thread, NULL);
    assert_int_equal(outbox_rows(f, OUTBOX_PENDING, &rows), 1); /* the next life sends it again */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_taken_is_gone),
        TEST(what_fails_waits_and_comes_again),
        TEST(an_endpoint_that_fails_is_tried_with_one_of_all_that_wait),
        TEST(after_a_day_all_that_waits_is_given_up),
        TEST(one_that_stalls_delays_no_other),
        TEST(what_nobody_wants_any_more_is_dropped),
        TEST(a_store_that_refuses_is_told_and_left_alone),
        TEST(the_thread_is_woken_and_ends),
        TEST(a_topic_of_the_brokers_waits_until_one_has_published),
        TEST(stopping_waits_for_what_a_broker_publishes),
    };
    const struct http_server_config config = {.address = STR("127.0.0.1"), .handle = handle};
    alarm(60);
    if (http_server_start(&config, &server, NULL) != STATUS_OK) {
        return 1;
    }
    int failed = RUN_TESTS("notify/notifier", tests);
    for (size_t i = 0; i < atomic_load(&n_held); i++) {
        http_finish(held[i]);
    }
    return http_server_stop(server, 1000) ? failed : 1;
}
