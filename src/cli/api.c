/* api.c: `bulwark api`: the operations of the service models, and which are offered. */
#include <string.h>

#include "cli/arguments.h"
#include "cli/cli.h"
#include "codec/json_write.h"
#include "contract/contract.h"
#include "contract/offered.h"

#include "base/banned.h"

enum { API_MEMORY = 4 << 20, REPORT_BYTES_MAX = 1 << 20, MEMBER_DEPTH_MAX = 6 };

static const bool offered[OP_COUNT] = {
#define WORD_READ              true
#define WORD_WRITE             true
#define WORD_PREPARED_WRITE    true
#define WORD_KEYS_WRITE        true
#define WORD_DIRECT            true
#define WORD_LATER             false
#define OFFERED_ROW(name, how) [OP_##name] = WORD_##how,
    OFFERED(OFFERED_ROW)
#undef OFFERED_ROW
};

/* Operations of our own stand among those of IoT, under a path that AWS does not have. */
static bool is_ours(const struct operation *op)
{
    return str_starts(op->path, STR("/bulwark/"));
}

struct counts {
    size_t all, offered, ours;
};

/* What of a service's model there is; `all` and `offered` are AWS's. */
static struct counts count_service(const struct service *service)
{
    struct counts counts = {0};
    for (size_t i = service->first; i < service->end; i++) {
        bool ours = is_ours(&operations[i]);
        counts.ours += ours;
        counts.all += !ours;
        counts.offered += !ours && offered[i];
    }
    return counts;
}

/* "CreateThing", and of another service "iam:CreateRole", as policies say it. */
static int print_name(FILE *out, const struct operation *op)
{
    const struct service *service = op_service(op);
    bool plain = service == &services[SERVICE_iot];
    return fprintf(out, "%.*s%s%.*s", plain ? 0 : (int)service->id.len, service->id.ptr,
                   plain ? "" : ":", STR_ARG(op->name));
}

static void print_text(struct cli *cli)
{
    enum { NAME_COLUMNS = 52 };
    size_t ours = 0;
    for (size_t i = 0; i < OP_COUNT; i++) {
        const struct operation *op = &operations[i];
        fprintf(cli->out, "%-8s ", offered[i] ? "offered" : "501");
        int width = print_name(cli->out, op);
        fprintf(cli->out, "%*s %-7.*s%.*s\n", width < NAME_COLUMNS ? NAME_COLUMNS - width : 0, "",
                STR_ARG(method_names[op->method]), STR_ARG(op->path));
    }
    for (size_t i = 0; i < SERVICE_COUNT; i++) {
        const struct service *service = &services[i];
        struct counts counts = count_service(service);
        ours += counts.ours;
        fprintf(cli->out, "%zu of %zu operations of the %.*s service model%s are offered.\n",
                counts.offered, counts.all, STR_ARG(service->title),
                i == SERVICE_iot ? " and its data plane" : "");
    }
    fprintf(cli->out, "%zu operations are of Bulwark's own.\n", ours);
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
    const struct service *service = op_service(op);
    print_name(cli->out, op);
    fprintf(cli->out, "  %.*s %.*s%s\n", STR_ARG(method_names[op->method]), STR_ARG(op->path),
            offered[op_id(op)] ? "" : "  (not offered: 501)");
    if (op->input == S_NONE) {
        return CLI_OK; /* its name is all that is known */
    }
    fputs("request\n", cli->out);
    print_shape(cli->out, &shapes[op->input], 0);
    fputs("reply\n", cli->out);
    if (op->output != S_NONE) {
        print_shape(cli->out, &shapes[op->output], 0);
    }
    fputs("errors\n", cli->out);
    for (size_t i = service->first_exception; i < service->end_exception; i++) {
        if (op->errors & (UINT64_C(1) << (i - service->first_exception))) {
            fprintf(cli->out, "  %.*s  %d\n", STR_ARG(exceptions[i].name), exceptions[i].http);
        }
    }
    return CLI_OK;
}

/* ---- all of them ----------------------------------------------------------------------------- */

