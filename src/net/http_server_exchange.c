/* http_server_exchange.c: a request from its first byte to the last of its reply. */
#include "net/http_server_priv.h"

#include <string.h>

#include "base/limits.h"
#include "net/http_refusal.h"

#include "base/banned.h"

enum {
    ARENA_KEPT = 64 << 10, /* an arena that one request made larger is not kept for the next */
    SWALLOWED_BODIES = 8,  /* so many times the bound is read and dropped before 413 */
};

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

/* ---- which bytes may stand where ------------------------------------------------------------- */

/* No control byte but the tab. A NUL in a header ends its text before it comes here, for the
 * library's are C strings: what stands behind it is seen by nobody. */
static bool is_text(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if ((c < ' ' && c != '\t') || c == 0x7f) {
            return false;
        }
    }
    return true;
}

/* RFC 9110, section 5.6.2: methods and names of headers. */
static bool is_token(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        bool alnum = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
        if (!alnum && (c == '\0' || strchr("!#$%&'*+-.^_`|~", c) == NULL)) {
            return false;
        }
    }
    return s.len > 0;
}

/* Whether a NUL ends the target for the library before the space does. Its texts lie in one buffer
 * as they came, so the version begins one byte behind the target; were it elsewhere, in another
 * release, nothing would be concluded. */
static bool hides_a_nul(const struct connection *c, const char *version)
{
    uintptr_t begins = (uintptr_t)version;
    return begins > c->target_end + 1 && begins - c->target_end < c->server->limits.header_bytes;
}

/* Two readers of a request must agree what its parts are: RFC 9112, sections 3 and 5.1. */
static void check_bytes(struct connection *c)
{
    const struct http_request *request = &c->exchange.request;
    bool clean = is_token(request->method);
    for (size_t i = 0; i < request->n_headers; i++) {
        clean = clean && is_token(request->headers[i].name) && is_text(request->headers[i].value);
    }
    if (!clean) {
        reject(c, &refused_bytes);
    }
}

/* ---- from the first byte to the last --------------------------------------------------------- */

/* The first the library tells of a request: its target, still as it was sent. */
void *exchange_target(void *cls, const char *target, struct MHD_Connection *mhd)
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
    if (raw.len == 0 || raw.ptr[0] != '/' || !is_text(raw) ||
        str_find_char(raw, '\t', 0) < raw.len) {
        reject(c, &refused_target);
    }
    c->target_end = (uintptr_t)target + raw.len;
    c->exchange.started_ms = atomic_load(&c->since);
    return c;
}

/* Decoding is the caller's business; see http.h. */
size_t exchange_unescape(void *cls, struct MHD_Connection *mhd, char *text)
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

static void read_headers(struct connection *c, const char *method, const char *version)
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
    if (hides_a_nul(c, version)) {
        reject(c, &refused_target);
    }
    check_bytes(c);
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

static enum MHD_Result answer_refusal(struct connection *c)
{
    const struct refusal *refusal = c->refusal;
    struct http_reply reply = {.status = refusal->status};
    char id[UUID_TEXT + 1];
    rnd_uuid(&c->server->rnd, id);
    http_refusal_write(&c->exchange.request, refusal->exception, refusal->message, str_from(id),
                       c->exchange.mem, &reply);
    atomic_fetch_add(&c->server->rejected, 1);
    refusal_tell(c, refusal, id);
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
        connection_not_busy(c);
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
enum MHD_Result exchange_request(void *cls, struct MHD_Connection *mhd, const char *url,
                                 const char *method, const char *version, const char *upload,
                                 size_t *upload_len, void **slot)
{
    struct connection *c = *slot;
    (void)cls;
    (void)mhd;
    (void)url;
    if (c == NULL) {
        return MHD_NO;
    }
    if (!c->headers_read) {
        read_headers(c, method, version);
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

void exchange_completed(void *cls, struct MHD_Connection *mhd, void **slot,
                        enum MHD_RequestTerminationCode code)
{
    struct http_server *server = cls;
    struct connection *c = *slot;
    (void)mhd;
    if (code == MHD_REQUEST_TERMINATED_TIMEOUT_REACHED) {
        atomic_fetch_add(&server->timeouts, 1);
    }
    if (c != NULL) {
        connection_not_busy(c);
        phase_set(c, PHASE_WAITING);
    }
    *slot = NULL;
}
