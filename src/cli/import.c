/* import.c: `bulwark import`: histories and configurations of accounts that live elsewhere.
 *
 * A client of the API like the other commands. Each form is a row: its option, and who sends its
 * files. What has been replied to is durable; everything may be sent again, since what is known
 * already changes nothing.
 */
#include <stdarg.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/arguments.h"
#include "cli/import_priv.h"

#include "base/banned.h"

enum { CLIENT_MEMORY = 8 << 20, FILE_MEMORY = 1 << 30, CALL_MEMORY = 32 << 20, SHOW_MS = 200 };

/* ---- what people see ------------------------------------------------------------------------- */

void import_show(struct import *import, bool done, const char *fmt, ...)
{
    FILE *err = import->cli->err;
    int64_t now = clock_monotonic_ms();
    if (isatty(fileno(err)) != 1 || (!done && now - import->shown_ms < SHOW_MS)) {
        return;
    }
    import->shown_ms = now;
    fputs("\r\033[K", err);
    if (!done) {
        va_list args;
        va_start(args, fmt);
        vfprintf(err, fmt, args);
        va_end(args);
    }
    fflush(err);
}

void import_complain(struct import *import, const char *path, const char *place,
                     struct str sentence)
{
    import->refused++;
    import_show(import, true, "%s", "");
    fprintf(import->cli->err, "%s:%s: %.*s\n", path, place, STR_ARG(sentence));
}

/* ---- the command ----------------------------------------------------------------------------- */

static const struct import_format *const formats[] = {&import_of_account, &import_of_pools,
                                                      &import_of_usage, &import_of_lines};
enum { FORM_ACCOUNT, FORM_POOLS, FORM_USAGE, FORM_LINES };

static enum status add_file(void *into, const struct cli_option *option, const char *value,
                            struct why *why)
{
    struct import *import = into;
    if (import->n_files == IMPORT_FILES_MAX) {
        return why_set(why, STATUS_INVALID, "there are more than %d files", IMPORT_FILES_MAX);
    }
    import->files[import->n_files++] = (struct import_file){formats[option->offset], value};
    return STATUS_OK;
}

/* The offset of a file's option is its row of formats. */
static const struct cli_option options[] = {
    CLI_TARGET(struct import, target),
    CLI_FLAG(struct import, dry, "--dry-run"),
    {"--account-details", "FILE", add_file, FORM_ACCOUNT},
    {"--identity-pools", "FILE", add_file, FORM_POOLS},
    {"--service-usage", "FILE", add_file, FORM_USAGE},
    {"--connections", "FILE", add_file, FORM_LINES},
};
static const struct cli_words words = CLI_WORDS(options, NULL);

/* Which files make no sense together. */
static enum status check_files(const struct import *import, struct why *why)
{
    size_t standard = 0;
    if (import->n_files == 0) {
        return why_set(why, STATUS_INVALID, "it is not said what to import");
    }
    for (size_t i = 0; i < import->n_files; i++) {
        standard += str_eq(str_from(import->files[i].path), STR("-"));
        if (import->dry && import->files[i].format == &import_of_lines) {
            return why_set(why, STATUS_INVALID,
                           "--dry-run is not for --connections, which add and never change");
        }
    }
    return standard <= 1 ? STATUS_OK
                         : why_set(why, STATUS_INVALID, "standard input can be read only once");
}

static enum status send_all(struct import *import, struct arena *client_mem, struct why *why)
{
    TRY(api_client_open(&import->target, client_mem, &import->client, why));
    TRY(import_documents(import, why));
    return import_lines(import, why);
}

static int run_import(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
    struct import import = {.cli = cli, .command = command};
    struct why why = {.code = STATUS_OK};
    if (cli_arguments(&words, &import, argc, argv, &why) != STATUS_OK ||
        check_files(&import, &why) != STATUS_OK) {
        return cli_misuse(cli, command, why.text);
    }
    struct arena *client_mem = arena_new(CLIENT_MEMORY);
    import.mem = arena_new(FILE_MEMORY);
    import.call = arena_new(CALL_MEMORY);
    enum status status = client_mem == NULL || import.mem == NULL || import.call == NULL
                             ? why_no_memory(&why)
                             : send_all(&import, client_mem, &why);
    if (status != STATUS_OK) {
        fprintf(cli->err, "bulwark import: %s\n", why.text);
    }
    api_client_close(import.client);
    arena_free(import.call);
    arena_free(import.mem);
    arena_free(client_mem);
    if (status != STATUS_OK) {
        return CLI_UNUSABLE;
    }
    return import.refused > 0 ? CLI_FOUND : CLI_OK;
}

const struct cli_command cli_import = {
    .words = "import",
    .usage = "[--data DIR [--config FILE] | --endpoint URL] [--ca-file FILE] [--dry-run]\n"
             "                      [--account-details FILE]... [--identity-pools FILE]...\n"
             "                      [--service-usage FILE]... [--connections FILE]...",
    .summary = "take in the configuration and history of an account that lives elsewhere",
    .help =
        "Takes in what audits need to know of an account that lives elsewhere.\n\n"
        "  --account-details FILE  users, roles and policies, as `aws iam\n"
        "                          get-account-authorization-details` shows them\n"
        "  --identity-pools FILE   what `aws cognito-identity describe-identity-pool` and\n"
        "                          `get-identity-pool-roles` show of each pool\n"
        "  --service-usage FILE    when services were last used, as `aws iam\n"
        "                          get-service-last-accessed-details` shows it\n"
        "  --connections FILE      a history of connections, one JSON object a line: lifecycle\n"
        "                          events, or lines of the log group AWSIotLogsV2\n"
        "  --dry-run               say what would change, and change nothing; not for\n"
        "                          --connections\n"
        "  --data DIR              the daemon that serves DIR; one is started when none does\n"
        "                          (default ./bulwark-data)\n"
        "  --config FILE           settings of a daemon that is started (default\n"
        "                          DIR/last.conf)\n"
        "  --endpoint URL          the API at URL, with AWS credentials of the environment\n"
        "  --ca-file FILE          trust these authorities (PEM) instead of the system's\n\n"
        "FILE - is standard input. Several files, and several JSON documents in one file, are one\n"
        "account: pages may be given as they came. What cannot be taken in is named, with its\n"
        "line or its path in the document, and the rest is taken in all the same. Importing a\n"
        "file again changes nothing; what is not in a file stays as it is.\n\n"
        "Exit status: 0 all was taken in, 1 something was refused, 2 it broke off.\n",
    .run = run_import,
};
