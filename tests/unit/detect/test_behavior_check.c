#include "detect/behavior.h"

#include <stdio.h>

#include "base/buf.h"
#include "lib/check.h"

/* An account with one custom metric of each type, named as the type, and one dimension, "d". */
static enum status custom_metric(void *ctx, struct str name, bool *ret_there, struct metric *ret,
                                 struct why *why)
{
    (void)ctx;
    (void)why;
    *ret_there = metric_custom(name, name, ret);
    return STATUS_OK;
}

static enum status dimension(void *ctx, struct str name, bool *ret_there, struct why *why)
{
    (void)ctx;
    (void)why;
    *ret_there = str_eq(name, STR("d"));
    return STATUS_OK;
}

static enum status broken(void *ctx, struct str name, bool *ret_there, struct why *why)
{
    (void)ctx;
    (void)name;
    (void)ret_there;
    return why_set(why, STATUS_IO, "the disk is gone");
}

static const struct behavior_names names = {custom_metric, dimension, NULL};

static int set_up(void **state)
{
    *state = arena_new(4 << 20);
    return *state == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

static struct behavior_faults faults_of(struct arena *mem, const char *json)
{
    struct behaviors behaviors;
    struct behavior_faults faults;
    struct why why;
    CHECK_OK(behaviors_read(mem, str_from(json), &behaviors, &why));
    CHECK_OK(behaviors_check(mem, &behaviors, &names, &faults, &why));
    return faults;
}

/* A behavior's members behind its name, and what is wrong with it; "": nothing. */
static const struct {
    const char *members;
    const char *fault;
} rows[] = {
    /* the metric */
    {"\"criteria\":{\"value\":{\"count\":1}}", "behavior b: it names no metric"},
    {"\"metric\":\"aws:no\"", "behavior b: there is no metric aws:no; `bulwark metrics` lists "
                              "those of AWS, and custom ones are made with CreateCustomMetric"},
    /* the kind of its criteria */
    {"\"metric\":\"aws:all-bytes-in\"",
     "behavior b: its criteria must have exactly one of value, statisticalThreshold and "
     "mlDetectionConfig"},
    {"\"metric\":\"aws:all-bytes-in\",\"criteria\":{\"comparisonOperator\":\"less-than\","
     "\"value\":{\"count\":1},\"statisticalThreshold\":{\"statistic\":\"p90\"}}",
     "behavior b: its criteria must have exactly one of value, statisticalThreshold and "
     "mlDetectionConfig"},
    {"\"metric\":\"aws:listening-tcp-ports\",\"criteria\":{\"comparisonOperator\":\"in-port-set\","
     "\"statisticalThreshold\":{\"statistic\":\"p90\"}}",
     "behavior b: STATISTICAL criteria are not for aws:listening-tcp-ports"},
    {"\"metric\":\"aws:disconnect-duration\",\"criteria\":{\"mlDetectionConfig\":{"
     "\"confidenceLevel\":\"LOW\"}}",
     "behavior b: MACHINE_LEARNING criteria are not for aws:disconnect-duration"},
    {"\"metric\":\"number\",\"criteria\":{\"mlDetectionConfig\":{\"confidenceLevel\":\"LOW\"}}",
     ""},
    /* the operator */
    {"\"metric\":\"aws:all-bytes-in\",\"criteria\":{\"value\":{\"count\":1}}",
     "behavior b: its comparisonOperator is missing; for aws:all-bytes-in it must be less-than, "
     "less-than-equals, greater-than, greater-than-equals"},
    {"\"metric\":\"aws:source-ip-address\",\"criteria\":{\"comparisonOperator\":\"in-port-set\","
     "\"value\":{\"cidrs\":[\"10.0.0.0/8\"]}}",
     "behavior b: its comparisonOperator is in-port-set; for aws:source-ip-address it must be "
     "in-cidr-set, not-in-cidr-set"},
    {"\"metric\":\"aws:disconnect-duration\",\"criteria\":{\"comparisonOperator\":"
     "\"greater-than\",\"value\":{\"count\":300}}",
     "behavior b: its comparisonOperator is greater-than; for aws:disconnect-duration it must be "
     "less-than, less-than-equals"},
    {"\"metric\":\"aws:all-bytes-in\",\"criteria\":{\"comparisonOperator\":\"less-than\","
     "\"mlDetectionConfig\":{\"confidenceLevel\":\"LOW\"}}",
     "behavior b: criteria with mlDetectionConfig have no comparisonOperator: the model learns "
     "the bounds"},
    /* the value */
    {"\"metric\":\"aws:all-bytes-in\",\"criteria\":{\"comparisonOperator\":\"less-than\","
     "\"value\":{\"number\":1}}",
     "behavior b: its value must have count, and nothing else, for aws:all-bytes-in"},
    {"\"metric\":\"number\",\"criteria\":{\"comparisonOperator\":\"less-than\","
     "\"value\":{\"number\":1,\"count\":1}}",
     "behavior b: its value must have number, and nothing else, for number"},
    {"\"metric\":\"ip-address-list\",\"criteria\":{\"comparisonOperator\":\"in-cidr-set\","
     "\"value\":{\"cidrs\":[\"10.0.0.0/8\",\"fd00::/8\",\"192.0.2.7\"]}}",
     ""},
    {"\"metric\":\"aws:listening-udp-ports\",\"criteria\":{\"comparisonOperator\":"
     "\"in-port-set\",\"value\":{\"ports\":[]}}",
     ""},
    {"\"metric\":\"aws:listening-udp-ports\",\"criteria\":{\"comparisonOperator\":"
     "\"not-in-port-set\",\"value\":{\"ports\":[]}}",
     "behavior b: value.ports is empty, so not-in-port-set could never be violated"},
    {"\"metric\":\"string-list\",\"criteria\":{\"comparisonOperator\":\"not-in-set\","
     "\"value\":{\"strings\":[\"root\"]}}",
     ""},
    /* the duration */
    {"\"metric\":\"aws:num-messages-sent\",\"criteria\":{\"comparisonOperator\":\"less-than\","
     "\"value\":{\"count\":1},\"durationSeconds\":3600}",
     ""},
    {"\"metric\":\"aws:num-messages-sent\",\"criteria\":{\"comparisonOperator\":\"less-than\","
     "\"value\":{\"count\":1},\"durationSeconds\":60}",
     "behavior b: durationSeconds is 60; it may be 300, 600, 900, 1800 or 3600"},
    {"\"metric\":\"aws:listening-tcp-ports\",\"criteria\":{\"comparisonOperator\":"
     "\"in-port-set\",\"value\":{\"ports\":[22]},\"durationSeconds\":300}",
     "behavior b: aws:listening-tcp-ports is not measured over a duration; leave durationSeconds "
     "out"},
    {"\"metric\":\"aws:all-bytes-in\",\"criteria\":{\"durationSeconds\":300,"
     "\"mlDetectionConfig\":{\"confidenceLevel\":\"LOW\"}}",
     "behavior b: criteria with mlDetectionConfig have no durationSeconds"},
    /* the dimension */
    {"\"metric\":\"aws:num-messages-sent\",\"metricDimension\":{\"dimensionName\":\"d\"},"
     "\"criteria\":{\"comparisonOperator\":\"less-than\",\"value\":{\"count\":1}}",
     ""},
    {"\"metric\":\"aws:num-messages-sent\",\"metricDimension\":{\"dimensionName\":\"e\"},"
     "\"criteria\":{\"comparisonOperator\":\"less-than\",\"value\":{\"count\":1}}",
     "behavior b: no dimension is named e"},
    {"\"metric\":\"aws:num-disconnects\",\"metricDimension\":{\"dimensionName\":\"d\"},"
     "\"criteria\":{\"comparisonOperator\":\"less-than\",\"value\":{\"count\":1}}",
     "behavior b: aws:num-disconnects cannot be scoped by a dimension"},
};

static void each_rule_names_the_behavior_and_says_what_would_do(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char json[1024];
        snprintf(json, sizeof json, "[{\"name\":\"b\",%s}]", rows[i].members);
        const struct behavior_faults faults = faults_of(*state, json);
        if (rows[i].fault[0] == '\0') {
            if (faults.n != 0) {
                fail_msg("%s: %.*s", json, STR_ARG(faults.at[0]));
            }
            continue;
        }
        assert_int_equal(faults.n, 1);
        CHECK_STR(faults.at[0], rows[i].fault);
    }
}

