/* der.c: the parts of reading DER that are not on the path of every list entry. */
#include "base/clock.h"
#include "x509/der_priv.h"

#include "base/banned.h"

/* Deeper than any certificate; the walk recurses. */
enum { DER_DEPTH_MAX = 24 };

bool der_boolean(struct bytes content, bool *ret)
{
    if (content.len != 1 || (content.ptr[0] != 0 && content.ptr[0] != 0xff)) {
        return false;
    }
    *ret = content.ptr[0] != 0;
    return true;
}

/* Two digits, or -1. */
static int two_digits(const uint8_t *p)
{
    unsigned high = p[0] - (unsigned)'0';
    unsigned low = p[1] - (unsigned)'0';
    return high > 9 || low > 9 ? -1 : (int)(high * 10 + low);
}

static int days_in_month(int year, int month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

/* "MMDDHHMMSSZ" of a year. */
static bool read_rest_of_time(const uint8_t *p, int year, int64_t *ret_ms)
{
    struct civil c = {.year = year,
                      .month = two_digits(p),
                      .day = two_digits(p + 2),
                      .hour = two_digits(p + 4),
                      .minute = two_digits(p + 6),
                      .second = two_digits(p + 8)};
    if (p[10] != 'Z' || c.month < 1 || c.month > 12 || c.day < 1 ||
        c.day > days_in_month(c.year, c.month)) {
        return false;
    }
    if (c.hour < 0 || c.hour > 23 || c.minute < 0 || c.minute > 59 || c.second < 0 ||
        c.second > 59) {
        return false;
    }
    *ret_ms = time_from_civil(c);
    return true;
}

bool der_time(const struct der_value *value, int64_t *ret_ms)
{
    const uint8_t *p = value->content.ptr;
    if (value->tag == DER_UTC_TIME && value->content.len == 13) {
        int year = two_digits(p);
        return year >= 0 && read_rest_of_time(p + 2, year + (year < 50 ? 2000 : 1900), ret_ms);
    }
    if (value->tag == DER_GENERALIZED_TIME && value->content.len == 15) {
        int century = two_digits(p);
        int year = two_digits(p + 2);
        return century >= 0 && year >= 0 && read_rest_of_time(p + 4, century * 100 + year, ret_ms);
    }
    return false;
}

static bool bit_string_ok(struct bytes content)
{
    if (content.len == 0 || content.ptr[0] > 7 || (content.len == 1 && content.ptr[0] != 0)) {
        return false;
    }
    unsigned padding = (1U << content.ptr[0]) - 1;
    return (content.ptr[content.len - 1] & padding) == 0 || content.len == 1;
}

bool der_oid_ok(struct bytes content)
{
    bool starts = true;
    for (size_t i = 0; i < content.len; i++) {
        if (starts && content.ptr[i] == 0x80) {
            return false;
        }
        starts = (content.ptr[i] & 0x80) == 0;
    }
    return content.len > 0 && starts;
}

/* A value of a universal type: in the form that the type must have, its content well-formed where
 * DER has but one way to write it. */
static bool universal_ok(const struct der_value *value)
{
    bool ignored = false;
    switch (value->tag) {
    case 0x00:
    case DER_SEQUENCE & ~DER_CONSTRUCTED:
    case DER_SET & ~DER_CONSTRUCTED:
        return false;
    case DER_BOOLEAN:
        return der_boolean(value->content, &ignored);
    case DER_INTEGER:
    case DER_ENUMERATED:
        return der_integer_ok(value->content);
    case DER_BIT_STRING:
        return bit_string_ok(value->content);
    case DER_NULL:
        return value->content.len == 0;
    case DER_OID:
        return der_oid_ok(value->content);
    default:
        return (value->tag & DER_CONSTRUCTED) == 0 || value->tag == DER_SEQUENCE ||
               value->tag == DER_SET;
    }
}

/* All values of in, and those inside them. On failure *at is the byte that is wrong. */
static bool walk(struct der in, int depth, const uint8_t **at)
{
    while (!der_at_end(&in)) {
        struct der_value value;
        *at = in.at;
        if (!der_next(&in, &value) || ((value.tag & 0xc0) == 0 && !universal_ok(&value))) {
            return false;
        }
        if ((value.tag & DER_CONSTRUCTED) != 0 &&
            (depth == 0 || !walk(der_of(value.content), depth - 1, at))) {
            return false;
        }
    }
    return true;
}

bool der_is_strict(struct bytes der, size_t *ret_offset)
{
    struct der in = der_of(der);
    struct der_value value;
    const uint8_t *at = der.ptr;
    bool ok = der_next(&in, &value);
    if (ok && !der_at_end(&in)) {
        at = in.at;
        ok = false;
    }
    ok = ok && walk(der_of(der), DER_DEPTH_MAX, &at);
    if (!ok) {
        *ret_offset = (size_t)(at - der.ptr);
    }
    return ok;
}
