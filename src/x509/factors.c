/* factors.c: see factors.h. */
#include "x509/factors.h"

#include <gmp.h>

#include "base/map.h"

#include "base/banned.h"

enum { LEVELS_MAX = 33 };

/* Numbers that stand side by side. */
struct level {
    mpz_t *at;
    size_t n;
};

struct factors_set {
    struct level levels[LEVELS_MAX]; /* [0]: the moduli; the last one: their product */
    size_t n_levels;
};

static enum status level_new(size_t n, struct level *ret)
{
    ret->at = n > SIZE_MAX / sizeof *ret->at ? NULL : mem_alloc(n * sizeof *ret->at);
    if (ret->at == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (size_t i = 0; i < n; i++) {
        mpz_init(ret->at[i]);
    }
    ret->n = n;
    return STATUS_OK;
}

static void level_free(struct level *level)
{
    for (size_t i = 0; i < level->n; i++) {
        mpz_clear(level->at[i]);
    }
    mem_free(level->at);
    *level = (struct level){.at = NULL};
}

static void number_read(mpz_t ret, struct bytes from)
{
    mpz_import(ret, from.len, 1, 1, 1, 0, from.ptr);
}

static enum status number_write(const mpz_t number, struct arena *mem, struct bytes *ret,
                                struct why *why)
{
    size_t len = (mpz_sizeinbase(number, 2) + 7) / 8;
    uint8_t *bytes = arena_alloc(mem, len);
    TRY_PTR(bytes);
    bytes[0] = 0; /* nothing is written of the number 0 */
    mpz_export(bytes, NULL, 1, 1, 1, 0, number);
    *ret = (struct bytes){bytes, len};
    return STATUS_OK;
}

/* ---- the product tree ------------------------------------------------------------------------ */

static enum status read_moduli(const struct bytes *moduli, size_t n, struct level *to,
                               struct why *why)
{
    size_t total = 0;
    for (size_t i = 0; i < n; i++) {
        total += moduli[i].len;
        if (total > FACTORS_SET_BYTES_MAX) {
            return why_set(why, STATUS_TOO_LARGE, "the moduli take more than %d bytes",
                           FACTORS_SET_BYTES_MAX);
        }
        number_read(to->at[i], moduli[i]);
        if (mpz_sgn(to->at[i]) == 0) {
            return why_set(why, STATUS_INVALID, "modulus %zu is 0", i);
        }
    }
    return STATUS_OK;
}

static enum status grow(struct factors_set *set, struct why *why)
{
    while (set->levels[set->n_levels - 1].n > 1) {
        const struct level *below = &set->levels[set->n_levels - 1];
        struct level *above = &set->levels[set->n_levels];
        if (level_new(below->n / 2 + below->n % 2, above) != STATUS_OK) {
            return why_no_memory(why);
        }
        set->n_levels++;
        for (size_t i = 0; i + 1 < below->n; i += 2) {
            mpz_mul(above->at[i / 2], below->at[i], below->at[i + 1]);
        }
        if (below->n % 2 == 1) {
            mpz_set(above->at[above->n - 1], below->at[below->n - 1]);
        }
    }
    return STATUS_OK;
}

enum status factors_set_new(const struct bytes *moduli, size_t n, struct factors_set **ret,
                            struct why *why)
{
    AUTO_FACTORS_SET *set = mem_alloc(sizeof *set);
    TRY_PTR(set);
    *set = (struct factors_set){.n_levels = 0};
    if (level_new(n, &set->levels[0]) != STATUS_OK) {
        return why_no_memory(why);
    }
    set->n_levels = 1;
    TRY(read_moduli(moduli, n, &set->levels[0], why));
    TRY(grow(set, why));
    *ret = set;
    set = NULL;
    return STATUS_OK;
}

void factors_set_free(struct factors_set *set)
{
    if (set != NULL) {
        for (size_t i = 0; i < set->n_levels; i++) {
            level_free(&set->levels[i]);
        }
        mem_free(set);
    }
}

/* ---- remainders ------------------------------------------------------------------------------ */

/* The remainders of a number, which stands alone in *at, modulo each modulus; *at becomes the level
 * of these, and is freed on failure. */
static enum status descend(const struct factors_set *set, struct level *at, struct why *why)
{
    for (size_t l = set->n_levels - 1; l-- > 0;) {
        const struct level *nodes = &set->levels[l];
        struct level next;
        if (level_new(nodes->n, &next) != STATUS_OK) {
            level_free(at);
            return why_no_memory(why);
        }
        for (size_t i = 0; i < nodes->n; i++) {
            mpz_fdiv_r(next.at[i], at->at[i / 2], nodes->at[i]);
        }
        level_free(at);
        *at = next;
    }
    return STATUS_OK;
}

/* The derivative of the set's product. */
static enum status derive(const struct factors_set *set, struct level *ret, struct why *why)
{
    struct level at;
    if (level_new(set->levels[0].n, &at) != STATUS_OK) {
        return why_no_memory(why);
    }
    for (size_t i = 0; i < at.n; i++) {
        mpz_set_ui(at.at[i], 1);
    }
    mpz_t half;
    mpz_init(half);
    enum status status = STATUS_OK;
    for (size_t l = 0; status == STATUS_OK && l + 1 < set->n_levels; l++) {
        const mpz_t *node = (const mpz_t *)set->levels[l].at;
        struct level next;
        status = level_new(set->levels[l + 1].n, &next);
        if (status != STATUS_OK) {
            break;
        }
        for (size_t i = 0; i + 1 < at.n; i += 2) {
            mpz_mul(next.at[i / 2], at.at[i], node[i + 1]);
            mpz_mul(half, at.at[i + 1], node[i]);
            mpz_add(next.at[i / 2], next.at[i / 2], half);
        }
        if (at.n % 2 == 1) {
            mpz_swap(next.at[next.n - 1], at.at[at.n - 1]);
        }
        level_free(&at);
        at = next;
    }
    mpz_clear(half);
    if (status != STATUS_OK) {
        level_free(&at);
        return why_no_memory(why);
    }
    *ret = at;
    return STATUS_OK;
}

/* Turns remainders into what each modulus has in common with what they are the remainders of. */
static void divide_common(const struct factors_set *set, struct level *remainders)
{
    for (size_t i = 0; i < remainders->n; i++) {
        mpz_gcd(remainders->at[i], remainders->at[i], set->levels[0].at[i]);
    }
}

/* For each number of the set the product of all others and of times, modulo it. */
static enum status others(const struct factors_set *set, struct bytes times, struct level *ret,
                          struct why *why)
{
    struct level at;
    TRY(derive(set, &at, why));
    if (times.ptr != NULL) {
        mpz_t factor;
        mpz_init(factor);
        number_read(factor, times);
        mpz_mul(at.at[0], at.at[0], factor);
        mpz_fdiv_r(at.at[0], at.at[0], set->levels[set->n_levels - 1].at[0]);
        mpz_clear(factor);
    }
    TRY(descend(set, &at, why));
    *ret = at;
    return STATUS_OK;
}

/* What each modulus has in common with the others of the set, and with times. */
static enum status common_within(const struct factors_set *set, struct bytes times,
                                 struct level *ret, struct why *why)
{
    struct level at;
    TRY(others(set, times, &at, why));
    divide_common(set, &at);
    *ret = at;
    return STATUS_OK;
}

static void say_shared(struct level *common, bool *ret_shared)
{
    for (size_t i = 0; i < common->n; i++) {
        ret_shared[i] = mpz_cmp_ui(common->at[i], 1) != 0;
    }
    level_free(common);
}

static enum status check_product(struct bytes product, struct why *why)
{
    return product.len <= FACTORS_PRODUCT_BYTES_MAX
               ? STATUS_OK
               : why_set(why, STATUS_TOO_LARGE, "the product takes more than %d bytes",
                         FACTORS_PRODUCT_BYTES_MAX);
}

enum status factors_shared(const struct factors_set *set, struct bytes times, bool *ret_shared,
                           struct why *why)
{
    struct level common;
    TRY(check_product(times, why));
    TRY(common_within(set, times, &common, why));
    say_shared(&common, ret_shared);
    return STATUS_OK;
}

enum status factors_within(const struct factors_set *set, bool *ret_shared, struct why *why)
{
    return factors_shared(set, (struct bytes){NULL, 0}, ret_shared, why);
}

enum status factors_others(const struct factors_set *set, struct bytes times, struct arena *mem,
                           struct bytes *ret, struct why *why)
{
    struct level at;
    enum status status = STATUS_OK;
    TRY(check_product(times, why));
    TRY(others(set, times, &at, why));
    for (size_t i = 0; i < at.n && status == STATUS_OK; i++) {
        status = number_write(at.at[i], mem, &ret[i], why);
    }
    level_free(&at);
    return status;
}

enum status factors_times(const struct factors_set *set, struct bytes a, struct bytes b,
                          struct arena *mem, struct bytes *ret, struct why *why)
{
    mpz_t product;
    mpz_t factor;
    TRY(check_product(a, why));
    TRY(check_product(b, why));
    mpz_init(product);
    mpz_init(factor);
    number_read(product, b);
    if (a.ptr != NULL) {
        number_read(factor, a);
        mpz_mul(product, product, factor);
    }
    mpz_clear(factor);
    mpz_fdiv_r(product, product, set->levels[set->n_levels - 1].at[0]);
    enum status status = number_write(product, mem, ret, why);
    mpz_clear(product);
    return status;
}

enum status factors_against(const struct factors_set *set, struct bytes product, bool *ret_shared,
                            struct why *why)
{
    struct level at;
    TRY(check_product(product, why));
    if (level_new(1, &at) != STATUS_OK) {
        return why_no_memory(why);
    }
    number_read(at.at[0], product);
    mpz_fdiv_r(at.at[0], at.at[0], set->levels[set->n_levels - 1].at[0]);
    TRY(descend(set, &at, why));
    divide_common(set, &at);
    say_shared(&at, ret_shared);
    return STATUS_OK;
}

enum status factors_product(const struct factors_set *set, struct bytes times, struct arena *mem,
                            struct bytes *ret, struct why *why)
{
    mpz_t product;
    if (times.ptr == NULL) {
        return number_write(set->levels[set->n_levels - 1].at[0], mem, ret, why);
    }
    mpz_init(product);
    number_read(product, times);
    mpz_mul(product, product, set->levels[set->n_levels - 1].at[0]);
    enum status status = number_write(product, mem, ret, why);
    mpz_clear(product);
    return status;
}

/* ---- pairs ----------------------------------------------------------------------------------- */

/* Moduli that have the same prime in common with the rest are of each other. */
static enum status pair_by_prime(struct arena *mem, const struct level *common,
                                 const struct level *moduli, size_t *ret_with, struct why *why)
{
    struct map first;
    map_init(&first, mem, common->n);
    for (size_t i = 0; i < common->n; i++) {
        struct bytes prime;
        if (mpz_cmp_ui(common->at[i], 1) == 0 || mpz_cmp(common->at[i], moduli->at[i]) == 0) {
            continue;
        }
        TRY(number_write(common->at[i], mem, &prime, why));
        size_t *other = map_get(&first, str_of_bytes(prime));
        if (other == NULL) {
            other = NEW(mem, size_t);
            TRY_PTR(other);
            *other = i;
            TRY(map_put(&first, str_of_bytes(prime), other, why));
        } else {
            ret_with[i] = *other;
            ret_with[*other] = ret_with[*other] == FACTORS_NONE ? i : ret_with[*other];
        }
    }
    return STATUS_OK;
}

/* The rest, both of whose primes others have: one by one. */
static void pair_by_trial(const struct level *common, const struct level *moduli, size_t *ret_with)
{
    mpz_t shared;
    mpz_init(shared);
    for (size_t i = 0; i < common->n; i++) {
        if (mpz_cmp_ui(common->at[i], 1) == 0) {
            continue;
        }
        for (size_t k = 0; k < common->n && ret_with[i] == FACTORS_NONE; k++) {
            if (k != i && mpz_cmp_ui(common->at[k], 1) != 0) {
                mpz_gcd(shared, moduli->at[i], moduli->at[k]);
                ret_with[i] = mpz_cmp_ui(shared, 1) == 0 ? FACTORS_NONE : k;
            }
        }
    }
    mpz_clear(shared);
}

enum status factors_pairs(struct arena *mem, const struct bytes *moduli, size_t n, size_t *ret_with,
                          struct why *why)
{
    AUTO_FACTORS_SET *set = NULL;
    struct level common;
    TRY(factors_set_new(moduli, n, &set, why));
    TRY(common_within(set, (struct bytes){NULL, 0}, &common, why));
    for (size_t i = 0; i < n; i++) {
        ret_with[i] = FACTORS_NONE;
    }
    enum status status = pair_by_prime(mem, &common, &set->levels[0], ret_with, why);
    if (status == STATUS_OK) {
        pair_by_trial(&common, &set->levels[0], ret_with);
    }
    level_free(&common);
    return status;
}
