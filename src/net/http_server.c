/* http_server.c: libmicrohttpd, with the bounds that it lacks.
 *
 * 1. A connection's struct is born in on_connection STARTED and dies in CLOSED, which the library
 *    calls before it closes the socket. So whoever holds server->lock and finds a connection in the
 *    list may use its descriptor.
 * 2. A connection has one exchange at a time; it is used again for the next request.
 * 3. The reply is queued when the library calls with the whole request, never on the first call
 *    (which would close the connection), except to refuse a request and be rid of the connection.
 * 4. An exchange that the handler has not finished when it returns is suspended. Who comes second,
 *    the I/O thread that suspended or the thread that finished, resumes; hand decides.
 * 5. server->busy counts from the call of the handler until the reply is sent, or cannot be.
 */
#include "net/http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <microhttpd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/rnd.h"
#include "net/cidr.h"
#include "net/tls_keys.h"

#include "base/banned.h"

enum {
    ARENA_KEPT = 64 << 10, /* an arena that one request made larger is not kept for the next */
    SWALLOWED_BODIES = 8,  /* so many times the bound is read and dropped before 413 */
    LISTEN_QUEUE = 511,
    SWEEP_MS_MAX = 250,
    STOP_POLL_MS = 2,
};

/* What a connection is doing; says which bound of time holds. */
enum phase { PHASE_WAITING, PHASE_READING, PHASE_WORKING, PHASE_WRITING };

/* Where an exchange is; see 4. */
enum hand { HAND_HANDLER, HAND_SUSPENDED, HAND_FINISHED };

/* What the server itself answers; the table is in http_server.h. */
struct refusal {
    int status;
    struct str exception;
    struct str message;
};

#define REFUSAL(name, status, exception, message)                                                  \
    static const struct refusal name = {status, STR_INIT(exception "Exception"), STR_INIT(message)}
REFUSAL(refused_target, 400, "InvalidRequest", "The request target is not a path.");
REFUSAL(refused_framing, 400, "InvalidRequest",
        "The length of the request is not stated in one way.");
REFUSAL(refused_length, 400, "InvalidRequest", "Content-Length is not a number.");
REFUSAL(refused_time, 408, "RequestTimeout", "The request did not arrive in time.");
REFUSAL(refused_body, 413, "RequestEntityTooLarge", "The request body is too large.");
REFUSAL(refused_headers, 431, "InvalidRequest", "The request line and headers are too large.");
REFUSAL(refused_memory, 503, "ServiceUnavailable", "Out of memory.");
REFUSAL(refused_end, 503, "ServiceUnavailable", "The server is ending.");

struct connection {
    struct connection *next;
    struct connection *prev;
    struct http_server *server;
    struct MHD_Connection *mhd;
    struct tls_keys *keys;
    int fd;
    char peer[INET6_ADDRSTRLEN];
    bool loopback;
    atomic_int phase;
    _Atomic int64_t since; /* monotonic ms; of this phase, or of the first byte of the request */
    bool cut;              /* by the sweeper; under server->lock */

    struct http_exchange exchange;
    struct buf body;
    bool headers_read;
    bool counted;                  /* in server->busy */
    const struct refusal *refusal; /* NULL: none */
    size_t swallowed;
    atomic_int hand;
};

struct http_server {
    struct http_server_limits limits;
    void (*handle)(struct http_exchange *exchange, void *ctx);
    void *ctx;
    void (*tell_rejected)(void *ctx, const struct http_rejection *rejection);
    void *rejected_ctx;
    struct rnd rnd;
    struct MHD_Daemon *daemon;
    struct tls_keys *keys; /* under lock */
    char *cert_file;       /* both NULL without TLS */
    char *key_file;
    int listen_fd;
    uint16_t port;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t sweeper;
    bool sweeping;
    bool ending;                    /* under lock */
    struct connection *connections; /* under lock */
    atomic_bool stopping;
    atomic_uint open;
    atomic_uint busy;
    _Atomic uint64_t accepted, refused, requests, rejected, timeouts, bytes_in, bytes_out;
};

