/* api.c: `bulwark api`: the operations of the service model, and which are offered. */
#include <string.h>

#include "cli/cli.h"
#include "codec/json_write.h"
#include "contract/contract.h"
#include "contract/offered.h"

#include "base/banned.h"

enum { API_MEMORY = 4 << 20, REPORT_BYTES_MAX = 1 << 20 };

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
    if (!json && !text) {
        return cli_misuse(cli, command, "--format is text or json");
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
    .usage = "[--format text|json]",
    .summary = "the operations of the AWS IoT API, and which Bulwark offers",
    .help = "Prints the operations of the service model with their methods and paths. What is not\n"
            "offered answers HTTP 501, NotImplementedException.\n",
    .run = run_api,
};
