/* mitigate_undo.c: `bulwark mitigate undo TASK`: what a task changed, taken back. */
#include <inttypes.h>
#include <time.h>

#include "cli/api_client.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/mitigate_account.h"

#include "base/banned.h"

enum { UNDO_MEMORY = 64 << 20, POLL_MS = 150, TASK_ID_MAX = 128 };

static enum status wait_done(struct api_client *client, struct arena *mem, struct str path,
                             const struct json_value **ret, struct why *why)
{
    for (bool done = false; !done;) {
        arena_clear(mem);
        TRY(api_client_call(client, mem, "GET", path, STR_ABSENT, ret, why));
        done = !str_eq(json_text(*ret, "undoStatus"), STR("IN_PROGRESS"));
        if (!done) {
            const struct timespec pause = {.tv_nsec = POLL_MS * 1000000};
            nanosleep(&pause, NULL);
        }
    }
    return STATUS_OK;
}

static void show_kept(struct cli *cli, const struct json_value *change)
{
    struct str part = json_text(change, "part");
    fprintf(cli->out, "kept: %.*s %.*s%s%.*s: %.*s\n", STR_ARG(json_text(change, "actionType")),
            STR_ARG(json_text(change, "resource")), part.len > 0 ? " " : "", STR_ARG(part),
            STR_ARG(json_text(change, "undoReason")));
}

static enum status show_all_kept(struct cli *cli, struct api_client *client, struct arena *mem,
                                 struct arena *kept, struct str task, struct why *why)
{
    struct str token = STR_ABSENT;
    do {
        struct str path;
        const struct json_value *page;
        arena_clear(mem);
        /* in the order of their names, as they are signed */
        TRY(str_fmt(mem, &path, why,
                    "/bulwark/mitigationactions/changes?maxResults=250%s%.*s&taskId=%.*s"
                    "&undoStatus=KEPT",
                    str_absent(token) ? "" : "&nextToken=", STR_ARG(token), STR_ARG(task)));
        TRY(api_client_call(client, mem, "GET", path, STR_ABSENT, &page, why));
        const struct json_value *changes = json_tree_get(page, STR("changes"));
        for (const struct json_value *c = JSON_FIRST(changes); c != NULL; c = c->next) {
            show_kept(cli, c);
        }
        arena_clear(kept);
        TRY(str_dup(kept, json_text(page, "nextToken"), &token, why));
    } while (!str_absent(token));
    return STATUS_OK;
}

/* *ret_kept: how many changes stay. */
static enum status undo(struct cli *cli, struct api_client *client, struct str task,
                        int64_t *ret_kept, struct why *why)
{
    AUTO_ARENA *mem = arena_new(UNDO_MEMORY);
    AUTO_ARENA *kept = arena_new(1 << 16);
    struct str path;
    const struct json_value *reply;
    TRY_PTR(mem);
    TRY_PTR(kept);
    char text[TASK_ID_MAX + 64];
    snprintf(text, sizeof text, "/bulwark/mitigationactions/tasks/%.*s/undo", STR_ARG(task));
    path = str_from(text);
    TRY(api_client_call(client, mem, "POST", path, STR("{}"), &reply, why));
    TRY(wait_done(client, mem, path, &reply, why));
    *ret_kept = json_number(reply, "keptCount");
    fprintf(cli->out, "%" PRId64 " changes of %.*s were taken back, %" PRId64 " were kept\n",
            json_number(reply, "restoredCount"), STR_ARG(task), *ret_kept);
    return *ret_kept > 0 ? show_all_kept(cli, client, mem, kept, task, why) : STATUS_OK;
}

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

struct undo_arguments {
    struct api_target target;
    struct str task; /* absent: none yet */
};

static enum status take_task(void *into, const char *word, struct why *why)
{
    struct undo_arguments *a = into;
    if (!str_absent(a->task) || !is_task_id(str_from(word))) {
        return why_set(why, STATUS_INVALID,
                       "it takes the id of one mitigation task; \"%.140s\" is none, or one more",
                       word);
    }
    a->task = str_from(word);
    return STATUS_OK;
}

static const struct cli_option options[] = {CLI_TARGET(struct undo_arguments, target)};
static const struct cli_words words = CLI_WORDS(options, take_task);

static int run_undo(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
    struct undo_arguments a = {.task = STR_ABSENT};
    struct why why = {.code = STATUS_OK};
    if (mitigate_account_is_meant(argc, argv)) {
        return mitigate_account_undo(cli, command, argc, argv);
    }
    if (cli_arguments(&words, &a, argc, argv, &why) != STATUS_OK) {
        return cli_misuse(cli, command, why.text);
    }
    if (str_absent(a.task)) {
        return cli_misuse(cli, command, "it takes the id of one mitigation task");
    }
    AUTO_ARENA *mem = arena_new(UNDO_MEMORY);
    struct api_client *client = NULL;
    int64_t kept = 0;
    enum status status =
        mem == NULL ? why_no_memory(&why) : api_client_open(&a.target, mem, &client, &why);
    status = status == STATUS_OK ? undo(cli, client, a.task, &kept, &why) : status;
    if (status != STATUS_OK) {
        fprintf(cli->err, "bulwark mitigate undo: %s\n", why.text);
    }
    api_client_close(client);
    return status != STATUS_OK ? CLI_UNUSABLE : kept > 0 ? CLI_FOUND : CLI_OK;
}

const struct cli_command cli_mitigate_undo = {
    .words = "mitigate undo",
    .usage = "TASK [--data DIR [--config FILE] | --endpoint URL] [--ca-file FILE]\n"
             "       bulwark mitigate undo --journal FILE [--apply] [--endpoint-url URL] "
             "[--region REGION] [--profile NAME]",
    .summary = "take back what a mitigation task changed",
    .help =
        "Takes back what the task changed, newest first, where nothing has changed it since,\n"
        "and says of everything else why it stays. Asked again, it only reports.\n\n"
        "  --data DIR        the daemon that serves DIR (default ./bulwark-data)\n"
        "  --config FILE     settings of a daemon that is started (default DIR/last.conf)\n"
        "  --endpoint URL    the API at URL, with AWS credentials of the environment\n"
        "  --ca-file FILE    authorities (PEM) that the endpoint's certificate may chain to\n\n"
        "With --journal FILE it takes back what bulwark mitigate --snapshot changed in an account\n"
        "elsewhere; without --apply it shows what that would be.\n\n"
        "Exit status: 0 all was taken back, 1 some was kept, 2 it could not be done.\n",
    .run = run_undo,
};
