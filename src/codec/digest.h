/* digest.h: SHA-256, SHA-1 and HMAC-SHA256; this floor's door to OpenSSL.
 *
 * SHA-1 names keys and old lists; nothing trusts it. The status is INTERNAL when the library
 * refuses (no memory, or a policy of the machine that forbids the algorithm).
 */
#ifndef CODEC_DIGEST_H
#define CODEC_DIGEST_H

#include "base/err.h"
#include "base/str.h"

enum digest_kind { DIGEST_SHA256, DIGEST_SHA1 };

enum { SHA256_BYTES = 32, SHA1_BYTES = 20, DIGEST_BYTES_MAX = 32, SHA256_HEX = 64 };

MUST_USE enum status digest_sha256(struct bytes in, uint8_t out[SHA256_BYTES], struct why *why);
MUST_USE enum status digest_sha1(struct bytes in, uint8_t out[SHA1_BYTES], struct why *why);

/* 64 lowercase digits and NUL. */
MUST_USE enum status digest_sha256_hex(struct bytes in, char out[SHA256_HEX + 1], struct why *why);

/* RFC 2104. out may be the bytes of key. */
MUST_USE enum status digest_hmac_sha256(struct bytes key, struct bytes in,
                                        uint8_t out[SHA256_BYTES], struct why *why);

/* A digest of pieces, in order. NULL when out of memory; digest_free accepts NULL. */
struct digest;
struct digest *digest_new(enum digest_kind kind);
void digest_add(struct digest *digest, struct bytes piece);

/* Once, after the last piece: SHA256_BYTES or SHA1_BYTES into out. Reports earlier failures. */
MUST_USE enum status digest_finish(struct digest *digest, uint8_t *out, struct why *why);
void digest_free(struct digest *digest);

static inline void auto_digest(struct digest **digest)
{
    digest_free(*digest);
}
/* AUTO_DIGEST *sum = digest_new(...);  freed at the end of the scope. */
#define AUTO_DIGEST __attribute__((cleanup(auto_digest))) struct digest

#endif
