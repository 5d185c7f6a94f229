#include "http_world.h"

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

#define HOST "Host: h\r\n"
#define JOIN "\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"

static size_t heads_in(const char *text)
{
    size_t n = 0;
    while ((text = strstr(text, "Content-Length: ")) != NULL) {
        n++;
        text++;
    }
    return n;
}

/* Whatever is wrong with a request: one reply in the form of the API's errors, then the end of the
 * connection, and nothing of what stood behind it is taken for a request. */
static void what_is_no_request_is_refused_once_and_closed(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *exception;
        const char *text;
    } rows[] = {
        {400, "InvalidRequest", "GET\r\n" JOIN},
        {400, "InvalidRequest", "GET /x\r\n" JOIN},
        {400, "InvalidRequest", "\x16\x03\x01\x02"},
        {400, "InvalidRequest", "\r\n\r\n\x80"},
        {400, "InvalidRequest", "GET /x HTTP/1.1\n" HOST "\n"},
        {400, "InvalidRequest", "GET /\xff HTTP/1.1\r\n" HOST JOIN},
        {400, "InvalidRequest", "GET x HTTP/1.1\r\n" HOST JOIN},
        {400, "InvalidRequest", "GET /x HTTP/1.1\r\n" JOIN},
        {400, "InvalidRequest", "GET /x HTTP/1.1\r\n" HOST HOST JOIN},
        {400, "InvalidRequest", "GET /x HTTP/1.1\r\n" HOST "no colon\r\n" JOIN},
        {400, "InvalidRequest", "PUT /x HTTP/1.1\r\n" HOST "Content-Length : 5\r\n" JOIN},
        {400, "InvalidRequest", "PUT /x HTTP/1.1\r\n" HOST "Content-Length: 5x\r\n" JOIN},
        {400, "InvalidRequest", "PUT /x HTTP/1.1\r\n" HOST "Content-Length: -1\r\n" JOIN},
        {400, "InvalidRequest",
         "PUT /x HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nzz" JOIN},
        {400, "InvalidRequest",
         "PUT /x HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1\r\nxyz" JOIN},
        {417, "InvalidRequest", "PUT /x HTTP/1.1\r\n" HOST "Expect: a miracle\r\n" JOIN},
        {501, "NotImplemented", "PUT /x HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip\r\n" JOIN},
        {505, "InvalidRequest", "GET /x HTTP/2.0\r\n" HOST JOIN},
        {505, "InvalidRequest", "GET /x HTTP/0.9\r\n" JOIN},
    };
    struct world *world = world_start(defaults);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char want[128];
        int fd = dial(world);
        say(fd, rows[i].text);
        const char *reply = hear(fd, NULL);
        snprintf(want, sizeof want, "HTTP/1.1 %d ", rows[i].status);
        if (strncmp(reply, want, strlen(want)) != 0 || heads_in(reply) != 1) {
            fail_msg("not one %s for %s: %s", want, rows[i].text, reply);
        }
        snprintf(want, sizeof want, "x-amzn-ErrorType: %sException\r\n", rows[i].exception);
        CHECK_HAS(reply, want);
        snprintf(want, sizeof want, "x-amzn-RequestId: %s\r\n", world->request_id);
        CHECK_HAS(reply, want);
        CHECK_HAS(reply, "Content-Type: application/json\r\n");
        CHECK_HAS(reply, "Connection: close\r\n");
        snprintf(want, sizeof want, "\r\n\r\n{\"__type\":\"%sException\",\"message\":\"",
                 rows[i].exception);
        CHECK_HAS(reply, want);
        assert_string_equal(reply + strlen(reply) - 2, "\"}");
        assert_int_equal(atomic_load(&world->rejected), rows[i].status);
        assert_int_equal(counters(world).rejected, i + 1);
        close(fd);
    }
    assert_int_equal(counters(world).requests, 0);
    world_stop(world);
}

