/* http_client.c: libcurl; one multi handle drives the fetches of one call of http_fetch_all. */
#include "net/http_client_priv.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"

#include "base/banned.h"

enum { PARALLEL = 8, REDIRECTS_MAX = 3, POLL_MS = 200, SECOND = 1000 };

static size_t on_body(char *ptr, size_t size, size_t n, void *ctx)
{
    struct transfer *t = ctx;
    buf_put(&t->body, ptr, size * n);
    return buf_status(&t->body) == STATUS_OK ? size * n : 0;
}

/* The last moment before a connection: the address is resolved, nothing was sent. */
static curl_socket_t on_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct transfer *t = ctx;
    struct address address;
    (void)purpose;
    if (!address_of(&to->addr, &address)) {
        t->refused = "no IP address";
        return CURL_SOCKET_BAD;
    }
    t->refused = t->rule == NULL ? NULL : fetch_rule_refuses(t->rule, &address);
    if (t->refused != NULL) {
        sockaddr_text(&to->addr, t->refused_text);
        return CURL_SOCKET_BAD;
    }
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* Why a transfer that libcurl ended with code failed. */
static enum status failed(const struct transfer *t, CURLcode code, struct str url, struct why *why)
{
    struct str shown = str_slice(url, 0, 200);
    if (t->refused != NULL) {
        return why_set(why, STATUS_DENIED,
                       "%.*s leads to %s (%s), which no fetch-allow entry permits", STR_ARG(shown),
                       t->refused, t->refused_text);
    }
    if (buf_status(&t->body) == STATUS_TOO_LARGE || code == CURLE_FILESIZE_EXCEEDED) {
        return why_set(why, STATUS_TOO_LARGE, "%.*s is larger than %zu bytes", STR_ARG(shown),
                       t->body.max);
    }
    if (buf_status(&t->body) != STATUS_OK || code == CURLE_OUT_OF_MEMORY) {
        return why_no_memory(why);
    }
    bool invalid = code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL;
    return why_set(why, invalid ? STATUS_INVALID : STATUS_IO, "%.*s: %s", STR_ARG(shown),
                   t->message[0] != '\0' ? t->message : curl_easy_strerror(code));
}

#define SET(easy, option, value) (curl_easy_setopt((easy), (option), (value)) == CURLE_OK)

/* Where it may go, and how. */
static bool setup_route(struct transfer *t, const char *url)
{
    CURL *easy = t->easy;
    return SET(easy, CURLOPT_URL, url) && SET(easy, CURLOPT_NOSIGNAL, 1L) &&
           SET(easy, CURLOPT_PROTOCOLS_STR, "http,https") && SET(easy, CURLOPT_PROXY, "") &&
           SET(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket) &&
           SET(easy, CURLOPT_OPENSOCKETDATA, t) && SET(easy, CURLOPT_USERAGENT, "bulwark");
}

/* What every transfer has in common. */
static bool setup(struct transfer *t, const char *url, size_t max_bytes, unsigned timeout_ms)
{
    CURL *easy = curl_easy_init();
    long ms = timeout_ms == 0 ? LIMIT_FETCH_SECONDS * SECOND : (long)timeout_ms;
    t->easy = easy;
    buf_init(&t->body, t->mem, max_bytes);
    return easy != NULL && setup_route(t, url) && SET(easy, CURLOPT_TIMEOUT_MS, ms) &&
           SET(easy, CURLOPT_CONNECTTIMEOUT_MS, ms) &&
           SET(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)max_bytes) &&
           SET(easy, CURLOPT_WRITEFUNCTION, on_body) && SET(easy, CURLOPT_WRITEDATA, t) &&
           SET(easy, CURLOPT_ERRORBUFFER, t->message) && SET(easy, CURLOPT_PRIVATE, t);
}

void transfer_release(struct transfer *t)
{
    curl_easy_cleanup(t->easy);
    curl_slist_free_all(t->headers);
    t->easy = NULL;
    t->headers = NULL;
}

/* A copy for libcurl; NULL when it is no text that a URL can be. */
static enum status url_text(struct arena *mem, struct str url, char **ret, struct why *why)
{
    bool http = str_eq_nocase(str_slice(url, 0, 7), STR("http://"));
    bool https = str_eq_nocase(str_slice(url, 0, 8), STR("https://"));
    for (size_t i = 0; i < url.len && (http || https); i++) {
        if ((uint8_t)url.ptr[i] <= 0x20 || url.ptr[i] == 0x7f) {
            http = https = false;
        }
    }
    if (!http && !https) {
        return why_set(why, STATUS_INVALID, "\"%.*s\" is not an address of http or https",
                       STR_ARG(str_slice(url, 0, 200)));
    }
    char *text = str_z(mem, url);
    TRY_PTR(text);
    *ret = text;
    return STATUS_OK;
}

