#include "codec/base64.h"

#include "base/banned.h"

static const char alphabets[][65] = {
    [BASE64_STANDARD] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    [BASE64_URL] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
};

enum status base64_encode(struct arena *mem, enum base64_kind kind, struct bytes bytes,
                          struct str *ret, struct why *why)
{
    const char *alphabet = alphabets[kind];
    if (bytes.len > SIZE_MAX / 2) {
        return why_no_memory(why);
    }
    char *text = arena_alloc(mem, bytes.len / 3 * 4 + 4);
    TRY_PTR(text);
    char *to = text;
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t left = bytes.len - i;
        uint32_t group = (uint32_t)bytes.ptr[i] << 16;
        group |= left > 1 ? (uint32_t)bytes.ptr[i + 1] << 8 : 0;
        group |= left > 2 ? bytes.ptr[i + 2] : 0;
        size_t digits = left > 2 ? 4 : left + 1;
        for (size_t d = 0; d < digits; d++) {
            *to++ = alphabet[group >> (18 - 6 * d) & 63];
        }
        for (size_t d = digits; d < 4 && kind == BASE64_STANDARD; d++) {
            *to++ = '=';
        }
    }
    *ret = (struct str){text, (size_t)(to - text)};
    return STATUS_OK;
}

static int digit_value(enum base64_kind kind, char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    if (c == alphabets[kind][62]) {
        return 62;
    }
    return c == alphabets[kind][63] ? 63 : -1;
}

static enum status refuse(size_t offset, struct why *why)
{
    return why_at(why, STATUS_MALFORMED, offset, "character %zu breaks the base64", offset);
}

/* Takes the padding off text; the digits that remain leave 0, 2 or 3 over. */
static enum status without_padding(enum base64_kind kind, struct str *text, struct why *why)
{
    size_t len = text->len;
    if (kind == BASE64_STANDARD) {
        if (len % 4 != 0) {
            return why_at(why, STATUS_MALFORMED, len,
                          "%zu characters of base64 are not a multiple of four", len);
        }
        for (int i = 0; i < 2 && len > 0 && text->ptr[len - 1] == '='; i++) {
            len--;
        }
    }
    if (len % 4 == 1) {
        return refuse(len, why);
    }
    *text = str_slice(*text, 0, len);
    return STATUS_OK;
}

enum status base64_decode(struct arena *mem, enum base64_kind kind, struct str text,
                          struct bytes *ret, struct why *why)
{
    TRY(without_padding(kind, &text, why));
    uint8_t *bytes = arena_alloc(mem, text.len / 4 * 3 + 3);
    TRY_PTR(bytes);
    uint32_t group = 0;
    unsigned bits = 0;
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        int value = digit_value(kind, text.ptr[i]);
        if (value < 0) {
            return refuse(i, why);
        }
        group = (group << 6 | (uint32_t)value) & 0xffffff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes[n++] = (uint8_t)(group >> bits);
        }
    }
    if ((group & ((1u << bits) - 1)) != 0) {
        return refuse(text.len - 1, why);
    }
    *ret = (struct bytes){bytes, n};
    return STATUS_OK;
}
