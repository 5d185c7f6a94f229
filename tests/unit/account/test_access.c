/* May a caller do that: root, users, nobody; keys of conditions; what a refusal says. */
#include "account/access.h"

#include "iam_fixture.h"

#define ROOT "arn:aws:iam::123456789012:root"

static struct access_decision may(struct fixture *f, const char *who, const char *action,
                                  const char *resource)
{
    const struct access_request request = {.action = str_from(action),
                                           .resource = str_from(resource)};
    struct access_decision decision;
    CHECK_OK(READ(f, caller_may(&f->ctx, str_from(who), &request, &decision, &f->why)));
    return decision;
}

static void root_and_nobody_known_may_do_everything(void **state)
{
    struct fixture *f = *state;
    assert_true(may(f, ROOT, "iot:DeleteThing", "*").allowed);
    assert_true(may(f, NULL, "iot:DeleteThing", "*").allowed);
    assert_false(may(f, "arn:aws:iam::210987654321:root", "iot:DeleteThing", "*").allowed);
    assert_false(may(f, "", "iot:DeleteThing", "*").allowed);
}

static void refusals_are_the_sentences_of_aws(void **state)
{
    struct fixture *f = *state;
    CHECK_STR(may(f, USER_ARN("ann"), "iot:ListThings", "*").sentence,
              "User: " USER_ARN("ann") " is not authorized to perform: iot:ListThings on resource: "
                                       "* because the user does not exist");
    CHECK_OK(try_user(f, "ann", NULL));
    CHECK_STR(may(f, USER_ARN("ann"), "iot:ListThings", "*").sentence,
              "User: " USER_ARN("ann") " is not authorized to perform: iot:ListThings on resource: "
                                       "* because no identity-based policy allows the "
                                       "iot:ListThings action");
    CHECK_OK(try_inline(f, IAM_USER, "ann", "list", ALLOW_LIST_THINGS));
    CHECK_STR(may(f, USER_ARN("ann"), "iot:ListThings", "*").sentence,
              "policy list, statement 1, allows it");
    CHECK_OK(try_inline(f, IAM_USER, "ann", "no",
                        POLICY("{\"Sid\":\"Never\",\"Effect\":\"Deny\",\"NotAction\":\"iam:*\","
                               "\"Resource\":\"*\"}")));
    CHECK_STR(may(f, USER_ARN("ann"), "iot:ListThings", "*").sentence,
              "User: " USER_ARN("ann") " is not authorized to perform: iot:ListThings on resource: "
                                       "* with an explicit deny in an identity-based policy: "
                                       "policy no, statement 1 (Never)");
    assert_int_equal(may(f, USER_ARN("ann"), "iot:ListThings", "*").verdict, POLICY_EXPLICIT_DENY);
}

static void only_the_default_version_of_a_managed_policy_counts(void **state)
{
    struct fixture *f = *state;
    struct iam_policy_version version;
    CHECK_OK(try_user(f, "ann", NULL));
    CHECK_OK(try_policy(f, "p", NULL, ALLOW_LIST_THINGS));
    CHECK_OK(try_attach(f, IAM_USER, "ann", POLICY_ARN("p")));
    assert_true(may(f, USER_ARN("ann"), "iot:ListThings", "*").allowed);
    CHECK_OK(WRITE(f, iam_policy_version_create(&f->ctx, STR(POLICY_ARN("p")),
                                                STR(POLICY(GRANT("Allow", "iot:GetPolicy", "*"))),
                                                true, &version, &f->why)));
    assert_false(may(f, USER_ARN("ann"), "iot:ListThings", "*").allowed);
    assert_true(may(f, USER_ARN("ann"), "iot:GetPolicy", "*").allowed);
    CHECK_OK(WRITE(f, iam_policy_default_set(&f->ctx, STR(POLICY_ARN("p")), STR("v1"), &f->why)));
    assert_true(may(f, USER_ARN("ann"), "iot:ListThings", "*").allowed);
}

