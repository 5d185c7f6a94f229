/* mitigate_tasks.c: `bulwark mitigate list` and `bulwark mitigate show`: mitigation tasks of the
 * past, and one of them in full. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "cli/api_client.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/mitigate_steps.h"
#include "codec/uri.h"

#include "base/banned.h"

enum {
    TASKS_MEMORY = 64 << 20,
    TASK_ID_MAX = 128,
    PATH_BYTES_MAX = 8 << 10,
    DAYS_MAX = 3650,
    STEPS_SHOWN = 10
};

struct tasks_arguments {
    struct api_target target;
    const char *status;
    struct str task; /* absent: none yet */
};

/* ---- the list -------------------------------------------------------------------------------- */

static void put_param(struct buf *out, const char *name, struct str value)
{
    if (!str_absent(value)) {
        buf_put_fmt(out, "&%s=", name);
        uri_encode(out, value, URI_ENCODE_SLASH);
    }
}

/* Parameters stand in the order of their names, as they are signed. */
static enum status list_path(struct arena *mem, const char *status, struct str token,
                             struct str *ret, struct why *why)
{
    const struct clock clock = clock_system();
    int64_t now = clock_now(&clock);
    char from[TIME_TEXT_MAX];
    char to[TIME_TEXT_MAX];
    struct buf out;
    buf_init(&out, mem, PATH_BYTES_MAX);
    buf_put_str(&out, STR("/audit/mitigationactions/tasks?endTime="));
    uri_encode(&out, str_from(time_format(now + DAY_MS, to)), URI_ENCODE_SLASH);
    put_param(&out, "maxResults", STR("100"));
    put_param(&out, "nextToken", token);
    put_param(&out, "startTime", str_from(time_format(now - DAYS_MAX * (int64_t)DAY_MS, from)));
    put_param(&out, "taskStatus", str_from(status));
    return buf_finish(&out, ret, why);
}

static enum status list_tasks(struct cli *cli, const struct tasks_arguments *a,
                              struct api_client *client, struct arena *mem, struct why *why)
{
    struct str token = STR_ABSENT;
    do {
        const struct json_value *page = NULL;
        struct str path;
        TRY(list_path(mem, a->status, token, &path, why));
        TRY(api_client_call(client, mem, "GET", path, STR_ABSENT, &page, why));
        const struct json_value *tasks = json_tree_get(page, STR("tasks"));
        for (const struct json_value *t = JSON_FIRST(tasks); t != NULL; t = t->next) {
            char started[TIME_TEXT_MAX];
            fprintf(cli->out, "%-11.*s  %s  %.*s\n", STR_ARG(json_text(t, "taskStatus")),
                    time_format(json_moment(t, "startTime"), started),
                    STR_ARG(json_text(t, "taskId")));
        }
        token = json_text(page, "nextToken");
    } while (!str_absent(token));
    return STATUS_OK;
}

/* ---- one task -------------------------------------------------------------------------------- */

static void put_moment(struct cli *cli, const char *name, int64_t ms)
{
    char text[TIME_TEXT_MAX];
    if (ms != TIME_NEVER) {
        fprintf(cli->out, "%-9s %s\n", name, time_format(ms, text));
    }
}

static void put_list(struct cli *cli, const char *name, const struct json_value *list)
{
    if (list != NULL && list->n > 0) {
        fprintf(cli->out, "%-9s", name);
        for (const struct json_value *v = list->first; v != NULL; v = v->next) {
            fprintf(cli->out, "%s%.*s", v == list->first ? " " : ", ", STR_ARG(v->text));
        }
        fputc('\n', cli->out);
    }
}

static void put_target(struct cli *cli, const struct json_value *target)
{
    struct str audit = json_text(target, "auditTaskId");
    if (audit.len > 0) {
        fprintf(cli->out, "%-9s %.*s\n", "audit", STR_ARG(audit));
    }
    put_list(cli, "findings", json_tree_get(target, STR("findingIds")));
}

static void put_checks(struct cli *cli, const struct json_value *task)
{
    const struct json_value *checks = json_tree_get(task, STR("taskStatistics"));
    const struct json_value *mapping = json_tree_get(task, STR("auditCheckToActionsMapping"));
    for (const struct json_value *c = JSON_FIRST(checks); c != NULL; c = c->next) {
        fprintf(cli->out,
                "\n%.*s\n  %" PRId64 " findings: %" PRId64 " succeeded, %" PRId64
                " failed, %" PRId64 " skipped, %" PRId64 " canceled\n  actions:",
                STR_ARG(c->key), json_number(c, "totalFindingsCount"),
                json_number(c, "succeededFindingsCount"), json_number(c, "failedFindingsCount"),
                json_number(c, "skippedFindingsCount"), json_number(c, "canceledFindingsCount"));
        const struct json_value *actions = json_tree_get(mapping, c->key);
        for (const struct json_value *v = JSON_FIRST(actions); v != NULL; v = v->next) {
            fprintf(cli->out, " %.*s", STR_ARG(v->text));
        }
        fputc('\n', cli->out);
    }
}

static void put_undo(struct cli *cli, const struct json_value *undo)
{
    struct str status = json_text(undo, "undoStatus");
    if (status.len > 0 && !str_eq(status, STR("NONE"))) {
        fprintf(cli->out, "%-9s %.*s: %" PRId64 " changes taken back, %" PRId64 " kept\n", "undo",
                STR_ARG(status), json_number(undo, "restoredCount"),
                json_number(undo, "keptCount"));
    }
}

