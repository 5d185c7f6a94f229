/* Who may do what to a topic that has a policy of its own. */
#include "account/topic_policy.h"

#include "account/role.h"
#include "iam_fixture.h"
#include "topic_fixture.h"

#define ALARMS       TOPIC_ARN("alarms")
#define ROLE         ROLE_ARN("teller")
#define ACCOUNT_HERE "\"AWS\":\"123456789012\""

/* One statement; what, of "Principal":{...}, is between braces. */
#define SAYS(effect, principal, action, more)                                                      \
    "{\"Effect\":\"" effect "\",\"Principal\":{" principal "},\"Action\":\"" action                \
    "\",\"Resource\":\"" ALARMS "\"" more "}"
#define OF_TOPIC(statements) "{\"Version\":\"2012-10-17\",\"Statement\":[" statements "]}"

static enum status try_policy_of(struct fixture *f, const char *text)
{
    const struct topic_attribute attribute = {STR("Policy"), str_from(text)};
    return WRITE(f, topic_set(&f->ctx, STR(ALARMS), &attribute, &f->why));
}

static void set_up(struct fixture *f, const char *policy)
{
    CHECK_OK(try_topic(f, "alarms"));
    CHECK_OK(try_user(f, "ann", NULL));
    CHECK_OK(try_user(f, "bob", NULL));
    if (policy != NULL) {
        CHECK_OK(try_policy_of(f, policy));
    }
}

static struct access_decision may_on(struct fixture *f, const char *who, const char *action,
                                     const char *topic)
{
    const struct access_request request = {.action = str_from(action), .resource = str_from(topic)};
    struct access_decision decision;
    CHECK_OK(READ(f, caller_may(&f->ctx, str_from(who), &request, &decision, &f->why)));
    return decision;
}

static struct access_decision may(struct fixture *f, const char *who, const char *action)
{
    return may_on(f, who, action, ALARMS);
}

static void without_one_only_their_own_policies_count(void **state)
{
    struct fixture *f = *state;
    set_up(f, NULL);
    assert_false(may(f, USER_ARN("ann"), "sns:Publish").allowed);
    CHECK_OK(try_inline(f, IAM_USER, "ann", "p", POLICY(GRANT("Allow", "sns:Publish", "*"))));
    assert_true(may(f, USER_ARN("ann"), "sns:Publish").allowed);
}

static void it_lets_in_whom_it_names_for_what_it_names(void **state)
{
    struct fixture *f = *state;
    set_up(f, OF_TOPIC(SAYS("Allow", "\"AWS\":\"" USER_ARN("ann") "\"", "SNS:Publish", "")));
    struct access_decision decision = may(f, USER_ARN("ann"), "sns:Publish");
    assert_true(decision.allowed);
    CHECK_STR(decision.sentence, "the policy of topic " ALARMS
                                 ", statement 1, allows sns:Publish to " USER_ARN("ann"));
    assert_false(may(f, USER_ARN("ann"), "sns:Subscribe").allowed);
    assert_false(may(f, USER_ARN("bob"), "sns:Publish").allowed);
    CHECK_OK(try_policy_of(f, OF_TOPIC(SAYS("Allow", ACCOUNT_HERE, "sns:Subscribe", ""))));
    assert_true(may(f, USER_ARN("bob"), "sns:Subscribe").allowed);
    CHECK_OK(try_policy_of(f, OF_TOPIC(SAYS("Allow", "\"AWS\":\"210987654321\"", "SNS:*", ""))));
    assert_false(may(f, USER_ARN("bob"), "sns:Subscribe").allowed);
}

static void what_either_denies_is_denied(void **state)
{
    struct fixture *f = *state;
    set_up(f,
           OF_TOPIC(SAYS("Allow", ACCOUNT_HERE, "SNS:*", "") "," SAYS(
               "Deny", "\"AWS\":\"" USER_ARN("ann") "\"", "SNS:Publish", ",\"Sid\":\"not ann\"")));
    CHECK_OK(try_inline(f, IAM_USER, "ann", "p", POLICY(GRANT("Allow", "*", "*"))));
    CHECK_OK(try_inline(f, IAM_USER, "bob", "p", POLICY(GRANT("Deny", "sns:Publish", "*"))));
    struct access_decision decision = may(f, USER_ARN("ann"), "sns:Publish");
    assert_int_equal(decision.verdict, POLICY_EXPLICIT_DENY);
    assert_false(decision.allowed);
    CHECK_STR(
        decision.sentence,
        "User: " USER_ARN(
            "ann") " is not authorized to perform: sns:Publish on resource: " ALARMS
                   " with an explicit deny in a resource-based policy: the policy of topic " ALARMS
                   ", statement 2 (not ann), denies sns:Publish to " USER_ARN("ann"));
    assert_true(may(f, USER_ARN("ann"), "sns:Subscribe").allowed);
    assert_false(may(f, USER_ARN("bob"), "sns:Publish").allowed);
    assert_true(may(f, "arn:aws:iam::123456789012:root", "sns:Publish").allowed);
}

static void it_speaks_of_its_own_topic_alone(void **state)
{
    struct fixture *f = *state;
    set_up(f, OF_TOPIC("{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"SNS:*\","
                       "\"Resource\":\"*\"}"));
    CHECK_OK(try_topic(f, "bells"));
    assert_true(may(f, USER_ARN("ann"), "sns:Publish").allowed);
    assert_false(may_on(f, USER_ARN("ann"), "sns:Publish", TOPIC_ARN("bells")).allowed);
    assert_false(may_on(f, USER_ARN("ann"), "sns:Publish", TOPIC_ARN("none")).allowed);
    assert_false(may_on(f, USER_ARN("ann"), "sns:Publish", ALARMS ":a").allowed);
}

