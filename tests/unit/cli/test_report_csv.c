#include "report_fixture.h"

static void fields_are_quoted_and_formulas_disarmed(void **state)
{
    (void)state;
    static const char *const parts[] = {"resource,suppressed,severity",
                                        "\"p:3\",false,\"CRITICAL\"", "\"1\",true,\"LOW\"",
                                        "\"'=1+1 <b>&\"\"quoted\"\"\""};
    check_holds("csv", parts, sizeof parts / sizeof parts[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(fields_are_quoted_and_formulas_disarmed)};
    return RUN_TESTS("report_csv", tests);
}
