#include "detect/behavior.h"

#include "lib/check.h"

static struct behaviors read_all(struct arena *mem, const char *json)
{
    struct behaviors behaviors;
    struct why why;
    CHECK_OK(behaviors_read(mem, str_from(json), &behaviors, &why));
    return behaviors;
}

static int set_up(void **state)
{
    *state = arena_new(1 << 20);
    return *state == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

static void what_is_left_out_has_the_defaults_of_the_guide(void **state)
{
    const struct behaviors behaviors =
        read_all(*state, "[{\"name\":\"b\",\"metric\":\"aws:all-bytes-out\",\"criteria\":{"
                         "\"comparisonOperator\":\"less-than\",\"value\":{\"count\":9}}}]");
    const struct behavior *b = &behaviors.at[0];
    assert_int_equal(behaviors.n, 1);
    CHECK_STR(b->name, "b");
    CHECK_STR(b->metric, "aws:all-bytes-out");
    assert_true(str_absent(b->dimension));
    assert_int_equal(b->kinds, 1U << CRITERIA_STATIC);
    assert_int_equal(b->forms, 1U << FORM_COUNT);
    assert_int_equal(b->value.count, 9);
    assert_int_equal(b->value.n, 1);
    assert_true(b->compares);
    assert_int_equal(b->comparison, COMPARE_LESS_THAN);
    assert_false(b->has_duration);
    assert_int_equal(b->duration, 300);
    assert_int_equal(b->to_alarm, 1);
    assert_int_equal(b->to_clear, 1);
    assert_false(b->suppress_alerts);
    assert_false(b->exported);
}

static void every_member_is_read(void **state)
{
    const struct behaviors behaviors = read_all(
        *state,
        "[{\"name\":\"b\",\"metric\":\"aws:num-messages-sent\",\"metricDimension\":{"
        "\"dimensionName\":\"d\",\"operator\":\"NOT_IN\"},\"criteria\":{\"comparisonOperator\":"
        "\"greater-than\",\"durationSeconds\":900,\"consecutiveDatapointsToAlarm\":2,"
        "\"consecutiveDatapointsToClear\":3,\"statisticalThreshold\":{\"statistic\":\"p99.9\"}},"
        "\"suppressAlerts\":true,\"exportMetric\":true},"
        "{\"name\":\"c\",\"metric\":\"m\",\"criteria\":{\"mlDetectionConfig\":{"
        "\"confidenceLevel\":\"HIGH\"}}}]");
    const struct behavior *b = &behaviors.at[0];
    CHECK_STR(b->dimension, "d");
    assert_true(b->dimension_not_in);
    assert_int_equal(b->kinds, 1U << CRITERIA_STATISTICAL);
    CHECK_STR(b->statistic, "p99.9");
    assert_true(b->has_duration);
    assert_int_equal(b->duration, 900);
    assert_int_equal(b->to_alarm, 2);
    assert_int_equal(b->to_clear, 3);
    assert_true(b->suppress_alerts);
    assert_true(b->exported);
    assert_int_equal(behaviors.at[1].kinds, 1U << CRITERIA_MACHINE_LEARNING);
    CHECK_STR(behaviors.at[1].confidence, "HIGH");
    assert_false(behaviors.at[1].compares);
}

static void each_form_of_value_is_read_as_what_it_is(void **state)
{
    const struct behaviors behaviors =
        read_all(*state, "[{\"name\":\"a\",\"criteria\":{\"value\":{\"number\":-1.5}}},"
                         "{\"name\":\"b\",\"criteria\":{\"value\":{\"numbers\":[1,2.5]}}},"
                         "{\"name\":\"c\",\"criteria\":{\"value\":{\"ports\":[22,8883]}}},"
                         "{\"name\":\"d\",\"criteria\":{\"value\":{\"cidrs\":[\"10.0.0.0/8\"]}}},"
                         "{\"name\":\"e\",\"criteria\":{\"value\":{\"strings\":[\"x\",\"y\"]}}},"
                         "{\"name\":\"f\",\"criteria\":{\"value\":{\"ports\":[],\"count\":1}}}]");
    assert_true(behaviors.at[0].value.numbers[0] == -1.5);
    assert_int_equal(behaviors.at[1].value.n, 2);
    assert_true(behaviors.at[1].value.numbers[1] == 2.5);
    assert_int_equal(behaviors.at[2].value.ports[1], 8883);
    CHECK_STR(behaviors.at[3].value.texts[0], "10.0.0.0/8");
    CHECK_STR(behaviors.at[4].value.texts[1], "y");
    assert_int_equal(behaviors.at[5].forms, (1U << FORM_PORTS) | (1U << FORM_COUNT));
}

static void what_is_no_list_is_damage(void **state)
{
    struct behaviors behaviors;
    struct why why;
    CHECK_STATUS(behaviors_read(*state, STR("{"), &behaviors, &why), STATUS_CORRUPT);
    CHECK_STATUS(behaviors_read(*state, STR("{}"), &behaviors, &why), STATUS_CORRUPT);
    CHECK_OK(behaviors_read(*state, STR("[]"), &behaviors, &why));
    assert_int_equal(behaviors.n, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_left_out_has_the_defaults_of_the_guide),
        TEST(every_member_is_read),
        TEST(each_form_of_value_is_read_as_what_it_is),
        TEST(what_is_no_list_is_damage),
    };
    return RUN_TESTS("detect/behavior", tests);
}
