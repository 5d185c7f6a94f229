/* Who is asked again, who is not, and what is said meanwhile. */
#include "audit/unreachable.h"

#include <stdio.h>
#include <string.h>

#include "lib/check.h"

enum { ITEMS_MAX = 1100 };

/* A network in which every address answers in one way. */
struct world {
    struct arena *mem;
    int64_t now;
    enum status status;
    enum http_reach reach;
    struct str dead; /* a host that does not answer, whatever the others do */
    enum http_reach dead_reach;
    size_t asked;
    size_t waves;
    struct fetcher inner;
    struct unreachable *memory;
};

static void answer(void *ctx, struct http_fetch *items, size_t n,
                   bool (*canceled)(void *cancel_ctx), void *cancel_ctx)
{
    struct world *w = ctx;
    (void)canceled;
    (void)cancel_ctx;
    w->waves++;
    for (size_t i = 0; i < n; i++) {
        bool dead = !str_absent(w->dead) && str_starts(items[i].url, w->dead);
        w->asked++;
        items[i].reach = dead ? w->dead_reach : w->reach;
        items[i].status = dead ? STATUS_IO : w->status;
        items[i].body = STR("body");
        if (items[i].status != STATUS_OK) {
            items[i].status = why_set(&items[i].why, items[i].status, "nobody answers");
        }
    }
}

static int open_world(void **state)
{
    static struct world world;
    world = (struct world){.mem = arena_new(64 << 20),
                           .now = INT64_C(1800000000000),
                           .status = STATUS_OK,
                           .dead_reach = HTTP_UNREACHED,
                           .inner = {answer, &world}};
    CHECK_OK(unreachable_new(&world.inner, clock_fixed(&world.now), &world.memory, NULL));
    *state = &world;
    return 0;
}

static int close_world(void **state)
{
    struct world *w = *state;
    unreachable_free(w->memory);
    arena_free(w->mem);
    return 0;
}

static bool never(void *ctx)
{
    (void)ctx;
    return false;
}

static struct http_fetch fetch(struct world *w, const char *url)
{
    struct http_fetch item = {.url = str_from(url), .mem = w->mem, .status = STATUS_INTERNAL};
    const struct fetcher *fetcher = unreachable_fetcher_get(w->memory);
    fetcher->run(fetcher->ctx, &item, 1, never, NULL);
    return item;
}

/* Fetches, and says how many addresses were really asked. */
static size_t asked_by(struct world *w, const char *url)
{
    size_t before = w->asked;
    (void)fetch(w, url);
    return w->asked - before;
}

static void later(struct world *w, int seconds)
{
    w->now += seconds * (int64_t)SECOND_MS;
}

static void who_answers_is_always_asked(void **state)
{
    struct world *w = *state;
    const struct {
        enum status status;
        enum http_reach reach;
    } rows[] = {{STATUS_OK, HTTP_ANSWERED},
                {STATUS_IO, HTTP_ANSWERED}, /* with an error */
                {STATUS_DENIED, HTTP_UNREACHED},
                {STATUS_TOO_LARGE, HTTP_CUT},
                {STATUS_CANCELED, HTTP_UNREACHED}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        w->status = rows[i].status;
        w->reach = rows[i].reach;
        CHECK_STATUS(fetch(w, "http://a.test/1").status, rows[i].status);
        assert_int_equal(asked_by(w, "http://a.test/1"), 1);
    }
}

static void a_host_out_of_reach_is_left_alone_for_a_while(void **state)
{
    struct world *w = *state;
    w->dead = STR("http://a.test");
    struct http_fetch item = fetch(w, "http://a.test/1");
    assert_string_equal(item.why.text, "nobody answers");
    later(w, UNREACHABLE_SECONDS - 1);
    assert_int_equal(asked_by(w, "http://a.test/1"), 0);
    assert_int_equal(asked_by(w, "http://a.test/2?x#y"), 0);
    assert_int_equal(asked_by(w, "http://a.test:81/2"), 1);
    assert_int_equal(asked_by(w, "http://b.test/1"), 1);
    item = fetch(w, "http://a.test/2");
    CHECK_STATUS(item.status, STATUS_IO);
    assert_string_equal(item.why.text,
                        "unreachable since 2027-01-15T08:00:00.000Z, not asked again before "
                        "2027-01-15T08:05:00.000Z: nobody answers");
    later(w, 1);
    item = fetch(w, "http://a.test/2");
    assert_string_equal(item.why.text,
                        "unreachable since 2027-01-15T08:00:00.000Z: nobody answers");
    assert_int_equal(asked_by(w, "http://a.test/1"), 0);
    later(w, UNREACHABLE_SECONDS);
    w->dead = STR_ABSENT;
    assert_int_equal(asked_by(w, "http://a.test/1"), 1);
    w->dead = STR("http://a.test");
    later(w, 1);
    item = fetch(w, "http://a.test/1");
    assert_string_equal(item.why.text, "nobody answers"); /* since now */
}

