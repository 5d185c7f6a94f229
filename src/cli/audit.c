/* audit.c: `bulwark audit`: an audit from start to report. */
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/api_client.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/report.h"
#include "codec/json_write.h"
#include "contract/checks.h"

#include "base/banned.h"

enum {
    AUDIT_MEMORY = 1 << 30, /* of findings kept for the report */
    CALL_MEMORY = 32 << 20,
    BODY_BYTES_MAX = 64 << 10,
    FINDINGS_MAX = 1 << 20,
    POLL_MS = 150,
};

struct audit_arguments {
    struct api_target target;
    const struct report_format *format;
    const char *task; /* report on this one instead of starting one */
    const char *role; /* of the account's audit configuration, with enable */
    enum check_id checks[CHECK_COUNT];
    size_t n_checks; /* 0: all that are enabled */
    bool enable;
    bool all;
};

struct audit_run {
    struct cli *cli;
    const struct audit_arguments *arguments;
    struct api_client *client;
    struct arena *mem;  /* of the report */
    struct arena *call; /* of one call */
    struct audit_report report;
};

/* ---- arguments ------------------------------------------------------------------------------- */

static enum status set_format(void *into, const struct cli_option *option, const char *value,
                              struct why *why)
{
    struct audit_arguments *a = into;
    a->format = report_format_find(value);
    return a->format != NULL ? STATUS_OK
                             : why_set(why, STATUS_INVALID, "%s is %s; it is one of %s",
                                       option->name, value, report_format_names());
}

static enum status add_check(void *into, const struct cli_option *option, const char *value,
                             struct why *why)
{
    struct audit_arguments *a = into;
    if (a->n_checks == CHECK_COUNT) {
        return why_set(why, STATUS_INVALID, "%s is given more often than there are checks",
                       option->name);
    }
    if (!check_find(str_from(value), &a->checks[a->n_checks])) {
        return why_set(why, STATUS_INVALID,
                       "there is no check %s; aws iot describe-account-audit-configuration lists "
                       "them",
                       value);
    }
    a->n_checks++;
    return STATUS_OK;
}

static const struct cli_option options[] = {
    CLI_TARGET(struct audit_arguments, target),
    CLI_TEXT(struct audit_arguments, target.snapshot, "--snapshot", "FILE"),
    CLI_FLAG(struct audit_arguments, enable, "--enable"),
    CLI_FLAG(struct audit_arguments, all, "--all"),
    CLI_TEXT(struct audit_arguments, task, "--task", "ID"),
    CLI_TEXT(struct audit_arguments, role, "--role", "ARN"),
    {"--format", "FORMAT", set_format, 0},
    {"--check", "NAME", add_check, 0},
};

static const struct cli_words words = CLI_WORDS(options, NULL);

/* ---- calls ----------------------------------------------------------------------------------- */

static enum status call(struct audit_run *run, const char *method, const char *path,
                        struct str body, const struct json_value **ret, struct why *why)
{
    return api_client_call(run->client, run->call, method, str_from(path), body, ret, why);
}

static enum status body_of_checks(struct audit_run *run, const struct str *names, size_t n,
                                  struct str *ret, struct why *why)
{
    struct buf out;
    struct json_write w;
    buf_init(&out, run->call, BODY_BYTES_MAX);
    json_write_init(&w, &out);
    json_write_object(&w);
    json_write_key(&w, STR("targetCheckNames"));
    json_write_array(&w);
    for (size_t i = 0; i < n; i++) {
        json_write_string(&w, names[i]);
    }
    json_write_end(&w);
    json_write_end(&w);
    json_write_finish(&w);
    return buf_finish(&out, ret, why);
}

