#include "codec/json_number.h"

#include <stdlib.h>

#include "lib/check.h"

static void whole_numbers_are_exact_or_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {
        {"0", 0},           {"-0", 0},
        {"1.0", 1},         {"1e2", 100},
        {"12300e-2", 123},  {"9223372036854775807", INT64_MAX},
        {"0e999999999", 0}, {"-9223372036854775808", INT64_MIN},
        {"0.5e1", 5},       {"1.000000000000000000000000000000", 1},
    };
    int64_t value = 7;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        CHECK_OK(json_number_int64(str_from(good[i].text), &value, NULL));
        assert_true(value == good[i].value);
    }
    static const char *const bad[] = {
        "1.5",
        "1e-1",
        "1e19",
        "9223372036854775808",
        "1e99999999999999999999999",
        "-9223372036854775809",
        "1.000000000000000000000000001",
        "92233720368547758070",
    };
    value = 7;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_STATUS(json_number_int64(str_from(bad[i]), &value, NULL), STATUS_INVALID);
    }
    assert_true(value == 7);
}

static void doubles_are_the_nearest(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "0.1",
        "-0.0",
        "1e22",
        "1e23",
        "123456789012345678901234567890",
        "4.9e-324",
        "2.2250738585072011e-308",
        "1.7976931348623157e308",
        "9007199254740993",
        "1e-400",
        "0.000000000000000000000000000000000000123456789012345678901234",
    };
    double value;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        CHECK_OK(json_number_double(str_from(texts[i]), &value, NULL));
        double want = strtod(texts[i], NULL);
        if (memcmp(&value, &want, sizeof value) != 0) {
            fail_msg("%s: %a, want %a", texts[i], value, want);
        }
    }
    CHECK_STATUS(json_number_double(STR("1e309"), &value, NULL), STATUS_INVALID);
    CHECK_STATUS(json_number_double(STR("-1e999999999999"), &value, NULL), STATUS_INVALID);
    CHECK_STATUS(json_number_double(STR("1x"), &value, NULL), STATUS_MALFORMED);
}

static void very_long_numbers_are_the_nearest_double(void **state)
{
    (void)state;
    enum { LONG = 5000 };
    char text[LONG + 8];
    double value;
    /* 1.000...0001 with a tail beyond every precision. */
    memset(text, '0', LONG);
    text[0] = '1';
    text[1] = '.';
    text[LONG - 1] = '1';
    CHECK_OK(json_number_double((struct str){text, LONG}, &value, NULL));
    assert_true(value == 1.0);
    /* 2^53 + 1 + a last digit beyond what is written out: not a tie any more, so up. */
    memcpy(text, "9007199254740993.", 17);
    CHECK_OK(json_number_double((struct str){text, LONG}, &value, NULL));
    assert_true(value == 9007199254740994.0);
    memset(text, '9', LONG);
    memcpy(text + LONG, "e-4999", 6);
    CHECK_OK(json_number_double((struct str){text, LONG + 6}, &value, NULL));
    assert_true(value == 10.0);
}

static void a_text_is_one_number_or_malformed(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t offset;
    } bad[] = {
        {"", 0},   {"-", 1},   {"+1", 0}, {"01", 1},  {"1.", 2},   {".5", 0},
        {"1e", 2}, {"1e+", 3}, {"1 ", 1}, {"0x1", 1}, {"1.5.", 3}, {"-a", 1},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t n = 7;
        double d = 7;
        struct why why = {0};
        CHECK_STATUS(json_number_int64(str_from(bad[i].text), &n, &why), STATUS_MALFORMED);
        assert_int_equal(why.offset, bad[i].offset);
        CHECK_STATUS(json_number_double(str_from(bad[i].text), &d, NULL), STATUS_MALFORMED);
        assert_true(n == 7 && d == 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_numbers_are_exact_or_refused),
        cmocka_unit_test(doubles_are_the_nearest),
        cmocka_unit_test(very_long_numbers_are_the_nearest_double),
        cmocka_unit_test(a_text_is_one_number_or_malformed),
    };
    return RUN_TESTS("json_number", tests);
}
