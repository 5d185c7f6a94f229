/* checks.h: the audit checks of AWS IoT Device Defender: names, aliases, severities, resources.
 *
 * Sources: AWS IoT Device Defender developer guide, "Audit checks" and "Audit finding suppressions"
 * (resource identifiers); the aliases are older spellings that AWS's own guides print.
 */
#ifndef CONTRACT_CHECKS_H
#define CONTRACT_CHECKS_H

#include <stdbool.h>

#include "base/str.h"

/* clang-format off */

/* name without _CHECK, severity, resource type, and the check's threshold in days: its configuration
 * key, default (allowed are 30 to 3652; "Audit check configuration"). */
#define CHECKS(X) \
    X(AUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE, "CRITICAL", "COGNITO_IDENTITY_POOL", "", 0) \
    X(CA_CERTIFICATE_EXPIRING, "MEDIUM", "CA_CERTIFICATE", "", 30) \
    X(CA_CERTIFICATE_KEY_QUALITY, "CRITICAL", "CA_CERTIFICATE", "", 0) \
    X(CONFLICTING_CLIENT_IDS, "HIGH", "CLIENT_ID", "", 0) \
    X(DEVICE_CERTIFICATE_AGE, "LOW", "DEVICE_CERTIFICATE", "CERT_AGE_THRESHOLD_IN_DAYS", 365) \
    X(DEVICE_CERTIFICATE_EXPIRING, "MEDIUM", "DEVICE_CERTIFICATE", "CERT_EXPIRATION_THRESHOLD_IN_DAYS", 30) \
    X(DEVICE_CERTIFICATE_KEY_QUALITY, "CRITICAL", "DEVICE_CERTIFICATE", "", 0) \
    X(DEVICE_CERTIFICATE_SHARED, "CRITICAL", "DEVICE_CERTIFICATE", "", 0) \
    X(INTERMEDIATE_CA_REVOKED_FOR_ACTIVE_DEVICE_CERTIFICATES, "CRITICAL", "ISSUER_CERTIFICATE", "", 0) \
    X(IOT_POLICY_OVERLY_PERMISSIVE, "CRITICAL", "IOT_POLICY", "", 0) \
    X(IOT_POLICY_POTENTIAL_MISCONFIGURATION, "MEDIUM", "IOT_POLICY", "", 0) \
    X(IOT_ROLE_ALIAS_ALLOWS_ACCESS_TO_UNUSED_SERVICES, "MEDIUM", "ROLE_ALIAS", "", 0) \
    X(IOT_ROLE_ALIAS_OVERLY_PERMISSIVE, "CRITICAL", "ROLE_ALIAS", "", 0) \
    X(LOGGING_DISABLED, "LOW", "ACCOUNT_SETTINGS", "", 0) \
    X(REVOKED_CA_CERTIFICATE_STILL_ACTIVE, "CRITICAL", "CA_CERTIFICATE", "", 0) \
    X(REVOKED_DEVICE_CERTIFICATE_STILL_ACTIVE, "MEDIUM", "DEVICE_CERTIFICATE", "", 0) \
    X(UNAUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE, "CRITICAL", "COGNITO_IDENTITY_POOL", "", 0)

/* alias, canonical name without _CHECK */
#define CHECK_ALIASES(X) \
    X("REVOKED_CA_CERT_CHECK", REVOKED_CA_CERTIFICATE_STILL_ACTIVE) \
    X("REVOKED_DEVICE_CERT_CHECK", REVOKED_DEVICE_CERTIFICATE_STILL_ACTIVE) \
    X("REVOKED_DEVICE_CERTIFICATE_CHECK", REVOKED_DEVICE_CERTIFICATE_STILL_ACTIVE) \
    X("CA_CERT_APPROACHING_EXPIRATION_CHECK", CA_CERTIFICATE_EXPIRING) \
    X("DEVICE_CERT_APPROACHING_EXPIRATION_CHECK", DEVICE_CERTIFICATE_EXPIRING) \
    X("IOT_POLICY_UNRESTRICTED_CHECK", IOT_POLICY_OVERLY_PERMISSIVE) \
    X("UNAUTHENTICATED_COGNITO_IDENTITY_UNRESTRICTED_ACCESS_CHECK", UNAUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE) \
    X("AUTHENTICATED_COGNITO_IDENTITY_UNRESTRICTED_ACCESS_CHECK", AUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE) \
    X("AUTHENTICATE_COGNITO_ROLE_OVERLY_PERMISSIVE_CHECK", AUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE) \
    X("ROLE_ALIAS_OVERLY_PERMISSIVE_CHECK", IOT_ROLE_ALIAS_OVERLY_PERMISSIVE)

enum check_id {
#define CHECK_ENUM(name, ...) CHECK_##name,
    CHECKS(CHECK_ENUM)
#undef CHECK_ENUM
    CHECK_COUNT
};

/* clang-format on */

enum { CHECK_DAYS_MIN = 30, CHECK_DAYS_MAX = 3652 };

struct check_row {
    struct str name; /* "LOGGING_DISABLED_CHECK" */
    struct str severity;
    struct str resource_type;
    struct str days_key; /* its configuration key; "" when it has none */
    int days_default;    /* 0: no threshold; with "" the threshold is fixed */
};

extern const struct check_row check_rows[CHECK_COUNT];

/* By canonical name or alias; false for any other name. */
bool check_find(struct str name, enum check_id *ret);

#endif
