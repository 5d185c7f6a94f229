#include "policy/explain.h"
#include "unit/policy/vectors.h"

static struct str broad_text(struct arena *mem, const struct policy_doc *doc, bool fix)
{
    const struct policy_broad_fact *facts = NULL;
    size_t n = 0;
    struct buf out;
    buf_init(&out, mem, 64 << 10);
    CHECK_OK(policy_broad_find(mem, doc, policy_broad_data_plane(), &facts, &n, NULL));
    assert_true(n > 0);
    if (fix) {
        policy_fix_broad(&out, doc, facts, n);
    } else {
        policy_explain_broad(&out, facts, n);
    }
    CHECK_OK(buf_status(&out));
    return buf_view(&out);
}

static void the_list_of_actions_reads_as_in_aws(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    const struct policy_broad_fact facts[] = {{.action = POLICY_CONNECT},
                                              {.action = POLICY_PUBLISH}};
    struct buf out;
    buf_init(&out, mem, 1024);
    policy_explain_actions(&out, facts, 2);
    CHECK_STR(buf_view(&out), "Policy allows broad access to IoT data plane actions: "
                              "[iot:Connect, iot:Publish].");
}

static void the_sentence_has_statement_resource_and_witness(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    const struct policy_doc *doc = DOC(
        mem, "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":"
             "[\"iot:Publish\",\"iot:RetainPublish\",\"iot:Connect\"],\"Resource\":\"" ARN "*\"}}");
    CHECK_STR(broad_text(mem, doc, false),
              "Statement 0 allows a device to act for devices that are not its own: iot:Connect on "
              "client/<any>; iot:Publish, iot:RetainPublish on "
              "topic/$aws/things/<any>/shadow/update. The resource \"" ARN
              "*\" describes them; <any> is any name.");
}

static void many_actions_of_one_witness_are_counted(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    static const char seven[] = "iot:GetThingShadow, iot:UpdateThingShadow, iot:DeleteThingShadow "
                                "and 4 more on thing/<any>";
    static const char four[] = "iot:GetThingShadow, iot:UpdateThingShadow, iot:DeleteThingShadow, "
                               "iot:UpdateJobExecution on thing/<any>";
    const struct policy_doc *all =
        DOC(mem, "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":"
                 "\"iot:*\",\"Resource\":\"" ARN "thing/*\"}}");
    const struct policy_doc *some = DOC(
        mem, "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":"
             "[\"iot:*ThingShadow\",\"iot:UpdateJobExecution\"],\"Resource\":\"" ARN "thing/*\"}}");
    struct str text = broad_text(mem, all, false);
    assert_non_null(memmem(text.ptr, text.len, seven, sizeof seven - 1));
    text = broad_text(mem, some, false);
    assert_non_null(memmem(text.ptr, text.len, four, sizeof four - 1));
}

#define ONE_STATEMENT                                                                              \
    "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"iot:*\","        \
    "\"Resource\":[%.*s]}}"

static void the_fix_makes_the_example_compliant(void **state)
{
    (void)state;
    static const char *const resources[] = {"client/*",
                                            "topic/$aws/things/*/shadow/update",
                                            "topic/$aws/things/*",
                                            "topic/*",
                                            "topicfilter/$aws/things/+/shadow/update",
                                            "topicfilter/#",
                                            "thing/*",
                                            "*"};
    for (size_t i = 0; i < sizeof resources / sizeof resources[0]; i++) {
        AUTO_ARENA *mem = arena_new(1 << 20);
        struct str text;
        struct str resource;
        CHECK_OK(str_fmt(mem, &resource, NULL, "\"" ARN "%s\"", resources[i]));
        CHECK_OK(str_fmt(mem, &text, NULL, ONE_STATEMENT, STR_ARG(resource)));
        struct str fix = broad_text(mem, doc_of(mem, text), true);
        size_t from = str_find_char(fix, '"', 0);
        size_t to = fix.len;
        while (fix.ptr[to - 1] != '"') {
            to--;
        }
        struct str edited;
        const struct policy_broad_fact *facts = NULL;
        size_t n = 0;
        struct str list = str_slice(fix, from, to);
        CHECK_OK(str_fmt(mem, &edited, NULL, ONE_STATEMENT, STR_ARG(list)));
        CHECK_OK(policy_broad_find(mem, doc_of(mem, edited), policy_broad_data_plane(), &facts, &n,
                                   NULL));
        if (n != 0) {
            fail_msg("%s: still broad after: %.*s", resources[i], STR_ARG(fix));
        }
    }
}

static void never_and_reachable_are_said_with_their_reasons(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(64 << 20);
    const struct policy_doc *doc =
        DOC(mem, "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":"
                 "\"iot:Publish\",\"Resource\":\"" ARN
                 "topic/${iot:Connection.Thing.ThingName}/x\",\"Condition\":{\"Bool\":{\"k\":true}}"
                 "},{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"" ARN "topic/b/*\"}]}");
    struct policy_reach reach;
    struct buf out;
    buf_init(&out, mem, 4096);
    CHECK_OK(policy_reach(mem, doc, POLICY_REACH_PUBLISH, STR("a/x"), &reach, NULL));
    policy_explain_reach(&out, doc, POLICY_REACH_PUBLISH, &reach);
    CHECK_STR(buf_view(&out),
              "A device may publish to a/x: statement 0 allows it when its "
              "conditions hold. So it is where iot:Connection.Thing.ThingName is a.");
    buf_clear(&out);
    CHECK_OK(policy_reach(mem, doc, POLICY_REACH_PUBLISH, STR("b/x"), &reach, NULL));
    policy_explain_reach(&out, doc, POLICY_REACH_PUBLISH, &reach);
    CHECK_STR(buf_view(&out),
              "A device can never publish to what the pattern describes. Denied by statement 1.");
    buf_clear(&out);
    CHECK_OK(policy_reach(mem, doc, POLICY_REACH_CONNECT, STR("*"), &reach, NULL));
    policy_explain_reach(&out, doc, POLICY_REACH_CONNECT, &reach);
    CHECK_STR(buf_view(&out), "A device can never connect as what the pattern describes. No Allow "
                              "statement covers iot:Connect on any of it.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_of_actions_reads_as_in_aws),
        cmocka_unit_test(the_sentence_has_statement_resource_and_witness),
        cmocka_unit_test(many_actions_of_one_witness_are_counted),
        cmocka_unit_test(the_fix_makes_the_example_compliant),
        cmocka_unit_test(never_and_reachable_are_said_with_their_reasons),
    };
    return RUN_TESTS("explain", tests);
}