static void put_services(struct json_write *w)
{
    json_write_key(w, STR("services"));
    json_write_array(w);
    for (size_t i = 0; i < SERVICE_COUNT; i++) {
        const struct service *service = &services[i];
        struct counts counts = count_service(service);
        json_write_object(w);
        json_write_member(w, STR("service"), service->id);
        json_write_member(w, STR("title"), service->title);
        json_write_member(w, STR("version"), service->version);
        json_write_member_int64(w, STR("operations"), (int64_t)counts.all);
        json_write_member_int64(w, STR("offered"), (int64_t)counts.offered);
        json_write_end(w);
    }
    json_write_end(w);
}

static enum status print_json(struct cli *cli, struct arena *mem, struct why *why)
{
    struct buf out;
    struct json_write w;
    struct str text;
    buf_init(&out, mem, REPORT_BYTES_MAX);
    json_write_init(&w, &out);
    json_write_object(&w);
    put_services(&w);
    json_write_key(&w, STR("list"));
    json_write_array(&w);
    for (size_t i = 0; i < OP_COUNT; i++) {
        json_write_object(&w);
        json_write_member(&w, STR("service"), op_service(&operations[i])->id);
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

/* "CreateThing", "iot:CreateThing", "iam:CreateRole". */
static const struct operation *find_operation(struct str name)
{
    size_t colon = str_find_char(name, ':', 0);
    if (colon == name.len) {
        return operation_find(SERVICE_iot, name);
    }
    for (enum service_id id = 0; id < SERVICE_COUNT; id++) {
        if (str_eq(services[id].id, str_slice(name, 0, colon))) {
            return operation_find(id, str_slice(name, colon + 1, name.len));
        }
    }
    return NULL;
}

struct api_arguments {
    bool json;
    bool listed; /* a format was given, so the list is wanted */
    const struct operation *operation;
};

static enum status set_format(void *into, const struct cli_option *option, const char *value,
                              struct why *why)
{
    struct api_arguments *a = into;
    a->json = strcmp(value, "json") == 0;
    a->listed = true;
    return a->json || strcmp(value, "text") == 0
               ? STATUS_OK
               : why_set(why, STATUS_INVALID, "%s is %.40s; it is one of text or json",
                         option->name, value);
}

static enum status take_operation(void *into, const char *word, struct why *why)
{
    struct api_arguments *a = into;
    if (a->operation != NULL) {
        return why_set(why, STATUS_INVALID, "one operation at a time");
    }
    a->operation = find_operation(str_from(word));
    return a->operation != NULL
               ? STATUS_OK
               : why_set(why, STATUS_NOT_FOUND,
                         "there is no operation %.100s; `bulwark api` lists them all", word);
}

static const struct cli_option options[] = {{"--format", "FORMAT", set_format, 0}};
static const struct cli_words words = CLI_WORDS(options, take_operation);

static int run_api(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
    struct api_arguments a = {.operation = NULL};
    struct why why = {.code = STATUS_OK};
    if (cli_arguments(&words, &a, argc, argv, &why) != STATUS_OK) {
        return cli_misuse(cli, command, why.text);
    }
    if (a.operation != NULL && a.listed) {
        return cli_misuse(cli, command, "--format is of the list, not of one operation");
    }
    if (a.operation != NULL) {
        return print_operation(cli, a.operation);
    }
    if (!a.json) {
        print_text(cli);
        return CLI_OK;
    }
    AUTO_ARENA *mem = arena_new(API_MEMORY);
    if (mem == NULL || print_json(cli, mem, &why) != STATUS_OK) {
        fprintf(cli->err, "bulwark api: %s\n", why.text);
        return CLI_UNUSABLE;
    }
    return CLI_OK;
}

const struct cli_command cli_api = {
    .words = "api",
    .usage = "[OPERATION | --format text|json]",
    .summary = "the operations of AWS IoT and the services around it, and which Bulwark offers",
    .help =
        "Prints the operations of the service models with their methods and paths; of one, its\n"
        "members with place, type and bounds, and its errors. Those of another service than\n"
        "AWS IoT are written iam:CreateRole. What is not offered answers HTTP 501,\n"
        "NotImplementedException (NotImplemented in IAM, STS and SNS).\n",
    .run = run_api,
};