/* Fetches. */

struct fetches {
    const struct http_fetch_options *options;
    struct http_fetch *items;
    struct transfer *transfers; /* one for each item */
    size_t n;
    size_t next; /* not yet begun */
    size_t running;
    CURLM *multi;
};

/* Whose certificate is asked for is not verified: it may be that nobody else would, by now. */
static bool setup_certificate(struct transfer *t)
{
    return SET(t->easy, CURLOPT_CONNECT_ONLY, 1L) && SET(t->easy, CURLOPT_CERTINFO, 1L) &&
           SET(t->easy, CURLOPT_SSL_VERIFYPEER, 0L) && SET(t->easy, CURLOPT_SSL_VERIFYHOST, 0L);
}

static bool setup_page(struct transfer *t, struct str url)
{
    bool https = str_eq_nocase(str_slice(url, 0, 5), STR("https"));
    return SET(t->easy, CURLOPT_FOLLOWLOCATION, 1L) &&
           SET(t->easy, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX) &&
           SET(t->easy, CURLOPT_REDIR_PROTOCOLS_STR, https ? "https" : "http");
}

static enum status fetch_begin(struct fetches *f, struct http_fetch *item, struct transfer *t)
{
    char *url = NULL;
    TRY(url_text(item->mem, item->url, &url, &item->why));
    *t = (struct transfer){.rule = f->options->rule, .mem = item->mem};
    if (!setup(t, url, item->max_bytes, f->options->timeout_ms) ||
        !(item->certificate ? setup_certificate(t) : setup_page(t, item->url)) ||
        curl_multi_add_handle(f->multi, t->easy) != CURLM_OK) {
        transfer_release(t);
        return why_no_memory(&item->why);
    }
    return STATUS_OK;
}

static void fetch_more(struct fetches *f)
{
    unsigned parallel = f->options->parallel == 0 ? PARALLEL : f->options->parallel;
    while (f->next < f->n && f->running < parallel) {
        size_t i = f->next++;
        f->items[i].status = fetch_begin(f, &f->items[i], &f->transfers[i]);
        f->running += f->items[i].status == STATUS_OK;
    }
}

static enum http_reach fetch_reach(const struct transfer *t, CURLcode code, long http)
{
    curl_off_t connected = 0;
    if (code == CURLE_OK) {
        return HTTP_ANSWERED;
    }
    curl_easy_getinfo(t->easy, CURLINFO_CONNECT_TIME_T, &connected);
    return http != 0 || connected > 0 ? HTTP_CUT : HTTP_UNREACHED;
}

/* The "Cert:" lines of what libcurl tells of each certificate: PEM. */
static enum status shown_certificates(const struct transfer *t, struct http_fetch *item)
{
    static const struct str head = STR_INIT("Cert:");
    struct curl_certinfo *info = NULL;
    struct buf out;
    buf_init(&out, item->mem, item->max_bytes);
    curl_easy_getinfo(t->easy, CURLINFO_CERTINFO, &info);
    for (int i = 0; info != NULL && i < info->num_of_certs; i++) {
        for (const struct curl_slist *line = info->certinfo[i]; line != NULL; line = line->next) {
            struct str text = str_from(line->data);
            if (str_starts(text, head)) {
                buf_put_str(&out, str_slice(text, head.len, text.len));
                buf_put_str(&out, str_ends(text, STR("\n")) ? STR("") : STR("\n"));
            }
        }
    }
    if (buf_view(&out).len == 0) {
        return why_set(&item->why, STATUS_IO, "%.*s shows no certificate",
                       STR_ARG(str_slice(item->url, 0, 200)));
    }
    return buf_finish(&out, &item->body, &item->why);
}

static enum status fetch_outcome(const struct transfer *t, CURLcode code, struct http_fetch *item)
{
    long http = 0;
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &http);
    item->reach = fetch_reach(t, code, http);
    if (code != CURLE_OK) {
        return failed(t, code, item->url, &item->why);
    }
    if (item->certificate) {
        return shown_certificates(t, item);
    }
    if (http != 200) {
        return why_set(&item->why, STATUS_IO, "%.*s: the server answered with status %ld",
                       STR_ARG(str_slice(item->url, 0, 200)), http);
    }
    item->body = buf_view(&t->body);
    return STATUS_OK;
}

