/* json_read.c: invariants.
 *
 * 1. start <= at <= end, and no byte at or after end is read.
 * 2. Everything before at is a prefix of some JSON text in UTF-8.
 * 3. When json_read_more finds neither a comma nor the closer, it notes its complaint and makes the
 *    text end there. So the next read fails, whatever it expects, and the hot path asks nothing.
 */
#include "codec/json_read.h"

#if defined __SSE2__
#include <emmintrin.h>
#endif
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/map.h"
#include "codec/hex.h"

#include "base/banned.h"

_Static_assert(LIMIT_JSON_DEPTH <= 64, "a container is a bit of json_read.kinds");

/* How a number is written, taken apart: (-1)^negative * mantissa * 10^exponent. */
struct number {
    struct str text;
    uint64_t mantissa;
    int64_t exponent;
    unsigned digits; /* significant ones in mantissa, at most MANTISSA_DIGITS */
    bool negative;
    bool lossy; /* a digit other than 0 did not fit into mantissa */
};

enum { MANTISSA_DIGITS = 19, EXPONENT_MAX = 1 << 24 };

const char *json_type_name(enum json_type type)
{
    static const char *const names[] = {
        [JSON_BROKEN] = "nothing",   [JSON_NULL] = "null",       [JSON_BOOL] = "a boolean",
        [JSON_NUMBER] = "a number",  [JSON_STRING] = "a string", [JSON_ARRAY] = "an array",
        [JSON_OBJECT] = "an object",
    };
    return names[type];
}

static inline const char *skip_space(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) {
        p++;
    }
    return p;
}

void json_read_init(struct json_read *r, struct str text, struct arena *mem)
{
    const char *ptr = text.ptr == NULL ? "" : text.ptr;
    *r = (struct json_read){.start = ptr, .at = ptr, .end = ptr + text.len, .mem = mem};
}

static enum json_type type_of(char c)
{
    switch (c) {
    case '{':
        return JSON_OBJECT;
    case '[':
        return JSON_ARRAY;
    case '"':
        return JSON_STRING;
    case 't':
    case 'f':
        return JSON_BOOL;
    case 'n':
        return JSON_NULL;
    default:
        return c == '-' || (c >= '0' && c <= '9') ? JSON_NUMBER : JSON_BROKEN;
    }
}

enum json_type json_read_type(struct json_read *r)
{
    r->at = skip_space(r->at, r->end);
    return r->at < r->end ? type_of(*r->at) : JSON_BROKEN;
}

size_t json_read_offset(struct json_read *r)
{
    r->at = skip_space(r->at, r->end);
    return (size_t)(r->at - r->start);
}

/* The one place that says MALFORMED about a byte of the text. */
static enum status broken_at(struct json_read *r, const char *p, const char *expected,
                             struct why *why)
{
    size_t offset = (size_t)(p - r->start);
    r->at = p;
    if (r->complaint != NULL) {
        return why_at(why, STATUS_MALFORMED, offset, "byte %zu: %s", offset, r->complaint);
    }
    if (p >= r->end) {
        return why_at(why, STATUS_MALFORMED, offset, "the text ends at byte %zu, where %s is due",
                      offset, expected);
    }
    uint8_t c = (uint8_t)*p;
    if (c < 0x20 || c >= 0x7f) {
        return why_at(why, STATUS_MALFORMED, offset, "byte %zu is 0x%02x, where %s is due", offset,
                      c, expected);
    }
    return why_at(why, STATUS_MALFORMED, offset, "byte %zu is '%c', where %s is due", offset, c,
                  expected);
}

/* Something else stands where the caller expected a value of a type. */
static enum status not_a(struct json_read *r, enum json_type want, struct why *why)
{
    enum json_type got = json_read_type(r);
    size_t offset = (size_t)(r->at - r->start);
    if (got == JSON_BROKEN || r->complaint != NULL) {
        return broken_at(r, r->at, json_type_name(want), why);
    }
    return why_at(why, STATUS_INVALID, offset, "byte %zu begins %s, where %s is due", offset,
                  json_type_name(got), json_type_name(want));
}

/* Containers. */

