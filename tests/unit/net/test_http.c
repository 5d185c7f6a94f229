#include "net/http.h"

#include "lib/check.h"

static void headers_are_found_whatever_their_case(void **state)
{
    (void)state;
    const struct http_header headers[] = {
        {STR_INIT("Host"), STR_INIT("a")},
        {STR_INIT("X-Amz-Date"), STR_INIT("")},
        {STR_INIT("host"), STR_INIT("b")},
    };
    const struct http_request request = {.headers = headers, .n_headers = 3};
    CHECK_STR(http_header_get(&request, STR("hOST")), "a");
    assert_false(str_absent(http_header_get(&request, STR("x-amz-date"))));
    assert_true(str_absent(http_header_get(&request, STR("hos"))));
}

static void a_reply_has_room_for_so_many_headers(void **state)
{
    (void)state;
    struct http_reply reply = {0};
    for (int i = 0; i < HTTP_REPLY_HEADERS_MAX + 3; i++) {
        http_reply_header(&reply, STR("A"), STR("b"));
    }
    assert_int_equal(reply.n_headers, HTTP_REPLY_HEADERS_MAX);
    CHECK_STR(reply.headers[0].name, "A");
    CHECK_STR(reply.headers[HTTP_REPLY_HEADERS_MAX - 1].value, "b");
}

static void note(struct http_exchange *exchange)
{
    exchange->reply.status = 299;
}

static void finishing_is_the_servers_business(void **state)
{
    (void)state;
    struct http_exchange exchange = {.finish = note};
    http_finish(&exchange);
    assert_int_equal(exchange.reply.status, 299);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_are_found_whatever_their_case),
        cmocka_unit_test(a_reply_has_room_for_so_many_headers),
        cmocka_unit_test(finishing_is_the_servers_business),
    };
    return RUN_TESTS("http", tests);
}
