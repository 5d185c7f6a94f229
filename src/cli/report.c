/* report.c: what all forms share, and their table. */
#include "cli/report.h"

#include <stdlib.h>
#include <string.h>

#include "cli/api_client.h"
#include "cli/report_priv.h"

#include "base/banned.h"

static const struct report_format *const formats[] = {
    &report_table, &report_json, &report_sarif, &report_html, &report_csv,
};

const struct report_format *report_format_find(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (strcmp(formats[i]->name, name) == 0) {
            return formats[i];
        }
    }
    return NULL;
}

const char *report_format_names(void)
{
    return "table, json, sarif, html, csv";
}

static const struct str severities[RANK_COUNT] = {STR_INIT("CRITICAL"), STR_INIT("HIGH"),
                                                  STR_INIT("MEDIUM"), STR_INIT("LOW")};

int severity_rank(struct str severity)
{
    int rank = 0;
    while (rank < RANK_LOW && !str_eq(severities[rank], severity)) {
        rank++;
    }
    return rank;
}

struct str severity_name(int rank)
{
    return severities[rank];
}

/* The identifier's own member: a text, or the texts of an object joined by ':'. */
enum status finding_resource(const struct json_value *finding, struct arena *mem, struct str *ret,
                             struct why *why)
{
    const struct json_value *identifier = json_tree_get(
        json_tree_get(finding, STR("nonCompliantResource")), STR("resourceIdentifier"));
    const struct json_value *member = JSON_FIRST(identifier);
    const struct json_value *policy = json_tree_get(identifier, STR("policyVersionIdentifier"));
    const struct json_value *issuer = json_tree_get(identifier, STR("issuerCertificateIdentifier"));
    if (policy != NULL) {
        return str_fmt(mem, ret, why, "%.*s:%.*s", STR_ARG(json_text(policy, "policyName")),
                       STR_ARG(json_text(policy, "policyVersionId")));
    }
    if (issuer != NULL) {
        /* A long serial number does not fit the API's member. */
        struct str serial = json_text(issuer, "issuerCertificateSerialNumber");
        struct str number = serial.len > 0 ? serial : json_text(issuer, "issuerId");
        return str_fmt(mem, ret, why, "%.*s, %s %.*s",
                       STR_ARG(json_text(issuer, "issuerCertificateSubject")),
                       serial.len > 0 ? "serial" : "id", STR_ARG(number));
    }
    *ret = member == NULL ? STR("?") : member->text;
    return STATUS_OK;
}

static int compare(const void *a, const void *b)
{
    const struct json_value *left = *(const struct json_value *const *)a;
    const struct json_value *right = *(const struct json_value *const *)b;
    int order =
        severity_rank(json_text(left, "severity")) - severity_rank(json_text(right, "severity"));
    if (order == 0) {
        order = str_cmp(json_text(left, "checkName"), json_text(right, "checkName"));
    }
    if (order == 0) {
        order = str_cmp(json_text(left, "reasonForNonCompliance"),
                        json_text(right, "reasonForNonCompliance"));
    }
    return order != 0 ? order
                      : str_cmp(json_text(left, "findingId"), json_text(right, "findingId"));
}

void report_sort(struct audit_report *report)
{
    if (report->n > 0) {
        qsort(report->findings, report->n, sizeof report->findings[0], compare);
    }
}

size_t report_count(const struct audit_report *report, int rank)
{
    size_t n = 0;
    for (size_t i = 0; i < report->n; i++) {
        n += severity_rank(json_text(report->findings[i], "severity")) <= rank &&
             !json_true(report->findings[i], "isSuppressed");
    }
    return n;
}

const struct json_value *report_checks(const struct audit_report *report)
{
    return JSON_FIRST(json_tree_get(report->task, STR("auditDetails")));
}

/* It collects data for some hours after it was enabled. */
static bool is_waiting(const struct json_value *run)
{
    return str_eq(json_text(run, "checkRunStatus"), STR("WAITING_FOR_DATA_COLLECTION"));
}

/* A check that judged everything has no message; see audit/task.h. */
static struct str why_unjudged(const struct json_value *run)
{
    struct str status = json_text(run, "checkRunStatus");
    struct str message = json_text(run, "message");
    if (message.len > 0) {
        return message;
    }
    if (is_waiting(run)) {
        return STR("It has not been enabled for long enough to have data; its part of the audit "
                   "goes on by itself.");
    }
    if (str_eq(status, STR("COMPLETED_COMPLIANT")) && !json_true(run, "checkCompliant")) {
        /* by a server older than this program */
        return STR("Not everything could be judged.");
    }
    if (str_eq(status, STR("FAILED"))) {
        return STR("The check failed.");
    }
    return str_eq(status, STR("CANCELED")) ? STR("The check was canceled.") : STR_ABSENT;
}

const struct json_value *report_next_unjudged(const struct json_value *run, struct str *ret_why)
{
    for (; run != NULL; run = run->next) {
        *ret_why = why_unjudged(run);
        if (!str_absent(*ret_why)) {
            return run;
        }
    }
    return NULL;
}

struct str report_broken_off(const struct audit_report *report)
{
    struct str status = json_text(report->task, "taskStatus");
    bool ended = str_eq(status, STR("COMPLETED")) || report_only_waits(report->task);
    return ended ? STR_ABSENT : status;
}

bool report_only_waits(const struct json_value *task)
{
    const struct json_value *counts = json_tree_get(task, STR("taskStatistics"));
    return json_number(counts, "inProgressChecks") == 0 &&
           json_number(counts, "waitingForDataCollectionChecks") > 0;
}

bool report_waits(const struct audit_report *report)
{
    const struct json_value *counts = json_tree_get(report->task, STR("taskStatistics"));
    return json_number(counts, "waitingForDataCollectionChecks") > 0;
}

bool report_unjudged(const struct audit_report *report)
{
    struct str why;
    bool unjudged = !str_absent(report_broken_off(report));
    const struct json_value *run = report_next_unjudged(report_checks(report), &why);
    for (; run != NULL; run = report_next_unjudged(run->next, &why)) {
        unjudged = unjudged || !is_waiting(run);
    }
    return unjudged;
}

void report_warn(struct cli *cli, const struct audit_report *report)
{
    struct str why;
    const struct json_value *run = report_next_unjudged(report_checks(report), &why);
    for (; run != NULL; run = report_next_unjudged(run->next, &why)) {
        fprintf(cli->err, "bulwark audit: %.*s: %.*s\n", STR_ARG(run->key), STR_ARG(why));
    }
    if (!str_absent(report->role_not_held)) {
        fprintf(cli->err, "bulwark audit: note: " REPORT_ROLE_NOTE "\n",
                STR_ARG(report->role_not_held));
    }
}
