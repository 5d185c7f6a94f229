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

#include "base/limits.h"
#include "base/map.h"
#include "codec/json_escape.h"

#include "base/banned.h"

_Static_assert(LIMIT_JSON_DEPTH <= 64, "a container is a bit of json_read.kinds");

const char *json_type_name(enum json_type type)
{
    static const char *const names[] = {
        [JSON_BROKEN] = "nothing",   [JSON_NULL] = "null",       [JSON_BOOL] = "a boolean",
        [JSON_NUMBER] = "a number",  [JSON_STRING] = "a string", [JSON_ARRAY] = "an array",
        [JSON_OBJECT] = "an object",
    };
    return names[type];
}

#define LIKELY(x) __builtin_expect((x), 1)

/* The white space of JSON. */
static const bool spaces[256] = {[' '] = true, ['\n'] = true, ['\r'] = true, ['\t'] = true};

static inline const char *skip_space(const char *p, const char *end)
{
    while (p < end && spaces[(uint8_t)*p]) {
        p++;
    }
    return p;
}

/* Moves to the next token and tells whether it begins with c; mostly it stands there already. */
static inline bool next_is(struct json_read *r, char c)
{
    if (LIKELY(r->at < r->end && *r->at == c)) {
        return true;
    }
    r->at = skip_space(r->at, r->end);
    return r->at < r->end && *r->at == c;
}

void json_read_init(struct json_read *r, struct str text, struct arena *mem)
{
    const char *ptr = text.ptr == NULL ? "" : text.ptr;
    *r = (struct json_read){.start = ptr, .at = ptr, .end = ptr + text.len, .mem = mem};
}

const uint8_t json_types[256] = {
    ['{'] = JSON_OBJECT, ['['] = JSON_ARRAY,  ['"'] = JSON_STRING, ['t'] = JSON_BOOL,
    ['f'] = JSON_BOOL,   ['n'] = JSON_NULL,   ['-'] = JSON_NUMBER, ['0'] = JSON_NUMBER,
    ['1'] = JSON_NUMBER, ['2'] = JSON_NUMBER, ['3'] = JSON_NUMBER, ['4'] = JSON_NUMBER,
    ['5'] = JSON_NUMBER, ['6'] = JSON_NUMBER, ['7'] = JSON_NUMBER, ['8'] = JSON_NUMBER,
    ['9'] = JSON_NUMBER,
};

static inline enum json_type type_of(char c)
{
    return (enum json_type)json_types[(uint8_t)c];
}

enum json_type json_read_type_odd(struct json_read *r)
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

/* A type is told by its first byte; "notjson" is no null for all that. */
static bool is_whole_word(const struct json_read *r, enum json_type type)
{
    struct str word = type == JSON_NULL                       ? STR("null")
                      : type != JSON_BOOL                     ? STR("")
                      : r->at < r->end && (char)*r->at == 't' ? STR("true")
                                                              : STR("false");
    size_t left = (size_t)(r->end - r->at);
    return left >= word.len && memcmp(r->at, word.ptr, word.len) == 0;
}

/* Something else stands where the caller expected a value of a type. */
static enum status not_a(struct json_read *r, enum json_type want, struct why *why)
{
    enum json_type got = json_read_type(r);
    size_t offset = (size_t)(r->at - r->start);
    if (got == JSON_BROKEN || r->complaint != NULL || !is_whole_word(r, got)) {
        return broken_at(r, r->at, json_type_name(want), why);
    }
    return why_at(why, STATUS_INVALID, offset, "byte %zu begins %s, where %s is due", offset,
                  json_type_name(got), json_type_name(want));
}

/* Containers. */

static __attribute__((noinline)) enum status too_deep(struct json_read *r, struct why *why)
{
    size_t offset = (size_t)(r->at - r->start);
    return why_at(why, STATUS_TOO_LARGE, offset,
                  "byte %zu opens a container at depth %u; the deepest is %d", offset, r->depth + 1,
                  LIMIT_JSON_DEPTH);
}

