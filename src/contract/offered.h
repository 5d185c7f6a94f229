/* offered.h: the operations of the service models that Bulwark offers; the others answer 501.
 *
 * A row is X(operation, how); api/handlers.h says what the words mean. From the rows come the
 * handlers' declarations and table, `bulwark api`, and the proof that each was called in a test.
 *
 * Operations of AWS IoT go by their own name, those of another service by SERVICE_Operation with
 * the ids of contract/services.inc: iam_CreateRole. Of these services the shapes are derived for
 * the operations that have a row here, so after a new row run tools/derive-contract.
 */
#ifndef CONTRACT_OFFERED_H
#define CONTRACT_OFFERED_H

/* clang-format off */

#define OFFERED(X) \
    /* things */ \
    X(CreateThing, WRITE) \
    X(UpdateThing, WRITE) \
    X(DeleteThing, WRITE) \
    X(DescribeThing, READ) \
    X(ListThings, READ) \
    /* thing types */ \
    X(CreateThingType, WRITE) \
    X(UpdateThingType, WRITE) \
    X(DeprecateThingType, WRITE) \
    X(DeleteThingType, WRITE) \
    X(DescribeThingType, READ) \
    X(ListThingTypes, READ) \
    /* thing groups */ \
    X(CreateThingGroup, WRITE) \
    X(UpdateThingGroup, WRITE) \
    X(DeleteThingGroup, WRITE) \
    X(CreateDynamicThingGroup, WRITE) \
    X(UpdateDynamicThingGroup, WRITE) \
    X(DeleteDynamicThingGroup, WRITE) \
    X(DescribeThingGroup, READ) \
    X(ListThingGroups, READ) \
    X(AddThingToThingGroup, WRITE) \
    X(RemoveThingFromThingGroup, WRITE) \
    X(UpdateThingGroupsForThing, WRITE) \
    X(ListThingGroupsForThing, READ) \
    X(ListThingsInThingGroup, READ) \
    /* principals */ \
    X(AttachThingPrincipal, WRITE) \
    X(DetachThingPrincipal, WRITE) \
    X(ListThingPrincipals, READ) \
    X(ListThingPrincipalsV2, READ) \
    X(ListPrincipalThings, READ) \
    X(ListPrincipalThingsV2, READ) \
    /* tags */ \
    X(TagResource, WRITE) \
    X(UntagResource, WRITE) \
    X(ListTagsForResource, READ) \
    /* role aliases */ \
    X(CreateRoleAlias, WRITE) \
    X(UpdateRoleAlias, WRITE) \
    X(DeleteRoleAlias, WRITE) \
    X(DescribeRoleAlias, READ) \
    X(ListRoleAliases, READ) \
    /* logging, endpoints */ \
    X(SetLoggingOptions, WRITE) \
    X(GetLoggingOptions, READ) \
    X(SetV2LoggingOptions, WRITE) \
    X(GetV2LoggingOptions, READ) \
    X(SetV2LoggingLevel, WRITE) \
    X(DeleteV2LoggingLevel, WRITE) \
    X(ListV2LoggingLevels, READ) \
    X(DescribeEndpoint, READ) \
    /* audits */ \
    X(CancelAuditTask, WRITE) \
    X(DeleteAccountAuditConfiguration, WRITE) \
    X(DescribeAccountAuditConfiguration, READ) \
    X(DescribeAuditFinding, READ) \
    X(DescribeAuditTask, READ) \
    X(ListAuditFindings, READ) \
    X(ListAuditTasks, READ) \
    X(ListRelatedResourcesForAuditFinding, READ) \
    X(StartOnDemandAuditTask, WRITE) \
    X(UpdateAccountAuditConfiguration, WRITE) \
    X(CreateScheduledAudit, WRITE) \
    X(DeleteScheduledAudit, WRITE) \
    X(DescribeScheduledAudit, READ) \
    X(ListScheduledAudits, READ) \
    X(UpdateScheduledAudit, WRITE) \
    X(CreateAuditSuppression, WRITE) \
    X(DeleteAuditSuppression, WRITE) \
    X(DescribeAuditSuppression, READ) \
    X(ListAuditSuppressions, READ) \
    X(UpdateAuditSuppression, WRITE) \
    /* mitigation */ \
    X(CancelAuditMitigationActionsTask, WRITE) \
    X(CreateMitigationAction, WRITE) \
    X(DeleteMitigationAction, WRITE) \
    X(DescribeAuditMitigationActionsTask, READ) \
    X(DescribeAuditMitigationActionsUndo, READ) \
    X(DescribeMitigationAction, READ) \
    X(ListAuditMitigationActionsChanges, READ) \
    X(ListAuditMitigationActionsExecutions, READ) \
    X(ListAuditMitigationActionsTasks, READ) \
    X(ListMitigationActions, READ) \
    X(PreviewAuditMitigationActionsTask, READ) \
    X(StartAuditMitigationActionsTask, WRITE) \
    X(UndoAuditMitigationActionsTask, WRITE) \
    X(UpdateMitigationAction, WRITE) \
    /* detection */ \
    X(AttachSecurityProfile, WRITE) \
    X(CreateCustomMetric, WRITE) \
    X(CreateDimension, WRITE) \
    X(CreateSecurityProfile, WRITE) \
    X(DeleteCustomMetric, WRITE) \
    X(DeleteDimension, WRITE) \
    X(DeleteSecurityProfile, WRITE) \
    X(DescribeCustomMetric, READ) \
    X(DescribeDimension, READ) \
    X(DescribeSecurityProfile, READ) \
    X(DetachSecurityProfile, WRITE) \
    X(ListCustomMetrics, READ) \
    X(ListDimensions, READ) \
    X(ListSecurityProfiles, READ) \
    X(ListSecurityProfilesForTarget, READ) \
    X(ListTargetsForSecurityProfile, READ) \
    X(UpdateCustomMetric, WRITE) \
    X(UpdateDimension, WRITE) \
    X(UpdateSecurityProfile, WRITE) \
    X(ValidateSecurityProfileBehaviors, READ) \
    /* notifications: operations of our own */ \
    X(DescribeNotification, READ) \
    X(ListNotifications, READ) \
    X(ResendNotification, WRITE) \
    /* brokers: AWS IoT's data plane, and operations of our own */ \
    X(DeleteConnection, READ) \
    X(GetRetainedMessage, READ) \
    X(GetThingConnectivityData, READ) \
    X(ListRetainedMessages, READ) \
    X(Publish, DIRECT) \
    X(CreateBan, WRITE) \
    X(DeleteBan, WRITE) \
    X(ListBans, READ) \
    X(ListConnections, READ) \
    /* certificates */ \
    X(AcceptCertificateTransfer, WRITE) \
    X(CancelCertificateTransfer, WRITE) \
    X(CreateCertificateFromCsr, PREPARED_WRITE) \
    X(CreateKeysAndCertificate, KEYS_WRITE) \
    X(DeleteCertificate, WRITE) \
    X(DescribeCertificate, READ) \
    X(ListCertificates, READ) \
    X(ListCertificatesByCA, READ) \
    X(ListOutgoingCertificates, READ) \
    X(RegisterCertificate, PREPARED_WRITE) \
    X(RegisterCertificateWithoutCA, PREPARED_WRITE) \
    X(RejectCertificateTransfer, WRITE) \
    X(TransferCertificate, WRITE) \
    X(UpdateCertificate, WRITE) \
    /* certificate authorities */ \
    X(DeleteCACertificate, WRITE) \
    X(DeleteRegistrationCode, WRITE) \
    X(DescribeCACertificate, READ) \
    X(GetRegistrationCode, WRITE) \
    X(ListCACertificates, READ) \
    X(RegisterCACertificate, PREPARED_WRITE) \
    X(UpdateCACertificate, PREPARED_WRITE) \
    /* provisioning: templates, claims, things made from them */ \
    X(CreateProvisioningClaim, KEYS_WRITE) \
    X(CreateProvisioningTemplate, PREPARED_WRITE) \
    X(CreateProvisioningTemplateVersion, PREPARED_WRITE) \
    X(DeleteProvisioningTemplate, WRITE) \
    X(DeleteProvisioningTemplateVersion, WRITE) \
    X(DescribeProvisioningTemplate, READ) \
    X(DescribeProvisioningTemplateVersion, READ) \
    X(ListBrokerMessages, READ) \
    X(ListProvisioningTemplateVersions, READ) \
    X(ListProvisioningTemplates, READ) \
    X(MeetDevice, DIRECT) \
    X(RegisterThing, PREPARED_WRITE) \
    X(UpdateProvisioningTemplate, WRITE) \
    /* policies */ \
    X(CreatePolicy, PREPARED_WRITE) \
    X(CreatePolicyVersion, PREPARED_WRITE) \
    X(DeletePolicy, WRITE) \
    X(DeletePolicyVersion, WRITE) \
    X(GetPolicy, READ) \
    X(GetPolicyVersion, READ) \
    X(ListPolicies, READ) \
    X(ListPolicyVersions, READ) \
    X(SetDefaultPolicyVersion, WRITE) \
    /* where policies are attached, and what they decide */ \
    X(AttachPolicy, WRITE) \
    X(AttachPrincipalPolicy, WRITE) \
    X(DetachPolicy, WRITE) \
    X(DetachPrincipalPolicy, WRITE) \
    X(GetEffectivePolicies, READ) \
    X(ListAttachedPolicies, READ) \
    X(ListPolicyPrincipals, READ) \
    X(ListPrincipalPolicies, READ) \
    X(ListTargetsForPolicy, READ) \
    X(TestAuthorization, READ) \
    /* IAM: roles */ \
    X(iam_CreateRole, WRITE) \
    X(iam_UpdateRole, WRITE) \
    X(iam_UpdateRoleDescription, WRITE) \
    X(iam_UpdateAssumeRolePolicy, WRITE) \
    X(iam_DeleteRole, WRITE) \
    X(iam_GetRole, READ) \
    X(iam_ListRoles, READ) \
    X(iam_TagRole, WRITE) \
    X(iam_UntagRole, WRITE) \
    X(iam_ListRoleTags, READ) \
    X(iam_PutRolePolicy, WRITE) \
    X(iam_DeleteRolePolicy, WRITE) \
    X(iam_GetRolePolicy, READ) \
    X(iam_ListRolePolicies, READ) \
    X(iam_AttachRolePolicy, WRITE) \
    X(iam_DetachRolePolicy, WRITE) \
    X(iam_ListAttachedRolePolicies, READ) \
    /* IAM: managed policies */ \
    X(iam_CreatePolicy, WRITE) \
    X(iam_DeletePolicy, WRITE) \
    X(iam_GetPolicy, READ) \
    X(iam_ListPolicies, READ) \
    X(iam_ListEntitiesForPolicy, READ) \
    X(iam_CreatePolicyVersion, WRITE) \
    X(iam_DeletePolicyVersion, WRITE) \
    X(iam_GetPolicyVersion, READ) \
    X(iam_ListPolicyVersions, READ) \
    X(iam_SetDefaultPolicyVersion, WRITE) \
    X(iam_TagPolicy, WRITE) \
    X(iam_UntagPolicy, WRITE) \
    X(iam_ListPolicyTags, READ) \
    /* IAM: users and their access keys */ \
    X(iam_CreateUser, WRITE) \
    X(iam_UpdateUser, LATER) \
    X(iam_DeleteUser, WRITE) \
    X(iam_GetUser, READ) \
    X(iam_ListUsers, READ) \
    X(iam_TagUser, WRITE) \
    X(iam_UntagUser, WRITE) \
    X(iam_ListUserTags, READ) \
    X(iam_PutUserPolicy, WRITE) \
    X(iam_DeleteUserPolicy, WRITE) \
    X(iam_GetUserPolicy, READ) \
    X(iam_ListUserPolicies, READ) \
    X(iam_AttachUserPolicy, WRITE) \
    X(iam_DetachUserPolicy, WRITE) \
    X(iam_ListAttachedUserPolicies, READ) \
    X(iam_CreateAccessKey, WRITE) \
    X(iam_UpdateAccessKey, WRITE) \
    X(iam_DeleteAccessKey, WRITE) \
    X(iam_ListAccessKeys, READ) \
    X(iam_GetAccessKeyLastUsed, LATER) \
    /* IAM: the account */ \
    X(iam_GenerateServiceLastAccessedDetails, WRITE) \
    X(iam_GetAccountAuthorizationDetails, READ) \
    X(iam_GetAccountSummary, LATER) \
    X(iam_GetServiceLastAccessedDetails, READ) \
    X(iam_GetServiceLastAccessedDetailsWithEntities, READ) \
    /* STS */ \
    X(sts_GetCallerIdentity, READ) \
    /* SNS: topics, subscriptions, messages */ \
    X(sns_CreateTopic, WRITE) \
    X(sns_DeleteTopic, WRITE) \
    X(sns_GetTopicAttributes, READ) \
    X(sns_SetTopicAttributes, WRITE) \
    X(sns_ListTopics, READ) \
    X(sns_Subscribe, WRITE) \
    X(sns_ConfirmSubscription, WRITE) \
    X(sns_Unsubscribe, WRITE) \
    X(sns_GetSubscriptionAttributes, READ) \
    X(sns_SetSubscriptionAttributes, WRITE) \
    X(sns_ListSubscriptions, READ) \
    X(sns_ListSubscriptionsByTopic, READ) \
    X(sns_Publish, WRITE) \
    X(sns_PublishBatch, LATER) \
    X(sns_TagResource, WRITE) \
    X(sns_UntagResource, WRITE) \
    X(sns_ListTagsForResource, READ) \
    /* CloudWatch Logs */ \
    X(logs_DescribeLogGroups, READ) \
    X(logs_DescribeLogStreams, READ) \
    X(logs_FilterLogEvents, READ) \
    X(logs_GetLogEvents, READ) \
    X(logs_PutRetentionPolicy, LATER) \
    X(logs_DeleteRetentionPolicy, LATER) \
    /* Cognito identity pools and their roles */ \
    X(cognito_CreateIdentityPool, WRITE) \
    X(cognito_UpdateIdentityPool, WRITE) \
    X(cognito_DeleteIdentityPool, WRITE) \
    X(cognito_DescribeIdentityPool, READ) \
    X(cognito_ListIdentityPools, READ) \
    X(cognito_SetIdentityPoolRoles, WRITE) \
    X(cognito_GetIdentityPoolRoles, READ) \
    X(cognito_TagResource, WRITE) \
    X(cognito_UntagResource, WRITE) \
    X(cognito_ListTagsForResource, READ)

/* clang-format on */

#endif
