#include "lib/check.h"
#include "lib/fault.h"

static void views_compare_by_their_bytes(void **state)
{
    (void)state;
    static const struct {
        struct str a, b;
        int order;
    } rows[] = {
        {STR_INIT("a"), STR_INIT("b"), -1},   {STR_INIT("a"), STR_INIT("a"), 0},
        {STR_INIT("a"), STR_INIT("ab"), -1},  {STR_INIT(""), STR_INIT("a"), -1},
        {STR_INIT(""), STR_INIT(""), 0},      {STR_INIT("\xff"), STR_INIT("a"), 1},
        {STR_INIT("a\0b"), STR_INIT("a"), 1}, {STR_INIT("a\0b"), STR_INIT("a\0c"), -1},
        {{NULL, 0}, STR_INIT(""), 0},         {{NULL, 0}, {NULL, 0}, 0},
        {{NULL, 0}, STR_INIT("a"), -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int order = str_cmp(rows[i].a, rows[i].b);
        int back = str_cmp(rows[i].b, rows[i].a);
        assert_int_equal((order > 0) - (order < 0), rows[i].order);
        assert_int_equal((back > 0) - (back < 0), -rows[i].order);
        assert_int_equal(str_eq(rows[i].a, rows[i].b), rows[i].order == 0);
    }
}

static void case_is_ignored_for_ascii_letters_only(void **state)
{
    (void)state;
    assert_true(str_eq_nocase(STR("Content-Type"), STR("content-tYPE")));
    assert_true(str_eq_nocase(STR(""), STR_ABSENT));
    assert_false(str_eq_nocase(STR("a"), STR("ab")));
    assert_false(str_eq_nocase(STR("["), STR("{"))); /* differ by the letters' bit */
    assert_false(str_eq_nocase(STR("@"), STR("`")));
    assert_false(str_eq_nocase(STR("\xc3\x84"), STR("\xc3\xa4"))); /* umlauts */
}

static void starts_and_ends(void **state)
{
    (void)state;
    assert_true(str_starts(STR("iot:Publish"), STR("iot:")));
    assert_true(str_starts(STR("x"), STR("")));
    assert_true(str_starts(STR_ABSENT, STR("")));
    assert_false(str_starts(STR("io"), STR("iot")));
    assert_true(str_ends(STR("a.crl"), STR(".crl")));
    assert_false(str_ends(STR("crl"), STR(".crl")));
    assert_false(str_ends(STR("a.crl"), STR(".cr")));
}

static void secrets_are_equal_only_when_every_byte_is(void **state)
{
    (void)state;
    uint8_t a[64], b[64];
    memset(a, 0x55, sizeof a);
    memcpy(b, a, sizeof b);
    assert_true(bytes_eq_secret((struct bytes){a, 64}, (struct bytes){b, 64}));
    assert_false(bytes_eq_secret((struct bytes){a, 64}, (struct bytes){b, 63}));
    assert_true(bytes_eq_secret((struct bytes){NULL, 0}, (struct bytes){b, 0}));
    for (size_t bit = 0; bit < 64 * 8; bit++) {
        b[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(bytes_eq_secret((struct bytes){a, 64}, (struct bytes){b, 64}));
        b[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void a_character_is_found_from_a_place_on(void **state)
{
    (void)state;
    struct str s = STR("a/b/c");
    assert_int_equal(str_find_char(s, '/', 0), 1);
    assert_int_equal(str_find_char(s, '/', 1), 1);
    assert_int_equal(str_find_char(s, '/', 2), 3);
    assert_int_equal(str_find_char(s, '/', 4), 5);
    assert_int_equal(str_find_char(s, '/', 99), 5);
    assert_int_equal(str_find_char(STR_ABSENT, '/', 0), 0);
}

static void slices_are_clipped(void **state)
{
    (void)state;
    struct str s = STR("abcdef");
    CHECK_STR(str_slice(s, 1, 3), "bc");
    CHECK_STR(str_slice(s, 0, 99), "abcdef");
    CHECK_STR(str_slice(s, 4, 2), "");
    CHECK_STR(str_slice(s, 99, 100), "");
    assert_ptr_equal(str_slice(s, 6, 6).ptr, s.ptr + 6);
    assert_true(str_absent(str_slice(STR_ABSENT, 0, 5)));
}

static void next_splits_and_ends(void **state)
{
    (void)state;
    struct str rest = STR("a//b");
    struct str part;
    assert_true(str_next(&rest, '/', &part));
    CHECK_STR(part, "a");
    assert_true(str_next(&rest, '/', &part));
    CHECK_STR(part, "");
    assert_true(str_next(&rest, '/', &part));
    CHECK_STR(part, "b");
    assert_false(str_next(&rest, '/', &part));
    rest = STR("");
    assert_true(str_next(&rest, '/', &part));
    CHECK_STR(part, "");
    assert_false(str_next(&rest, '/', &part));
    rest = STR("a/");
    assert_true(str_next(&rest, '/', &part));
    assert_true(str_next(&rest, '/', &part));
    CHECK_STR(part, "");
    assert_false(str_next(&rest, '/', &part));
}

static void copies_live_in_the_arena(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(10000);
    char text[] = "thing";
    struct str copy, absent = STR("x");
    struct bytes bytes;
    CHECK_OK(str_dup(mem, str_from(text), &copy, NULL));
    CHECK_OK(bytes_dup(mem, (struct bytes){(uint8_t *)text, 5}, &bytes, NULL));
    char *z = str_z(mem, (struct str){text, 3});
    memset(text, '#', 5);
    CHECK_STR(copy, "thing");
    assert_int_equal(bytes.len, 5);
    assert_memory_equal(bytes.ptr, "thing", 5);
    assert_string_equal(z, "thi");
    CHECK_OK(str_dup(mem, STR_ABSENT, &absent, NULL));
    assert_true(str_absent(absent));
    CHECK_OK(str_dup(mem, STR(""), &copy, NULL));
    assert_false(str_absent(copy));
    assert_string_equal(str_z(mem, STR_ABSENT), "");
}

static void a_copy_without_memory_says_so_and_leaves_the_result(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(10000);
    struct str s = STR("before");
    struct why why;
    fault_start(0);
    CHECK_STATUS(str_dup(mem, STR("x"), &s, &why), STATUS_NO_MEMORY);
    assert_true(fault_stop());
    assert_int_equal(why.code, STATUS_NO_MEMORY);
    fault_start(0);
    CHECK_STATUS(str_fmt(mem, &s, NULL, "%d", 1), STATUS_NO_MEMORY);
    assert_true(fault_stop());
    fault_start(0);
    assert_null(str_z(mem, STR("x")));
    assert_true(fault_stop());
    CHECK_STR(s, "before");
}

static void formatted_text_has_its_length(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(100000);
    struct str s;
    CHECK_OK(str_fmt(mem, &s, NULL, "%.*s-%03d", STR_ARG(STR("abc")), 7));
    CHECK_STR(s, "abc-007");
    CHECK_OK(str_fmt(mem, &s, NULL, "[%.*s]", STR_ARG(STR_ABSENT)));
    CHECK_STR(s, "[]");
    CHECK_OK(str_fmt(mem, &s, NULL, "%*d", 5000, 1));
    assert_int_equal(s.len, 5000);
}

static void numbers_are_read_whole_or_not_at_all(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {
        {"0", 0},
        {"-0", 0},
        {"7", 7},
        {"007", 7},
        {"-42", -42},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
    };
    int64_t value = 99;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        CHECK_OK(str_to_int64(str_from(good[i].text), &value));
        assert_true(value == good[i].value);
    }
    const char *bad[] = {
        "",
        "-",
        "+1",
        " 1",
        "1 ",
        "9223372036854775808",
        "-9223372036854775809",
        "0x1",
        "1-",
        "1.0",
        "1e3",
        "--1",
        "99999999999999999999999999999999999999",
        "\xd9\xa1",
    };
    value = 99;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_STATUS(str_to_int64(str_from(bad[i]), &value), STATUS_INVALID);
    }
    CHECK_STATUS(str_to_int64(STR_ABSENT, &value), STATUS_INVALID);
    CHECK_STATUS(str_to_int64(STR("1\0"), &value), STATUS_INVALID);
    assert_true(value == 99);
}

static void the_hash_is_fnv_1a(void **state)
{
    (void)state;
    assert_true(str_hash(STR("")) == 0xcbf29ce484222325u);
    assert_true(str_hash(STR("a")) == 0xaf63dc4c8601ec8cu);
    assert_true(str_hash(STR("foobar")) == 0x85944171f73967e8u);
}

/* RFC 3629, section 4, from both sides of every border. */
static void utf8_is_told_from_what_is_not(void **state)
{
    (void)state;
    static const struct str good[] = {
        STR_INIT(""),
        STR_INIT("ascii\x7f"),
        STR_INIT("\0"),
        STR_INIT("\xc2\x80"),
        STR_INIT("\xdf\xbf"),
        STR_INIT("\xe0\xa0\x80"),
        STR_INIT("\xed\x9f\xbf"),
        STR_INIT("\xee\x80\x80"),
        STR_INIT("\xef\xbf\xbf"),
        STR_INIT("\xf0\x90\x80\x80"),
        STR_INIT("\xf4\x8f\xbf\xbf"),
        STR_INIT("a\xc3\xa9z\xe2\x82\xac\xf0\x9f\x9a\x80"),
    };
    static const struct str bad[] = {
        STR_INIT("\x80"),             /* a continuation alone */
        STR_INIT("\xc0\x80"),         /* overlong NUL */
        STR_INIT("\xc1\xbf"),         /* overlong */
        STR_INIT("\xe0\x9f\xbf"),     /* overlong */
        STR_INIT("\xf0\x8f\xbf\xbf"), /* overlong */
        STR_INIT("\xed\xa0\x80"),     /* surrogate */
        STR_INIT("\xed\xbf\xbf"),     /* surrogate */
        STR_INIT("\xf4\x90\x80\x80"), /* above U+10FFFF */
        STR_INIT("\xf5\x80\x80\x80"),
        STR_INIT("\xff"),
        STR_INIT("\xfe"),
        STR_INIT("\xc2"),         /* cut */
        STR_INIT("\xe2\x82"),     /* cut */
        STR_INIT("\xf0\x9f\x9a"), /* cut */
        STR_INIT("\xc2z"),
        STR_INIT("\xe2\x82z"),
        STR_INIT("\xf0\x9f\x9az"),
        STR_INIT("good then \xff"),
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(str_is_utf8(good[i]));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(str_is_utf8(bad[i]));
    }
    assert_true(str_is_utf8(STR_ABSENT));
    assert_int_equal(str_utf8_length(good[11]), 5);
    assert_int_equal(str_utf8_length(STR("")), 0);
}

/* The UTF-8 form of a code point, written independently of the reader's table. */
static struct str utf8_of(uint32_t point, char out[4])
{
    if (point < 0x80) {
        out[0] = (char)point;
        return (struct str){out, 1};
    }
    size_t len = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (point & 0x3f));
        point >>= 6;
    }
    out[0] = (char)((0xf00 >> len) | point);
    return (struct str){out, len};
}

static void every_code_point_but_the_surrogates_is_read(void **state)
{
    (void)state;
    for (uint32_t point = 0; point < 0x110100; point++) {
        char out[4];
        struct str s = utf8_of(point, out);
        bool exists = point < 0x110000 && (point < 0xd800 || point > 0xdfff);
        if (str_utf8_sequence(s) != (exists ? s.len : 0)) {
            fail_msg("U+%04X", point);
        }
    }
    assert_int_equal(str_utf8_sequence(STR("")), 0);
    assert_int_equal(str_utf8_sequence(STR("\xc3\xa9tude")), 2);
}

static void blanks_at_either_end_are_trimmed(void **state)
{
    (void)state;
    CHECK_STR(str_trim(STR(" \t a b\r ")), "a b");
    CHECK_STR(str_trim(STR(" \t\r")), "");
    CHECK_STR(str_trim(STR("")), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blanks_at_either_end_are_trimmed),
        cmocka_unit_test(views_compare_by_their_bytes),
        cmocka_unit_test(case_is_ignored_for_ascii_letters_only),
        cmocka_unit_test(starts_and_ends),
        cmocka_unit_test(secrets_are_equal_only_when_every_byte_is),
        cmocka_unit_test(a_character_is_found_from_a_place_on),
        cmocka_unit_test(slices_are_clipped),
        cmocka_unit_test(next_splits_and_ends),
        cmocka_unit_test(copies_live_in_the_arena),
        cmocka_unit_test(a_copy_without_memory_says_so_and_leaves_the_result),
        cmocka_unit_test(formatted_text_has_its_length),
        cmocka_unit_test(numbers_are_read_whole_or_not_at_all),
        cmocka_unit_test(the_hash_is_fnv_1a),
        cmocka_unit_test(utf8_is_told_from_what_is_not),
        cmocka_unit_test(every_code_point_but_the_surrogates_is_read),
    };
    return RUN_TESTS("str", tests);
}
