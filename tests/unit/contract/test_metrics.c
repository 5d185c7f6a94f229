#include "lib/check.h"

#include "contract/metrics.h"

static void the_guide_has_eighteen_metrics_and_each_is_found_by_its_name(void **state)
{
    (void)state;
    assert_int_equal(n_metrics, 18);
    for (size_t i = 0; i < n_metrics; i++) {
        assert_ptr_equal(metric_find(metrics[i].name), &metrics[i]);
    }
    assert_null(metric_find(STR("aws:num-messages")));
    assert_null(metric_find(STR("")));
}

/* "Scoping metrics in security profiles using dimensions": exactly five. */
static void five_metrics_can_be_scoped(void **state)
{
    (void)state;
    static const char *const scoped[] = {"aws:message-byte-size", "aws:num-messages-sent",
                                         "aws:num-messages-received",
                                         "aws:num-authorization-failures", "aws:source-ip-address"};
    size_t n = 0;
    for (size_t i = 0; i < n_metrics; i++) {
        n += metrics[i].dimension;
    }
    assert_int_equal(n, 5);
    for (size_t i = 0; i < n; i++) {
        assert_true(metric_find(str_from(scoped[i]))->dimension);
    }
}

/* "ML Detect": thirteen metrics, and of the custom ones numbers alone. */
static void machine_learning_is_for_numbers_but_not_for_time_offline(void **state)
{
    (void)state;
    size_t n = 0;
    struct metric custom;
    for (size_t i = 0; i < n_metrics; i++) {
        assert_true(metric_takes(&metrics[i], CRITERIA_STATIC));
        n += metric_takes(&metrics[i], CRITERIA_MACHINE_LEARNING);
    }
    assert_int_equal(n, 13);
    assert_false(
        metric_takes(metric_find(STR("aws:disconnect-duration")), CRITERIA_MACHINE_LEARNING));
    assert_true(metric_custom(STR("n"), STR("number"), &custom));
    assert_true(metric_takes(&custom, CRITERIA_MACHINE_LEARNING));
    assert_true(metric_custom(STR("n"), STR("number-list"), &custom));
    assert_false(metric_takes(&custom, CRITERIA_MACHINE_LEARNING));
    assert_false(metric_takes(&custom, CRITERIA_STATISTICAL));
    assert_false(metric_custom(STR("n"), STR("text"), &custom));
}

static void operators_are_those_of_the_values(void **state)
{
    (void)state;
    static const struct {
        const char *metric;
        const char *fits[4];
    } rows[] = {
        {"aws:all-bytes-out",
         {"less-than", "less-than-equals", "greater-than", "greater-than-equals"}},
        {"aws:disconnect-duration", {"less-than", "less-than-equals"}},
        {"aws:listening-tcp-ports", {"in-port-set", "not-in-port-set"}},
        {"aws:source-ip-address", {"in-cidr-set", "not-in-cidr-set"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct metric *metric = metric_find(str_from(rows[i].metric));
        size_t want = 0, got = 0;
        for (; want < 4 && rows[i].fits[want] != NULL; want++) {
            enum comparison comparison;
            assert_true(comparison_find(str_from(rows[i].fits[want]), &comparison));
            CHECK_STR(comparison_name(comparison), rows[i].fits[want]);
            assert_true(metric_compares(metric, comparison));
        }
        for (int c = 0; c < COMPARISON_COUNT; c++) {
            got += metric_compares(metric, (enum comparison)c);
        }
        assert_int_equal(got, want);
    }
}

static void lists_have_no_duration(void **state)
{
    (void)state;
    assert_true(metric_has_duration(metric_find(STR("aws:num-messages-sent"))));
    assert_true(metric_has_duration(metric_find(STR("aws:num-listening-tcp-ports"))));
    assert_false(metric_has_duration(metric_find(STR("aws:listening-tcp-ports"))));
    assert_false(metric_has_duration(metric_find(STR("aws:disconnect-duration"))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_guide_has_eighteen_metrics_and_each_is_found_by_its_name),
        cmocka_unit_test(five_metrics_can_be_scoped),
        cmocka_unit_test(machine_learning_is_for_numbers_but_not_for_time_offline),
        cmocka_unit_test(operators_are_those_of_the_values),
        cmocka_unit_test(lists_have_no_duration),
    };
    return RUN_TESTS("contract/metrics", tests);
}
