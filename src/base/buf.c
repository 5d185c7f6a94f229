/* buf.c: a sticky, bounded builder of bytes. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/banned.h"

enum { CAP_FIRST = 128 };

void buf_init(struct buf *buf, struct arena *mem, size_t max)
{
    /* Room for a NUL behind the largest text must not wrap. */
    max = max < SIZE_MAX / 4 ? max : SIZE_MAX / 4;
    *buf = (struct buf){.mem = mem, .max = max, .status = STATUS_OK};
}

void buf_fail(struct buf *buf, enum status status)
{
    if (buf->status == STATUS_OK) {
        buf->status = status;
    }
}

/* Makes room for len more bytes and, uncounted, a NUL; returns where they go, NULL after a failure.
 */
static char *buf_room(struct buf *buf, size_t len)
{
    if (buf->status != STATUS_OK) {
        return NULL;
    }
    if (len > buf->max - buf->len) {
        buf->status = STATUS_TOO_LARGE;
        return NULL;
    }
    if (len >= buf->cap - buf->len) {
        size_t need = buf->len + len + 1;
        size_t cap = buf->cap < CAP_FIRST / 2 ? CAP_FIRST : buf->cap * 2;
        cap = cap < need ? need : cap;
        cap = cap > buf->max ? buf->max + 1 : cap;
        char *grown = arena_grow(buf->mem, buf->ptr, buf->cap, cap);
        if (grown == NULL) {
            buf->status = STATUS_NO_MEMORY;
            return NULL;
        }
        buf->ptr = grown;
        buf->cap = cap;
    }
    return buf->ptr + buf->len;
}

void buf_put(struct buf *buf, const void *ptr, size_t len)
{
    char *room = len == 0 ? NULL : buf_room(buf, len);
    if (room != NULL) {
        memcpy(room, ptr, len);
        buf->len += len;
    }
}

void buf_put_str(struct buf *buf, struct str s)
{
    buf_put(buf, s.ptr, s.len);
}

void buf_put_char(struct buf *buf, char c)
{
    buf_put(buf, &c, 1);
}

void buf_put_fmt(struct buf *buf, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (len < 0) {
        buf_fail(buf, STATUS_INTERNAL);
        return;
    }
    char *room = buf_room(buf, (size_t)len);
    if (room != NULL) {
        va_start(args, fmt);
        vsnprintf(room, (size_t)len + 1, fmt, args);
        va_end(args);
        buf->len += (size_t)len;
    }
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->status = STATUS_OK;
}

struct str buf_view(const struct buf *buf)
{
    return (struct str){buf->ptr == NULL ? "" : buf->ptr, buf->len};
}

enum status buf_finish(struct buf *buf, struct str *ret, struct why *why)
{
    if (buf->status == STATUS_TOO_LARGE) {
        return why_set(why, STATUS_TOO_LARGE, "more than %zu bytes", buf->max);
    }
    if (buf->status != STATUS_OK) {
        return why_set(why, buf->status, "%s", status_meaning(buf->status));
    }
    *ret = buf_view(buf);
    return STATUS_OK;
}
