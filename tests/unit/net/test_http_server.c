/* Clients here are raw sockets, so that they can be as rude as a client can be. Waits are for bytes
 * or for the end of a connection, with a bound; nothing sleeps. */
#include "net/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "lib/check.h"

enum { REPLY_MAX = 1 << 16, CLIENTS = 200, GONE = 100, PATIENCE_MS = 4000 };

struct world {
    struct http_server *server;
    struct http_exchange *held; /* by /hold; under lock */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    atomic_int rejected; /* the status of the last one told */
    char request_id[64];
    pthread_mutex_t gate; /* /stall waits for it */
};

/* Replies with what it saw of the request. */
static void echo(struct http_exchange *x)
{
    struct str text;
    struct str host = http_header_get(&x->request, STR("host"));
    CHECK_OK(str_fmt(x->mem, &text, NULL, "%.*s %.*s?%.*s host=%.*s peer=%.*s%s body=%zu:%.*s",
                     STR_ARG(x->request.method), STR_ARG(x->request.path),
                     STR_ARG(x->request.query), STR_ARG(host), STR_ARG(x->request.peer),
                     x->request.loopback ? " loopback" : "", x->request.body.len,
                     (int)(x->request.body.len > 20 ? 20 : x->request.body.len),
                     x->request.body.ptr));
    x->reply.status = 200;
    x->reply.body = text;
    http_reply_header(&x->reply, STR("X-Test"), STR("yes"));
}

static void *finish_later(void *ctx)
{
    echo(ctx);
    http_finish(ctx);
    return NULL;
}

static void handle(struct http_exchange *x, void *ctx)
{
    struct world *world = ctx;
    pthread_t thread;
    if (str_starts(x->request.path, STR("/later"))) {
        assert_int_equal(pthread_create(&thread, NULL, finish_later, x), 0);
        pthread_detach(thread);
    } else if (str_eq(x->request.path, STR("/stall"))) {
        pthread_mutex_lock(&world->gate); /* keeps the I/O thread as well */
        pthread_mutex_unlock(&world->gate);
        echo(x);
        http_finish(x);
    } else if (str_eq(x->request.path, STR("/hold"))) {
        pthread_mutex_lock(&world->lock);
        world->held = x;
        pthread_cond_signal(&world->changed);
        pthread_mutex_unlock(&world->lock);
    } else {
        echo(x);
        http_finish(x);
    }
}

static void rejected(void *ctx, const struct http_rejection *rejection)
{
    struct world *world = ctx;
    assert_string_equal(rejection->peer.ptr, "127.0.0.1");
    assert_true(rejection->exception.len > 0 && rejection->message.len > 0);
    snprintf(world->request_id, sizeof world->request_id, "%.*s", STR_ARG(rejection->request_id));
    atomic_store(&world->rejected, rejection->status);
}

static struct http_exchange *wait_held(struct world *world)
{
    pthread_mutex_lock(&world->lock);
    while (world->held == NULL) {
        pthread_cond_wait(&world->changed, &world->lock);
    }
    struct http_exchange *held = world->held;
    world->held = NULL;
    pthread_mutex_unlock(&world->lock);
    return held;
}

static struct world *world_start(struct http_server_limits limits)
{
    struct world *world = mem_alloc(sizeof *world);
    struct why why = {0};
    pthread_mutex_init(&world->lock, NULL);
    pthread_cond_init(&world->changed, NULL);
    pthread_mutex_init(&world->gate, NULL);
    struct http_server_config config = {.address = STR("127.0.0.1"),
                                        .limits = limits,
                                        .handle = handle,
                                        .ctx = world,
                                        .rejected = rejected,
                                        .rejected_ctx = world,
                                        .rnd = rnd_system()};
    if (http_server_start(&config, &world->server, &why) != STATUS_OK) {
        fail_msg("%s", why.text);
    }
    assert_true(http_server_port(world->server) > 0);
    return world;
}

static void world_stop(struct world *world)
{
    assert_true(http_server_stop(world->server, PATIENCE_MS));
    mem_free(world);
}