/* Every check that this Bulwark offers and has, on. An absent role leaves the one in force. */
static enum status enable_all(struct audit_run *run, const struct json_value *offered,
                              struct str role, struct why *why)
{
    struct buf out;
    struct json_write w;
    struct str body;
    const struct json_value *ignored;
    buf_init(&out, run->call, BODY_BYTES_MAX);
    json_write_init(&w, &out);
    json_write_object(&w);
    json_write_member(&w, STR("roleArn"), role);
    json_write_key(&w, STR("auditCheckConfigurations"));
    json_write_object(&w);
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        if (check_rows[i].about.len > 0 && json_tree_get(offered, check_rows[i].name) != NULL) {
            json_write_key(&w, check_rows[i].name);
            json_write_object(&w);
            json_write_member_bool(&w, STR("enabled"), true);
            json_write_end(&w);
        }
    }
    json_write_end(&w);
    json_write_end(&w);
    json_write_finish(&w);
    TRY(buf_finish(&out, &body, why));
    return call(run, "PATCH", "/audit/configuration", body, &ignored, why);
}

static enum status enabled_checks(struct audit_run *run, struct str names[CHECK_COUNT],
                                  size_t *ret_n, struct why *why)
{
    const struct json_value *config;
    TRY(call(run, "GET", "/audit/configuration", STR_ABSENT, &config, why));
    if (run->arguments->enable) {
        if (str_absent(json_text(config, "roleArn")) && run->arguments->role == NULL) {
            return why_set(why, STATUS_NOT_CONFIGURED,
                           "audits were never configured here: with --enable, give --role "
                           "arn:aws:iam::ACCOUNT:role/NAME too");
        }
        const struct json_value *offered = json_tree_get(config, STR("auditCheckConfigurations"));
        TRY(enable_all(run, offered, str_from(run->arguments->role), why));
        TRY(call(run, "GET", "/audit/configuration", STR_ABSENT, &config, why));
    }
    size_t n = 0;
    const struct json_value *checks = json_tree_get(config, STR("auditCheckConfigurations"));
    for (const struct json_value *c = JSON_FIRST(checks); c != NULL && n < CHECK_COUNT;
         c = c->next) {
        if (json_true(c, "enabled")) {
            names[n++] = c->key;
        }
    }
    if (n == 0) {
        return why_set(why, STATUS_NOT_CONFIGURED,
                       "no check is enabled in this account: give --enable to enable all that "
                       "Bulwark has, or use aws iot update-account-audit-configuration");
    }
    *ret_n = n;
    return STATUS_OK;
}

static enum status start(struct audit_run *run, struct why *why)
{
    struct str names[CHECK_COUNT];
    size_t n = run->arguments->n_checks;
    struct str body;
    const struct json_value *reply;
    if (run->arguments->task != NULL) {
        run->report.task_id = str_from(run->arguments->task);
        return STATUS_OK;
    }
    for (size_t i = 0; i < n; i++) {
        names[i] = check_rows[run->arguments->checks[i]].name;
    }
    if (n == 0 || run->arguments->enable) {
        size_t enabled = 0;
        struct str all[CHECK_COUNT];
        TRY(enabled_checks(run, all, &enabled, why));
        if (n == 0) {
            n = enabled;
            memcpy(names, all, sizeof all);
        }
    }
    TRY(body_of_checks(run, names, n, &body, why));
    TRY(call(run, "POST", "/audit/tasks", body, &reply, why));
    return str_dup(run->mem, json_text(reply, "taskId"), &run->report.task_id, why);
}

/* ---- waiting --------------------------------------------------------------------------------- */

static void show_progress(struct audit_run *run, const struct json_value *task, bool done)
{
    if (isatty(fileno(run->cli->err)) != 1) {
        return;
    }
    int64_t judged = 0;
    const struct json_value *details = json_tree_get(task, STR("auditDetails"));
    for (const struct json_value *c = JSON_FIRST(details); c != NULL; c = c->next) {
        judged += json_number(c, "totalResourcesCount");
    }
    const struct json_value *counts = json_tree_get(task, STR("taskStatistics"));
    if (done) {
        fputs("\r\033[K", run->cli->err);
    } else {
        fprintf(run->cli->err,
                "\r\033[Kauditing: %" PRId64 " of %" PRId64 " checks are running, "
                "%" PRId64 " resources judged",
                json_number(counts, "inProgressChecks"), json_number(counts, "totalChecks"),
                judged);
    }
    fflush(run->cli->err);
}

