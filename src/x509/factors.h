/* factors.h: RSA moduli that share a prime.
 *
 * Two moduli of one generator without randomness often have a prime in common; then the greatest
 * common divisor of both is that prime, and whoever has the two certificates has the private keys
 * (Heninger, Durumeric, Wustrow, Halderman: "Mining Your Ps and Qs", 2012). Looking at each pair of
 * a fleet is out of reach; this looks at all of them at once (Bernstein, "How to find smooth parts
 * of integers", 2004), in time that grows little faster than the fleet.
 *
 * A set is a product tree: its leaves are the moduli, each node the product of those below. Of the
 * products' derivative (the sum over all leaves of the product of the others) the remainder at a
 * leaf is what the others come to modulo that modulus, so it shares a prime with one that is not
 * prime to the rest. That takes numbers of half the size that the textbook's remainders modulo
 * squares do.
 *
 * For moduli that come later the product of those before is enough: it can be kept, and the new
 * are asked against it without the old being looked at again.
 *
 * Pure arithmetic on public numbers; no key is secret here, so nothing takes care of timing. The
 * library behind it ends the program when memory runs out, therefore sets are bounded.
 */
#ifndef X509_FACTORS_H
#define X509_FACTORS_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum {
    /* All moduli of one set, in bytes; TOO_LARGE beyond. The tree takes as much again for each
     * doubling of their number: of 65,536 moduli some 17 times as much, of 16 products 5 times. */
    FACTORS_SET_BYTES_MAX = 40 << 20,
    /* A product that is asked against. */
    FACTORS_PRODUCT_BYTES_MAX = 40 << 20,
};

struct factors_set;

/* Of n > 0 moduli, big-endian; they need not outlive the call. INVALID: a modulus of value 0. The
 * caller ends it with factors_set_free, which accepts NULL. */
MUST_USE enum status factors_set_new(const struct bytes *moduli, size_t n, struct factors_set **ret,
                                     struct why *why);
void factors_set_free(struct factors_set *set);

/* For each modulus whether it shares a prime with another one of the set. Equal moduli share both
 * of theirs: the caller leaves doubles out where they mean nothing. */
MUST_USE enum status factors_within(const struct factors_set *set, bool *ret_shared,
                                    struct why *why);

/* The same, or with the product of others; within one way down. times absent: as above. */
MUST_USE enum status factors_shared(const struct factors_set *set, struct bytes times,
                                    bool *ret_shared, struct why *why);

/* For each modulus whether it shares a prime with the product, which is of others. */
MUST_USE enum status factors_against(const struct factors_set *set, struct bytes product,
                                     bool *ret_shared, struct why *why);

/* The product of the set and of `times`, big-endian, in mem. times absent: of the set alone. */
MUST_USE enum status factors_product(const struct factors_set *set, struct bytes times,
                                     struct arena *mem, struct bytes *ret, struct why *why);

/* For sets whose numbers are products of moduli themselves, so that more moduli than one set holds
 * can be asked against each other:
 *
 * The product of all other numbers of the set, and of `times` (absent: 1), modulo each: what the
 * moduli of that number share with it they share with some modulus outside. In mem. */
MUST_USE enum status factors_others(const struct factors_set *set, struct bytes times,
                                    struct arena *mem, struct bytes *ret, struct why *why);

/* a times b modulo the product of the set, in mem; a absent: b alone. */
MUST_USE enum status factors_times(const struct factors_set *set, struct bytes a, struct bytes b,
                                   struct arena *mem, struct bytes *ret, struct why *why);

/* For each modulus of the list the index of another with which it shares a prime, the first found,
 * or FACTORS_NONE. Makes its own set; mem is for scratch. */
#define FACTORS_NONE SIZE_MAX
MUST_USE enum status factors_pairs(struct arena *mem, const struct bytes *moduli, size_t n,
                                   size_t *ret_with, struct why *why);

static inline void auto_factors_set(struct factors_set **set)
{
    factors_set_free(*set);
}
#define AUTO_FACTORS_SET __attribute__((cleanup(auto_factors_set))) struct factors_set

#endif
