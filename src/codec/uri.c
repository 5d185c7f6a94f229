#include "codec/uri.h"

#include "base/limits.h"
#include "codec/hex.h"

#include "base/banned.h"

enum status uri_decode(struct arena *mem, struct str text, struct str *ret, struct why *why)
{
    if (str_find_char(text, '%', 0) == text.len) {
        *ret = text;
        return STATUS_OK;
    }
    char *decoded = arena_alloc(mem, text.len);
    TRY_PTR(decoded);
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        decoded[n] = text.ptr[i];
        if (text.ptr[i] == '%') {
            int high = text.len - i > 2 ? hex_digit(text.ptr[i + 1]) : -1;
            int low = text.len - i > 2 ? hex_digit(text.ptr[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return why_at(why, STATUS_MALFORMED, i,
                              "the %% at character %zu is not followed by two hexadecimal digits",
                              i);
            }
            decoded[n] = (char)(high << 4 | low);
            i += 2;
        }
        n++;
    }
    *ret = (struct str){decoded, n};
    return STATUS_OK;
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void uri_encode(struct buf *out, struct str text, enum uri_slash slash)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = (uint8_t)text.ptr[i];
        if (is_unreserved((char)c) || (c == '/' && slash == URI_KEEP_SLASH)) {
            buf_put_char(out, (char)c);
        } else {
            buf_put(out, (char[]){'%', digits[c >> 4], digits[c & 15]}, 3);
        }
    }
}

/* Decodes one "name=value". */
static enum status read_param(struct arena *mem, struct str part, struct uri_param *ret,
                              struct why *why)
{
    size_t equals = str_find_char(part, '=', 0);
    struct uri_param param;
    TRY(uri_decode(mem, str_slice(part, 0, equals), &param.name, why));
    TRY(uri_decode(mem, str_slice(part, equals + 1, part.len), &param.value, why));
    *ret = param;
    return STATUS_OK;
}

enum status uri_query_read(struct arena *mem, struct str query, struct uri_query *ret,
                           struct why *why)
{
    size_t n = 0;
    struct str rest = query;
    struct str part;
    while (str_next(&rest, '&', &part)) {
        n += part.len > 0;
    }
    if (n > LIMIT_QUERY_PARAMETERS) {
        return why_set(why, STATUS_TOO_LARGE, "%zu query parameters; at most %d are read", n,
                       LIMIT_QUERY_PARAMETERS);
    }
    struct uri_param *params = NEW_ARRAY(mem, struct uri_param, n);
    TRY_PTR(params);
    n = 0;
    rest = query;
    while (str_next(&rest, '&', &part)) {
        if (part.len > 0) {
            TRY(read_param(mem, part, &params[n], why));
            n++;
        }
    }
    *ret = (struct uri_query){params, n};
    return STATUS_OK;
}

struct str uri_query_get(const struct uri_query *query, struct str name)
{
    for (size_t i = 0; i < query->n; i++) {
        if (str_eq(query->params[i].name, name)) {
            return query->params[i].value;
        }
    }
    return STR_ABSENT;
}
