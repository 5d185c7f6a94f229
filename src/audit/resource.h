/* resource.h: what a finding is about: one member of the API's ResourceIdentifier.
 *
 * Each kind is a row: the resource type, the member that identifies it, and how its key is written.
 * The key is one text per resource ("deviceCertificateId=ab12..."): findings are filtered, and
 * later suppressed, by it.
 */
#ifndef AUDIT_RESOURCE_H
#define AUDIT_RESOURCE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum resource_kind {
    RESOURCE_NONE,
    RESOURCE_DEVICE_CERTIFICATE,
    RESOURCE_CA_CERTIFICATE,
    RESOURCE_IOT_POLICY,
    RESOURCE_COGNITO_IDENTITY_POOL,
    RESOURCE_CLIENT_ID,
    RESOURCE_ACCOUNT_SETTINGS,
    RESOURCE_ROLE_ALIAS,
    RESOURCE_IAM_ROLE,
    RESOURCE_ISSUER_CERTIFICATE,
    RESOURCE_KIND_COUNT
};

struct resource_id {
    enum resource_kind kind;
    struct str id;     /* certificate id, policy name, account, alias ARN, issuer subject ... */
    struct str extra;  /* policy version id; issuer: its key id */
    struct str serial; /* issuer certificate: its serial number */
};

/* "DEVICE_CERTIFICATE" */
struct str resource_type_name(enum resource_kind kind);

/* An issuer's certificate. The service model bounds what names one: a subject of printable ASCII
 * (other bytes are escaped as RFC 4514 does, what is longer than 1,000 characters is cut), a
 * hexadecimal id of at most 64, for which we give the certificate's id, and a serial number of at
 * most 20, though RFC 5280 allows 40: a longer one is left out. */
MUST_USE enum status resource_issuer(struct arena *mem, struct str subject, struct str id,
                                     struct str serial, struct resource_id *ret, struct why *why);

/* The key, and the JSON of the ResourceIdentifier, in the arena. A device certificate's JSON has no
 * ARN unless arn is given (related resources carry both). */
MUST_USE enum status resource_key(struct arena *mem, const struct resource_id *id, struct str *ret,
                                  struct why *why);
MUST_USE enum status resource_json(struct arena *mem, const struct resource_id *id, struct str arn,
                                   struct str *ret, struct why *why);

/* True for kinds whose key says all that the JSON says: resource_json_of_key gives it back. */
bool resource_key_suffices(enum resource_kind kind);
MUST_USE enum status resource_json_of_key(struct arena *mem, struct str key, struct str *ret,
                                          struct why *why);

#endif
