/* anchor.h: certificates as a TLS server's folder of trusted ones wants them.
 *
 * OpenSSL looks an issuer up in such a folder (CApath) by the name HASH.N: eight hex digits of a
 * digest of the canonical subject, and a number that counts from 0 without a gap among those of one
 * hash. Source: X509_LOOKUP_hash_dir(3), openssl-rehash(1).
 */
#ifndef X509_ANCHOR_H
#define X509_ANCHOR_H

#include "base/err.h"
#include "base/str.h"

/* The hash of the subject of a certificate in DER. CERT_INVALID: it is none. */
MUST_USE enum status anchor_hash(struct bytes der, uint32_t *ret, struct why *why);

#endif