static void a_network_that_cannot_be_read_is_named_by_its_place(void **state)
{
    const struct behavior_faults faults = faults_of(
        *state, "[{\"name\":\"b\",\"metric\":\"aws:source-ip-address\",\"criteria\":{"
                "\"comparisonOperator\":\"in-cidr-set\",\"value\":{\"cidrs\":[\"10.0.0.0/8\","
                "\"10.0.0.0/64\"]}}}]");
    assert_int_equal(faults.n, 1);
    assert_true(str_starts(faults.at[0], STR("behavior b: value.cidrs[1]: ")));
}

static void all_faults_of_all_behaviors_are_told(void **state)
{
    const struct behavior_faults faults = faults_of(
        *state,
        "[{\"name\":\"a\",\"metric\":\"aws:num-disconnects\",\"metricDimension\":{"
        "\"dimensionName\":\"d\"},\"criteria\":{\"value\":{\"number\":1},\"durationSeconds\":1}},"
        "{\"name\":\"a\",\"metric\":\"aws:no\"}]");
    assert_int_equal(faults.n, 6);
    CHECK_STR(faults.at[5], "behavior a: another behavior has the same name");
}

/* A list of n behaviors, each with n_values ports. */
static const char *many(struct arena *mem, size_t n, size_t n_values)
{
    struct buf out;
    buf_init(&out, mem, 1 << 20);
    for (size_t i = 0; i < n; i++) {
        buf_put_fmt(&out,
                    "%s{\"name\":\"b%zu\",\"metric\":\"aws:listening-tcp-ports\",\"criteria\":{"
                    "\"comparisonOperator\":\"in-port-set\",\"value\":{\"ports\":[",
                    i == 0 ? "[" : ",", i);
        for (size_t j = 0; j < n_values; j++) {
            buf_put_fmt(&out, "%s%zu", j == 0 ? "" : ",", j);
        }
        buf_put_str(&out, STR("]}}}"));
    }
    buf_put(&out, "]", 2);
    assert_int_equal(buf_status(&out), STATUS_OK);
    return buf_view(&out).ptr;
}

