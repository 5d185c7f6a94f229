#include "api/door.h"

#include <stdatomic.h>

#include "api/asked.h"
#include "api/extension.h"
#include "api/input.h"
#include "api/pattern.h"
#include "api/reply.h"
#include "api/route.h"
#include "api/sigv4.h"
#include "api/validate.h"
#include "api/workers.h"
#include "base/limits.h"
#include "codec/json_write.h"

#include "base/banned.h"

enum { WORKERS_DEFAULT = 2, WORKERS_ROOM = LIMIT_CONNECTIONS, KEYS_ROOM = 256 };

struct door {
    struct door_options options;
    struct pattern_set *patterns;
    struct router *router;
    struct workers *workers;
    _Atomic uint64_t misfits;
    struct {
        _Atomic uint64_t calls, errors;
    } counts[OP_COUNT];
};

/* One exchange on its way; lies in the exchange's arena. */
struct visit {
    struct door *door;
    struct http_exchange *exchange;
    const struct handler *handler;
    const struct service *service; /* in whose protocol the answer is written */
    struct call call;
    struct authority authority; /* where it was asked for */
    struct str request_id;
    struct buf body;
    struct json_write out;
    struct str *xml; /* the reply, in the Query protocol */
    struct worker_job job;
    struct store_job *write; /* of a change */
    struct why why;
    bool misfit;
};

/* ---- the end --------------------------------------------------------------------------------- */

static enum service_id service_id(const struct visit *visit)
{
    return (enum service_id)(visit->service - services);
}

static bool can_change(const struct handler *handler)
{
    return handler->kind == KIND_WRITE || handler->kind == KIND_KEYS_WRITE ||
           handler->kind == KIND_DIRECT;
}

static void record(const struct visit *visit, enum status status)
{
    const struct door *door = visit->door;
    const struct http_exchange *exchange = visit->exchange;
    if (door->options.record == NULL) {
        return;
    }
    const struct door_record row = {
        .request = &exchange->request,
        .op = visit->call.op,
        .status = status,
        .http = exchange->reply.status,
        .why = status == STATUS_OK ? "" : visit->why.text,
        .request_id = visit->request_id,
        .key_id = visit->call.caller.key_id,
        .user = visit->call.caller.arn,
        .authority = visit->authority,
        .changed = visit->call.changed,
        .n_changed = status == STATUS_OK ? visit->call.n_changed : 0,
        .changes = visit->handler != NULL && can_change(visit->handler),
        .service = service_id(visit),
        .fault = &visit->why,
        .mem = visit->call.mem,
        .duration_ms = clock_monotonic_ms() - exchange->started_ms,
        .misfit = visit->misfit,
    };
    door->options.record(door->options.record_ctx, &row);
}

/* The members that the handler wrote, as JSON. */
static enum status take_json(struct visit *visit, struct str *ret, struct why *why)
{
    *ret = STR("");
    if (visit->call.op == NULL || visit->call.op->output != S_NONE) {
        json_write_end(&visit->out);
        json_write_finish(&visit->out);
        TRY(buf_finish(&visit->body, ret, why));
    }
    return STATUS_OK;
}

/* The same members once more, as XML: what handlers write is one form, whoever reads it. */
static enum status make_xml(struct visit *visit, struct why *why)
{
    const struct call *call = &visit->call;
    const struct operation *op = call->op;
    struct value members;
    struct str json;
    struct why inner = {0};
    visit->xml = NEW(call->mem, struct str);
    TRY_PTR(visit->xml);
    TRY(take_json(visit, &json, why));
    if (op->output == S_NONE) {
        return reply_xml(op, NULL, visit->request_id, call->mem, visit->xml, why);
    }
    enum status status =
        value_from_json(json, (enum shape_id)op->output, true, call->mem, &members, &inner);
    if (status == STATUS_NO_MEMORY) {
        return why_no_memory(why);
    }
    if (status != STATUS_OK) {
        visit->misfit = true;
        atomic_fetch_add(&visit->door->misfits, 1);
        return why_set(why, STATUS_INTERNAL, "%s: the reply does not fit its shape: %s",
                       op->name.ptr, inner.text);
    }
    return reply_xml(op, &members, visit->request_id, call->mem, visit->xml, why);
}

/* The reply's text; under check_replies, only if it fits. */
static enum status take_body(struct visit *visit, struct str *ret)
{
    struct why *why = &visit->why;
    struct door *door = visit->door;
    struct str json = STR("");
    if (visit->xml == NULL) {
        TRY(take_json(visit, &json, why));
    } else if (visit->call.op->output != S_NONE) {
        json = buf_view(&visit->body); /* make_xml ended it */
    }
    *ret = visit->xml == NULL ? json : *visit->xml;
    if (door->options.check_replies && visit->call.op != NULL) {
        enum status status =
            validate_reply(door->patterns, visit->call.op, json, visit->call.mem, why);
        visit->misfit = status == STATUS_INTERNAL;
        atomic_fetch_add(&door->misfits, visit->misfit);
        return status;
    }
    return STATUS_OK;
}