static int dial(struct world *world)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(http_server_port(world->server)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static void say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* Reads until want stands in what was read, or to the end of the connection when want is NULL.
 * Gives the text; empty when the connection was reset. */
static const char *hear(int fd, const char *want)
{
    static char text[REPLY_MAX];
    size_t n = 0;
    text[0] = '\0';
    for (;;) {
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
        if (poll(&poll_fd, 1, PATIENCE_MS) != 1) {
            fail_msg("no \"%s\" in time; got \"%s\"", want == NULL ? "end" : want, text);
        }
        ssize_t got = recv(fd, text + n, sizeof text - 1 - n, 0);
        if (got <= 0) {
            if (want != NULL) {
                fail_msg("ended without \"%s\"; got \"%s\"", want, text);
            }
            return text;
        }
        n += (size_t)got;
        text[n] = '\0';
        if (want != NULL && strstr(text, want) != NULL) {
            return text;
        }
    }
}

#define CHECK_HAS(text, part)                                                                      \
    do {                                                                                           \
        if (strstr((text), (part)) == NULL) {                                                      \
            fail_msg("no \"%s\" in \"%s\"", (part), (text));                                       \
        }                                                                                          \
    } while (0)

static struct http_server_counters counters(struct world *world)
{
    struct http_server_counters c;
    http_server_counters(world->server, &c);
    return c;
}

static const struct http_server_limits defaults;

static void a_request_arrives_undecoded_and_is_answered(void **state)
{
    (void)state;
    struct world *world = world_start(defaults);
    int fd = dial(world);
    say(fd, "GET /things/A%3Ab//c%20d?x=%26&y HTTP/1.1\r\nHost: h\r\n\r\n");
    const char *reply = hear(fd, "body=0:");
    CHECK_HAS(reply, "HTTP/1.1 200 OK\r\n");
    CHECK_HAS(reply, "X-Test: yes\r\n");
    CHECK_HAS(reply, "GET /things/A%3Ab//c%20d?x=%26&y host=h peer=127.0.0.1 loopback");
    /* The same connection serves again, a body too. */
    say(fd, "POST /later HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
    CHECK_HAS(hear(fd, "body=5:hello"), "POST /later?");
    say(fd, "PUT /chunks HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
            "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    CHECK_HAS(hear(fd, "body=5:abcde"), "PUT /chunks?");
    say(fd, "HEAD /h HTTP/1.1\r\nHost: h\r\n\r\n");
    reply = hear(fd, "\r\n\r\n");
    CHECK_HAS(reply, "Content-Length: ");
    assert_null(strstr(reply, "HEAD /h"));
    say(fd, "GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    CHECK_HAS(hear(fd, NULL), "GET /last");
    struct http_server_counters c = counters(world);
    assert_int_equal(c.connections, 1);
    assert_int_equal(c.requests, 5);
    assert_int_equal(c.rejected, 0);
    assert_true(c.bytes_in > 200 && c.bytes_out > 100);
    close(fd);
    world_stop(world);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    (void)state;
    struct world *world = world_start(defaults);
    int fd = dial(world);
    say(fd, "GET /later1 HTTP/1.1\r\nHost: h\r\n\r\nPOST /later2 HTTP/1.1\r\nHost: h\r\n"
            "Content-Length: 2\r\n\r\nhiGET /3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    const char *reply = hear(fd, NULL);
    const char *first = strstr(reply, "GET /later1?");
    const char *second = strstr(reply, "POST /later2?");
    const char *third = strstr(reply, "GET /3?");
    assert_true(first != NULL && second != NULL && third != NULL);
    assert_true(first < second && second < third);
    close(fd);
    world_stop(world);
}

static void check_refused(struct http_server_limits limits, const char *request, const char *want,
                          const char *exception)
{
    struct world *world = world_start(limits);
    int fd = dial(world);
    say(fd, request);
    const char *reply = hear(fd, "\"}");
    CHECK_HAS(reply, want);
    CHECK_HAS(reply, "Content-Type: application/json\r\n");
    char line[160];
    char status[20];
    snprintf(line, sizeof line, "x-amzn-RequestId: %s\r\n", world->request_id);
    snprintf(status, sizeof status, "HTTP/1.1 %d ", atomic_load(&world->rejected));
    assert_int_equal(strlen(world->request_id), UUID_TEXT);
    CHECK_HAS(reply, line);
    CHECK_HAS(reply, status);
    snprintf(line, sizeof line, "x-amzn-ErrorType: %s\r\n", exception);
    CHECK_HAS(reply, line);
    snprintf(line, sizeof line, "\r\n\r\n{\"__type\":\"%s\",\"message\":\"", exception);
    CHECK_HAS(reply, line);
    struct http_server_counters c = counters(world);
    assert_int_equal(c.requests, 0);
    assert_int_equal(c.rejected, 1);
    close(fd);
    world_stop(world);
}

static void too_large_and_contradictory_requests_never_reach_the_handler(void **state)
{
    (void)state;
    char *text = test_malloc(8192);
    memset(text, 'x', 8192);
    memcpy(text, "GET / HTTP/1.1\r\nHost: h\r\nA: ", 28);
    strcpy(text + 3000, "\r\n\r\n");
    check_refused((struct http_server_limits){.header_bytes = 2048}, text, "HTTP/1.1 431 ",
                  "InvalidRequestException");
    test_free(text);
    check_refused((struct http_server_limits){.body_bytes = 4},
                  "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
                  "HTTP/1.1 413 ", "RequestEntityTooLargeException");
    check_refused((struct http_server_limits){.body_bytes = 4},
                  "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 413 ",
                  "RequestEntityTooLargeException");
    check_refused((struct http_server_limits){.body_bytes = 4},
                  "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 999999999999\r\n\r\n",
                  "HTTP/1.1 413 ", "RequestEntityTooLargeException");
    check_refused((struct http_server_limits){.body_bytes = 4},
                  "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n",
                  "HTTP/1.1 413 ", "RequestEntityTooLargeException");
    check_refused(defaults,
                  "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                  "HTTP/1.1 400 ", "InvalidRequestException");
    check_refused(defaults,
                  "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
                  "HTTP/1.1 400 ", "InvalidRequestException");
    check_refused(defaults, "GET http://h/x HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 400 ",
                  "InvalidRequestException");
}

/* Bytes that one reader of a request drops, and another takes for the end of a part. */
static void a_byte_that_may_not_stand_there_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "GET /x\001 HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /x?a=\177 HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /x\ty HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /x\ry HTTP/1.1\r\nHost: h\r\n\r\n",
        "G\001T /x HTTP/1.1\r\nHost: h\r\n\r\n",
        "G(T /x HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /x HTTP/1.1\r\nHost: h\r\nA: b\001c\r\n\r\n",
        "GET /x HTTP/1.1\r\nHost: h\r\nA: b\rc\r\n\r\n",
        "GET /x HTTP/1.1\r\nHost: h\r\nA : b\r\n\r\n",
        "GET /x HTTP/1.1\r\nHost: h\r\nA(B: c\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        check_refused(defaults, texts[i], "HTTP/1.1 400 ", "InvalidRequestException");
    }
    /* A NUL in the target, which the library takes for its end. */
    static const char nul[] = "GET /x\0y HTTP/1.1\r\nHost: h\r\n\r\n";
    struct world *world = world_start(defaults);
    int fd = dial(world);
    assert_int_equal(write(fd, nul, sizeof nul - 1), sizeof nul - 1);
    hear(fd, "HTTP/1.1 400 ");
    close(fd);
    fd = dial(world);
    say(fd, "M-SEARCH /x HTTP/1.1\r\nHost: h\r\nX_a.b~: \tb\tc \xc3\xa9\r\n\r\n");
    hear(fd, "HTTP/1.1 200 OK\r\n");
    close(fd);
    world_stop(world);
}

static void a_client_that_waits_is_told_to_continue(void **state)
{
    (void)state;
    struct world *world = world_start(defaults);
    int fd = dial(world);
    say(fd, "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    hear(fd, "HTTP/1.1 100 Continue\r\n\r\n");
    say(fd, "abc");
    hear(fd, "body=3:abc");
    close(fd);
    world_stop(world);
}

static void a_body_too_large_leaves_the_connection_usable(void **state)
{
    (void)state;
    struct world *world = world_start((struct http_server_limits){.body_bytes = 4});
    int fd = dial(world);
    say(fd, "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
    CHECK_HAS(hear(fd, "\"}"), "HTTP/1.1 413 ");
    say(fd, "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nabcd");
    hear(fd, "body=4:abcd");
    close(fd);
    world_stop(world);
}

static void a_slow_request_is_cut_however_it_trickles(void **state)
{
    (void)state;
    struct world *world = world_start((struct http_server_limits){.request_ms = 200});
    static const char *const beginnings[] = {
        "GET / HTTP/1.1\r\nHost: h\r\nA",
        "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nx",
    };
    for (size_t i = 0; i < 2; i++) {
        int fd = dial(world);
        int64_t started = clock_monotonic_ms();
        const char *reply = "";
        say(fd, beginnings[i]);
        for (;;) {
            struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
            if (poll(&poll_fd, 1, 20) == 1) {
                reply = hear(fd, NULL);
                break;
            }
            /* Something moves all the time, so idle time never ends this. */
            (void)send(fd, "x", 1, MSG_NOSIGNAL);
            assert_true(clock_monotonic_ms() - started < PATIENCE_MS);
        }
        if (reply[0] != '\0') {
            CHECK_HAS(reply, "HTTP/1.1 408 ");
            CHECK_HAS(reply, "x-amzn-ErrorType: RequestTimeoutException\r\n");
            CHECK_HAS(reply, world->request_id);
            CHECK_HAS(reply, "time.\"}");
        }
        assert_int_equal(atomic_load(&world->rejected), 408);
        close(fd);
    }
    assert_int_equal(counters(world).timeouts, 2);
    assert_int_equal(counters(world).requests, 0);
    world_stop(world);
}

static void a_request_at_work_is_not_cut(void **state)
{
    (void)state;
    struct world *world = world_start((struct http_server_limits){.request_ms = 100});
    int held = dial(world);
    int slow = dial(world);
    say(held, "GET /hold HTTP/1.1\r\nHost: h\r\n\r\n");
    struct http_exchange *x = wait_held(world);
    /* When a later slow request has been cut, the one at work was spared. */
    say(slow, "GET /");
    say(slow, "x HTTP/1.1\r\nHost");
    CHECK_HAS(hear(slow, NULL), "HTTP/1.1 408 ");
    finish_later(x);
    CHECK_HAS(hear(held, "body=0:"), "HTTP/1.1 200 ");
    close(held);
    close(slow);
    world_stop(world);
}

static void silent_and_half_open_clients_cost_their_slot_and_no_more(void **state)
{
    (void)state;
    struct world *world = world_start((struct http_server_limits){.idle_seconds = 1});
    int silent = dial(world);
    int half = dial(world);
    int closed = dial(world);
    say(half, "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc");
    say(closed, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
    shutdown(closed, SHUT_WR);
    CHECK_HAS(hear(closed, NULL), "GET /x");
    int gone = dial(world);
    say(gone, "GET /hold HTTP/1.1\r\nHost: h\r\n\r\n");
    struct http_exchange *x = wait_held(world);
    struct linger reset = {.l_onoff = 1};
    setsockopt(gone, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(gone);
    /* Others are served meanwhile. */
    int fd = dial(world);
    say(fd, "GET /ok HTTP/1.1\r\nHost: h\r\n\r\n");
    hear(fd, "GET /ok");
    finish_later(x);
    hear(silent, NULL);
    hear(half, NULL);
    close(fd);
    close(silent);
    close(half);
    close(closed);
    world_stop(world);
}

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

static void two_hundred_clients_are_served_side_by_side(void **state)
{
    (void)state;
    struct world *world = world_start(defaults);
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
    struct http_server_config config = {
        .address = STR("127.0.0.1"), .port = http_server_port(world->server), .handle = handle};
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
        cmocka_unit_test(a_request_arrives_undecoded_and_is_answered),
        cmocka_unit_test(pipelined_requests_are_answered_in_order),
        cmocka_unit_test(too_large_and_contradictory_requests_never_reach_the_handler),
        cmocka_unit_test(a_byte_that_may_not_stand_there_is_refused),
        cmocka_unit_test(a_client_that_waits_is_told_to_continue),
        cmocka_unit_test(a_body_too_large_leaves_the_connection_usable),
        cmocka_unit_test(a_slow_request_is_cut_however_it_trickles),
        cmocka_unit_test(a_request_at_work_is_not_cut),
        cmocka_unit_test(silent_and_half_open_clients_cost_their_slot_and_no_more),
        cmocka_unit_test(clients_that_close_within_a_request_give_their_place_back),
        cmocka_unit_test(connections_of_one_address_have_a_bound),
        cmocka_unit_test(two_hundred_clients_are_served_side_by_side),
        cmocka_unit_test(stopping_waits_for_the_work_in_hand),
        cmocka_unit_test(what_cannot_be_listened_on_is_said),
    };
    alarm(60);
    return RUN_TESTS("http_server", tests);
}
