/* mitigate_undo.c: `bulwark mitigate undo TASK`: what a task changed, taken back. */
#include <inttypes.h>
#include <time.h>

#include "base/clock.h"
#include "cli/api_client.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/mitigate_account.h"
#include "codec/uri.h"

#include "base/banned.h"

enum {
    UNDO_MEMORY = 64 << 20,
    POLL_MS = 150,
    TASK_ID_MAX = 128,
    TOKEN_MAX = 8 << 10,
    PATH_BYTES_MAX = 32 << 10
};

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

/* ---- changes --------------------------------------------------------------------------------- */

struct changes {
    struct cli *cli;
    struct api_client *client;
    struct arena *mem;  /* of a page */
    struct arena *kept; /* of what outlives a page */
    struct str task;
    struct str finding; /* of the last change */
    int64_t findings;   /* that have changes */
};

typedef enum status change_visit(struct changes *changes, const struct json_value *change,
                                 struct why *why);

static enum status show_kept(struct changes *changes, const struct json_value *change,
                             struct why *why)
{
    struct str part = json_text(change, "part");
    (void)why;
    fprintf(changes->cli->out, "kept: %.*s %.*s%s%.*s: %.*s\n",
            STR_ARG(json_text(change, "actionType")), STR_ARG(json_text(change, "resource")),
            part.len > 0 ? " " : "", STR_ARG(part), STR_ARG(json_text(change, "undoReason")));
    return STATUS_OK;
}

/* A finding's changes come one behind the other. */
static enum status count_finding(struct changes *changes, const struct json_value *change,
                                 struct why *why)
{
    struct str finding = json_text(change, "findingId");
    if (str_eq(finding, changes->finding)) {
        return STATUS_OK;
    }
    changes->findings++;
    arena_clear(changes->kept);
    return str_dup(changes->kept, finding, &changes->finding, why);
}

/* Parameters in the order of their names, as they are signed; filter is the end of the query. */
static enum status page_path(const struct changes *changes, struct str token, const char *filter,
                             struct str *ret, struct why *why)
{
    struct buf out;
    buf_init(&out, changes->mem, PATH_BYTES_MAX);
    buf_put_str(&out, STR("/bulwark/mitigationactions/changes?maxResults=250"));
    if (token.len > 0) {
        buf_put_str(&out, STR("&nextToken="));
        uri_encode(&out, token, URI_ENCODE_SLASH);
    }
    buf_put_fmt(&out, "&taskId=%.*s%s", STR_ARG(changes->task), filter);
    return buf_finish(&out, ret, why);
}

static enum status visit_changes(struct changes *changes, const char *filter, change_visit *visit,
                                 struct why *why)
{
    char token[TOKEN_MAX] = "";
    do {
        struct str path;
        const struct json_value *page;
        arena_clear(changes->mem);
        TRY(page_path(changes, str_from(token), filter, &path, why));
        TRY(api_client_call(changes->client, changes->mem, "GET", path, STR_ABSENT, &page, why));
        const struct json_value *list = json_tree_get(page, STR("changes"));
        for (const struct json_value *c = JSON_FIRST(list); c != NULL; c = c->next) {
            TRY(visit(changes, c, why));
        }
        struct str next = json_text(page, "nextToken");
        if (next.len >= sizeof token) {
            return why_set(why, STATUS_TOO_LARGE, "a page's token has %zu bytes", next.len);
        }
        snprintf(token, sizeof token, "%.*s", STR_ARG(next));
    } while (token[0] != '\0');
    return STATUS_OK;
}

/* Findings that succeeded without a change: what an action would do was so already. One that failed
 * may have changes too, so that then it can be more. */
static enum status show_unchanged(struct changes *changes, struct why *why)
{
    struct str path;
    const struct json_value *task = NULL;
    int64_t succeeded = 0;
    int64_t others = 0;
    arena_clear(changes->mem);
    TRY(str_fmt(changes->mem, &path, why, "/audit/mitigationactions/tasks/%.*s",
                STR_ARG(changes->task)));
    TRY(api_client_call(changes->client, changes->mem, "GET", path, STR_ABSENT, &task, why));
    const struct json_value *checks = json_tree_get(task, STR("taskStatistics"));
    for (const struct json_value *c = JSON_FIRST(checks); c != NULL; c = c->next) {
        succeeded += json_number(c, "succeededFindingsCount");
        others += json_number(c, "failedFindingsCount");
    }
    TRY(visit_changes(changes, "", count_finding, why));
    if (succeeded > changes->findings) {
        fprintf(changes->cli->out,
                "%s%" PRId64 " findings had nothing to take back: what the actions would have "
                "changed was so already\n",
                others > 0 ? "at least " : "", succeeded - changes->findings);
    }
    return STATUS_OK;
}

/* ---- undoing --------------------------------------------------------------------------------- */

static void show_numbers(struct cli *cli, struct str task, const struct json_value *undo,
                         bool already)
{
    char when[TIME_TEXT_MAX];
    fprintf(cli->out, "%" PRId64 " changes of %.*s were taken back%s%s, %" PRId64 " were kept\n",
            json_number(undo, "restoredCount"), STR_ARG(task), already ? " already, on " : "",
            already ? time_format(json_moment(undo, "endTime"), when) : "",
            json_number(undo, "keptCount"));
}

/* *ret_kept: how many changes stay. */
static enum status undo(struct changes *changes, int64_t *ret_kept, struct why *why)
{
    struct str path;
    const struct json_value *reply;
    char text[TASK_ID_MAX + 64];
    snprintf(text, sizeof text, "/bulwark/mitigationactions/tasks/%.*s/undo",
             STR_ARG(changes->task));
    path = str_from(text);
    TRY(api_client_call(changes->client, changes->mem, "GET", path, STR_ABSENT, &reply, why));
    const bool already = str_eq(json_text(reply, "undoStatus"), STR("COMPLETED"));
    if (!already) {
        TRY(api_client_call(changes->client, changes->mem, "POST", path, STR("{}"), &reply, why));
        TRY(wait_done(changes->client, changes->mem, path, &reply, why));
    }
    *ret_kept = json_number(reply, "keptCount");
    show_numbers(changes->cli, changes->task, reply, already);
    if (*ret_kept > 0) {
        TRY(visit_changes(changes, "&undoStatus=KEPT", show_kept, why));
    }
    return show_unchanged(changes, why);
}

static enum status carry_out(struct cli *cli, struct api_client *client, struct str task,
                             int64_t *ret_kept, struct why *why)
{
    AUTO_ARENA *mem = arena_new(UNDO_MEMORY);
    AUTO_ARENA *kept = arena_new(1 << 16);
    struct changes changes = {.cli = cli,
                              .client = client,
                              .mem = mem,
                              .kept = kept,
                              .task = task,
                              .finding = STR_ABSENT};
    TRY_PTR(mem);
    TRY_PTR(kept);
    return undo(&changes, ret_kept, why);
}

/* ---- the command ----------------------------------------------------------------------------- */

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
    status = status == STATUS_OK ? carry_out(cli, client, a.task, &kept, &why) : status;
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
