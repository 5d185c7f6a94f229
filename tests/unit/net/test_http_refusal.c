#include "net/http_refusal.h"

#include "lib/check.h"

static void each_refusal_is_an_error_of_the_api(void **state)
{
    (void)state;
    static const struct http_refusal *const rows[] = {
#define REFUSAL_ROW(name, status, exception, message) &http_refused_##name,
        HTTP_REFUSALS(REFUSAL_ROW)
#undef REFUSAL_ROW
    };
    struct arena *mem = arena_new(1 << 16);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_reply reply;
        struct str want;
        http_refusal_reply(rows[i], STR("id"), mem, &reply);
        assert_int_equal(reply.status, rows[i]->status);
        assert_true(reply.status >= 400);
        CHECK_OK(str_fmt(mem, &want, NULL, "{\"__type\":\"%.*s\",\"message\":\"%.*s\"}",
                         STR_ARG(rows[i]->exception), STR_ARG(rows[i]->message)));
        assert_true(str_eq(reply.body, want));
        assert_int_equal(str_find_char(rows[i]->message, '"', 0), rows[i]->message.len);
        assert_true(str_ends(rows[i]->exception, STR("Exception")));
        assert_int_equal(reply.n_headers, 3);
        CHECK_STR(reply.headers[0].value, "application/json");
        CHECK_STR(reply.headers[1].name, "x-amzn-ErrorType");
        assert_true(str_eq(reply.headers[1].value, rows[i]->exception));
        CHECK_STR(reply.headers[2].name, "x-amzn-RequestId");
        CHECK_STR(reply.headers[2].value, "id");
    }
    arena_free(mem);
}

static void without_memory_the_header_still_names_the_error(void **state)
{
    (void)state;
    struct arena *mem = arena_new(16);
    struct http_reply reply;
    http_refusal_reply(&http_refused_body, STR("id"), mem, &reply);
    CHECK_STR(reply.body, "{}");
    CHECK_STR(reply.headers[1].value, "RequestEntityTooLargeException");
    arena_free(mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_refusal_is_an_error_of_the_api),
        cmocka_unit_test(without_memory_the_header_still_names_the_error),
    };
    return RUN_TESTS("http_refusal", tests);
}