/* Exactly once for each exchange: the visit is gone after. */
static void finish(struct visit *visit, enum status status)
{
    struct door *door = visit->door;
    struct http_exchange *exchange = visit->exchange;
    struct str body;
    if (status == STATUS_OK) {
        status = take_body(visit, &body);
    }
    if (status == STATUS_OK) {
        reply_success(exchange, service_id(visit), visit->request_id, body);
    } else {
        reply_error(exchange, service_id(visit), visit->request_id, status, &visit->why);
    }
    if (visit->call.op != NULL) {
        enum op_id id = op_id(visit->call.op);
        atomic_fetch_add(&door->counts[id].calls, 1);
        atomic_fetch_add(&door->counts[id].errors, status != STATUS_OK);
    }
    record(visit, status);
    http_finish(exchange);
}

/* ---- running the handler --------------------------------------------------------------------- */

static enum status run_handler(struct visit *visit, struct store_tx *tx, struct why *why)
{
    struct call *call = &visit->call;
    call->tx = tx;
    call->committed = NULL;
    buf_init(&visit->body, call->mem, LIMIT_REPLY_BYTES);
    json_write_init(&visit->out, &visit->body);
    call->out = &visit->out;
    json_write_object(&visit->out);
    TRY(visit->handler->run(call, why));
    /* Before the commit, so that it is undone. */
    if (buf_status(&visit->body) != STATUS_OK) {
        return why_set(why, buf_status(&visit->body), "the reply cannot be written: %s",
                       status_meaning(buf_status(&visit->body)));
    }
    return visit->service->protocol == PROTOCOL_QUERY ? make_xml(visit, why) : STATUS_OK;
}

static enum status write_work(struct store_tx *tx, void *ctx, struct why *why)
{
    return run_handler(ctx, tx, why);
}

static void write_done(struct store_job *job)
{
    struct visit *visit = job->ctx;
    const struct call *call = &visit->call;
    visit->why = job->why;
    if (job->status == STATUS_OK && call->committed != NULL) {
        call->committed(call->env, call->committed_ctx);
    }
    finish(visit, job->status);
}

static void submit_write(struct visit *visit)
{
    enum status status = STATUS_NO_MEMORY;
    visit->write = NEW(visit->call.mem, struct store_job);
    if (visit->write == NULL) {
        why_no_memory(&visit->why);
    } else {
        visit->write->work = write_work;
        visit->write->done = write_done;
        visit->write->ctx = visit;
        status = store_submit(visit->call.env->store, visit->write, &visit->why);
    }
    if (status != STATUS_OK) {
        finish(visit, status);
    }
}

static enum status read_over_view(struct visit *visit)
{
    struct why *why = &visit->why;
    AUTO_VIEW *view = NULL;
    TRY(store_read_begin(visit->call.env->store, &view, why));
    if (!caller_is_free(&visit->call)) {
        visit->call.tx = view;
        if (visit->call.op != NULL) {
            TRY(authority_of(&visit->call, &visit->authority, why));
        }
        TRY(authorize(&visit->call, &visit->authority, why));
    }
    return run_handler(visit, view, why);
}

/* What is asked of a change, whose handler runs elsewhere. */
static enum status permit_change(struct visit *visit)
{
    struct why *why = &visit->why;
    struct call *call = &visit->call;
    bool free = caller_is_free(call);
    AUTO_VIEW *view = NULL;
    enum status status = STATUS_OK;
    if (!free || authority_needs_view(call->op)) {
        TRY(store_read_begin(call->env->store, &view, why));
    }
    call->tx = view;
    if (call->op != NULL) { /* an extension's row has said it */
        status = authority_of(call, &visit->authority, why);
    }
    if (status == STATUS_OK && !free) {
        status = authorize(call, &visit->authority, why);
    }
    call->tx = NULL;
    return status;
}

static void run_on_worker(struct worker_job *job)
{
    struct visit *visit = (struct visit *)((char *)job - offsetof(struct visit, job));
    if (visit->handler->kind == KIND_DIRECT) {
        finish(visit, run_handler(visit, NULL, &visit->why));
        return;
    }
    enum status status = visit->handler->prepare(&visit->call, &visit->why);
    if (status != STATUS_OK) {
        finish(visit, status);
        return;
    }
    submit_write(visit);
}

