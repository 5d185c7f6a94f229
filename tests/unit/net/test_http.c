#include "lib/check.h"

#include "net/http.h"

static void headers_are_found_whatever_their_case(void **state)
{
    (void)state;
    const struct http_header headers[] = {
        {STR_INIT("Host"), STR_INIT("localhost")},
        {STR_INIT("X-Amzn-Principal"), STR_INIT("arn:x")},
        {STR_INIT("x-amzn-principal"), STR_INIT("the second of a name is not looked at")},
    };
    const struct http_request request = {.headers = headers, .n_headers = 3};
    CHECK_STR(http_header_get(&request, STR("x-amzn-principal")), "arn:x");
    CHECK_STR(http_header_get(&request, STR("HOST")), "localhost");
    assert_true(str_absent(http_header_get(&request, STR("Hos"))));
}

static void a_reply_holds_no_more_headers_than_it_has_room_for(void **state)
{
    (void)state;
    struct http_reply reply = {.status = 200};
    for (int i = 0; i < HTTP_REPLY_HEADERS_MAX + 3; i++) {
        http_reply_header(&reply, STR("A"), STR("b"));
    }
    assert_int_equal(reply.n_headers, HTTP_REPLY_HEADERS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_are_found_whatever_their_case),
        cmocka_unit_test(a_reply_holds_no_more_headers_than_it_has_room_for),
    };
    return RUN_TESTS("http", tests);
}
