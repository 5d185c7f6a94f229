/* aws.c: see aws.h. */
#include "collect/aws.h"

#include <time.h>

#include "base/limits.h"
#include "collect/reply_xml.h"
#include "collect/request.h"
#include "net/http_client.h"

#include "base/banned.h"

enum { TEXT_SHOWN = 300 };

struct aws {
    struct aws_options options;
    struct http_kept *kept;
    struct arena *mem; /* of the places */
    struct service_place places[SERVICE_COUNT];
    struct aws_counts counts;
    bool answered; /* somebody is there */
};

static void sleep_ms(void *ctx, int64_t ms)
{
    const struct timespec pause = {.tv_sec = ms / SECOND_MS,
                                   .tv_nsec = (long)(ms % SECOND_MS) * 1000000};
    (void)ctx;
    nanosleep(&pause, NULL);
}

static enum status open_all(struct aws *aws, struct why *why)
{
    enum { PLACES_MEMORY = 64 << 10 };
    aws->mem = arena_new(PLACES_MEMORY);
    TRY_PTR(aws->mem);
    for (enum service_id id = 0; id < SERVICE_COUNT; id++) {
        TRY(place_of(&aws->options.places, id, aws->mem, &aws->places[id], why));
    }
    return http_kept_new(&aws->kept, why);
}

enum status aws_new(const struct aws_options *options, struct aws **ret, struct why *why)
{
    struct aws *aws = mem_alloc(sizeof *aws);
    TRY_PTR(aws);
    aws->options = *options;
    if (aws->options.pause == NULL) {
        aws->options.pause = sleep_ms;
    }
    enum status status = open_all(aws, why);
    if (status != STATUS_OK) {
        aws_free(aws);
        return status;
    }
    *ret = aws;
    return STATUS_OK;
}

void aws_free(struct aws *aws)
{
    if (aws != NULL) {
        http_kept_free(aws->kept);
        arena_free(aws->mem);
        mem_free(aws);
    }
}

struct aws_counts aws_counts_get(const struct aws *aws)
{
    return aws->counts;
}

void aws_wait(struct aws *aws, int64_t ms)
{
    aws->options.pause(aws->options.pause_ctx, ms);
}

enum status aws_action(struct arena *mem, enum op_id op, struct str *ret, struct why *why)
{
    const struct service *service = op_service(&operations[op]);
    return str_fmt(mem, ret, why, "%.*s:%.*s", STR_ARG(service->name),
                   STR_ARG(operations[op].name));
}

/* ---- one try --------------------------------------------------------------------------------- */

/* The part of a URL that is the Host header: without scheme, path and the scheme's own port. */
static struct str host_of(struct str url)
{
    bool https = str_starts(url, STR("https://"));
    struct str host = str_slice(url, https ? STR("https://").len : STR("http://").len, url.len);
    host = str_slice(host, 0, str_find_char(host, '/', 0));
    struct str port = https ? STR(":443") : STR(":80");
    return str_ends(host, port) ? str_slice(host, 0, host.len - port.len) : host;
}

/* What stands behind the host in an endpoint's URL; "" mostly. */
static struct str base_path(struct str url)
{
    size_t scheme = str_starts(url, STR("https://")) ? STR("https://").len : STR("http://").len;
    return str_slice(url, str_find_char(url, '/', scheme), url.len);
}

static enum status send_once(struct aws *aws, const struct operation *op,
                             const struct request *request, struct arena *mem,
                             struct http_answer *ret, struct why *why)
{
    const struct aws_options *options = &aws->options;
    const struct service_place *place = &aws->places[op->service];
    struct http_header headers[REQUEST_HEADERS_MAX + 3];
    size_t n = request->n_headers;
    struct signature signature;
    struct sign_request sign = {.method = request->method,
                                .host = host_of(place->url),
                                .query = request->query,
                                .body = request->body,
                                .headers = request->headers,
                                .n_headers = request->n_headers,
                                .region = place->region,
                                .service = op_service(op)->name,
                                .now = clock_now(&options->clock)};
    struct http_call http = {.method = request->method,
                             .headers = headers,
                             .body = request->body,
                             .ca_file = options->ca_file,
                             .timeout_ms = AWS_TIMEOUT_MS,
                             .max_bytes = LIMIT_REPLY_BYTES,
                             .kept = aws->kept};
    TRY(str_fmt(mem, &sign.path, why, "%.*s%.*s", STR_ARG(base_path(place->url)),
                STR_ARG(request->path)));
    TRY(str_fmt(mem, &http.url, why, "%.*s%.*s%s%.*s", STR_ARG(place->url), STR_ARG(request->path),
                request->query.len > 0 ? "?" : "", STR_ARG(request->query)));
    TRY(sign_request(&options->key, &sign, mem, &signature, why));
    memcpy(headers, request->headers, n * sizeof headers[0]);
    headers[n++] = (struct http_header){STR("X-Amz-Date"), str_from(signature.moment)};
    headers[n++] = (struct http_header){STR("Authorization"), signature.authorization};
    if (!str_absent(options->key.token)) {
        headers[n++] = (struct http_header){STR("X-Amz-Security-Token"), options->key.token};
    }
    http.n_headers = n;
    aws->counts.requests++;
    return http_call(&http, mem, ret, why);
}

