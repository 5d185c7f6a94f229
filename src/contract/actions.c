#include "contract/actions.h"

#include "base/banned.h"

/* clang-format off */

#define ROW(op, ...) [OP_##op] = {.there = true, __VA_ARGS__},
#define ON(...)      .resources = {__VA_ARGS__}

#define ALL                 {.form = RESOURCE_ALL}
#define ARN(member)         {.form = RESOURCE_ARN, .path = {{member}}}
#define ARN_OR(member, arn) {.form = RESOURCE_ARN, .path = {{member}}, .otherwise = arn}
#define OURS(kind, member)  {.form = RESOURCE_OURS, .type = STR_INIT(kind), .path = {{member}}}
#define OR(kind, member, arn) \
    {.form = RESOURCE_OURS, .type = STR_INIT(kind), .path = {{member}}, .otherwise = arn}
#define MADE(kind, member)  {.form = RESOURCE_IAM_NEW, .type = STR_INIT(kind), .path = {{member}}}
#define LOGS                {.form = RESOURCE_LOGS, .path = {{M_logGroupName}}, \
                             .otherwise = M_logGroupIdentifier}

#define THING      OURS("thing/", M_thingName)
#define THING_TYPE OURS("thingtype/", M_thingTypeName)
#define GROUP      OURS("thinggroup/", M_thingGroupName)
#define THING_OR_ARN OR("thing/", M_thingName, M_thingArn)
#define GROUP_OR_ARN OR("thinggroup/", M_thingGroupName, M_thingGroupArn)
#define ALIAS      OURS("rolealias/", M_roleAlias)
#define SCHEDULE   OURS("scheduledaudit/", M_scheduledAuditName)
#define MITIGATION OURS("mitigationaction/", M_actionName)
#define CERT       OURS("cert/", M_certificateId)
#define CA         OURS("cacert/", M_certificateId)
#define POLICY     OURS("policy/", M_policyName)
#define POOL       OURS("identitypool/", M_IdentityPoolId)
#define ROLE       {.form = RESOURCE_IAM, .type = STR_INIT("role"), .path = {{M_RoleName}}}
#define USER       {.form = RESOURCE_IAM, .type = STR_INIT("user"), .path = {{M_UserName}}}