static void run_kind(struct visit *visit)
{
    const struct handler *handler = visit->handler;
    enum status status;
    if (handler->kind == KIND_READ) {
        finish(visit, read_over_view(visit));
        return;
    }
    status = permit_change(visit);
    if (status != STATUS_OK) {
        finish(visit, status);
        return;
    }
    if (handler->kind == KIND_WRITE && handler->prepare == NULL) {
        submit_write(visit);
        return;
    }
    visit->job.run = run_on_worker;
    visit->job.slow = handler->kind == KIND_KEYS_WRITE;
    status = workers_submit(visit->door->workers, &visit->job, &visit->why);
    if (status != STATUS_OK) {
        finish(visit, status);
    }
}

/* ---- the way in ------------------------------------------------------------------------------ */

/* The name in "name:port", or in "[::1]:port" without brackets. */
static struct str host_name(struct str host)
{
    if (str_starts(host, STR("["))) {
        return str_slice(host, 1, str_find_char(host, ']', 1));
    }
    return str_slice(host, 0, str_find_char(host, ':', 0));
}

/* An address, not a name that begins like one: anybody may own 127.0.0.1.example.com. */
static bool is_loopback_name(struct str host)
{
    struct str name = host_name(host);
    bool digits = str_starts(name, STR("127."));
    for (size_t i = 0; i < name.len; i++) {
        digits &= name.ptr[i] == '.' || (name.ptr[i] >= '0' && name.ptr[i] <= '9');
    }
    return str_absent(host) || digits || str_eq_nocase(name, STR("localhost")) ||
           str_eq(name, STR("::1"));
}

/* "http://host" or "https://host" of this very host. */
static bool is_own_origin(struct str origin, struct str host)
{
    struct str rest = origin;
    if (str_starts(origin, STR("http://"))) {
        rest = str_slice(origin, 7, origin.len);
    } else if (str_starts(origin, STR("https://"))) {
        rest = str_slice(origin, 8, origin.len);
    }
    return str_absent(origin) || (rest.len != origin.len && str_eq_nocase(rest, host));
}

/* See the top of door.h. */
static enum status refuse_foreign_pages(const struct http_request *request, struct why *why)
{
    struct str host = http_header_get(request, STR("Host"));
    if (!is_loopback_name(host)) {
        return why_set(why, STATUS_DENIED, "unsigned requests must be sent to a loopback name");
    }
    if (!is_own_origin(http_header_get(request, STR("Origin")), host)) {
        return why_set(why, STATUS_DENIED, "unsigned requests of other web origins are refused");
    }
    return STATUS_OK;
}

/* A request that fills its arena is too large, not unlucky: asking again would not help. */
static enum status too_large(const struct call *call, enum status status, struct why *why)
{
    if (status == STATUS_NO_MEMORY && arena_used(call->mem) > arena_max(call->mem) / 4) {
        return why_set(why, STATUS_TOO_LARGE, "the request has too many parts");
    }
    return status;
}

/* The operation's own row; only what is offered goes on. */
static enum status choose(struct visit *visit, const struct operation *op, struct why *why)
{
    visit->call.op = op;
    visit->handler = &visit->door->options.handlers[op_id(op)];
    if (visit->handler->kind == KIND_NONE) {
        return why_set(why, STATUS_UNSUPPORTED, "Bulwark does not offer %s yet", op->name.ptr);
    }
    return STATUS_OK;
}

/* By method and path. */
static enum status understand_rest(struct visit *visit, struct why *why)
{
    const struct http_request *request = &visit->exchange->request;
    struct call *call = &visit->call;
    struct route route;
    TRY(route_find(visit->door->router, request->method, request->path, call->mem, &route, why));
    TRY(choose(visit, route.op, why));
    return input_read(request, &route, call->mem, &call->in, why);
}

/* By a form or a target. */
static enum status understand_action(struct visit *visit, struct why *why)
{
    const struct http_request *request = &visit->exchange->request;
    struct call *call = &visit->call;
    struct asked asked;
    TRY(asked_operation(request, visit->service, call->mem, &asked, why));
    TRY(choose(visit, asked.op, why));
    return asked_input(request, &asked, call->mem, &call->in, why);
}

static enum status understand(struct visit *visit, struct why *why)
{
    struct call *call = &visit->call;
    enum status status = visit->service->protocol == PROTOCOL_REST_JSON
                             ? understand_rest(visit, why)
                             : understand_action(visit, why);
    if (status == STATUS_OK) {
        status = validate_value(visit->door->patterns, call->in, call->mem, why);
    }
    return too_large(call, status, why);
}

/* Nobody is known yet, and the answer is to be read all the same: the service is taken from what
 * the request says of itself. */
