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

static void an_issuer_is_named_by_its_serial_number_or_its_id(void **state)
{
    (void)state;
    static const struct {
        const char *number; /* a member more */
        const char *name;
    } rows[] = {{"", "CN=a, id 3f"},
                {",\"issuerCertificateSerialNumber\":\"07\"", "CN=a, serial 07"}};
    AUTO_ARENA *mem = arena_new(1 << 20);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct json_value *finding = NULL;
        struct str text, resource;
        CHECK_OK(str_fmt(mem, &text, NULL,
                         "{\"nonCompliantResource\":{\"resourceIdentifier\":{"
                         "\"issuerCertificateIdentifier\":{\"issuerCertificateSubject\":\"CN=a\","
                         "\"issuerId\":\"3f\"%s}}}}",
                         rows[i].number));
        CHECK_OK(json_tree_read(text, mem, &finding, NULL));
        CHECK_OK(finding_resource(finding, mem, &resource, NULL));
        CHECK_STR(resource, rows[i].name);
    }
}

static void what_could_not_be_judged_is_no_compliance(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct audit_report report = {.n = 0};
    CHECK_OK(json_tree_read(STR("{\"taskStatus\":\"COMPLETED\",\"auditDetails\":{\"A\":{"
                                "\"checkRunStatus\":\"COMPLETED_COMPLIANT\","
                                "\"checkCompliant\":true}}}"),
                            mem, &report.task, NULL));
    assert_false(report_unjudged(&report));
    CHECK_OK(json_tree_read(STR("{\"taskStatus\":\"COMPLETED\",\"auditDetails\":{\"A\":{"
                                "\"checkRunStatus\":\"COMPLETED_COMPLIANT\","
                                "\"checkCompliant\":false}}}"),
                            mem, &report.task, NULL));
    assert_true(report_unjudged(&report));
}

static void what_found_something_and_judged_not_all_is_not_wholly_judged(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(4 << 20);
    struct audit_report report = report_of(REPORT_TASK_UNJUDGED, 2, mem);
    struct str why;
    const struct json_value *run = report_next_unjudged(report_checks(&report), &why);
    assert_true(report_unjudged(&report));
    CHECK_STR(run->key, "LOGGING_DISABLED_CHECK");
    run = report_next_unjudged(run->next, &why);
    CHECK_STR(run->key, "CA_CERTIFICATE_EXPIRING_CHECK");
    CHECK_STR(why, "The check failed.");
    assert_null(report_next_unjudged(run->next, &why));
    report = report_of(REPORT_TASK, 2, mem);
    assert_false(report_unjudged(&report));
    report = report_of("{\"taskStatus\":\"FAILED\"}", 0, mem);
    assert_true(report_unjudged(&report));
    CHECK_STR(report_broken_off(&report), "FAILED");
}

static void every_form_is_joined_by_a_sentence_on_err(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(4 << 20);
    struct audit_report report = report_of(REPORT_TASK_UNJUDGED, 0, mem);
    char *text = NULL;
    size_t len = 0;
    struct cli cli = {.err = open_memstream(&text, &len)};
    report_warn(&cli, &report);
    fclose(cli.err);
    assert_string_equal(
        text, "bulwark audit: LOGGING_DISABLED_CHECK: 4 resources <could> not be judged.\n"
              "bulwark audit: CA_CERTIFICATE_EXPIRING_CHECK: The check failed.\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worst_comes_first_and_counts_leave_out_the_suppressed),
        cmocka_unit_test(an_issuer_is_named_by_its_serial_number_or_its_id),
        cmocka_unit_test(what_could_not_be_judged_is_no_compliance),
        cmocka_unit_test(what_found_something_and_judged_not_all_is_not_wholly_judged),
        cmocka_unit_test(every_form_is_joined_by_a_sentence_on_err),
    };
    return RUN_TESTS("report", tests);
}