static void phase_set(struct connection *c, enum phase phase)
{
    atomic_store(&c->since, clock_monotonic_ms());
    atomic_store(&c->phase, phase);
}

/* Peers. */

/* Whether one more connection from this address is welcome. */
static enum MHD_Result on_accept(void *cls, const struct sockaddr *address, socklen_t len)
{
    struct http_server *server = cls;
    char text[INET6_ADDRSTRLEN];
    unsigned n = 0;
    (void)len;
    sockaddr_text(address, text);
    pthread_mutex_lock(&server->lock);
    for (struct connection *c = server->connections; c != NULL; c = c->next) {
        n += memcmp(c->peer, text, strlen(text) + 1) == 0;
    }
    pthread_mutex_unlock(&server->lock);
    if (n < server->limits.connections_per_address) {
        return MHD_YES;
    }
    atomic_fetch_add(&server->refused, 1);
    return MHD_NO;
}

/* Connections. */

static struct connection *connection_new(struct http_server *server, struct MHD_Connection *mhd)
{
    struct connection *c = mem_alloc(sizeof *c);
    if (c == NULL) {
        return NULL;
    }
    c->server = server;
    c->mhd = mhd;
    c->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    c->loopback = sockaddr_text(
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr, c->peer);
    phase_set(c, PHASE_WAITING);
    /* A reply is written at once; waiting for more would only add Nagle's delay to TLS. */
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    pthread_mutex_lock(&server->lock);
    c->keys = server->keys == NULL ? NULL : tls_keys_hold(server->keys);
    c->next = server->connections;
    if (c->next != NULL) {
        c->next->prev = c;
    }
    server->connections = c;
    pthread_mutex_unlock(&server->lock);
    atomic_fetch_add(&server->accepted, 1);
    atomic_fetch_add(&server->open, 1);
    return c;
}

static void not_busy(struct connection *c)
{
    if (c->counted) {
        c->counted = false;
        atomic_fetch_sub(&c->server->busy, 1);
    }
}

static void connection_free(struct connection *c)
{
    struct http_server *server = c->server;
    pthread_mutex_lock(&server->lock);
    if (c->prev != NULL) {
        c->prev->next = c->next;
    } else {
        server->connections = c->next;
    }
    if (c->next != NULL) {
        c->next->prev = c->prev;
    }
    pthread_mutex_unlock(&server->lock);
    tls_keys_release(c->keys);
    arena_free(c->exchange.mem);
    not_busy(c);
    mem_free(c);
    atomic_fetch_sub(&server->open, 1);
}

static void on_connection(void *cls, struct MHD_Connection *mhd, void **slot,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *slot = connection_new(cls, mhd); /* NULL: its requests are refused */
    } else if (*slot != NULL) {
        connection_free(*slot);
        *slot = NULL;
    }
}

static struct connection *connection_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info == NULL ? NULL : info->socket_context;
}

/* Which certificate a handshake uses: that of the connection. The library offers no closure, but
 * says whose session it is. */
static int on_handshake(gnutls_session_t session, const gnutls_datum_t *authorities, int n,
                        const gnutls_pk_algorithm_t *algorithms, int n_algorithms,
                        gnutls_pcert_st **chain, unsigned *chain_n, gnutls_privkey_t *key)
{
    struct MHD_Connection *mhd = gnutls_session_get_ptr(session);
    struct connection *c = mhd == NULL ? NULL : connection_of(mhd);
    (void)authorities;
    (void)n;
    (void)algorithms;
    (void)n_algorithms;
    if (c == NULL || c->keys == NULL) {
        return -1;
    }
    *chain = tls_keys_chain(c->keys, chain_n);
    *key = tls_keys_private(c->keys);
    return 0;
}

