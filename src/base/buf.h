/* buf.h: bytes that grow, up to a largest size given at birth.
 *
 * A buf is a sticky builder: the putters return nothing, the first failure is remembered, later
 * putters do nothing, and buf_finish (or buf_status) reports it once. The bytes lie in the arena;
 * there is nothing to free.
 *     struct buf out;
 *     buf_init(&out, mem, LIMIT_REPLY_BYTES);
 *     buf_put_str(&out, STR("hello "));  buf_put_fmt(&out, "%d", 42);
 *     TRY(buf_finish(&out, &text, why));
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct buf {
    struct arena *mem;
    char *ptr;
    size_t len;
    size_t cap;
    size_t max;
    enum status status;
};

void buf_init(struct buf *buf, struct arena *mem, size_t max);

void buf_put(struct buf *buf, const void *ptr, size_t len);
void buf_put_str(struct buf *buf, struct str s);
void buf_put_char(struct buf *buf, char c);
void buf_put_fmt(struct buf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Remembers a failure found elsewhere; the first one wins. */
void buf_fail(struct buf *buf, enum status status);

/* Empties it and forgets the failure; keeps the memory. */
void buf_clear(struct buf *buf);

/* Lends the bytes written so far; valid until the next putter. */
struct str buf_view(const struct buf *buf);

static inline enum status buf_status(const struct buf *buf)
{
    return buf->status;
}

/* The whole text, or why it could not be written: TOO_LARGE beyond max, NO_MEMORY. */
MUST_USE enum status buf_finish(struct buf *buf, struct str *ret, struct why *why);

#endif
