#include "contract/contract.h"
#include "lib/check.h"
#include "policy/actions.h"

static unsigned count(uint64_t set)
{
    return (unsigned)__builtin_popcountll(set);
}

static void patterns_cover_what_they_describe(void **state)
{
    (void)state;
    assert_int_equal(count(policy_actions_covered(STR("*"))), POLICY_ACTION_COUNT);
    assert_int_equal(count(policy_actions_covered(STR("iot:*"))), POLICY_ACTION_COUNT);
    assert_int_equal(count(policy_actions_covered(STR("iotjobsdata:*"))), 4);
    assert_int_equal(count(policy_actions_covered(STR("iot:*Shadow"))), 3);
    assert_int_equal(count(policy_actions_covered(STR("io?:Publish"))), 1);
    assert_int_equal(count(policy_actions_covered(STR("iot:Publishing"))), 0);
    assert_int_equal(count(policy_actions_covered(STR("iotjobsdata:Publish"))), 0);
    assert_int_equal(count(policy_actions_covered(STR("s3:*"))), 0);
    for (int i = 0; i < POLICY_ACTION_COUNT; i++) {
        char name[96];
        snprintf(name, sizeof name, "IOT:%s", policy_actions[i].name.ptr);
        assert_true(policy_actions_covered(str_from(name)) ==
                    policy_action_bit((enum policy_action)i));
    }
    assert_true(policy_actions_covered(STR("iotjobsdata:UpdateJobExecution")) ==
                policy_action_bit(POLICY_UPDATE_JOB));
}

static void classes_have_the_documented_sizes(void **state)
{
    (void)state;
    assert_int_equal(count(policy_class_set(POLICY_CLASS_WRITE)), 11);
    assert_int_equal(count(policy_class_set(POLICY_CLASS_READ)), 4);
    /* Connect, Publish, Subscribe, seven of the thing, and RetainPublish as Publish */
    assert_int_equal(count(policy_class_set(POLICY_CLASS_DATA)), 11);
}

/* 272 operations of AWS without the 11 and 4 above and DescribeJobExecution. Those of our own,
 * whose paths say so, are none of AWS's classes. */
static void class_n_is_the_rest_of_the_service_model(void **state)
{
    (void)state;
    size_t at = 0;
    size_t n = 0;
    for (unsigned i = services[SERVICE_iot].first; i < services[SERVICE_iot].end; i++) {
        char name[96];
        snprintf(name, sizeof name, "iot:%s", operations[i].name.ptr);
        if (policy_actions_covered(str_from(name)) == 0 &&
            !str_starts(operations[i].path, STR("/bulwark/"))) {
            n++;
            assert_true(str_eq(policy_admin_next(&at), operations[i].name));
        }
    }
    assert_true(str_absent(policy_admin_next(&at)));
    assert_int_equal(n, 256);
}

static void names_match_without_regard_to_case(void **state)
{
    (void)state;
    assert_true(policy_action_matches(STR("IOT:Create*"), STR("iot:createjob")));
    assert_true(policy_action_matches(STR("*"), STR("iot:CreateJob")));
    assert_true(policy_action_matches(STR("*a*b?"), STR("xaxabbb")));
    assert_false(policy_action_matches(STR("*a*b?"), STR("xaxb")));
    assert_false(policy_action_matches(STR("iot:CreateJob"), STR("iot:CreateJobTemplate")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_cover_what_they_describe),
        cmocka_unit_test(classes_have_the_documented_sizes),
        cmocka_unit_test(class_n_is_the_rest_of_the_service_model),
        cmocka_unit_test(names_match_without_regard_to_case),
    };
    return RUN_TESTS("actions", tests);
}
