/* mitigate.c: `bulwark mitigate`: actions on the findings of an audit, or what they would do. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/map.h"
#include "base/rnd.h"
#include "cli/api_client.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/mitigate_account.h"
#include "cli/mitigate_steps.h"
#include "codec/json_write.h"

#include "base/banned.h"

enum {
    MITIGATE_MEMORY = 256 << 20, /* of names and texts that are shown */
    CALL_MEMORY = 32 << 20,
    BODY_BYTES_MAX = 64 << 10,
    PAIRS_MAX = 64,
    FINDINGS_MAX = 25,
    NAMES_MAX = 1 << 20, /* things and principals told apart */
    SHOWN_DEFAULT = 10,
    PREVIEW_PAGE = 50,
    POLL_MS = 150,
};

/* CHECK=WORD[,WORD]... */
struct pair {
    struct str check;
    struct str words;
};

struct mitigate_arguments {
    struct api_target target;
    const char *audit;
    struct str findings[FINDINGS_MAX];
    size_t n_findings;
    struct pair actions[PAIRS_MAX];
    size_t n_actions;
    struct pair codes[PAIRS_MAX];
    size_t n_codes;
    const char *task_id;
    int64_t shown;
    bool dry_run;
};

struct mitigation {
    struct cli *cli;
    const struct mitigate_arguments *arguments;
    struct api_client *client;
    struct arena *mem;  /* of what is shown */
    struct arena *call; /* of one call */
};

/* ---- arguments ------------------------------------------------------------------------------- */

static enum status set_shown(void *into, const struct cli_option *option, const char *value,
                             struct why *why)
{
    struct mitigate_arguments *a = into;
    if (str_to_int64(str_from(value), &a->shown) != STATUS_OK || a->shown < 0) {
        return why_set(why, STATUS_INVALID, "%s is \"%.40s\"; it must be a whole number",
                       option->name, value);
    }
    return STATUS_OK;
}

static enum status add_finding(void *into, const struct cli_option *option, const char *value,
                               struct why *why)
{
    struct mitigate_arguments *a = into;
    if (a->n_findings == FINDINGS_MAX) {
        return why_set(why, STATUS_INVALID, "%s can be given %d times", option->name, FINDINGS_MAX);
    }
    a->findings[a->n_findings++] = str_from(value);
    return STATUS_OK;
}

static enum status add_pair(struct pair *pairs, size_t *n, const struct cli_option *option,
                            const char *value, struct why *why)
{
    struct str text = str_from(value);
    size_t equals = str_find_char(text, '=', 0);
    if (equals == 0 || equals + 1 >= text.len) {
        return why_set(why, STATUS_INVALID, "%s is \"%.200s\"; it must be %s", option->name, value,
                       option->value);
    }
    if (*n == PAIRS_MAX) {
        return why_set(why, STATUS_INVALID, "%s can be given %d times", option->name, PAIRS_MAX);
    }
    pairs[(*n)++] =
        (struct pair){str_slice(text, 0, equals), str_slice(text, equals + 1, text.len)};
    return STATUS_OK;
}

static enum status add_action(void *into, const struct cli_option *option, const char *value,
                              struct why *why)
{
    struct mitigate_arguments *a = into;
    return add_pair(a->actions, &a->n_actions, option, value, why);
}

static enum status add_code(void *into, const struct cli_option *option, const char *value,
                            struct why *why)
{
    struct mitigate_arguments *a = into;
    return add_pair(a->codes, &a->n_codes, option, value, why);
}

static const struct cli_option options[] = {
    CLI_TARGET(struct mitigate_arguments, target),
    CLI_FLAG(struct mitigate_arguments, dry_run, "--dry-run"),
    CLI_TEXT(struct mitigate_arguments, audit, "--audit", "TASK"),
    CLI_TEXT(struct mitigate_arguments, task_id, "--task-id", "ID"),
    {"--finding", "ID", add_finding, 0},
    {"--action", "CHECK=ACTION or CHECK=ACTION,ACTION", add_action, 0},
    {"--code", "CHECK=CODE or CHECK=CODE,CODE", add_code, 0},
    {"--show", "N", set_shown, 0},
};
static const struct cli_words words = CLI_WORDS(options, NULL);

static enum status read_arguments(struct mitigate_arguments *a, int argc, char **argv,
                                  struct why *why)
{
    TRY(cli_arguments(&words, a, argc, argv, why));
    if ((a->audit == NULL) == (a->n_findings == 0)) {
        return why_set(why, STATUS_INVALID, "give either --audit or --finding");
    }
    return a->n_actions > 0 ? STATUS_OK
                            : why_set(why, STATUS_INVALID, "give at least one --action");
}