static inline enum status enter(struct json_read *r, char opener, unsigned kind,
                                enum json_type want, struct why *why)
{
    if (!next_is(r, opener)) {
        return not_a(r, want, why);
    }
    if (r->depth == LIMIT_JSON_DEPTH) {
        return too_deep(r, why);
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

/* Neither a comma nor the closer. */
static __attribute__((noinline)) bool complain(struct json_read *r)
{
    bool object = r->kinds & 1;
    if (r->complaint == NULL && r->at < r->end) {
        r->complaint =
            object ? "a comma or } is due after a member" : "a comma or ] is due after an element";
    } else if (r->complaint == NULL) {
        r->complaint = object ? "the text ends in an object" : "the text ends in an array";
    }
    r->end = r->at;
    return true;
}

bool json_read_more_odd(struct json_read *r)
{
    const char *p = skip_space(r->at, r->end);
    bool first = r->first;
    char closer = (char)(']' | (r->kinds & 1) << 5); /* one bit makes it } */
    if (r->depth == 0) {
        return false;
    }
    r->first = false;
    r->at = p;
    if (p == r->end) {
        return complain(r);
    }
    if (*p == closer) {
        r->at = p + 1;
        r->kinds >>= 1;
        r->first = --r->depth == 0;
        return false;
    }
    if (first) {
        return true;
    }
    if (*p == ',') {
        r->at = p + 1;
        return true;
    }
    return complain(r);
}

/* Strings. */

/* The first byte at or after p that ends a plain run: quote, backslash, control or not ASCII. */
static inline const char *plain_end(const char *p, const char *end)
{
#if defined __SSE2__
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i controls = _mm_set1_epi8(0x1f);
    while (end - p >= 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        /* Bytes are signed here: what is not ASCII is no greater than the controls either. */
        __m128i ends = _mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, backslash));
        __m128i plain = _mm_andnot_si128(ends, _mm_cmpgt_epi8(v, controls));
        unsigned mask = (unsigned)_mm_movemask_epi8(plain) ^ 0xffff;
        if (mask != 0) {
            return p + (unsigned)__builtin_ctz(mask);
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

/* Passes what ended a plain run at p and goes on to the closing quote. NULL after a failure. */
static __attribute__((noinline)) const char *pass_odd(struct json_read *r, const char *p,
                                                      bool *escaped, enum status *ret_status,
                                                      struct why *why)
{
    for (;;) {
        if (p == r->end) {
            *ret_status = broken_at(r, p, "the rest of a string", why);
            return NULL;
        }
        if (*p == '"') {
            return p;
        }
        size_t len = 0;
        const char *expected = "no control character";
        if (*p == '\\') {
            *escaped = true;
            expected = "an escape of JSON with no lone surrogate";
            len = json_escape_length(p, r->end);
        } else if ((uint8_t)*p >= 0x80) {
            expected = "a character in UTF-8";
            len = str_utf8_sequence((struct str){p, (size_t)(r->end - p)});
        }
        if (len == 0) {
            *ret_status = broken_at(r, p, expected, why);
            return NULL;
        }
        p = plain_end(p + len, r->end);
    }
}

/* A string token that has more in it than plain ASCII; from is behind its opening quote, p at what
 * ended the plain run. ret NULL: only passed. */
static __attribute__((noinline)) enum status
odd_string(struct json_read *r, const char *from, const char *p, struct str *ret, struct why *why)
{
    bool escaped = false;
    enum status status = STATUS_OK;
    p = pass_odd(r, p, &escaped, &status, why);
    if (p == NULL) {
        return status;
    }
    struct str raw = {from, (size_t)(p - from)};
    if (ret != NULL && escaped) {
        TRY(json_unescape(r->mem, raw, ret, why));
    } else if (ret != NULL) {
        *ret = raw;
    }
    r->at = p + 1;
    return STATUS_OK;
}

/* The string token at r->at. */
static inline enum status text_token(struct json_read *r, struct str *ret, struct why *why)
{
    const char *from = r->at + 1;
    const char *p = plain_end(from, r->end);
    if (LIKELY(p < r->end && *p == '"')) {
        r->at = p + 1;
        if (ret != NULL) {
            *ret = (struct str){from, (size_t)(p - from)};
        }
        return STATUS_OK;
    }
    return odd_string(r, from, p, ret, why);
}

enum status json_read_string(struct json_read *r, struct str *ret, struct why *why)
{
    return next_is(r, '"') ? text_token(r, ret, why) : not_a(r, JSON_STRING, why);
}

/* A key with its colon, whose text lies where the reader cannot tell it in one step. */
static __attribute__((noinline)) enum status odd_key(struct json_read *r, struct str *ret,
                                                     struct why *why)
{
    struct str key;
    if (!next_is(r, '"')) {
        return broken_at(r, r->at, "a key in quotes", why);
    }
    TRY(text_token(r, ret == NULL ? NULL : &key, why));
    if (!next_is(r, ':')) {
        return broken_at(r, r->at, "a colon", why);
    }
    r->at++;
    if (ret != NULL) {
        *ret = key;
    }
    return STATUS_OK;
}

static inline enum status key_token(struct json_read *r, struct str *ret, struct why *why)
{
    if (LIKELY(next_is(r, '"'))) {
        const char *from = r->at + 1;
        const char *p = plain_end(from, r->end);
        if (LIKELY(r->end - p >= 2 && p[0] == '"' && p[1] == ':')) {
            r->at = p + 2;
            r->at += r->at < r->end && *r->at == ' '; /* as most programs write it */
            if (ret != NULL) {
                *ret = (struct str){from, (size_t)(p - from)};
            }
            return STATUS_OK;
        }
    }
    return odd_key(r, ret, why);
}

enum status json_read_key(struct json_read *r, struct str *ret, struct why *why)
{
    return key_token(r, ret, why);
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

/* A whole number of at most 18 digits, the most frequent kind, read in one go. False, and nothing
 * moved, when it is another kind or none. */
static inline bool short_number(struct json_read *r, int64_t *ret, bool *negative)
{
    const char *p = r->at;
    const char *end = r->end;
    if (p < end && (uint8_t)*p <= ' ') {
        p = skip_space(p, end);
    }
    bool minus = p < end && *p == '-';
    p += minus;
    const char *from = p;
    int64_t value = 0;
    while (p < end && p - from < 19 && (uint8_t)(*p - '0') < 10) {
        value = (int64_t)((uint64_t)value * 10 + (uint8_t)(*p - '0'));
        p++;
    }
    size_t n = (size_t)(p - from);
    if (n == 0 || n > 18 || (n > 1 && *from == '0') ||
        (p < end && (*p == '.' || (*p | 0x20) == 'e'))) {
        return false;
    }
    r->at = p;
    *ret = minus ? -value : value;
    *negative = minus;
    return true;
}

static enum status next_number(struct json_read *r, struct json_number *number, struct why *why)
{
    const char *expected = NULL;
    r->at = skip_space(r->at, r->end);
    if (r->at == r->end || type_of(*r->at) != JSON_NUMBER) {
        return not_a(r, JSON_NUMBER, why);
    }
    const char *p = json_number_scan(r->at, r->end, number, &expected);
    if (expected != NULL) {
        return broken_at(r, p, expected, why);
    }
    r->at = p;
    return STATUS_OK;
}

enum status json_read_number(struct json_read *r, struct str *ret, struct why *why)
{
    struct json_number number;
    TRY(next_number(r, &number, why));
    *ret = number.text;
    return STATUS_OK;
}

static __attribute__((noinline)) enum status long_int64(struct json_read *r, int64_t *ret,
                                                        struct why *why)
{
    struct json_number number;
    TRY(next_number(r, &number, why));
    return json_number_to_int64(&number, (size_t)(number.text.ptr - r->start), ret, why);
}

enum status json_read_int64(struct json_read *r, int64_t *ret, struct why *why)
{
    bool negative;
    return short_number(r, ret, &negative) ? STATUS_OK : long_int64(r, ret, why);
}

static __attribute__((noinline)) enum status long_double(struct json_read *r, double *ret,
                                                         struct why *why)
{
    struct json_number number;
    TRY(next_number(r, &number, why));
    return json_number_to_double(&number, (size_t)(number.text.ptr - r->start), ret, why);
}

enum status json_read_double(struct json_read *r, double *ret, struct why *why)
{
    int64_t value;
    bool negative;
    if (LIKELY(short_number(r, &value, &negative))) {
        /* -0 is a double of its own. */
        *ret = value == 0 && negative ? -0.0 : (double)value;
        return STATUS_OK;
    }
    return long_double(r, ret, why);
}

/* Whole values. */

static __attribute__((noinline)) enum status pass_odd_scalar(struct json_read *r, struct why *why)
{
    struct json_number number;
    bool ignored;
    switch (json_read_type(r)) {
    case JSON_NUMBER:
        return next_number(r, &number, why);
    case JSON_BOOL:
        return json_read_bool(r, &ignored, why);
    case JSON_NULL:
        return json_read_null(r, why);
    default:
        return broken_at(r, r->at, "a value", why);
    }
}

/* Passes one scalar, or enters one container. */
static inline enum status pass_one(struct json_read *r, struct why *why)
{
    int64_t value;
    bool negative;
    switch (json_read_type(r)) {
    case JSON_OBJECT:
        return enter(r, '{', 1, JSON_OBJECT, why);
    case JSON_ARRAY:
        return enter(r, '[', 0, JSON_ARRAY, why);
    case JSON_STRING:
        return text_token(r, NULL, why);
    default:
        return short_number(r, &value, &negative) ? STATUS_OK : pass_odd_scalar(r, why);
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
            TRY(key_token(r, NULL, why));
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
                  STR_ARG(str_slice(key, 0, 40)), offset);
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