/* ---- refusals -------------------------------------------------------------------------------- */

struct refusal {
    struct str code; /* "ThrottlingException"; "" when the body has none */
    struct str message;
};

static struct str member_text(const struct json_value *tree, const char *a, const char *b)
{
    const struct json_value *value = json_tree_get(tree, str_from(a));
    value = value == NULL ? json_tree_get(tree, str_from(b)) : value;
    return value != NULL && value->type == JSON_STRING ? value->text : STR("");
}

/* "com.amazon#ThrottlingException:http://..." */
static struct str bare_code(struct str code)
{
    size_t hash = str_find_char(code, '#', 0);
    code = hash < code.len ? str_slice(code, hash + 1, code.len) : code;
    return str_slice(code, 0, str_find_char(code, ':', 0));
}

static struct refusal read_refusal(const struct http_answer *answer, struct arena *mem)
{
    struct refusal refusal = {bare_code(answer->error_type), STR("")};
    const struct xml_node *root = NULL;
    const struct json_value *tree = NULL;
    if (json_tree_read(answer->body, mem, &tree, NULL) == STATUS_OK && tree->type == JSON_OBJECT) {
        struct str code = bare_code(member_text(tree, "__type", "code"));
        refusal.code = refusal.code.len == 0 ? code : refusal.code;
        refusal.message = member_text(tree, "message", "Message");
    } else if (xml_read(answer->body, mem, &root, NULL) == STATUS_OK) {
        const struct xml_node *error = xml_child(root, STR("Error"));
        const struct xml_node *errors = xml_child(root, STR("Errors"));
        error = error == NULL ? xml_child(errors, STR("Error")) : error;
        struct str code = xml_child_text(error, STR("Code"));
        struct str message = xml_child_text(error, STR("Message"));
        refusal.code = str_absent(code) ? refusal.code : code;
        refusal.message = str_absent(message) ? STR("") : message;
    }
    return refusal;
}

/* By the error's name; what is not here goes by the HTTP status. */
static const struct {
    struct str code;
    enum status status;
} meanings[] = {
    {STR_INIT("Throttling"), STATUS_BUSY},
    {STR_INIT("ThrottlingException"), STATUS_BUSY},
    {STR_INIT("ThrottledException"), STATUS_BUSY},
    {STR_INIT("RequestThrottled"), STATUS_BUSY},
    {STR_INIT("RequestThrottledException"), STATUS_BUSY},
    {STR_INIT("TooManyRequestsException"), STATUS_BUSY},
    {STR_INIT("RequestLimitExceeded"), STATUS_BUSY},
    {STR_INIT("PriorRequestNotComplete"), STATUS_BUSY},
    {STR_INIT("SlowDown"), STATUS_BUSY},
    {STR_INIT("RequestTimeout"), STATUS_BUSY},
    {STR_INIT("RequestTimeoutException"), STATUS_BUSY},
    {STR_INIT("ResourceNotFoundException"), STATUS_NOT_FOUND},
    {STR_INIT("NotFoundException"), STATUS_NOT_FOUND},
    {STR_INIT("NoSuchEntity"), STATUS_NOT_FOUND},
    {STR_INIT("NotFound"), STATUS_NOT_FOUND},
    {STR_INIT("NotConfiguredException"), STATUS_NOT_CONFIGURED},
    {STR_INIT("AccessDenied"), STATUS_DENIED},
    {STR_INIT("AccessDeniedException"), STATUS_DENIED},
    {STR_INIT("UnauthorizedException"), STATUS_DENIED},
    {STR_INIT("NotAuthorizedException"), STATUS_DENIED},
    {STR_INIT("AuthorizationError"), STATUS_DENIED},
    {STR_INIT("UnauthorizedOperation"), STATUS_DENIED},
    {STR_INIT("ExpiredToken"), STATUS_UNAUTHENTICATED},
    {STR_INIT("ExpiredTokenException"), STATUS_UNAUTHENTICATED},
    {STR_INIT("RequestExpired"), STATUS_UNAUTHENTICATED},
    {STR_INIT("InvalidClientTokenId"), STATUS_UNAUTHENTICATED},
    {STR_INIT("UnrecognizedClientException"), STATUS_UNAUTHENTICATED},
    {STR_INIT("InvalidSignatureException"), STATUS_UNAUTHENTICATED},
    {STR_INIT("SignatureDoesNotMatch"), STATUS_UNAUTHENTICATED},
    {STR_INIT("IncompleteSignature"), STATUS_UNAUTHENTICATED},
    {STR_INIT("IncompleteSignatureException"), STATUS_UNAUTHENTICATED},
    {STR_INIT("MissingAuthenticationToken"), STATUS_UNAUTHENTICATED},
    {STR_INIT("MissingAuthenticationTokenException"), STATUS_UNAUTHENTICATED},
    {STR_INIT("InvalidAction"), STATUS_UNSUPPORTED},
    {STR_INIT("UnknownOperationException"), STATUS_UNSUPPORTED},
    {STR_INIT("NotImplemented"), STATUS_UNSUPPORTED},
    {STR_INIT("NotImplementedException"), STATUS_UNSUPPORTED},
    {STR_INIT("ConflictException"), STATUS_CONFLICT},
    {STR_INIT("VersionsLimitExceededException"), STATUS_VERSIONS_LIMIT},
};