static void a_request_line_or_head_too_large_is_told_apart(void **state)
{
    (void)state;
    char *text = test_malloc(4096);
    struct http_server_limits limits = {.header_bytes = 2048};
    memset(text, 'x', 4095);
    text[4095] = '\0';
    memcpy(text, "GET /", 5);
    check_refused(limits, text, "HTTP/1.1 414 ", "InvalidRequestException");
    memcpy(text, "GET / HTTP/1.1\r\nA: ", 19);
    check_refused(limits, text, "HTTP/1.1 431 ", "InvalidRequestException");
    /* To the byte: a head of the bound is read, one byte more is not. */
    for (size_t i = 0; i < 2; i++) {
        memset(text, 'x', 4095);
        memcpy(text, "GET / HTTP/1.1\r\nHost: h\r\nA: ", 28);
        memcpy(text + 2044 + i, "\r\n\r\n", 5);
        struct world *world = world_start(limits);
        int fd = dial(world);
        say(fd, text);
        CHECK_HAS(hear(fd, i == 0 ? "body=0" : "\"}"), i == 0 ? "HTTP/1.1 200 " : "HTTP/1.1 431 ");
        close(fd);
        world_stop(world);
    }
    test_free(text);
}

/* The client is still sending when it is refused; the answer reaches it all the same. */
static void a_refusal_outlives_what_the_client_still_sends(void **state)
{
    (void)state;
    struct world *world = world_start((struct http_server_limits){.body_bytes = 1000});
    int fd = dial(world);
    say(fd, "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 900000\r\n\r\n");
    char *much = test_malloc(300001);
    memset(much, 'x', 300000);
    much[300000] = '\0';
    say(fd, much);
    CHECK_HAS(hear(fd, NULL), "RequestEntityTooLargeException");
    say(fd, much);
    test_free(much);
    close(fd);
    world_stop(world);
}

static void empty_lines_before_a_request_are_read_over(void **state)
{
    (void)state;
    struct world *world = world_start(defaults);
    int fd = dial(world);
    say(fd, "\r");
    say(fd, "\n\r\nGET /x HTTP/1.1\r\nHost: h\r\n\r\n\r\n\r\nGET /y HTTP/1.0\r\n\r\n");
    const char *reply = hear(fd, NULL);
    CHECK_HAS(reply, "GET /x?");
    CHECK_HAS(reply, "GET /y?");
    close(fd);
    world_stop(world);
}

/* A reply far beyond what the kernel takes at once, to a client that reads it late. */
static void a_large_reply_arrives_whole(void **state)
{
    (void)state;
    static char text[1 << 16];
    struct world *world = world_start(defaults);
    int fd = dial(world);
    say(fd, "GET /large HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    size_t n = 0;
    ssize_t got = 0;
    while ((got = recv(fd, text, sizeof text, 0)) > 0) {
        n += (size_t)got;
    }
    assert_int_equal(got, 0);
    assert_true(n > LARGE_REPLY && n < LARGE_REPLY + 500);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_arrives_undecoded_and_is_answered),
        cmocka_unit_test(pipelined_requests_are_answered_in_order),
        cmocka_unit_test(too_large_and_contradictory_requests_never_reach_the_handler),
        cmocka_unit_test(what_is_no_request_is_refused_once_and_closed),
        cmocka_unit_test(a_request_line_or_head_too_large_is_told_apart),
        cmocka_unit_test(a_refusal_outlives_what_the_client_still_sends),
        cmocka_unit_test(empty_lines_before_a_request_are_read_over),
        cmocka_unit_test(a_large_reply_arrives_whole),
        cmocka_unit_test(a_client_that_waits_is_told_to_continue),
        cmocka_unit_test(a_body_too_large_leaves_the_connection_usable),
        cmocka_unit_test(a_slow_request_is_cut_however_it_trickles),
        cmocka_unit_test(a_request_at_work_is_not_cut),
        cmocka_unit_test(silent_and_half_open_clients_cost_their_slot_and_no_more),
    };
    alarm(60);
    return RUN_TESTS("http_connection", tests);
}
