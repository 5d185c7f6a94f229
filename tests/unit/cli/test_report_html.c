#include "report_fixture.h"

static void texts_are_escaped_and_the_worst_comes_first(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "<!doctype html>",  "CRITICAL: IOT_POLICY_OVERLY_PERMISSIVE_CHECK",
        "<code>p:3</code>", "LOW: LOGGING_DISABLED_CHECK",
        "(suppressed)",     "=1+1 &lt;b&gt;&amp;&quot;quoted&quot;"};
    check_holds("html", parts, sizeof parts / sizeof parts[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_escaped_and_the_worst_comes_first)};
    return RUN_TESTS("report_html", tests);
}
