#include "report_fixture.h"

static void people_see_the_worst_first_with_advice(void **state)
{
    (void)state;
    static const char *const parts[] = {"Audit t",
                                        "CRITICAL",
                                        "IOT_POLICY_OVERLY_PERMISSIVE_CHECK",
                                        "p:3",
                                        "too wide",
                                        "One stolen device",
                                        "LOW",
                                        "LOGGING_DISABLED_CHECK: 1 of 1",
                                        "suppressed"};
    check_holds("table", parts, sizeof parts / sizeof parts[0]);
}

static void the_first_line_says_how_much_was_judged(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(4 << 20);
    static const char *const unjudged[] = {"3 checks, no findings; 2 did not judge everything.\n",
                                           "CA_CERTIFICATE_EXPIRING_CHECK", "The check failed.",
                                           "not everything could be judged"};
    static const char *const clean[] = {": 1 check, no findings.\n", "Nothing found."};
    static const char *const found[] = {": 2 checks, 2 findings in 2 of them.\n"};
    struct audit_report report =
        report_of("{\"taskStatus\":\"COMPLETED\",\"taskStatistics\":{\"totalChecks\":1}}", 0, mem);
    check_unjudged_holds("table", unjudged, sizeof unjudged / sizeof unjudged[0]);
    check_report_holds("table", &report, clean, sizeof clean / sizeof clean[0]);
    check_holds("table", found, sizeof found / sizeof found[0]);
}

static void the_first_line_is_wrapped(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(4 << 20);
    struct audit_report report =
        report_of("{\"taskStatus\":\"COMPLETED\",\"taskStatistics\":{\"totalChecks\":1}}", 0, mem);
    report.task_id = STR("0123456789abcdef0123456789abcdef");
    static const char *const parts[] = {
        "Audit 0123456789abcdef0123456789abcdef COMPLETED: 1 check, no findings.\n"};
    check_report_holds("table", &report, parts, 1);
    report.task_id = STR("0123456789abcdef0123456789abcdef01234567");
    static const char *const wrapped[] = {
        "Audit 0123456789abcdef0123456789abcdef01234567 COMPLETED: 1 check, no\n  findings.\n"};
    check_report_holds("table", &report, wrapped, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people_see_the_worst_first_with_advice),
        cmocka_unit_test(the_first_line_says_how_much_was_judged),
        cmocka_unit_test(the_first_line_is_wrapped),
    };
    return RUN_TESTS("report_table", tests);
}