static void an_answer_cut_off_says_nothing_of_the_host(void **state)
{
    struct world *w = *state;
    w->status = STATUS_IO;
    w->reach = HTTP_CUT;
    assert_int_equal(asked_by(w, "http://a.test/slow"), 1);
    assert_int_equal(asked_by(w, "http://a.test/slow"), 0);
    assert_int_equal(asked_by(w, "http://a.test/other"), 1);
}

static void the_operator_may_have_all_asked_again(void **state)
{
    struct world *w = *state;
    w->dead = STR("http://");
    assert_int_equal(asked_by(w, "http://a.test/1"), 1);
    assert_int_equal(asked_by(w, "http://a.test/1"), 0);
    unreachable_forget(w->memory);
    assert_int_equal(asked_by(w, "http://a.test/1"), 1);
}

static void a_clock_set_back_forgets(void **state)
{
    struct world *w = *state;
    w->dead = STR("http://");
    assert_int_equal(asked_by(w, "http://a.test/1"), 1);
    later(w, -1);
    assert_int_equal(asked_by(w, "http://a.test/1"), 1);
}

static void the_last_tried_are_remembered(void **state)
{
    struct world *w = *state;
    char url[64];
    w->dead = STR("http://");
    for (int i = 0; i <= UNREACHABLE_MAX; i++) {
        snprintf(url, sizeof url, "http://host-%d.test/", i);
        assert_int_equal(asked_by(w, url), 1);
        w->now++;
    }
    assert_int_equal(asked_by(w, url), 0);
    assert_int_equal(asked_by(w, "http://host-1.test/"), 0);
    assert_int_equal(asked_by(w, "http://host-0.test/"), 1);
}

/* Every second of them is of the host dead.test. */
static void fetch_many(struct world *w, struct http_fetch *items)
{
    static char urls[ITEMS_MAX][64];
    w->dead = STR("http://dead.test");
    for (int i = 0; i < ITEMS_MAX; i++) {
        snprintf(urls[i], sizeof urls[i], "http://%s.test/%d", i % 2 == 0 ? "dead" : "fine", i);
        items[i] = (struct http_fetch){.url = str_from(urls[i]), .mem = w->mem};
        items[i].status = STATUS_INTERNAL;
    }
    const struct fetcher *fetcher = unreachable_fetcher_get(w->memory);
    fetcher->run(fetcher->ctx, items, ITEMS_MAX, never, NULL);
}

static void many_addresses_of_a_dead_host_do_not_each_wait(void **state)
{
    struct world *w = *state;
    static struct http_fetch items[ITEMS_MAX];
    fetch_many(w, items);
    for (int i = 0; i < ITEMS_MAX; i++) {
        CHECK_STATUS(items[i].status, i % 2 == 0 ? STATUS_IO : STATUS_OK);
    }
    assert_int_equal(w->asked, UNREACHABLE_AHEAD + ITEMS_MAX / 2);
    assert_int_equal(w->waves, 2);
}

/* It accepts connections, and says nothing. */
static void a_host_that_cuts_off_all_that_went_ahead_is_dead(void **state)
{
    struct world *w = *state;
    static struct http_fetch items[ITEMS_MAX];
    w->dead_reach = HTTP_CUT;
    fetch_many(w, items);
    assert_int_equal(w->asked, UNREACHABLE_AHEAD + ITEMS_MAX / 2);
    assert_int_equal(asked_by(w, "http://dead.test/another"), 0);
}

static void without_memory_every_address_says_so(void **state)
{
    struct world *w = *state;
    AUTO_ARENA *tiny = arena_new(1);
    struct http_fetch item = {.url = STR("http://a.test/"), .mem = tiny, .status = STATUS_INTERNAL};
    const struct fetcher *fetcher = unreachable_fetcher_get(w->memory);
    fetcher->run(fetcher->ctx, &item, 1, never, NULL);
    CHECK_STATUS(item.status, STATUS_NO_MEMORY);
    assert_int_equal(w->asked, 0);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(who_answers_is_always_asked),
        IN_WORLD(a_host_out_of_reach_is_left_alone_for_a_while),
        IN_WORLD(an_answer_cut_off_says_nothing_of_the_host),
        IN_WORLD(the_operator_may_have_all_asked_again),
        IN_WORLD(a_clock_set_back_forgets),
        IN_WORLD(the_last_tried_are_remembered),
        IN_WORLD(many_addresses_of_a_dead_host_do_not_each_wait),
        IN_WORLD(a_host_that_cuts_off_all_that_went_ahead_is_dead),
        IN_WORLD(without_memory_every_address_says_so),
    };
    return RUN_TESTS("unreachable", tests);
}
