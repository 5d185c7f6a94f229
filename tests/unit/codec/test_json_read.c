#include "codec/json_read.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/map.h"
#include "lib/check.h"

static struct arena *mem;

static enum status check(struct str text, struct why *why)
{
    struct json_read r;
    json_read_init(&r, text, mem);
    TRY(json_read_skip(&r, why));
    return json_read_finish(&r, why);
}

static void texts_of_the_grammar_are_accepted(void **state)
{
    (void)state;
    static const char *const good[] = {
        "null",
        " true\t\r\n",
        "false",
        "0",
        "-0",
        "-0.0e+00",
        "10.25E-3",
        "\"\"",
        "\"a\\u0000\\\"\\\\\\/\\b\\f\\n\\r\\t\\uD83D\\ude00\"",
        "\"\x7f\"",
        "\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"",
        "[]",
        "[ ]",
        "{}",
        "{ }",
        "[[],{},[{}]]",
        "{\"a\":{\"b\":[1,2,{\"c\":null}]},\"a\":1}",
        "123456789012345678901234567890.5e400",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct why why = {0};
        if (check(str_from(good[i]), &why) != STATUS_OK) {
            fail_msg("%s: %s", good[i], why.text);
        }
    }
}

struct bad {
    const char *text;
    size_t offset;
};

static void texts_outside_the_grammar_are_refused_at_the_byte(void **state)
{
    (void)state;
    static const struct bad bad[] = {
        {"", 0},
        {"  ", 2},
        {"\xef\xbb\xbf{}", 0},
        {"nul", 3},
        {"nulL", 3},
        {"truee", 4},
        {"True", 0},
        {"NaN", 0},
        {"+1", 0},
        {".5", 0},
        {"01", 1},
        {"-", 1},
        {"-a", 1},
        {"1.", 2},
        {"1.e5", 2},
        {"1e", 2},
        {"1e+", 3},
        {"1 2", 2},
        {"0x10", 1},
        {"\"", 1},
        {"\"abc", 4},
        {"\"a\nb\"", 2},
        {"\"\\", 1},
        {"\"\\x\"", 1},
        {"\"\\u12\"", 1},
        {"\"\\u12g4\"", 1},
        {"\"\\ud800\"", 1},
        {"\"\\ud800\\u0041\"", 1},
        {"\"\\ud800\\ud800\"", 1},
        {"\"\\udc00\"", 1},
        {"\"0123456789abcdef\x80\"", 17},
        {"\"\xc0\x80\"", 1},
        {"\"\xe0\x9f\xbf\"", 1},
        {"\"\xed\xa0\x80\"", 1},
        {"\"\xf4\x90\x80\x80\"", 1},
        {"\"\xf0\x9f\x98\"", 1},
        {"'a'", 0},
        {"[", 1},
        {"[1", 2},
        {"[1,", 3},
        {"[1,]", 3},
        {"[,1]", 1},
        {"[1 2]", 3},
        {"[1}", 2},
        {"[1]]", 3},
        {"{", 1},
        {"{]", 1},
        {"{1:2}", 1},
        {"{\"a\"}", 4},
        {"{\"a\" 1}", 5},
        {"{\"a\":}", 5},
        {"{\"a\":1", 6},
        {"{\"a\":1,}", 7},
        {"{\"a\":1 \"b\":2}", 7},
        {"{\"a\":1]", 6},
        {"{,}", 1},
        {"[1]//", 3},
        {"/**/1", 0},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct why why = {0};
        if (check(str_from(bad[i].text), &why) != STATUS_MALFORMED || why.offset != bad[i].offset ||
            why.text[0] == '\0') {
            fail_msg("%s: %s at %zu, want MALFORMED at %zu (%s)", bad[i].text,
                     status_name(why.code), why.offset, bad[i].offset, why.text);
        }
    }
}

static void every_prefix_of_a_text_is_refused(void **state)
{
    (void)state;
    struct str text = STR("{\"a\":[1.5e1,\"x\\u00e9\\ud83d\\ude00\xc3\xa9\",true,null,false,{}]}");
    CHECK_OK(check(text, NULL));
    for (size_t n = 0; n < text.len; n++) {
        /* A block of exactly n bytes, so that a sanitizer sees a look past its end. */
        char *block = test_malloc(n + 1);
        memcpy(block + 1, text.ptr, n);
        CHECK_STATUS(check((struct str){block + 1, n}, NULL), STATUS_MALFORMED);
        test_free(block);
    }
}

