#include "report_fixture.h"

static void findings_stand_as_the_api_gave_them(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "{\"endpoint\":\"http://x\",\"taskId\":\"t\",\"task\":{\"taskStatus\":\"COMPLETED\"",
        "\"findings\":[{\"findingId\":\"f2\"", "\"findingId\":\"f1\"", "=1+1 <b>&\\\"quoted\\\""};
    check_holds("json", parts, sizeof parts / sizeof parts[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(findings_stand_as_the_api_gave_them)};
    return RUN_TESTS("report_json", tests);
}