static enum status enter(struct json_read *r, char opener, unsigned kind, enum json_type want,
                         struct why *why)
{
    r->at = skip_space(r->at, r->end);
    if (r->at == r->end || *r->at != opener) {
        return not_a(r, want, why);
    }
    if (r->depth == LIMIT_JSON_DEPTH) {
        size_t offset = (size_t)(r->at - r->start);
        return why_at(why, STATUS_TOO_LARGE, offset,
                      "byte %zu opens a container at depth %u; the deepest is %d", offset,
                      r->depth + 1, LIMIT_JSON_DEPTH);
    }
    r->at++;
    r->kinds = r->kinds << 1 | kind;
    r->depth++;
    r->first = true;
    return STATUS_OK;
}

enum status json_read_object(struct json_read *r, struct why *why)
{
    return enter(r, '{', 1, JSON_OBJECT, why);
}

enum status json_read_array(struct json_read *r, struct why *why)
{
    return enter(r, '[', 0, JSON_ARRAY, why);
}

bool json_read_more(struct json_read *r)
{
    bool first = r->first;
    bool object = r->kinds & 1;
    const char *p = skip_space(r->at, r->end);
    r->first = false;
    r->at = p;
    if (r->depth == 0) {
        return false;
    }
    if (p < r->end) {
        if (*p == (object ? '}' : ']')) {
            r->at = p + 1;
            r->kinds >>= 1;
            r->depth--;
            return false;
        }
        if (first) {
            return true;
        }
        if (*p == ',') {
            r->at = p + 1;
            return true;
        }
        r->complaint =
            object ? "a comma or } is due after a member" : "a comma or ] is due after an element";
        r->end = p;
    } else if (r->complaint == NULL) {
        r->complaint = object ? "the text ends in an object" : "the text ends in an array";
    }
    return true;
}

/* Strings. */

/* The first byte at or after p that ends a plain run: quote, backslash, control or not ASCII. */
static inline const char *plain_end(const char *p, const char *end)
{
#if defined __SSE2__
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i space = _mm_set1_epi8(0x20);
    while (end - p >= 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        /* Bytes are signed here: what is not ASCII is less than space too. */
        __m128i odd = _mm_or_si128(_mm_cmplt_epi8(v, space), _mm_cmpeq_epi8(v, quote));
        int mask = _mm_movemask_epi8(_mm_or_si128(odd, _mm_cmpeq_epi8(v, backslash)));
        if (mask != 0) {
            return p + __builtin_ctz((unsigned)mask);
        }
        p += 16;
    }
#else
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t highs = UINT64_C(0x8080808080808080);
    while (end - p >= 8) {
        uint64_t v;
        memcpy(&v, p, sizeof v);
        uint64_t quote = v ^ (ones * '"');
        uint64_t backslash = v ^ (ones * '\\');
        /* A zero byte in one of the three borrows from its own top bit first. A borrow may mark
         * bytes after it falsely, so a hit only ends this loop; the next one finds the place. */
        if (((v | (v - ones * 0x20) | (quote - ones) | (backslash - ones)) & highs) != 0) {
            break;
        }
        p += 8;
    }
#endif
    while (p < end && (uint8_t)*p >= 0x20 && (uint8_t)*p < 0x80 && *p != '"' && *p != '\\') {
        p++;
    }
    return p;
}

/* The value of four hex digits, or -1. */
static int hex4(const char *p, const char *end)
{
    int value = 0;
    if (end - p < 4) {
        return -1;
    }
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(p[i]);
        if (digit < 0) {
            return -1;
        }
        value = value << 4 | digit;
    }
    return value;
}

/* The code point of the escape \u.... at p (which stands on the backslash), a pair of surrogates
 * counting as one; -1 when it is none. *ret_len is its length in the text. */
