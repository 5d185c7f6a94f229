#include "policy/misconfig.h"
#include "unit/policy/vectors.h"

static const char *const codes[POLICY_MISCONFIG_COUNT] = {
    [POLICY_MQTT_WILDCARD_IN_DENY] = "POLICY_CONTAINS_MQTT_WILDCARDS_IN_DENY_STATEMENT",
    [POLICY_DENIED_TOPIC_RECEIVED] = "TOPIC_FILTERS_INTENDED_TO_DENY_ALLOWED_USING_WILDCARDS",
};

static void check_vector(struct arena *mem, const struct vector *v)
{
    const struct policy_misconfig_fact *facts = NULL;
    size_t n = 0;
    struct buf got;
    CHECK_OK(policy_misconfig_find(mem, doc_of(mem, v->text), &facts, &n, NULL));
    buf_init(&got, mem, 4096);
    for (size_t i = 0; i < n; i++) {
        buf_put_fmt(&got, "%s\n", codes[facts[i].kind]);
    }
    vector_says(v, buf_view(&got));
}

static void every_example_has_its_verdict(void **state)
{
    (void)state;
    for_each_vector("misconfig", true, 15, check_vector);
}

static void a_denied_topic_comes_with_the_filter_that_brings_it(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(16 << 20);
    const struct policy_misconfig_fact *facts = NULL;
    size_t n = 0;
    struct str text = vector_file(mem, "misconfig", "M2-wider-allow", ".json");
    CHECK_OK(policy_misconfig_find(mem, doc_of(mem, text), &facts, &n, NULL));
    assert_int_equal(n, 1);
    assert_int_equal(facts[0].statement, 1);
    assert_int_equal(facts[0].allowed_by, 0);
    CHECK_STR(facts[0].resource, ARN "topicfilter/building/control_room/*");
    CHECK_STR(facts[0].filter, "building/#");
    CHECK_STR(facts[0].topic, "building/control_room/");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_example_has_its_verdict),
        cmocka_unit_test(a_denied_topic_comes_with_the_filter_that_brings_it),
    };
    return RUN_TESTS("misconfig", tests);
}