/* Requests. */

static void finish(struct http_exchange *exchange)
{
    struct connection *c = exchange->server_state;
    struct MHD_Connection *mhd = c->mhd;
    if (atomic_exchange(&c->hand, HAND_FINISHED) == HAND_SUSPENDED) {
        MHD_resume_connection(mhd);
    }
}

/* The first reason stands. */
static void reject(struct connection *c, const struct refusal *refusal)
{
    if (c->refusal == NULL) {
        c->refusal = refusal;
    }
}

static bool exchange_begin(struct connection *c)
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
    c->exchange = (struct http_exchange){.mem = mem, .finish = finish, .server_state = c};
    if (mem == NULL) {
        return false;
    }
    buf_init(&c->body, mem, c->server->limits.body_bytes);
    c->headers_read = false;
    c->refusal = NULL;
    c->swallowed = 0;
    atomic_store(&c->hand, HAND_HANDLER);
    return true;
}

/* The first the library tells of a request: its target, still as it was sent. */
static void *on_target(void *cls, const char *target, struct MHD_Connection *mhd)
{
    struct connection *c = connection_of(mhd);
    struct str raw;
    (void)cls;
    if (c == NULL || !exchange_begin(c)) {
        return NULL;
    }
    phase_set(c, PHASE_READING);
    struct http_request *request = &c->exchange.request;
    if (str_dup(c->exchange.mem, str_from(target), &raw, NULL) != STATUS_OK) {
        return NULL;
    }
    size_t mark = str_find_char(raw, '?', 0);
    request->path = str_slice(raw, 0, mark);
    request->query = mark == raw.len ? STR_ABSENT : str_slice(raw, mark + 1, raw.len);
    if (raw.len == 0 || raw.ptr[0] != '/') {
        reject(c, &refused_target);
    }
    c->exchange.started_ms = atomic_load(&c->since);
    return c;
}

/* Decoding is the caller's business; see http.h. */
static size_t leave_encoded(void *cls, struct MHD_Connection *mhd, char *text)
{
    (void)cls;
    (void)mhd;
    return strlen(text);
}

struct header_count {
    size_t n;
    size_t bytes;
};

static enum MHD_Result count_header(void *cls, enum MHD_ValueKind kind, const char *name,
                                    size_t name_len, const char *value, size_t value_len)
{
    struct header_count *count = cls;
    (void)kind;
    (void)name;
    (void)value;
    count->n++;
    count->bytes += name_len + value_len + sizeof ": \r\n" - 1;
    return MHD_YES;
}

static enum MHD_Result take_header(void *cls, enum MHD_ValueKind kind, const char *name,
                                   size_t name_len, const char *value, size_t value_len)
{
    struct connection *c = cls;
    struct http_request *request = &c->exchange.request;
    struct http_header header;
    (void)kind;
    struct str text = value == NULL ? STR("") : (struct str){value, value_len};
    if (str_dup(c->exchange.mem, (struct str){name, name_len}, &header.name, NULL) != STATUS_OK ||
        str_dup(c->exchange.mem, text, &header.value, NULL) != STATUS_OK) {
        reject(c, &refused_memory);
        return MHD_NO;
    }
    /* The array has room for what was counted; the request owns it, so the cast only says that it
     * is still being filled. */
    struct http_header *headers = (struct http_header *)(uintptr_t)request->headers;
    headers[request->n_headers++] = header;
    return MHD_YES;
}

/* Two readers of a request must agree where it ends: RFC 9112, sections 6.1 to 6.3. */
static void check_framing(struct connection *c)
{
    const struct http_request *request = &c->exchange.request;
    unsigned lengths = 0;
    unsigned codings = 0;
    bool chunked = true;
    for (size_t i = 0; i < request->n_headers; i++) {
        const struct http_header *header = &request->headers[i];
        lengths += str_eq_nocase(header->name, STR("Content-Length"));
        if (str_eq_nocase(header->name, STR("Transfer-Encoding"))) {
            codings++;
            chunked = str_eq_nocase(header->value, STR("chunked"));
        }
    }
    if (lengths + codings > 1 || !chunked) {
        reject(c, &refused_framing);
    }
}

