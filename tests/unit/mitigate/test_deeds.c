/* What the log of changes is told of steps and of their undoing. */
#include "mitigate/deeds.h"

#include "mitigate_fixture.h"

#define IOT "arn:aws:iot:us-east-1:123456789012:"

static struct deeds deeds_of(struct fixture *f)
{
    return (struct deeds){.mem = f->ctx.mem, .account = &f->ctx.id};
}

static struct definition action_of(enum action_kind kind)
{
    return (struct definition){.name = STR("act"),
                               .role_arn = STR(ROLE_ARN("mitigate")),
                               .params = {.kind = kind, .topic_arn = STR("arn:topic")}};
}

static const struct mitigation_execution done = {.task = STR_INIT("t"), .finding = STR_INIT("f")};

static void each_kind_names_its_action_and_its_resources(void **state)
{
    struct fixture *f = *state;
    static const struct {
        enum action_kind kind;
        const char *action, *first, *second;
    } rows[] = {
        {ACTION_UPDATE_DEVICE_CERTIFICATE, "iot:UpdateCertificate", IOT "cert/r", NULL},
        {ACTION_UPDATE_CA_CERTIFICATE, "iot:UpdateCACertificate", IOT "cacert/r", NULL},
        {ACTION_ADD_THINGS_TO_THING_GROUP, "iot:AddThingToThingGroup", IOT "thing/r",
         IOT "thinggroup/p"},
        {ACTION_REPLACE_DEFAULT_POLICY_VERSION, "iot:CreatePolicyVersion", IOT "policy/r", NULL},
        {ACTION_ENABLE_IOT_LOGGING, "iot:SetV2LoggingOptions", "*", NULL},
        {ACTION_PUBLISH_FINDING_TO_SNS, "sns:Publish", "arn:topic", NULL},
    };
    assert_int_equal(sizeof rows / sizeof rows[0], ACTION_KIND_COUNT);
    for (size_t i = 0; i < ACTION_KIND_COUNT; i++) {
        const struct mitigation_change change = {.resource = STR("r"), .part = STR("p")};
        const struct definition action = action_of(rows[i].kind);
        struct deeds deeds = deeds_of(f);
        CHECK_OK(deeds_add_step(&deeds, &done, &action, &change, 1, sizeof change, &f->why));
        assert_int_equal(deeds.n, 1);
        CHECK_STR(deeds.at[0].action, rows[i].action);
        CHECK_STR(deeds.at[0].role, ROLE_ARN("mitigate"));
        CHECK_STR(deeds.at[0].outcome, "OK");
        assert_int_equal(deeds.at[0].n_resources, rows[i].second == NULL ? 1 : 2);
        CHECK_STR(deeds.at[0].resources[0], rows[i].first);
        if (rows[i].second != NULL) {
            CHECK_STR(deeds.at[0].resources[1], rows[i].second);
        }
    }
}

static void a_step_that_changed_nothing_is_no_deed_and_a_refused_one_is(void **state)
{
    struct fixture *f = *state;
    struct deeds deeds = deeds_of(f);
    const struct definition action = action_of(ACTION_UPDATE_DEVICE_CERTIFICATE);
    struct mitigation_execution refused = done;
    refused.error_code = STR("INSUFFICIENT_PERMISSIONS");
    refused.message = STR("no policy");
    CHECK_OK(deeds_add_step(&deeds, &done, &action, NULL, 0, 1, &f->why));
    assert_int_equal(deeds.n, 0);
    CHECK_OK(deeds_add_step(&deeds, &refused, &action, NULL, 0, 1, &f->why));
    assert_int_equal(deeds.n, 1);
    assert_int_equal(deeds.at[0].n_resources, 0);
    CHECK_STR(deeds.at[0].outcome, "INSUFFICIENT_PERMISSIONS");
    CHECK_STR(deeds.at[0].why, "no policy");
}

static void many_resources_are_several_deeds(void **state)
{
    enum { MANY = 1201 };
    struct fixture *f = *state;
    struct deeds deeds = deeds_of(f);
    const struct definition action = action_of(ACTION_ADD_THINGS_TO_THING_GROUP);
    struct mitigation_change *changes = NEW_ARRAY(f->ctx.mem, struct mitigation_change, MANY);
    size_t resources = 0;
    assert_non_null(changes);
    for (size_t i = 0; i < MANY; i++) {
        changes[i] = (struct mitigation_change){.resource = STR("r"), .part = STR("p")};
    }
    CHECK_OK(deeds_add_step(&deeds, &done, &action, changes, MANY, sizeof *changes, &f->why));
    for (size_t i = 0; i < deeds.n; i++) {
        assert_in_range(deeds.at[i].n_resources, 1, DEED_RESOURCES_MAX);
        resources += deeds.at[i].n_resources;
    }
    assert_int_equal(deeds.n, 5);
    assert_int_equal(resources, 2 * MANY);
}

static void what_was_taken_back_is_told_in_its_own_words(void **state)
{
    struct fixture *f = *state;
    struct deeds deeds = deeds_of(f);
    struct mitigation_change change = {.task = STR("t"),
                                       .finding = STR("f"),
                                       .kind = STR("ADD_THINGS_TO_THING_GROUP"),
                                       .resource = STR("r"),
                                       .part = STR("p")};
    CHECK_OK(deeds_add_undone(&deeds, &change, &f->why));
    CHECK_STR(deeds.at[0].cause, "undo");
    CHECK_STR(deeds.at[0].action, "iot:RemoveThingFromThingGroup");
    assert_int_equal(deeds.at[0].n_resources, 2);
    assert_true(str_absent(deeds.at[0].role));
    change.kind = STR("SOMETHING");
    CHECK_REFUSED(f, STATUS_CORRUPT, "unknown kind", deeds_add_undone(&deeds, &change, &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_kind_names_its_action_and_its_resources),
        TEST(a_step_that_changed_nothing_is_no_deed_and_a_refused_one_is),
        TEST(many_resources_are_several_deeds),
        TEST(what_was_taken_back_is_told_in_its_own_words),
    };
    return RUN_TESTS("mitigate/deeds", tests);
}