static enum status meaning_of(struct str code, int http)
{
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++) {
        if (str_eq(meanings[i].code, code)) {
            return meanings[i].status;
        }
    }
    /* A page of its own for a path that the server does not know has no error's name. */
    return http == 501 || http == 405 || (http == 404 && code.len == 0) ? STATUS_UNSUPPORTED
           : http == 404                                                ? STATUS_NOT_FOUND
           : http == 403 || http == 401                                 ? STATUS_DENIED
           : http == 429 || http >= 500                                 ? STATUS_BUSY
                                                                        : STATUS_INVALID;
}

/* Control characters would let an endpoint write to the terminal as it likes. */
static struct str one_line(struct arena *mem, struct str text)
{
    struct str copy = STR("");
    text = str_slice(text, 0, TEXT_SHOWN);
    if (str_dup(mem, text, &copy, NULL) != STATUS_OK) {
        return STR("");
    }
    for (size_t i = 0; i < copy.len; i++) {
        char *c = (char *)(uintptr_t)copy.ptr + i;
        *c = (uint8_t)*c < 0x20 || *c == 0x7F ? ' ' : *c;
    }
    return copy;
}

static enum status refused(const struct operation *op, const struct http_answer *answer,
                           struct arena *mem, struct why *why)
{
    struct refusal refusal = read_refusal(answer, mem);
    struct str message = one_line(mem, refusal.message);
    return why_set(
        why, meaning_of(refusal.code, answer->status), "%.*s:%.*s: %.*s%s%.*s (HTTP %d)",
        STR_ARG(op_service(op)->name), STR_ARG(op->name), STR_ARG(one_line(mem, refusal.code)),
        refusal.code.len > 0 && message.len > 0 ? ": " : "", STR_ARG(message), answer->status);
}

/* ---- replies --------------------------------------------------------------------------------- */

static enum status read_reply(const struct operation *op, const struct http_answer *answer,
                              struct arena *mem, const struct json_value **ret, struct why *why)
{
    const struct xml_node *root = NULL;
    struct why inner = {.code = STATUS_OK};
    enum status status = STATUS_OK;
    if (op_service(op)->protocol == PROTOCOL_QUERY) {
        status = xml_read(answer->body, mem, &root, &inner);
        status = status == STATUS_OK ? reply_xml_tree(root, op, mem, ret, &inner) : status;
    } else {
        struct str body = str_trim(answer->body).len == 0 ? STR("{}") : answer->body;
        status = json_tree_read(body, mem, ret, &inner);
    }
    if (status == STATUS_NO_MEMORY) {
        return why_no_memory(why);
    }
    if (status == STATUS_OK && (*ret)->type != JSON_OBJECT) {
        status = why_set(&inner, STATUS_MALFORMED, "it is no object");
    }
    if (status != STATUS_OK) {
        return why_set(why, STATUS_INVALID, "the reply of %.*s:%.*s cannot be read: %s",
                       STR_ARG(op_service(op)->name), STR_ARG(op->name), inner.text);
    }
    return STATUS_OK;
}

/* ---- calls ----------------------------------------------------------------------------------- */

/* Full jitter: anywhere up to a bound that doubles, so that many clients do not come back as one.
 */
static int64_t pause_before(struct aws *aws, unsigned tried)
{
    int64_t bound = (int64_t)AWS_FIRST_PAUSE_MS << (tried > 16 ? 16 : tried);
    uint32_t jitter = 0;
    bound = bound > AWS_LAST_PAUSE_MS ? AWS_LAST_PAUSE_MS : bound;
    rnd_fill(&aws->options.rnd, &jitter, sizeof jitter);
    return 1 + jitter % bound;
}