static enum status wait_done(struct audit_run *run, struct why *why)
{
    struct str path;
    TRY(str_fmt(run->mem, &path, why, "/audit/tasks/%.*s", STR_ARG(run->report.task_id)));
    for (bool done = false; !done;) {
        const struct json_value *task;
        arena_clear(run->call);
        TRY(call(run, "GET", path.ptr, STR_ABSENT, &task, why));
        done = !str_eq(json_text(task, "taskStatus"), STR("IN_PROGRESS")) ||
               report_only_waits(task); /* which may be hours; it goes on without us */
        show_progress(run, task, done);
        if (!done) {
            const struct timespec pause = {.tv_nsec = POLL_MS * 1000000};
            nanosleep(&pause, NULL);
        }
    }
    return api_client_call(run->client, run->mem, "GET", path, STR_ABSENT, &run->report.task, why);
}

/* ---- findings -------------------------------------------------------------------------------- */

static enum status findings_body(struct audit_run *run, struct str token, struct str *ret,
                                 struct why *why)
{
    struct buf out;
    struct json_write w;
    buf_init(&out, run->call, BODY_BYTES_MAX);
    json_write_init(&w, &out);
    json_write_object(&w);
    json_write_member(&w, STR("taskId"), run->report.task_id);
    json_write_member_int64(&w, STR("maxResults"), 250);
    json_write_member(&w, STR("nextToken"), token);
    json_write_end(&w);
    json_write_finish(&w);
    return buf_finish(&out, ret, why);
}

static enum status add_finding(struct audit_run *run, const struct json_value *finding, size_t *cap,
                               struct why *why)
{
    struct audit_report *report = &run->report;
    if (report->n == FINDINGS_MAX) {
        return why_set(why, STATUS_TOO_LARGE,
                       "the audit has more than %d findings; list them with "
                       "aws iot list-audit-findings",
                       FINDINGS_MAX);
    }
    if (report->n == *cap) {
        size_t wider = *cap == 0 ? 256 : *cap * 2;
        report->findings = arena_grow(run->mem, report->findings, *cap * sizeof report->findings[0],
                                      wider * sizeof report->findings[0]);
        TRY_PTR(report->findings);
        *cap = wider;
    }
    report->findings[report->n++] = finding;
    return STATUS_OK;
}

static enum status load_findings(struct audit_run *run, struct why *why)
{
    struct str token = STR_ABSENT;
    size_t cap = 0;
    do {
        struct str body;
        const struct json_value *page;
        arena_clear(run->call);
        TRY(findings_body(run, token, &body, why));
        TRY(api_client_call(run->client, run->mem, "POST", STR("/audit/findings"), body, &page,
                            why));
        const struct json_value *list = json_tree_get(page, STR("findings"));
        for (const struct json_value *f = JSON_FIRST(list); f != NULL; f = f->next) {
            TRY(add_finding(run, f, &cap, why));
        }
        token = json_text(page, "nextToken");
    } while (!str_absent(token));
    report_sort(&run->report);
    return STATUS_OK;
}

/* ---- the role -------------------------------------------------------------------------------- */

/* For a note, so what cannot be told is left out: another server may not know the question, and a
 * user may not be allowed to ask it. The role of an account elsewhere is not here anyway. */
static enum status load_role(struct audit_run *run, struct why *why)
{
    struct why ignored = {.code = STATUS_OK};
    const struct json_value *role = NULL;
    if (run->arguments->target.snapshot != NULL) {
        return STATUS_OK;
    }
    arena_clear(run->call);
    if (call(run, "GET", "/bulwark/audit/role", STR_ABSENT, &role, &ignored) != STATUS_OK ||
        json_tree_get(role, STR("held")) == NULL || json_true(role, "held")) {
        return STATUS_OK;
    }
    struct str arn = json_text(role, "roleArn");
    return str_absent(arn) ? STATUS_OK : str_dup(run->mem, arn, &run->report.role_not_held, why);
}

/* ---- the command ----------------------------------------------------------------------------- */