static void fetch_end(struct fetches *f, struct transfer *t)
{
    curl_multi_remove_handle(f->multi, t->easy);
    transfer_release(t);
    f->running--;
}

static void fetch_collect(struct fetches *f)
{
    int left = 0;
    CURLMsg *message = NULL;
    while ((message = curl_multi_info_read(f->multi, &left)) != NULL) {
        struct transfer *t = NULL;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&t);
        struct http_fetch *item = &f->items[t - f->transfers];
        item->status = fetch_outcome(t, code, item);
        fetch_end(f, t);
    }
}

/* Gives what is not done this status. */
static void fetch_abandon(struct fetches *f, enum status status, const char *sentence)
{
    for (size_t i = 0; i < f->n; i++) {
        bool running = i < f->next && f->transfers[i].easy != NULL;
        if (running) {
            fetch_end(f, &f->transfers[i]);
        }
        if (running || i >= f->next) {
            f->items[i].status = why_set(&f->items[i].why, status, "%s", sentence);
        }
    }
    f->next = f->n;
}

static void fetch_run(struct fetches *f)
{
    const struct http_fetch_options *options = f->options;
    int active = 0;
    fetch_more(f);
    while (f->running > 0) {
        if (options->canceled != NULL && options->canceled(options->cancel_ctx)) {
            fetch_abandon(f, STATUS_CANCELED, "the fetch was canceled");
            return;
        }
        if (curl_multi_perform(f->multi, &active) != CURLM_OK) {
            fetch_abandon(f, STATUS_INTERNAL, "libcurl refused to go on");
            return;
        }
        fetch_collect(f);
        fetch_more(f);
        if (f->running > 0) {
            curl_multi_poll(f->multi, NULL, 0, POLL_MS, NULL);
        }
    }
}

void http_fetch_all(const struct http_fetch_options *options, struct http_fetch *items, size_t n)
{
    struct fetches f = {.options = options, .items = items, .n = n};
    bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    f.multi = ready ? curl_multi_init() : NULL;
    f.transfers = n > SIZE_MAX / sizeof *f.transfers ? NULL : mem_alloc(n * sizeof *f.transfers);
    if (f.multi == NULL || f.transfers == NULL) {
        fetch_abandon(&f, STATUS_NO_MEMORY, "out of memory");
    } else {
        fetch_run(&f);
    }
    curl_multi_cleanup(f.multi);
    mem_free(f.transfers);
    if (ready) {
        curl_global_cleanup();
    }
}

/* Calls. */

struct http_kept {
    CURLSH *share;
};

enum status http_kept_new(struct http_kept **ret, struct why *why)
{
    struct http_kept *kept = mem_alloc(sizeof *kept);
    TRY_PTR(kept);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        mem_free(kept);
        return why_no_memory(why);
    }
    kept->share = curl_share_init();
    if (kept->share == NULL ||
        curl_share_setopt(kept->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT) != CURLSHE_OK ||
        curl_share_setopt(kept->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) != CURLSHE_OK) {
        http_kept_free(kept);
        return why_no_memory(why);
    }
    *ret = kept;
    return STATUS_OK;
}

void http_kept_free(struct http_kept *kept)
{
    if (kept != NULL) {
        if (kept->share != NULL) {
            curl_share_cleanup(kept->share);
        }
        curl_global_cleanup();
        mem_free(kept);
    }
}

static size_t on_header(char *ptr, size_t size, size_t n, void *ctx)
{
    struct transfer *t = ctx;
    struct str line = {ptr, size * n};
    static const struct str name = STR_INIT("x-amzn-ErrorType:");
    if (str_eq_nocase(str_slice(line, 0, name.len), name)) {
        struct str value = str_slice(line, name.len, line.len);
        while (value.len > 0 && value.ptr[0] == ' ') {
            value = str_slice(value, 1, value.len);
        }
        while (value.len > 0 && (uint8_t)value.ptr[value.len - 1] <= ' ') {
            value.len--;
        }
        if (str_dup(t->mem, value, &t->error_type, NULL) != STATUS_OK) {
            return 0;
        }
    }
    return line.len;
}

static bool add_header(struct transfer *t, struct str name, struct str value)
{
    struct str line;
    if (str_fmt(t->mem, &line, NULL, "%.*s: %.*s", STR_ARG(name), STR_ARG(value)) != STATUS_OK) {
        return false;
    }
    struct curl_slist *longer = curl_slist_append(t->headers, line.ptr);
    if (longer != NULL) {
        t->headers = longer;
    }
    return longer != NULL;
}

