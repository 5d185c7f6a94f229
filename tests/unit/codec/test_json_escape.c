#include "codec/json_escape.h"

#include "lib/check.h"

static size_t length_of(const char *text)
{
    return json_escape_length(text, text + strlen(text));
}

static void escapes_have_their_lengths_and_others_none(void **state)
{
    (void)state;
    static const char simple[] = "\"\\/bfnrt";
    char text[3] = "\\";
    for (int c = 0; c < 256; c++) {
        text[1] = (char)c;
        size_t want = c != 0 && strchr(simple, c) != NULL ? 2 : 0;
        assert_int_equal(json_escape_length(text, text + 2), want);
    }
    static const struct {
        const char *text;
        size_t length;
    } rows[] = {
        {"\\u0000", 6},
        {"\\uABcd1", 6},
        {"\\ud7ff", 6},
        {"\\ue000", 6},
        {"\\ud800\\udc00", 12},
        {"\\udbff\\udfff", 12},
        {"\\ud800", 0},
        {"\\ud800x", 0},
        {"\\ud800\\udbff", 0},
        {"\\ud800\\ue000", 0},
        {"\\udc00\\ud800", 0},
        {"\\ud800\\udc0", 0},
        {"\\u000", 0},
        {"\\u00g0", 0},
        {"\\U0000", 0},
        {"\\", 0},
        {"\\u", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (length_of(rows[i].text) != rows[i].length) {
            fail_msg("%s: %zu", rows[i].text, length_of(rows[i].text));
        }
    }
}

static void checked_strings_are_written_anew(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(4096);
    struct str text;
    CHECK_OK(json_unescape(
        mem, STR("\\u20ac\\ud83d\\ude00\\n\\/\\\\\\\"\\u00e9\\u007az\\b\\f\\r\\t"), &text, NULL));
    CHECK_STR(text, "\xe2\x82\xac\xf0\x9f\x98\x80\n/\\\"\xc3\xa9zz\b\f\r\t");
    CHECK_OK(json_unescape(mem, STR("a\\u0000b"), &text, NULL));
    assert_int_equal(text.len, 3);
    assert_memory_equal(text.ptr, "a\0b", 3);
    CHECK_OK(json_unescape(mem, STR("plain"), &text, NULL));
    CHECK_STR(text, "plain");
    CHECK_STATUS(json_unescape(NULL, STR("plain"), &text, NULL), STATUS_NO_MEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_have_their_lengths_and_others_none),
        cmocka_unit_test(checked_strings_are_written_anew),
    };
    return RUN_TESTS("json_escape", tests);
}
