#include "broker/peer_priv.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"

#include "base/banned.h"

enum {
    READ_BYTES = 64 << 10,
    IN_MAX = LIMIT_LINK_FRAME_BYTES + LINK_LENGTH_BYTES + READ_BYTES,
    RETRY_MS = 500,
    HEARTBEAT_MS = 60 * SECOND_MS, /* a broker that says nothing is noted as seen so often */
    BATCH_MEMORY = 4 << 20,
};

void peer_fail(struct peer *peer, const struct why *why)
{
    if (!peer->gone) {
        peer->gone = true;
        peer->why = *why;
    }
}

/* ---- batches --------------------------------------------------------------------------------- */

void batch_free(struct batch *batch)
{
    if (batch != NULL) {
        outbound_release(&batch->in.publish);
        mem_free(batch->ptr);
        mem_free(batch);
    }
}

static enum status batch_work(struct store_tx *tx, void *ctx, struct why *why)
{
    struct batch *batch = ctx;
    const struct broker_options *o = batch->options;
    AUTO_ARENA *mem = arena_new(BATCH_MEMORY);
    TRY_PTR(mem);
    const struct account_ctx account = {
        .id = o->account, .clock = o->clock, .rnd = o->rnd, .mem = mem, .tx = tx};
    return intake_apply(&account, &batch->in, why);
}

static void batch_done(struct store_job *job)
{
    struct batch *batch = (struct batch *)job;
    int wake = batch->wake;
    atomic_store(&batch->settled, true); /* from here on the batch is the server's */
    eventfd_write(wake, 1);
}

static enum status batch_new(const struct peer *peer, const struct peer_calls *calls,
                             struct batch **ret, struct why *why)
{
    struct batch *batch = mem_alloc(sizeof *batch);
    TRY_PTR(batch);
    *batch = (struct batch){
        .job = {.work = batch_work, .done = batch_done, .ctx = batch},
        .options = calls->options,
        .wake = calls->wake,
        .in = {.stranger = calls->options->stranger, .stranger_ctx = calls->options->stranger_ctx}};
    memcpy(batch->broker, peer->name, peer->name_len);
    memcpy(batch->version, peer->version, peer->version_len);
    memcpy(batch->in.epoch, peer->epoch, LINK_ID_BYTES);
    batch->in.broker = (struct str){batch->broker, peer->name_len};
    batch->in.version = (struct str){batch->version, peer->version_len};
    *ret = batch;
    return STATUS_OK;
}

static enum status batch_add(struct peer *peer, const struct peer_calls *calls, struct bytes frame,
                             struct why *why)
{
    if (peer->filling == NULL) {
        TRY(batch_new(peer, calls, &peer->filling, why));
    }
    struct batch *batch = peer->filling;
    size_t cap = batch->cap == 0 ? READ_BYTES : batch->cap;
    while (cap - batch->len < frame.len) {
        cap *= 2;
    }
    if (cap > batch->cap) {
        uint8_t *ptr = mem_grow(batch->ptr, cap);
        TRY_PTR(ptr);
        batch->ptr = ptr;
        batch->cap = cap;
    }
    memcpy(batch->ptr + batch->len, frame.ptr, frame.len);
    batch->len += frame.len;
    batch->in.n++;
    return STATUS_OK;
}

static bool batch_is_full(const struct batch *batch)
{
    return batch != NULL && (batch->in.n >= INTAKE_FRAMES_MAX || batch->len >= INTAKE_BYTES_MAX);
}

static void batch_submit(struct peer *peer, struct batch *batch)
{
    struct why why;
    batch->in.frames = (struct bytes){batch->ptr, batch->len};
    batch->retry_at = 0;
    atomic_store(&batch->settled, false);
    if (store_submit(batch->options->store, &batch->job, &why) != STATUS_OK) {
        batch->retry_at = clock_monotonic_ms() + RETRY_MS;
        batch->job.status = why.code;
        batch->job.why = why;
    }
    peer->last_batch = clock_monotonic_ms();
}

void peer_flush(struct peer *peer, const struct peer_calls *calls)
{
    struct why why;
    int64_t now = clock_monotonic_ms();
    if (peer->flying != NULL) {
        if (peer->flying->retry_at != 0 && now >= peer->flying->retry_at) {
            batch_submit(peer, peer->flying);
        }
        return;
    }
    bool due = peer->stale || now - peer->last_batch >= HEARTBEAT_MS;
    if (peer->filling == NULL && peer->greeted && due &&
        batch_new(peer, calls, &peer->filling, &why) != STATUS_OK) {
        return;
    }
    if (peer->filling != NULL) {
        peer->flying = peer->filling;
        peer->filling = NULL;
        peer->stale = false;
        batch_submit(peer, peer->flying);
    }
}

