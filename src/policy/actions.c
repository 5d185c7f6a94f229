#include "policy/actions.h"

#include "base/banned.h"

#define ACTION_ROW(name, text, class, type, jobs)                                                  \
    [POLICY_##name] = {STR_INIT(text), POLICY_CLASS_##class, POLICY_TYPE_##type, jobs},
const struct policy_action_row policy_actions[POLICY_ACTION_COUNT] = {
    POLICY_ACTION_LIST(ACTION_ROW)};
#undef ACTION_ROW

static const struct str admin_names[] = {
    STR_INIT("AcceptCertificateTransfer"),
    STR_INIT("AddThingToBillingGroup"),
    STR_INIT("AssociateSbomWithPackageVersion"),
    STR_INIT("AssociateTargetsWithJob"),
    STR_INIT("AttachPolicy"),
    STR_INIT("AttachPrincipalPolicy"),
    STR_INIT("AttachSecurityProfile"),
    STR_INIT("CancelAuditMitigationActionsTask"),
    STR_INIT("CancelAuditTask"),
    STR_INIT("CancelCertificateTransfer"),
    STR_INIT("CancelDetectMitigationActionsTask"),
    STR_INIT("CancelJob"),
    STR_INIT("CancelJobExecution"),
    STR_INIT("ClearDefaultAuthorizer"),
    STR_INIT("ConfirmTopicRuleDestination"),
    STR_INIT("CreateAuditSuppression"),
    STR_INIT("CreateAuthorizer"),
    STR_INIT("CreateBillingGroup"),
    STR_INIT("CreateCertificateFromCsr"),
    STR_INIT("CreateCertificateProvider"),
    STR_INIT("CreateCommand"),
    STR_INIT("CreateCustomMetric"),
    STR_INIT("CreateDimension"),
    STR_INIT("CreateDomainConfiguration"),
    STR_INIT("CreateDynamicThingGroup"),
    STR_INIT("CreateFleetMetric"),
    STR_INIT("CreateJob"),
    STR_INIT("CreateJobTemplate"),
    STR_INIT("CreateKeysAndCertificate"),
    STR_INIT("CreateMitigationAction"),
    STR_INIT("CreateOTAUpdate"),
    STR_INIT("CreatePackage"),
    STR_INIT("CreatePackageVersion"),
    STR_INIT("CreatePolicy"),
    STR_INIT("CreatePolicyVersion"),
    STR_INIT("CreateProvisioningClaim"),
    STR_INIT("CreateProvisioningTemplate"),
    STR_INIT("CreateProvisioningTemplateVersion"),
    STR_INIT("CreateRoleAlias"),
    STR_INIT("CreateScheduledAudit"),
    STR_INIT("CreateSecurityProfile"),
    STR_INIT("CreateStream"),
    STR_INIT("CreateThingGroup"),
    STR_INIT("CreateThingType"),
    STR_INIT("CreateTopicRule"),
    STR_INIT("CreateTopicRuleDestination"),
    STR_INIT("DeleteAccountAuditConfiguration"),
    STR_INIT("DeleteAuditSuppression"),
    STR_INIT("DeleteAuthorizer"),
    STR_INIT("DeleteBillingGroup"),
    STR_INIT("DeleteCACertificate"),
    STR_INIT("DeleteCertificate"),
    STR_INIT("DeleteCertificateProvider"),
    STR_INIT("DeleteCommand"),
    STR_INIT("DeleteCommandExecution"),
    STR_INIT("DeleteCustomMetric"),
    STR_INIT("DeleteDimension"),
    STR_INIT("DeleteDomainConfiguration"),
    STR_INIT("DeleteDynamicThingGroup"),
    STR_INIT("DeleteFleetMetric"),
    STR_INIT("DeleteJob"),
    STR_INIT("DeleteJobExecution"),
    STR_INIT("DeleteJobTemplate"),
    STR_INIT("DeleteMitigationAction"),
    STR_INIT("DeleteOTAUpdate"),
    STR_INIT("DeletePackage"),
    STR_INIT("DeletePackageVersion"),
    STR_INIT("DeletePolicy"),
    STR_INIT("DeletePolicyVersion"),
    STR_INIT("DeleteProvisioningTemplate"),
    STR_INIT("DeleteProvisioningTemplateVersion"),
    STR_INIT("DeleteRegistrationCode"),
    STR_INIT("DeleteRoleAlias"),
    STR_INIT("DeleteScheduledAudit"),
    STR_INIT("DeleteSecurityProfile"),
    STR_INIT("DeleteStream"),
    STR_INIT("DeleteThingGroup"),
    STR_INIT("DeleteThingType"),
    STR_INIT("DeleteTopicRule"),
    STR_INIT("DeleteTopicRuleDestination"),
    STR_INIT("DeleteV2LoggingLevel"),
    STR_INIT("DeprecateThingType"),
    STR_INIT("DescribeAccountAuditConfiguration"),
    STR_INIT("DescribeAuditFinding"),
    STR_INIT("DescribeAuditMitigationActionsTask"),
    STR_INIT("DescribeAuditSuppression"),
    STR_INIT("DescribeAuditTask"),
    STR_INIT("DescribeAuthorizer"),
    STR_INIT("DescribeBillingGroup"),
    STR_INIT("DescribeCACertificate"),
    STR_INIT("DescribeCertificate"),
    STR_INIT("DescribeCertificateProvider"),
    STR_INIT("DescribeCustomMetric"),
    STR_INIT("DescribeDefaultAuthorizer"),
    STR_INIT("DescribeDetectMitigationActionsTask"),
    STR_INIT("DescribeDimension"),
    STR_INIT("DescribeDomainConfiguration"),
    STR_INIT("DescribeEncryptionConfiguration"),
    STR_INIT("DescribeEndpoint"),
    STR_INIT("DescribeEventConfigurations"),
    STR_INIT("DescribeFleetMetric"),
    STR_INIT("DescribeIndex"),
    STR_INIT("DescribeJob"),
    STR_INIT("DescribeJobTemplate"),
    STR_INIT("DescribeManagedJobTemplate"),
    STR_INIT("DescribeMitigationAction"),
    STR_INIT("DescribeProvisioningTemplate"),
    STR_INIT("DescribeProvisioningTemplateVersion"),
    STR_INIT("DescribeRoleAlias"),
    STR_INIT("DescribeScheduledAudit"),
    STR_INIT("DescribeSecurityProfile"),
    STR_INIT("DescribeStream"),
    STR_INIT("DescribeThingGroup"),
    STR_INIT("DescribeThingRegistrationTask"),
    STR_INIT("DescribeThingType"),
    STR_INIT("DetachPolicy"),
    STR_INIT("DetachPrincipalPolicy"),
    STR_INIT("DetachSecurityProfile"),
    STR_INIT("DisableTopicRule"),
    STR_INIT("DisassociateSbomFromPackageVersion"),
    STR_INIT("EnableTopicRule"),
    STR_INIT("GetBehaviorModelTrainingSummaries"),
    STR_INIT("GetBucketsAggregation"),
    STR_INIT("GetCardinality"),
    STR_INIT("GetCommand"),
    STR_INIT("GetCommandExecution"),
    STR_INIT("GetEffectivePolicies"),
    STR_INIT("GetIndexingConfiguration"),
    STR_INIT("GetJobDocument"),
    STR_INIT("GetLoggingOptions"),
    STR_INIT("GetOTAUpdate"),
    STR_INIT("GetPackage"),
    STR_INIT("GetPackageConfiguration"),
    STR_INIT("GetPackageVersion"),
    STR_INIT("GetPercentiles"),
    STR_INIT("GetPolicy"),
    STR_INIT("GetPolicyVersion"),
    STR_INIT("GetRegistrationCode"),
    STR_INIT("GetStatistics"),
    STR_INIT("GetThingConnectivityData"),
    STR_INIT("GetTopicRule"),
    STR_INIT("GetTopicRuleDestination"),
    STR_INIT("GetV2LoggingOptions"),
    STR_INIT("ListActiveViolations"),
    STR_INIT("ListAttachedPolicies"),
    STR_INIT("ListAuditFindings"),
    STR_INIT("ListAuditMitigationActionsExecutions"),
    STR_INIT("ListAuditMitigationActionsTasks"),
    STR_INIT("ListAuditSuppressions"),
    STR_INIT("ListAuditTasks"),
    STR_INIT("ListAuthorizers"),
    STR_INIT("ListBillingGroups"),
    STR_INIT("ListCACertificates"),
    STR_INIT("ListCertificateProviders"),
    STR_INIT("ListCertificates"),
    STR_INIT("ListCertificatesByCA"),
    STR_INIT("ListCommandExecutions"),
    STR_INIT("ListCommands"),
    STR_INIT("ListCustomMetrics"),
    STR_INIT("ListDetectMitigationActionsExecutions"),
    STR_INIT("ListDetectMitigationActionsTasks"),
    STR_INIT("ListDimensions"),
    STR_INIT("ListDomainConfigurations"),
    STR_INIT("ListFleetMetrics"),
    STR_INIT("ListIndices"),
    STR_INIT("ListJobExecutionsForJob"),
    STR_INIT("ListJobTemplates"),
    STR_INIT("ListJobs"),
    STR_INIT("ListManagedJobTemplates"),
    STR_INIT("ListMetricValues"),
    STR_INIT("ListMitigationActions"),
    STR_INIT("ListOTAUpdates"),
    STR_INIT("ListOutgoingCertificates"),
    STR_INIT("ListPackageVersions"),
    STR_INIT("ListPackages"),
    STR_INIT("ListPolicies"),
    STR_INIT("ListPolicyPrincipals"),
    STR_INIT("ListPolicyVersions"),
    STR_INIT("ListPrincipalPolicies"),
    STR_INIT("ListPrincipalThings"),
    STR_INIT("ListPrincipalThingsV2"),
    STR_INIT("ListProvisioningTemplateVersions"),
    STR_INIT("ListProvisioningTemplates"),
    STR_INIT("ListRelatedResourcesForAuditFinding"),
    STR_INIT("ListRoleAliases"),
    STR_INIT("ListSbomValidationResults"),
    STR_INIT("ListScheduledAudits"),
    STR_INIT("ListSecurityProfiles"),
    STR_INIT("ListSecurityProfilesForTarget"),
    STR_INIT("ListStreams"),
    STR_INIT("ListTagsForResource"),
    STR_INIT("ListTargetsForPolicy"),
    STR_INIT("ListTargetsForSecurityProfile"),
    STR_INIT("ListThingGroups"),
    STR_INIT("ListThingPrincipalsV2"),
    STR_INIT("ListThingRegistrationTaskReports"),
    STR_INIT("ListThingRegistrationTasks"),
    STR_INIT("ListThingTypes"),
    STR_INIT("ListThingsInBillingGroup"),
    STR_INIT("ListTopicRuleDestinations"),
    STR_INIT("ListTopicRules"),
    STR_INIT("ListV2LoggingLevels"),
    STR_INIT("ListViolationEvents"),
    STR_INIT("PutVerificationStateOnViolation"),
    STR_INIT("RegisterCACertificate"),
    STR_INIT("RegisterCertificate"),
    STR_INIT("RegisterCertificateWithoutCA"),
    STR_INIT("RejectCertificateTransfer"),
    STR_INIT("RemoveThingFromBillingGroup"),
    STR_INIT("ReplaceTopicRule"),
    STR_INIT("SearchIndex"),
    STR_INIT("SetDefaultAuthorizer"),
    STR_INIT("SetDefaultPolicyVersion"),
    STR_INIT("SetLoggingOptions"),
    STR_INIT("SetV2LoggingLevel"),
    STR_INIT("SetV2LoggingOptions"),
    STR_INIT("StartAuditMitigationActionsTask"),
    STR_INIT("StartDetectMitigationActionsTask"),
    STR_INIT("StartOnDemandAuditTask"),
    STR_INIT("StartThingRegistrationTask"),
    STR_INIT("StopThingRegistrationTask"),
    STR_INIT("TagResource"),
    STR_INIT("TestAuthorization"),
    STR_INIT("TestInvokeAuthorizer"),
    STR_INIT("TransferCertificate"),
    STR_INIT("UntagResource"),
    STR_INIT("UpdateAccountAuditConfiguration"),
    STR_INIT("UpdateAuditSuppression"),
    STR_INIT("UpdateAuthorizer"),
    STR_INIT("UpdateBillingGroup"),
    STR_INIT("UpdateCACertificate"),
    STR_INIT("UpdateCertificate"),
    STR_INIT("UpdateCertificateProvider"),
    STR_INIT("UpdateCommand"),
    STR_INIT("UpdateCustomMetric"),
    STR_INIT("UpdateDimension"),
    STR_INIT("UpdateDomainConfiguration"),
    STR_INIT("UpdateDynamicThingGroup"),
    STR_INIT("UpdateEncryptionConfiguration"),
    STR_INIT("UpdateEventConfigurations"),
    STR_INIT("UpdateFleetMetric"),
    STR_INIT("UpdateIndexingConfiguration"),
    STR_INIT("UpdateJob"),
    STR_INIT("UpdateMitigationAction"),
    STR_INIT("UpdatePackage"),
    STR_INIT("UpdatePackageConfiguration"),
    STR_INIT("UpdatePackageVersion"),
    STR_INIT("UpdateProvisioningTemplate"),
    STR_INIT("UpdateRoleAlias"),
    STR_INIT("UpdateScheduledAudit"),
    STR_INIT("UpdateSecurityProfile"),
    STR_INIT("UpdateStream"),
    STR_INIT("UpdateThingGroup"),
    STR_INIT("UpdateThingType"),
    STR_INIT("UpdateTopicRuleDestination"),
    STR_INIT("ValidateSecurityProfileBehaviors"),
};

static const struct str type_prefixes[POLICY_TYPE_COUNT] = {
    [POLICY_TYPE_NONE] = STR_INIT(""),        [POLICY_TYPE_CLIENT] = STR_INIT("client/"),
    [POLICY_TYPE_TOPIC] = STR_INIT("topic/"), [POLICY_TYPE_TOPICFILTER] = STR_INIT("topicfilter/"),
    [POLICY_TYPE_THING] = STR_INIT("thing/"), [POLICY_TYPE_ROLEALIAS] = STR_INIT("rolealias/"),
};

struct str policy_type_prefix(enum policy_type type)
{
    return type_prefixes[type];
}

size_t policy_admin_count(void)
{
    return sizeof admin_names / sizeof admin_names[0];
}

struct str policy_admin_name(size_t i)
{
    return admin_names[i];
}

#define CLASS_BIT(name, text, class, type, jobs)                                                   \
    +((POLICY_CLASS_##class == CLASS) ? UINT64_C(1) << POLICY_##name : 0)

uint64_t policy_class_set(enum policy_class class)
{
    static const uint64_t sets[POLICY_CLASS_COUNT] = {
#define CLASS POLICY_CLASS_DATA
        [CLASS] = POLICY_ACTION_LIST(CLASS_BIT),
#undef CLASS
#define CLASS POLICY_CLASS_RECEIVE
        [CLASS] = POLICY_ACTION_LIST(CLASS_BIT),
#undef CLASS
#define CLASS POLICY_CLASS_READ
        [CLASS] = POLICY_ACTION_LIST(CLASS_BIT),
#undef CLASS
#define CLASS POLICY_CLASS_WRITE
        [CLASS] = POLICY_ACTION_LIST(CLASS_BIT),
#undef CLASS
#define CLASS POLICY_CLASS_UNASSIGNED
        [CLASS] = POLICY_ACTION_LIST(CLASS_BIT),
#undef CLASS
    };
    return sets[class];
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool policy_action_matches(struct str pattern, struct str name)
{
    size_t p = 0;
    size_t n = 0;
    size_t star = SIZE_MAX; /* where in the pattern the last `*` stands */
    size_t held = 0;        /* how far it has absorbed the name */
    while (n < name.len || p < pattern.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = p++;
            held = n;
        } else if (p < pattern.len && n < name.len &&
                   (pattern.ptr[p] == '?' || lower(pattern.ptr[p]) == lower(name.ptr[n]))) {
            p++;
            n++;
        } else if (star != SIZE_MAX && held < name.len) {
            p = star + 1;
            n = ++held;
        } else {
            return false;
        }
    }
    return true;
}

enum { NAME_MAX_BYTES = 64 };

/* The name with a prefix, in the caller's room. */
static struct str prefixed(char room[NAME_MAX_BYTES], struct str prefix, struct str name)
{
    memcpy(room, prefix.ptr, prefix.len);
    memcpy(room + prefix.len, name.ptr, name.len);
    return (struct str){room, prefix.len + name.len};
}

static uint64_t covered_by_wildcards(struct str pattern)
{
    uint64_t set = 0;
    char room[NAME_MAX_BYTES];
    for (int i = 0; i < POLICY_ACTION_COUNT; i++) {
        const struct policy_action_row *row = &policy_actions[i];
        bool hit = policy_action_matches(pattern, prefixed(room, STR("iot:"), row->name)) ||
                   (row->jobs &&
                    policy_action_matches(pattern, prefixed(room, STR("iotjobsdata:"), row->name)));
        set |= hit ? policy_action_bit((enum policy_action)i) : 0;
    }
    return set;
}

/* A name without wildcards; jobs_only when it came with the prefix of the job actions. */
static uint64_t covered_by_name(struct str name, bool jobs_only)
{
    for (int i = 0; i < POLICY_ACTION_COUNT; i++) {
        const struct policy_action_row *row = &policy_actions[i];
        if (row->name.len == name.len && str_eq_nocase(row->name, name)) {
            return jobs_only && !row->jobs ? 0 : policy_action_bit((enum policy_action)i);
        }
    }
    return 0;
}

static uint64_t covered_by_any_spelling(struct str pattern)
{
    if (memchr(pattern.ptr, '*', pattern.len) != NULL ||
        memchr(pattern.ptr, '?', pattern.len) != NULL) {
        return covered_by_wildcards(pattern);
    }
    if (str_eq_nocase(str_slice(pattern, 0, 4), STR("iot:"))) {
        return covered_by_name(str_slice(pattern, 4, pattern.len), false);
    }
    if (str_eq_nocase(str_slice(pattern, 0, 12), STR("iotjobsdata:"))) {
        return covered_by_name(str_slice(pattern, 12, pattern.len), true);
    }
    return 0;
}

/* An action as nearly everybody writes it; a comparison for each, since one with a text known
 * beforehand costs no call. */
static uint64_t covered_by_usual_name(struct str name)
{
#define NAME_IS(id, text, class, type, jobs)                                                       \
    if (str_eq(name, STR(text))) {                                                                 \
        return policy_action_bit(POLICY_##id);                                                     \
    }
    POLICY_ACTION_LIST(NAME_IS)
#undef NAME_IS
    return str_eq(name, STR("*")) ? POLICY_ACTIONS_ALL : 0;
}

uint64_t policy_actions_covered(struct str pattern)
{
    if (pattern.len > 4 && memcmp(pattern.ptr, "iot:", 4) == 0) {
        uint64_t covered = covered_by_usual_name((struct str){pattern.ptr + 4, pattern.len - 4});
        if (covered != 0) {
            return covered;
        }
    }
    return str_eq(pattern, STR("*")) ? POLICY_ACTIONS_ALL : covered_by_any_spelling(pattern);
}
