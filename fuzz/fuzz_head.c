/* fuzz_head.c: bytes of a connection, through the head's end, the head, and a body in chunks.
 *
 * The end is looked for in one piece and in pieces cut by the input itself: both must agree. What
 * is read must lie within the input, and a body in chunks must be the same whole and byte by byte.
 */
#include <stdint.h>
#include <stdlib.h>

#include "net/http_chunks.h"
#include "net/http_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FRAMING_MAX = 256 };

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void must_lie_in(struct str part, struct str whole)
{
    must(str_absent(part) ||
         (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len));
}

static enum http_head_said find_in_pieces(struct str text, size_t step, size_t *ret_len)
{
    struct http_head_search search = {.looked = 0};
    for (size_t n = 0; n < text.len;) {
        n = n + step < text.len ? n + step : text.len;
        enum http_head_said said = http_head_find(&search, str_slice(text, 0, n), ret_len);
        if (said != HTTP_HEAD_MORE) {
            return said;
        }
    }
    return HTTP_HEAD_MORE;
}

/* A digest of the body, and how its reading ended. */
static uint64_t read_chunks(struct str text, size_t step, enum http_chunks_said *ret)
{
    struct http_chunks chunks;
    uint64_t sum = 0;
    http_chunks_init(&chunks, FRAMING_MAX);
    *ret = HTTP_CHUNKS_MORE;
    for (size_t at = 0; at < text.len && *ret == HTTP_CHUNKS_MORE; at += step) {
        struct str rest = str_slice(text, at, at + step);
        struct str piece = STR("");
        while ((*ret = http_chunks_read(&chunks, &rest, &piece)) == HTTP_CHUNKS_DATA) {
            must_lie_in(piece, text);
            for (size_t i = 0; i < piece.len; i++) {
                sum = sum * 31 + (unsigned char)piece.ptr[i] + 1;
            }
        }
    }
    return sum;
}

static void check_chunks(struct str text)
{
    enum http_chunks_said whole = HTTP_CHUNKS_MORE;
    enum http_chunks_said single = HTTP_CHUNKS_MORE;
    must(read_chunks(text, text.len + 1, &whole) == read_chunks(text, 1, &single));
    must(whole == single);
}

static void check_head(struct str head)
{
    struct http_request request = {.n_headers = 0};
    struct http_framing framing;
    struct arena *mem = arena_new(1 << 20);
    if (http_head_read(mem, head, &request, &framing) == NULL) {
        must_lie_in(request.method, head);
        must_lie_in(request.path, head);
        must_lie_in(request.query, head);
        must(request.path.len > 0 && request.path.ptr[0] == '/');
        must(framing.length >= 0 && !(framing.chunked && framing.length > 0));
        for (size_t i = 0; i < request.n_headers; i++) {
            must_lie_in(request.headers[i].name, head);
            must_lie_in(request.headers[i].value, head);
            must(request.headers[i].name.len > 0);
        }
    }
    arena_free(mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    size_t len = 0;
    size_t other = 0;
    enum http_head_said said = find_in_pieces(text, size + 1, &len);
    enum http_head_said pieces = find_in_pieces(text, size > 0 ? data[0] % 7 + 1u : 1, &other);
    must(said == pieces && len == other);
    if (said == HTTP_HEAD_WHOLE) {
        check_head(str_slice(text, 0, len));
        check_chunks(str_slice(text, len, text.len));
    }
    check_chunks(text);
    return 0;
}
