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
 */
#include <gmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "bench.h"
#include "x509/factors.h"

enum { N_MODULI = 50000, MODULUS_BYTES = 256, N_BLOCK = 8192, LEVELS_MAX = 33 };

struct data {
    struct bytes moduli[N_MODULI];
    uint8_t bytes[N_MODULI][MODULUS_BYTES];
    bool shared[N_MODULI];
    struct arena *mem;
    struct bytes block; /* the product of the last N_BLOCK moduli */
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
    return measure_fleet(&data) ? status : 1;
}
