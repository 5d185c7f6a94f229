/* bench_door.c: what one request costs from its line to its reply, without a network: route, input,
 * validation, the handler over a store of 1,000 things and as many certificates in a file, JSON.
 * For the gates; goal P9 is measured over HTTP (bench_api.py). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/door.h"
#include "api/page.h"
#include "base/limits.h"
#include "bench.h"
#include "fleet.h"

enum { RESOURCES = 1000 };

struct site {
    struct door *door;
    struct page_key page_key;
    int64_t now;
    struct api_env env;
};

struct asked {
    const struct site *site;
    struct str path, query;
    size_t least; /* bytes of a good reply */
};

static void finish(struct http_exchange *exchange)
{
    (void)exchange;
}

static enum status authenticate(void *ctx, const struct http_request *request, struct arena *mem,
                                struct caller *ret, struct why *why)
{
    (void)ctx;
    (void)request;
    (void)mem;
    (void)why;
    *ret = (struct caller){.key_id = STR("AKIABENCH"), .service = STR("iot")};
    return STATUS_OK;
}

static void ask(void *ctx, size_t n)
{
    const struct asked *asked = ctx;
    for (size_t i = 0; i < n; i++) {
        struct http_exchange exchange = {.mem = arena_new(LIMIT_REQUEST_MEMORY), .finish = finish};
        exchange.request = (struct http_request){
            .method = STR("GET"), .path = asked->path, .query = asked->query, .body = STR("")};
        door_handle(&exchange, asked->site->door);
        if (exchange.reply.status != 200 || exchange.reply.body.len < asked->least) {
            fprintf(stderr, "bench_door: %.*s: status %d\n", STR_ARG(asked->path),
                    exchange.reply.status);
            exit(2);
        }
        arena_free(exchange.mem);
    }
}

static void open_site(struct site *site, const char *program)
{
    struct why why;
    char path[512];
    const char *slash = strrchr(program, '/');
    int folder = slash == NULL ? 0 : (int)(slash - program + 1);
    const struct fleet fleet = {.certificates = RESOURCES, .things = RESOURCES};
    snprintf(path, sizeof path, "%.*sfleet-door.db", folder, program);
    site->now = FLEET_NOW;
    site->env = (struct api_env){.id = fleet_account(),
                                 .clock = clock_fixed(&site->now),
                                 .rnd = rnd_system(),
                                 .store = fleet_open(path, &fleet),
                                 .page_key = &site->page_key,
                                 .endpoint = STR("broker.example")};
    const struct door_options options = {
        .env = &site->env, .handlers = handlers, .authenticate = authenticate};
    fleet_must(door_new(&options, &site->door, &why), &why);
}

int main(int argc, char **argv)
{
    static struct site site;
    open_site(&site, argv[0]);
    struct asked describe = {&site, STR("/things/device-00000000"), STR_ABSENT, 100};
    struct asked things = {&site, STR("/things"), STR("maxResults=50"), 5000};
    struct asked certificates = {&site, STR("/certificates"), STR("pageSize=50"), 10000};
    const struct bench rows[] = {
        {.goal = "P9", .name = "describe-thing", .ours = {"ours", ask, &describe}, .batch = 500},
        {.goal = "P9", .name = "list-things-50", .ours = {"ours", ask, &things}, .batch = 50},
        {.goal = "P9",
         .name = "list-certificates-50",
         .ours = {"ours", ask, &certificates},
         .batch = 50},
    };
    int status = bench_main(argc, argv, rows, sizeof rows / sizeof rows[0]);
    door_free(site.door);
    store_close(site.env.store);
    return status;
}
