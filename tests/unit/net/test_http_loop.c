#include "http_world.h"

enum { CLIENTS = 200, GONE = 100 };

/* The one I/O thread stalls while the clients come, speak and go, so that each end arrives together
 * with the bytes before it. */
static void clients_that_close_within_a_request_give_their_place_back(void **state)
{
    (void)state;
    static const char *const beginnings[] = {
        "",
        "PUT /",
        "GET / HTTP/1.1\r\nHost: h\r\nA",
        "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc",
        "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
    };
    struct world *world = world_start(defaults);
    int fd = dial(world);
    pthread_mutex_lock(&world->gate);
    say(fd, "GET /stall HTTP/1.1\r\nHost: h\r\n\r\n");
    while (counters(world).busy == 0) {
        poll(NULL, 0, 1);
    }
    for (int i = 0; i < GONE; i++) {
        int gone = dial(world);
        say(gone, beginnings[(size_t)i % (sizeof beginnings / sizeof beginnings[0])]);
        close(gone);
    }
    int whole = dial(world);
    say(whole, "GET /whole HTTP/1.1\r\nHost: h\r\n\r\n");
    shutdown(whole, SHUT_WR);
    pthread_mutex_unlock(&world->gate);
    hear(fd, "GET /stall");
    CHECK_HAS(hear(whole, NULL), "GET /whole");
    int64_t started = clock_monotonic_ms();
    while (counters(world).open > 1 || counters(world).connections < GONE + 2) {
        assert_true(clock_monotonic_ms() - started < 1000);
        poll(NULL, 0, 5);
    }
    assert_int_equal(counters(world).requests, 2);
    close(fd);
    close(whole);
    world_stop(world);
}

static void connections_of_one_address_have_a_bound(void **state)
{
    (void)state;
    struct world *world = world_start((struct http_server_limits){.connections_per_address = 3});
    int fds[4];
    for (int i = 0; i < 4; i++) {
        fds[i] = dial(world);
        if (i < 3) {
            say(fds[i], "GET /in HTTP/1.1\r\nHost: h\r\n\r\n");
            hear(fds[i], "GET /in");
        }
    }
    assert_string_equal(hear(fds[3], NULL), "");
    assert_int_equal(counters(world).refused, 1);
    for (int i = 0; i < 4; i++) {
        close(fds[i]);
    }
    world_stop(world);
}

/* Those within the bound are served and stay; who is beyond it waits in the kernel's queue,
 * unheard, until one of them leaves. */
static void connections_beyond_the_bound_wait_for_a_place(void **state)
{
    (void)state;
    enum { BOUND = 6, BEYOND = 3 };
    for (unsigned threads = 1; threads <= 3; threads += 2) {
        struct world *world =
            world_start_with((struct http_server_limits){.connections = BOUND}, threads);
        int fds[BOUND + BEYOND];
        for (int i = 0; i < BOUND + BEYOND; i++) {
            fds[i] = dial(world);
            say(fds[i], "GET /in HTTP/1.1\r\nHost: h\r\n\r\n");
            if (i < BOUND) {
                hear(fds[i], "GET /in");
            }
        }
        struct pollfd unheard = {.fd = fds[BOUND], .events = POLLIN};
        assert_int_equal(poll(&unheard, 1, 50), 0);
        assert_int_equal(counters(world).open, BOUND);
        assert_int_equal(counters(world).connections, BOUND);
        for (int i = 0; i < BOUND; i++) {
            say(fds[i], "GET /again HTTP/1.1\r\nHost: h\r\n\r\n");
            hear(fds[i], "GET /again");
        }
        for (int i = 0; i < BEYOND; i++) {
            close(fds[i]);
            hear(fds[BOUND + i], "GET /in");
        }
        assert_int_equal(counters(world).connections, BOUND + BEYOND);
        assert_int_equal(counters(world).refused, 0);
        for (int i = BEYOND; i < BOUND + BEYOND; i++) {
            close(fds[i]);
        }
        world_stop(world);
    }
}

static void two_hundred_clients_are_served_side_by_side(void **state)
{
    (void)state;
    struct world *world = world_start_with(defaults, 3);
    int fds[CLIENTS];
    char request[80];
    char want[40];
    for (int i = 0; i < CLIENTS; i++) {
        fds[i] = dial(world);
    }
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < CLIENTS; i++) {
            snprintf(request, sizeof request, "GET /%s/%d HTTP/1.1\r\nHost: h\r\n\r\n",
                     i % 2 == 0 ? "later" : "now", i);
            say(fds[i], request);
        }
        for (int i = CLIENTS - 1; i >= 0; i--) {
            snprintf(want, sizeof want, "/%d?", i);
            CHECK_HAS(hear(fds[i], "body=0:"), want);
        }
    }
    assert_int_equal(counters(world).open, CLIENTS);
    assert_int_equal(counters(world).requests, 2 * CLIENTS);
    for (int i = 0; i < CLIENTS; i++) {
        close(fds[i]);
    }
    world_stop(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clients_that_close_within_a_request_give_their_place_back),
        cmocka_unit_test(connections_of_one_address_have_a_bound),
        cmocka_unit_test(connections_beyond_the_bound_wait_for_a_place),
        cmocka_unit_test(two_hundred_clients_are_served_side_by_side),
    };
    alarm(60);
    return RUN_TESTS("http_loop", tests);
}
