/* json_number.c: the grammar of numbers, and exact conversions. */
#include "codec/json_number.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/banned.h"

enum { MANTISSA_DIGITS = 19, EXPONENT_MAX = 1 << 24 };

static inline bool is_digit(const char *p, const char *end)
{
    return p < end && *p >= '0' && *p <= '9';
}

/* Takes the digits at p into number; those behind the point (scale 1) lower the exponent. */
static inline const char *take_digits(const char *p, const char *end, int scale,
                                      struct json_number *number)
{
    for (; is_digit(p, end); p++) {
        unsigned digit = (unsigned)(*p - '0');
        if (number->digits < MANTISSA_DIGITS) {
            number->mantissa = number->mantissa * 10 + digit;
            number->digits += number->mantissa != 0;
            number->exponent -= scale;
        } else {
            number->lossy |= digit != 0;
            number->exponent += 1 - scale;
        }
    }
    return p;
}

static const char *take_exponent(const char *p, const char *end, struct json_number *number)
{
    bool negative = p < end && *p == '-';
    int64_t exponent = 0;
    if (p < end && (*p == '-' || *p == '+')) {
        p++;
    }
    for (; is_digit(p, end); p++) {
        /* Far beyond every double already; no need to count further. */
        if (exponent < EXPONENT_MAX) {
            exponent = exponent * 10 + (*p - '0');
        }
    }
    number->exponent += negative ? -exponent : exponent;
    return p;
}

const char *json_number_scan(const char *p, const char *end, struct json_number *ret,
                             const char **ret_expected)
{
    const char *from = p;
    *ret = (struct json_number){.negative = *p == '-'};
    p += ret->negative;
    if (!is_digit(p, end)) {
        *ret_expected = "a digit";
        return p;
    }
    if (*p == '0' && is_digit(p + 1, end)) {
        *ret_expected = "no digit after a leading zero";
        return p + 1;
    }
    p = take_digits(p, end, 0, ret);
    if (p < end && *p == '.') {
        p++;
        if (!is_digit(p, end)) {
            *ret_expected = "a digit after the point";
            return p;
        }
        p = take_digits(p, end, 1, ret);
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        p = take_exponent(p + 1, end, ret);
        if (!is_digit(p - 1, end)) {
            *ret_expected = "the digits of an exponent";
            return p;
        }
    }
    ret->text = (struct str){from, (size_t)(p - from)};
    return p;
}

/* How much of a number a sentence shows. */
static struct str shown(struct str text)
{
    return str_slice(text, 0, 40);
}

enum status json_number_to_int64(const struct json_number *number, size_t offset, int64_t *ret,
                                 struct why *why)
{
    uint64_t value = number->mantissa;
    int64_t exponent = value == 0 ? 0 : number->exponent;
    for (; exponent < 0 && value % 10 == 0; exponent++) {
        value /= 10;
    }
    if (exponent < 0) {
        return why_at(why, STATUS_INVALID, offset, "%.*s is not a whole number",
                      STR_ARG(shown(number->text)));
    }
    /* Twenty significant digits are either a fraction or beyond 64 bits. */
    bool fits = !number->lossy;
    for (; fits && exponent > 0; exponent--) {
        fits = !__builtin_mul_overflow(value, 10, &value);
    }
    if (!fits || value > (uint64_t)INT64_MAX + number->negative) {
        return why_at(why, STATUS_INVALID, offset, "%.*s does not fit into 64 bits",
                      STR_ARG(shown(number->text)));
    }
    *ret = (int64_t)(number->negative ? 0 - value : value);
    return STATUS_OK;
}

/* strtod, asked for the C locale's point. */
static double strtod_c(const char *text)
{
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    double value = c == (locale_t)0 ? strtod(text, NULL) : strtod_l(text, NULL, c);
    if (c != (locale_t)0) {
        freelocale(c);
    }
    return value;
}

enum { DOUBLE_TEXT_MAX = 2048 };

/* Written out as digits and exponent. 768 significant digits decide every double, so those behind
 * the first DOUBLE_TEXT_MAX - 64 count only as "something follows". */
static double slow_double(const struct json_number *number)
{
    char text[DOUBLE_TEXT_MAX];
    size_t n = 0;
    int64_t exponent = number->exponent + number->digits;
    struct str mantissa = number->text;
    for (size_t i = 0; i < mantissa.len && mantissa.ptr[i] != 'e' && mantissa.ptr[i] != 'E'; i++) {
        char c = mantissa.ptr[i];
        bool leading = n == 0 && c == '0';
        if (c >= '0' && c <= '9' && !leading) {
            if (n < sizeof text - 64) {
                text[n++] = c;
            } else if (c != '0') {
                text[sizeof text - 65] = '1';
            }
        }
    }
    exponent = exponent > EXPONENT_MAX ? EXPONENT_MAX : exponent;
    exponent = exponent < -EXPONENT_MAX ? -EXPONENT_MAX : exponent;
    snprintf(text + n, sizeof text - n, "e%lld", (long long)exponent - (long long)n);
    double value = strtod_c(text);
    return number->negative ? -value : value;
}

enum status json_number_to_double(const struct json_number *number, size_t offset, double *ret,
                                  struct why *why)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    double value;
    /* Clinger's fast path: both operands are exact, so one rounding is all there is. */
    if (!number->lossy && number->mantissa <= UINT64_C(1) << 53 && number->exponent >= -22 &&
        number->exponent <= 22) {
        value = (double)number->mantissa;
        value = number->exponent < 0 ? value / powers[-number->exponent]
                                     : value * powers[number->exponent];
        value = number->negative ? -value : value;
    } else {
        value = slow_double(number);
    }
    if (!isfinite(value)) {
        return why_at(why, STATUS_INVALID, offset, "%.*s is beyond the largest double",
                      STR_ARG(shown(number->text)));
    }
    *ret = value;
    return STATUS_OK;
}

static enum status number_of(struct str text, struct json_number *number, struct why *why)
{
    const char *end = text.ptr + text.len;
    const char *expected = "a digit";
    const char *p = text.ptr;
    if (text.len > 0) {
        expected = NULL;
        p = json_number_scan(p, end, number, &expected);
    }
    if (expected == NULL && p < end) {
        expected = "the end of the number";
    }
    if (expected != NULL) {
        size_t offset = (size_t)(p - text.ptr);
        return why_at(why, STATUS_MALFORMED, offset, "byte %zu of a number is not %s", offset,
                      expected);
    }
    return STATUS_OK;
}

enum status json_number_int64(struct str text, int64_t *ret, struct why *why)
{
    struct json_number number;
    TRY(number_of(text, &number, why));
    return json_number_to_int64(&number, 0, ret, why);
}

enum status json_number_double(struct str text, double *ret, struct why *why)
{
    struct json_number number;
    TRY(number_of(text, &number, why));
    return json_number_to_double(&number, 0, ret, why);
}