static enum status show_task(struct cli *cli, const struct tasks_arguments *a,
                             struct api_client *client, struct arena *mem, struct why *why)
{
    const struct json_value *task = NULL;
    const struct json_value *undo = NULL;
    struct str path, undo_path;
    TRY(str_fmt(mem, &path, why, "/audit/mitigationactions/tasks/%.*s", STR_ARG(a->task)));
    TRY(str_fmt(mem, &undo_path, why, "/bulwark/mitigationactions/tasks/%.*s/undo",
                STR_ARG(a->task)));
    TRY(api_client_call(client, mem, "GET", path, STR_ABSENT, &task, why));
    TRY(api_client_call(client, mem, "GET", undo_path, STR_ABSENT, &undo, why));
    fprintf(cli->out, "%-9s %.*s\n%-9s %.*s\n", "task", STR_ARG(a->task), "status",
            STR_ARG(json_text(task, "taskStatus")));
    put_moment(cli, "started", json_moment(task, "startTime"));
    put_moment(cli, "ended", json_moment(task, "endTime"));
    put_target(cli, json_tree_get(task, STR("target")));
    put_undo(cli, undo);
    put_checks(cli, task);
    return mitigate_steps_show(cli, client, a->task, task, STEPS_SHOWN, why);
}

/* ---- the commands ---------------------------------------------------------------------------- */

static bool is_task_id(struct str id)
{
    for (size_t i = 0; i < id.len; i++) {
        char c = id.ptr[i];
        bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '-' || c == '_';
        if (!fine) {
            return false;
        }
    }
    return id.len > 0 && id.len <= TASK_ID_MAX;
}

static enum status take_task(void *into, const char *word, struct why *why)
{
    struct tasks_arguments *a = into;
    if (!str_absent(a->task) || !is_task_id(str_from(word))) {
        return why_set(why, STATUS_INVALID,
                       "it takes the id of one mitigation task; \"%.140s\" is none, or one more",
                       word);
    }
    a->task = str_from(word);
    return STATUS_OK;
}

static const struct cli_option list_options[] = {
    CLI_TARGET(struct tasks_arguments, target),
    CLI_TEXT(struct tasks_arguments, status, "--status", "STATUS"),
};
static const struct cli_words list_words = CLI_WORDS(list_options, NULL);

static const struct cli_option show_options[] = {CLI_TARGET(struct tasks_arguments, target)};
static const struct cli_words show_words = CLI_WORDS(show_options, take_task);

typedef enum status tasks_body(struct cli *cli, const struct tasks_arguments *a,
                               struct api_client *client, struct arena *mem, struct why *why);

static int run(struct cli *cli, const struct cli_command *command,
               const struct tasks_arguments *arguments, tasks_body *body)
{
    AUTO_ARENA *mem = arena_new(TASKS_MEMORY);
    struct api_client *client = NULL;
    struct why why = {.code = STATUS_OK};
    enum status status =
        mem == NULL ? why_no_memory(&why) : api_client_open(&arguments->target, mem, &client, &why);
    status = status == STATUS_OK ? body(cli, arguments, client, mem, &why) : status;
    if (status != STATUS_OK) {
        fprintf(cli->err, "bulwark %s: %s\n", command->words, why.text);
    }
    api_client_close(client);
    return status == STATUS_OK ? CLI_OK : CLI_UNUSABLE;
}

static int run_list(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
    struct tasks_arguments arguments = {.task = STR_ABSENT};
    struct why why = {.code = STATUS_OK};
    if (cli_arguments(&list_words, &arguments, argc, argv, &why) != STATUS_OK) {
        return cli_misuse(cli, command, why.text);
    }
    return run(cli, command, &arguments, list_tasks);
}

static int run_show(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
    struct tasks_arguments arguments = {.task = STR_ABSENT};
    struct why why = {.code = STATUS_OK};
    if (cli_arguments(&show_words, &arguments, argc, argv, &why) != STATUS_OK) {
        return cli_misuse(cli, command, why.text);
    }
    if (str_absent(arguments.task)) {
        return cli_misuse(cli, command, "it takes the id of one mitigation task");
    }
    return run(cli, command, &arguments, show_task);
}

#define TARGET_HELP                                                                                \
    "  --data DIR        the daemon that serves DIR (default ./bulwark-data)\n"                    \
    "  --config FILE     settings of a daemon that is started (default DIR/last.conf)\n"           \
    "  --endpoint URL    the API at URL, with AWS credentials of the environment\n"                \
    "  --ca-file FILE    authorities (PEM) that the endpoint's certificate may chain to\n"

const struct cli_command cli_mitigate_list = {
    .words = "mitigate list",
    .usage = "[--status STATUS] [--data DIR [--config FILE] | --endpoint URL] [--ca-file FILE]",
    .summary = "the mitigation tasks, newest first",
    .help =
        "Prints a line for each mitigation task: its status, when it began, its id.\n\n"
        "  --status STATUS   only IN_PROGRESS, COMPLETED, FAILED or CANCELED ones\n" TARGET_HELP,
    .run = run_list,
};

const struct cli_command cli_mitigate_show = {
    .words = "mitigate show",
    .usage = "TASK [--data DIR [--config FILE] | --endpoint URL] [--ca-file FILE]",
    .summary = "one mitigation task: what it was about, its numbers, its undoing",
    .help =
        "Prints what a mitigation task was about, how it ended for the findings of each check,\n"
        "which steps failed and why, and whether it was taken back.\n\n" TARGET_HELP,
    .run = run_show,
};