/* ---- requests -------------------------------------------------------------------------------- */

static void put_words(struct json_write *w, struct str rest)
{
    struct str word;
    json_write_array(w);
    while (str_next(&rest, ',', &word)) {
        json_write_string(w, word);
    }
    json_write_end(w);
}

static void put_pairs(struct json_write *w, struct str key, const struct pair *pairs, size_t n)
{
    json_write_key(w, key);
    json_write_object(w);
    for (size_t i = 0; i < n; i++) {
        json_write_key(w, pairs[i].check);
        put_words(w, pairs[i].words);
    }
    json_write_end(w);
}

static void put_target(struct json_write *w, const struct mitigate_arguments *a)
{
    json_write_key(w, STR("target"));
    json_write_object(w);
    json_write_member(w, STR("auditTaskId"), str_from(a->audit));
    if (a->n_findings > 0) {
        json_write_key(w, STR("findingIds"));
        json_write_array(w);
        for (size_t i = 0; i < a->n_findings; i++) {
            json_write_string(w, a->findings[i]);
        }
        json_write_end(w);
    }
    if (a->n_codes > 0) {
        put_pairs(w, STR("auditCheckToReasonCodeFilter"), a->codes, a->n_codes);
    }
    json_write_end(w);
}

/* Of a start (with its token) and of a preview (with its page's). */
static enum status body_of(const struct mitigation *m, struct str client_token,
                           struct str next_token, struct str *ret, struct why *why)
{
    struct buf out;
    struct json_write w;
    buf_init(&out, m->call, BODY_BYTES_MAX);
    json_write_init(&w, &out);
    json_write_object(&w);
    put_target(&w, m->arguments);
    put_pairs(&w, STR("auditCheckToActionsMapping"), m->arguments->actions,
              m->arguments->n_actions);
    json_write_member(&w, STR("clientRequestToken"), client_token);
    if (str_absent(client_token)) {
        json_write_member_int64(&w, STR("maxResults"), PREVIEW_PAGE);
    }
    json_write_member(&w, STR("nextToken"), next_token);
    json_write_end(&w);
    json_write_finish(&w);
    return buf_finish(&out, ret, why);
}

/* ---- the dry run ----------------------------------------------------------------------------- */

struct radius {
    int64_t steps, refused, skipped, changes;
    struct map principals, things, connections;
    bool more; /* the daemon told not all */
};

/* One list of a step; it may be longer than what is told of it. */
static enum status add_names(const struct mitigation *m, struct map *names,
                             const struct json_value *step, const char *list, const char *count,
                             struct radius *radius, struct why *why)
{
    int64_t told = 0;
    const struct json_value *all = json_tree_get(step, str_from(list));
    for (const struct json_value *v = JSON_FIRST(all); v != NULL; v = v->next, told++) {
        if (!map_has(names, v->text)) {
            struct str name;
            TRY(str_dup(m->mem, v->text, &name, why));
            TRY(map_put(names, name, names, why));
        }
    }
    radius->more = radius->more || json_number(step, count) > told;
    return STATUS_OK;
}

static void show_refusal(const struct mitigation *m, const struct json_value *step,
                         const struct radius *radius)
{
    if (radius->refused <= m->arguments->shown) {
        fprintf(m->cli->out, "would be refused: %.*s of finding %.*s: %.*s: %.*s\n",
                STR_ARG(json_text(step, "actionName")), STR_ARG(json_text(step, "findingId")),
                STR_ARG(json_text(step, "errorCode")), STR_ARG(json_text(step, "message")));
    }
}

static void show_changes(const struct mitigation *m, const struct json_value *step,
                         struct radius *radius)
{
    const struct json_value *changes = json_tree_get(step, STR("changes"));
    for (const struct json_value *c = JSON_FIRST(changes); c != NULL; c = c->next) {
        if (radius->changes++ < m->arguments->shown) {
            fprintf(m->cli->out, "would change: %.*s %.*s %.*s\n",
                    STR_ARG(json_text(c, "actionType")), STR_ARG(json_text(c, "resource")),
                    STR_ARG(json_text(c, "part")));
        }
    }
    int64_t told = changes == NULL ? 0 : (int64_t)changes->n;
    radius->changes += json_number(step, "changesCount") - told;
}

