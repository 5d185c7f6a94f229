/* The pages over a store that can be made to fail, a door through which nobody has come, and a
 * server that has none. */
#include "daemon/pages.h"

#include "base/limits.h"
#include "lib/check.h"
#include "store/faulty.h"
#include "store/tables.h"

struct world {
    struct faulty_plan plan;
    struct api_env env;
    struct audit_counters audits;
    struct notify_counters notifications;
    struct mitigate_counters mitigations;
    struct broker_counters brokers;
    struct jit jit;
    struct metrics metrics;
    struct http_server *server;
    struct door *door;
};

static void never_called(struct http_exchange *exchange, void *ctx)
{
    (void)exchange;
    (void)ctx;
    fail();
}

static int open_world(void **state)
{
    static struct world world;
    struct world *w = &world;
    struct store_db *db;
    struct store *store;
    const struct http_server_config config = {
        .address = STR("127.0.0.1"), .handle = never_called, .rnd = rnd_system()};
    *w = (struct world){.env = {.rnd = rnd_system()}};
    faulty_plan_set(&w->plan, FAULTY_NEVER, STATUS_IO);
    CHECK_OK(memory_open(&db, NULL));
    CHECK_OK(faulty_open(db, &w->plan, &db, NULL));
    CHECK_OK(store_start(db, 0, &store, NULL));
    CHECK_OK(http_server_start(&config, &w->server, NULL));
    CHECK_OK(
        door_new(&(struct door_options){.env = &w->env, .handlers = handlers}, &w->door, NULL));
    w->metrics = (struct metrics){.store = store,
                                  .server = w->server,
                                  .door = w->door,
                                  .audits = &w->audits,
                                  .notifications = &w->notifications,
                                  .mitigations = &w->mitigations,
                                  .brokers = &w->brokers,
                                  .jit = &w->jit};
    *state = w;
    return 0;
}

static int close_world(void **state)
{
    struct world *w = *state;
    assert_true(http_server_stop(w->server, 1000));
    door_free(w->door);
    store_close(w->metrics.store);
    return 0;
}

typedef void page_server(void *ctx, struct http_exchange *exchange);

/* Serves the page to a client with this Accept header; the arena goes with the next call. */
static struct http_reply served(struct world *w, page_server *serve, size_t memory,
                                const char *accept)
{
    static struct arena *mem;
    const struct http_header header = {STR("Accept"), str_from(accept)};
    arena_free(mem);
    mem = arena_new(memory);
    struct http_exchange exchange = {.mem = mem, .request = {.headers = &header, .n_headers = 1}};
    serve(&w->metrics, &exchange);
    CHECK_STR(exchange.reply.headers[1].name, "Cache-Control");
    CHECK_STR(exchange.reply.headers[1].value, "no-store");
    return exchange.reply;
}

static bool holds(struct str text, const char *part)
{
    return memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

static enum status write_one(struct store_tx *tx, void *ctx, struct why *why)
{
    struct setting row = {.name = STR("x"), .value = STR("y")};
    (void)ctx;
    return store_put(tx, &table_setting, &row, why);
}

static void health_is_that_of_the_last_write(void **state)
{
    struct world *w = *state;
    struct http_reply reply = served(w, page_health, LIMIT_REQUEST_MEMORY, "");
    assert_int_equal(reply.status, 200);
    CHECK_STR(reply.headers[0].value, "application/json");
    assert_true(holds(reply.body, "{\"status\":\"ok\",\"version\":\""));
    faulty_plan_set(&w->plan, 0, STATUS_IO);
    atomic_store(&w->plan.keep_failing, true);
    assert_int_not_equal(store_write(w->metrics.store, write_one, NULL, NULL), STATUS_OK);
    atomic_store(&w->plan.keep_failing, false);
    faulty_plan_set(&w->plan, FAULTY_NEVER, STATUS_IO);
    reply = served(w, page_health, LIMIT_REQUEST_MEMORY, "");
    assert_int_equal(reply.status, 503);
    assert_true(holds(reply.body, "{\"status\":\"failing\",\"version\":\""));
    assert_true(holds(reply.body, "\"reason\":\""));
    CHECK_OK(store_write(w->metrics.store, write_one, NULL, NULL));
    assert_int_equal(served(w, page_health, LIMIT_REQUEST_MEMORY, "").status, 200);
}

static void metrics_have_the_form_that_was_asked_for(void **state)
{
    struct world *w = *state;
    struct http_reply reply = served(w, page_metrics, LIMIT_REQUEST_MEMORY, "text/plain");
    assert_int_equal(reply.status, 200);
    CHECK_STR(reply.headers[0].value, "text/plain; version=0.0.4; charset=utf-8");
    assert_true(holds(reply.body, "\nbulwark_http_requests_total 0\n"));
    assert_false(holds(reply.body, "# EOF"));
    reply = served(w, page_metrics, LIMIT_REQUEST_MEMORY,
                   "application/openmetrics-text; version=1.0.0");
    CHECK_STR(reply.headers[0].value, "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert_true(str_ends(reply.body, STR("# EOF\n")));
}

static void without_memory_a_page_says_so(void **state)
{
    struct http_reply reply = served(*state, page_metrics, 64, "");
    assert_int_equal(reply.status, 500);
    CHECK_STR(reply.body, "out of memory\n");
    reply = served(*state, page_health, 16, "");
    assert_int_equal(reply.status, 500);
    CHECK_STR(reply.headers[0].value, "text/plain");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(health_is_that_of_the_last_write, open_world, close_world),
        cmocka_unit_test_setup_teardown(metrics_have_the_form_that_was_asked_for, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(without_memory_a_page_says_so, open_world, close_world),
    };
    return RUN_TESTS("pages", tests);
}
