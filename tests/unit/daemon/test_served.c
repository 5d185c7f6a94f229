/* What an audit is told of the certificates that the daemon serves; that it is the served one and
 * not the file's is shown with a daemon (tests/integration/test_watched.py). */
#include "daemon/served.h"

#include "lib/check.h"

static void handle(struct http_exchange *exchange, void *ctx)
{
    (void)ctx;
    (void)exchange;
}

static void without_tls_nothing_is_shown(void **state)
{
    (void)state;
    struct served served;
    const struct server_shown *shown = NULL;
    size_t n = 7;
    AUTO_ARENA *mem = arena_new(1 << 16);
    served_init(&served, false);
    CHECK_OK(served_get(&served, mem, &shown, &n, NULL));
    assert_int_equal(n, 0);
}

static void before_and_after_the_server_nobody_pretends(void **state)
{
    (void)state;
    struct served served;
    const struct server_shown *shown = NULL;
    size_t n = 7;
    struct why why = {.code = STATUS_OK};
    AUTO_ARENA *mem = arena_new(1 << 16);
    served_init(&served, true);
    CHECK_STATUS(served_get(&served, mem, &shown, &n, &why), STATUS_BUSY);
    assert_string_equal(why.text, "the API is not served at this moment");
    assert_int_equal(n, 7);
}

static void a_server_is_asked_while_it_is_there(void **state)
{
    (void)state;
    struct served served;
    const struct server_shown *shown = NULL;
    struct http_server *server = NULL;
    size_t n = 7;
    AUTO_ARENA *mem = arena_new(1 << 16);
    const struct http_server_config config = {
        .address = STR("127.0.0.1"), .io_threads = 1, .handle = handle, .rnd = rnd_system()};
    CHECK_OK(http_server_start(&config, &server, NULL));
    served_init(&served, true);
    served_set(&served, server);
    CHECK_OK(served_get(&served, mem, &shown, &n, NULL));
    assert_int_equal(n, 1);
    CHECK_STR(shown->place, "the API");
    assert_int_equal(shown->n, 0); /* this one speaks no TLS */
    served_set(&served, NULL);
    CHECK_STATUS(served_get(&served, mem, &shown, &n, NULL), STATUS_BUSY);
    assert_true(http_server_stop(server, 1000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_tls_nothing_is_shown),
        cmocka_unit_test(before_and_after_the_server_nobody_pretends),
        cmocka_unit_test(a_server_is_asked_while_it_is_there),
    };
    return RUN_TESTS("served", tests);
}
