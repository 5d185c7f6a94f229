/* May a service use a role: each of the three questions, and what the answer says. */
#include "account/role.h"

#include "iam_fixture.h"

#define CERT "arn:aws:iot:us-east-1:123456789012:cert/aa"
#define GUARDED_TRUST                                                                              \
    POLICY("{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"iot.amazonaws.com\"},\"Action\":"   \
           "\"sts:AssumeRole\",\"Condition\":{\"ArnLike\":{\"aws:SourceArn\":"                     \
           "\"arn:aws:iot:us-east-1:123456789012:mitigationaction/off\"},"                         \
           "\"StringEquals\":{\"aws:SourceAccount\":\"123456789012\"}}}")

static struct access_decision ask(struct fixture *f, const char *arn, struct role_use use)
{
    struct access_decision decision;
    CHECK_OK(READ(f, role_may(&f->ctx, str_from(arn), &use, &decision, &f->why)));
    assert_int_equal(decision.allowed, decision.verdict == POLICY_ALLOWED);
    return decision;
}

static void check_says(struct access_decision decision, bool allowed, const char *words)
{
    char text[WHY_TEXT_MAX];
    snprintf(text, sizeof text, "%.*s", STR_ARG(decision.sentence));
    if (decision.allowed != allowed || strstr(text, words) == NULL) {
        fail_msg("%s: \"%s\" does not say \"%s\"", decision.allowed ? "allowed" : "denied", text,
                 words);
    }
}

static const struct role_use update = {.action = STR_INIT("iot:UpdateCertificate"),
                                       .resource = STR_INIT(CERT)};

static void a_role_that_is_not_there_is_named(void **state)
{
    struct fixture *f = *state;
    CHECK_OK(try_role(f, "Off", "/fleet/", TRUST_IOT));
    check_says(ask(f, ROLE_ARN("none"), update), false, "role " ROLE_ARN("none") " does not exist");
    check_says(ask(f, ROLE_ARN("Off"), update), false, "does not exist");       /* its path */
    check_says(ask(f, ROLE_ARN("fleet/off"), update), false, "does not exist"); /* its case */
    check_says(ask(f, "arn:aws:iam::210987654321:role/fleet/Off", update), false, "does not exist");
    check_says(ask(f, "Off", update), false, "role Off does not exist");
    check_says(ask(f, ROLE_ARN("fleet/Off"), update), false,
               "no policy of role Off allows iot:UpdateCertificate on " CERT);
}

static void the_trust_policy_decides_before_the_policies(void **state)
{
    struct fixture *f = *state;
    CHECK_OK(try_role(f, "ec2", NULL,
                      POLICY("{\"Effect\":\"Allow\",\"Principal\":{\"Service\":"
                             "\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}")));
    CHECK_OK(try_role(f, "no", NULL,
                      POLICY("{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":"
                             "\"sts:AssumeRole\"},{\"Sid\":\"NotIot\",\"Effect\":\"Deny\","
                             "\"Principal\":{\"Service\":\"iot.amazonaws.com\"},\"Action\":"
                             "\"sts:*\"}")));
    CHECK_OK(try_attach(f, IAM_ROLE, "ec2", AWS_ARN("AdministratorAccess")));
    CHECK_OK(try_attach(f, IAM_ROLE, "no", AWS_ARN("AdministratorAccess")));
    check_says(ask(f, ROLE_ARN("ec2"), update), false,
               "the trust policy of role ec2 does not let iot.amazonaws.com assume it");
    check_says(ask(f, ROLE_ARN("no"), update), false,
               "the trust policy of role no, statement 2 (NotIot), denies iot.amazonaws.com");
    struct role_use by_ec2 = update;
    by_ec2.service = STR("ec2.amazonaws.com");
    check_says(ask(f, ROLE_ARN("ec2"), by_ec2), true,
               "policy AdministratorAccess, statement 1, allows it");
}

