/* iam_aws.c: see iam_aws.h. */
#include "account/iam_aws.h"

#include "base/banned.h"

/* clang-format off */

#define ALLOW(actions, more) \
    "{\"Effect\":\"Allow\",\"Action\":[" actions "],\"Resource\":\"*\"" more "}"
#define DOCUMENT(statements) "{\"Version\":\"2012-10-17\",\"Statement\":[" statements "]}"
#define ROW(path, name, id, description, document) \
    {STR_INIT(name), STR_INIT(path), STR_INIT(id), STR_INIT(description), STR_INIT(document)},

static const struct iam_aws_policy rows[] = {
    ROW("/service-role/", "AWSIoTDeviceDefenderAudit",
        "ANPAAJKIXDXLWM5NPT5EB", "Read access that audits of AWS IoT Device Defender need",
        DOCUMENT(ALLOW(
            "\"cognito-identity:GetIdentityPoolRoles\","
            "\"iam:GenerateServiceLastAccessedDetails\","
            "\"iam:GetPolicy\","
            "\"iam:GetPolicyVersion\","
            "\"iam:GetRole\","
            "\"iam:GetRolePolicy\","
            "\"iam:GetServiceLastAccessedDetails\","
            "\"iam:ListAttachedRolePolicies\","
            "\"iam:ListRolePolicies\","
            "\"iot:DescribeCACertificate\","
            "\"iot:DescribeCertificate\","
            "\"iot:DescribeRoleAlias\","
            "\"iot:GetEffectivePolicies\","
            "\"iot:GetLoggingOptions\","
            "\"iot:GetPolicy\","
            "\"iot:GetV2LoggingOptions\","
            "\"iot:ListCACertificates\","
            "\"iot:ListCertificates\","
            "\"iot:ListPolicies\","
            "\"iot:ListRoleAliases\"", "")))
    ROW("/service-role/", "AWSIoTDeviceDefenderUpdateDeviceCertMitigationAction",
        "ANPA72ZFPH2FR3EKI6CN5", "Mitigation: deactivate a device certificate",
        DOCUMENT(ALLOW("\"iot:UpdateCertificate\"", "")))
    ROW("/service-role/", "AWSIoTDeviceDefenderUpdateCACertMitigationAction",
        "ANPAM5YT2T6L654ZYBGYS", "Mitigation: deactivate a CA certificate",
        DOCUMENT(ALLOW("\"iot:UpdateCACertificate\"", "")))
    ROW("/service-role/", "AWSIoTDeviceDefenderAddThingsToThingGroupMitigationAction",
        "ANPAJ5APWKTZ5LHGBYTE5", "Mitigation: put things into thing groups",
        DOCUMENT(ALLOW(
            "\"iot:AddThingToThingGroup\","
            "\"iot:ListPrincipalThings\"", "")))
    ROW("/service-role/", "AWSIoTDeviceDefenderReplaceDefaultPolicyMitigationAction",
        "ANPA2LR65OQGANZZZ4LRD", "Mitigation: give a policy a blank default version",
        DOCUMENT(ALLOW("\"iot:CreatePolicyVersion\"", "")))
    ROW("/service-role/", "AWSIoTDeviceDefenderEnableIoTLoggingMitigationAction",
        "ANPA7GZO5L6YCO7NKZBKU", "Mitigation: turn logging on",
        DOCUMENT(ALLOW("\"iot:SetV2LoggingOptions\"", "") ","
            ALLOW("\"iam:PassRole\"", ",\"Condition\":{\"StringEquals\":{\"iam:PassedToService\":\"iot.amazonaws.com\"}}")))
    ROW("/service-role/", "AWSIoTDeviceDefenderPublishFindingsToSNSMitigationAction",
        "ANPAIBO32OKAUYPPTT3JF", "Mitigation: publish findings to an SNS topic",
        DOCUMENT(ALLOW("\"sns:Publish\"", "")))
    ROW("/service-role/", "AWSIoTLogging",
        "ANPA5LBGN7GZHHHJUF2FN", "Write access to the log groups of AWS IoT",
        DOCUMENT(ALLOW(
            "\"logs:CreateLogGroup\","
            "\"logs:CreateLogStream\","
            "\"logs:DeleteLogStream\","
            "\"logs:GetLogEvents\","
            "\"logs:PutLogEvents\","
            "\"logs:PutMetricFilter\","
            "\"logs:PutRetentionPolicy\"", "")))
    ROW("/service-role/", "AWSIoTThingsRegistration",
        "ANPAI3YQXTC5XAEVTJNEU", "Provisioning: make things, certificates and policies, and tie them",
        DOCUMENT(ALLOW(
            "\"iot:AddThingToBillingGroup\","
            "\"iot:AddThingToThingGroup\","
            "\"iot:AttachPolicy\","
            "\"iot:AttachPrincipalPolicy\","
            "\"iot:AttachThingPrincipal\","
            "\"iot:CreateCertificateFromCsr\","
            "\"iot:CreatePolicy\","
            "\"iot:CreateThing\","
            "\"iot:DescribeBillingGroup\","
            "\"iot:DescribeCertificate\","
            "\"iot:DescribeThing\","
            "\"iot:DescribeThingGroup\","
            "\"iot:DescribeThingType\","
            "\"iot:DetachPolicy\","
            "\"iot:DetachThingPrincipal\","
            "\"iot:GetPolicy\","
            "\"iot:ListAttachedPolicies\","
            "\"iot:ListPolicyPrincipals\","
            "\"iot:ListPrincipalPolicies\","
            "\"iot:ListPrincipalThings\","
            "\"iot:ListTargetsForPolicy\","
            "\"iot:ListThingGroupsForThing\","
            "\"iot:ListThingPrincipals\","
            "\"iot:RegisterCertificate\","
            "\"iot:RegisterThing\","
            "\"iot:RemoveThingFromBillingGroup\","
            "\"iot:RemoveThingFromThingGroup\","
            "\"iot:UpdateCertificate\","
            "\"iot:UpdateThing\","
            "\"iot:UpdateThingGroupsForThing\"", "")))
    ROW("/", "AWSIoTFullAccess",
        "ANPAABQEGULBPYYQPLIXW", "Everything in AWS IoT",
        DOCUMENT(ALLOW(
            "\"iot:*\","
            "\"iotjobsdata:*\"", "")))
    ROW("/", "AWSIoTConfigReadOnlyAccess",
        "ANPALKOFXTYRSWZBMZHG3", "Read access to what AWS IoT is configured to do",
        DOCUMENT(ALLOW(
            "\"iot:Describe*\","
            "\"iot:Get*\","
            "\"iot:List*\","
            "\"iot:SearchIndex\","
            "\"iot:TestAuthorization\","
            "\"iot:ValidateSecurityProfileBehaviors\"", "")))
    ROW("/", "AWSIoTDataAccess",
        "ANPA3GYVRCITQHZC44UOO", "What devices do: connect, publish, subscribe, receive, shadows",
        DOCUMENT(ALLOW(
            "\"iot:Connect\","
            "\"iot:DeleteThingShadow\","
            "\"iot:GetThingShadow\","
            "\"iot:ListNamedShadowsForThing\","
            "\"iot:Publish\","
            "\"iot:Receive\","
            "\"iot:Subscribe\","
            "\"iot:UpdateThingShadow\"", "")))
    ROW("/", "IAMReadOnlyAccess",
        "ANPALX6RHJC5OXFALFNF6", "Read access to users, roles and policies",
        DOCUMENT(ALLOW(
            "\"iam:GenerateServiceLastAccessedDetails\","
            "\"iam:Get*\","
            "\"iam:List*\"", "")))
    ROW("/", "IAMFullAccess",
        "ANPATMJ5T63DJOLG2WPDQ", "Everything in IAM",
        DOCUMENT(ALLOW("\"iam:*\"", "")))
    ROW("/", "AdministratorAccess",
        "ANPA34SN6YCLNSZWWPS7E", "Everything",
        DOCUMENT(ALLOW("\"*\"", "")))
};

/* clang-format on */

size_t iam_aws_count(void)
{
    return sizeof rows / sizeof rows[0];
}

const struct iam_aws_policy *iam_aws_at(size_t i)
{
    return &rows[i];
}
