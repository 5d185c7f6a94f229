/* json_write.c: a sticky writer of JSON. */
#include "codec/json_write.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"

#include "base/banned.h"

void json_write_init(struct json_write *w, struct buf *out)
{
    *w = (struct json_write){.out = out};
}

/* The comma before a value, and whether a value may stand here. */
static bool value_begins(struct json_write *w)
{
    bool in_object = w->depth > 0 && (w->kinds & 1);
    if (in_object != w->keyed || (w->depth == 0 && w->comma)) {
        buf_fail(w->out, STATUS_INTERNAL);
        return false;
    }
    if (w->comma && !w->keyed) {
        buf_put_char(w->out, ',');
    }
    w->keyed = false;
    w->comma = true;
    return true;
}

static void container_begins(struct json_write *w, char opener, unsigned kind)
{
    if (!value_begins(w)) {
        return;
    }
    if (w->depth == LIMIT_JSON_DEPTH) {
        buf_fail(w->out, STATUS_INTERNAL);
        return;
    }
    w->kinds = w->kinds << 1 | kind;
    w->depth++;
    w->comma = false;
    buf_put_char(w->out, opener);
}

void json_write_object(struct json_write *w)
{
    container_begins(w, '{', 1);
}

void json_write_array(struct json_write *w)
{
    container_begins(w, '[', 0);
}

void json_write_end(struct json_write *w)
{
    if (w->depth == 0 || w->keyed) {
        buf_fail(w->out, STATUS_INTERNAL);
        return;
    }
    buf_put_char(w->out, w->kinds & 1 ? '}' : ']');
    w->kinds >>= 1;
    w->depth--;
    w->comma = true;
}

static bool is_plain(uint8_t c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void put_escape(struct buf *out, uint8_t c)
{
    static const char hex[] = "0123456789abcdef";
    static const char letters[] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
                                   ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\'};
    if (c < sizeof letters && letters[c] != 0) {
        buf_put(out, (char[]){'\\', letters[c]}, 2);
    } else {
        buf_put(out, (char[]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]}, 6);
    }
}

/* True when one of the eight bytes is no plain one: a control character, a quote, a backslash, or
 * not ASCII. Bytes are compared side by side in one word. */
static bool any_special(uint64_t bytes)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t tops = ones << 7;
    uint64_t quote = bytes ^ ones * '"';
    uint64_t slash = bytes ^ ones * '\\';
    uint64_t delete = bytes ^ ones * 0x7f;
    uint64_t low = (bytes - ones * 0x20) & ~bytes;
    uint64_t equal =
        ((quote - ones) & ~quote) | ((slash - ones) & ~slash) | ((delete - ones) & ~delete);
    return ((low | equal | bytes) & tops) != 0;
}

/* The end of the plain bytes that begin at from. */
static size_t plain_end(struct str s, size_t from)
{
    size_t at = from;
    for (uint64_t bytes; s.len - at >= sizeof bytes; at += sizeof bytes) {
        memcpy(&bytes, s.ptr + at, sizeof bytes);
        if (any_special(bytes)) {
            break;
        }
    }
    while (at < s.len && is_plain((uint8_t)s.ptr[at])) {
        at++;
    }
    return at;
}

void json_put_quoted(struct buf *out, struct str s)
{
    buf_put_char(out, '"');
    for (size_t at = 0; at < s.len;) {
        size_t run = plain_end(s, at);
        buf_put(out, s.ptr + at, run - at);
        at = run;
        if (at == s.len) {
            break;
        }
        uint8_t c = (uint8_t)s.ptr[at];
        if (c < 0x80) {
            put_escape(out, c);
            at++;
            continue;
        }
        size_t len = str_utf8_sequence(str_slice(s, at, s.len));
        if (len == 0) {
            buf_put_str(out, STR("\xef\xbf\xbd"));
            at++;
        } else {
            buf_put(out, s.ptr + at, len);
            at += len;
        }
    }
    buf_put_char(out, '"');
}