static enum status take_step(const struct mitigation *m, const struct json_value *step,
                             struct radius *radius, struct why *why)
{
    struct str status = json_text(step, "status");
    radius->steps++;
    radius->skipped += str_eq(status, STR("SKIPPED"));
    if (str_eq(status, STR("FAILED"))) {
        radius->refused++;
        show_refusal(m, step, radius);
    }
    show_changes(m, step, radius);
    radius->more = radius->more || json_true(step, "moreTouched");
    TRY(add_names(m, &radius->principals, step, "principals", "principalsCount", radius, why));
    TRY(add_names(m, &radius->things, step, "things", "thingsCount", radius, why));
    return add_names(m, &radius->connections, step, "connections", "connectionsCount", radius, why);
}

static void show_names(const struct mitigation *m, const char *what, const struct map *names,
                       bool more)
{
    size_t shown = (size_t)m->arguments->shown;
    fprintf(m->cli->out, "%s touched: %s%zu\n", what, more ? "at least " : "", names->n);
    for (size_t i = 0; i < names->n && i < shown; i++) {
        fprintf(m->cli->out, "  %.*s\n", STR_ARG(map_at(names, i)->key));
    }
    if (names->n > shown) {
        fprintf(m->cli->out, "  ... and %zu more\n", names->n - shown);
    }
}

static enum status dry_run(struct mitigation *m, bool *ret_trouble, struct why *why)
{
    struct radius radius = {.steps = 0};
    struct str token = STR_ABSENT;
    map_init(&radius.principals, m->mem, NAMES_MAX);
    map_init(&radius.things, m->mem, NAMES_MAX);
    map_init(&radius.connections, m->mem, NAMES_MAX);
    do {
        struct str body;
        const struct json_value *page;
        arena_clear(m->call);
        TRY(body_of(m, STR_ABSENT, token, &body, why));
        TRY(api_client_call(m->client, m->call, "POST", STR("/bulwark/mitigationactions/preview"),
                            body, &page, why));
        const struct json_value *steps = json_tree_get(page, STR("steps"));
        for (const struct json_value *s = JSON_FIRST(steps); s != NULL; s = s->next) {
            TRY(take_step(m, s, &radius, why));
        }
        TRY(str_dup(m->mem, json_text(page, "nextToken"), &token, why));
    } while (!str_absent(token));
    fprintf(m->cli->out,
            "%" PRId64 " steps: %" PRId64 " would be done, with %" PRId64 " changes; %" PRId64
            " would be refused, %" PRId64 " skipped\n",
            radius.steps, radius.steps - radius.refused - radius.skipped, radius.changes,
            radius.refused, radius.skipped);
    show_names(m, "principals", &radius.principals, radius.more);
    show_names(m, "things", &radius.things, radius.more);
    show_names(m, "open connections", &radius.connections, radius.more);
    fputs("This was a dry run: nothing was changed.\n", m->cli->out);
    *ret_trouble = radius.refused > 0;
    return STATUS_OK;
}

/* ---- the task -------------------------------------------------------------------------------- */

static void show_task(const struct mitigation *m, struct str id, const struct json_value *task)
{
    const struct json_value *checks = json_tree_get(task, STR("taskStatistics"));
    fprintf(m->cli->out, "%.*s: %.*s\n", STR_ARG(id), STR_ARG(json_text(task, "taskStatus")));
    for (const struct json_value *c = JSON_FIRST(checks); c != NULL; c = c->next) {
        fprintf(m->cli->out,
                "  %.*s: %" PRId64 " findings, %" PRId64 " succeeded, %" PRId64 " failed, %" PRId64
                " skipped, %" PRId64 " canceled\n",
                STR_ARG(c->key), json_number(c, "totalFindingsCount"),
                json_number(c, "succeededFindingsCount"), json_number(c, "failedFindingsCount"),
                json_number(c, "skippedFindingsCount"), json_number(c, "canceledFindingsCount"));
    }
}

static enum status run_task(struct mitigation *m, bool *ret_trouble, struct why *why)
{
    const struct rnd rnd = rnd_system();
    char token[HEX_ID_TEXT + 1];
    struct str id = str_from(m->arguments->task_id);
    struct str path, body;
    const struct json_value *task = NULL;
    rnd_hex_id(&rnd, token);
    if (str_absent(id)) {
        TRY(str_fmt(m->mem, &id, why, "bulwark-%s", token));
    }
    TRY(str_fmt(m->mem, &path, why, "/audit/mitigationactions/tasks/%.*s", STR_ARG(id)));
    TRY(body_of(m, str_from(token), STR_ABSENT, &body, why));
    TRY(api_client_call(m->client, m->call, "POST", path, body, &task, why));
    for (bool done = false; !done;) {
        arena_clear(m->call);
        TRY(api_client_call(m->client, m->call, "GET", path, STR_ABSENT, &task, why));
        done = !str_eq(json_text(task, "taskStatus"), STR("IN_PROGRESS"));
        if (!done) {
            const struct timespec pause = {.tv_nsec = POLL_MS * 1000000};
            nanosleep(&pause, NULL);
        }
    }
    show_task(m, id, task);
    *ret_trouble = !str_eq(json_text(task, "taskStatus"), STR("COMPLETED"));
    return mitigate_steps_show(m->cli, m->client, id, task, m->arguments->shown, why);
}

