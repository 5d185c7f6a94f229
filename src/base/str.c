/* str.c: views on text. */
#include "base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/banned.h"

int str_cmp(struct str a, struct str b)
{
    size_t shared = a.len < b.len ? a.len : b.len;
    int order = shared == 0 ? 0 : memcmp(a.ptr, b.ptr, shared);
    if (order != 0) {
        return order;
    }
    return (a.len > b.len) - (a.len < b.len);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool str_eq_nocase(struct str a, struct str b)
{
    if (a.len != b.len) {
        return false;
    }
    for (size_t i = 0; i < a.len; i++) {
        if (lower(a.ptr[i]) != lower(b.ptr[i])) {
            return false;
        }
    }
    return true;
}

bool str_starts(struct str s, struct str prefix)
{
    return s.len >= prefix.len && str_eq(str_slice(s, 0, prefix.len), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
    return s.len >= suffix.len && str_eq(str_slice(s, s.len - suffix.len, s.len), suffix);
}

bool bytes_eq_secret(struct bytes a, struct bytes b)
{
    if (a.len != b.len) {
        return false;
    }
    volatile uint8_t different = 0;
    for (size_t i = 0; i < a.len; i++) {
        different |= a.ptr[i] ^ b.ptr[i];
    }
    return different == 0;
}

size_t str_find_char(struct str s, char c, size_t from)
{
    if (from >= s.len) {
        return s.len;
    }
    const char *at = memchr(s.ptr + from, c, s.len - from);
    return at == NULL ? s.len : (size_t)(at - s.ptr);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

struct str str_trim(struct str s)
{
    while (s.len > 0 && is_blank(s.ptr[0])) {
        s = str_slice(s, 1, s.len);
    }
    while (s.len > 0 && is_blank(s.ptr[s.len - 1])) {
        s = str_slice(s, 0, s.len - 1);
    }
    return s;
}

bool str_next(struct str *rest, char sep, struct str *ret_part)
{
    if (rest->ptr == NULL) {
        return false;
    }
    size_t at = str_find_char(*rest, sep, 0);
    *ret_part = str_slice(*rest, 0, at);
    if (at == rest->len) {
        *rest = STR_ABSENT;
    } else {
        *rest = str_slice(*rest, at + 1, rest->len);
    }
    return true;
}

enum status bytes_dup(struct arena *mem, struct bytes b, struct bytes *ret, struct why *why)
{
    if (b.ptr == NULL) {
        *ret = b;
        return STATUS_OK;
    }
    uint8_t *copy = arena_alloc(mem, b.len + 1);
    TRY_PTR(copy);
    memcpy(copy, b.ptr, b.len);
    *ret = (struct bytes){copy, b.len};
    return STATUS_OK;
}

enum status str_dup(struct arena *mem, struct str s, struct str *ret, struct why *why)
{
    struct bytes copy;
    TRY(bytes_dup(mem, bytes_of_str(s), &copy, why));
    *ret = str_of_bytes(copy);
    return STATUS_OK;
}

char *str_z(struct arena *mem, struct str s)
{
    char *copy = arena_alloc(mem, s.len + 1);
    if (copy != NULL && s.len > 0) {
        memcpy(copy, s.ptr, s.len);
    }
    return copy;
}

enum status str_fmt(struct arena *mem, struct str *ret, struct why *why, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (len < 0) {
        return why_set(why, STATUS_INTERNAL, "a text could not be formatted");
    }
    char *text = arena_alloc(mem, (size_t)len + 1);
    TRY_PTR(text);
    va_start(args, fmt);
    vsnprintf(text, (size_t)len + 1, fmt, args);
    va_end(args);
    *ret = (struct str){text, (size_t)len};
    return STATUS_OK;
}

enum status str_to_int64(struct str s, int64_t *ret)
{
    char text[24];
    if (s.len == 0 || s.len >= sizeof text) {
        return STATUS_INVALID;
    }
    for (size_t i = s.ptr[0] == '-' ? 1 : 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') {
            return STATUS_INVALID;
        }
    }
    if (s.ptr[s.len - 1] == '-') {
        return STATUS_INVALID;
    }
    memcpy(text, s.ptr, s.len);
    text[s.len] = '\0';
    errno = 0;
    long long value = strtoll(text, NULL, 10);
    if (errno != 0) {
        return STATUS_INVALID;
    }
    *ret = value;
    return STATUS_OK;
}

uint64_t str_hash(struct str s)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < s.len; i++) {
        hash = (hash ^ (uint8_t)s.ptr[i]) * 1099511628211u;
    }
    return hash;
}

/* RFC 3629, section 4, row by row: the first byte fixes the length and what the second may be,
 * which shuts out overlong forms, surrogates and code points above U+10FFFF. */
static const struct utf8_row {
    uint8_t first_from, first_to, length, second_from, second_to;
} utf8_rows[] = {
    {0x00, 0x7f, 1, 0, 0},       {0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf},
    {0xe1, 0xec, 3, 0x80, 0xbf}, {0xed, 0xed, 3, 0x80, 0x9f}, {0xee, 0xef, 3, 0x80, 0xbf},
    {0xf0, 0xf0, 4, 0x90, 0xbf}, {0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f},
};

static const struct utf8_row *utf8_row_of(uint8_t first)
{
    for (size_t i = 0; i < sizeof utf8_rows / sizeof utf8_rows[0]; i++) {
        if (first >= utf8_rows[i].first_from && first <= utf8_rows[i].first_to) {
            return &utf8_rows[i];
        }
    }
    return NULL;
}

size_t str_utf8_sequence(struct str s)
{
    const uint8_t *p = (const uint8_t *)s.ptr;
    const struct utf8_row *row = s.len == 0 ? NULL : utf8_row_of(p[0]);
    if (row == NULL || row->length > s.len) {
        return 0;
    }
    if (row->length > 1 && (p[1] < row->second_from || p[1] > row->second_to)) {
        return 0;
    }
    for (size_t i = 2; i < row->length; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return row->length;
}

bool str_is_utf8(struct str s)
{
    while (s.len > 0) {
        size_t len = str_utf8_sequence(s);
        if (len == 0) {
            return false;
        }
        s = str_slice(s, len, s.len);
    }
    return true;
}

size_t str_utf8_length(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        n += ((uint8_t)s.ptr[i] & 0xc0) != 0x80;
    }
    return n;
}
