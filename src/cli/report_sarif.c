/* report_sarif.c: SARIF 2.1.0, for code scanning and CI dashboards.
 *
 * Findings are about resources of an account, not lines of a file, so each result has a logical
 * location (the resource) and no physical one.
 */
#include "cli/api_client.h"
#include "cli/report_priv.h"
#include "codec/json_write.h"
#include "contract/checks.h"

#include "base/banned.h"

enum { REPORT_BYTES_MAX = 1 << 30 };

static struct str level_of(struct str severity)
{
    int rank = severity_rank(severity);
    return rank <= RANK_HIGH ? STR("error") : rank == RANK_MEDIUM ? STR("warning") : STR("note");
}

static void put_text(struct json_write *w, const char *key, struct str text)
{
    json_write_key(w, str_from(key));
    json_write_object(w);
    json_write_member(w, STR("text"), text);
    json_write_end(w);
}

/* The checks of the audit; of one that a newer server has only the name is known. */
static void put_rules(struct json_write *w, const struct audit_report *report)
{
    json_write_key(w, STR("rules"));
    json_write_array(w);
    for (const struct json_value *run = report_checks(report); run != NULL; run = run->next) {
        enum check_id id;
        json_write_object(w);
        json_write_member(w, STR("id"), run->key);
        if (check_find(run->key, &id)) {
            put_text(w, "shortDescription", check_rows[id].about);
            put_text(w, "help", check_rows[id].fix);
        }
        json_write_end(w);
    }
    json_write_end(w);
}

static enum status put_result(struct json_write *w, const struct json_value *finding,
                              struct arena *mem, struct why *why)
{
    struct str resource;
    TRY(finding_resource(finding, mem, &resource, why));
    json_write_object(w);
    json_write_member(w, STR("ruleId"), json_text(finding, "checkName"));
    json_write_member(w, STR("level"), level_of(json_text(finding, "severity")));
    put_text(w, "message", json_text(finding, "reasonForNonCompliance"));
    json_write_key(w, STR("locations"));
    json_write_array(w);
    json_write_object(w);
    json_write_key(w, STR("logicalLocations"));
    json_write_array(w);
    json_write_object(w);
    json_write_member(w, STR("fullyQualifiedName"), resource);
    json_write_member(w, STR("kind"), STR("resource"));
    json_write_end(w);
    json_write_end(w);
    json_write_end(w);
    json_write_end(w);
    json_write_key(w, STR("partialFingerprints"));
    json_write_object(w);
    json_write_member(w, STR("findingId"), json_text(finding, "findingId"));
    json_write_end(w);
    json_write_end(w);
    return STATUS_OK;
}

static void put_notification(struct json_write *w, struct str check, struct str why)
{
    json_write_object(w);
    json_write_member(w, STR("level"), STR("error"));
    put_text(w, "message", why);
    if (!str_absent(check)) {
        json_write_key(w, STR("associatedRule"));
        json_write_object(w);
        json_write_member(w, STR("id"), check);
        json_write_end(w);
    }
    json_write_end(w);
}

/* Whether everything was judged, and what was not (SARIF 2.1.0, 3.20): no results alone would read
 * as nothing wrong. */
static enum status put_invocation(struct json_write *w, const struct audit_report *report,
                                  struct arena *mem, struct why *why)
{
    struct str sentence;
    struct str broken = report_broken_off(report);
    json_write_key(w, STR("invocations"));
    json_write_array(w);
    json_write_object(w);
    json_write_member_bool(w, STR("executionSuccessful"), !report_unjudged(report));
    json_write_key(w, STR("toolExecutionNotifications"));
    json_write_array(w);
    const struct json_value *run = report_next_unjudged(report_checks(report), &sentence);
    for (; run != NULL; run = report_next_unjudged(run->next, &sentence)) {
        struct str text;
        TRY(str_fmt(mem, &text, why, "%.*s: %.*s", STR_ARG(run->key), STR_ARG(sentence)));
        put_notification(w, run->key, text);
    }
    if (!str_absent(broken)) {
        struct str text;
        TRY(str_fmt(mem, &text, why, "The audit ended %.*s.", STR_ARG(broken)));
        put_notification(w, STR_ABSENT, text);
    }
    json_write_end(w);
    json_write_end(w);
    json_write_end(w);
    return STATUS_OK;
}

static enum status write_sarif(struct cli *cli, const struct audit_report *report,
                               struct arena *mem, struct why *why)
{
    struct buf out;
    struct json_write w;
    struct str text;
    buf_init(&out, mem, REPORT_BYTES_MAX);
    json_write_init(&w, &out);
    json_write_object(&w);
    json_write_member(&w, STR("$schema"), STR("https://json.schemastore.org/sarif-2.1.0.json"));
    json_write_member(&w, STR("version"), STR("2.1.0"));
    json_write_key(&w, STR("runs"));
    json_write_array(&w);
    json_write_object(&w);
    json_write_key(&w, STR("tool"));
    json_write_object(&w);
    json_write_key(&w, STR("driver"));
    json_write_object(&w);
    json_write_member(&w, STR("name"), STR("bulwark"));
    json_write_member(&w, STR("version"), STR(BULWARK_VERSION));
    put_rules(&w, report);
    json_write_end(&w);
    json_write_end(&w);
    TRY(put_invocation(&w, report, mem, why));
    json_write_key(&w, STR("results"));
    json_write_array(&w);
    for (size_t i = 0; i < report->n; i++) {
        TRY(put_result(&w, report->findings[i], mem, why));
    }
    json_write_end(&w);
    json_write_end(&w);
    json_write_end(&w);
    json_write_end(&w);
    json_write_finish(&w);
    TRY(buf_finish(&out, &text, why));
    fwrite(text.ptr, 1, text.len, cli->out);
    fputc('\n', cli->out);
    return STATUS_OK;
}

const struct report_format report_sarif = {"sarif", write_sarif};