/* Whether the stated length is beyond the bound, and then whether to wait for the body at all. */
static void check_length(struct connection *c)
{
    int64_t length = 0;
    struct str text = http_header_get(&c->exchange.request, STR("Content-Length"));
    size_t max = c->server->limits.body_bytes;
    if (!str_absent(text) && str_to_int64(text, &length) != STATUS_OK) {
        reject(c, &refused_length);
    }
    bool waits = !str_absent(http_header_get(&c->exchange.request, STR("Expect")));
    if (length > 0 && (uint64_t)length > max &&
        (waits || (uint64_t)length / SWALLOWED_BODIES > max)) {
        reject(c, &refused_body);
    }
}

static void read_headers(struct connection *c, const char *method)
{
    struct http_request *request = &c->exchange.request;
    struct header_count count = {0};
    c->headers_read = true;
    MHD_get_connection_values_n(c->mhd, MHD_HEADER_KIND, count_header, &count);
    count.bytes +=
        strlen(method) + request->path.len + request->query.len + sizeof "  HTTP/1.1\r\n";
    atomic_fetch_add(&c->server->bytes_in, count.bytes);
    if (count.bytes > c->server->limits.header_bytes) {
        reject(c, &refused_headers);
        return;
    }
    struct http_header *headers = NEW_ARRAY(c->exchange.mem, struct http_header, count.n);
    if (headers == NULL ||
        str_dup(c->exchange.mem, str_from(method), &request->method, NULL) != STATUS_OK) {
        reject(c, &refused_memory);
        return;
    }
    request->headers = headers;
    request->peer = str_from(c->peer);
    request->loopback = c->loopback;
    request->tls = c->keys != NULL;
    MHD_get_connection_values_n(c->mhd, MHD_HEADER_KIND, take_header, c);
    check_framing(c);
    check_length(c);
}

/* Takes a piece of the body; false when the client sends on and on beyond the bound. */
static bool read_body(struct connection *c, const char *ptr, size_t len)
{
    atomic_fetch_add(&c->server->bytes_in, len);
    buf_put(&c->body, ptr, len);
    if (buf_status(&c->body) == STATUS_TOO_LARGE) {
        c->swallowed += len;
        reject(c, &refused_body);
    } else if (buf_status(&c->body) != STATUS_OK) {
        reject(c, &refused_memory);
    }
    return c->swallowed / SWALLOWED_BODIES <= c->server->limits.body_bytes;
}

/* A header that would split the reply is left out; nothing of ours writes one. */
static void add_header(struct MHD_Response *response, struct connection *c,
                       const struct http_header *header)
{
    char *name = str_z(c->exchange.mem, header->name);
    char *value = str_z(c->exchange.mem, header->value);
    if (name != NULL && value != NULL) {
        (void)MHD_add_response_header(response, name, value);
    }
}

static enum MHD_Result answer(struct connection *c, const struct http_reply *reply)
{
    /* The library promises not to write into a body that is persistent. */
    void *body = (void *)(uintptr_t)(reply->body.ptr == NULL ? "" : reply->body.ptr);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(reply->body.len, body, MHD_RESPMEM_PERSISTENT);
    if (response == NULL) {
        return MHD_NO;
    }
    for (size_t i = 0; i < reply->n_headers; i++) {
        add_header(response, c, &reply->headers[i]);
    }
    if (atomic_load(&c->server->stopping)) {
        (void)MHD_add_response_header(response, "Connection", "close");
    }
    phase_set(c, PHASE_WRITING);
    bool valid = reply->status >= 200 && reply->status <= 599;
    enum MHD_Result queued =
        MHD_queue_response(c->mhd, valid ? (unsigned)reply->status : 500u, response);
    MHD_destroy_response(response);
    atomic_fetch_add(&c->server->bytes_out, reply->body.len);
    return queued;
}

