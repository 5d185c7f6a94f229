/* permission.c: see permission.h. */
#include "audit/permission.h"

#include "audit/config.h"
#include "audit/task.h"

#include "base/banned.h"

enum { ACTIONS_MAX = 10 };

/* clang-format off */

#define CAS          "iot:ListCACertificates", "iot:DescribeCACertificate"
#define CERTIFICATES "iot:ListCertificates", "iot:DescribeCertificate"
#define POLICIES     "iot:ListPolicies", "iot:GetPolicy"
#define DEVICE_POLICIES "iot:GetEffectivePolicies", "iot:GetPolicy"
#define ROLE_POLICIES "iam:ListRolePolicies", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", \
                      "iam:GetPolicy", "iam:GetPolicyVersion"
#define POOL_ROLES   "cognito-identity:GetIdentityPoolRoles", ROLE_POLICIES
#define ALIAS_ROLES  "iot:ListRoleAliases", "iot:DescribeRoleAlias", "iam:GetRole", ROLE_POLICIES
#define LAST_USED    "iam:GenerateServiceLastAccessedDetails", "iam:GetServiceLastAccessedDetails"

/* A check that is not here reads what no action of AWS gives (connections, servers): trust is
 * enough. */
static const char *const actions[CHECK_COUNT][ACTIONS_MAX + 1] = {
    [CHECK_AUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE] = {POOL_ROLES},
    [CHECK_CA_CERTIFICATE_CRYPTOGRAPHY] = {CAS},
    [CHECK_CA_CERTIFICATE_EXPIRING] = {CAS},
    [CHECK_CA_CERTIFICATE_KEY_QUALITY] = {CAS},
    [CHECK_CA_RSA_SHARED_FACTOR] = {CAS, CERTIFICATES},
    [CHECK_CLIENT_ID_UNRESTRICTED] = {CERTIFICATES, DEVICE_POLICIES},
    [CHECK_DEVICE_CERTIFICATE_AGE] = {CERTIFICATES},
    [CHECK_DEVICE_CERTIFICATE_CRYPTOGRAPHY] = {CERTIFICATES},
    [CHECK_DEVICE_CERTIFICATE_EXPIRING] = {CERTIFICATES},
    [CHECK_DEVICE_CERTIFICATE_KEY_QUALITY] = {CERTIFICATES},
    [CHECK_DEVICE_CERTIFICATE_SHARED] = {CERTIFICATES},
    [CHECK_INTERMEDIATE_CA_REVOKED_FOR_ACTIVE_DEVICE_CERTIFICATES] = {CERTIFICATES},
    [CHECK_IOT_POLICY_OVERLY_PERMISSIVE] = {POLICIES},
    [CHECK_IOT_POLICY_POTENTIAL_MISCONFIGURATION] = {POLICIES},
    [CHECK_IOT_ROLE_ALIAS_ALLOWS_ACCESS_TO_UNUSED_SERVICES] = {ALIAS_ROLES, LAST_USED},
    [CHECK_IOT_ROLE_ALIAS_OVERLY_PERMISSIVE] = {ALIAS_ROLES, LAST_USED},
    [CHECK_LOGGING_DISABLED] = {"iot:GetLoggingOptions", "iot:GetV2LoggingOptions"},
    [CHECK_REVOCATION_LIST_EXPIRING] = {CAS, CERTIFICATES},
    [CHECK_REVOKED_CA_CERTIFICATE_STILL_ACTIVE] = {CAS},
    [CHECK_REVOKED_DEVICE_CERTIFICATE_STILL_ACTIVE] = {CERTIFICATES},
    [CHECK_ROLE_TRUST_CONFUSED_DEPUTY] = {"iam:ListRoles"},
    [CHECK_RSA_SHARED_FACTOR] = {CAS, CERTIFICATES},
    [CHECK_UNAUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE] = {POOL_ROLES},
};

/* clang-format on */

enum status audit_role_open(const struct account_ctx *ctx, const struct role_opened **ret,
                            struct str *ret_unheld, struct why *why)
{
    struct audit_config config;
    const struct role_opened *role = NULL;
    struct str unheld = STR_ABSENT;
    TRY(audit_config_get(ctx, &config, why));
    if (config.configured) {
        TRY(role_open(ctx, config.role_arn, &role, why));
        if (!role_is_held(role)) {
            unheld = config.role_arn;
            role = NULL;
        }
    }
    *ret = role;
    *ret_unheld = unheld;
    return STATUS_OK;
}

static enum status ask(const struct account_ctx *ctx, const struct role_opened *role,
                       const char *action, struct str *ret_lack, struct why *why)
{
    const struct role_use use = {.action = str_from(action), .resource = STR("*")};
    struct access_decision decision;
    TRY(role_ask(ctx, role, &use, &decision, why));
    if (!decision.allowed) {
        *ret_lack = decision.sentence;
    }
    return STATUS_OK;
}

enum status audit_role_lack(const struct account_ctx *ctx, const struct role_opened *role,
                            enum check_id check, struct str *ret, struct why *why)
{
    struct str lack = STR_ABSENT;
    const char *const *action = actions[check];
    TRY(ask(ctx, role, *action, &lack, why)); /* of none: trust alone */
    while (str_absent(lack) && *action != NULL && *++action != NULL) {
        TRY(ask(ctx, role, *action, &lack, why));
    }
    *ret = lack;
    return STATUS_OK;
}

enum status audit_check_refuse(const struct account_ctx *ctx, struct str task, struct str check,
                               struct str lack, struct why *why)
{
    struct audit_check_run row = {.task = task, .name = check};
    TRY(store_get(ctx->tx, TABLE(audit_check_run), &row, ctx->mem, why));
    if (audit_check_done(row.status)) {
        return STATUS_OK; /* canceled in the meantime */
    }
    row.status = STR("FAILED");
    row.error_code = INSUFFICIENT_PERMISSIONS;
    row.message = lack;
    return store_put(ctx->tx, TABLE(audit_check_run), &row, why);
}
