/* import.c: `bulwark import`: histories and configurations of accounts that live elsewhere.
 *
 * A client of the API like the other commands. Each form is a row: its option, its route, and how a
 * file of it is sent. What has been replied to is durable; everything may be sent again, since what
 * is known already changes nothing.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "cli/api_client.h"
#include "cli/arguments.h"
#include "cli/cli.h"

#include "base/banned.h"

enum {
    IMPORT_MEMORY = 8 << 20,
    CALL_MEMORY = 32 << 20,
    FILES_MAX = 64,
    BATCH_LINES = 2000, /* what the route takes in at once */
    BATCH_BYTES = LIMIT_BODY_BYTES - (64 << 10),
    LINE_BYTES_MAX = 64 << 10,
    SHOW_MS = 200,
};

struct import_format;

struct import {
    struct cli *cli;
    const struct cli_command *command;
    struct api_target target;
    struct api_client *client;
    struct arena *mem;
    struct arena *call;
    struct {
        const struct import_format *format;
        const char *path;
    } files[FILES_MAX];
    size_t n_files;
    int64_t shown_ms;
    int64_t lines, changed, known, skipped, refused;
};

struct import_format {
    const char *route;
    enum status (*send)(struct import *import, const struct import_format *format, const char *path,
                        struct why *why);
};

/* ---- files of lines -------------------------------------------------------------------------- */

struct batch {
    char *bytes;
    size_t len;
    size_t n;             /* lines, empty ones too */
    int64_t first_number; /* of its first line */
};

static void show(struct import *import, const char *path, bool done)
{
    int64_t now = clock_monotonic_ms();
    if (isatty(fileno(import->cli->err)) != 1 || (!done && now - import->shown_ms < SHOW_MS)) {
        return;
    }
    import->shown_ms = now;
    if (done) {
        fputs("\r\033[K", import->cli->err);
    } else {
        fprintf(import->cli->err, "\r\033[Kimporting %s: %" PRId64 " lines", path, import->lines);
    }
    fflush(import->cli->err);
}

static void complain(struct import *import, const char *path, int64_t line, struct str sentence)
{
    import->refused++;
    show(import, path, true);
    fprintf(import->cli->err, "%s:%" PRId64 ": %.*s\n", path, line, STR_ARG(sentence));
}

static enum status send_batch(struct import *import, const struct import_format *format,
                              const char *path, struct batch *batch, struct why *why)
{
    const struct json_value *reply = NULL;
    if (batch->n == 0) {
        return STATUS_OK;
    }
    arena_clear(import->call);
    TRY(api_client_call(import->client, import->call, "POST", str_from(format->route),
                        (struct str){batch->bytes, batch->len}, &reply, why));
    import->lines += json_number(reply, "lines");
    import->changed += json_number(reply, "changed");
    import->known += json_number(reply, "known");
    import->skipped += json_number(reply, "skipped");
    const struct json_value *refused = json_tree_get(reply, STR("refused"));
    for (const struct json_value *r = JSON_FIRST(refused); r != NULL; r = r->next) {
        complain(import, path, batch->first_number + json_number(r, "line") - 1,
                 json_text(r, "why"));
    }
    show(import, path, false);
    batch->first_number += (int64_t)batch->n;
    batch->len = 0;
    batch->n = 0;
    return STATUS_OK;
}

/* A line that cannot be sent leaves its number to an empty one. */
static void add_line(struct import *import, const char *path, struct batch *batch, struct str line)
{
    if (line.len > LINE_BYTES_MAX) {
        complain(import, path, batch->first_number + (int64_t)batch->n,
                 STR("the line is longer than 65536 bytes"));
        line = STR("");
    }
    if (batch->n > 0) {
        batch->bytes[batch->len++] = '\n';
    }
    if (line.len > 0) {
        memcpy(batch->bytes + batch->len, line.ptr, line.len);
    }
    batch->len += line.len;
    batch->n++;
}

static bool is_full(const struct batch *batch)
{
    return batch->n == BATCH_LINES || batch->len + LINE_BYTES_MAX + 1 > BATCH_BYTES;
}

/* The next line without its line feed, cut behind LINE_BYTES_MAX + 1 bytes; false at the end. */
static bool read_line(FILE *file, char *line, size_t *ret_len)
{
    size_t len = 0;
    int c = getc_unlocked(file);
    if (c == EOF) {
        return false;
    }
    for (; c != EOF && c != '\n'; c = getc_unlocked(file)) {
        if (len <= LINE_BYTES_MAX) {
            line[len++] = (char)c;
        }
    }
    *ret_len = len;
    return true;
}

