#include "report_fixture.h"

static void the_worst_comes_first_and_counts_leave_out_the_suppressed(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct audit_report report = report_make(mem);
    struct str resource;
    CHECK_OK(finding_resource(report.findings[0], mem, &resource, NULL));
    CHECK_STR(resource, "p:3");
    assert_int_equal(report_count(&report, RANK_HIGH), 1);
    assert_int_equal(report_count(&report, RANK_LOW), 1); /* the low one is suppressed */
    assert_int_equal(severity_rank(STR("CRITICAL")), RANK_CRITICAL);
    assert_null(report_format_find("yaml"));
}

static void what_could_not_be_judged_is_no_compliance(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct audit_report report = {.n = 0};
    CHECK_OK(
        json_tree_read(STR("{\"auditDetails\":{\"A\":{\"checkRunStatus\":\"COMPLETED_COMPLIANT\","
                           "\"checkCompliant\":true}}}"),
                       mem, &report.task, NULL));
    assert_false(report_unjudged(&report));
    CHECK_OK(
        json_tree_read(STR("{\"auditDetails\":{\"A\":{\"checkRunStatus\":\"COMPLETED_COMPLIANT\","
                           "\"checkCompliant\":false}}}"),
                       mem, &report.task, NULL));
    assert_true(report_unjudged(&report));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worst_comes_first_and_counts_leave_out_the_suppressed),
        cmocka_unit_test(what_could_not_be_judged_is_no_compliance),
    };
    return RUN_TESTS("report", tests);
}
