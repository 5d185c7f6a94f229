/* report_table.c: for people at a terminal: worst first, what and why and what to do. */
#include "cli/api_client.h"
#include "cli/report_priv.h"
#include "contract/checks.h"

#include "base/banned.h"

enum { SHOWN_OF_A_CHECK = 5, FIRST_LINE_MAX = 1024 };

static enum cli_style style_of(int rank)
{
    return rank <= RANK_HIGH ? CLI_RED : rank == RANK_MEDIUM ? CLI_YELLOW : CLI_BOLD;
}

/* Not nonCompliantChecks: among those are some that found nothing, and could not judge all. */
static size_t checks_with_findings(const struct audit_report *report)
{
    size_t n = 0;
    for (size_t i = 0; i < report->n; i++) {
        n += i == 0 || !str_eq(json_text(report->findings[i - 1], "checkName"),
                               json_text(report->findings[i], "checkName"));
    }
    return n;
}

static enum status put_counts(struct cli *cli, const struct audit_report *report, struct arena *mem,
                              struct why *why)
{
    const struct json_value *counts = json_tree_get(report->task, STR("taskStatistics"));
    long long total = (long long)json_number(counts, "totalChecks");
    size_t unjudged = 0;
    struct str reason, text;
    struct buf line;
    const struct json_value *run = report_next_unjudged(report_checks(report), &reason);
    for (; run != NULL; run = report_next_unjudged(run->next, &reason)) {
        unjudged++;
    }
    buf_init(&line, mem, FIRST_LINE_MAX);
    buf_put_fmt(&line, "%.*s: %lld check%s, ", STR_ARG(json_text(report->task, "taskStatus")),
                total, total == 1 ? "" : "s");
    if (report->n == 0) {
        buf_put_str(&line, STR("no findings"));
    } else {
        buf_put_fmt(&line, "%zu finding%s in %zu of them", report->n, report->n == 1 ? "" : "s",
                    checks_with_findings(report));
    }
    if (unjudged > 0) {
        buf_put_fmt(&line, "; %zu did not judge everything", unjudged);
    }
    buf_put_str(&line, STR("."));
    TRY(buf_finish(&line, &text, why));
    fprintf(cli->out, "%sAudit %.*s%s", cli_style(cli, CLI_BOLD), STR_ARG(report->task_id),
            cli_style(cli, CLI_PLAIN));
    cli_wrap_behind(cli, STR("Audit ").len + report->task_id.len, 2, text);
    return STATUS_OK;
}

static enum status put_finding(struct cli *cli, const struct json_value *finding, struct arena *mem,
                               struct why *why)
{
    struct str resource;
    TRY(finding_resource(finding, mem, &resource, why));
    fprintf(cli->out, "\n  %s%.*s%s  %sfinding %.*s\n", cli_style(cli, CLI_BOLD), STR_ARG(resource),
            cli_style(cli, CLI_PLAIN), json_true(finding, "isSuppressed") ? "suppressed  " : "",
            STR_ARG(json_text(finding, "findingId")));
    cli_wrap(cli, 4, json_text(finding, "reasonForNonCompliance"));
    return STATUS_OK;
}

/* "2 of 4" from the task's details. */
static void put_heading(struct cli *cli, const struct audit_report *report, struct str check,
                        int rank)
{
    const struct json_value *run =
        json_tree_get(json_tree_get(report->task, STR("auditDetails")), check);
    fprintf(cli->out, "\n%s%-8.*s%s  %.*s: %lld of %lld\n", cli_style(cli, style_of(rank)),
            STR_ARG(severity_name(rank)), cli_style(cli, CLI_PLAIN), STR_ARG(check),
            (long long)json_number(run, "nonCompliantResourcesCount"),
            (long long)json_number(run, "totalResourcesCount"));
}

static void put_advice(struct cli *cli, struct str check)
{
    enum check_id id;
    if (check_find(check, &id) && check_rows[id].about.len > 0) {
        fputc('\n', cli->out);
        cli_wrap(cli, 2, check_rows[id].about);
        cli_wrap(cli, 2, check_rows[id].fix);
    }
}

/* All findings of one check, from *at on. */
static enum status put_check(struct cli *cli, const struct audit_report *report, size_t *at,
                             struct arena *mem, struct why *why)
{
    struct str check = json_text(report->findings[*at], "checkName");
    put_heading(cli, report, check, severity_rank(json_text(report->findings[*at], "severity")));
    size_t shown = 0;
    size_t n = 0;
    for (; *at < report->n && str_eq(check, json_text(report->findings[*at], "checkName"));
         (*at)++) {
        n++;
        if (report->all || shown < SHOWN_OF_A_CHECK) {
            shown++;
            TRY(put_finding(cli, report->findings[*at], mem, why));
        }
    }
    if (shown < n) {
        fprintf(cli->out, "\n  ... and %zu more (--all shows them)\n", n - shown);
    }
    put_advice(cli, check);
    return STATUS_OK;
}

/* What the checks say of themselves: what could not be judged, and why. */
static void put_messages(struct cli *cli, const struct audit_report *report)
{
    struct str why;
    const struct json_value *run = report_next_unjudged(report_checks(report), &why);
    for (; run != NULL; run = report_next_unjudged(run->next, &why)) {
        fprintf(cli->out, "\n%s%.*s%s\n", cli_style(cli, CLI_YELLOW), STR_ARG(run->key),
                cli_style(cli, CLI_PLAIN));
        cli_wrap(cli, 2, why);
    }
}

static enum status put_role(struct cli *cli, struct str role, struct arena *mem, struct why *why)
{
    struct str note;
    if (str_absent(role)) {
        return STATUS_OK;
    }
    TRY(str_fmt(mem, &note, why, "Note: " REPORT_ROLE_NOTE, STR_ARG(role)));
    fputc('\n', cli->out);
    cli_wrap(cli, 0, note);
    return STATUS_OK;
}

static enum status write_table(struct cli *cli, const struct audit_report *report,
                               struct arena *mem, struct why *why)
{
    TRY(put_counts(cli, report, mem, why));
    for (size_t at = 0; at < report->n;) {
        TRY(put_check(cli, report, &at, mem, why));
    }
    put_messages(cli, report);
    if (report->n == 0 && report_unjudged(report)) {
        fprintf(cli->out, "%sNothing was found, but not everything could be judged.%s\n",
                cli_style(cli, CLI_YELLOW), cli_style(cli, CLI_PLAIN));
    } else if (report->n == 0 && report_waits(report)) {
        fprintf(cli->out, "%sNothing found so far; what waits for its data goes on.%s\n",
                cli_style(cli, CLI_YELLOW), cli_style(cli, CLI_PLAIN));
    } else if (report->n == 0) {
        fprintf(cli->out, "%sNothing found.%s\n", cli_style(cli, CLI_GREEN),
                cli_style(cli, CLI_PLAIN));
    }
    return put_role(cli, report->role_not_held, mem, why);
}

const struct report_format report_table = {"table", write_table};
