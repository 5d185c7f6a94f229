#include "net/http_chunks.h"

#include "base/banned.h"

enum { SIZE, EXTENSION, SIZE_LF, DATA, DATA_CR, DATA_LF, TRAILER, TRAILER_LF, WHOLE };

enum { SIZE_DIGITS_MAX = 15 }; /* no chunk is of 2^60 bytes */

void http_chunks_init(struct http_chunks *chunks, size_t framing_max)
{
    *chunks = (struct http_chunks){.state = SIZE, .framing_max = framing_max};
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static bool take_size(struct http_chunks *chunks, char c)
{
    int digit = hex_digit(c);
    if (digit >= 0) {
        chunks->left = chunks->left * 16 + (unsigned)digit;
        return ++chunks->digits <= SIZE_DIGITS_MAX;
    }
    chunks->state = c == '\r' ? SIZE_LF : EXTENSION;
    return chunks->digits > 0 && (c == '\r' || c == ';' || c == ' ' || c == '\t');
}

static bool is_text(char c)
{
    return (unsigned char)c >= ' ' || c == '\t';
}

static bool take_trailer(struct http_chunks *chunks, char c)
{
    if (c == '\r') {
        chunks->state = TRAILER_LF;
        return true;
    }
    chunks->trailer_line = true;
    return is_text(c);
}

static bool end_line(struct http_chunks *chunks, char c)
{
    switch (chunks->state) {
    case SIZE_LF:
        chunks->state = chunks->left > 0 ? DATA : TRAILER;
        break;
    case DATA_LF:
        chunks->state = SIZE;
        chunks->digits = 0;
        chunks->framing = 0;
        break;
    default:
        chunks->state = chunks->trailer_line ? TRAILER : WHOLE;
        chunks->trailer_line = false;
    }
    return c == '\n';
}

/* One byte of framing; false when it does not belong there. */
static bool take(struct http_chunks *chunks, char c)
{
    if (++chunks->framing > chunks->framing_max) {
        return false;
    }
    switch (chunks->state) {
    case SIZE:
        return take_size(chunks, c);
    case EXTENSION:
        chunks->state = c == '\r' ? SIZE_LF : EXTENSION;
        return c == '\r' || is_text(c);
    case DATA_CR:
        chunks->state = DATA_LF;
        return c == '\r';
    case TRAILER:
        return take_trailer(chunks, c);
    default:
        return end_line(chunks, c);
    }
}

enum http_chunks_said http_chunks_read(struct http_chunks *chunks, struct str *rest,
                                       struct str *ret_data)
{
    while (rest->len > 0) {
        if (chunks->state == DATA) {
            size_t n = rest->len < chunks->left ? rest->len : (size_t)chunks->left;
            *ret_data = str_slice(*rest, 0, n);
            *rest = str_slice(*rest, n, rest->len);
            chunks->left -= n;
            chunks->state = chunks->left == 0 ? DATA_CR : DATA;
            return HTTP_CHUNKS_DATA;
        }
        char c = rest->ptr[0];
        *rest = str_slice(*rest, 1, rest->len);
        if (!take(chunks, c)) {
            return HTTP_CHUNKS_BAD;
        }
        if (chunks->state == WHOLE) {
            return HTTP_CHUNKS_END;
        }
    }
    return HTTP_CHUNKS_MORE;
}
