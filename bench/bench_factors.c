/* bench_factors.c: RSA moduli that share a prime: all of a fleet at once, and a few new ones.
 *
 * The references are the bare trees of the literature, written down here with nothing around them:
 * the product tree, then the remainders of the product modulo the square of each node (Bernstein
 * 2004; what "fastgcd" of 2012 does), without reading numbers and without a single gcd; and the
 * same with remainders modulo the nodes themselves, the least that any such tree can cost. The
 * moduli are random odd numbers of 2048 bits: arithmetic does not care what they are products of,
 * and 100,000 primes would take minutes.
 *
 * New keys are asked against the products of blocks of old ones. The reference is the whole again.
 *
 * The first audit of a fleet of more keys than one set holds is sifted (audit/prime_sieve.h): half
 * of the moduli are old blocks then, the other half new. The reference is the bare tree of all.
 */
#include <gmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/prime_sieve.h"
#include "base/arena.h"
#include "bench.h"
#include "store/store.h"
#include "x509/factors.h"

enum { N_MODULI = 50000, MODULUS_BYTES = 256, N_BLOCK = 8192, LEVELS_MAX = 33 };

struct data {
    struct bytes moduli[N_MODULI];
    uint8_t bytes[N_MODULI][MODULUS_BYTES];
    bool shared[N_MODULI];
    struct arena *mem;
    struct bytes block; /* the product of the last N_BLOCK moduli */
    struct store *store;
};

static void must(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "bench_factors: %s failed\n", what);
        exit(2);
    }
}

static void make_data(struct data *data)
{
    uint64_t seed = 1;
    AUTO_FACTORS_SET *set = NULL;
    for (size_t i = 0; i < N_MODULI; i++) {
        for (size_t k = 0; k < MODULUS_BYTES; k += 8) {
            uint64_t word = bench_random(&seed);
            memcpy(data->bytes[i] + k, &word, 8);
        }
        data->bytes[i][0] |= 0x80;
        data->bytes[i][MODULUS_BYTES - 1] |= 1;
        data->moduli[i] = (struct bytes){data->bytes[i], MODULUS_BYTES};
    }
    data->mem = arena_new(64 << 20);
    must(factors_set_new(data->moduli + N_MODULI - N_BLOCK, N_BLOCK, &set, NULL) == STATUS_OK &&
             factors_product(set, (struct bytes){NULL, 0}, data->mem, &data->block, NULL) ==
                 STATUS_OK,
         "the block's product");
}

/* ---- ours ------------------------------------------------------------------------------------ */

static void batch_ours(void *ctx, size_t n)
{
    struct data *data = ctx;
    AUTO_FACTORS_SET *set = NULL;
    must(factors_set_new(data->moduli, n, &set, NULL) == STATUS_OK &&
             factors_within(set, data->shared, NULL) == STATUS_OK,
         "factors_within");
    bench_keep(data->shared);
}

/* n new keys among themselves and against a block of 8192 old ones. */
static void new_ours(void *ctx, size_t n)
{
    struct data *data = ctx;
    AUTO_FACTORS_SET *set = NULL;
    must(factors_set_new(data->moduli, n, &set, NULL) == STATUS_OK &&
             factors_within(set, data->shared, NULL) == STATUS_OK &&
             factors_against(set, data->block, data->shared, NULL) == STATUS_OK,
         "factors_against");
    bench_keep(data->shared);
}

/* A fleet of n keys, sifted in two rounds; the old half's blocks are in the store. */
static enum status put_blocks(struct store_tx *tx, void *ctx, struct why *why)
{
    const struct rsa_block *blocks = ctx;
    for (size_t i = 0; blocks[i].number != 0; i++) {
        TRY(store_put(tx, TABLE(rsa_block), &blocks[i], why));
    }
    return STATUS_OK;
}

static void sift(struct data *data, size_t from, size_t n)
{
    struct store_tx *view = NULL;
    must(store_read_begin(data->store, &view, NULL) == STATUS_OK, "a view");
    const struct prime_sieve sieve = {.view = view,
                                      .block_bytes = N_BLOCK * MODULUS_BYTES,
                                      .moduli = data->moduli + from,
                                      .n = n};
    must(prime_sieve_run(&sieve, data->shared + from, NULL) == STATUS_OK, "prime_sieve_run");
    store_read_end(view);
}

static void fleet_ours(void *ctx, size_t n)
{
    struct data *data = ctx;
    struct rsa_block blocks[N_MODULI / N_BLOCK + 2] = {{0}};
    const struct prime_sieve all = {
        .block_bytes = N_BLOCK * MODULUS_BYTES, .moduli = data->moduli, .n = n / 2};
    AUTO_ARENA *mem = arena_new(64 << 20);
    must(store_open(&(struct store_options){.path = STR_ABSENT}, &data->store, NULL) == STATUS_OK,
         "a store");
    sift(data, 0, n / 2);
    for (size_t from = 0, i = 0; from < n / 2; i++) {
        AUTO_FACTORS_SET *set = NULL;
        size_t end = prime_sieve_block_end(&all, from);
        blocks[i] = (struct rsa_block){.number = (int64_t)i + 1, .n = (int64_t)(end - from)};
        must(factors_set_new(data->moduli + from, end - from, &set, NULL) == STATUS_OK &&
                 factors_product(set, (struct bytes){NULL, 0}, mem, &blocks[i].product, NULL) ==
                     STATUS_OK,
             "a block");
        from = end;
    }
    must(store_write(data->store, put_blocks, blocks, NULL) == STATUS_OK, "writing blocks");
    sift(data, n / 2, n - n / 2);
    store_close(data->store);
    data->store = NULL;
    bench_keep(data->shared);
}

