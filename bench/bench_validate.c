/* bench_validate.c: from a request that was read to a checked value tree and a small reply, with no
 * handler between: what the door costs each request, against jansson reading the same body.
 */
#include <jansson.h>
#include <stdlib.h>

#include "api/input.h"
#include "api/pattern.h"
#include "api/reply.h"
#include "api/validate.h"
#include "base/limits.h"
#include "bench.h"

struct door_bench {
    struct router *router;
    struct pattern_set *set;
    struct arena *mem;
    struct http_request request;
};

static void admit(void *ctx, size_t n)
{
    struct door_bench *bench = ctx;
    for (size_t i = 0; i < n; i++) {
        struct http_exchange exchange = {.mem = bench->mem};
        struct route route;
        const struct value *in = NULL;
        struct why why;
        const struct http_request *request = &bench->request;
        bool fine = route_find(bench->router, request->method, request->path, bench->mem, &route,
                               &why) == STATUS_OK &&
                    input_read(request, &route, bench->mem, &in, &why) == STATUS_OK &&
                    validate_value(bench->set, in, bench->mem, &why) == STATUS_OK;
        if (fine) {
            reply_success(&exchange, SERVICE_iot, STR("00000000-0000-4000-8000-000000000000"),
                          STR("{}"));
        } else {
            reply_error(&exchange, SERVICE_iot, STR("00000000-0000-4000-8000-000000000000"),
                        why.code, &why);
        }
        bench_keep(&exchange.reply);
        arena_clear(bench->mem);
    }
}

static void jansson(void *ctx, size_t n)
{
    const struct door_bench *bench = ctx;
    for (size_t i = 0; i < n; i++) {
        json_t *tree = json_loadb(bench->request.body.ptr, bench->request.body.len, 0, NULL);
        bench_keep(tree);
        json_decref(tree);
    }
}

static struct door_bench make(const char *method, const char *path, struct str query,
                              const char *body)
{
    struct door_bench bench = {.mem = arena_new(LIMIT_REQUEST_MEMORY)};
    struct why why;
    if (router_new(&bench.router, &why) != STATUS_OK ||
        pattern_set_new(&bench.set, &why) != STATUS_OK) {
        abort();
    }
    bench.request = (struct http_request){
        .method = str_from(method), .path = str_from(path), .query = query, .body = str_from(body)};
    return bench;
}

int main(int argc, char **argv)
{
    struct door_bench create =
        make("POST", "/things/lamp-00042", STR_ABSENT,
             "{\"thingTypeName\":\"street-lamp\",\"attributePayload\":{\"attributes\":{"
             "\"site\":\"zurich-7\",\"firmware\":\"4.2.1\",\"installed\":\"2025-11-03\"}}}");
    struct door_bench list =
        make("GET", "/things", STR("maxResults=50&thingTypeName=street-lamp"), "");
    struct door_bench refused = make("POST", "/things/a%20b", STR_ABSENT,
                                     "{\"attributePayload\":{\"attributes\":{\"a b\":\"\"}}}");
    const struct bench rows[] = {
        {
            .goal = "P9",
            .name = "admit-create",
            .ours = {"ours", admit, &create},
            .reference = {"jansson-body", jansson, &create},
            .batch = 2000,
            .floor = 1.0,
        },
        {
            .goal = "P9",
            .name = "admit-list",
            .ours = {"ours", admit, &list},
            .batch = 2000,
        },
        {
            .goal = "P9",
            .name = "admit-refused",
            .ours = {"ours", admit, &refused},
            .reference = {"jansson-body", jansson, &refused},
            .batch = 2000,
            .floor = 0.1,
        },
    };
    return bench_main(argc, argv, rows, sizeof rows / sizeof rows[0]);
}
