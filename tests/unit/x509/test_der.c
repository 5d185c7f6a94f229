#include "lib/check.h"

#include "x509/der_priv.h"

#define B(literal) (literal), sizeof(literal) - 1

static struct bytes bytes_of(const char *ptr, size_t len)
{
    return (struct bytes){(const uint8_t *)ptr, len};
}

static void a_value_is_taken_only_whole_and_in_its_shortest_length(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        size_t len;
        int content; /* length of the content, or -1: refused */
    } rows[] = {
        {B("\x04\x00"), 0},
        {B("\x04\x02xy"), 2},
        {B("\x04\x02xyz"), 2},
        {B(""), -1},
        {B("\x04"), -1},
        {B("\x04\x02x"), -1},
        {B("\x04\x80"), -1},                     /* indefinite */
        {B("\x04\x81\x01x"), -1},                /* one octet would do */
        {B("\x04\x81"), -1},                     /* the length is cut */
        {B("\x04\x82\x00\x80x"), -1},            /* leading zero */
        {B("\x04\x84\xff\xff\xff\xffx"), -1},    /* longer than the input */
        {B("\x04\x85\x01\x00\x00\x00\x00"), -1}, /* more than four octets */
        {B("\x1f\x01x"), -1},                    /* a tag of several octets */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct der in = der_of(bytes_of(rows[i].in, rows[i].len));
        const uint8_t *start = in.at;
        struct der_value value;
        bool ok = der_next(&in, &value);
        if (ok != (rows[i].content >= 0) || (ok && (int)value.content.len != rows[i].content)) {
            fail_msg("row %zu", i);
        }
        assert_true(ok || in.at == start);
    }
    char big[3 + 0x80] = "\x04\x81\x80";
    struct der in = der_of(bytes_of(big, sizeof big));
    struct der_value value;
    assert_true(der_next(&in, &value) && der_at_end(&in));
    assert_int_equal(value.content.len, 0x80);
    assert_int_equal(value.whole.len, sizeof big);
}

static void expecting_another_tag_takes_nothing(void **state)
{
    (void)state;
    struct der in = der_of(bytes_of(B("\x04\x00")));
    struct der_value value;
    assert_false(der_expect(&in, DER_INTEGER, &value));
    assert_true(der_expect(&in, DER_OCTET_STRING, &value));
    assert_false(der_expect(&in, DER_OCTET_STRING, &value));
}

static void integers_are_unsigned_and_shortest(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        size_t len;
        int octets; /* of the number, or -1: refused */
    } rows[] = {
        {B("\x00"), 1},      {B("\x7f"), 1},      {B("\x00\x80"), 1},     {B("\x01\x00"), 2},
        {B(""), -1},         {B("\x80"), -1},     {B("\xff\x7f"), -1},    {B("\x00\x7f"), -1},
        {B("\x00\x00"), -1}, {B("\xff\x80"), -1}, {B("\x00\xff\x00"), 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bytes number = {NULL, 0};
        bool ok = der_unsigned(bytes_of(rows[i].in, rows[i].len), &number);
        if (ok != (rows[i].octets >= 0) || (ok && (int)number.len != rows[i].octets)) {
            fail_msg("row %zu", i);
        }
    }
}