const struct action_row action_rows[OP_COUNT] = {
    /* things */
    ROW(CreateThing, ON(THING, OURS("billinggroup/", M_billingGroupName)))
    ROW(UpdateThing, ON(THING))
    ROW(DeleteThing, ON(THING))
    ROW(DescribeThing, ON(THING))
    ROW(ListThings, ON(ALL))
    /* thing types */
    ROW(CreateThingType, ON(THING_TYPE))
    ROW(UpdateThingType, ON(THING_TYPE))
    ROW(DeprecateThingType, ON(THING_TYPE))
    ROW(DeleteThingType, ON(THING_TYPE))
    ROW(DescribeThingType, ON(THING_TYPE))
    ROW(ListThingTypes, ON(ALL))
    /* thing groups */
    ROW(CreateThingGroup, ON(GROUP, OURS("thinggroup/", M_parentGroupName)))
    ROW(UpdateThingGroup, ON(GROUP))
    ROW(DeleteThingGroup, ON(GROUP))
    ROW(CreateDynamicThingGroup, ON(GROUP))
    ROW(UpdateDynamicThingGroup, ON(GROUP))
    ROW(DeleteDynamicThingGroup, ON(GROUP))
    ROW(DescribeThingGroup, ON(GROUP))
    ROW(ListThingGroups, ON(ALL))
    ROW(AddThingToThingGroup, ON(THING_OR_ARN, GROUP_OR_ARN))
    ROW(RemoveThingFromThingGroup, ON(THING_OR_ARN, GROUP_OR_ARN))
    ROW(UpdateThingGroupsForThing,
        ON(THING, OURS("thinggroup/", M_thingGroupsToAdd), OURS("thinggroup/",
        M_thingGroupsToRemove)))
    ROW(ListThingGroupsForThing, ON(THING))
    ROW(ListThingsInThingGroup, ON(GROUP))
    /* principals: the certificate is what is asked about */
    ROW(AttachThingPrincipal, ON(ARN(M_principal)))
    ROW(DetachThingPrincipal, ON(ARN(M_principal)))
    ROW(ListThingPrincipals, ON(THING))
    ROW(ListThingPrincipalsV2, ON(THING))
    ROW(ListPrincipalThings, ON(ARN(M_principal)))
    ROW(ListPrincipalThingsV2, ON(ARN(M_principal)))
    /* tags */
    ROW(TagResource, ON(ARN(M_resourceArn)))
    ROW(UntagResource, ON(ARN(M_resourceArn)))
    ROW(ListTagsForResource, ON(ARN(M_resourceArn)))
    /* role aliases */
    ROW(CreateRoleAlias, ON(ALIAS), .roles = {{{M_roleArn}}})
    ROW(UpdateRoleAlias, ON(ALIAS), .roles = {{{M_roleArn}}})
    ROW(DeleteRoleAlias, ON(ALIAS))
    ROW(DescribeRoleAlias, ON(ALIAS))
    ROW(ListRoleAliases, ON(ALL))
    /* logging, endpoints */
    ROW(SetLoggingOptions, ON(ALL), .roles = {{{M_loggingOptionsPayload, M_roleArn}}})
    ROW(GetLoggingOptions, ON(ALL))
    ROW(SetV2LoggingOptions, ON(ALL), .roles = {{{M_roleArn}}})
    ROW(GetV2LoggingOptions, ON(ALL))
    ROW(SetV2LoggingLevel, ON(ALL))
    ROW(DeleteV2LoggingLevel, ON(ALL))
    ROW(ListV2LoggingLevels, ON(ALL))
    ROW(DescribeEndpoint, ON(ALL))
    /* audits */
    ROW(CancelAuditTask, ON(ALL))
    ROW(DeleteAccountAuditConfiguration, ON(ALL))
    ROW(DescribeAccountAuditConfiguration, ON(ALL))
    ROW(DescribeAuditFinding, ON(ALL))
    ROW(DescribeAuditTask, ON(ALL))
    ROW(ListAuditFindings, ON(ALL))
    ROW(ListAuditTasks, ON(ALL))
    ROW(ListRelatedResourcesForAuditFinding, ON(ALL))
    ROW(StartOnDemandAuditTask, ON(ALL))
    ROW(UpdateAccountAuditConfiguration,
        ON(ALL), .roles = {{{M_roleArn}}, {{M_auditNotificationTargetConfigurations, M_roleArn}}})
    ROW(CreateScheduledAudit, ON(SCHEDULE))
    ROW(DeleteScheduledAudit, ON(SCHEDULE))
    ROW(DescribeScheduledAudit, ON(SCHEDULE))
    ROW(ListScheduledAudits, ON(ALL))
    ROW(UpdateScheduledAudit, ON(SCHEDULE))
    ROW(CreateAuditSuppression, ON(ALL))
    ROW(DeleteAuditSuppression, ON(ALL))
    ROW(DescribeAuditSuppression, ON(ALL))
    ROW(ListAuditSuppressions, ON(ALL))
    ROW(UpdateAuditSuppression, ON(ALL))
    /* mitigation */
    ROW(CreateMitigationAction,
        ON(MITIGATION),
        .roles = {{{M_roleArn}}, {{M_actionParams, M_enableIoTLoggingParams, M_roleArnForLogging}}})
    ROW(DeleteMitigationAction, ON(MITIGATION))
    ROW(DescribeMitigationAction, ON(MITIGATION))
    ROW(ListMitigationActions, ON(ALL))
    ROW(UpdateMitigationAction,
        ON(MITIGATION),
        .roles = {{{M_roleArn}}, {{M_actionParams, M_enableIoTLoggingParams, M_roleArnForLogging}}})
    ROW(StartAuditMitigationActionsTask, ON(ALL))
    ROW(CancelAuditMitigationActionsTask, ON(ALL))
    ROW(DescribeAuditMitigationActionsTask, ON(ALL))
    ROW(ListAuditMitigationActionsTasks, ON(ALL))
    ROW(ListAuditMitigationActionsExecutions, ON(ALL))
    ROW(DescribeAuditMitigationActionsUndo, ON(ALL))
    ROW(ListAuditMitigationActionsChanges, ON(ALL))
    ROW(PreviewAuditMitigationActionsTask, ON(ALL))
    ROW(UndoAuditMitigationActionsTask, ON(ALL))
    /* certificates */
    ROW(AcceptCertificateTransfer, ON(CERT))
    ROW(CancelCertificateTransfer, ON(CERT))
    ROW(CreateCertificateFromCsr, ON(ALL))
    ROW(CreateKeysAndCertificate, ON(ALL))
    ROW(DeleteCertificate, ON(CERT))
    ROW(DescribeCertificate, ON(CERT))
    ROW(ListCertificates, ON(ALL))
    ROW(ListCertificatesByCA, ON(ALL))
    ROW(ListOutgoingCertificates, ON(ALL))
    ROW(RegisterCertificate, ON(ALL))
    ROW(RegisterCertificateWithoutCA, ON(ALL))
    ROW(RejectCertificateTransfer, ON(CERT))
    ROW(TransferCertificate, ON(CERT))
    ROW(UpdateCertificate, ON(CERT))
    /* certificate authorities */
    ROW(DeleteCACertificate, ON(CA))
    ROW(DeleteRegistrationCode, ON(ALL))
    ROW(DescribeCACertificate, ON(CA))
    ROW(GetRegistrationCode, ON(ALL))
    ROW(ListCACertificates, ON(ALL))
    ROW(RegisterCACertificate, ON(ALL), .roles = {{{M_registrationConfig, M_roleArn}}})
    ROW(UpdateCACertificate, ON(CA), .roles = {{{M_registrationConfig, M_roleArn}}})
    /* policies */
    ROW(CreatePolicy, ON(POLICY))
    ROW(CreatePolicyVersion, ON(POLICY))
    ROW(DeletePolicy, ON(POLICY))
    ROW(DeletePolicyVersion, ON(POLICY))
    ROW(GetPolicy, ON(POLICY))
    ROW(GetPolicyVersion, ON(POLICY))
    ROW(ListPolicies, ON(ALL))
    ROW(ListPolicyVersions, ON(POLICY))
    ROW(SetDefaultPolicyVersion, ON(POLICY))
    /* where policies are attached: the target is what is asked about */
    ROW(AttachPolicy, ON(ARN(M_target)))
    ROW(AttachPrincipalPolicy, ON(ARN(M_principal)))
    ROW(DetachPolicy, ON(ARN(M_target)))
    ROW(DetachPrincipalPolicy, ON(ARN(M_principal)))
    ROW(GetEffectivePolicies, ON(ARN(M_principal)))
    ROW(ListAttachedPolicies, ON(ARN(M_target)))
    ROW(ListPolicyPrincipals, ON(ALL))
    ROW(ListPrincipalPolicies, ON(ALL))
    ROW(ListTargetsForPolicy, ON(POLICY))
    ROW(TestAuthorization, ON(ARN(M_principal)))
    /* IAM: roles */
    ROW(iam_CreateRole, ON(MADE("role", M_RoleName)))
    ROW(iam_UpdateRole, ON(ROLE))
    ROW(iam_UpdateRoleDescription, ON(ROLE))
    ROW(iam_UpdateAssumeRolePolicy, ON(ROLE))
    ROW(iam_DeleteRole, ON(ROLE))
    ROW(iam_GetRole, ON(ROLE))
    ROW(iam_ListRoles, ON(ALL))
    ROW(iam_TagRole, ON(ROLE))
    ROW(iam_UntagRole, ON(ROLE))
    ROW(iam_ListRoleTags, ON(ROLE))
    ROW(iam_PutRolePolicy, ON(ROLE))
    ROW(iam_DeleteRolePolicy, ON(ROLE))
    ROW(iam_GetRolePolicy, ON(ROLE))
    ROW(iam_ListRolePolicies, ON(ROLE))
    ROW(iam_AttachRolePolicy, ON(ROLE))
    ROW(iam_DetachRolePolicy, ON(ROLE))
    ROW(iam_ListAttachedRolePolicies, ON(ROLE))
    /* IAM: managed policies */
    ROW(iam_CreatePolicy, ON(MADE("policy", M_PolicyName)))
    ROW(iam_DeletePolicy, ON(ARN(M_PolicyArn)))
    ROW(iam_GetPolicy, ON(ARN(M_PolicyArn)))
    ROW(iam_ListPolicies, ON(ALL))
    ROW(iam_ListEntitiesForPolicy, ON(ARN(M_PolicyArn)))
    ROW(iam_CreatePolicyVersion, ON(ARN(M_PolicyArn)))
    ROW(iam_DeletePolicyVersion, ON(ARN(M_PolicyArn)))
    ROW(iam_GetPolicyVersion, ON(ARN(M_PolicyArn)))
    ROW(iam_ListPolicyVersions, ON(ARN(M_PolicyArn)))
    ROW(iam_SetDefaultPolicyVersion, ON(ARN(M_PolicyArn)))
    ROW(iam_TagPolicy, ON(ARN(M_PolicyArn)))
    ROW(iam_UntagPolicy, ON(ARN(M_PolicyArn)))
    ROW(iam_ListPolicyTags, ON(ARN(M_PolicyArn)))
    /* IAM: users and their access keys */
    ROW(iam_CreateUser, ON(MADE("user", M_UserName)))
    ROW(iam_UpdateUser, ON(USER))
    ROW(iam_DeleteUser, ON(USER))
    ROW(iam_GetUser, ON(USER))
    ROW(iam_ListUsers, ON(ALL))
    ROW(iam_TagUser, ON(USER))
    ROW(iam_UntagUser, ON(USER))
    ROW(iam_ListUserTags, ON(USER))
    ROW(iam_PutUserPolicy, ON(USER))
    ROW(iam_DeleteUserPolicy, ON(USER))
    ROW(iam_GetUserPolicy, ON(USER))
    ROW(iam_ListUserPolicies, ON(USER))
    ROW(iam_AttachUserPolicy, ON(USER))
    ROW(iam_DetachUserPolicy, ON(USER))
    ROW(iam_ListAttachedUserPolicies, ON(USER))
    ROW(iam_CreateAccessKey, ON(USER))
    ROW(iam_UpdateAccessKey, ON(USER))
    ROW(iam_DeleteAccessKey, ON(USER))
    ROW(iam_ListAccessKeys, ON(USER))
    ROW(iam_GetAccessKeyLastUsed, ON(ALL))
    /* IAM: the account */
    ROW(iam_GetAccountAuthorizationDetails, ON(ALL))
    ROW(iam_GetAccountSummary, ON(ALL))
    /* SNS */
    ROW(sns_CreateTopic, ON(OURS("", M_Name)))
    ROW(sns_DeleteTopic, ON(ARN(M_TopicArn)))
    ROW(sns_GetTopicAttributes, ON(ARN(M_TopicArn)))
    ROW(sns_SetTopicAttributes, ON(ARN(M_TopicArn)))
    ROW(sns_ListTopics, ON(ALL))
    ROW(sns_Subscribe, ON(ARN(M_TopicArn)))
    ROW(sns_ConfirmSubscription, ON(ARN(M_TopicArn)))
    ROW(sns_Unsubscribe, ON(ALL))
    ROW(sns_GetSubscriptionAttributes, ON(ALL))
    ROW(sns_SetSubscriptionAttributes, ON(ALL))
    ROW(sns_ListSubscriptions, ON(ALL))
    ROW(sns_ListSubscriptionsByTopic, ON(ARN(M_TopicArn)))
    ROW(sns_Publish, ON(ARN_OR(M_TopicArn, M_TargetArn)))
    ROW(sns_PublishBatch, ON(ARN(M_TopicArn)), .name = STR_INIT("Publish"))
    ROW(sns_TagResource, ON(ARN(M_ResourceArn)))
    ROW(sns_UntagResource, ON(ARN(M_ResourceArn)))
    ROW(sns_ListTagsForResource, ON(ARN(M_ResourceArn)))
    /* CloudWatch Logs */
    ROW(logs_DescribeLogGroups, ON(LOGS))
    ROW(logs_DescribeLogStreams, ON(LOGS))
    ROW(logs_FilterLogEvents, ON(LOGS))
    ROW(logs_GetLogEvents, ON(LOGS))
    ROW(logs_PutRetentionPolicy, ON(LOGS))
    ROW(logs_DeleteRetentionPolicy, ON(LOGS))
    /* Cognito identity pools */
    ROW(cognito_CreateIdentityPool, ON(ALL))
    ROW(cognito_UpdateIdentityPool, ON(POOL))
    ROW(cognito_DeleteIdentityPool, ON(POOL))
    ROW(cognito_DescribeIdentityPool, ON(POOL))
    ROW(cognito_ListIdentityPools, ON(ALL))
    ROW(cognito_SetIdentityPoolRoles, ON(POOL), .roles = {{{M_Roles}}})
    ROW(cognito_GetIdentityPoolRoles, ON(POOL))
    ROW(cognito_TagResource, ON(ARN(M_ResourceArn)))
    ROW(cognito_UntagResource, ON(ARN(M_ResourceArn)))
    ROW(cognito_ListTagsForResource, ON(ARN(M_ResourceArn)))
    /* STS: "No permissions are required to perform this operation", not even when it is denied */
    ROW(sts_GetCallerIdentity, .free = true, ON(ALL))
};

/* clang-format on */
