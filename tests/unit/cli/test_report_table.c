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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(people_see_the_worst_first_with_advice)};
    return RUN_TESTS("report_table", tests);
}