/* Tells whoever wants to know. */
static void tell_refusal(const struct connection *c, const struct refusal *refusal,
                         const char *request_id)
{
    const struct http_server *server = c->server;
    const struct http_rejection rejection = {.peer = str_from(c->peer),
                                             .status = refusal->status,
                                             .exception = refusal->exception,
                                             .message = refusal->message,
                                             .request_id = str_from(request_id)};
    if (server->tell_rejected != NULL) {
        server->tell_rejected(server->rejected_ctx, &rejection);
    }
}

#define REFUSAL_BODY "{\"__type\":\"%.*s\",\"message\":\"%.*s\"}"

static enum MHD_Result answer_refusal(struct connection *c)
{
    const struct refusal *refusal = c->refusal;
    struct http_reply reply = {.status = refusal->status};
    char id[UUID_TEXT + 1];
    rnd_uuid(&c->server->rnd, id);
    if (str_fmt(c->exchange.mem, &reply.body, NULL, REFUSAL_BODY, STR_ARG(refusal->exception),
                STR_ARG(refusal->message)) != STATUS_OK) {
        reply.body = STR("{}"); /* the header still names the error */
    }
    http_reply_header(&reply, STR("Content-Type"), STR("application/json"));
    http_reply_header(&reply, STR("x-amzn-ErrorType"), refusal->exception);
    http_reply_header(&reply, STR("x-amzn-RequestId"), str_from(id));
    atomic_fetch_add(&c->server->rejected, 1);
    tell_refusal(c, refusal, id);
    return answer(c, &reply);
}

/* Gives the whole request to the handler; see 4 at the top. */
static enum MHD_Result dispatch(struct connection *c)
{
    struct http_server *server = c->server;
    int running = HAND_HANDLER;
    c->exchange.request.body = buf_view(&c->body);
    c->counted = true;
    atomic_fetch_add(&server->busy, 1);
    /* Counted first, then asked: either this sees the end, or http_server_stop sees the count. */
    if (atomic_load(&server->stopping)) {
        c->refusal = &refused_end;
        not_busy(c);
        return answer_refusal(c);
    }
    atomic_fetch_add(&server->requests, 1);
    phase_set(c, PHASE_WORKING);
    server->handle(&c->exchange, server->ctx);
    if (atomic_load(&c->hand) == HAND_FINISHED) {
        return answer(c, &c->exchange.reply);
    }
    MHD_suspend_connection(c->mhd);
    if (!atomic_compare_exchange_strong(&c->hand, &running, HAND_SUSPENDED)) {
        MHD_resume_connection(c->mhd);
    }
    return MHD_YES;
}

/* Called with the headers, with each piece of the body, with the end of the body, and again after a
 * resume. */
static enum MHD_Result on_request(void *cls, struct MHD_Connection *mhd, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_len, void **slot)
{
    struct connection *c = *slot;
    (void)cls;
    (void)mhd;
    (void)url;
    (void)version;
    if (c == NULL) {
        return MHD_NO;
    }
    if (!c->headers_read) {
        read_headers(c, method);
        return c->refusal == NULL ? MHD_YES : answer_refusal(c);
    }
    if (*upload_len > 0) {
        bool bearable = read_body(c, upload, *upload_len);
        *upload_len = 0;
        return bearable ? MHD_YES : MHD_NO;
    }
    if (c->refusal != NULL) {
        return answer_refusal(c);
    }
    return c->counted ? answer(c, &c->exchange.reply) : dispatch(c);
}

