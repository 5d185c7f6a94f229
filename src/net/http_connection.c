/* http_connection.c: one connection, from its first byte to its end. */
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/limits.h"
#include "net/http_refusal.h"
#include "net/http_reply.h"
#include "net/http_server_priv.h"

#include "base/banned.h"

enum {
    ARENA_KEPT = 64 << 10, /* an arena that one request made larger is not kept for the next */
    SWALLOWED_BODIES = 8,  /* so many times the bound is read and dropped before 413 */
    REPLY_HEAD_MAX = 64 << 10,
    JOINED_MAX = 16 << 10, /* a body up to this goes out in one piece with its head */
    LINGER_MS = 2000,
    STEPS_OF_A_TURN = 64,
};

/* What one step says: go on with the next, wait for the descriptor or the handler, or it is over.
 */
enum step { STEP_ON, STEP_WAIT, STEP_OVER };

static void phase_set(struct http_connection *c, enum http_phase phase)
{
    c->phase = phase;
    c->since = c->loop->now;
    c->moved = c->loop->now;
}

static size_t in_max(const struct http_connection *c)
{
    return c->loop->server->limits.header_bytes + 1;
}

struct http_connection *http_connection_new(struct http_loop *loop, int fd,
                                            const struct sockaddr *peer,
                                            const struct address *address)
{
    struct http_server *server = loop->server;
    struct http_connection *c = mem_alloc(sizeof *c);
    if (c == NULL) {
        return NULL;
    }
    c->loop = loop;
    c->in = mem_alloc(in_max(c));
    pthread_mutex_lock(&server->lock);
    struct tls_keys *keys = server->keys == NULL ? NULL : tls_keys_hold(server->keys);
    pthread_mutex_unlock(&server->lock);
    enum status status = STATUS_NO_MEMORY;
    if (c->in != NULL) {
        status = stream_open(&c->stream, fd, server->tls, keys);
    }
    tls_keys_release(keys);
    if (status != STATUS_OK) {
        mem_free(c->in);
        mem_free(c);
        return NULL;
    }
    c->address = *address;
    c->loopback = sockaddr_text(peer, c->peer);
    /* A reply is written at once; waiting for more would only add Nagle's delay. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    c->readable = true; /* what came before the descriptor was watched makes no edge */
    c->writable = true;
    phase_set(c, keys == NULL ? PHASE_WAITING : PHASE_HANDSHAKE);
    return c;
}

static void not_busy(struct http_connection *c)
{
    if (c->counted) {
        c->counted = false;
        atomic_fetch_sub(&c->loop->server->busy, 1);
    }
}

void http_connection_free(struct http_connection *c)
{
    stream_close(&c->stream);
    arena_free(c->exchange.mem);
    not_busy(c);
    mem_free(c->in);
    mem_free(c);
}

/* Bytes. */

/* Reads what fits behind what is there. */
static enum step fill(struct http_connection *c)
{
    size_t room = in_max(c) - c->in_len;
    if (!c->readable) {
        return STEP_WAIT;
    }
    ssize_t n = stream_read(&c->stream, c->in + c->in_len, room);
    if (n == STREAM_AGAIN) {
        c->readable = false;
        return STEP_WAIT;
    }
    if (n <= 0) {
        return STEP_OVER;
    }
    /* A short read has emptied a socket, and what comes later makes an edge; unless the end came
     * with it, whose edge was this one. TLS may hold more than the socket does. */
    c->readable = (size_t)n == room || c->ended || c->stream.session != NULL;
    c->in_len += (size_t)n;
    c->moved = c->loop->now;
    atomic_fetch_add_explicit(&c->loop->server->bytes_in, (uint64_t)n, memory_order_relaxed);
    return STEP_ON;
}

/* Takes the first n bytes of what was read away. */
static void drop(struct http_connection *c, size_t n)
{
    c->in_len -= n;
    if (n > 0 && c->in_len > 0) {
        memmove(c->in, c->in + n, c->in_len);
    }
}

/* Replies. */