/* Trouble of the network that trying again does not end: no URL, a certificate not trusted, and
 * nobody there from the start. */
static bool is_final(const struct aws *aws, enum status status)
{
    return status == STATUS_UNAUTHENTICATED || status == STATUS_INVALID ||
           status == STATUS_NO_MEMORY || status == STATUS_TOO_LARGE ||
           (status == STATUS_NOT_FOUND && !aws->answered);
}

/* One try, and what it came to; *ret_throttled tells "too much" from "broken". */
static enum status try_once(struct aws *aws, const struct operation *op,
                            const struct request *request, struct arena *mem,
                            const struct json_value **ret, bool *ret_throttled, struct why *why)
{
    struct http_answer answer;
    enum status status = send_once(aws, op, request, mem, &answer, why);
    *ret_throttled = false;
    if (status != STATUS_OK) {
        return is_final(aws, status) ? status : STATUS_IO;
    }
    aws->answered = true;
    if (answer.status >= 200 && answer.status < 300) {
        return read_reply(op, &answer, mem, ret, why);
    }
    status = refused(op, &answer, mem, why);
    *ret_throttled = status == STATUS_BUSY && answer.status < 500;
    aws->counts.throttled += *ret_throttled;
    return status;
}

/* broken_max: so many tries may end without an answer, or with a 5xx. */
static enum status call(struct aws *aws, enum op_id id, const struct aws_arg *args, size_t n_args,
                        unsigned broken_max, struct arena *mem, const struct json_value **ret,
                        struct why *why)
{
    const struct operation *op = &operations[id];
    struct request request;
    unsigned broken = 0;
    enum status status = STATUS_BUSY;
    TRY(request_make(op, args, n_args, mem, &request, why));
    for (unsigned tried = 0; tried < AWS_TRIES && broken < broken_max; tried++) {
        bool throttled = false;
        if (tried > 0) {
            aws->options.pause(aws->options.pause_ctx, pause_before(aws, tried - 1));
        }
        status = try_once(aws, op, &request, mem, ret, &throttled, why);
        if (status != STATUS_BUSY && status != STATUS_IO) {
            return status;
        }
        broken += !throttled;
    }
    return status;
}

enum status aws_call(struct aws *aws, enum op_id op, const struct aws_arg *args, size_t n_args,
                     struct arena *mem, const struct json_value **ret, struct why *why)
{
    return call(aws, op, args, n_args, AWS_TRIES_BROKEN, mem, ret, why);
}

enum status aws_call_once(struct aws *aws, enum op_id op, const struct aws_arg *args, size_t n_args,
                          struct arena *mem, const struct json_value **ret, struct why *why)
{
    return call(aws, op, args, n_args, 1, mem, ret, why);
}

enum status aws_all_pages(struct aws *aws, const struct aws_pages *pages, struct arena *mem,
                          struct why *why)
{
    enum { PAGE_ARGS_MAX = 12, TOKEN_MEMORY = 64 << 10 };
    const struct operation *op = &operations[pages->op];
    struct aws_arg args[PAGE_ARGS_MAX];
    size_t n = pages->n_args;
    AUTO_ARENA *token_mem = arena_new(TOKEN_MEMORY);
    struct str token = STR_ABSENT;
    TRY_PTR(token_mem);
    for (size_t i = 0; i < n; i++) {
        args[i] = pages->args[i];
    }
    if (op->page_size != M_NONE && pages->page_size != NULL) {
        args[n++] = (struct aws_arg){op->page_size, str_from(pages->page_size)};
    }
    for (bool first = true; first || !str_absent(token); first = false) {
        const struct json_value *page = NULL;
        size_t with_token = n;
        if (!str_absent(token)) {
            args[with_token++] = (struct aws_arg){op->token_in, token};
        }
        arena_clear(mem);
        TRY(aws_call(aws, pages->op, args, with_token, mem, &page, why));
        TRY(pages->visit(pages->ctx, page, why));
        const struct json_value *next =
            op->token_out == M_NONE ? NULL : json_tree_get(page, member_names[op->token_out]);
        struct str former = token;
        token = next != NULL && next->type == JSON_STRING && next->text.len > 0 ? next->text
                                                                                : STR_ABSENT;
        if (!str_absent(token) && str_eq(token, former)) {
            return why_set(why, STATUS_INVALID, "%.*s gives the same page again and again",
                           STR_ARG(op->name));
        }
        if (!str_absent(token)) {
            arena_clear(token_mem);
            TRY(str_dup(token_mem, token, &token, why));
        }
    }
    return STATUS_OK;
}