static void on_completed(void *cls, struct MHD_Connection *mhd, void **slot,
                         enum MHD_RequestTerminationCode code)
{
    struct http_server *server = cls;
    struct connection *c = *slot;
    (void)mhd;
    if (code == MHD_REQUEST_TERMINATED_TIMEOUT_REACHED) {
        atomic_fetch_add(&server->timeouts, 1);
    }
    if (c != NULL) {
        not_busy(c);
        phase_set(c, PHASE_WAITING);
    }
    *slot = NULL;
}

/* Time. */

static void send_timeout(int fd, const char *request_id)
{
    char body[256];
    char text[sizeof body + 256];
    int n = snprintf(body, sizeof body, REFUSAL_BODY, STR_ARG(refused_time.exception),
                     STR_ARG(refused_time.message));
    n = snprintf(text, sizeof text,
                 "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n"
                 "Content-Type: application/json\r\nContent-Length: %d\r\n"
                 "x-amzn-ErrorType: %.*s\r\nx-amzn-RequestId: %s\r\n\r\n%s",
                 n, STR_ARG(refused_time.exception), request_id, body);
    (void)send(fd, text, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Cuts a connection that takes too long in all. While a request is being read nobody else writes,
 * so a plain connection is told why. */
static void cut(struct connection *c, enum phase phase)
{
    atomic_fetch_add(&c->server->timeouts, 1);
    if (phase == PHASE_READING || phase == PHASE_WAITING) {
        char id[UUID_TEXT + 1];
        rnd_uuid(&c->server->rnd, id);
        tell_refusal(c, &refused_time, id);
        if (c->keys == NULL) {
            send_timeout(c->fd, id);
        }
    }
    shutdown(c->fd, SHUT_RDWR);
    c->cut = true;
}

/* Wakes the library for a client that has closed. It hears of descriptors by edges and stops at a
 * short read, so an end that arrives together with the last bytes is never read, and the connection
 * would keep its place until the idle time. A shutdown of the reading side, where nothing is left
 * to read, changes nothing but makes an edge: the library then reads the end, drops a request that
 * is not whole, and answers one that is. */
static void nudge_if_closed(const struct connection *c)
{
    char byte;
    if (recv(c->fd, &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT) == 0) {
        shutdown(c->fd, SHUT_RD);
    }
}

/* Under the lock. Before the first line of a request is read, idle time is allowed on top: the
 * library ends what does not move, this what moves too slowly. */
static void sweep(struct http_server *server)
{
    int64_t now = clock_monotonic_ms();
    for (struct connection *c = server->connections; c != NULL; c = c->next) {
        enum phase phase = (enum phase)atomic_load(&c->phase);
        int64_t allowed = server->limits.request_ms;
        if (phase == PHASE_WAITING) {
            allowed += (int64_t)server->limits.idle_seconds * SECOND_MS;
        }
        if (c->cut || phase == PHASE_WORKING) {
            continue;
        }
        if (now - atomic_load(&c->since) > allowed) {
            cut(c, phase);
        } else if (phase != PHASE_WRITING) {
            nudge_if_closed(c);
        }
    }
}

static void *sweeper(void *ctx)
{
    struct http_server *server = ctx;
    unsigned every = server->limits.request_ms / 4 + 1;
    every = every > SWEEP_MS_MAX ? SWEEP_MS_MAX : every;
    pthread_mutex_lock(&server->lock);
    while (!server->ending) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        int64_t ns = until.tv_nsec + (int64_t)every * 1000000;
        until.tv_sec += ns / 1000000000;
        until.tv_nsec = ns % 1000000000;
        pthread_cond_timedwait(&server->wake, &server->lock, &until);
        sweep(server);
    }
    pthread_mutex_unlock(&server->lock);
    return NULL;
}

/* Start and stop. */

static enum status listen_on(struct http_server *server, struct str address, uint16_t port,
                             struct why *why)
{
    char host[INET6_ADDRSTRLEN + 1];
    char service[8];
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
    struct addrinfo *found = NULL;
    struct sockaddr_storage bound;
    socklen_t len = sizeof bound;
    snprintf(host, sizeof host, "%.*s", STR_ARG(address));
    snprintf(service, sizeof service, "%u", port);
    if (address.len == 0 || getaddrinfo(host, service, &hints, &found) != 0) {
        return why_set(why, STATUS_INVALID, "\"%.*s\" is not a numeric address to listen on",
                       STR_ARG(address));
    }
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool done = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) == 0 &&
                bind(fd, found->ai_addr, found->ai_addrlen) == 0 && listen(fd, LISTEN_QUEUE) == 0 &&
                getsockname(fd, (struct sockaddr *)&bound, &len) == 0;
    int code = errno;
    freeaddrinfo(found);
    server->listen_fd = fd;
    if (!done) {
        return why_set(why, STATUS_IO, "cannot listen on %s port %u: %s", host, port,
                       strerrordesc_np(code));
    }
    server->port =
        ntohs(bound.ss_family == AF_INET ? ((struct sockaddr_in *)(void *)&bound)->sin_port
                                         : ((struct sockaddr_in6 *)(void *)&bound)->sin6_port);
    return STATUS_OK;
}

