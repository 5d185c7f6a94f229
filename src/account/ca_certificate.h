/* ca_certificate.h: the certificate authorities that an account trusts to sign device certificates.
 *
 *  1. A CA in DEFAULT mode is registered with proof that the caller holds its private key: a
 *     certificate signed by it whose common name is the registration code. SNI_ONLY mode asks for
 *     no proof and takes none.
 *  2. Device certificates take over the mode of the CA they are registered with.
 *  3. An INACTIVE CA registers no device certificates; those that it signed before stay as they
 *     are, also when the CA is deleted.
 *  4. Several CAs may have one subject, at most QUOTA_CAS_OF_SUBJECT (RegisterCACertificate, API
 *     reference).
 */
#ifndef ACCOUNT_CA_CERTIFICATE_H
#define ACCOUNT_CA_CERTIFICATE_H

#include "account/page.h"
#include "account/tags.h"
#include "x509/cert.h"

/* What a CA must be, and the proof; runs off the writer thread, over a read view. */
struct ca_proof {
    const struct cert *ca;
    bool sni_only;
    struct str code; /* the registration code proven; absent in SNI_ONLY mode */
};

/* Reads both and verifies. mode is DEFAULT, SNI_ONLY or absent; verification_pem may be absent.
 * INVALID: mode and verification certificate do not go together. CERT_INVALID: one of them is not
 * acceptable, is no CA, or did not sign the other. CODE_MISMATCH: another common name, or no
 * registration code was ever asked for. */
MUST_USE enum status ca_certificate_prove(const struct account_ctx *ctx, struct str ca_pem,
                                          struct str verification_pem, struct str mode,
                                          struct ca_proof *ret, struct why *why);

/* How devices are provisioned that first connect with a certificate of this CA's. Absent members
 * were not sent. */
struct ca_registration_config {
    struct str template_body; /* checked by provisioning_body_check before */
    struct str template_name;
    struct str role_arn;
};

struct ca_certificate_new {
    struct ca_proof proof;
    bool active;
    bool auto_registration;
    const struct ca_registration_config *config; /* NULL: not sent */
    struct tags tags;
};

/* EXISTS (resource: its ARN); LIMIT (invariant 4); CODE_MISMATCH: the code was deleted since it was
 * proven; INVALID: the configuration names two templates, or one that is not JITP, or has a body
 * without a role; NOT_FOUND: no template of that name; and as tags_put. */
MUST_USE enum status ca_certificate_register(const struct account_ctx *ctx,
                                             const struct ca_certificate_new *in,
                                             struct ca_certificate *ret, struct why *why);

/* A row's configuration; all absent: it has none. */
MUST_USE enum status ca_certificate_config(const struct account_ctx *ctx,
                                           const struct ca_certificate *row,
                                           struct ca_registration_config *ret, struct why *why);

/* NOT_FOUND. */
MUST_USE enum status ca_certificate_get(const struct account_ctx *ctx, struct str id,
                                        struct ca_certificate *ret, struct why *why);

/* Rows of struct ca_certificate in order of creation; those whose configuration names the template,
 * unless template_name is absent. */
MUST_USE enum status ca_certificate_list(const struct account_ctx *ctx, struct str template_name,
                                         const struct page *page, struct page_rows *ret,
                                         struct why *why);

struct ca_certificate_change {
    struct str status;            /* ACTIVE, INACTIVE, absent */
    struct str auto_registration; /* ENABLE, DISABLE, absent */
    const struct ca_registration_config *config;
    bool remove_auto_registration; /* drops the configuration and disables it */
};

/* NOT_FOUND; INVALID: removing and setting at once, or as register. */
MUST_USE enum status ca_certificate_update(const struct account_ctx *ctx, struct str id,
                                           const struct ca_certificate_change *change,
                                           struct why *why);

/* NOT_FOUND; CERT_STATE: it is ACTIVE. */
MUST_USE enum status ca_certificate_delete(const struct account_ctx *ctx, struct str id,
                                           struct why *why);

#endif