static void depth_has_a_bound(void **state)
{
    (void)state;
    char text[2 * LIMIT_JSON_DEPTH + 2];
    memset(text, '[', LIMIT_JSON_DEPTH);
    memset(text + LIMIT_JSON_DEPTH, ']', LIMIT_JSON_DEPTH);
    CHECK_OK(check((struct str){text, 2 * LIMIT_JSON_DEPTH}, NULL));
    struct why why;
    memset(text, '[', LIMIT_JSON_DEPTH + 1);
    memset(text + LIMIT_JSON_DEPTH + 1, ']', LIMIT_JSON_DEPTH + 1);
    CHECK_STATUS(check((struct str){text, sizeof text}, &why), STATUS_TOO_LARGE);
    assert_int_equal(why.offset, LIMIT_JSON_DEPTH);
}

static struct json_read reading(const char *text)
{
    struct json_read r;
    json_read_init(&r, str_from(text), mem);
    return r;
}

static void strings_without_escape_are_views_and_others_are_unescaped(void **state)
{
    (void)state;
    static const char text[] = "[\"plain text, longer than one step\",\"\\u20ac\\ud83d\\ude00\\n\\/"
                               "\\\\\\\"\\u00e9z\", \"\\u0000\"]";
    struct json_read r = reading(text);
    struct str s;
    CHECK_OK(json_read_array(&r, NULL));
    assert_true(json_read_more(&r));
    CHECK_OK(json_read_string(&r, &s, NULL));
    CHECK_STR(s, "plain text, longer than one step");
    assert_ptr_equal(s.ptr, text + 2);
    assert_true(json_read_more(&r));
    CHECK_OK(json_read_string(&r, &s, NULL));
    CHECK_STR(s, "\xe2\x82\xac\xf0\x9f\x98\x80\n/\\\"\xc3\xa9z");
    assert_true(json_read_more(&r));
    CHECK_OK(json_read_string(&r, &s, NULL));
    assert_int_equal(s.len, 1);
    assert_int_equal(s.ptr[0], 0);
    assert_false(json_read_more(&r));
    CHECK_OK(json_read_finish(&r, NULL));
}

static void members_come_in_order_with_their_values(void **state)
{
    (void)state;
    struct json_read r = reading(" { \"a\" : 1 , \"b\" : [ true , null ] , \"c\" : { } } ");
    struct str key;
    int64_t n;
    bool b = false;
    CHECK_OK(json_read_object(&r, NULL));
    assert_true(json_read_more(&r));
    CHECK_OK(json_read_key(&r, &key, NULL));
    CHECK_STR(key, "a");
    CHECK_OK(json_read_int64(&r, &n, NULL));
    assert_int_equal(n, 1);
    assert_true(json_read_more(&r));
    CHECK_OK(json_read_key(&r, &key, NULL));
    assert_int_equal(json_read_type(&r), JSON_ARRAY);
    CHECK_OK(json_read_array(&r, NULL));
    assert_true(json_read_more(&r));
    CHECK_OK(json_read_bool(&r, &b, NULL));
    assert_true(b);
    assert_true(json_read_more(&r));
    CHECK_OK(json_read_null(&r, NULL));
    assert_false(json_read_more(&r));
    assert_true(json_read_more(&r));
    struct str raw;
    CHECK_OK(json_read_key(&r, &key, NULL));
    CHECK_OK(json_read_raw(&r, &raw, NULL));
    CHECK_STR(raw, "{ }");
    assert_false(json_read_more(&r));
    CHECK_OK(json_read_finish(&r, NULL));
}

static void what_only_begins_like_a_word_is_not_called_one(void **state)
{
    (void)state;
    struct why why;
    struct json_read r = reading("notjson");
    CHECK_STATUS(json_read_object(&r, &why), STATUS_MALFORMED);
    CHECK_STR(str_from(why.text), "byte 0 is 'n', where an object is due");
    r = reading("null");
    CHECK_STATUS(json_read_object(&r, &why), STATUS_INVALID);
    CHECK_STR(str_from(why.text), "byte 0 begins null, where an object is due");
}

static void another_type_is_invalid_and_named(void **state)
{
    (void)state;
    struct json_read r = reading(" 12");
    struct str s = STR("kept");
    struct why why;
    CHECK_STATUS(json_read_string(&r, &s, &why), STATUS_INVALID);
    CHECK_STR(str_from(why.text), "byte 1 begins a number, where a string is due");
    CHECK_STR(s, "kept");
    CHECK_STATUS(json_read_object(&r, NULL), STATUS_INVALID);
    CHECK_STATUS(json_read_null(&r, NULL), STATUS_INVALID);
    bool b;
    CHECK_STATUS(json_read_bool(&r, &b, NULL), STATUS_INVALID);
    r = reading("\"x\"");
    int64_t n;
    CHECK_STATUS(json_read_int64(&r, &n, NULL), STATUS_INVALID);
    r = reading("?");
    CHECK_STATUS(json_read_int64(&r, &n, &why), STATUS_MALFORMED);
    CHECK_STR(str_from(why.text), "byte 0 is '?', where a number is due");
}

