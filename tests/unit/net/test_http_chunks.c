#include "net/http_chunks.h"

#include "lib/check.h"

enum { FRAMING_MAX = 64 };

static struct arena *mem;

/* The body, given in pieces of step bytes; absent when it is bad, "..." behind it when more must
 * come, and *ret_rest what is behind its end. */
static struct str read_in(const char *text, size_t step, struct str *ret_rest)
{
    struct http_chunks chunks;
    char *body = arena_alloc(mem, strlen(text) + 4);
    size_t n = 0;
    struct str all = str_from(text);
    http_chunks_init(&chunks, FRAMING_MAX);
    for (size_t at = 0; at < all.len;) {
        struct str rest = str_slice(all, at, at + step);
        struct str data;
        enum http_chunks_said said;
        size_t given = rest.len;
        while ((said = http_chunks_read(&chunks, &rest, &data)) == HTTP_CHUNKS_DATA) {
            assert_true(data.len > 0);
            memcpy(body + n, data.ptr, data.len);
            n += data.len;
        }
        at += given - rest.len;
        if (said == HTTP_CHUNKS_BAD) {
            return STR_ABSENT;
        }
        if (said == HTTP_CHUNKS_END) {
            *ret_rest = str_slice(all, at, all.len);
            return (struct str){body, n};
        }
    }
    memcpy(body + n, "...", 3);
    return (struct str){body, n + 3};
}

static void a_body_is_the_same_in_pieces_of_any_size(void **state)
{
    (void)state;
    static const char text[] = "3\r\nabc\r\n0A;name=\"v\"\r\n0123456789\r\n1 ; x\r\n\n\r\n"
                               "0\r\nTrailer: x\r\nAnother: y\r\n\r\nGET / next";
    for (size_t step = 1; step <= sizeof text; step++) {
        struct str rest = STR("");
        CHECK_STR(read_in(text, step, &rest), "abc0123456789\n");
        CHECK_STR(rest, "GET / next");
    }
}

static void an_empty_body_and_one_cut_short(void **state)
{
    (void)state;
    struct str rest = STR("x");
    CHECK_STR(read_in("0\r\n\r\n", 99, &rest), "");
    CHECK_STR(rest, "");
    CHECK_STR(read_in("000\r\n\r\n", 99, &rest), "");
    CHECK_STR(read_in("5\r\nab", 99, &rest), "ab...");
    CHECK_STR(read_in("2\r\nab\r\n0\r\n", 99, &rest), "ab...");
}

static void what_is_not_framed_in_chunks_is_bad(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "zz\r\n",
        "\r\n",
        ";x\r\n",
        "-1\r\nx\r\n",
        "0x1\r\nx\r\n",
        "1\nx\r\n",
        "1\r\r\n",
        "1\r\nxy\r\n",
        "1\r\nx\n",
        "1\r\nx\rz",
        "1;\x01\r\n",
        "FFFFFFFFFFFFFFFF\r\n", /* wraps around in 64 bits with one digit more */
        "0000000000000000\r\n",
        "0\r\n\n",
        "0\r\nA: b\rc",
        "0\r\nA: \x01\r\n\r\n",
        /* framing without end */
        "1;"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\nx\r\n",
        "0\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\nA: "
        "b\r\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        for (size_t step = 1; step < 100; step += 98) {
            struct str rest;
            if (!str_absent(read_in(texts[i], step, &rest))) {
                fail_msg("%s", texts[i]);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_is_the_same_in_pieces_of_any_size),
        cmocka_unit_test(an_empty_body_and_one_cut_short),
        cmocka_unit_test(what_is_not_framed_in_chunks_is_bad),
    };
    mem = arena_new(1 << 20);
    int failed = RUN_TESTS("http_chunks", tests);
    arena_free(mem);
    return failed;
}
