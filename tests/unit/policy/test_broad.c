#include "policy/broad.h"
#include "unit/policy/vectors.h"

static void check_vector(struct arena *mem, const struct vector *v)
{
    const struct policy_broad_fact *facts = NULL;
    size_t n = 0;
    struct buf got;
    CHECK_OK(
        policy_broad_find(mem, doc_of(mem, v->text), policy_broad_data_plane(), &facts, &n, NULL));
    buf_init(&got, mem, 4096);
    for (size_t i = 0; i < n; i++) {
        buf_put_fmt(&got, "iot:%.*s\n", STR_ARG(policy_actions[facts[i].action].name));
    }
    vector_says(v, buf_view(&got));
}

static void every_example_has_its_verdict(void **state)
{
    (void)state;
    for_each_vector("broad", true, 60, check_vector);
}

static void the_fact_names_statement_resource_and_witness(void **state)
{
    (void)state;
    struct {
        const char *statement;
        const char *resource;
        const char *witness;
    } const rows[] = {
        {"\"Action\":\"iot:Connect\",\"Resource\":\"" ARN "client/*\"", ARN "client/*",
         "client/<any>"},
        {"\"Action\":\"iot:Connect\",\"Resource\":\"" ARN "client/${iot:ClientId}\"",
         ARN "client/${iot:ClientId}", "client/<any>"},
        {"\"Action\":\"iot:Publish\",\"Resource\":\"*\"", "*",
         "topic/$aws/things/<any>/shadow/update"},
        {"\"Action\":\"iot:Publish\",\"Resource\":\"" ARN "topic/$aws/things/?x?/shadow\"",
         ARN "topic/$aws/things/?x?/shadow", "topic/$aws/things/<any>xy/shadow"},
        {"\"Action\":\"iot:Publish\",\"Resource\":\"" ARN
         "topic/*/${iot:Connection.Thing.ThingName}\"",
         ARN "topic/*/${iot:Connection.Thing.ThingName}",
         "topic/$aws/things/<any>/${iot:Connection.Thing.ThingName}"},
        {"\"Action\":\"iot:Subscribe\",\"Resource\":[\"" ARN "topicfilter/a\",\"" ARN
         "topicfilter/$aws/things/+/shadow/update\"]",
         ARN "topicfilter/$aws/things/+/shadow/update", "topicfilter/$aws/things/+/shadow/update"},
        {"\"Action\":\"iot:Subscribe\",\"Resource\":\"" ARN "topicfilter/?\"", ARN "topicfilter/?",
         "topicfilter/#"},
        {"\"Action\":\"iot:GetThingShadow\",\"NotResource\":\"" ARN "thing/mine\"",
         ARN "thing/mine", "thing/<any>"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_ARENA *mem = arena_new(16 << 20);
        struct str text;
        const struct policy_broad_fact *facts = NULL;
        size_t n = 0;
        CHECK_OK(
            str_fmt(mem, &text, NULL,
                    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                    "\"Action\":\"iot:Receive\",\"Resource\":\"*\"},{\"Effect\":\"Allow\",%s}]}",
                    rows[i].statement));
        CHECK_OK(
            policy_broad_find(mem, doc_of(mem, text), policy_broad_data_plane(), &facts, &n, NULL));
        assert_int_equal(n, 1);
        assert_int_equal(facts[0].statement, 1);
        CHECK_STR(facts[0].resource, rows[i].resource);
        CHECK_STR(facts[0].witness, rows[i].witness);
    }
}

static void reading_things_of_all_is_broad_for_its_own_class(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(16 << 20);
    const struct policy_broad_fact *facts = NULL;
    size_t n = 0;
    const struct policy_doc *wide = DOC(mem, "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":"
                                             "\"iot:Describe*\",\"Resource\":\"" ARN "thing/*\"}}");
    const struct policy_doc *narrow =
        DOC(mem, "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"iot:Describe*\",\"Resource\":"
                 "\"" ARN "/thing/MyThing*\"}}");
    uint64_t read = policy_class_set(POLICY_CLASS_READ);
    CHECK_OK(policy_broad_find(mem, wide, read, &facts, &n, NULL));
    assert_int_equal(n, 1);
    assert_int_equal(facts[0].action, POLICY_DESCRIBE_THING);
    CHECK_OK(policy_broad_find(mem, narrow, read, &facts, &n, NULL));
    assert_int_equal(n, 0);
    assert_true(policy_allows_anywhere(narrow, STR("iot:DescribeJob")));
    assert_false(policy_allows_anywhere(narrow, STR("iot:CreateJob")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_example_has_its_verdict),
        cmocka_unit_test(the_fact_names_statement_resource_and_witness),
        cmocka_unit_test(reading_things_of_all_is_broad_for_its_own_class),
    };
    return RUN_TESTS("broad", tests);
}
