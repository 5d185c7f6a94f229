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

static void what_could_not_be_judged_stands_in_a_box(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "0 findings.", "<div class=\"unjudged\">",
        "LOGGING_DISABLED_CHECK: 4 resources &lt;could&gt; not be judged.",
        "CA_CERTIFICATE_EXPIRING_CHECK: The check failed.",
        "Nothing was found in what could be judged."};
    check_unjudged_holds("html", parts, sizeof parts / sizeof parts[0]);
}

static void one_finding_is_one_and_all_that_was_judged_has_no_box(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(4 << 20);
    struct audit_report report = report_of(REPORT_TASK, 1, mem);
    char *text = report_text("html", &report, mem);
    assert_non_null(strstr(text, ": 1 finding.</p>"));
    assert_null(strstr(text, "<div class=\"unjudged\">"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_escaped_and_the_worst_comes_first),
        cmocka_unit_test(what_could_not_be_judged_stands_in_a_box),
        cmocka_unit_test(one_finding_is_one_and_all_that_was_judged_has_no_box),
    };
    return RUN_TESTS("report_html", tests);
}