struct batch *peer_settled(struct peer *peer, struct why *trouble)
{
    struct batch *batch = peer->flying;
    if (batch == NULL || batch->retry_at != 0 || !atomic_load(&batch->settled)) {
        return NULL;
    }
    if (batch->job.status != STATUS_OK) {
        *trouble = batch->job.why;
        trouble->code = batch->job.status;
        batch->retry_at = clock_monotonic_ms() + RETRY_MS;
        return NULL;
    }
    peer->flying = NULL;
    return batch;
}

/* ---- reading --------------------------------------------------------------------------------- */

bool peer_may_read(const struct peer *peer)
{
    return !peer->gone && !batch_is_full(peer->filling);
}

static enum status take_frame(struct peer *peer, const struct peer_calls *calls, struct bytes frame,
                              struct bytes whole, struct why *why)
{
    struct link_message message;
    TRY(link_decode(frame, LINK_UP, &message, why));
    if (message.type == LINK_HELLO) {
        if (peer->greeted) {
            return why_set(why, STATUS_MALFORMED, "it said HELLO twice");
        }
        calls->hello(calls->server, peer, &message.as.hello);
        return STATUS_OK;
    }
    if (!peer->greeted) {
        return why_set(why, STATUS_MALFORMED, "it said %s before HELLO",
                       link_type_name(message.type));
    }
    if (message.type == LINK_PUBLISHED) {
        calls->published(calls->server, peer, &message.as.published);
    } else if (message.type == LINK_CUT_DONE) {
        calls->cut_done(calls->server, peer, &message.as.cut_done);
    }
    return batch_add(peer, calls, whole, why);
}

/* All whole frames that there is room for. *ret_used is how far they go. */
static enum status take_frames(struct peer *peer, const struct peer_calls *calls, size_t *ret_used,
                               struct why *why)
{
    *ret_used = 0;
    while (!peer->gone && !batch_is_full(peer->filling)) {
        const struct bytes rest = {peer->in + *ret_used, peer->in_len - *ret_used};
        struct bytes frame;
        size_t used = 0;
        TRY(link_frame(rest, &frame, &used, why));
        if (frame.ptr == NULL) {
            break;
        }
        TRY(take_frame(peer, calls, frame, (struct bytes){rest.ptr, used}, why));
        *ret_used += used;
    }
    return STATUS_OK;
}

/* What is in the buffer already; true when some of it was used. */
static bool take_buffered(struct peer *peer, const struct peer_calls *calls)
{
    size_t used = 0;
    struct why why = {.code = STATUS_OK};
    if (take_frames(peer, calls, &used, &why) != STATUS_OK) {
        peer_fail(peer, &why);
    }
    memmove(peer->in, peer->in + used, peer->in_len - used);
    peer->in_len -= used;
    return used > 0;
}

static enum status make_room(struct peer *peer, struct why *why)
{
    if (peer->in_cap - peer->in_len >= READ_BYTES) {
        return STATUS_OK;
    }
    size_t cap = peer->in_len + READ_BYTES;
    uint8_t *in = cap <= IN_MAX ? mem_grow(peer->in, cap) : NULL;
    TRY_PTR(in);
    peer->in = in;
    peer->in_cap = cap;
    return STATUS_OK;
}

void peer_read(struct peer *peer, const struct peer_calls *calls)
{
    struct why why;
    if (peer->in_len > 0) {
        take_buffered(peer, calls);
    }
    while (peer_may_read(peer)) {
        if (make_room(peer, &why) != STATUS_OK) {
            peer_fail(peer, &why);
            return;
        }
        ssize_t n = recv(peer->fd, peer->in + peer->in_len, READ_BYTES, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
            return;
        }
        if (n <= 0) {
            why_fill(&why, STATUS_IO, 0, "%s",
                     n == 0 ? "it closed the link" : strerrordesc_np(errno));
            peer_fail(peer, &why);
            return;
        }
        peer->in_len += (size_t)n;
        take_buffered(peer, calls);
    }
}

void peer_close(struct peer *peer, struct batch **ret_orphan)
{
    struct batch *flying = peer->flying;
    bool settled = flying != NULL && (flying->retry_at != 0 || atomic_load(&flying->settled));
    unsigned slot = peer->slot;
    if (settled) {
        batch_free(flying);
    }
    *ret_orphan = settled ? NULL : flying;
    batch_free(peer->filling);
    outbound_release(&peer->out);
    mem_free(peer->in);
    close(peer->fd);
    *peer = (struct peer){.fd = -1, .slot = slot};
}