static enum status daemon_start(struct http_server *server, unsigned io_threads, struct why *why)
{
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
    struct MHD_OptionItem options[12] = {{MHD_OPTION_END, 0, NULL}};
    size_t n = 0;
    if (server->keys != NULL) {
        flags |= MHD_USE_TLS;
        options[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_CERT_CALLBACK, 0,
                                               (void *)(uintptr_t)on_handshake};
        options[n++] = (struct MHD_OptionItem){
            MHD_OPTION_HTTPS_PRIORITIES, 0,
            (void *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"};
    }
    if (io_threads > 1) {
        options[n++] = (struct MHD_OptionItem){MHD_OPTION_THREAD_POOL_SIZE, io_threads, NULL};
    }
    options[n] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    server->daemon = MHD_start_daemon(
        flags, 0, on_accept, server, on_request, server, MHD_OPTION_LISTEN_SOCKET,
        server->listen_fd, MHD_OPTION_CONNECTION_LIMIT, server->limits.connections,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, 4 * server->limits.header_bytes,
        MHD_OPTION_CONNECTION_TIMEOUT, server->limits.idle_seconds, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_URI_LOG_CALLBACK, on_target, server, MHD_OPTION_UNESCAPE_CALLBACK, leave_encoded,
        NULL, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, server, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
    return server->daemon != NULL ? STATUS_OK
                                  : why_set(why, STATUS_IO, "the HTTP server does not start: %s",
                                            strerrordesc_np(errno));
}

static char *text_keep(struct str s)
{
    char *copy = mem_alloc(s.len + 1);
    if (copy != NULL) {
        memcpy(copy, s.ptr, s.len);
    }
    return copy;
}

static void limits_fill(struct http_server_limits *limits)
{
    const struct http_server_limits defaults = {
        .header_bytes = LIMIT_HEADER_BYTES,
        .body_bytes = LIMIT_BODY_BYTES,
        .connections = LIMIT_CONNECTIONS,
        .connections_per_address = LIMIT_CONNECTIONS_PER_ADDRESS,
        .idle_seconds = LIMIT_IDLE_SECONDS,
        .request_ms = LIMIT_REQUEST_SECONDS * SECOND_MS,
    };
#define FILL(field) limits->field = limits->field == 0 ? defaults.field : limits->field
    FILL(header_bytes);
    FILL(body_bytes);
    FILL(connections);
    FILL(connections_per_address);
    FILL(idle_seconds);
    FILL(request_ms);
#undef FILL
}

static void server_free(struct http_server *server)
{
    if (server->sweeping) {
        pthread_mutex_lock(&server->lock);
        server->ending = true;
        pthread_cond_signal(&server->wake);
        pthread_mutex_unlock(&server->lock);
        pthread_join(server->sweeper, NULL);
    }
    if (server->daemon != NULL) {
        MHD_stop_daemon(server->daemon);
    }
    if (server->listen_fd >= 0) {
        close(server->listen_fd);
    }
    tls_keys_release(server->keys);
    mem_free(server->cert_file);
    mem_free(server->key_file);
    pthread_cond_destroy(&server->wake);
    pthread_mutex_destroy(&server->lock);
    mem_free(server);
}

static void locks_init(struct http_server *server)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&server->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&server->lock, NULL);
}

static enum status server_open(struct http_server *server, const struct http_server_config *config,
                               struct why *why)
{
    if (str_absent(config->cert_file) != str_absent(config->key_file)) {
        return why_set(why, STATUS_INVALID, "TLS needs both a certificate file and a key file");
    }
    if (!str_absent(config->cert_file)) {
        server->cert_file = text_keep(config->cert_file);
        TRY_PTR(server->cert_file);
        server->key_file = text_keep(config->key_file);
        TRY_PTR(server->key_file);
        TRY(tls_keys_read(config->cert_file, config->key_file, &server->keys, why));
    }
    TRY(listen_on(server, config->address, config->port, why));
    TRY(daemon_start(server, config->io_threads, why));
    if (pthread_create(&server->sweeper, NULL, sweeper, server) != 0) {
        return why_set(why, STATUS_IO, "the HTTP server cannot start a thread");
    }
    server->sweeping = true;
    return STATUS_OK;
}

enum status http_server_start(const struct http_server_config *config, struct http_server **ret,
                              struct why *why)
{
    struct http_server *server = mem_alloc(sizeof *server);
    TRY_PTR(server);
    server->limits = config->limits;
    limits_fill(&server->limits);
    server->handle = config->handle;
    server->ctx = config->ctx;
    server->tell_rejected = config->rejected;
    server->rejected_ctx = config->rejected_ctx;
    server->rnd = config->rnd;
    server->listen_fd = -1;
    locks_init(server);
    enum status status = server_open(server, config, why);
    if (status != STATUS_OK) {
        server_free(server);
        return status;
    }
    *ret = server;
    return STATUS_OK;
}

uint16_t http_server_port(const struct http_server *server)
{
    return server->port;
}

enum status http_server_reload_tls(struct http_server *server, struct why *why)
{
    struct tls_keys *keys = NULL;
    if (server->cert_file == NULL) {
        return STATUS_OK;
    }
    TRY(tls_keys_read(str_from(server->cert_file), str_from(server->key_file), &keys, why));
    pthread_mutex_lock(&server->lock);
    struct tls_keys *before = server->keys;
    server->keys = keys;
    pthread_mutex_unlock(&server->lock);
    tls_keys_release(before);
    return STATUS_OK;
}

void http_server_counters(struct http_server *server, struct http_server_counters *ret)
{
    *ret = (struct http_server_counters){
        .connections = atomic_load(&server->accepted),
        .refused = atomic_load(&server->refused),
        .requests = atomic_load(&server->requests),
        .rejected = atomic_load(&server->rejected),
        .timeouts = atomic_load(&server->timeouts),
        .bytes_in = atomic_load(&server->bytes_in),
        .bytes_out = atomic_load(&server->bytes_out),
        .open = atomic_load(&server->open),
        .busy = atomic_load(&server->busy),
    };
}

bool http_server_stop(struct http_server *server, unsigned grace_ms)
{
    if (server == NULL) {
        return true;
    }
    int64_t until = clock_monotonic_ms() + grace_ms;
    atomic_store(&server->stopping, true);
    MHD_quiesce_daemon(server->daemon);
    while (atomic_load(&server->busy) > 0) {
        if (clock_monotonic_ms() >= until) {
            return false;
        }
        nanosleep(&(struct timespec){.tv_nsec = STOP_POLL_MS * 1000000L}, NULL);
    }
    server_free(server);
    return true;
}
