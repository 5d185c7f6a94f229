#include "exchange.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/limits.h"
#include "codec/json_tree.h"
#include "lib/fault.h"

/* Whoever asks and waits; the end of the exchange wakes him. */
struct asker {
    struct http_exchange exchange; /* first */
    struct http_header room;
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool finished;
};

#define ASKER_INIT                                                                                 \
    {                                                                                              \
        .lock = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER                        \
    }

static struct asker only = ASKER_INIT; /* of site_ask */

static void exchange_finish(struct http_exchange *which)
{
    struct asker *asker = (struct asker *)which;
    pthread_mutex_lock(&asker->lock);
    if (asker->finished) {
        fprintf(stderr, "an exchange was finished twice\n");
        abort();
    }
    asker->finished = true;
    pthread_cond_signal(&asker->done);
    pthread_mutex_unlock(&asker->lock);
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
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    site->status = record->status;
    site->http = record->http;
    site->misfit = record->misfit;
    site->op = record->op;
    snprintf(site->why, sizeof(site->why), "%s", record->why);
    const struct authority *authority = &record->authority;
    site->changes = record->changes;
    site->n_resources = authority->n_resources;
    snprintf(site->action, sizeof(site->action), "%.*s", STR_ARG(authority->action));
    snprintf(site->resource, sizeof(site->resource), "%.*s",
             STR_ARG(authority->n_resources > 0 ? authority->resources[0] : STR_ABSENT));
    pthread_mutex_unlock(&lock);
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
    arena_free(only.exchange.mem);
    only.exchange.mem = NULL;
}

static struct str copy(struct asker *asker, const char *text)
{
    struct str s;
    CHECK_OK(str_dup(asker->exchange.mem, str_from(text), &s, NULL));
    return s;
}

/* A header, split at its first colon. */
static void add_header(struct asker *asker, const char *line)
{
    struct str value = copy(asker, line);
    if (!str_absent(value) && str_next(&value, ':', &asker->room.name)) {
        asker->room.value = str_slice(value, 1, value.len);
        asker->exchange.request.headers = &asker->room;
        asker->exchange.request.n_headers = 1;
    }
}

static void prepare(struct asker *asker, const char *line, const char *header, const char *body)
{
    arena_free(asker->exchange.mem);
    asker->exchange =
        (struct http_exchange){.mem = arena_new(LIMIT_REQUEST_MEMORY), .finish = exchange_finish};
    assert_non_null(asker->exchange.mem);
    struct http_request *request = &asker->exchange.request;
    struct str target = copy(asker, line);
    assert_true(str_next(&target, ' ', &request->method));
    assert_true(str_next(&target, '?', &request->path));
    request->query = target;
    request->body = body == NULL ? STR("") : copy(asker, body);
    add_header(asker, header);
    asker->finished = false;
}

static void wait_for(struct asker *asker)
{
    pthread_mutex_lock(&asker->lock);
    while (!asker->finished) {
        pthread_cond_wait(&asker->done, &asker->lock);
    }
    pthread_mutex_unlock(&asker->lock);
}

const struct http_reply *site_ask(struct site *site, const char *line, const char *header,
                                  const char *body)
{
    prepare(&only, line, header, body);
    only.exchange.request.peer = site->peer;
    if (site->faulty) {
        fault_start(site->fault_at);
    }
    door_handle(&only.exchange, site->door);
    site->fault_struck = site->faulty && fault_stop();
    wait_for(&only);
    return &only.exchange.reply;
}

/* ---- many at once ---------------------------------------------------------------------------- */

struct crowd {
    struct site *site;
    const char *const *lines;
    size_t n_lines;
    size_t rounds;
    unsigned number;
    size_t granted;
};

static void *ask_rounds(void *arg)
{
    struct crowd *crowd = arg;
    struct asker asker = ASKER_INIT;
    for (size_t round = 0; round < crowd->rounds; round++) {
        for (size_t i = 0; i < crowd->n_lines; i++) {
            char line[256];
            snprintf(line, sizeof(line), "%s%u-%zu", crowd->lines[i], crowd->number, round);
            prepare(&asker, line, NULL, NULL);
            door_handle(&asker.exchange, crowd->site->door);
            wait_for(&asker);
            crowd->granted += asker.exchange.reply.status == 200;
        }
    }
    arena_free(asker.exchange.mem);
    return NULL;
}

size_t site_ask_crowd(struct site *site, unsigned n_threads, size_t rounds,
                      const char *const *lines, size_t n_lines)
{
    pthread_t threads[16];
    struct crowd crowds[16];
    size_t granted = 0;
    assert_in_range(n_threads, 1, 16);
    for (unsigned i = 0; i < n_threads; i++) {
        crowds[i] = (struct crowd){site, lines, n_lines, rounds, i, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, ask_rounds, &crowds[i]), 0);
    }
    for (unsigned i = 0; i < n_threads; i++) {
        pthread_join(threads[i], NULL);
        granted += crowds[i].granted;
    }
    return granted;
}

struct str reply_header_get(const struct http_reply *reply, const char *name)
{
    const struct http_request as_request = {.headers = reply->headers,
                                            .n_headers = reply->n_headers};
    return http_header_get(&as_request, str_from(name));
}

struct str reply_element(const struct http_reply *reply, const char *name)
{
    char open[64], close[64];
    snprintf(open, sizeof(open), "<%s>", name);
    snprintf(close, sizeof(close), "</%s>", name);
    const char *from = memmem(reply->body.ptr, reply->body.len, open, strlen(open));
    if (from == NULL) {
        return STR_ABSENT;
    }
    from += strlen(open);
    const char *end =
        memmem(from, (size_t)(reply->body.ptr + reply->body.len - from), close, strlen(close));
    return end == NULL ? STR_ABSENT : (struct str){from, (size_t)(end - from)};
}

struct str reply_member(const struct http_reply *reply, const char *name)
{
    const struct json_value *tree = NULL;
    struct why why;
    CHECK_OK(json_tree_read(reply->body, only.exchange.mem, &tree, &why));
    const struct json_value *member = json_tree_get(tree, str_from(name));
    return member == NULL ? STR_ABSENT : member->text;
}