static void the_first_policy_of_every_topic_lets_nobody_in_by_itself(void **state)
{
    struct fixture *f = *state;
    struct topic topic;
    struct str text;
    set_up(f, NULL);
    CHECK_OK(READ(f, topic_of_arn(&f->ctx, STR(ALARMS), &topic, &f->why)));
    CHECK_OK(READ(f, topic_policy(&f->ctx, &topic, &text, &f->why)));
    CHECK_OK(try_policy_of(f, str_z(f->ctx.mem, text)));
    assert_false(may(f, USER_ARN("ann"), "sns:Publish").allowed);
}

/* A service publishes by a role, on behalf of something. */
static bool role_may_publish(struct fixture *f, const char *source_arn)
{
    const struct role_use use = {
        .source_arn = str_from(source_arn), .action = STR("sns:Publish"), .resource = STR(ALARMS)};
    struct access_decision decision;
    CHECK_OK(READ(f, role_may(&f->ctx, STR(ROLE), &use, &decision, &f->why)));
    return decision.allowed;
}

static void a_service_is_known_by_what_it_publishes_for(void **state)
{
    struct fixture *f = *state;
#define ACTIONS "arn:aws:iot:us-east-1:123456789012:mitigationaction/"
    set_up(f, OF_TOPIC(SAYS("Allow", "\"AWS\":\"" ROLE "\"", "SNS:Publish",
                            ",\"Condition\":{\"ArnLike\":{\"aws:SourceArn\":\"" ACTIONS "tell*\"},"
                            "\"StringEquals\":{\"aws:SourceAccount\":\"123456789012\"}}")));
    CHECK_OK(try_role(f, "teller", NULL, TRUST_IOT));
    assert_true(role_may_publish(f, ACTIONS "tell-me"));
    assert_false(role_may_publish(f, ACTIONS "other"));
    CHECK_OK(try_inline(f, IAM_ROLE, "teller", "p", POLICY(GRANT("Allow", "sns:*", "*"))));
    assert_true(role_may_publish(f, ACTIONS "other"));
    CHECK_OK(try_policy_of(f, OF_TOPIC(SAYS("Deny", "\"AWS\":\"*\"", "SNS:Publish",
                                            ",\"Condition\":{\"ArnNotLike\":{\"aws:SourceArn\":"
                                            "\"" ACTIONS "tell*\"}}"))));
    assert_true(role_may_publish(f, ACTIONS "tell-me"));
    assert_false(role_may_publish(f, ACTIONS "other"));
}

static void what_is_no_policy_of_a_topic_is_refused(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"[]", "Invalid parameter: Policy: at byte "},
        {OF_TOPIC(""), "the policy has no statement"},
        {POLICY(GRANT("Allow", "SNS:*", "*")),
         "a statement of a resource's policy has a Principal"},
        {OF_TOPIC("{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"SNS:*\"}"),
         "either Resource or NotResource"},
        {OF_TOPIC("{\"Effect\":\"Allow\",\"NotPrincipal\":{\"AWS\":\"*\"},\"Action\":\"SNS:*\","
                  "\"Resource\":\"*\"}"),
         "says who, in Principal"},
        {OF_TOPIC(SAYS("Allow", "\"AWS\":\"*\"", "iot:Publish", "")),
         "out of service scope: iot:Publish"},
        {OF_TOPIC(SAYS("Allow", "\"AWS\":\"*\"", "SNS:Publish",
                       ",\"Condition\":{\"StringIs\":{\"a\":\"b\"}}")),
         "StringIs"},
    };
    set_up(f, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_REFUSED(f, STATUS_INVALID, rows[i].says, try_policy_of(f, rows[i].text));
    }
    char *large = arena_alloc(f->ctx.mem, TOPIC_POLICY_BYTES_MAX + 2);
    memset(large, ' ', TOPIC_POLICY_BYTES_MAX + 1);
    large[TOPIC_POLICY_BYTES_MAX + 1] = '\0';
    CHECK_REFUSED(f, STATUS_INVALID, "it has 30721 bytes; at most 30720", try_policy_of(f, large));
}

static void one_that_cannot_be_read_lets_nobody_in(void **state)
{
    struct fixture *f = *state;
    const struct topic row = {.name = STR("alarms"), .policy = STR("{\"Statement\":\"all\"}")};
    set_up(f, NULL);
    CHECK_OK(try_inline(f, IAM_USER, "ann", "p", POLICY(GRANT("Allow", "*", "*"))));
    CHECK_OK(WRITE(f, store_put(f->ctx.tx, TABLE(topic), &row, &f->why)));
    struct access_decision decision = may(f, USER_ARN("ann"), "sns:Publish");
    assert_false(decision.allowed);
    assert_non_null(strstr(str_z(f->ctx.mem, decision.sentence), "cannot be read"));
    assert_true(may(f, "arn:aws:iam::123456789012:root", "sns:SetTopicAttributes").allowed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_one_only_their_own_policies_count),
        TEST(it_lets_in_whom_it_names_for_what_it_names),
        TEST(what_either_denies_is_denied),
        TEST(it_speaks_of_its_own_topic_alone),
        TEST(the_first_policy_of_every_topic_lets_nobody_in_by_itself),
        TEST(a_service_is_known_by_what_it_publishes_for),
        TEST(what_is_no_policy_of_a_topic_is_refused),
        TEST(one_that_cannot_be_read_lets_nobody_in),
    };
    return RUN_TESTS("account/topic_policy", tests);
}