static enum status send_open_file(struct import *import, const struct import_format *format,
                                  const char *path, FILE *file, struct why *why)
{
    struct batch batch = {.first_number = 1};
    size_t len = 0;
    char *line = arena_alloc(import->mem, LINE_BYTES_MAX + 1);
    batch.bytes = arena_alloc(import->mem, BATCH_BYTES);
    TRY_PTR(line);
    TRY_PTR(batch.bytes);
    while (read_line(file, line, &len)) {
        add_line(import, path, &batch, (struct str){line, len});
        if (is_full(&batch)) {
            TRY(send_batch(import, format, path, &batch, why));
        }
    }
    if (ferror(file)) {
        return why_set(why, STATUS_IO, "%s cannot be read: %s", path, strerrordesc_np(errno));
    }
    return send_batch(import, format, path, &batch, why);
}

static enum status send_lines(struct import *import, const struct import_format *format,
                              const char *path, struct why *why)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard ? import->cli->in : fopen(path, "re");
    if (file == NULL) {
        return why_set(why, STATUS_IO, "%s cannot be opened: %s", path, strerrordesc_np(errno));
    }
    arena_clear(import->mem);
    enum status status = send_open_file(import, format, path, file, why);
    show(import, path, true);
    if (!standard) {
        fclose(file);
    }
    return status;
}

/* ---- the forms ------------------------------------------------------------------------------- */

static const struct import_format formats[] = {
    {"/bulwark/import/connections", send_lines},
};

/* ---- the command ----------------------------------------------------------------------------- */

static enum status add_file(void *into, const struct cli_option *option, const char *value,
                            struct why *why)
{
    struct import *import = into;
    if (import->n_files == FILES_MAX) {
        return why_set(why, STATUS_INVALID, "there are more than %d files", FILES_MAX);
    }
    import->files[import->n_files].format = &formats[option->offset];
    import->files[import->n_files++].path = value;
    return STATUS_OK;
}

/* The offset of a file's option is its row of formats. */
static const struct cli_option options[] = {
    CLI_TARGET(struct import, target),
    {"--connections", "FILE", add_file, 0},
};
static const struct cli_words words = CLI_WORDS(options, NULL);

static enum status send_all(struct import *import, struct arena *client_mem, struct why *why)
{
    TRY(api_client_open(&import->target, client_mem, &import->client, why));
    for (size_t i = 0; i < import->n_files; i++) {
        TRY(import->files[i].format->send(import, import->files[i].format, import->files[i].path,
                                          why));
    }
    return STATUS_OK;
}

static int run_import(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
    struct import import = {.cli = cli, .command = command};
    struct why why = {.code = STATUS_OK};
    if (cli_arguments(&words, &import, argc, argv, &why) != STATUS_OK) {
        return cli_misuse(cli, command, why.text);
    }
    if (import.n_files == 0) {
        return cli_misuse(cli, command, "it is not said what to import");
    }
    struct arena *client_mem = arena_new(IMPORT_MEMORY);
    import.mem = arena_new(IMPORT_MEMORY);
    import.call = arena_new(CALL_MEMORY);
    enum status status = client_mem == NULL || import.mem == NULL || import.call == NULL
                             ? why_no_memory(&why)
                             : send_all(&import, client_mem, &why);
    fprintf(cli->out,
            "%" PRId64 " lines: %" PRId64 " new, %" PRId64 " known already, %" PRId64
            " of other things, %" PRId64 " refused\n",
            import.lines, import.changed, import.known, import.skipped, import.refused);
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
    .usage = "[--data DIR [--config FILE] | --endpoint URL] [--ca-file FILE] --connections FILE...",
    .summary = "take in the history of an account that lives elsewhere",
    .help =
        "Takes in what audits need to know of an account that lives elsewhere.\n\n"
        "  --connections FILE  a history of connections, one JSON object a line: lifecycle\n"
        "                      events, or lines of the log group AWSIotLogsV2\n"
        "  --data DIR          the daemon that serves DIR; one is started when none does\n"
        "                      (default ./bulwark-data)\n"
        "  --config FILE       settings of a daemon that is started (default DIR/last.conf)\n"
        "  --endpoint URL      the API at URL, with AWS credentials of the environment\n"
        "  --ca-file FILE      trust these authorities (PEM) instead of the system's\n\n"
        "FILE - is standard input. A line that cannot be taken in is named, and the others are\n"
        "taken in all the same. Importing a file again changes nothing.\n\n"
        "Exit status: 0 all lines were taken in, 1 some were refused, 2 it broke off.\n",
    .run = run_import,
};