static int32_t unicode_escape(const char *p, const char *end, size_t *ret_len)
{
    int high = hex4(p + 2, end);
    *ret_len = 6;
    if (high < 0xd800 || high > 0xdfff) {
        return high;
    }
    if (high >= 0xdc00 || end - p < 12 || p[6] != '\\' || p[7] != 'u') {
        return -1;
    }
    int low = hex4(p + 8, end);
    if (low < 0xdc00 || low > 0xdfff) {
        return -1;
    }
    *ret_len = 12;
    return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

/* Checks the escape at p and gives its length, 0 when it is none. */
static size_t escape_length(const char *p, const char *end)
{
    if (end - p < 2) {
        return 0;
    }
    if (p[1] == 'u') {
        size_t len = 0;
        return unicode_escape(p, end, &len) < 0 ? 0 : len;
    }
    return p[1] != '\0' && strchr("\"\\/bfnrt", p[1]) != NULL ? 2 : 0;
}

/* Reads a whole string token. raw is what stands between the quotes. */
static inline enum status scan_string(struct json_read *r, struct str *raw, bool *escaped,
                                      struct why *why)
{
    const char *from = r->at + 1;
    const char *p = from;
    *escaped = false;
    for (;;) {
        p = plain_end(p, r->end);
        if (p < r->end && *p == '"') {
            *raw = (struct str){from, (size_t)(p - from)};
            r->at = p + 1;
            return STATUS_OK;
        }
        if (p == r->end) {
            return broken_at(r, p, "the rest of a string", why);
        }
        size_t len = 0;
        if (*p == '\\') {
            *escaped = true;
            len = escape_length(p, r->end);
        } else if ((uint8_t)*p >= 0x80) {
            len = str_utf8_sequence((struct str){p, (size_t)(r->end - p)});
        }
        if (len == 0) {
            return broken_at(r, p,
                             *p == '\\'            ? "an escape of JSON with no lone surrogate"
                             : (uint8_t)*p >= 0x80 ? "a character in UTF-8"
                                                   : "no control character",
                             why);
        }
        p += len;
    }
}

static char *put_utf8(char *to, int32_t c)
{
    if (c < 0x80) {
        *to++ = (char)c;
    } else if (c < 0x800) {
        *to++ = (char)(0xc0 | c >> 6);
        *to++ = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        *to++ = (char)(0xe0 | c >> 12);
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
        *to++ = (char)(0x80 | (c & 0x3f));
    } else {
        *to++ = (char)(0xf0 | c >> 18);
        *to++ = (char)(0x80 | (c >> 12 & 0x3f));
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
        *to++ = (char)(0x80 | (c & 0x3f));
    }
    return to;
}

static char simple_escape(char c)
{
    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return c;
    }
}

/* Writes a checked string anew without its escapes; it never gets longer. */
static enum status unescape(struct json_read *r, struct str raw, struct str *ret, struct why *why)
{
    const char *p = raw.ptr;
    const char *end = raw.ptr + raw.len;
    char *text = r->mem == NULL ? NULL : arena_alloc(r->mem, raw.len + 1);
    TRY_PTR(text);
    char *to = text;
    while (p < end) {
        const char *next = memchr(p, '\\', (size_t)(end - p));
        size_t run = (size_t)((next == NULL ? end : next) - p);
        memcpy(to, p, run);
        to += run;
        p += run;
        if (p == end) {
            break;
        }
        if (p[1] == 'u') {
            size_t len = 0;
            to = put_utf8(to, unicode_escape(p, end, &len));
            p += len;
        } else {
            *to++ = simple_escape(p[1]);
            p += 2;
        }
    }
    *ret = (struct str){text, (size_t)(to - text)};
    return STATUS_OK;
}

static inline enum status text_token(struct json_read *r, struct str *ret, struct why *why)
{
    struct str raw;
    bool escaped;
    TRY(scan_string(r, &raw, &escaped, why));
    if (escaped) {
        return unescape(r, raw, ret, why);
    }
    *ret = raw;
    return STATUS_OK;
}

enum status json_read_string(struct json_read *r, struct str *ret, struct why *why)
{
    r->at = skip_space(r->at, r->end);
    if (r->at == r->end || *r->at != '"') {
        return not_a(r, JSON_STRING, why);
    }
    return text_token(r, ret, why);
}

static inline enum status key_begins(struct json_read *r, struct why *why)
{
    r->at = skip_space(r->at, r->end);
    if (r->at == r->end || *r->at != '"') {
        return broken_at(r, r->at, "a key in quotes", why);
    }
    return STATUS_OK;
}

