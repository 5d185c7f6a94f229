/* checks_priv.h: every check's const struct, for registry.c's table and the checks' own files. */
#ifndef AUDIT_CHECKS_PRIV_H
#define AUDIT_CHECKS_PRIV_H

#include "audit/check.h"

extern const struct audit_check check_authenticated_cognito_role_overly_permissive;
extern const struct audit_check check_ca_certificate_cryptography;
extern const struct audit_check check_ca_certificate_expiring;
extern const struct audit_check check_ca_certificate_key_quality;
extern const struct audit_check check_ca_rsa_shared_factor;
extern const struct audit_check check_client_id_unrestricted;
extern const struct audit_check check_conflicting_client_ids;
extern const struct audit_check check_device_certificate_age;
extern const struct audit_check check_device_certificate_cryptography;
extern const struct audit_check check_device_certificate_expiring;
extern const struct audit_check check_device_certificate_key_quality;
extern const struct audit_check check_device_certificate_shared;
extern const struct audit_check check_intermediate_ca_revoked;
extern const struct audit_check check_iot_policy_overly_permissive;
extern const struct audit_check check_iot_policy_potential_misconfiguration;
extern const struct audit_check check_iot_role_alias_allows_access_to_unused_services;
extern const struct audit_check check_iot_role_alias_overly_permissive;
extern const struct audit_check check_logging_disabled;
extern const struct audit_check check_revocation_list_expiring;
extern const struct audit_check check_revoked_ca_certificate;
extern const struct audit_check check_revoked_device_certificate;
extern const struct audit_check check_role_trust_confused_deputy;
extern const struct audit_check check_rsa_shared_factor;
extern const struct audit_check check_server_certificate_expiring;
extern const struct audit_check check_shared_cognito_identity;
extern const struct audit_check check_unauthenticated_cognito_role_overly_permissive;

#endif