/* Each condition holds for user ann of the fixture, at its time, from this address. */
static void conditions_know_who_asks_and_when(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *condition;
        bool holds;
    } rows[] = {
        {"\"StringEquals\":{\"aws:username\":\"ann\"}", true},
        {"\"StringEquals\":{\"aws:username\":\"bob\"}", false},
        {"\"StringLike\":{\"aws:userid\":\"AIDA*\"}", true},
        {"\"ArnLike\":{\"aws:PrincipalArn\":\"arn:aws:iam::*:user/x/*\"}", true},
        {"\"StringEquals\":{\"AWS:principalaccount\":\"123456789012\"}", true},
        {"\"StringEquals\":{\"aws:PrincipalType\":\"User\"}", true},
        {"\"DateGreaterThan\":{\"aws:CurrentTime\":\"2025-06-01T00:00:00Z\"}", true},
        {"\"DateGreaterThan\":{\"aws:CurrentTime\":\"2026-06-01T00:00:00Z\"}", false},
        {"\"NumericLessThan\":{\"aws:EpochTime\":\"1750000001\"}", true},
        {"\"IpAddress\":{\"aws:SourceIp\":\"192.0.2.0/24\"}", true},
        {"\"NotIpAddress\":{\"aws:SourceIp\":\"192.0.2.0/24\"}", false},
        {"\"StringEquals\":{\"AWS:PrincipalTag/team\":\"lamps\"}", true},
        {"\"StringEquals\":{\"aws:PrincipalTag/Team\":\"lamps\"}", true},
        {"\"StringEquals\":{\"aws:PrincipalTag/team\":\"Lamps\"}", false},
        {"\"Null\":{\"aws:MultiFactorAuthPresent\":\"true\"}", true},
        {"\"Bool\":{\"aws:MultiFactorAuthPresent\":\"true\"}", false},
        {"\"BoolIfExists\":{\"aws:MultiFactorAuthPresent\":\"true\"}", true},
        {"\"ForAllValues:StringEquals\":{\"aws:TagKeys\":[\"a\",\"b\"]}", true},
        {"\"ForAllValues:StringEquals\":{\"aws:TagKeys\":[\"a\"]}", false},
        {"\"ForAnyValue:StringEquals\":{\"aws:TagKeys\":[\"b\",\"c\"]}", true},
    };
    const struct access_value values[] = {{STR("aws:SourceIp"), STR("192.0.2.7")},
                                          {STR("aws:TagKeys"), STR("a")},
                                          {STR("aws:TagKeys"), STR("b")}};
    const struct access_request request = {STR("iot:ListThings"), STR("*"), values, 3};
    CHECK_OK(try_user(f, "ann", "/x/"));
    const struct tag_pair pair = {STR("team"), STR("lamps")};
    CHECK_OK(
        WRITE(f, tags_put_arn(&f->ctx, STR(USER_ARN("x/ann")), (struct tags){&pair, 1}, &f->why)));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct str document;
        struct access_decision decision;
        CHECK_OK(str_fmt(f->ctx.mem, &document, NULL,
                         "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\","
                         "\"Action\":\"iot:List*\",\"Resource\":\"*\",\"Condition\":{%s}}}",
                         rows[i].condition));
        CHECK_OK(try_inline(f, IAM_USER, "ann", "p", str_z(f->ctx.mem, document)));
        CHECK_OK(
            READ(f, caller_may(&f->ctx, STR(USER_ARN("x/ann")), &request, &decision, &f->why)));
        if (decision.allowed != rows[i].holds) {
            fail_msg("%s: %.*s", rows[i].condition, STR_ARG(decision.sentence));
        }
    }
    struct access_decision decision;
    CHECK_OK(try_inline(f, IAM_USER, "ann", "p",
                        POLICY("{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\","
                               "\"Condition\":{\"Bool\":{\"x:y\":\"true\"}}}")));
    CHECK_OK(READ(f, caller_may(&f->ctx, STR(USER_ARN("x/ann")), &request, &decision, &f->why)));
    assert_non_null(strstr(str_z(f->ctx.mem, decision.sentence),
                           "(policy p, statement 1, allows it under conditions that do not hold)"));
}

static void variables_stand_for_the_user(void **state)
{
    struct fixture *f = *state;
    CHECK_OK(try_user(f, "ann", NULL));
    CHECK_OK(
        try_inline(f, IAM_USER, "ann", "own",
                   POLICY(GRANT("Allow", "iot:*", "arn:aws:iot:*:*:thing/${aws:username}-*"))));
    assert_true(may(f, USER_ARN("ann"), "iot:DeleteThing", "arn:aws:iot:r:1:thing/ann-1").allowed);
    assert_false(may(f, USER_ARN("ann"), "iot:DeleteThing", "arn:aws:iot:r:1:thing/bob-1").allowed);
}

static void a_role_is_passed_to_the_service_that_is_allowed(void **state)
{
    struct fixture *f = *state;
    struct access_decision decision;
    CHECK_OK(try_user(f, "ann", NULL));
    CHECK_OK(
        try_inline(f, IAM_USER, "ann", "pass",
                   POLICY("{\"Effect\":\"Allow\",\"Action\":\"iam:PassRole\",\"Resource\":"
                          "\"" ROLE_ARN("*") "\",\"Condition\":{\"StringEquals\":"
                                             "{\"iam:PassedToService\":\"iot.amazonaws.com\"}}}")));
    CHECK_OK(READ(f, caller_may_pass(&f->ctx, STR(USER_ARN("ann")), STR(ROLE_ARN("r")),
                                     STR("iot.amazonaws.com"), &decision, &f->why)));
    assert_true(decision.allowed);
    CHECK_OK(READ(f, caller_may_pass(&f->ctx, STR(USER_ARN("ann")), STR(ROLE_ARN("r")),
                                     STR("sns.amazonaws.com"), &decision, &f->why)));
    assert_false(decision.allowed);
}

