/* handlers.h: the operations that are offered: one row, one handler.
 *
 * A row is X(operation, how). `how` says where the handler op_<operation> runs:
 *   READ            on the connection's thread, with a read view; it never waits for writers
 *   WRITE           on the store's writer thread, inside one transaction
 *   PREPARED_WRITE  as WRITE, after prepare_<operation> ran on a worker thread without a
 *                   transaction: there certificates are parsed and keys generated
 *   DIRECT          on a worker thread without a transaction: the handler uses env->store itself
 *
 * The rows declare the handlers; the files api/op_*.c define them, each for one kind of resource.
 * Operations of the service model without a row answer 501, NotImplementedException.
 */
#ifndef API_HANDLERS_H
#define API_HANDLERS_H

#include "api/call.h"

/* clang-format off */

#define HANDLERS(X) \
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
    /* certificates */ \
    X(AcceptCertificateTransfer, WRITE) \
    X(CancelCertificateTransfer, WRITE) \
    X(CreateCertificateFromCsr, PREPARED_WRITE) \
    X(CreateKeysAndCertificate, PREPARED_WRITE) \
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

enum handler_kind { KIND_NONE, KIND_READ, KIND_WRITE, KIND_DIRECT };

typedef enum status op_handler(struct call *call, struct why *why);

struct handler {
    enum handler_kind kind; /* KIND_NONE: not offered */
    op_handler *run;
    op_handler *prepare; /* NULL: nothing to prepare */
};

/* By op_id. The door takes the table as an argument, so that a test can give its own. */
extern const struct handler handlers[OP_COUNT];

#define DECLARE_READ(name)   op_handler op_##name;
#define DECLARE_WRITE(name)  op_handler op_##name;
#define DECLARE_DIRECT(name) op_handler op_##name;
#define DECLARE_PREPARED_WRITE(name)                                                               \
    op_handler op_##name;                                                                          \
    op_handler prepare_##name;
#define DECLARE_HANDLER(name, how) DECLARE_##how(name)
HANDLERS(DECLARE_HANDLER)
#undef DECLARE_HANDLER

#endif