static enum status carry_out(struct audit_run *run, struct why *why)
{
    TRY(api_client_open(&run->arguments->target, run->mem, &run->client, why));
    run->report.url = api_client_url(run->client);
    run->report.all = run->arguments->all;
    TRY(start(run, why));
    TRY(wait_done(run, why));
    TRY(load_findings(run, why));
    TRY(load_role(run, why));
    TRY(run->arguments->format->write(run->cli, &run->report, run->call, why));
    if (run->arguments->format != report_format_find("table")) {
        report_warn(run->cli, &run->report);
    }
    struct str broken = report_broken_off(&run->report);
    if (!str_absent(broken)) {
        return why_set(why, STATUS_CANCELED, "the audit ended %.*s", STR_ARG(broken));
    }
    return STATUS_OK;
}

/* What is grave comes first; what nobody could judge is no clean bill either. */
static int exit_code(const struct audit_run *run, enum status status)
{
    if (status != STATUS_OK) {
        return CLI_UNUSABLE;
    }
    if (report_count(&run->report, RANK_HIGH) > 0) {
        return CLI_FOUND;
    }
    return report_unjudged(&run->report) ? CLI_UNUSABLE : CLI_OK;
}

static int run_audit(struct cli *cli, const struct cli_command *command, int argc, char **argv)
{
    struct audit_arguments arguments = {.format = report_format_find("table")};
    struct why why = {.code = STATUS_OK};
    if (cli_arguments(&words, &arguments, argc, argv, &why) != STATUS_OK) {
        return cli_misuse(cli, command, why.text);
    }
    struct audit_run run = {.cli = cli,
                            .arguments = &arguments,
                            .mem = arena_new(AUDIT_MEMORY),
                            .call = arena_new(CALL_MEMORY)};
    enum status status =
        run.mem == NULL || run.call == NULL ? why_no_memory(&why) : carry_out(&run, &why);
    int code = exit_code(&run, status);
    if (status != STATUS_OK) {
        fprintf(cli->err, "bulwark audit: %s\n", why.text);
    }
    api_client_close(run.client);
    arena_free(run.call);
    arena_free(run.mem);
    return code;
}

const struct cli_command cli_audit = {
    .words = "audit",
    .usage = "[--data DIR [--config FILE] | --endpoint URL | --snapshot FILE] [--ca-file FILE] "
             "[--check NAME]... "
             "[--enable [--role "
             "ARN]] [--format FORMAT] [--all] [--task ID]",
    .summary = "audit the fleet, and show what was found",
    .help =
        "Starts an audit of the enabled checks (or of those given with --check), shows its\n"
        "progress, and prints its findings, worst first.\n\n"
        "  --data DIR        the daemon that serves DIR; one is started when none does\n"
        "                    (default ./bulwark-data)\n"
        "  --config FILE     settings of a daemon that is started (default DIR/last.conf,\n"
        "                    those with which DIR was served last)\n"
        "  --endpoint URL    the API at URL, with AWS credentials of the environment\n"
        "  --snapshot FILE   what bulwark collect read of an account elsewhere\n"
        "  --ca-file FILE    authorities (PEM) that the endpoint's certificate may chain to\n"
        "  --check NAME      this check; may be given several times\n"
        "  --enable          enable every check that Bulwark has first\n"
        "  --role ARN        the role of the audit configuration, the first time\n"
        "  --format FORMAT   table, json, sarif, html or csv\n"
        "  --all             every finding in the table, not the first of each check\n"
        "  --task ID         report on an audit that was started before\n\n"
        "Exit status: 0 everything was judged and nothing CRITICAL or HIGH stands; 1 something\n"
        "CRITICAL or HIGH does, even when not everything was judged; 2 the audit did not run to\n"
        "its end, or nothing so grave was found but not everything could be judged. A check that\n"
        "still waits for its data (DEVICE_CERTIFICATE_SHARED_CHECK does for two hours after it\n"
        "was enabled) is named and does not count; --task ID asks again later.\n",
    .run = run_audit,
};
