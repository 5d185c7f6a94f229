#include "exchange.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/limits.h"
#include "codec/json_tree.h"
#include "lib/fault.h"

/* One exchange at a time: http_finish wakes whoever asked. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t done = PTHREAD_COND_INITIALIZER;
static bool finished;
static struct http_exchange exchange;

static void exchange_finish(struct http_exchange *which)
{
    pthread_mutex_lock(&lock);
    if (which != &exchange || finished) {
        fprintf(stderr, "an exchange was finished twice\n");
        abort();
    }
    finished = true;
    pthread_cond_signal(&done);
    pthread_mutex_unlock(&lock);
}

static enum status authenticate(void *ctx, const struct http_request *request, struct arena *mem,
                                struct caller *ret, struct why *why)
{
    struct site *site = ctx;
    (void)request;
    (void)mem;
    if (site->identity != STATUS_OK) {
        return why_set(why, site->identity, "refused");
    }
    *ret = site->caller;
    return STATUS_OK;
}

static void take_record(void *ctx, const struct door_record *record)
{
    struct site *site = ctx;
    site->status = record->status;
    site->http = record->http;
    site->misfit = record->misfit;
    site->op = record->op;
    snprintf(site->why, sizeof(site->why), "%s", record->why);
}

void site_open(struct site *site, const struct handler *rows, const struct door_page *pages,
               size_t n_pages)
{
    struct why why;
    *site = (struct site){.now = INT64_C(1767323045678), .identity = STATUS_OK};
    site->caller = (struct caller){.key_id = STR("AKIATEST"), .service = STR("iot")};
    CHECK_OK(store_open(&(struct store_options){.path = STR_ABSENT}, &site->store, &why));
    memset(site->page_key.bytes, 7, PAGE_KEY_BYTES);
    site->env = (struct api_env){
        .id = {STR("123456789012"), STR("us-east-1")},
        .clock = clock_fixed(&site->now),
        .rnd = rnd_system(),
        .store = site->store,
        .page_key = &site->page_key,
        .endpoint = STR("broker.example"),
    };
    const struct door_options options = {
        .env = &site->env,
        .handlers = rows,
        .authenticate = authenticate,
        .authenticate_ctx = site,
        .pages = pages,
        .n_pages = n_pages,
        .record = take_record,
        .record_ctx = site,
        .check_replies = true,
    };
    CHECK_OK(door_new(&options, &site->door, &why));
}

void site_close(struct site *site)
{
    door_free(site->door);
    store_close(site->store);
    arena_free(exchange.mem);
    exchange.mem = NULL;
}

static struct str copy(const char *text)
{
    struct str s;
    CHECK_OK(str_dup(exchange.mem, str_from(text), &s, NULL));
    return s;
}

/* A header, split at its first colon. */
static void add_header(const char *line, struct http_header *room)
{
    struct str value = copy(line);
    if (!str_absent(value) && str_next(&value, ':', &room->name)) {
        room->value = str_slice(value, 1, value.len);
        exchange.request.headers = room;
        exchange.request.n_headers = 1;
    }
}

const struct http_reply *site_ask(struct site *site, const char *line, const char *header,
                                  const char *body)
{
    static struct http_header room;
    arena_free(exchange.mem);
    exchange =
        (struct http_exchange){.mem = arena_new(LIMIT_REQUEST_MEMORY), .finish = exchange_finish};
    assert_non_null(exchange.mem);
    struct http_request *request = &exchange.request;
    struct str target = copy(line);
    assert_true(str_next(&target, ' ', &request->method));
    assert_true(str_next(&target, '?', &request->path));
    request->query = target;
    request->body = body == NULL ? STR("") : copy(body);
    add_header(header, &room);
    finished = false;
    if (site->faulty) {
        fault_start(site->fault_at);
    }
    door_handle(&exchange, site->door);
    site->fault_struck = site->faulty && fault_stop();
    pthread_mutex_lock(&lock);
    while (!finished) {
        pthread_cond_wait(&done, &lock);
    }
    pthread_mutex_unlock(&lock);
    return &exchange.reply;
}

struct str reply_header_get(const struct http_reply *reply, const char *name)
{
    const struct http_request as_request = {.headers = reply->headers,
                                            .n_headers = reply->n_headers};
    return http_header_get(&as_request, str_from(name));
}

struct str reply_member(const struct http_reply *reply, const char *name)
{
    const struct json_value *tree = NULL;
    struct why why;
    CHECK_OK(json_tree_read(reply->body, exchange.mem, &tree, &why));
    const struct json_value *member = json_tree_get(tree, str_from(name));
    return member == NULL ? STR_ABSENT : member->text;
}
