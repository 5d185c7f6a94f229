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
 * key, default, smallest (AWS's allow 30 to 3652; "Audit check configuration"); and whose check it
 * is: AWS's, or OURS, an extension that exists only where the setting `extensions` is on. */
#define CHECKS(X) \
    X(AUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE, "CRITICAL", "COGNITO_IDENTITY_POOL", "", 0, 0, AWS) \
    X(CA_CERTIFICATE_CRYPTOGRAPHY, "HIGH", "CA_CERTIFICATE", "", 0, 0, OURS) \
    X(CA_CERTIFICATE_EXPIRING, "MEDIUM", "CA_CERTIFICATE", "", 30, 0, AWS) \
    X(CA_CERTIFICATE_KEY_QUALITY, "CRITICAL", "CA_CERTIFICATE", "", 0, 0, AWS) \
    X(CA_RSA_SHARED_FACTOR, "CRITICAL", "CA_CERTIFICATE", "", 0, 0, OURS) \
    X(CLIENT_ID_UNRESTRICTED, "HIGH", "DEVICE_CERTIFICATE", "", 0, 0, OURS) \
    X(CONFLICTING_CLIENT_IDS, "HIGH", "CLIENT_ID", "", 0, 0, AWS) \
    X(DEVICE_CERTIFICATE_AGE, "LOW", "DEVICE_CERTIFICATE", "CERT_AGE_THRESHOLD_IN_DAYS", 365, 30, AWS) \
    X(DEVICE_CERTIFICATE_CRYPTOGRAPHY, "MEDIUM", "DEVICE_CERTIFICATE", "", 0, 0, OURS) \
    X(DEVICE_CERTIFICATE_EXPIRING, "MEDIUM", "DEVICE_CERTIFICATE", "CERT_EXPIRATION_THRESHOLD_IN_DAYS", 30, 30, AWS) \
    X(DEVICE_CERTIFICATE_KEY_QUALITY, "CRITICAL", "DEVICE_CERTIFICATE", "", 0, 0, AWS) \
    X(DEVICE_CERTIFICATE_SHARED, "CRITICAL", "DEVICE_CERTIFICATE", "", 0, 0, AWS) \
    X(INTERMEDIATE_CA_REVOKED_FOR_ACTIVE_DEVICE_CERTIFICATES, "CRITICAL", "ISSUER_CERTIFICATE", "", 0, 0, AWS) \
    X(IOT_POLICY_OVERLY_PERMISSIVE, "CRITICAL", "IOT_POLICY", "", 0, 0, AWS) \
    X(IOT_POLICY_POTENTIAL_MISCONFIGURATION, "MEDIUM", "IOT_POLICY", "", 0, 0, AWS) \
    X(IOT_ROLE_ALIAS_ALLOWS_ACCESS_TO_UNUSED_SERVICES, "MEDIUM", "ROLE_ALIAS", "", 0, 0, AWS) \
    X(IOT_ROLE_ALIAS_OVERLY_PERMISSIVE, "CRITICAL", "ROLE_ALIAS", "", 0, 0, AWS) \
    X(LOGGING_DISABLED, "LOW", "ACCOUNT_SETTINGS", "", 0, 0, AWS) \
    X(REVOCATION_LIST_EXPIRING, "MEDIUM", "ISSUER_CERTIFICATE", "CERT_EXPIRATION_THRESHOLD_IN_DAYS", 1, 1, OURS) \
    X(REVOKED_CA_CERTIFICATE_STILL_ACTIVE, "CRITICAL", "CA_CERTIFICATE", "", 0, 0, AWS) \
    X(REVOKED_DEVICE_CERTIFICATE_STILL_ACTIVE, "MEDIUM", "DEVICE_CERTIFICATE", "", 0, 0, AWS) \
    X(ROLE_TRUST_CONFUSED_DEPUTY, "HIGH", "IAM_ROLE", "", 0, 0, OURS) \
    X(RSA_SHARED_FACTOR, "CRITICAL", "DEVICE_CERTIFICATE", "", 0, 0, OURS) \
    X(SERVER_CERTIFICATE_EXPIRING, "HIGH", "ISSUER_CERTIFICATE", "CERT_EXPIRATION_THRESHOLD_IN_DAYS", 30, 1, OURS) \
    X(SHARED_COGNITO_IDENTITY, "CRITICAL", "COGNITO_IDENTITY_POOL", "", 0, 0, OURS) \
    X(UNAUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE, "CRITICAL", "COGNITO_IDENTITY_POOL", "", 0, 0, AWS)

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

/* name without _CHECK, why a finding matters, what to do about it */
#define CHECK_TEXTS(X) \
    X(AUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE, \
      "Everybody who signs in to the pool gets this role, and with it may act for devices that " \
      "are not theirs, or administer the fleet.", \
      "Let the role allow what one's own device needs, with resources that begin with a text of " \
      "one's own or ${cognito-identity.amazonaws.com:sub} instead of a wildcard; administer with " \
      "another role (aws iam put-role-policy).") \
    X(CA_CERTIFICATE_CRYPTOGRAPHY, \
      "Whoever breaks the CA's key, or a signature by which it was made, issues certificates that " \
      "this account accepts; and what is unusual is what other software reads wrongly or refuses.", \
      "Make a new CA with a usual key (RSA of 2048, 3072 or 4096 bits with exponent 65537, or EC on " \
      "P-256, P-384 or P-521) and SHA-256 signatures, reissue what the old one signed, and " \
      "deactivate it (aws iot update-ca-certificate --new-status INACTIVE).") \
    X(CA_CERTIFICATE_EXPIRING, \
      "An expired CA certificate cannot prove new device certificates, so just-in-time " \
      "registration and rotation stop for its whole branch of the fleet.", \
      "Register a new CA certificate with the provider's help, issue device " \
      "certificates from it, then deactivate the old one (aws iot update-ca-certificate" \
      " --new-status INACTIVE).") \
    X(CA_CERTIFICATE_KEY_QUALITY, \
      "Anyone who reads the CA certificate can compute its private key and issue " \
      "certificates that this account accepts.", \
      "Deactivate the CA certificate now (aws iot update-ca-certificate --new-status " \
      "INACTIVE), make a new CA, and reissue every certificate that the old one signed.") \
    X(CA_RSA_SHARED_FACTOR, \
      "Whoever has both certificates computes both private keys in a moment, and then issues " \
      "certificates that this account accepts.", \
      "Deactivate the CA certificate now (aws iot update-ca-certificate --new-status " \
      "INACTIVE), make a new CA where randomness is sound, and reissue what the old one signed.") \
    X(CLIENT_ID_UNRESTRICTED, \
      "Whoever connects with a client id ends the connection that has it, so one stolen device " \
      "can knock any other off, take its sessions over and be heard in its name.", \
      "Let the policies allow iot:Connect for the device's own name alone " \
      "(client/${iot:Connection.Thing.ThingName}, with the condition that its thing is " \
      "attached); the policy to begin with is the related resource.") \
    X(CONFLICTING_CLIENT_IDS, \
      "Each connection with a client id ends the one before it, so devices that share an id " \
      "keep knocking each other off, and nobody knows which of them was heard.", \
      "See from the principals listed whether one device flaps or several share the id; give " \
      "each its own, best its thing's name, and let the policy allow iot:Connect for that " \
      "one alone (client/${iot:Connection.Thing.ThingName}).") \
    X(DEVICE_CERTIFICATE_AGE, \
      "The longer a key is in use, the more hands and backups it has been through; " \
      "rotation bounds what a leaked one is worth.", \
      "Rotate the certificate: register a new one for the device and deactivate this " \
      "one.") \
    X(DEVICE_CERTIFICATE_CRYPTOGRAPHY, \
      "A short key can be broken and a certificate under an MD5 or SHA-1 signature be forged, so " \
      "that somebody else connects in the device's name; a key of unusual form tells of a maker " \
      "that does not follow the standards.", \
      "Give the device a new key of a usual form (RSA of 2048, 3072 or 4096 bits with exponent " \
      "65537, or EC on P-256, P-384 or P-521) and a certificate signed with SHA-256 or better, then " \
      "deactivate the old one.") \
    X(DEVICE_CERTIFICATE_EXPIRING, \
      "A device whose certificate expires can no longer connect, and often cannot be " \
      "reached to be given a new one.", \
      "Give the device a new certificate while the old one still works: register it, " \
      "attach the same policies and thing, let the device switch, then deactivate the " \
      "old one (aws iot update-certificate --new-status INACTIVE).") \
    X(DEVICE_CERTIFICATE_KEY_QUALITY, \
      "Anyone who reads the certificate can compute this device's private key and " \
      "connect in its name.", \
      "Make a new key with a sound generator, register its certificate, and deactivate " \
      "this one at once; look for other devices with the same hardware or image.") \
    X(DEVICE_CERTIFICATE_SHARED, \
      "Where one certificate connects in several places at once, its key has been copied: the " \
      "devices cannot be told apart, and one that is stolen cannot be shut out alone.", \
      "Find which of the client ids listed are meant to be there, register a certificate of " \
      "its own for each device, and deactivate the shared one (aws iot update-certificate " \
      "--new-status INACTIVE).") \
    X(INTERMEDIATE_CA_REVOKED_FOR_ACTIVE_DEVICE_CERTIFICATES, \
      "Whoever holds the revoked intermediate's key can make certificates like those of" \
      " these devices.", \
      "Reissue the certificates of the devices listed as related from a CA that is " \
      "trusted, and deactivate the old ones.") \
    X(IOT_POLICY_OVERLY_PERMISSIVE, \
      "One stolen device that holds this policy can read or command others.", \
      "Name the device's own resources with ${iot:Connection.Thing.ThingName} instead " \
      "of a wildcard, and make it the new default version (aws iot " \
      "create-policy-version --set-as-default).") \
    X(IOT_POLICY_POTENTIAL_MISCONFIGURATION, \
      "MQTT's wildcards and a policy's are different characters; where they are " \
      "confused, devices receive what they were meant not to.", \
      "Deny iot:Receive on the topics themselves (topic/...), with * where any text may" \
      " stand; a Deny of iot:Subscribe alone does not keep a wider filter from " \
      "matching.") \
    X(IOT_ROLE_ALIAS_ALLOWS_ACCESS_TO_UNUSED_SERVICES, \
      "Each device can get the role's credentials, so whoever takes one device over may use " \
      "every service that the role allows; those that no device uses are of use to nobody else.", \
      "Take the actions of the services listed out of the role's policies (aws iam " \
      "put-role-policy, aws iam create-policy-version --set-as-default), or detach the policy " \
      "that has them.") \
    X(IOT_ROLE_ALIAS_OVERLY_PERMISSIVE, \
      "One stolen device gets the credentials of this role, and with them may act for other " \
      "devices, change the fleet's administration, or look into what watches over the account.", \
      "Let the role's policies name the actions and resources that devices need; things by " \
      "${credentials-iot:ThingName} instead of a wildcard, and no action of AWS IoT's " \
      "administration (aws iam put-role-policy).") \
    X(LOGGING_DISABLED, \
      "Without logs nobody can say afterwards who connected, what was refused, or when " \
      "an intrusion began.", \
      "aws iot set-v2-logging-options --role-arn ROLE --default-log-level WARN") \
    X(REVOCATION_LIST_EXPIRING, \
      "A list past its next update judges nothing: certificates that its issuer has revoked since " \
      "stay active, and no check of revocation can tell.", \
      "Have the issuer publish a new list, or put it into --crl-dir; a list that is published late " \
      "again and again needs a longer life or an earlier renewal.") \
    X(REVOKED_CA_CERTIFICATE_STILL_ACTIVE, \
      "The CA was withdrawn by the one above it, and this account still accepts what it" \
      " signs.", \
      "Deactivate it (aws iot update-ca-certificate --new-status INACTIVE), and review " \
      "every certificate registered with it since it was revoked (aws iot " \
      "list-certificates-by-ca).") \
    X(REVOKED_DEVICE_CERTIFICATE_STILL_ACTIVE, \
      "Its issuer has withdrawn this certificate, usually because the device or its key" \
      " is lost, and the device can still connect.", \
      "Find out why it was revoked; deactivate it (aws iot update-certificate " \
      "--new-status REVOKED) and give the device a new one if it is still trusted.") \
    X(ROLE_TRUST_CONFUSED_DEPUTY, \
      "A service acts for many accounts: whoever can name this role to it from another account " \
      "has the service use the role's rights for them.", \
      "Add conditions to the statement that lets the service in: StringEquals " \
      "aws:SourceAccount with this account, and ArnLike aws:SourceArn with what it works for, " \
      "as arn:aws:iot:REGION:ACCOUNT:* (aws iam update-assume-role-policy).") \
    X(RSA_SHARED_FACTOR, \
      "Whoever has both certificates computes both private keys in a moment: keys that share a " \
      "prime come from a generator without randomness, often at a device's first start.", \
      "Make new keys for both devices after randomness is there, register them, and deactivate " \
      "the old certificates; look for more devices of the same image.") \
    X(SERVER_CERTIFICATE_EXPIRING, \
      "When a server's certificate ends, every client that verifies it stays away at the same " \
      "moment, and devices may have no other way to be reached.", \
      "Renew the certificate at its issuer, put it where the server reads it, and have it read " \
      "again (systemctl reload bulwarkd for the API); see that renewal runs by itself.") \
    X(SHARED_COGNITO_IDENTITY, \
      "Where one Cognito identity connects in several places at once, its credentials have " \
      "been copied, and what one of them did cannot be told from what the others did.", \
      "Find the app or the device that hands out its identity's credentials, and let each " \
      "client get an identity of its own from the pool.") \
    X(UNAUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE, \
      "Whoever knows the pool's id gets this role without signing in, and the id is in every " \
      "copy of the app.", \
      "Allow guests next to nothing: no administration at all, and no resource that a wildcard " \
      "stretches to other devices (aws iam put-role-policy); or let nobody in unsigned (aws " \
      "cognito-identity update-identity-pool --no-allow-unauthenticated-identities).")

enum check_id {
#define CHECK_ENUM(name, ...) CHECK_##name,
    CHECKS(CHECK_ENUM)
#undef CHECK_ENUM
    CHECK_COUNT
};

/* clang-format on */

enum { CHECK_DAYS_MAX = 3652 };

struct check_row {
    struct str name; /* "LOGGING_DISABLED_CHECK" */
    struct str severity;
    struct str resource_type;
    struct str days_key; /* its configuration key; "" when it has none */
    int days_default;    /* 0: no threshold; with "" the threshold is fixed */
    int days_min;        /* of what can be configured, up to CHECK_DAYS_MAX */
    bool extension;      /* ours: as good as unknown unless extensions are on */
    struct str about;    /* why a finding matters; "" of a check that Bulwark has not yet */
    struct str fix;
};

extern const struct check_row check_rows[CHECK_COUNT];

/* By canonical name or alias; false for any other name. */
bool check_find(struct str name, enum check_id *ret);

#endif
