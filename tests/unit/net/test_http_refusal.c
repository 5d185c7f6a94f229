#include "lib/check.h"

#include "net/http_refusal.h"

static const struct http_header form_type = {
    STR_INIT("content-type"), STR_INIT("application/x-www-form-urlencoded; charset=utf-8")};

static struct http_reply refused(const struct http_request *request, int http, struct arena *mem)
{
    struct http_reply reply = {.status = http};
    http_refusal_write(request, STR("RequestEntityTooLargeException"), STR("Too large."), STR("id"),
                       mem, &reply);
    assert_int_equal(reply.n_headers, 3);
    CHECK_STR(reply.headers[0].name, "Content-Type");
    CHECK_STR(reply.headers[1].name, "x-amzn-ErrorType");
    CHECK_STR(reply.headers[2].name, "x-amzn-RequestId");
    CHECK_STR(reply.headers[2].value, "id");
    return reply;
}

static void a_refusal_is_an_error_of_the_api(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 12);
    const struct http_request rows[] = {
        {.path = STR_ABSENT}, /* nothing was read */
        {.path = STR("/")},
        {.path = STR("/things/a"), .headers = &form_type, .n_headers = 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_reply reply = refused(&rows[i], 413, mem);
        CHECK_STR(reply.body, "{\"__type\":\"RequestEntityTooLargeException\","
                              "\"message\":\"Too large.\"}");
        CHECK_STR(reply.headers[0].value, "application/json");
        CHECK_STR(reply.headers[1].value, "RequestEntityTooLargeException");
    }
}

static void a_form_is_refused_in_xml(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 12);
    const struct http_request form = {.path = STR("/"), .headers = &form_type, .n_headers = 1};
    struct http_reply reply = refused(&form, 413, mem);
    CHECK_STR(reply.body, "<ErrorResponse><Error><Type>Sender</Type><Code>RequestEntityTooLarge"
                          "</Code><Message>Too large.</Message></Error><RequestId>id</RequestId>"
                          "</ErrorResponse>");
    CHECK_STR(reply.headers[0].value, "text/xml");
    CHECK_STR(reply.headers[1].value, "RequestEntityTooLarge");
    reply = refused(&form, 503, mem);
    assert_non_null(memmem(reply.body.ptr, reply.body.len, "<Type>Receiver</Type>", 21));
}

static void without_memory_the_header_still_names_the_error(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(16);
    const struct http_request form = {.path = STR("/"), .headers = &form_type, .n_headers = 1};
    struct http_reply reply = refused(&form, 413, mem);
    CHECK_STR(reply.body, "{}");
    CHECK_STR(reply.headers[1].value, "RequestEntityTooLarge");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refusal_is_an_error_of_the_api),
        cmocka_unit_test(a_form_is_refused_in_xml),
        cmocka_unit_test(without_memory_the_header_still_names_the_error),
    };
    return RUN_TESTS("http_refusal", tests);
}