static bool setup_signature(struct transfer *t, const struct http_sign *sign)
{
    struct str scope;
    struct str user;
    if (str_absent(sign->access_key)) {
        return true;
    }
    return str_fmt(t->mem, &scope, NULL, "aws:amz:%.*s:%.*s", STR_ARG(sign->region),
                   STR_ARG(sign->service)) == STATUS_OK &&
           str_fmt(t->mem, &user, NULL, "%.*s:%.*s", STR_ARG(sign->access_key),
                   STR_ARG(sign->secret)) == STATUS_OK &&
           SET(t->easy, CURLOPT_AWS_SIGV4, scope.ptr) && SET(t->easy, CURLOPT_USERPWD, user.ptr) &&
           (str_absent(sign->security_token) ||
            add_header(t, STR("X-Amz-Security-Token"), sign->security_token));
}

/* Without a type of its own a body would be sent as a form. No "Expect:" is added to keep curl from
 * asking first: it would be signed, and then not sent; curl asks for bodies over 1 MiB only, which
 * no server of ours takes. */
static bool setup_body(struct transfer *t, struct str body)
{
    return SET(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len) &&
           SET(t->easy, CURLOPT_POSTFIELDS, body.ptr);
}

static bool setup_call(struct transfer *t, const struct http_call *call)
{
    char *method = str_z(t->mem, call->method);
    char *ca_file = str_z(t->mem, call->ca_file);
    bool done = method != NULL && ca_file != NULL &&
                SET(t->easy, CURLOPT_HEADERFUNCTION, on_header) &&
                SET(t->easy, CURLOPT_HEADERDATA, t) && setup_signature(t, &call->sign);
    for (size_t i = 0; i < call->n_headers && done; i++) {
        done = add_header(t, call->headers[i].name, call->headers[i].value);
    }
    if (done && !str_absent(call->body)) {
        done = setup_body(t, call->body);
    }
    if (done && call->kept != NULL) {
        done = SET(t->easy, CURLOPT_SHARE, call->kept->share);
    }
    return done && SET(t->easy, CURLOPT_CUSTOMREQUEST, method) &&
           (call->ca_file.len == 0 || SET(t->easy, CURLOPT_CAINFO, ca_file)) &&
           SET(t->easy, CURLOPT_HTTPHEADER, t->headers);
}

/* As failed, and tells two causes apart that the operator can do something about. */
static enum status call_failed(const struct transfer *t, CURLcode code, struct str url,
                               struct why *why)
{
    struct str shown = str_slice(url, 0, 200);
    if (code == CURLE_COULDNT_CONNECT && t->refused == NULL) {
        return why_set(why, STATUS_NOT_FOUND, "nobody is listening at %.*s", STR_ARG(shown));
    }
    if (code == CURLE_PEER_FAILED_VERIFICATION) {
        return why_set(why, STATUS_UNAUTHENTICATED, "%.*s: its certificate is not trusted (%s)",
                       STR_ARG(shown),
                       t->message[0] != '\0' ? t->message : curl_easy_strerror(code));
    }
    return failed(t, code, url, why);
}

enum status call_begin(const struct http_call *call, struct transfer *t, struct why *why)
{
    char *url = NULL;
    size_t max = call->max_bytes == 0 ? LIMIT_REPLY_BYTES : call->max_bytes;
    TRY(url_text(t->mem, call->url, &url, why));
    if (!setup(t, url, max, call->timeout_ms) || !setup_call(t, call)) {
        return why_no_memory(why);
    }
    return STATUS_OK;
}

enum status call_end(const struct http_call *call, struct transfer *t, CURLcode code,
                     struct http_answer *ret, struct why *why)
{
    long http = 0;
    if (code != CURLE_OK) {
        return call_failed(t, code, call->url, why);
    }
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &http);
    *ret = (struct http_answer){(int)http, buf_view(&t->body), t->error_type};
    return STATUS_OK;
}

static enum status call_run(const struct http_call *call, struct transfer *t,
                            struct http_answer *ret, struct why *why)
{
    TRY(call_begin(call, t, why));
    return call_end(call, t, curl_easy_perform(t->easy), ret, why);
}

enum status http_call(const struct http_call *call, struct arena *mem, struct http_answer *ret,
                      struct why *why)
{
    struct transfer t = {.mem = mem};
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return why_no_memory(why);
    }
    enum status status = call_run(call, &t, ret, why);
    transfer_release(&t);
    curl_global_cleanup();
    return status;
}
