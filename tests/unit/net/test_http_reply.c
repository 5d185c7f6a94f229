#include "net/http_reply.h"

#include "lib/check.h"

static struct str written(const struct http_reply *reply, struct http_reply_form form)
{
    static char text[1024];
    struct buf out;
    struct arena *mem = arena_new(4096);
    buf_init(&out, mem, 4096);
    http_reply_write(reply, &form, &out);
    assert_int_equal(buf_status(&out), STATUS_OK);
    struct str view = buf_view(&out);
    assert_true(view.len < sizeof text);
    memcpy(text, view.ptr, view.len);
    view.ptr = text;
    arena_free(mem);
    return view;
}

static void a_reply_has_its_headers_and_says_its_length(void **state)
{
    (void)state;
    struct http_reply reply = {.status = 404, .body = STR("{}")};
    http_reply_header(&reply, STR("Content-Type"), STR("application/json"));
    http_reply_header(&reply, STR("X-Empty"), STR(""));
    CHECK_STR(written(&reply, (struct http_reply_form){.closes = false}),
              "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nX-Empty: \r\n"
              "Content-Length: 2\r\n\r\n");
    CHECK_STR(written(&reply, (struct http_reply_form){.date = STR("now"), .closes = true}),
              "HTTP/1.1 404 Not Found\r\nDate: now\r\nContent-Type: application/json\r\n"
              "X-Empty: \r\nConnection: close\r\nContent-Length: 2\r\n\r\n");
}

static void a_header_that_would_split_the_reply_is_left_out(void **state)
{
    (void)state;
    struct http_reply reply = {.status = 200};
    http_reply_header(&reply, STR("A"), STR("b\r\nSet-Cookie: c"));
    http_reply_header(&reply, STR("B\n"), STR("b"));
    http_reply_header(&reply, STR(""), STR("b"));
    http_reply_header(&reply, STR("Fine"), STR("a\tb"));
    CHECK_STR(written(&reply, (struct http_reply_form){.closes = false}),
              "HTTP/1.1 200 OK\r\nFine: a\tb\r\nContent-Length: 0\r\n\r\n");
}

static void a_status_that_is_none_is_a_fault_of_ours(void **state)
{
    (void)state;
    static const int statuses[] = {0, 100, 199, 600, -1};
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        struct http_reply reply = {.status = statuses[i]};
        assert_true(str_starts(written(&reply, (struct http_reply_form){.closes = false}),
                               STR("HTTP/1.1 500 Internal Server Error\r\n")));
    }
    struct http_reply reply = {.status = 299};
    assert_true(str_starts(written(&reply, (struct http_reply_form){.closes = false}),
                           STR("HTTP/1.1 299 Other\r\n")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reply_has_its_headers_and_says_its_length),
        cmocka_unit_test(a_header_that_would_split_the_reply_is_left_out),
        cmocka_unit_test(a_status_that_is_none_is_a_fault_of_ours),
    };
    return RUN_TESTS("http_reply", tests);
}
