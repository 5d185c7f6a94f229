#include "contract/metrics.h"

#include <jansson.h>

#include "unit/cli/run.h"

static void every_metric_is_in_the_text_and_in_the_json(void **state)
{
    (void)state;
    struct ran text = run_cli("metrics", "");
    struct ran json = run_cli("metrics --format json", "");
    json_t *list = json_loads(json.out, 0, NULL);
    assert_int_equal(text.code, CLI_OK);
    assert_int_equal(json.code, CLI_OK);
    assert_int_equal(json_array_size(list), n_metrics);
    for (size_t i = 0; i < n_metrics; i++) {
        const json_t *row = json_array_get(list, i);
        assert_non_null(strstr(text.out, metrics[i].name.ptr));
        CHECK_STR(metrics[i].name, json_string_value(json_object_get(row, "name")));
        assert_int_equal(json_is_true(json_object_get(row, "dimension")), metrics[i].dimension);
    }
    json_decref(list);
    ran_free(&text);
    ran_free(&json);
}

static void the_text_says_what_a_behavior_may_say(void **state)
{
    (void)state;
    struct ran ran = run_cli("metrics", "");
    assert_non_null(strstr(ran.out, "aws:num-messages-sent\n"
                                    "  broker: messages published by the device\n"
                                    "  value.count, in messages\n"
                                    "  less-than, less-than-equals, greater-than, "
                                    "greater-than-equals\n"
                                    "  criteria: STATIC, STATISTICAL, MACHINE_LEARNING; "
                                    "durationSeconds 300, 600, 900, 1800, 3600; may be scoped by a "
                                    "dimension\n"));
    ran_free(&ran);
}

static void what_is_no_option_is_refused(void **state)
{
    (void)state;
    struct ran ran = run_cli("metrics --format xml", "");
    assert_int_equal(ran.code, CLI_UNUSABLE);
    assert_non_null(strstr(ran.err, "--format is xml; it is one of text or json"));
    ran_free(&ran);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_metric_is_in_the_text_and_in_the_json),
        cmocka_unit_test(the_text_says_what_a_behavior_may_say),
        cmocka_unit_test(what_is_no_option_is_refused),
    };
    return RUN_TESTS("cli/metrics", tests);
}
