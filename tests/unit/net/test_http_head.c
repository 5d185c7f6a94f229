#include "net/http_head.h"

#include "lib/check.h"

static struct arena *mem;

/* The name of a refusal's row, for messages and tables. */
static const char *name_of(const struct http_refusal *refusal)
{
#define NAME_ROW(name, status, exception, message)                                                 \
    if (refusal == &http_refused_##name) {                                                         \
        return #name;                                                                              \
    }
    HTTP_REFUSALS(NAME_ROW)
#undef NAME_ROW
    return refusal == NULL ? "fine" : "none of the rows";
}

static const char *read_as(const char *text, struct http_request *request,
                           struct http_framing *framing)
{
    *request = (struct http_request){.n_headers = 0};
    return name_of(http_head_read(mem, str_from(text), request, framing));
}

static void a_head_is_read_as_it_was_sent(void **state)
{
    (void)state;
    struct http_request request;
    struct http_framing framing;
    assert_string_equal(read_as("POST /a%2Fb//c?x=%26&y?z HTTP/1.1\r\nHost: h\r\n"
                                "X-Empty:\r\nx-pad: \t a b \t\r\nContent-Length: 12\r\n\r\n",
                                &request, &framing),
                        "fine");
    CHECK_STR(request.method, "POST");
    CHECK_STR(request.path, "/a%2Fb//c");
    CHECK_STR(request.query, "x=%26&y?z");
    assert_int_equal(request.n_headers, 4);
    CHECK_STR(http_header_get(&request, STR("X-EMPTY")), "");
    CHECK_STR(http_header_get(&request, STR("X-Pad")), "a b");
    assert_int_equal(framing.length, 12);
    assert_true(framing.keep_alive);
    assert_false(framing.chunked || framing.waits);
    assert_string_equal(read_as("GET /? HTTP/1.1\r\nHost:h\r\n\r\n", &request, &framing), "fine");
    assert_false(str_absent(request.query));
    assert_string_equal(read_as("GET / HTTP/1.1\r\nHost:\r\n\r\n", &request, &framing), "fine");
    assert_true(str_absent(request.query));
}

static void connections_and_bodies_are_as_the_head_says(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        bool keep_alive, chunked, waits;
    } rows[] = {
        {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", false, false, false},
        {"GET / HTTP/1.1\r\nHost: h\r\nConnection: TE, Close\r\n\r\n", false, false, false},
        {"GET / HTTP/1.1\r\nHost: h\r\nConnection: closed\r\n\r\n", true, false, false},
        {"GET / HTTP/1.0\r\n\r\n", false, false, false},
        {"GET / HTTP/1.7\r\nHost: h\r\n\r\n", true, false, false},
        {"PUT / HTTP/1.1\r\nHost: h\r\ntransfer-encoding: Chunked\r\n\r\n", true, true, false},
        {"PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\n\r\n", true, false, true},
        {"PUT / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n", false, false, false},
    };
    struct http_request request;
    struct http_framing framing;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(read_as(rows[i].head, &request, &framing), "fine");
        if (framing.keep_alive != rows[i].keep_alive || framing.chunked != rows[i].chunked ||
            framing.waits != rows[i].waits) {
            fail_msg("%s", rows[i].head);
        }
    }
}

#define HOST "Host: h\r\n"

