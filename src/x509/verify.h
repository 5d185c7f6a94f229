/* verify.h: who signed what.
 *
 * Signatures are verified over the exact bytes that were read. Algorithms are those that AWS IoT
 * Core accepts (SHA-256, -384 and -512 with RSA, RSASSA-PSS, ECDSA; DSA with SHA-256); a signature
 * of another one counts as no proof, since MD5 and SHA-1 signatures can be forged.
 * Validity periods are the caller's to judge: there is no clock here.
 */
#ifndef X509_VERIFY_H
#define X509_VERIFY_H

#include "base/limits.h"
#include "x509/cert.h"

/* True when issuer can have issued cert by what both say: the names match, and where cert has an
 * authority key id and issuer a subject key id, these are equal. Costs no cryptography. */
bool cert_names_issuer(const struct cert *cert, const struct cert *issuer);

/* OK when issuer issued cert: cert_names_issuer, issuer is a CA (basicConstraints) whose key usage,
 * if present, permits keyCertSign, and the signature verifies. Else CERT_INVALID, saying which of
 * these failed. */
MUST_USE enum status cert_signed_by(const struct cert *cert, const struct cert *issuer,
                                    struct why *why);

/* From a certificate upwards: links[0] is the issuer of the certificate, links[n-1] the topmost
 * that was found. */
struct cert_chain {
    size_t n;
    const struct cert *links[LIMIT_CHAIN_DEPTH];
    bool complete; /* links[n-1] is self-signed, or the certificate itself is */
};

/* Finds issuers among the candidates (any order, duplicates welcome): a complete chain when there
 * is one, else the longest. Path lengths are obeyed; at most LIMIT_CHAIN_DEPTH links and
 * LIMIT_CHAIN_TRIALS signatures. Finding none is OK with n 0. */
MUST_USE enum status cert_chain_find(const struct cert *cert, const struct cert *const *candidates,
                                     size_t n_candidates, struct cert_chain *ret, struct why *why);

/* A certificate signing request, its signature verified with the key inside (so whoever sent it has
 * the private key). */
struct csr {
    struct bytes der;
    struct str subject; /* RFC 4514 text */
    struct bytes subject_der;
    struct key key;
};

/* Reads one request, PEM ("CERTIFICATE REQUEST" or "NEW CERTIFICATE REQUEST") or DER, as strictly
 * as cert_read. MALFORMED, or TOO_LARGE. Whether the key is supported is key_check_supported. */
MUST_USE enum status csr_read(struct arena *mem, struct str pem_or_der, struct csr *ret,
                              struct why *why);

/* The proof that whoever registers a CA holds its private key (RegisterCACertificate): the
 * verification certificate is signed by ca and has exactly one common name, which is the
 * registration code. CODE_MISMATCH for another name, CERT_INVALID otherwise. */
MUST_USE enum status verification_check(const struct cert *verification, const struct cert *ca,
                                        struct str code, struct why *why);

#endif
