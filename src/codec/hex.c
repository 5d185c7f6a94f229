#include "codec/hex.h"

#include "base/banned.h"

void hex_encode(struct bytes bytes, char *text)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.len; i++) {
        text[2 * i] = digits[bytes.ptr[i] >> 4];
        text[2 * i + 1] = digits[bytes.ptr[i] & 15];
    }
}

enum status hex_dup(struct arena *mem, struct bytes bytes, struct str *ret, struct why *why)
{
    char *text = arena_array(mem, bytes.len, 2);
    TRY_PTR(text);
    hex_encode(bytes, text);
    *ret = (struct str){text, 2 * bytes.len};
    return STATUS_OK;
}

int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

enum status hex_decode(struct str text, uint8_t *out, size_t n, struct why *why)
{
    if (text.len / 2 != n || text.len % 2 != 0) {
        return why_set(why, STATUS_MALFORMED, "%zu hexadecimal digits, where %zu are due", text.len,
                       2 * n);
    }
    for (size_t i = 0; i < n; i++) {
        int high = hex_digit(text.ptr[2 * i]);
        int low = hex_digit(text.ptr[2 * i + 1]);
        if (high < 0 || low < 0) {
            size_t offset = 2 * i + (high >= 0);
            return why_at(why, STATUS_MALFORMED, offset, "character %zu is no hexadecimal digit",
                          offset);
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    return STATUS_OK;
}
