#include "report_fixture.h"

static void results_have_rules_levels_and_resources(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "\"version\":\"2.1.0\"", "\"id\":\"CA_CERTIFICATE_EXPIRING_CHECK\"",
        "\"ruleId\":\"IOT_POLICY_OVERLY_PERMISSIVE_CHECK\",\"level\":\"error\"",
        "\"fullyQualifiedName\":\"p:3\"", "\"level\":\"note\""};
    check_holds("sarif", parts, sizeof parts / sizeof parts[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(results_have_rules_levels_and_resources)};
    return RUN_TESTS("report_sarif", tests);
}