static void what_is_no_request_is_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *refusal;
        const char *head;
    } rows[] = {
        {"line", "GET\r\n\r\n"},
        {"line", "GET /\r\n\r\n"},
        {"line", "GET  / HTTP/1.1\r\n" HOST "\r\n"},
        {"line", "GET / HTTP/1.1 \r\n" HOST "\r\n"},
        {"line", "GET / x HTTP/1.1\r\n" HOST "\r\n"},
        {"line", " GET / HTTP/1.1\r\n" HOST "\r\n"},
        {"line", "G@T / HTTP/1.1\r\n" HOST "\r\n"},
        {"line", "GET / http/1.1\r\n" HOST "\r\n"},
        {"line", "GET / HTTP/1.1\n" HOST "\r\n"},
        {"line", "GET / HTTP/11\r\n" HOST "\r\n"},
        {"version", "GET / HTTP/2.0\r\n" HOST "\r\n"},
        {"version", "GET / HTTP/0.9\r\n" HOST "\r\n"},
        {"target", "GET * HTTP/1.1\r\n" HOST "\r\n"},
        {"target", "GET http://h/ HTTP/1.1\r\n" HOST "\r\n"},
        {"target_text", "GET /\xc3\xa4 HTTP/1.1\r\n" HOST "\r\n"},
        {"target_text", "GET /a\tb HTTP/1.1\r\n" HOST "\r\n"},
        {"header", "GET / HTTP/1.1\r\n" HOST "no colon\r\n\r\n"},
        {"header", "GET / HTTP/1.1\r\n" HOST ": nameless\r\n\r\n"},
        {"header", "GET / HTTP/1.1\r\n" HOST "Space : x\r\n\r\n"},
        {"header", "GET / HTTP/1.1\r\n" HOST "A: b\r\n folded\r\n\r\n"},
        {"header", "GET / HTTP/1.1\r\n Host: h\r\n\r\n"},
        {"header", "GET / HTTP/1.1\r\n" HOST "A: b\rc\r\n\r\n"},
        {"header", "GET / HTTP/1.1\r\n" HOST "A: \x01\r\n\r\n"},
        {"header", "GET / HTTP/1.1\r\n" HOST "A: b\n\r\n"},
        {"header", "GET / HTTP/1.1\r\n" HOST "A: b\r\n\n"},
        {"host", "GET / HTTP/1.1\r\n\r\n"},
        {"host", "GET / HTTP/1.1\r\n" HOST "host: h\r\n\r\n"},
        {"framing", "PUT / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n"},
        {"framing",
         "PUT / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"},
        {"framing", "PUT / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"},
        {"coding", "PUT / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n"},
        {"coding", "PUT / HTTP/1.1\r\n" HOST "Transfer-Encoding: identity\r\n\r\n"},
        {"length", "PUT / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n"},
        {"length", "PUT / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n"},
        {"length", "PUT / HTTP/1.1\r\n" HOST "Content-Length: +1\r\n\r\n"},
        {"length", "PUT / HTTP/1.1\r\n" HOST "Content-Length: 1, 1\r\n\r\n"},
        {"length", "PUT / HTTP/1.1\r\n" HOST "Content-Length: 0x10\r\n\r\n"},
        {"length", "PUT / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999\r\n\r\n"},
        {"expectation", "PUT / HTTP/1.1\r\n" HOST "Expect: miracles\r\n\r\n"},
    };
    struct http_request request;
    struct http_framing framing;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *got = read_as(rows[i].head, &request, &framing);
        if (strcmp(got, rows[i].refusal) != 0) {
            fail_msg("%s, not %s: %s", got, rows[i].refusal, rows[i].head);
        }
    }
}

/* However the bytes are cut, the end is the same. */
static void the_end_is_found_in_pieces_of_any_size(void **state)
{
    (void)state;
    static const char text[] =
        "GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\nGET /next HTTP/1.1\r\n\r\n";
    const size_t want = 33;
    for (size_t step = 1; step <= sizeof text; step++) {
        struct http_head_search search = {.looked = 0};
        enum http_head_said said = HTTP_HEAD_MORE;
        size_t len = 0;
        size_t n = 0;
        while (said == HTTP_HEAD_MORE && n < sizeof text - 1) {
            n = n + step < sizeof text - 1 ? n + step : sizeof text - 1;
            said = http_head_find(&search, (struct str){text, n}, &len);
            assert_true(said == HTTP_HEAD_WHOLE || n < want);
        }
        assert_int_equal(said, HTTP_HEAD_WHOLE);
        assert_int_equal(len, want);
    }
}

static void a_first_line_that_is_no_text_is_hopeless_at_once(void **state)
{
    (void)state;
    static const char *const texts[] = {"\x16\x03\x01\x02", "GE\x01", "\x80", "GET /\t"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct http_head_search search = {.looked = 0};
        size_t n = 0;
        assert_int_equal(http_head_find(&search, str_from(texts[i]), &n), HTTP_HEAD_HOPELESS);
    }
    struct http_head_search search = {.looked = 0};
    size_t n = 0;
    assert_int_equal(http_head_find(&search, STR("GET / HTTP/1.1\r\nA: \x01"), &n), HTTP_HEAD_MORE);
    assert_true(search.line_whole);
}

static void no_memory_is_said(void **state)
{
    (void)state;
    struct http_request request = {.n_headers = 0};
    struct http_framing framing;
    struct arena *small = arena_new(16);
    assert_string_equal(name_of(http_head_read(small, STR("GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
                                               &request, &framing)),
                        "memory");
    arena_free(small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_is_read_as_it_was_sent),
        cmocka_unit_test(connections_and_bodies_are_as_the_head_says),
        cmocka_unit_test(what_is_no_request_is_refused_by_name),
        cmocka_unit_test(the_end_is_found_in_pieces_of_any_size),
        cmocka_unit_test(a_first_line_that_is_no_text_is_hopeless_at_once),
        cmocka_unit_test(no_memory_is_said),
    };
    mem = arena_new(1 << 20);
    int failed = RUN_TESTS("http_head", tests);
    arena_free(mem);
    return failed;
}
