#include "report_fixture.h"

static void results_have_rules_levels_and_resources(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "\"version\":\"2.1.0\"",
        /* only the checks that ran */
        "\"rules\":[{\"id\":\"LOGGING_DISABLED_CHECK\",\"shortDescription\":{\"text\":", "}}]}},",
        "\"ruleId\":\"IOT_POLICY_OVERLY_PERMISSIVE_CHECK\",\"level\":\"error\"",
        "\"fullyQualifiedName\":\"p:3\"", "\"level\":\"note\""};
    check_holds("sarif", parts, sizeof parts / sizeof parts[0]);
}

static void what_could_not_be_judged_is_a_notification(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "\"invocations\":[{\"executionSuccessful\":false",
        "\"message\":{\"text\":\"LOGGING_DISABLED_CHECK: 4 resources <could> not be judged.\"}",
        "\"associatedRule\":{\"id\":\"LOGGING_DISABLED_CHECK\"}",
        "CA_CERTIFICATE_EXPIRING_CHECK: The check failed.", "\"results\":[]"};
    static const char *const whole[] = {
        "\"executionSuccessful\":true,\"toolExecutionNotifications\":[]", "\"results\":[{"};
    check_unjudged_holds("sarif", parts, sizeof parts / sizeof parts[0]);
    check_holds("sarif", whole, sizeof whole / sizeof whole[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_have_rules_levels_and_resources),
        cmocka_unit_test(what_could_not_be_judged_is_a_notification),
    };
    return RUN_TESTS("report_sarif", tests);
}
