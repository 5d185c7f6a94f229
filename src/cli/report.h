/* report.h: an audit's outcome in the forms that people and programs read.
 *
 * Findings are the API's own objects (AuditFinding), sorted by severity, check and resource; a form
 * is one file with one const struct report_format, and a row in report.c.
 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli/cli.h"
#include "codec/json_tree.h"

struct audit_report {
    struct str url;
    struct str task_id;
    const struct json_value *task; /* reply of DescribeAuditTask */
    const struct json_value **findings;
    size_t n;
    struct str role_not_held; /* of the audit configuration, when the account does not hold it */
    bool all;                 /* every finding, not the first few of each check */
};

struct report_format {
    const char *name;
    enum status (*write)(struct cli *cli, const struct audit_report *report, struct arena *mem,
                         struct why *why);
};

/* By name; NULL when there is no such form. The first row is the default. */
const struct report_format *report_format_find(const char *name);

/* "table, json, sarif, html, csv" */
const char *report_format_names(void);

void report_sort(struct audit_report *report);

/* How many findings of at least this severity are not suppressed. */
size_t report_count(const struct audit_report *report, int severity_rank);

/* True when not everything was judged, however much was found: a check ended otherwise than by
 * having judged all (then it has a message), or the task did. A check that still collects data
 * does not count: it is told, and goes on. */
bool report_unjudged(const struct audit_report *report);

/* The checks that did not judge everything: the next from *run on (start with report_checks), NULL
 * when there is no more. *ret_why is the check's own sentence, or one made for it. */
const struct json_value *report_checks(const struct audit_report *report);
const struct json_value *report_next_unjudged(const struct json_value *run, struct str *ret_why);

/* What a task is that has nothing in progress but checks that still collect data, for hours
 * maybe: ended, as far as a report goes. */
bool report_only_waits(const struct json_value *task);

/* Whether some check still collects data. */
bool report_waits(const struct audit_report *report);

/* "FAILED" and the like when the task ended otherwise than COMPLETED, else absent. */
struct str report_broken_off(const struct audit_report *report);

/* On err, for every form alike: what could not be judged, and a role that is not held. Silent when
 * there is neither. */
void report_warn(struct cli *cli, const struct audit_report *report);

/* Of a role that the account does not hold: what follows from that. */
#define REPORT_ROLE_NOTE                                                                           \
    "This account does not hold role %.*s of its audit configuration, so audits read everything, " \
    "as if the role allowed it."

/* 0 CRITICAL, 1 HIGH, 2 MEDIUM, 3 LOW. */
enum { RANK_CRITICAL, RANK_HIGH, RANK_MEDIUM, RANK_LOW, RANK_COUNT };
int severity_rank(struct str severity);
struct str severity_name(int rank);

/* What a finding is about, for people: "lamp-policy:3", a certificate id, an account. In mem. */
MUST_USE enum status finding_resource(const struct json_value *finding, struct arena *mem,
                                      struct str *ret, struct why *why);

#endif
