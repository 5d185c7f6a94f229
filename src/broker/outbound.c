#include "broker/outbound.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/banned.h"

enum { OUTBOUND_FIRST = 64 << 10 };

void outbound_release(struct outbound *out)
{
    mem_free(out->ptr);
    *out = (struct outbound){.ptr = NULL};
}

static enum status make_room(struct outbound *out, size_t size, struct why *why)
{
    size_t waiting = outbound_waiting(out);
    if (size > OUTBOUND_MAX - waiting) {
        return why_set(why, STATUS_TOO_LARGE, "%zu bytes wait to be read by the broker already",
                       waiting);
    }
    if (out->start > 0 && out->cap - out->end < size) {
        memmove(out->ptr, out->ptr + out->start, waiting);
        out->start = 0;
        out->end = waiting;
    }
    size_t cap = out->cap == 0 ? OUTBOUND_FIRST : out->cap;
    while (cap - out->end < size) {
        cap *= 2;
    }
    if (cap > out->cap) {
        uint8_t *ptr = mem_grow(out->ptr, cap);
        TRY_PTR(ptr);
        out->ptr = ptr;
        out->cap = cap;
    }
    return STATUS_OK;
}

enum status outbound_put(struct outbound *out, enum link_type type, const void *message,
                         struct why *why)
{
    size_t size = link_size(type, message);
    if (size == 0) {
        return why_set(why, STATUS_TOO_LARGE, "a frame of type %d is longer than a frame may be",
                       (int)type);
    }
    TRY(make_room(out, size, why));
    struct link_out frame = link_out_of(out->ptr + out->end, size);
    if (!link_encode(&frame, type, message)) {
        return why_set(why, STATUS_INTERNAL, "a frame of type %d cannot be written", (int)type);
    }
    out->end += frame.len;
    return STATUS_OK;
}

enum status outbound_put_bytes(struct outbound *out, struct bytes frames, struct why *why)
{
    TRY(make_room(out, frames.len, why));
    if (frames.len > 0) { /* of no bytes the pointer may be NULL */
        memcpy(out->ptr + out->end, frames.ptr, frames.len);
    }
    out->end += frames.len;
    return STATUS_OK;
}

enum status outbound_write(struct outbound *out, int fd, struct why *why)
{
    while (out->start < out->end) {
        ssize_t n =
            send(fd, out->ptr + out->start, outbound_waiting(out), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            return STATUS_OK;
        }
        if (n < 0) {
            return why_set(why, STATUS_IO, "the broker does not read: %s", strerrordesc_np(errno));
        }
        out->start += (size_t)n;
    }
    out->start = 0;
    out->end = 0;
    return STATUS_OK;
}