static void times_are_dates_that_exist(void **state)
{
    (void)state;
    static const struct {
        uint8_t tag;
        const char *text;
        int64_t ms; /* -1: refused */
    } rows[] = {
        {DER_UTC_TIME, "700101000000Z", 0},
        {DER_UTC_TIME, "491231235959Z", INT64_C(2524607999000)},
        {DER_UTC_TIME, "500101000000Z", INT64_C(-631152000000)},
        {DER_UTC_TIME, "240229000000Z", INT64_C(1709164800000)},
        {DER_GENERALIZED_TIME, "99991231235959Z", INT64_C(253402300799000)},
        {DER_GENERALIZED_TIME, "20500101000000Z", INT64_C(2524608000000)},
        {DER_UTC_TIME, "230229000000Z", -1},
        {DER_UTC_TIME, "240431000000Z", -1},
        {DER_UTC_TIME, "241301000000Z", -1},
        {DER_UTC_TIME, "240001000000Z", -1},
        {DER_UTC_TIME, "240100000000Z", -1},
        {DER_UTC_TIME, "240101240000Z", -1},
        {DER_UTC_TIME, "240101006000Z", -1},
        {DER_UTC_TIME, "240101000060Z", -1},
        {DER_UTC_TIME, "240101000000z", -1},
        {DER_UTC_TIME, "2401010000Z", -1},
        {DER_UTC_TIME, "240101000000+0000", -1},
        {DER_UTC_TIME, "24010100000/Z", -1},
        {DER_UTC_TIME, "20240101000000Z", -1},
        {DER_GENERALIZED_TIME, "240101000000Z", -1},
        {DER_GENERALIZED_TIME, "20240101000000.5Z", -1},
        {DER_GENERALIZED_TIME, "19000229000000Z", -1},
        {DER_OCTET_STRING, "240101000000Z", -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct der_value value = {.tag = rows[i].tag,
                                  .content = bytes_of(rows[i].text, strlen(rows[i].text))};
        int64_t ms = -1;
        bool ok = der_time(&value, &ms);
        if (ok != (rows[i].ms != -1) || ms != rows[i].ms) {
            fail_msg("%s: %lld", rows[i].text, (long long)ms);
        }
    }
}

static void strictness_reaches_every_value_inside(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        size_t len;
        int offset; /* of the fault, or -1: none */
    } rows[] = {
        {B("\x30\x00"), -1},
        {B("\x30\x03\x01\x01\xff"), -1},
        {B("\x30\x05\xa0\x03\x02\x01\x05"), -1},
        {B("\x30\x04\x03\x02\x01\xfe"), -1},
        {B("\x30\x03\x80\x01\x00"), -1},
        {B("\x30\x04\x06\x02\x55\x1d"), -1},
        {B(""), 0},
        {B("\x30\x00\x00"), 2},                 /* something follows */
        {B("\x30\x03\x01\x01\x01"), 2},         /* TRUE is FF */
        {B("\x30\x04\x02\x02\x00\x01"), 2},     /* padded */
        {B("\x30\x05\xa0\x03\x02\x01"), 0},     /* cut */
        {B("\x30\x05\xa0\x03\x02\x02\x05"), 4}, /* longer than what holds it */
        {B("\x30\x04\x03\x02\x01\xff"), 2},     /* bits in the padding */
        {B("\x30\x03\x03\x01\x01"), 2},         /* padding of nothing */
        {B("\x30\x02\x03\x00"), 2},
        {B("\x30\x03\x05\x01\x00"), 2},     /* NULL with content */
        {B("\x30\x02\x24\x00"), 2},         /* a constructed OCTET STRING */
        {B("\x30\x02\x10\x00"), 2},         /* a primitive SEQUENCE */
        {B("\x30\x02\x00\x00"), 2},         /* end of contents */
        {B("\x30\x02\x06\x00"), 2},         /* an empty identifier */
        {B("\x30\x03\x06\x01\x80"), 2},     /* a padded one */
        {B("\x30\x04\x06\x02\x55\x81"), 2}, /* a cut one */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t offset = 99;
        bool ok = der_is_strict(bytes_of(rows[i].in, rows[i].len), &offset);
        if (ok != (rows[i].offset < 0) || (!ok && (int)offset != rows[i].offset)) {
            fail_msg("row %zu: %d at %zu", i, ok, offset);
        }
    }
}

static void nesting_has_a_bound(void **state)
{
    (void)state;
    char deep[124];
    for (size_t i = 0; i < sizeof deep; i += 2) {
        deep[i] = 0x30;
        deep[i + 1] = (char)(sizeof deep - i - 2);
    }
    size_t offset = 0;
    assert_false(der_is_strict(bytes_of(deep, sizeof deep), &offset));
    assert_true(offset > 20 && offset < 100);
    assert_true(der_is_strict(bytes_of(deep + 100, 24), &offset));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_taken_only_whole_and_in_its_shortest_length),
        cmocka_unit_test(expecting_another_tag_takes_nothing),
        cmocka_unit_test(integers_are_unsigned_and_shortest),
        cmocka_unit_test(times_are_dates_that_exist),
        cmocka_unit_test(strictness_reaches_every_value_inside),
        cmocka_unit_test(nesting_has_a_bound),
    };
    return RUN_TESTS("der", tests);
}
