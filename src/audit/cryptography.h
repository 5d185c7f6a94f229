/* cryptography.h: keys and signatures that are short, broken, or of a form that nobody expects.
 *
 * What AWS IoT Core registers is narrower than what X.509 allows; the checks behind this see what
 * came in all the same (accounts read from elsewhere, rules of before) and what Core does not look
 * at: RSA keys of odd sizes and odd exponents.
 *
 * Rules
 *  - RSA of less than 2048 bits is short (NIST SP 800-131A); usual are 2048, 3072, 4096, 6144,
 *    7680, 8192, 15360 and 16384 bits.
 *  - An RSA exponent is odd, more than 2^16 and less than 2^256 (FIPS 186-5, A.1.1).
 *  - Elliptic curves are P-256, P-384 and P-521; other kinds of key are unusual.
 *  - MD2, MD4, MD5 and SHA-1 no longer resist collisions (RFC 6151; SHAttered, 2017). The signature
 *    that a self-issued certificate makes on itself proves nothing to anybody, so it is not asked.
 */
#ifndef AUDIT_CRYPTOGRAPHY_H
#define AUDIT_CRYPTOGRAPHY_H

#include "audit/check.h"

/* Columns of a device or CA certificate. */
struct cryptography {
    struct str key_kind; /* key_kind_name (x509/key.h) */
    int64_t key_bits;
    struct str key_curve;
    struct str exponent;  /* hex; "" or absent: not known */
    struct str signature; /* the algorithm's name */
    struct str digest;    /* "" or absent: not known */
    bool self_issued;
};

MUST_USE enum status judge_cryptography(const struct cryptography *facts, struct arena *mem,
                                        struct audit_verdicts *ret, struct why *why);

#endif