static void the_confused_deputy_is_kept_out(void **state)
{
    struct fixture *f = *state;
    CHECK_OK(try_role(f, "off", NULL, GUARDED_TRUST));
    CHECK_OK(
        try_inline(f, IAM_ROLE, "off", "p", POLICY(GRANT("Allow", "iot:UpdateCertificate", "*"))));
    struct role_use use = update;
    CHECK_OK(role_source_arn(&f->ctx, STR("mitigationaction"), STR("off"), &use.source_arn, NULL));
    check_says(ask(f, ROLE_ARN("off"), use), true, "policy p, statement 1, allows it");
    use.source_account = STR("210987654321");
    check_says(ask(f, ROLE_ARN("off"), use), false,
               "the conditions of statement 1 do not hold for aws:SourceArn "
               "arn:aws:iot:us-east-1:123456789012:mitigationaction/off and aws:SourceAccount "
               "210987654321");
    check_says(ask(f, ROLE_ARN("off"), update), false,
               "do not hold for aws:SourceArn arn:aws:iot:us-east-1:123456789012: and");
}

static void only_whether_it_may_be_assumed_can_be_asked(void **state)
{
    struct fixture *f = *state;
    CHECK_OK(try_role(f, "off", NULL, TRUST_IOT));
    check_says(ask(f, ROLE_ARN("off"), (struct role_use){.action = STR_ABSENT}), true, "trust");
    check_says(ask(f, ROLE_ARN("off"), (struct role_use){.service = STR("sns.amazonaws.com")}),
               false, "does not let sns.amazonaws.com assume it");
}

static void the_policies_decide_and_are_named(void **state)
{
    struct fixture *f = *state;
    CHECK_OK(try_role(f, "off", NULL, TRUST_IOT));
    CHECK_OK(try_inline(
        f, IAM_ROLE, "off", "elsewhere",
        POLICY(GRANT("Allow", "iot:UpdateCert*", "arn:aws:iot:us-east-1:123456789012:cert/bb"))));
    check_says(ask(f, ROLE_ARN("off"), update), false,
               "(policy elsewhere, statement 1, allows it on other resources)");
    CHECK_OK(
        try_attach(f, IAM_ROLE, "off",
                   AWS_ARN("service-role/AWSIoTDeviceDefenderUpdateDeviceCertMitigationAction")));
    check_says(ask(f, ROLE_ARN("off"), update), true,
               "policy AWSIoTDeviceDefenderUpdateDeviceCertMitigationAction, statement 1,");
    CHECK_OK(try_inline(f, IAM_ROLE, "off", "guard",
                        POLICY(GRANT("Allow", "s3:*", "*") "," GRANT("Deny", "iot:*", CERT))));
    check_says(ask(f, ROLE_ARN("off"), update), false,
               "policy guard, statement 2, of role off denies iot:UpdateCertificate on " CERT);
}

static void an_opened_role_answers_many_questions(void **state)
{
    struct fixture *f = *state;
    const struct role_opened *role;
    struct access_decision decision;
    CHECK_OK(try_role(f, "off", NULL, TRUST_IOT));
    CHECK_OK(try_attach(f, IAM_ROLE, "off", AWS_ARN("AWSIoTFullAccess")));
    CHECK_OK(READ(f, role_open(&f->ctx, STR(ROLE_ARN("off")), &role, &f->why)));
    CHECK_OK(role_ask(&f->ctx, role, &update, &decision, &f->why));
    assert_true(decision.allowed);
    const struct role_use publish = {.action = STR("sns:Publish"), .resource = STR("*")};
    CHECK_OK(role_ask(&f->ctx, role, &publish, &decision, &f->why));
    assert_false(decision.allowed);
}

static void every_failure_is_reported(void **state)
{
    struct fixture *f = *state;
    struct access_decision decision;
    CHECK_OK(try_role(f, "off", NULL, GUARDED_TRUST));
    CHECK_ALL_OR_NOTHING(
        f, then_write(f, role_may(&f->ctx, STR(ROLE_ARN("off")), &update, &decision, &f->why)));
    assert_false(decision.allowed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_role_that_is_not_there_is_named), TEST(the_trust_policy_decides_before_the_policies),
        TEST(the_confused_deputy_is_kept_out),   TEST(only_whether_it_may_be_assumed_can_be_asked),
        TEST(the_policies_decide_and_are_named), TEST(an_opened_role_answers_many_questions),
        TEST(every_failure_is_reported),
    };
    return RUN_TESTS("account/role", tests);
}
