#include "http_world.h"

static void never_called(struct http_exchange *exchange, void *ctx)
{
    (void)exchange;
    (void)ctx;
    fail();
}

static void *stop_world(void *ctx)
{
    struct world *world = ctx;
    return http_server_stop(world->server, PATIENCE_MS) ? world : NULL;
}

static void stopping_waits_for_the_work_in_hand(void **state)
{
    (void)state;
    struct world *world = world_start(defaults);
    pthread_t thread;
    void *stopped = NULL;
    int fd = dial(world);
    int second = dial(world);
    say(second, "GET /first HTTP/1.1\r\nHost: h\r\n\r\n");
    hear(second, "body=0:"); /* so it is no longer in the kernel's queue */
    say(fd, "GET /hold HTTP/1.1\r\nHost: h\r\n\r\n");
    struct http_exchange *x = wait_held(world);
    assert_false(http_server_stop(world->server, 1));
    /* Now that it is stopping, what is open is served once more and closed. */
    say(second, "GET /more HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK_HAS(hear(second, NULL), "Connection: close\r\n");
    pthread_create(&thread, NULL, stop_world, world);
    finish_later(x);
    CHECK_HAS(hear(fd, NULL), "GET /hold");
    pthread_join(thread, &stopped);
    assert_ptr_equal(stopped, world);
    close(fd);
    close(second);
    mem_free(world);
}

static void what_cannot_be_listened_on_is_said(void **state)
{
    (void)state;
    struct world *world = world_start(defaults);
    struct http_server *second = NULL;
    struct why why;
    struct http_server_config config = {.address = STR("127.0.0.1"),
                                        .port = http_server_port(world->server),
                                        .handle = never_called};
    CHECK_STATUS(http_server_start(&config, &second, &why), STATUS_IO);
    assert_non_null(strstr(why.text, "cannot listen on 127.0.0.1 port"));
    config.address = STR("localhost");
    CHECK_STATUS(http_server_start(&config, &second, &why), STATUS_INVALID);
    config.address = STR_ABSENT;
    CHECK_STATUS(http_server_start(&config, &second, &why), STATUS_INVALID);
    assert_null(second);
    world_stop(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stopping_waits_for_the_work_in_hand),
        cmocka_unit_test(what_cannot_be_listened_on_is_said),
    };
    alarm(60);
    return RUN_TESTS("http_server", tests);
}
