/* issue.h: certificates and revocation lists made here.
 *
 * An issuer is a CA certificate with its private key, open in memory: the local CA that signs what
 * CreateKeysAndCertificate and CreateCertificateFromCsr return, and the CAs of demo and tests. It
 * never changes after it was opened; issuing from several threads at once is allowed.
 * Signatures are SHA-256 with RSA, or ECDSA with SHA-256 (SHA-384 on P-384).
 */
#ifndef X509_ISSUE_H
#define X509_ISSUE_H

#include "base/clock.h"
#include "base/rnd.h"
#include "x509/cert.h"

/* 2049-12-31T23:59:59Z, when certificates that AWS IoT Core issues expire. */
#define ISSUE_NOT_AFTER INT64_C(2524607999000)

/* The subject of certificates made with CreateKeysAndCertificate. */
#define ISSUE_DEVICE_NAME "AWS IoT Certificate"

struct issuer;

/* What a new certificate shall say. */
struct issue_spec {
    struct bytes spki;      /* the public key */
    struct bytes name_der;  /* the subject; when absent, CN=common_name */
    struct str common_name; /* 1 to 64 characters */
    int64_t not_before;     /* ms, cut to seconds */
    int64_t not_after;
    bool ca;               /* basicConstraints, key usage keyCertSign and cRLSign */
    int path_length;       /* of a ca; -1 for none */
    struct str crl_url;    /* distribution point, or absent */
    struct str issuer_url; /* caIssuers, or absent */
};

/* The certificate's DER, signed by issuer. Its serial number is a random number of 159 bits from
 * rnd; it carries the key ids, basicConstraints (critical) and keyUsage (critical). INVALID when
 * the spec cannot be expressed. */
MUST_USE enum status issue_certificate(struct arena *mem, const struct issuer *issuer,
                                       const struct issue_spec *spec, const struct rnd *rnd,
                                       struct bytes *ret_der, struct why *why);

/* A new self-signed CA, as PEM: the private key (a secret: wipe with mem_wipe once stored) and the
 * certificate. Of spec, spki and name_der are not used; ca is implied. */
MUST_USE enum status issue_root(struct arena *mem, enum key_spec key, const struct issue_spec *spec,
                                const struct rnd *rnd, struct str *ret_key_pem,
                                struct str *ret_cert_pem, struct why *why);

/* Opens an issuer from the PEM of its certificate and its private key. CERT_INVALID when the
 * certificate is no CA or the key is not its own. The caller calls issuer_free. */
MUST_USE enum status issuer_open(struct arena *mem, struct str key_pem, struct str cert_pem,
                                 struct issuer **ret, struct why *why);
void issuer_free(struct issuer *issuer); /* accepts NULL */

static inline void auto_issuer(struct issuer **issuer)
{
    issuer_free(*issuer);
}
/* AUTO_ISSUER *ca = NULL;  freed at the end of the scope. */
#define AUTO_ISSUER __attribute__((cleanup(auto_issuer))) struct issuer

/* The issuer's certificate; lent, in the arena given to issuer_open. */
const struct cert *issuer_cert_get(const struct issuer *issuer);

/* One revoked certificate of a new list. */
struct issue_revoked {
    struct bytes serial; /* big-endian, at most 20 octets */
    int64_t when;        /* ms */
    int reason;          /* enum crl_reason (x509/crl.h); CRL_REASON_UNSPECIFIED is left out */
};

/* A version 2 revocation list, DER, signed by issuer, with authority key id and CRL number.
 * next_update TIME_NEVER leaves it out. */
MUST_USE enum status issue_crl(struct arena *mem, const struct issuer *issuer,
                               const struct issue_revoked *revoked, size_t n, int64_t this_update,
                               int64_t next_update, int64_t number, struct bytes *ret_der,
                               struct why *why);

/* PEM text ("X509 CRL") of a list. */
MUST_USE enum status crl_pem(struct arena *mem, struct bytes der, struct str *ret, struct why *why);

#endif
