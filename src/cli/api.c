/* api.c: `bulwark api`: the operations of the service model, and which are offered. */
#include <string.h>

#include "cli/cli.h"
#include "codec/json_write.h"
#include "contract/contract.h"
#include "contract/offered.h"

#include "base/banned.h"

enum { API_MEMORY = 4 << 20, REPORT_BYTES_MAX = 1 << 20, MEMBER_DEPTH_MAX = 6 };

static const bool offered[OP_COUNT] = {
#define OFFERED_ROW(name, how) [OP_##name] = true,
    OFFERED(OFFERED_ROW)
#undef OFFERED_ROW
};

static size_t count_offered(void)
{
    size_t n = 0;
    for (size_t i = 0; i < OP_COUNT; i++) {
        n += offered[i];
    }
    return n;
}

static void print_text(struct cli *cli)
{
    for (size_t i = 0; i < OP_COUNT; i++) {
        const struct operation *op = &operations[i];
        fprintf(cli->out, "%-8s %-52.*s %-7.*s%.*s\n", offered[i] ? "offered" : "501",
                STR_ARG(op->name), STR_ARG(method_names[op->method]), STR_ARG(op->path));
    }
    fprintf(cli->out, "%zu of %d operations of the AWS IoT service model are offered.\n",
            count_offered(), OP_COUNT);
}

/* ---- one operation --------------------------------------------------------------------------- */

static const char *const type_names[] = {[TYPE_STRING] = "string",       [TYPE_ENUM] = "enum",
                                         [TYPE_INTEGER] = "integer",     [TYPE_LONG] = "long",
                                         [TYPE_DOUBLE] = "double",       [TYPE_BOOLEAN] = "boolean",
                                         [TYPE_TIMESTAMP] = "timestamp", [TYPE_BLOB] = "blob",
                                         [TYPE_LIST] = "list",           [TYPE_MAP] = "map",
                                         [TYPE_STRUCT] = "structure"};

static const char *const place_names[] = {
    [PLACE_BODY] = "body",   [PLACE_PAYLOAD] = "payload", [PLACE_URI] = "path",
    [PLACE_QUERY] = "query", [PLACE_HEADER] = "header",   [PLACE_STATUS] = "status"};

/* NAN, no bound, is unequal to itself. */
static void print_bounds(FILE *out, const struct shape *shape)
{
    if (shape->min == shape->min) {
        fprintf(out, ", at least %.0f", shape->min);
    }
    if (shape->max == shape->max) {
        fprintf(out, ", at most %.0f", shape->max);
    }
    if (shape->pattern != P_NONE) {
        fprintf(out, ", %s", patterns[shape->pattern].java);
    }
    for (size_t i = 0; shape->type == TYPE_ENUM && i < shape->n; i++) {
        fprintf(out, "%s%s", i == 0 ? ": " : " | ", shape->values[i]);
    }
}

static void print_shape(FILE *out, const struct shape *shape, unsigned depth);

static void print_member(FILE *out, const struct shape_member *member, unsigned depth)
{
    const struct shape *shape = &shapes[member->shape];
    struct str wire = member_wire(member);
    fprintf(out, "%*s%.*s  %s%s", (int)depth * 2 + 2, "", STR_ARG(wire), type_names[shape->type],
            member->required ? ", required" : "");
    if (depth == 0) {
        fprintf(out, ", in the %s", place_names[member->place]);
    }
    print_bounds(out, shape);
    fputc('\n', out);
    print_shape(out, shape, depth + 1);
}

/* What is inside; shapes that hold themselves end at MEMBER_DEPTH_MAX. */
static void print_shape(FILE *out, const struct shape *shape, unsigned depth)
{
    if (depth > MEMBER_DEPTH_MAX) {
        return;
    }
    if (shape->type == TYPE_LIST || shape->type == TYPE_MAP) {
        const struct shape *element = &shapes[shape->element];
        fprintf(out, "%*sof %s", (int)depth * 2 + 2, "", type_names[element->type]);
        print_bounds(out, element);
        fputc('\n', out);
        print_shape(out, element, depth);
    }
    for (size_t i = 0; shape->type == TYPE_STRUCT && i < shape->n; i++) {
        print_member(out, &shape->members[i], depth);
    }
}

static int print_operation(struct cli *cli, const struct operation *op)
{
    fprintf(cli->out, "%.*s  %.*s %.*s%s\n", STR_ARG(op->name), STR_ARG(method_names[op->method]),
            STR_ARG(op->path), offered[op_id(op)] ? "" : "  (not offered: 501)");
    fputs("request\n", cli->out);
    print_shape(cli->out, &shapes[op->input], 0);
    fputs("reply\n", cli->out);
    if (op->output != S_NONE) {
        print_shape(cli->out, &shapes[op->output], 0);
    }
    fputs("errors\n", cli->out);
    for (size_t i = 0; i < X_COUNT; i++) {
        if (op->errors & (UINT64_C(1) << i)) {
            fprintf(cli->out, "  %.*s  %d\n", STR_ARG(exceptions[i].name), exceptions[i].http);
        }
    }
    return CLI_OK;
}

/* ---- all of them ----------------------------------------------------------------------------- */

static enum status print_json(struct cli *cli, struct arena *mem, struct why *why)
{
    struct buf out;
    struct json_write w;
    struct str text;
    buf_init(&out, mem, REPORT_BYTES_MAX);
    json_write_init(&w, &out);
    json_write_object(&w);
    json_write_member_int64(&w, STR("operations"), OP_COUNT);
    json_write_member_int64(&w, STR("offered"), (int64_t)count_offered());
    json_write_key(&w, STR("list"));
    json_write_array(&w);
    for (size_t i = 0; i < OP_COUNT; i++) {
        json_write_object(&w);
        json_write_member(&w, STR("name"), operations[i].name);
        json_write_member(&w, STR("method"), method_names[operations[i].method]);
        json_write_member(&w, STR("path"), operations[i].path);
        json_write_member_bool(&w, STR("offered"), offered[i]);
        json_write_end(&w);
    }
    json_write_end(&w);
    json_write_end(&w);
    json_write_finish(&w);
    TRY(buf_finish(&out, &text, why));
    fprintf(cli->out, "%.*s\n", STR_ARG(text));
    return STATUS_OK;
}

static int run_api(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
    bool json = argc == 2 && strcmp(argv[0], "--format") == 0 && strcmp(argv[1], "json") == 0;
    bool text = argc == 0 ||
                (argc == 2 && strcmp(argv[0], "--format") == 0 && strcmp(argv[1], "text") == 0);
    const struct operation *op = argc == 1 ? operation_find(str_from(argv[0])) : NULL;
    if (op != NULL) {
        return print_operation(cli, op);
    }
    if (!json && !text) {
        return cli_misuse(cli, command, "give --format text or json, or the name of an operation");
    }
    AUTO_ARENA *mem = arena_new(API_MEMORY);
    struct why why = {.code = STATUS_OK};
    if (text) {
        print_text(cli);
    } else if (mem == NULL || print_json(cli, mem, &why) != STATUS_OK) {
        fprintf(cli->err, "bulwark api: %s\n", why.text);
        return CLI_UNUSABLE;
    }
    return CLI_OK;
}

const struct cli_command cli_api = {
    .words = "api",
    .usage = "[OPERATION | --format text|json]",
    .summary = "the operations of the AWS IoT API, and which Bulwark offers",
    .help = "Prints the operations of the service model with their methods and paths; of one, its\n"
            "members with place, type and bounds, and its errors. What is not offered answers\n"
            "HTTP 501, NotImplementedException.\n",
    .run = run_api,
};