static void short_and_long_numbers_are_read_alike(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "0",
        "-0",
        "7",
        "-12",
        "999999999999999999",
        "-999999999999999999",
        "1000000000000000000",
        "9223372036854775807",
        "-9223372036854775808",
        "12e3",
        "1.5e1",
        "15.0",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char text[96];
        int64_t n = 1;
        int64_t want_n = 2;
        double d = 1;
        double want_d = strtod(texts[i], NULL);
        snprintf(text, sizeof text, "[ %s, %s ,%s]", texts[i], texts[i], texts[i]);
        struct json_read r = reading(text);
        CHECK_OK(json_read_array(&r, NULL));
        assert_true(json_read_more(&r));
        CHECK_OK(json_read_int64(&r, &n, NULL));
        CHECK_OK(json_number_int64(str_from(texts[i]), &want_n, NULL));
        assert_true(n == want_n);
        assert_true(json_read_more(&r));
        CHECK_OK(json_read_double(&r, &d, NULL));
        assert_memory_equal(&d, &want_d, sizeof d);
        assert_true(json_read_more(&r));
        struct str same;
        CHECK_OK(json_read_number(&r, &same, NULL));
        CHECK_STR(same, texts[i]);
        assert_false(json_read_more(&r));
        CHECK_OK(json_read_finish(&r, NULL));
    }
}

static void a_member_may_be_refused_the_second_time(void **state)
{
    (void)state;
    uint64_t seen = 0;
    struct why why;
    struct json_read r = reading("{\"a\":1,\"b\":2,\"a\":3}");
    CHECK_OK(json_read_once(&r, &seen, 63, STR("a"), NULL));
    CHECK_OK(json_read_once(&r, &seen, 0, STR("b"), NULL));
    CHECK_STATUS(json_read_once(&r, &seen, 63, STR("a"), &why), STATUS_MALFORMED);

    struct map keys;
    struct str key;
    map_init(&keys, mem, 8);
    CHECK_OK(json_read_object(&r, NULL));
    for (int i = 0; i < 2; i++) {
        assert_true(json_read_more(&r));
        CHECK_OK(json_read_key_new(&r, &keys, &key, NULL));
        CHECK_OK(json_read_skip(&r, NULL));
    }
    assert_true(json_read_more(&r));
    CHECK_STATUS(json_read_key_new(&r, &keys, &key, &why), STATUS_MALFORMED);
    assert_non_null(strstr(why.text, "\"a\" occurs twice"));
}

static void a_reader_may_not_finish_inside_a_container(void **state)
{
    (void)state;
    struct json_read r = reading("[");
    CHECK_OK(json_read_array(&r, NULL));
    CHECK_STATUS(json_read_finish(&r, NULL), STATUS_MALFORMED);
    r = reading("[1 ");
    CHECK_OK(json_read_array(&r, NULL));
    assert_true(json_read_more(&r));
    CHECK_OK(json_read_skip(&r, NULL));
    assert_true(json_read_more(&r));
    CHECK_STATUS(json_read_finish(&r, NULL), STATUS_MALFORMED);
}

static void no_memory_for_an_escape_is_said(void **state)
{
    (void)state;
    struct arena *small = arena_new(2);
    struct json_read r;
    struct str s;
    json_read_init(&r, STR("\"\\n\\n\\n\""), small);
    CHECK_STATUS(json_read_string(&r, &s, NULL), STATUS_NO_MEMORY);
    arena_free(small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_of_the_grammar_are_accepted),
        cmocka_unit_test(texts_outside_the_grammar_are_refused_at_the_byte),
        cmocka_unit_test(every_prefix_of_a_text_is_refused),
        cmocka_unit_test(depth_has_a_bound),
        cmocka_unit_test(strings_without_escape_are_views_and_others_are_unescaped),
        cmocka_unit_test(members_come_in_order_with_their_values),
        cmocka_unit_test(another_type_is_invalid_and_named),
        cmocka_unit_test(what_only_begins_like_a_word_is_not_called_one),
        cmocka_unit_test(short_and_long_numbers_are_read_alike),
        cmocka_unit_test(a_member_may_be_refused_the_second_time),
        cmocka_unit_test(a_reader_may_not_finish_inside_a_container),
        cmocka_unit_test(no_memory_for_an_escape_is_said),
    };
    mem = arena_new(1 << 20);
    int failed = RUN_TESTS("json_read", tests);
    arena_free(mem);
    return failed;
}