static inline enum status colon(struct json_read *r, struct why *why)
{
    r->at = skip_space(r->at, r->end);
    if (r->at == r->end || *r->at != ':') {
        return broken_at(r, r->at, "a colon", why);
    }
    r->at++;
    return STATUS_OK;
}

enum status json_read_key(struct json_read *r, struct str *ret, struct why *why)
{
    struct str key;
    TRY(key_begins(r, why));
    TRY(text_token(r, &key, why));
    TRY(colon(r, why));
    *ret = key;
    return STATUS_OK;
}

/* Literals. */

static enum status literal(struct json_read *r, struct str word, enum json_type want,
                           struct why *why)
{
    size_t left = (size_t)(r->end - r->at);
    size_t n = 0;
    while (n < word.len && n < left && r->at[n] == word.ptr[n]) {
        n++;
    }
    if (n == 0) {
        return not_a(r, want, why);
    }
    if (n < word.len) {
        return broken_at(r, r->at + n, "the rest of true, false or null", why);
    }
    r->at += n;
    return STATUS_OK;
}

enum status json_read_bool(struct json_read *r, bool *ret, struct why *why)
{
    r->at = skip_space(r->at, r->end);
    bool value = r->at < r->end && *r->at == 't';
    TRY(literal(r, value ? STR("true") : STR("false"), JSON_BOOL, why));
    *ret = value;
    return STATUS_OK;
}

enum status json_read_null(struct json_read *r, struct why *why)
{
    r->at = skip_space(r->at, r->end);
    return literal(r, STR("null"), JSON_NULL, why);
}

/* Numbers. */

static inline bool is_digit(const char *p, const char *end)
{
    return p < end && *p >= '0' && *p <= '9';
}

/* Takes the digits at p into number; those behind the point (scale 1) lower the exponent. */
static inline const char *take_digits(const char *p, const char *end, int scale,
                                      struct number *number)
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

static const char *take_exponent(const char *p, const char *end, struct number *number)
{
    bool negative = p < end && *p == '-';
    int64_t exponent = 0;
    if (p < end && (*p == '-' || *p == '+')) {
        p++;
    }
    const char *from = p;
    for (; is_digit(p, end); p++) {
        /* Far beyond every double already; no need to count further. */
        if (exponent < EXPONENT_MAX) {
            exponent = exponent * 10 + (*p - '0');
        }
    }
    number->exponent += negative ? -exponent : exponent;
    return p == from ? NULL : p;
}

static inline enum status scan_number(struct json_read *r, struct number *number, struct why *why)
{
    const char *from = r->at;
    const char *p = from;
    *number = (struct number){.negative = *p == '-'};
    p += number->negative;
    if (!is_digit(p, r->end)) {
        return broken_at(r, p, "a digit", why);
    }
    if (*p == '0') {
        p++;
        if (is_digit(p, r->end)) {
            return broken_at(r, p, "no digit after a leading zero", why);
        }
    } else {
        p = take_digits(p, r->end, 0, number);
    }
    if (p < r->end && *p == '.') {
        p++;
        if (!is_digit(p, r->end)) {
            return broken_at(r, p, "a digit after the point", why);
        }
        p = take_digits(p, r->end, 1, number);
    }
    if (p < r->end && (*p == 'e' || *p == 'E')) {
        const char *after = take_exponent(p + 1, r->end, number);
        if (after == NULL) {
            return broken_at(r, p + 1, "the digits of an exponent", why);
        }
        p = after;
    }
    number->text = (struct str){from, (size_t)(p - from)};
    r->at = p;
    return STATUS_OK;
}

static inline enum status next_number(struct json_read *r, struct number *number, struct why *why)
{
    r->at = skip_space(r->at, r->end);
    if (r->at == r->end || type_of(*r->at) != JSON_NUMBER) {
        return not_a(r, JSON_NUMBER, why);
    }
    return scan_number(r, number, why);
}

/* How much of a number a sentence shows. */
static struct str shown(struct str text)
{
    return str_slice(text, 0, 40);
}