static void every_failure_is_reported(void **state)
{
    struct fixture *f = *state;
    struct access_decision decision;
    const struct access_request request = {.action = STR("iot:ListThings"), .resource = STR("*")};
    CHECK_OK(try_user(f, "ann", NULL));
    CHECK_OK(try_inline(f, IAM_USER, "ann", "p",
                        POLICY(GRANT("Allow", "iot:ListThings", "arn:aws:x*"))));
    CHECK_OK(try_attach(f, IAM_USER, "ann", AWS_ARN("AWSIoTDataAccess")));
    CHECK_ALL_OR_NOTHING(
        f, then_write(f, caller_may(&f->ctx, STR(USER_ARN("ann")), &request, &decision, &f->why)));
    assert_false(decision.allowed);
}

/* Whether ann may describe a role alias that is tagged site=north, under a condition. */
static bool may_under(struct fixture *f, const char *condition, bool tagged)
{
    const struct str arn = STR("arn:aws:iot:us-east-1:123456789012:rolealias/a");
    const struct access_request request = {STR("iot:DescribeRoleAlias"), arn, NULL, 0};
    const struct tag_pair pair = {STR("site"), STR("north")};
    struct access_decision decision;
    struct str document;
    CHECK_OK(WRITE(f, tags_replace_arn(&f->ctx, arn, (struct tags){&pair, tagged}, &f->why)));
    CHECK_OK(str_fmt(f->ctx.mem, &document, NULL,
                     "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":"
                     "\"iot:*\",\"Resource\":\"*\",\"Condition\":{%s}}}",
                     condition));
    CHECK_OK(try_inline(f, IAM_USER, "ann", "p", str_z(f->ctx.mem, document)));
    CHECK_OK(READ(f, caller_may(&f->ctx, STR(USER_ARN("ann")), &request, &decision, &f->why)));
    return decision.allowed;
}

static void tags_of_the_resource_are_known(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *condition;
        bool with, without;
    } rows[] = {
        {"\"StringEquals\":{\"aws:ResourceTag/site\":\"north\"}", true, false},
        {"\"StringEquals\":{\"iam:ResourceTag/Site\":\"north\"}", true, false},
        {"\"StringEquals\":{\"aws:ResourceTag/site\":\"North\"}", false, false},
        {"\"StringNotEquals\":{\"aws:ResourceTag/site\":\"north\"}", false, true},
        {"\"Null\":{\"aws:ResourceTag/site\":\"true\"}", false, true},
        {"\"StringEquals\":{\"aws:ResourceTag/sit\":\"north\"}", false, false},
        {"\"StringEquals\":{\"aws:username\":\"${aws:ResourceTag/site}\"}", false, false},
    };
    CHECK_OK(try_user(f, "ann", NULL));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (may_under(f, rows[i].condition, true) != rows[i].with ||
            may_under(f, rows[i].condition, false) != rows[i].without) {
            fail_msg("%s", rows[i].condition);
        }
    }
}

static void resources_with_tags_are_not_all_alike(void **state)
{
    struct fixture *f = *state;
    const struct access *access;
    struct iam_entity entity;
    const struct access_request all = {STR("iot:UpdateCertificate"),
                                       STR("arn:aws:iot:us-east-1:123456789012:cert/"), NULL, 0};
    CHECK_OK(try_role(f, "r", NULL, TRUST_IOT));
    CHECK_OK(try_inline(f, IAM_ROLE, "r", "p", POLICY(GRANT("Allow", "*", "*"))));
    CHECK_OK(READ(f, iam_entity_get(&f->ctx, IAM_ROLE, STR("r"), &entity, &f->why)));
    CHECK_OK(READ(f, access_of_entity(&f->ctx, &entity, &access, &f->why)));
    assert_true(access_decides_alike(access, &all));
    CHECK_OK(try_inline(f, IAM_ROLE, "r", "q",
                        POLICY("{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\","
                               "\"Condition\":{\"StringEquals\":{\"aws:ResourceTag/a\":\"b\"}}}")));
    CHECK_OK(READ(f, access_of_entity(&f->ctx, &entity, &access, &f->why)));
    assert_false(access_decides_alike(access, &all));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(root_and_nobody_known_may_do_everything),
        TEST(refusals_are_the_sentences_of_aws),
        TEST(only_the_default_version_of_a_managed_policy_counts),
        TEST(conditions_know_who_asks_and_when),
        TEST(variables_stand_for_the_user),
        TEST(a_role_is_passed_to_the_service_that_is_allowed),
        TEST(every_failure_is_reported),
        TEST(tags_of_the_resource_are_known),
        TEST(resources_with_tags_are_not_all_alike),
    };
    return RUN_TESTS("account/access", tests);
}
