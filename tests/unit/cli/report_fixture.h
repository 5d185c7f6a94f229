/* report_fixture.h: a report of two findings whose texts try every escape, in one form. */
#ifndef TESTS_CLI_REPORT_FIXTURE_H
#define TESTS_CLI_REPORT_FIXTURE_H

#include <stdlib.h>

#include "cli/report.h"
#include "lib/check.h"

#define REPORT_TASK                                                                                \
    "{\"taskStatus\":\"COMPLETED\",\"taskStatistics\":{\"totalChecks\":2,\"nonCompliantChecks\":"  \
    "2},"                                                                                          \
    "\"auditDetails\":{\"LOGGING_DISABLED_CHECK\":{\"checkRunStatus\":\"COMPLETED_NON_"            \
    "COMPLIANT\","                                                                                 \
    "\"nonCompliantResourcesCount\":1,\"totalResourcesCount\":1}}}"

/* A check that found something and judged not all, one that failed, one that judged all. */
#define REPORT_TASK_UNJUDGED                                                                       \
    "{\"taskStatus\":\"COMPLETED\",\"taskStatistics\":{\"totalChecks\":3,\"nonCompliantChecks\":"  \
    "1},\"auditDetails\":{"                                                                        \
    "\"LOGGING_DISABLED_CHECK\":{\"checkRunStatus\":\"COMPLETED_NON_COMPLIANT\","                  \
    "\"checkCompliant\":false,\"message\":\"4 resources <could> not be judged.\"},"                \
    "\"CA_CERTIFICATE_EXPIRING_CHECK\":{\"checkRunStatus\":\"FAILED\",\"checkCompliant\":false},"  \
    "\"DEVICE_CERTIFICATE_AGE_CHECK\":{\"checkRunStatus\":\"COMPLETED_COMPLIANT\","                \
    "\"checkCompliant\":true}}}"

/* The low one first: forms must put the worst first. */
#define REPORT_FINDINGS                                                                            \
    "[{\"findingId\":\"f1\",\"taskId\":\"t\",\"checkName\":\"LOGGING_DISABLED_CHECK\","            \
    "\"severity\":\"LOW\",\"nonCompliantResource\":{\"resourceIdentifier\":{\"account\":\"1\"}},"  \
    "\"reasonForNonCompliance\":\"=1+1 <b>&\\\"quoted\\\"\",\"isSuppressed\":true},"               \
    "{\"findingId\":\"f2\",\"taskId\":\"t\",\"checkName\":\"IOT_POLICY_OVERLY_PERMISSIVE_CHECK\"," \
    "\"severity\":\"CRITICAL\",\"nonCompliantResource\":{\"resourceIdentifier\":"                  \
    "{\"policyVersionIdentifier\":{\"policyName\":\"p\",\"policyVersionId\":\"3\"}}},"             \
    "\"reasonForNonCompliance\":\"too wide\",\"isSuppressed\":false}]"

static inline struct audit_report report_make(struct arena *mem)
{
    struct audit_report report = {.url = STR("http://x"), .task_id = STR("t")};
    const struct json_value *list;
    CHECK_OK(json_tree_read(STR(REPORT_TASK), mem, &report.task, NULL));
    CHECK_OK(json_tree_read(STR(REPORT_FINDINGS), mem, &list, NULL));
    report.findings = NEW_ARRAY(mem, const struct json_value *, 2);
    for (const struct json_value *f = JSON_FIRST(list); f != NULL; f = f->next) {
        report.findings[report.n++] = f;
    }
    report_sort(&report);
    return report;
}

/* A report in one form; freed by the caller. */
static inline char *report_text(const char *format, const struct audit_report *report,
                                struct arena *mem)
{
    char *text = NULL;
    size_t len = 0;
    struct cli cli = {.out = open_memstream(&text, &len), .width = 72};
    const struct report_format *form = report_format_find(format);
    assert_non_null(form);
    CHECK_OK(form->write(&cli, report, mem, NULL));
    fclose(cli.out);
    return text;
}

/* A report of that task and so many of the findings. */
static inline struct audit_report report_of(const char *task, size_t n, struct arena *mem)
{
    struct audit_report report = report_make(mem);
    CHECK_OK(json_tree_read(str_from(task), mem, &report.task, NULL));
    report.n = n;
    return report;
}

/* What a report must hold in a form, in this order. */
static inline void check_report_holds(const char *format, const struct audit_report *report,
                                      const char *const *parts, size_t n)
{
    AUTO_ARENA *mem = arena_new(4 << 20);
    char *text = report_text(format, report, mem);
    const char *at = text;
    for (size_t i = 0; i < n; i++) {
        const char *found = strstr(at, parts[i]);
        if (found == NULL) {
            fail_msg("%s lacks \"%s\" in its place:\n%s", format, parts[i], text);
        }
        at = found + strlen(parts[i]);
    }
    free(text);
}

static inline void check_holds(const char *format, const char *const *parts, size_t n)
{
    AUTO_ARENA *mem = arena_new(4 << 20);
    struct audit_report report = report_make(mem);
    check_report_holds(format, &report, parts, n);
}

/* The same for what could not be judged, with nothing found. */
static inline void check_unjudged_holds(const char *format, const char *const *parts, size_t n)
{
    AUTO_ARENA *mem = arena_new(4 << 20);
    struct audit_report report = report_of(REPORT_TASK_UNJUDGED, 0, mem);
    check_report_holds(format, &report, parts, n);
}

#endif
