/* registry.c: the table of checks; nothing else. */
#include "audit/checks_priv.h"

#include "base/banned.h"

const struct audit_check *const audit_checks[CHECK_COUNT] = {
    [CHECK_AUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE] =
        &check_authenticated_cognito_role_overly_permissive,
    [CHECK_CA_CERTIFICATE_CRYPTOGRAPHY] = &check_ca_certificate_cryptography,
    [CHECK_CA_CERTIFICATE_EXPIRING] = &check_ca_certificate_expiring,
    [CHECK_CA_CERTIFICATE_KEY_QUALITY] = &check_ca_certificate_key_quality,
    [CHECK_CA_RSA_SHARED_FACTOR] = &check_ca_rsa_shared_factor,
    [CHECK_CLIENT_ID_UNRESTRICTED] = &check_client_id_unrestricted,
    [CHECK_CONFLICTING_CLIENT_IDS] = &check_conflicting_client_ids,
    [CHECK_DEVICE_CERTIFICATE_AGE] = &check_device_certificate_age,
    [CHECK_DEVICE_CERTIFICATE_CRYPTOGRAPHY] = &check_device_certificate_cryptography,
    [CHECK_DEVICE_CERTIFICATE_EXPIRING] = &check_device_certificate_expiring,
    [CHECK_DEVICE_CERTIFICATE_KEY_QUALITY] = &check_device_certificate_key_quality,
    [CHECK_DEVICE_CERTIFICATE_SHARED] = &check_device_certificate_shared,
    [CHECK_INTERMEDIATE_CA_REVOKED_FOR_ACTIVE_DEVICE_CERTIFICATES] = &check_intermediate_ca_revoked,
    [CHECK_IOT_POLICY_OVERLY_PERMISSIVE] = &check_iot_policy_overly_permissive,
    [CHECK_IOT_POLICY_POTENTIAL_MISCONFIGURATION] = &check_iot_policy_potential_misconfiguration,
    [CHECK_IOT_ROLE_ALIAS_ALLOWS_ACCESS_TO_UNUSED_SERVICES] =
        &check_iot_role_alias_allows_access_to_unused_services,
    [CHECK_IOT_ROLE_ALIAS_OVERLY_PERMISSIVE] = &check_iot_role_alias_overly_permissive,
    [CHECK_LOGGING_DISABLED] = &check_logging_disabled,
    [CHECK_REVOCATION_LIST_EXPIRING] = &check_revocation_list_expiring,
    [CHECK_REVOKED_CA_CERTIFICATE_STILL_ACTIVE] = &check_revoked_ca_certificate,
    [CHECK_REVOKED_DEVICE_CERTIFICATE_STILL_ACTIVE] = &check_revoked_device_certificate,
    [CHECK_ROLE_TRUST_CONFUSED_DEPUTY] = &check_role_trust_confused_deputy,
    [CHECK_RSA_SHARED_FACTOR] = &check_rsa_shared_factor,
    [CHECK_SERVER_CERTIFICATE_EXPIRING] = &check_server_certificate_expiring,
    [CHECK_SHARED_COGNITO_IDENTITY] = &check_shared_cognito_identity,
    [CHECK_UNAUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE] =
        &check_unauthenticated_cognito_role_overly_permissive,
};
