#include "codec/json_escape.h"

#include "codec/hex.h"

#include "base/banned.h"

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

size_t json_escape_length(const char *p, const char *end)
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

enum status json_unescape(struct arena *mem, struct str raw, struct str *ret, struct why *why)
{
    const char *p = raw.ptr;
    const char *end = raw.ptr + raw.len;
    char *text = mem == NULL ? NULL : arena_alloc(mem, raw.len + 1);
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
