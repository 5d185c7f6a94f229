/* shared_primes.h: RSA keys of the registry that have a prime in common.
 *
 * Each key that the registry ever held is looked at once (x509/factors.h): among those that are new
 * with it, and against the products of blocks of all before, which are kept. What is known of it is
 * a row (struct rsa_key), which stays when its certificate is deleted: a prime that was seen twice
 * is known to whoever saw it. Rows of moduli are read again only for a block that does share a
 * prime with a new key, to say whose it is.
 *
 * Work is in chunks, each one transaction: cut off anywhere, it goes on with the keys that have no
 * row yet. More new keys than a block are sifted first (prime_sieve.h), so that only those that do
 * share a prime are looked at block by block. Memory is bounded by what the sieve takes.
 */
#ifndef AUDIT_SHARED_PRIMES_H
#define AUDIT_SHARED_PRIMES_H

#include "account/account.h"
#include "audit/check.h"

/* All new keys of a chunk, and all of a block, in bytes of their moduli: 8192 of 2048 bits. */
enum { SHARED_PRIMES_BLOCK_BYTES = 2 << 20 };

struct shared_primes_env {
    struct store *store;
    bool (*canceled)(void *ctx);
    void *cancel_ctx;
    size_t block_bytes; /* 0: SHARED_PRIMES_BLOCK_BYTES; less in tests */
};

/* Looks at the keys of device and CA certificates, of whatever status, that were not looked at
 * before; *ret_n is how many, and may be NULL. CANCELED when asked to stop. What cannot be read of
 * a certificate leaves its key without row. */
MUST_USE enum status shared_primes_update(const struct shared_primes_env *env, size_t *ret_n,
                                          struct why *why);

/* A key as its checks see it. */
struct key_subject {
    bool rsa;   /* else there is nothing to judge */
    bool known; /* it was looked at */
    int64_t bits;
    struct str other; /* id of a certificate with whose key it shares a prime; absent: none */
    bool other_ca;    /* that is a CA certificate */
};

/* What is known of the key with that hash. kind, hash and bits as in the certificate's columns. */
MUST_USE enum status shared_primes_ask(struct store_tx *tx, struct str key_kind,
                                       struct str key_hash, int64_t bits, struct arena *mem,
                                       struct key_subject *ret, struct why *why);

/* The verdict; row is a struct key_subject. */
audit_judge judge_shared_prime;

#endif
