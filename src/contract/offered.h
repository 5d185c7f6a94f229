/* offered.h: the operations of the service model that Bulwark offers; the others answer 501.
 *
 * A row is X(operation, how); api/handlers.h says what the words mean. From the rows come the
 * handlers' declarations and table, `bulwark api`, and the proof that each was called in a test.
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
    /* mitigation */ \
    X(CreateMitigationAction, WRITE) \
    X(DeleteMitigationAction, WRITE) \
    X(DescribeMitigationAction, READ) \
    X(ListMitigationActions, READ) \
    X(UpdateMitigationAction, WRITE) \
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
    X(UpdateCACertificate, WRITE) \
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
    X(TestAuthorization, READ)

/* clang-format on */

#endif
