/* The table of AWS's policies: each readable, named once, and doing what the guides say of it. */
#include "account/iam_aws.h"

#include "account/access.h"
#include "iam_fixture.h"

static void each_row_is_a_policy_of_its_own(void **state)
{
    struct fixture *f = *state;
    assert_true(iam_aws_count() >= 14);
    for (size_t i = 0; i < iam_aws_count(); i++) {
        const struct iam_aws_policy *row = iam_aws_at(i);
        const struct policy_doc *doc;
        if (policy_doc_read_as(f->ctx.mem, row->document, POLICY_OF_IDENTITY, &doc, &f->why) !=
            STATUS_OK) {
            fail_msg("%.*s: %s", STR_ARG(row->name), f->why.text);
        }
        assert_true(doc->variables);
        assert_int_equal(row->id.len, 21);
        assert_true(str_starts(row->id, STR("ANPA")));
        assert_true(str_starts(row->path, STR("/")) && str_ends(row->path, STR("/")));
        assert_true(policy_size(row->document) <= 6144);
        for (size_t j = 0; j < i; j++) {
            assert_false(str_eq(row->name, iam_aws_at(j)->name));
            assert_false(str_eq(row->id, iam_aws_at(j)->id));
        }
    }
}

/* What the guides list for each, allowed on anything; and a neighbour that is not. */
static void each_allows_what_the_guides_say(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *policy, *allowed, *not_allowed;
    } rows[] = {
        {"service-role/AWSIoTDeviceDefenderAudit", "iot:GetEffectivePolicies", "iot:CreatePolicy"},
        {"service-role/AWSIoTDeviceDefenderAudit", "iam:GetServiceLastAccessedDetails",
         "iam:CreateRole"},
        {"service-role/AWSIoTDeviceDefenderAudit", "cognito-identity:GetIdentityPoolRoles",
         "cognito-identity:SetIdentityPoolRoles"},
        {"service-role/AWSIoTDeviceDefenderUpdateDeviceCertMitigationAction",
         "iot:UpdateCertificate", "iot:UpdateCACertificate"},
        {"service-role/AWSIoTDeviceDefenderUpdateCACertMitigationAction", "iot:UpdateCACertificate",
         "iot:UpdateCertificate"},
        {"service-role/AWSIoTDeviceDefenderAddThingsToThingGroupMitigationAction",
         "iot:AddThingToThingGroup", "iot:RemoveThingFromThingGroup"},
        {"service-role/AWSIoTDeviceDefenderAddThingsToThingGroupMitigationAction",
         "iot:ListPrincipalThings", "iot:ListThings"},
        {"service-role/AWSIoTDeviceDefenderReplaceDefaultPolicyMitigationAction",
         "iot:CreatePolicyVersion", "iot:DeletePolicyVersion"},
        {"service-role/AWSIoTDeviceDefenderEnableIoTLoggingMitigationAction",
         "iot:SetV2LoggingOptions", "iam:PassRole"}, /* to nobody in particular */
        {"service-role/AWSIoTDeviceDefenderPublishFindingsToSNSMitigationAction", "sns:Publish",
         "sns:CreateTopic"},
        {"service-role/AWSIoTThingsRegistration", "iot:CreatePolicy", "iot:CreatePolicyVersion"},
        {"service-role/AWSIoTThingsRegistration", "iot:AttachThingPrincipal", "iot:DeleteThing"},
        {"service-role/AWSIoTLogging", "logs:PutLogEvents", "logs:DeleteLogGroup"},
        {"AWSIoTFullAccess", "iot:DeleteThing", "iam:PassRole"},
        {"AWSIoTFullAccess", "iotjobsdata:UpdateJobExecution", "sns:Publish"},
        {"AWSIoTConfigReadOnlyAccess", "iot:DescribeAuditTask", "iot:StartOnDemandAuditTask"},
        {"AWSIoTDataAccess", "iot:Connect", "iot:ListThings"},
        {"IAMReadOnlyAccess", "iam:ListUsers", "iam:CreateUser"},
        {"IAMFullAccess", "iam:CreateUser", "iot:ListThings"},
        {"AdministratorAccess", "sts:AssumeRole", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct str name = fixture_name(f, "u", (int)i);
        struct str arn;
        struct access_decision decision;
        struct access_request request = {.action = str_from(rows[i].allowed), .resource = STR("*")};
        const char *z = str_z(f->ctx.mem, name);
        CHECK_OK(str_fmt(f->ctx.mem, &arn, NULL, AWS_ARN("%s"), rows[i].policy));
        CHECK_OK(try_user(f, z, NULL));
        CHECK_OK(try_attach(f, IAM_USER, z, str_z(f->ctx.mem, arn)));
        CHECK_OK(str_fmt(f->ctx.mem, &arn, NULL, USER_ARN("%s"), z));
        CHECK_OK(READ(f, caller_may(&f->ctx, arn, &request, &decision, &f->why)));
        if (!decision.allowed) {
            fail_msg("%s: %.*s", rows[i].policy, STR_ARG(decision.sentence));
        }
        request.action = str_from(rows[i].not_allowed);
        if (rows[i].not_allowed != NULL) {
            CHECK_OK(READ(f, caller_may(&f->ctx, arn, &request, &decision, &f->why)));
            if (decision.allowed) {
                fail_msg("%s allows %s", rows[i].policy, rows[i].not_allowed);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_row_is_a_policy_of_its_own),
        TEST(each_allows_what_the_guides_say),
    };
    return RUN_TESTS("account/iam_aws", tests);
}