static void answer(struct http_connection *c, const struct http_reply *reply)
{
    struct http_loop *loop = c->loop;
    struct buf out;
    c->closes = c->closes || !c->framing.keep_alive || atomic_load(&loop->server->stopping);
    const struct http_reply_form form = {.date = http_loop_date(loop),
                                         .closes = c->closes,
                                         .bodiless =
                                             str_eq(c->exchange.request.method, STR("HEAD"))};
    struct str body = form.bodiless ? STR("") : reply->body;
    buf_init(&out, c->exchange.mem, REPLY_HEAD_MAX + JOINED_MAX);
    http_reply_write(reply, &form, &out);
    if (body.len <= JOINED_MAX) {
        buf_put(&out, body.ptr, body.len);
        body = STR("");
    }
    c->out[0] = buf_view(&out);
    c->out[1] = body;
    phase_set(c, buf_status(&out) == STATUS_OK ? PHASE_WRITING : PHASE_DEAD);
    atomic_fetch_add(&loop->server->bytes_out, reply->body.len);
}

/* Answers in the server's own words, and tells whoever wants to know. */
static void answer_refusal(struct http_connection *c, const struct http_refusal *refusal)
{
    struct http_server *server = c->loop->server;
    struct http_reply reply;
    char id[UUID_TEXT + 1];
    rnd_uuid(&server->rnd, id);
    http_refusal_reply(refusal, str_from(id), c->exchange.mem, &reply);
    const struct http_rejection rejection = {.peer = str_from(c->peer),
                                             .status = refusal->status,
                                             .exception = refusal->exception,
                                             .message = refusal->message,
                                             .request_id = str_from(id)};
    atomic_fetch_add(&server->rejected, 1);
    if (server->tell_rejected != NULL) {
        server->tell_rejected(server->rejected_ctx, &rejection);
    }
    answer(c, &reply);
}

/* The same where the rest of the request cannot be told from the next one, or is not wanted. */
static void refuse(struct http_connection *c, const struct http_refusal *refusal)
{
    c->closes = true;
    answer_refusal(c, refusal);
}

/* Requests. */

static void finish(struct http_exchange *exchange)
{
    struct http_connection *c = exchange->server_state;
    struct http_loop *loop = c->loop;
    if (atomic_exchange(&c->hand, HAND_FINISHED) == HAND_SUSPENDED) {
        http_loop_finished(loop, c);
    }
}

static bool exchange_begin(struct http_connection *c)
{
    struct arena *mem = c->exchange.mem;
    if (mem != NULL && arena_used(mem) > ARENA_KEPT) {
        arena_free(mem);
        mem = NULL;
    }
    if (mem == NULL) {
        mem = arena_new(LIMIT_REQUEST_MEMORY);
    } else {
        arena_clear(mem);
    }
    c->refusal = NULL;
    c->framing = (struct http_framing){.keep_alive = false};
    c->body_read = 0;
    c->exchange = (struct http_exchange){
        .mem = mem, .started_ms = c->since, .finish = finish, .server_state = c};
    c->exchange.request.peer = str_from(c->peer);
    c->exchange.request.loopback = c->loopback;
    c->exchange.request.tls = c->stream.session != NULL;
    return mem != NULL;
}

/* Gives the whole request to the handler. */
static void dispatch(struct http_connection *c)
{
    struct http_server *server = c->loop->server;
    int running = HAND_HANDLER;
    c->exchange.request.body = buf_view(&c->body);
    c->counted = true;
    atomic_fetch_add(&server->busy, 1);
    /* Counted first, then asked: either this sees the end, or http_server_stop sees the count. */
    if (atomic_load(&server->stopping)) {
        refuse(c, &http_refused_end);
        return;
    }
    atomic_fetch_add(&server->requests, 1);
    phase_set(c, PHASE_WORKING);
    atomic_store(&c->hand, HAND_HANDLER);
    server->handle(&c->exchange, server->ctx);
    if (!atomic_compare_exchange_strong(&c->hand, &running, HAND_SUSPENDED)) {
        answer(c, &c->exchange.reply);
    }
}

/* The body is read to its end. */
static void body_whole(struct http_connection *c)
{
    if (c->refusal != NULL) {
        answer_refusal(c, c->refusal);
    } else {
        dispatch(c);
    }
}

