/* ossl_priv.h: the crypto library's handles, held by scope, and its failures in our words. */
#ifndef X509_OSSL_PRIV_H
#define X509_OSSL_PRIV_H

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define OSSL_AUTO(type, free)                                                                      \
    static inline void auto_##type(type **p)                                                       \
    {                                                                                              \
        free(*p);                                                                                  \
    }

OSSL_AUTO(BIO, BIO_free_all)
OSSL_AUTO(BIGNUM, BN_free)
OSSL_AUTO(ASN1_INTEGER, ASN1_INTEGER_free)
OSSL_AUTO(ASN1_TIME, ASN1_TIME_free)
OSSL_AUTO(ASN1_TYPE, ASN1_TYPE_free)
OSSL_AUTO(ASN1_OCTET_STRING, ASN1_OCTET_STRING_free)
OSSL_AUTO(AUTHORITY_KEYID, AUTHORITY_KEYID_free)
OSSL_AUTO(BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free)
OSSL_AUTO(GENERAL_NAMES, GENERAL_NAMES_free)
OSSL_AUTO(EVP_MD_CTX, EVP_MD_CTX_free)
OSSL_AUTO(EVP_PKEY, EVP_PKEY_free)
OSSL_AUTO(EVP_PKEY_CTX, EVP_PKEY_CTX_free)
OSSL_AUTO(RSA_PSS_PARAMS, RSA_PSS_PARAMS_free)
OSSL_AUTO(X509, X509_free)
OSSL_AUTO(X509_ALGOR, X509_ALGOR_free)
OSSL_AUTO(X509_CRL, X509_CRL_free)
OSSL_AUTO(X509_EXTENSION, X509_EXTENSION_free)
OSSL_AUTO(X509_NAME, X509_NAME_free)
OSSL_AUTO(X509_REQ, X509_REQ_free)
OSSL_AUTO(X509_REVOKED, X509_REVOKED_free)

/* The reason of the library's newest error ("asn1 encoding routines: too long"), never NULL;
 * empties the thread's error queue, so that nobody later finds our errors there. */
const char *ossl_reason(void);

/* Empties the queue without looking. */
void ossl_clear(void);

/* What the library wrote into a memory BIO, copied into the arena. */
MUST_USE enum status ossl_bio_text(struct arena *mem, BIO *bio, struct str *ret, struct why *why);

/* Text of a Name as RFC 4514 has it, in UTF-8. CERT_INVALID when a part of it is no text. */
MUST_USE enum status ossl_name_text(struct arena *mem, const X509_NAME *name, struct str *ret,
                                    struct why *why);

/* The Name of this DER. The caller frees it (AUTO). NULL when it is none. */
X509_NAME *ossl_name_read(struct bytes der);

#endif