static enum status to_int64(const struct number *number, size_t offset, int64_t *ret,
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
static double slow_double(const struct number *number)
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

static enum status to_double(const struct number *number, size_t offset, double *ret,
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

enum status json_read_number(struct json_read *r, struct str *ret, struct why *why)
{
    struct number number;
    TRY(next_number(r, &number, why));
    *ret = number.text;
    return STATUS_OK;
}

enum status json_read_int64(struct json_read *r, int64_t *ret, struct why *why)
{
    struct number number;
    TRY(next_number(r, &number, why));
    return to_int64(&number, (size_t)(number.text.ptr - r->start), ret, why);
}

enum status json_read_double(struct json_read *r, double *ret, struct why *why)
{
    struct number number;
    TRY(next_number(r, &number, why));
    return to_double(&number, (size_t)(number.text.ptr - r->start), ret, why);
}

static enum status number_of(struct str text, struct number *number, struct why *why)
{
    struct json_read r;
    json_read_init(&r, text, NULL);
    TRY(next_number(&r, number, why));
    return json_read_finish(&r, why);
}

enum status json_number_int64(struct str text, int64_t *ret, struct why *why)
{
    struct number number;
    TRY(number_of(text, &number, why));
    return to_int64(&number, 0, ret, why);
}

enum status json_number_double(struct str text, double *ret, struct why *why)
{
    struct number number;
    TRY(number_of(text, &number, why));
    return to_double(&number, 0, ret, why);
}

/* Whole values. */

/* Passes one scalar, or enters one container. */
static inline enum status pass_one(struct json_read *r, struct why *why)
{
    struct str raw;
    struct number number;
    bool ignored;
    switch (json_read_type(r)) {
    case JSON_OBJECT:
        return json_read_object(r, why);
    case JSON_ARRAY:
        return json_read_array(r, why);
    case JSON_STRING:
        return scan_string(r, &raw, &ignored, why);
    case JSON_NUMBER:
        return scan_number(r, &number, why);
    case JSON_BOOL:
        return json_read_bool(r, &ignored, why);
    case JSON_NULL:
        return json_read_null(r, why);
    default:
        return broken_at(r, r->at, "a value", why);
    }
}

enum status json_read_skip(struct json_read *r, struct why *why)
{
    unsigned floor = r->depth;
    for (;;) {
        TRY(pass_one(r, why));
        while (r->depth > floor && !json_read_more(r)) {
        }
        if (r->depth == floor) {
            return STATUS_OK;
        }
        if (r->kinds & 1) {
            struct str raw;
            bool ignored;
            TRY(key_begins(r, why));
            TRY(scan_string(r, &raw, &ignored, why));
            TRY(colon(r, why));
        }
    }
}

enum status json_read_raw(struct json_read *r, struct str *ret, struct why *why)
{
    r->at = skip_space(r->at, r->end);
    const char *from = r->at;
    TRY(json_read_skip(r, why));
    *ret = (struct str){from, (size_t)(r->at - from)};
    return STATUS_OK;
}

enum status json_read_finish(struct json_read *r, struct why *why)
{
    r->at = skip_space(r->at, r->end);
    if (r->at < r->end || r->complaint != NULL) {
        return broken_at(r, r->at, "the end of the text", why);
    }
    if (r->depth > 0) {
        return broken_at(r, r->at, "the end of a container", why);
    }
    return STATUS_OK;
}

/* Members that occur twice. */

static enum status twice(struct json_read *r, struct str key, struct why *why)
{
    size_t offset = (size_t)(r->at - r->start);
    return why_at(why, STATUS_MALFORMED, offset,
                  "the member \"%.*s\" occurs twice in one object (before byte %zu)",
                  STR_ARG(shown(key)), offset);
}

enum status json_read_once(struct json_read *r, uint64_t *seen, unsigned bit, struct str key,
                           struct why *why)
{
    if (*seen >> bit & 1) {
        return twice(r, key, why);
    }
    *seen |= UINT64_C(1) << bit;
    return STATUS_OK;
}

enum status json_read_key_new(struct json_read *r, struct map *keys, struct str *ret,
                              struct why *why)
{
    struct str key;
    TRY(json_read_key(r, &key, why));
    if (map_has(keys, key)) {
        return twice(r, key, why);
    }
    TRY(map_put(keys, key, keys, why));
    *ret = key;
    return STATUS_OK;
}