/* Keeps a piece of the body; false when it is refused by now: the client sends on and on. */
static bool keep_body(struct http_connection *c, struct str piece)
{
    size_t max = c->loop->server->limits.body_bytes;
    c->body_read += piece.len;
    if (c->body_read > max) {
        c->refusal = &http_refused_body;
    } else {
        buf_put(&c->body, piece.ptr, piece.len);
    }
    if (buf_status(&c->body) != STATUS_OK) {
        refuse(c, &http_refused_memory);
        return false;
    }
    if (c->body_read / (SWALLOWED_BODIES + 1) > max) {
        refuse(c, &http_refused_body);
        return false;
    }
    return true;
}

static enum step take_chunks(struct http_connection *c)
{
    struct str rest = {c->in, c->in_len};
    struct str piece = STR("");
    enum http_chunks_said said;
    do {
        said = http_chunks_read(&c->chunks, &rest, &piece);
        if (said == HTTP_CHUNKS_DATA && !keep_body(c, piece)) {
            return STEP_ON;
        }
    } while (said == HTTP_CHUNKS_DATA);
    drop(c, c->in_len - rest.len);
    if (said == HTTP_CHUNKS_BAD) {
        refuse(c, &http_refused_chunk);
        return STEP_ON;
    }
    if (said == HTTP_CHUNKS_END) {
        body_whole(c);
        return STEP_ON;
    }
    return fill(c);
}

static enum step take_body(struct http_connection *c)
{
    size_t left = (size_t)c->framing.length - c->body_read;
    size_t n = c->in_len < left ? c->in_len : left;
    if (!keep_body(c, (struct str){c->in, n})) {
        return STEP_ON;
    }
    drop(c, n);
    if (n == left) {
        body_whole(c);
        return STEP_ON;
    }
    return fill(c);
}

/* Whether the stated length is beyond the bound, and then not even waited for. */
static bool body_unbearable(const struct http_connection *c)
{
    uint64_t max = c->loop->server->limits.body_bytes;
    uint64_t length = (uint64_t)c->framing.length;
    return length > max && (c->framing.waits || length / SWALLOWED_BODIES > max);
}

/* The head is whole: in in, n bytes of it. It is copied, since what in holds moves on. */
static void take_head(struct http_connection *c, size_t n)
{
    struct str head;
    const struct http_refusal *refusal = &http_refused_memory;
    if (n >= in_max(c)) {
        refusal = &http_refused_headers;
    } else if (str_dup(c->exchange.mem, (struct str){c->in, n}, &head, NULL) == STATUS_OK) {
        refusal = http_head_read(c->exchange.mem, head, &c->exchange.request, &c->framing);
    }
    drop(c, n);
    if (refusal == NULL && body_unbearable(c)) {
        refusal = &http_refused_body;
    }
    if (refusal != NULL) {
        refuse(c, refusal);
        return;
    }
    buf_init(&c->body, c->exchange.mem, c->loop->server->limits.body_bytes);
    http_chunks_init(&c->chunks, c->loop->server->limits.header_bytes);
    c->phase = PHASE_BODY;
    /* A handful of bytes: when the socket does not take them, it never will. */
    if (c->framing.waits && c->in_len == 0 &&
        stream_write(&c->stream, STR("HTTP/1.1 100 Continue\r\n\r\n")) < 0) {
        c->phase = PHASE_DEAD;
    }
}

/* RFC 9112, section 2.2: empty lines before a request are read over. */
static void skip_empty_lines(struct http_connection *c)
{
    size_t n = 0;
    while (n + 1 < c->in_len && c->in[n] == '\r' && c->in[n + 1] == '\n') {
        n += 2;
    }
    drop(c, n);
}

/* For the first byte of a request. */
static enum step wait_for_request(struct http_connection *c)
{
    skip_empty_lines(c);
    if (c->in_len == 0 || (c->in_len == 1 && c->in[0] == '\r')) {
        return fill(c);
    }
    phase_set(c, PHASE_HEAD);
    return exchange_begin(c) ? STEP_ON : STEP_OVER;
}