/* ---- the bare trees -------------------------------------------------------------------------- */

struct bare {
    mpz_t *at[LEVELS_MAX];
    size_t n[LEVELS_MAX];
    size_t levels;
};

static mpz_t *numbers(size_t n)
{
    mpz_t *at = malloc(n * sizeof *at);
    must(at != NULL, "memory");
    for (size_t i = 0; i < n; i++) {
        mpz_init(at[i]);
    }
    return at;
}

static void numbers_free(mpz_t *at, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        mpz_clear(at[i]);
    }
    free(at);
}

static void bare_grow(struct bare *tree)
{
    for (tree->levels = 1; tree->n[tree->levels - 1] > 1; tree->levels++) {
        size_t l = tree->levels;
        size_t below = tree->n[l - 1];
        tree->n[l] = (below + 1) / 2;
        tree->at[l] = numbers(tree->n[l]);
        for (size_t i = 0; i < tree->n[l]; i++) {
            if (2 * i + 1 < below) {
                mpz_mul(tree->at[l][i], tree->at[l - 1][2 * i], tree->at[l - 1][2 * i + 1]);
            } else {
                mpz_set(tree->at[l][i], tree->at[l - 1][2 * i]);
            }
        }
    }
}

static void bare_tree(const struct data *data, size_t n, bool squares)
{
    struct bare tree = {.levels = 0};
    mpz_t node;
    mpz_init(node);
    tree.n[0] = n;
    tree.at[0] = numbers(n);
    for (size_t i = 0; i < n; i++) {
        mpz_import(tree.at[0][i], MODULUS_BYTES, 1, 1, 1, 0, data->bytes[i]);
    }
    bare_grow(&tree);
    mpz_t *at = numbers(1);
    mpz_set(at[0], tree.at[tree.levels - 1][0]);
    if (!squares) {
        mpz_sub_ui(at[0], at[0], 1); /* the product itself leaves nothing */
    }
    for (size_t l = tree.levels - 1, n_at = 1; l-- > 0; n_at = tree.n[l]) {
        mpz_t *next = numbers(tree.n[l]);
        for (size_t i = 0; i < tree.n[l]; i++) {
            if (squares) {
                mpz_mul(node, tree.at[l][i], tree.at[l][i]);
            } else {
                mpz_set(node, tree.at[l][i]);
            }
            mpz_fdiv_r(next[i], at[i / 2], node);
        }
        numbers_free(at, n_at);
        at = next;
    }
    bench_keep(at);
    numbers_free(at, n);
    for (size_t l = 0; l < tree.levels; l++) {
        numbers_free(tree.at[l], tree.n[l]);
    }
    mpz_clear(node);
}

static void batch_squares(void *ctx, size_t n)
{
    bare_tree(ctx, n, true);
}

static void batch_least(void *ctx, size_t n)
{
    bare_tree(ctx, n, false);
}

/* The old and the new again. */
static void new_reference(void *ctx, size_t n)
{
    batch_ours(ctx, N_BLOCK + n);
}

/* ---- the fleet of the goal ------------------------------------------------------------------- */

static double seconds(void (*run)(void *ctx, size_t n), struct data *data)
{
    double start = bench_cpu_seconds();
    run(data, N_MODULI);
    return bench_cpu_seconds() - start;
}

static int by_size(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;
    return (*x > *y) - (*x < *y);
}

/* The first audit of the fleet against the bare tree of remainders. */
static bool measure_first(struct data *data)
{
    double ours = seconds(fleet_ours, data);
    double reference = seconds(batch_least, data);
    return bench_print("first audit", "factors-first-50k", N_MODULI / ours,
                       "bare-trees-of-remainders", N_MODULI / reference, reference / ours, 1 / 1.5);
}

/* Three pairs: one takes most of a minute. The least that a tree can cost is the reference. */
static bool measure_fleet(struct data *data)
{
    enum { PAIRS = 3 };
    double ratios[PAIRS];
    double ours = 0;
    double reference = 0;
    for (int i = 0; i < PAIRS; i++) {
        ours = seconds(batch_ours, data);
        reference = seconds(batch_least, data);
        ratios[i] = reference / ours;
    }
    qsort(ratios, PAIRS, sizeof *ratios, by_size);
    return bench_print("batch GCD", "factors-batch-50k", N_MODULI / ours,
                       "bare-trees-of-remainders", N_MODULI / reference, ratios[PAIRS / 2],
                       1 / 1.5);
}

int main(int argc, char **argv)
{
    static struct data data;
    make_data(&data);
    const struct bench rows[] = {
        {
            .goal = "batch GCD",
            .name = "factors-batch",
            .ours = {"ours", batch_ours, &data},
            .reference = {"bare-trees-of-squares", batch_squares, &data},
            .batch = 500,
            .floor = 1 / 1.5,
        },
        {
            .goal = "batch GCD",
            .name = "factors-batch-least",
            .ours = {"ours", batch_ours, &data},
            .reference = {"bare-trees-of-remainders", batch_least, &data},
            .batch = 500,
            .floor = 1 / 1.5,
        },
        {
            .goal = "batch GCD",
            .name = "factors-new",
            .ours = {"ours", new_ours, &data},
            .reference = {"the-whole-again", new_reference, &data},
            .batch = 10,
            .floor = 10,
        },
    };
    int status = bench_main(argc, argv, rows, sizeof rows / sizeof rows[0]);
    if (bench_is_gate(argc, argv) || argc > 1) {
        return status;
    }
    bool fast = measure_fleet(&data);
    return measure_first(&data) && fast ? status : 1;
}