void json_write_key(struct json_write *w, struct str key)
{
    if (w->depth == 0 || !(w->kinds & 1) || w->keyed) {
        buf_fail(w->out, STATUS_INTERNAL);
        return;
    }
    if (w->comma) {
        buf_put_char(w->out, ',');
    }
    json_put_quoted(w->out, key);
    buf_put_char(w->out, ':');
    w->keyed = true;
}

void json_write_string(struct json_write *w, struct str s)
{
    if (value_begins(w)) {
        json_put_quoted(w->out, s);
    }
}

void json_write_raw(struct json_write *w, struct str json)
{
    if (value_begins(w)) {
        buf_put_str(w->out, json);
    }
}

/* Writes the number's digits, at least least, so that they end before end; returns where they
 * begin. */
static char *digits_before(char *end, uint64_t value, int least)
{
    char *at = end;
    for (; value > 0 || least > 0; value /= 10, least--) {
        *--at = (char)('0' + value % 10);
    }
    return at;
}

void json_write_int64(struct json_write *w, int64_t value)
{
    char text[24];
    char *end = text + sizeof text;
    char *at = digits_before(end, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 1);
    if (value < 0) {
        *--at = '-';
    }
    json_write_raw(w, (struct str){at, (size_t)(end - at)});
}

void json_write_bool(struct json_write *w, bool value)
{
    json_write_raw(w, value ? STR("true") : STR("false"));
}

void json_write_null(struct json_write *w)
{
    json_write_raw(w, STR("null"));
}

/* The shortest of %.1g ... %.17g that reads back the same. A normal double keeps fifteen digits,
 * and
 * %.15g drops zeros at their end, so only the subnormal ones are tried from one digit on. */
static int shortest(char *text, size_t size, double value)
{
    int len = 0;
    for (int precision = fabs(value) < DBL_MIN ? 1 : 15; precision <= 17; precision++) {
        len = snprintf(text, size, "%.*g", precision, value);
        if (strtod(text, NULL) == value) {
            break;
        }
    }
    return len;
}

void json_write_double(struct json_write *w, double value)
{
    char text[40];
    if (!isfinite(value)) {
        buf_fail(w->out, STATUS_INTERNAL);
        return;
    }
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t before = uselocale(c);
    int len = shortest(text, sizeof text, value);
    uselocale(before);
    if (c != (locale_t)0) {
        freelocale(c);
    }
    json_write_raw(w, (struct str){text, (size_t)len});
}

void json_write_time(struct json_write *w, int64_t ms)
{
    char text[32];
    if (ms == TIME_NEVER) {
        json_write_null(w);
        return;
    }
    uint64_t size = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms;
    char *end = text + sizeof text;
    char *at = digits_before(end, size % SECOND_MS, 3);
    *--at = '.';
    at = digits_before(at, size / SECOND_MS, 1);
    if (ms < 0) {
        *--at = '-';
    }
    json_write_raw(w, (struct str){at, (size_t)(end - at)});
}

void json_write_member(struct json_write *w, struct str key, struct str value)
{
    if (!str_absent(value)) {
        json_write_key(w, key);
        json_write_string(w, value);
    }
}

void json_write_member_int64(struct json_write *w, struct str key, int64_t value)
{
    json_write_key(w, key);
    json_write_int64(w, value);
}

void json_write_member_bool(struct json_write *w, struct str key, bool value)
{
    json_write_key(w, key);
    json_write_bool(w, value);
}

void json_write_member_double(struct json_write *w, struct str key, double value)
{
    json_write_key(w, key);
    json_write_double(w, value);
}

void json_write_member_time(struct json_write *w, struct str key, int64_t ms)
{
    if (ms != TIME_NEVER) {
        json_write_key(w, key);
        json_write_time(w, ms);
    }
}

void json_write_finish(struct json_write *w)
{
    if (w->depth != 0 || !w->comma) {
        buf_fail(w->out, STATUS_INTERNAL);
    }
}