static enum step read_head(struct http_connection *c)
{
    size_t n = 0;
    switch (http_head_find(&c->search, (struct str){c->in, c->in_len}, &n)) {
    case HTTP_HEAD_WHOLE:
        take_head(c, n);
        return STEP_ON;
    case HTTP_HEAD_HOPELESS:
        refuse(c, &http_refused_line);
        return STEP_ON;
    default:
        break;
    }
    if (c->in_len == in_max(c)) {
        refuse(c, c->search.line_whole ? &http_refused_headers : &http_refused_long_line);
        return STEP_ON;
    }
    return fill(c);
}

/* Writing, and the end. */

static void reply_sent(struct http_connection *c)
{
    not_busy(c);
    c->search = (struct http_head_search){.looked = 0};
    if (c->closes) {
        stream_finish(&c->stream);
        phase_set(c, PHASE_LINGERING);
        c->readable = true;
    } else {
        phase_set(c, PHASE_WAITING);
    }
}

static enum step write_out(struct http_connection *c)
{
    struct str *part = c->out[0].len > 0 ? &c->out[0] : &c->out[1];
    if (part->len == 0) {
        reply_sent(c);
        return STEP_ON;
    }
    if (!c->writable) {
        return STEP_WAIT;
    }
    ssize_t n = stream_write(&c->stream, *part);
    if (n == STREAM_AGAIN) {
        c->writable = false;
        return STEP_WAIT;
    }
    if (n < 0) {
        return STEP_OVER;
    }
    *part = str_slice(*part, (size_t)n, part->len);
    c->moved = c->loop->now;
    return STEP_ON;
}

static enum step linger(struct http_connection *c)
{
    c->in_len = 0;
    return fill(c);
}

static enum step shake_hands(struct http_connection *c)
{
    int said = stream_handshake(&c->stream);
    if (said == 1) {
        phase_set(c, PHASE_WAITING);
        return STEP_ON;
    }
    c->moved = c->loop->now;
    return said == STREAM_AGAIN ? STEP_WAIT : STEP_OVER;
}

static enum step step(struct http_connection *c)
{
    switch (c->phase) {
    case PHASE_HANDSHAKE:
        return shake_hands(c);
    case PHASE_WAITING:
        return wait_for_request(c);
    case PHASE_HEAD:
        return read_head(c);
    case PHASE_BODY:
        return c->framing.chunked ? take_chunks(c) : take_body(c);
    case PHASE_WRITING:
        return write_out(c);
    case PHASE_LINGERING:
        return linger(c);
    case PHASE_WORKING:
        return STEP_WAIT;
    default:
        return STEP_OVER;
    }
}

void http_connection_run(struct http_connection *c)
{
    for (int i = 0; i < STEPS_OF_A_TURN; i++) {
        enum step said = step(c);
        if (said == STEP_WAIT) {
            return;
        }
        if (said == STEP_OVER) {
            http_loop_bury(c->loop, c);
            return;
        }
    }
    http_loop_ready(c->loop, c);
}

void http_connection_resume(struct http_connection *c)
{
    answer(c, &c->exchange.reply);
    http_connection_run(c);
}

void http_connection_tick(struct http_connection *c)
{
    const struct http_server_limits *limits = &c->loop->server->limits;
    int64_t now = c->loop->now;
    bool idle = now - c->moved > (int64_t)limits->idle_seconds * SECOND_MS;
    int64_t allowed = limits->request_ms;
    if (c->phase == PHASE_WAITING) {
        allowed += (int64_t)limits->idle_seconds * SECOND_MS; /* for who sends empty lines */
    } else if (c->phase == PHASE_LINGERING) {
        allowed = LINGER_MS;
    }
    bool slow = now - c->since > allowed;
    if (c->phase == PHASE_WORKING || !(idle || slow)) {
        return;
    }
    if (!c->timed_out && c->phase != PHASE_LINGERING) {
        c->timed_out = true;
        atomic_fetch_add(&c->loop->server->timeouts, 1);
    }
    if (c->phase == PHASE_HEAD || c->phase == PHASE_BODY) {
        refuse(c, &http_refused_time);
        http_connection_run(c);
    } else {
        http_loop_bury(c->loop, c);
    }
}