/* ---- the command ----------------------------------------------------------------------------- */

static enum status carry_out(struct mitigation *m, bool *ret_trouble, struct why *why)
{
    TRY_PTR(m->mem);
    TRY_PTR(m->call);
    TRY(api_client_open(&m->arguments->target, m->mem, &m->client, why));
    return m->arguments->dry_run ? dry_run(m, ret_trouble, why) : run_task(m, ret_trouble, why);
}

static int run_mitigate(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
    struct mitigate_arguments arguments = {.shown = SHOWN_DEFAULT};
    struct why why = {.code = STATUS_OK};
    if (mitigate_account_is_meant(argc, argv)) {
        return mitigate_account_run(cli, command, argc, argv);
    }
    if (read_arguments(&arguments, argc, argv, &why) != STATUS_OK) {
        return cli_misuse(cli, command, why.text);
    }
    struct mitigation m = {.cli = cli,
                           .arguments = &arguments,
                           .mem = arena_new(MITIGATE_MEMORY),
                           .call = arena_new(CALL_MEMORY)};
    bool trouble = false;
    enum status status = carry_out(&m, &trouble, &why);
    if (status != STATUS_OK) {
        fprintf(cli->err, "bulwark mitigate: %s\n", why.text);
    }
    api_client_close(m.client);
    arena_free(m.call);
    arena_free(m.mem);
    return status != STATUS_OK ? CLI_UNUSABLE : trouble ? CLI_FOUND : CLI_OK;
}

const struct cli_command cli_mitigate = {
    .words = "mitigate",
    .usage =
        "[--dry-run] (--audit TASK [--code CHECK=CODE,...]... | --finding ID...) --action "
        "CHECK=ACTION,... [--task-id ID] [--show N] [--data DIR [--config FILE] | --endpoint URL] "
        "[--ca-file FILE]\n"
        "       bulwark mitigate --snapshot FILE --action CHECK=KIND,... [--apply] [--journal "
        "FILE] "
        "[--endpoint-url URL] [--region REGION] [--profile NAME] ...",
    .summary = "apply mitigation actions to findings, or show what that would do",
    .help =
        "Starts a mitigation task, waits for its end and prints its numbers. With --dry-run it\n"
        "changes nothing, and shows what each step would change, which steps would be refused,\n"
        "and the principals, things and open connections that would feel it.\n\n"
        "  --dry-run              show, change nothing\n"
        "  --audit TASK           all findings of this audit\n"
        "  --code CHECK=CODE,...  of this check, only findings with these reason codes\n"
        "  --finding ID           this finding; may be given 25 times\n"
        "  --action CHECK=ACTION,...\n"
        "                         what is done about findings of a check, in this order\n"
        "  --task-id ID           the task's id (default: one of its own)\n"
        "  --show N               findings that failed, or names of each kind, shown (default 10)\n"
        "  --data DIR             the daemon that serves DIR (default ./bulwark-data)\n"
        "  --config FILE          settings of a daemon that is started (default DIR/last.conf)\n"
        "  --endpoint URL         the API at URL, with AWS credentials of the environment\n"
        "  --ca-file FILE         authorities (PEM) that the endpoint's certificate may chain "
        "to\n\n"
        "With --snapshot FILE, which bulwark collect makes, the plan is for the account\n"
        "elsewhere, and --apply makes the changes there:\n\n"
        "  --action CHECK=KIND,...\n"
        "                         UPDATE_DEVICE_CERTIFICATE, UPDATE_CA_CERTIFICATE,\n"
        "                         ADD_THINGS_TO_THING_GROUP (--group NAME),\n"
        "                         REPLACE_DEFAULT_POLICY_VERSION, ENABLE_IOT_LOGGING\n"
        "                         (--logging-role ARN, --log-level LEVEL),\n"
        "                         PUBLISH_FINDING_TO_SNS (--topic ARN)\n"
        "  --resource NAME        only changes of this certificate, policy or thing\n"
        "  --journal FILE         where changes are noted (default: FILE.journal)\n"
        "  --endpoint-url, --region, --profile, --ca-file: as of bulwark collect\n\n"
        "Exit status: 0 all succeeded, 1 a step was or would be refused, 2 it could not be run.\n",
    .run = run_mitigate,
};
