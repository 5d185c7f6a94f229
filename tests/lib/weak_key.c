#include "lib/weak_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

enum { PRIME_BITS = 1024, LARGEST = 167, EXPONENT = 65537 };

static bool is_small_prime(unsigned n)
{
    for (unsigned d = 2; d * d <= n; d++) {
        if (n % d == 0) {
            return false;
        }
    }
    return n >= 2;
}

static bool primorial(BIGNUM *m)
{
    bool ok = BN_one(m) == 1;
    for (unsigned n = 2; ok && n <= LARGEST; n++) {
        ok = !is_small_prime(n) || BN_mul_word(m, n) == 1;
    }
    return ok;
}

/* One candidate: a random number of PRIME_BITS, its remainder modulo m replaced by a power of
 * 65537. */
static bool candidate(BIGNUM *p, const BIGNUM *m, const BIGNUM *generator, BN_CTX *ctx)
{
    BN_CTX_start(ctx);
    BIGNUM *a = BN_CTX_get(ctx);
    BIGNUM *power = BN_CTX_get(ctx);
    BIGNUM *rest = BN_CTX_get(ctx);
    bool ok = rest != NULL && BN_rand(a, 64, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
              BN_rand(p, PRIME_BITS, BN_RAND_TOP_TWO, BN_RAND_BOTTOM_ANY) == 1 &&
              BN_mod(rest, p, m, ctx) == 1 && BN_sub(p, p, rest) == 1 &&
              BN_mod_exp(power, generator, a, m, ctx) == 1 && BN_add(p, p, power) == 1;
    BN_CTX_end(ctx);
    return ok;
}

static bool weak_prime(BIGNUM *p, const BIGNUM *m, const BIGNUM *e, BN_CTX *ctx)
{
    for (int tries = 0; tries < 20000; tries++) {
        if (!candidate(p, m, e, ctx)) {
            return false;
        }
        if (BN_num_bits(p) == PRIME_BITS && BN_mod_word(p, EXPONENT) != 1 &&
            BN_check_prime(p, ctx, NULL) == 1) {
            return true;
        }
    }
    return false;
}

struct numbers {
    BIGNUM *n, *e, *d, *p, *q, *dp, *dq, *qi;
};

/* d modulo (p-1)(q-1), and what the Chinese remainder theorem wants. */
static bool complete(struct numbers *k, BN_CTX *ctx)
{
    BN_CTX_start(ctx);
    BIGNUM *p1 = BN_CTX_get(ctx);
    BIGNUM *q1 = BN_CTX_get(ctx);
    BIGNUM *phi = BN_CTX_get(ctx);
    bool ok = phi != NULL && BN_sub(p1, k->p, BN_value_one()) == 1 &&
              BN_sub(q1, k->q, BN_value_one()) == 1 && BN_mul(phi, p1, q1, ctx) == 1 &&
              BN_mod_inverse(k->d, k->e, phi, ctx) != NULL && BN_mod(k->dp, k->d, p1, ctx) == 1 &&
              BN_mod(k->dq, k->d, q1, ctx) == 1 && BN_mod_inverse(k->qi, k->q, k->p, ctx) != NULL &&
              BN_mul(k->n, k->p, k->q, ctx) == 1;
    BN_CTX_end(ctx);
    return ok;
}

static bool make_numbers(struct numbers *k, BN_CTX *ctx)
{
    BIGNUM *m = BN_CTX_get(ctx);
    return m != NULL && primorial(m) && BN_set_word(k->e, EXPONENT) == 1 &&
           weak_prime(k->p, m, k->e, ctx) && weak_prime(k->q, m, k->e, ctx) && complete(k, ctx);
}

static EVP_PKEY *to_key(const struct numbers *k)
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OSSL_PARAM *params = NULL;
    EVP_PKEY *key = NULL;
    if (builder != NULL && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, k->n) &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, k->e) &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_D, k->d) &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_FACTOR1, k->p) &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_FACTOR2, k->q) &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_EXPONENT1, k->dp) &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_EXPONENT2, k->dq) &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, k->qi)) {
        params = OSSL_PARAM_BLD_to_param(builder);
    }
    if (ctx == NULL || params == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) != 1) {
        key = NULL;
    }
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

bool weak_key_write(FILE *out)
{
    BN_CTX *ctx = BN_CTX_new();
    EVP_PKEY *key = NULL;
    if (ctx == NULL) {
        return false;
    }
    BN_CTX_start(ctx);
    struct numbers k = {BN_CTX_get(ctx), BN_CTX_get(ctx), BN_CTX_get(ctx), BN_CTX_get(ctx),
                        BN_CTX_get(ctx), BN_CTX_get(ctx), BN_CTX_get(ctx), BN_CTX_get(ctx)};
    if (k.qi != NULL && make_numbers(&k, ctx)) {
        key = to_key(&k);
    }
    bool ok = key != NULL && PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) == 1;
    EVP_PKEY_free(key);
    BN_CTX_end(ctx);
    BN_CTX_free(ctx);
    return ok;
}