static void guess_service(struct visit *visit)
{
    const struct http_request *request = &visit->exchange->request;
    struct arena *mem = visit->call.mem;
    struct sigv4 claim = {.service = STR_ABSENT};
    struct str scope =
        sigv4_read(request, mem, &claim, NULL) == STATUS_OK ? claim.service : STR_ABSENT;
    enum status status = asked_service(request, scope, mem, &visit->service, NULL);
    (void)status; /* what was refused is said by the signature's own fault */
}

static enum status admit(struct visit *visit)
{
    const struct door_options *options = &visit->door->options;
    const struct http_request *request = &visit->exchange->request;
    struct call *call = &visit->call;
    struct why *why = &visit->why;
    enum status status =
        options->authenticate(options->authenticate_ctx, request, call->mem, &call->caller, why);
    if (status == STATUS_SIGNATURE_MISSING && asked_is_link(request, call->mem)) {
        visit->service = &services[SERVICE_sns];
        return understand(visit, why);
    }
    if (status != STATUS_OK) {
        guess_service(visit);
        return status;
    }
    call->caller.address = request->peer;
    TRY(asked_service(request, call->caller.service, call->mem, &visit->service, why));
    if (str_absent(call->caller.key_id)) {
        TRY(refuse_foreign_pages(request, why));
    }
    const struct extension *ours =
        options->extension == NULL ? NULL : options->extension(request->method, request->path);
    if (ours != NULL) {
        static const struct str everything = STR_INIT("*");
        visit->authority = (struct authority){ours->action, &everything, 1};
        call->request = request;
        visit->service = &services[SERVICE_iot];
        visit->handler = &ours->handler;
        return STATUS_OK;
    }
    return understand(visit, why);
}

static const struct door_page *find_page(const struct door *door, struct str path)
{
    for (size_t i = 0; i < door->options.n_pages; i++) {
        const struct door_page *page = &door->options.pages[i];
        bool tree = str_ends(page->path, STR("/"));
        if (tree ? str_starts(path, page->path) : str_eq(path, page->path)) {
            return page;
        }
    }
    return NULL;
}

static struct str new_request_id(const struct api_env *env, struct arena *mem)
{
    char *text = arena_alloc(mem, UUID_TEXT + 1);
    if (text == NULL) {
        return STR("00000000-0000-4000-8000-000000000000");
    }
    rnd_uuid(&env->rnd, text);
    return (struct str){text, UUID_TEXT};
}

void door_handle(struct http_exchange *exchange, void *ctx)
{
    struct door *door = ctx;
    const struct api_env *env = door->options.env;
    struct visit *visit = NEW(exchange->mem, struct visit);
    if (visit == NULL) {
        exchange->reply.status = 503;
        exchange->reply.body = STR("");
        http_finish(exchange);
        return;
    }
    visit->door = door;
    visit->exchange = exchange;
    visit->service = &services[SERVICE_iot];
    visit->request_id = new_request_id(env, exchange->mem);
    visit->call.env = env;
    visit->call.mem = exchange->mem;
    visit->call.now = clock_now(&env->clock);
    const struct door_page *page = find_page(door, exchange->request.path);
    if (page != NULL) {
        page->serve(page->ctx, exchange);
        record(visit, STATUS_OK);
        http_finish(exchange);
        return;
    }
    enum status status = admit(visit);
    if (status != STATUS_OK) {
        finish(visit, status);
        return;
    }
    run_kind(visit);
}

/* ---- life ------------------------------------------------------------------------------------ */

enum status door_new(const struct door_options *options, struct door **ret, struct why *why)
{
    struct door *door = mem_alloc(sizeof(*door));
    if (door == NULL) {
        return why_no_memory(why);
    }
    door->options = *options;
    enum status status = pattern_set_new(&door->patterns, why);
    if (status != STATUS_OK) {
        goto out;
    }
    status = router_new(&door->router, why);
    if (status != STATUS_OK) {
        goto out;
    }
    unsigned n = options->workers == 0 ? WORKERS_DEFAULT : options->workers;
    const struct workers_room room = {.quick = WORKERS_ROOM, .slow = KEYS_ROOM};
    status = workers_new(n, room, &door->workers, why);
out:
    if (status != STATUS_OK) {
        door_free(door);
        return status;
    }
    *ret = door;
    return STATUS_OK;
}

void door_free(struct door *door)
{
    if (door != NULL) {
        workers_free(door->workers);
        router_free(door->router);
        pattern_set_free(door->patterns);
        mem_free(door);
    }
}

struct door_count door_count(const struct door *door, enum op_id id)
{
    return (struct door_count){atomic_load(&door->counts[id].calls),
                               atomic_load(&door->counts[id].errors)};
}

uint64_t door_misfits(const struct door *door)
{
    return atomic_load(&door->misfits);
}
