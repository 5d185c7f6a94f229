/* The other end is our own server on loopback. */
#include "net/http_client_posts.h"

#include <stdatomic.h>
#include <unistd.h>

#include "base/clock.h"
#include "lib/check.h"
#include "net/http_server.h"

enum { MANY = 12, WAIT_MS = 5000 };

static struct arena *mem;
static struct http_server *server;
static struct http_exchange *_Atomic held;
static const struct fetch_rule loopback = {.allow_loopback = true};
static const struct fetch_rule strict = {.allow_loopback = false};

static void handle(struct http_exchange *x, void *ctx)
{
    (void)ctx;
    x->reply.status = 200;
    if (str_eq(x->request.path, STR("/hold"))) {
        atomic_store(&held, x);
        return;
    }
    if (str_eq(x->request.path, STR("/busy"))) {
        x->reply.status = 503;
    }
    CHECK_OK(str_dup(x->mem, x->request.body, &x->reply.body, NULL));
    http_finish(x);
}

static struct http_post post_to(const char *path, const struct fetch_rule *rule)
{
    struct http_post post = {.rule = rule, .mem = arena_new(1 << 20)};
    assert_non_null(post.mem);
    post.call = (struct http_call){.method = STR("POST"), .body = STR("{}"), .timeout_ms = 3000};
    CHECK_OK(str_fmt(mem, &post.call.url, NULL, "http://127.0.0.1:%u%s", http_server_port(server),
                     path));
    return post;
}

static struct http_post *next(struct http_posts *posts)
{
    struct http_post *post = NULL;
    int64_t end = clock_monotonic_ms() + WAIT_MS;
    while (post == NULL && clock_monotonic_ms() < end) {
        post = http_posts_wait(posts, 50);
    }
    return post;
}

static void one_that_waits_holds_up_no_other(void **state)
{
    (void)state;
    struct http_posts *posts = NULL;
    struct http_post slow = post_to("/hold", &loopback);
    struct http_post quick[MANY];
    CHECK_OK(http_posts_new(&posts, NULL));
    CHECK_OK(http_posts_begin(posts, &slow, NULL));
    for (int i = 0; i < MANY; i++) {
        quick[i] = post_to("/ok", &loopback);
        CHECK_OK(http_posts_begin(posts, &quick[i], NULL));
    }
    for (int i = 0; i < MANY; i++) {
        struct http_post *post = next(posts);
        assert_true(post >= quick && post < quick + MANY);
        CHECK_OK(post->status);
        assert_int_equal(post->answer.status, 200);
        CHECK_STR(post->answer.body, "{}");
        arena_free(post->mem);
    }
    struct http_exchange *x = NULL;
    while ((x = atomic_exchange(&held, NULL)) == NULL) {
        assert_null(http_posts_wait(posts, 10));
    }
    http_finish(x);
    assert_ptr_equal(next(posts), &slow);
    CHECK_OK(slow.status);
    arena_free(slow.mem);
    http_posts_free(posts);
}

static void what_goes_wrong_is_each_calls_own(void **state)
{
    (void)state;
    struct http_posts *posts = NULL;
    struct http_post busy = post_to("/busy", &loopback);
    struct http_post refused = post_to("/ok", &strict);
    struct http_post late = post_to("/hold", &loopback);
    struct http_post wrong = post_to("/ok", &loopback);
    late.call.timeout_ms = 100;
    wrong.call.url = STR("ftp://127.0.0.1/");
    CHECK_OK(http_posts_new(&posts, NULL));
    CHECK_STATUS(http_posts_begin(posts, &wrong, NULL), STATUS_INVALID);
    CHECK_OK(http_posts_begin(posts, &busy, NULL));
    CHECK_OK(http_posts_begin(posts, &refused, NULL));
    CHECK_OK(http_posts_begin(posts, &late, NULL));
    for (int i = 0; i < 3; i++) {
        assert_non_null(next(posts));
    }
    assert_null(http_posts_wait(posts, 0));
    CHECK_OK(busy.status);
    assert_int_equal(busy.answer.status, 503);
    CHECK_STATUS(refused.status, STATUS_DENIED);
    assert_non_null(strstr(refused.why.text, "a loopback address"));
    CHECK_STATUS(late.status, STATUS_IO);
    struct http_exchange *x = NULL;
    while ((x = atomic_exchange(&held, NULL)) == NULL) {
        assert_null(http_posts_wait(posts, 10));
    }
    http_finish(x);
    http_posts_free(posts);
    arena_free(busy.mem);
    arena_free(refused.mem);
    arena_free(late.mem);
    arena_free(wrong.mem);
}

static void a_wait_is_cut_short_by_a_wake_and_an_end_abandons(void **state)
{
    (void)state;
    struct http_posts *posts = NULL;
    struct http_post slow = post_to("/hold", &loopback);
    CHECK_OK(http_posts_new(&posts, NULL));
    http_posts_wake(posts);
    int64_t began = clock_monotonic_ms();
    assert_null(http_posts_wait(posts, 4000));
    assert_true(clock_monotonic_ms() - began < 3000);
    CHECK_OK(http_posts_begin(posts, &slow, NULL));
    struct http_exchange *x = NULL;
    while ((x = atomic_exchange(&held, NULL)) == NULL) {
        assert_null(http_posts_wait(posts, 10));
    }
    http_posts_free(posts);
    http_finish(x);
    arena_free(slow.mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_waits_holds_up_no_other),
        cmocka_unit_test(what_goes_wrong_is_each_calls_own),
        cmocka_unit_test(a_wait_is_cut_short_by_a_wake_and_an_end_abandons),
    };
    const struct http_server_config config = {.address = STR("127.0.0.1"), .handle = handle};
    alarm(60);
    mem = arena_new(1 << 20);
    if (http_server_start(&config, &server, NULL) != STATUS_OK) {
        return 1;
    }
    int failed = RUN_TESTS("http_client_posts", tests);
    if (!http_server_stop(server, 1000)) {
        return 1;
    }
    arena_free(mem);
    return failed;
}
