#include <jansson.h>

#include "unit/cli/run.h"

static void exit_codes_say_what_was_found(void **state)
{
    (void)state;
    struct {
        const char *words;
        const char *input;
        int code;
        const char *out;
        const char *err;
    } const rows[] = {
        {"policy check -", NARROW, CLI_OK, "-: compliant", ""},
        {"policy check -", WIDE, CLI_FOUND, "CRITICAL ALLOWS_BROAD_ACCESS", ""},
        {"policy check -", "{", CLI_UNUSABLE, "", "-: at byte 1"},
        {"policy check /nowhere", "", CLI_UNUSABLE, "", "cannot open /nowhere"},
        {"policy check - /nowhere", WIDE, CLI_UNUSABLE, "not compliant", "cannot open"},
        {"policy check", "", CLI_UNUSABLE, "", "which policy files?"},
        {"policy check --format", "", CLI_UNUSABLE, "", "--format needs"},
        {"policy check --format xml -", "", CLI_UNUSABLE, "", "text, json or sarif"},
        {"policy check --colour -", "", CLI_UNUSABLE, "", "no such option"},
        {"policy check -- --format", "", CLI_UNUSABLE, "", "cannot open --format"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ran ran = run_cli(rows[i].words, rows[i].input);
        if (ran.code != rows[i].code || strstr(ran.out, rows[i].out) == NULL ||
            strstr(ran.err, rows[i].err) == NULL) {
            fail_msg("%s: %d\n%s\n%s", rows[i].words, ran.code, ran.out, ran.err);
        }
        ran_free(&ran);
    }
}

static const char *text_of(json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "(absent)" : text;
}

static void json_has_one_object_for_each_file(void **state)
{
    (void)state;
    struct ran ran = run_cli("policy check --format=json - /nowhere", WIDE);
    assert_int_equal(ran.code, CLI_UNUSABLE);
    json_t *first = json_loads(ran.out, JSON_DISABLE_EOF_CHECK, NULL);
    json_t *second = json_loads(strchr(ran.out, '\n'), 0, NULL);
    assert_string_equal(text_of(first, "file"), "-");
    assert_true(json_is_false(json_object_get(first, "compliant")));
    assert_int_equal(json_array_size(json_object_get(first, "findings")), 1);
    json_t *finding = json_array_get(json_object_get(first, "findings"), 0);
    assert_string_equal(text_of(finding, "check"), "IOT_POLICY_OVERLY_PERMISSIVE_CHECK");
    assert_string_equal(text_of(finding, "reasonCode"),
                        "ALLOWS_BROAD_ACCESS_TO_IOT_DATA_PLANE_ACTIONS");
    assert_int_equal(json_integer_value(json_object_get(finding, "statement")), 0);
    assert_string_equal(text_of(finding, "witness"), "client/<any>");
    assert_non_null(strstr(text_of(finding, "explanation"), "iot:Connect on client/<any>"));
    assert_string_equal(text_of(second, "file"), "/nowhere");
    assert_non_null(strstr(text_of(second, "error"), "cannot open"));
    json_decref(first);
    json_decref(second);
    ran_free(&ran);
}

static void sarif_has_rules_results_and_places(void **state)
{
    (void)state;
    struct ran ran = run_cli("policy check --format sarif -", WIDE);
    json_t *sarif = json_loads(ran.out, 0, NULL);
    assert_non_null(sarif);
    assert_int_equal(ran.code, CLI_FOUND);
    assert_string_equal(text_of(sarif, "version"), "2.1.0");
    json_t *run = json_array_get(json_object_get(sarif, "runs"), 0);
    json_t *driver = json_object_get(json_object_get(run, "tool"), "driver");
    json_t *rules = json_object_get(driver, "rules");
    json_t *result = json_array_get(json_object_get(run, "results"), 0);
    size_t rule = (size_t)json_integer_value(json_object_get(result, "ruleIndex"));
    assert_string_equal(text_of(result, "ruleId"), text_of(json_array_get(rules, rule), "id"));
    assert_string_equal(text_of(result, "level"), "error");
    json_t *place = json_array_get(json_object_get(result, "locations"), 0);
    json_t *file = json_object_get(json_object_get(place, "physicalLocation"), "artifactLocation");
    assert_string_equal(text_of(file, "uri"), "stdin");
    json_t *invocation = json_array_get(json_object_get(run, "invocations"), 0);
    assert_true(json_is_true(json_object_get(invocation, "executionSuccessful")));
    json_decref(sarif);
    ran_free(&ran);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exit_codes_say_what_was_found),
        cmocka_unit_test(json_has_one_object_for_each_file),
        cmocka_unit_test(sarif_has_rules_results_and_places),
    };
    return RUN_TESTS("policy_check", tests);
}
