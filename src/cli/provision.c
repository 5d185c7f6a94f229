/* provision.c: `bulwark provision`: certificates as if their devices connected for the first time.
 */
#include "base/buf.h"
#include "cli/api_client.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/credentials.h"
#include "codec/json_write.h"

#include "base/banned.h"

enum { MEMORY = 16 << 20, FILES_MAX = 1024, PEM_MAX = 65536, BODY_MAX = 4 * PEM_MAX };

struct request {
    struct api_target target;
    const char *files[FILES_MAX];
    size_t n_files;
};

static enum status take_file(void *into, const char *word, struct why *why)
{
    struct request *request = into;
    if (request->n_files == FILES_MAX) {
        return why_set(why, STATUS_INVALID, "it takes at most %d files", FILES_MAX);
    }
    request->files[request->n_files++] = word;
    return STATUS_OK;
}

static const struct cli_option options[] = {CLI_TARGET(struct request, target)};
static const struct cli_words words = CLI_WORDS(options, take_file);

/* Whether the device has, or will get, what it came for. */
static bool is_good(struct str outcome)
{
    return str_eq(outcome, STR("provisioned")) || str_eq(outcome, STR("registered")) ||
           str_eq(outcome, STR("known"));
}

static void put_outcome(struct cli *cli, const char *file, const struct json_value *reply)
{
    struct str thing = json_text(reply, "thingName");
    struct str status = json_text(reply, "status");
    fprintf(cli->out, "%s  %s%.*s%s", file, cli_style(cli, CLI_BOLD),
            STR_ARG(json_text(reply, "outcome")), cli_style(cli, CLI_PLAIN));
    fprintf(cli->out, "%s%.*s%s%.*s  %.*s\n", thing.len > 0 ? "  thing " : "", STR_ARG(thing),
            status.len > 0 ? "  certificate " : "", STR_ARG(status),
            STR_ARG(json_text(reply, "certificateId")));
    struct str message = json_text(reply, "message");
    if (message.len > 0) {
        cli_wrap(cli, 4, message);
    }
}

static enum status meet(struct cli *cli, struct api_client *client, const char *file,
                        struct arena *mem, bool *ret_good, struct why *why)
{
    struct str pem;
    struct str body;
    struct buf out;
    struct json_write w;
    const struct json_value *reply;
    TRY(text_file_read(mem, file, PEM_MAX, &pem, why));
    buf_init(&out, mem, BODY_MAX);
    json_write_init(&w, &out);
    json_write_object(&w);
    json_write_member(&w, STR("certificatePem"), pem);
    json_write_end(&w);
    json_write_finish(&w);
    TRY(buf_finish(&out, &body, why));
    TRY(api_client_call(client, mem, "POST", STR("/bulwark/devices"), body, &reply, why));
    put_outcome(cli, file, reply);
    *ret_good = is_good(json_text(reply, "outcome"));
    return STATUS_OK;
}

static enum status meet_all(struct cli *cli, const struct request *request, size_t *ret_bad,
                            struct why *why)
{
    AUTO_ARENA *mem = arena_new(MEMORY);
    AUTO_ARENA *one = arena_new(MEMORY);
    struct api_client *client = NULL;
    TRY_PTR(mem);
    TRY_PTR(one);
    enum status status = api_client_open(&request->target, mem, &client, why);
    for (size_t i = 0; status == STATUS_OK && i < request->n_files; i++) {
        bool good = false;
        arena_clear(one);
        status = meet(cli, client, request->files[i], one, &good, why);
        *ret_bad += !good;
    }
    api_client_close(client);
    return status;
}

static int run(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
    struct request request = {.n_files = 0};
    struct why why = {.code = STATUS_OK};
    size_t bad = 0;
    enum status status = cli_arguments(&words, &request, argc, argv, &why);
    if (status != STATUS_OK || request.n_files == 0) {
        cli_misuse(cli, command,
                   status != STATUS_OK ? why.text : "give the files of device certificates");
        return CLI_UNUSABLE;
    }
    if (meet_all(cli, &request, &bad, &why) != STATUS_OK) {
        fprintf(cli->err, "bulwark %s: %s\n", command->words, why.text);
        return CLI_UNUSABLE;
    }
    return bad == 0 ? CLI_OK : CLI_FOUND;
}

const struct cli_command cli_provision = {
    .words = "provision",
    .usage = "FILE... [--data DIR | --endpoint URL] [--ca-file FILE]",
    .summary = "certificates, as if their devices connected for the first time",
    .help = "Does for each device certificate (PEM) what happens when its device connects for the\n"
            "first time: registers it if an enabled CA signed it, provisions it if the CA has a\n"
            "template, and says what became of it.\n"
            "Exit status: 0 all are registered, 1 some are not or could not be provisioned (2: it\n"
            "could not be told).\n\n"
            "  --data DIR        the daemon that serves DIR (default ./bulwark-data)\n"
            "  --endpoint URL    the API at URL, with AWS credentials of the environment\n"
            "  --ca-file FILE    authorities (PEM) that the endpoint's certificate may chain to\n",
    .run = run,
};
