/* fuzz_request.c: whatever a client sends is routed, read and judged, or refused with a reply that
 * a client can read. The input is an HTTP request as on the wire, with plain line feeds:
 *     POST /things/lamp?x=y
 *     name: value
 *
 *     body
 * What was understood must read back from its canonical JSON as the same. */
#include <stdint.h>
#include <stdlib.h>

#include "api/input.h"
#include "api/pattern.h"
#include "api/reply.h"
#include "api/validate.h"
#include "base/limits.h"
#include "codec/json_tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct router *router;
static struct pattern_set *set;

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void read_head(struct str *rest, struct http_request *request, struct http_header *room,
                      size_t max)
{
    struct str line = STR_ABSENT;
    if (str_next(rest, '\n', &line)) {
        (void)str_next(&line, ' ', &request->method);
        struct str target = line;
        (void)str_next(&target, '?', &request->path);
        request->query = target;
    }
    while (request->n_headers < max && str_next(rest, '\n', &line) && line.len > 0) {
        struct http_header *header = &room[request->n_headers++];
        *header = (struct http_header){STR(""), STR("")};
        (void)str_next(&line, ':', &header->name);
        header->value = str_slice(line, 1, line.len);
    }
    request->headers = room;
}

/* A member of a body reads back as what it was. */
static void check_round_trip(const struct value *value, struct arena *mem)
{
    struct str json, again;
    struct value copy;
    must(value_to_json(value, mem, &json, NULL) == STATUS_OK);
    must(value_from_json(json, (enum shape_id)value->shape, true, mem, &copy, NULL) == STATUS_OK);
    must(value_to_json(&copy, mem, &again, NULL) == STATUS_OK);
    must(str_eq(json, again));
}

static void check_refusal(enum status status, const struct why *why, struct arena *mem)
{
    struct http_exchange exchange = {.mem = mem};
    const struct json_value *tree = NULL;
    must(why->code == status && why->text[0] != '\0');
    reply_error(&exchange, SERVICE_iot, STR("id"), status, why);
    must(json_tree_read(exchange.reply.body, mem, &tree, NULL) == STATUS_OK);
    must(json_tree_get(tree, STR("message")) != NULL);
    must(status == STATUS_NO_MEMORY || exchange.reply.status == 400 ||
         exchange.reply.status == 404);
}

static enum status understand(const struct http_request *request, struct arena *mem,
                              struct why *why)
{
    struct route route;
    const struct value *in = NULL;
    TRY(route_find(router, request->method, request->path, mem, &route, why));
    TRY(input_read(request, &route, mem, &in, why));
    TRY(validate_value(set, in, mem, why));
    const struct shape *shape = &shapes[in->shape];
    for (size_t i = 0; i < shape->n; i++) {
        if (shape->members[i].place == PLACE_BODY && in->fields[i].shape != S_NONE) {
            check_round_trip(&in->fields[i], mem);
        }
    }
    return STATUS_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct why why = {0};
    if (router == NULL) {
        must(router_new(&router, &why) == STATUS_OK);
        must(pattern_set_new(&set, &why) == STATUS_OK);
    }
    struct http_header room[8];
    struct http_request request = {.query = STR_ABSENT};
    struct str rest = {(const char *)data, size};
    AUTO_ARENA *mem = arena_new((size_t)2 * LIMIT_REQUEST_MEMORY);
    read_head(&rest, &request, room, sizeof(room) / sizeof(room[0]));
    request.body = str_absent(rest) ? STR("") : rest;
    enum status status = understand(&request, mem, &why);
    if (status != STATUS_OK) {
        check_refusal(status, &why, mem);
    }
    return 0;
}
