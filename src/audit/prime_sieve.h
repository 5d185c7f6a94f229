/* prime_sieve.h: which of many new RSA keys share a prime with another of them, or with a key of
 * before; all at once, so that the first audit of a large fleet is not quadratic.
 *
 * New keys against old ones block by block (shared_primes.h) costs blocks times blocks when all
 * are new. Here the new ones are parts of one product tree, whose leaves are the products of
 * blocks; all old products are folded into one number modulo its root. Then each block goes down
 * its own tree once, by what the rest of the world comes to modulo its product.
 *
 * It says whether, not with which: what it marks is for a closer look. Memory is bounded by
 * PRIME_SIEVE_BLOCKS blocks of moduli, about 15 times as much; fleets of more keys are looked at in
 * several rounds, each against the products of those before.
 */
#ifndef AUDIT_PRIME_SIEVE_H
#define AUDIT_PRIME_SIEVE_H

#include "store/store.h"

enum { PRIME_SIEVE_BLOCKS = 16 };

struct prime_sieve {
    struct store_tx *view; /* knows the blocks of before */
    size_t block_bytes;    /* of moduli in a block */
    const struct bytes *moduli;
    size_t n; /* of no more bytes than PRIME_SIEVE_BLOCKS blocks and one modulus */
    bool (*canceled)(void *ctx);
    void *cancel_ctx;
};

/* CANCELED when asked to stop; it is asked between steps of a few seconds. */
MUST_USE enum status prime_sieve_run(const struct prime_sieve *sieve, bool *ret_shared,
                                     struct why *why);

/* Where the block that begins with the modulus `from` ends. */
size_t prime_sieve_block_end(const struct prime_sieve *sieve, size_t from);

#endif