static void the_quotas_of_a_profile_hold(void **state)
{
    assert_int_equal(faults_of(*state, many(*state, 100, 10)).n, 0);
    struct behavior_faults faults = faults_of(*state, many(*state, 101, 1));
    assert_int_equal(faults.n, 1);
    CHECK_STR(faults.at[0], "there are 101 behaviors; a profile has at most 100");
    faults = faults_of(*state, many(*state, 91, 11));
    CHECK_STR(faults.at[0], "the values have 1001 elements together; a profile has at most 1000");
}

static void more_faults_than_anybody_reads_are_cut_off(void **state)
{
    struct buf out;
    buf_init(&out, *state, 1 << 20);
    for (size_t i = 0; i < 300; i++) {
        buf_put_fmt(&out, "%s{\"name\":\"b%zu\",\"metric\":\"aws:no\"}", i == 0 ? "[" : ",", i);
    }
    buf_put(&out, "]", 2);
    const struct behavior_faults faults = faults_of(*state, buf_view(&out).ptr);
    assert_int_equal(faults.n, BEHAVIOR_FAULTS_MAX);
    CHECK_STR(faults.at[faults.n - 1], "there are more faults than are listed here");
}

static void a_failure_of_the_store_is_no_fault_of_the_behavior(void **state)
{
    const struct behavior_names gone = {custom_metric, broken, NULL};
    struct behaviors behaviors;
    struct behavior_faults faults;
    struct why why;
    CHECK_OK(behaviors_read(*state,
                            STR("[{\"name\":\"b\",\"metric\":\"aws:num-messages-sent\","
                                "\"metricDimension\":{\"dimensionName\":\"d\"},\"criteria\":{"
                                "\"mlDetectionConfig\":{\"confidenceLevel\":\"LOW\"}}}]"),
                            &behaviors, &why));
    CHECK_STATUS(behaviors_check(*state, &behaviors, &gone, &faults, &why), STATUS_IO);
    CHECK_STR(str_from(why.text), "the disk is gone");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_rule_names_the_behavior_and_says_what_would_do),
        TEST(a_network_that_cannot_be_read_is_named_by_its_place),
        TEST(all_faults_of_all_behaviors_are_told),
        TEST(the_quotas_of_a_profile_hold),
        TEST(more_faults_than_anybody_reads_are_cut_off),
        TEST(a_failure_of_the_store_is_no_fault_of_the_behavior),
    };
    return RUN_TESTS("detect/behavior_check", tests);
}
