/* Moduli that share a prime, against looking at each pair. */
#include "x509/factors.h"

#include <gmp.h>
#include <stdlib.h>

#include "lib/check.h"

enum { MODULI_MAX = 40, BYTES = 32 };

struct moduli {
    struct bytes at[MODULI_MAX];
    uint8_t bytes[MODULI_MAX][BYTES];
    size_t n;
};

static uint64_t next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

/* The i-th prime above a large number. */
static void prime(mpz_t ret, unsigned i)
{
    mpz_set_ui(ret, 1);
    mpz_mul_2exp(ret, ret, 100);
    mpz_add_ui(ret, ret, 100000u * i);
    mpz_nextprime(ret, ret);
}

static void add(struct moduli *to, unsigned p, unsigned q)
{
    mpz_t a, b;
    mpz_init(a);
    mpz_init(b);
    prime(a, p);
    prime(b, q);
    mpz_mul(a, a, b);
    size_t len = (mpz_sizeinbase(a, 2) + 7) / 8;
    mpz_export(to->bytes[to->n], NULL, 1, 1, 1, 0, a);
    to->at[to->n] = (struct bytes){to->bytes[to->n], len};
    to->n++;
    mpz_clear(a);
    mpz_clear(b);
}

static bool share(const struct moduli *m, size_t i, size_t k)
{
    mpz_t a, b;
    mpz_init(a);
    mpz_init(b);
    mpz_import(a, m->at[i].len, 1, 1, 1, 0, m->at[i].ptr);
    mpz_import(b, m->at[k].len, 1, 1, 1, 0, m->at[k].ptr);
    mpz_gcd(a, a, b);
    bool shared = mpz_cmp_ui(a, 1) != 0;
    mpz_clear(a);
    mpz_clear(b);
    return shared;
}

/* Few primes give many pairs, triangles, and moduli both of whose primes others have. */
static void make(struct moduli *m, size_t n, unsigned primes, uint64_t *seed)
{
    m->n = 0;
    while (m->n < n) {
        unsigned p = (unsigned)(next(seed) % primes);
        add(m, p, p + 1 + (unsigned)(next(seed) % primes));
    }
}

static void pairs_are_those_of_looking_at_each_pair(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    uint64_t seed = 1;
    struct moduli m;
    size_t with[MODULI_MAX];
    bool within[MODULI_MAX];
    for (size_t n = 1; n <= MODULI_MAX; n++) {
        AUTO_FACTORS_SET *set = NULL;
        arena_clear(mem);
        make(&m, n, n % 3 == 0 ? 6 : 90, &seed);
        CHECK_OK(factors_pairs(mem, m.at, n, with, NULL));
        CHECK_OK(factors_set_new(m.at, n, &set, NULL));
        CHECK_OK(factors_within(set, within, NULL));
        for (size_t i = 0; i < n; i++) {
            bool any = false;
            for (size_t k = 0; k < n; k++) {
                any = any || (k != i && share(&m, i, k));
            }
            assert_int_equal(within[i], any);
            assert_int_equal(with[i] != FACTORS_NONE, any);
            if (any) {
                assert_true(with[i] < n && with[i] != i && share(&m, i, with[i]));
            }
        }
    }
}

static void new_moduli_are_asked_against_the_product_of_the_old(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    uint64_t seed = 7;
    struct moduli m;
    for (size_t old = 1; old < MODULI_MAX; old += 3) {
        AUTO_FACTORS_SET *before = NULL;
        AUTO_FACTORS_SET *now = NULL;
        struct bytes product;
        bool shared[MODULI_MAX];
        arena_clear(mem);
        make(&m, MODULI_MAX, 60, &seed);
        CHECK_OK(factors_set_new(m.at, old, &before, NULL));
        CHECK_OK(factors_set_new(m.at + old, MODULI_MAX - old, &now, NULL));
        CHECK_OK(factors_product(before, (struct bytes){NULL, 0}, mem, &product, NULL));
        CHECK_OK(factors_against(now, product, shared, NULL));
        for (size_t i = old; i < MODULI_MAX; i++) {
            bool any = false;
            for (size_t k = 0; k < old; k++) {
                any = any || share(&m, i, k);
            }
            assert_int_equal(shared[i - old], any);
        }
    }
}

/* Sets of products stand for more moduli than one set holds. */
static void moduli_of_several_sets_are_asked_against_all_others(void **state)
{
    (void)state;
    enum { PART = 10, PARTS = MODULI_MAX / PART - 1, OLD = PARTS * PART };
    AUTO_ARENA *mem = arena_new(1 << 20);
    uint64_t seed = 11;
    struct moduli m;
    for (int round = 0; round < 20; round++) {
        AUTO_FACTORS_SET *top = NULL;
        AUTO_FACTORS_SET *old = NULL;
        struct bytes products[PARTS], others[PARTS], before, folded, twice;
        arena_clear(mem);
        make(&m, MODULI_MAX, round % 4 == 0 ? 6 : 300, &seed);
        for (size_t p = 0; p < PARTS; p++) {
            AUTO_FACTORS_SET *set = NULL;
            CHECK_OK(factors_set_new(m.at + p * PART, PART, &set, NULL));
            CHECK_OK(factors_product(set, (struct bytes){NULL, 0}, mem, &products[p], NULL));
        }
        CHECK_OK(factors_set_new(products, PARTS, &top, NULL));
        CHECK_OK(factors_set_new(m.at + OLD, PART, &old, NULL));
        CHECK_OK(factors_product(old, (struct bytes){NULL, 0}, mem, &before, NULL));
        CHECK_OK(factors_times(top, (struct bytes){NULL, 0}, before, mem, &folded, NULL));
        CHECK_OK(factors_times(top, folded, before, mem, &twice, NULL)); /* says the same */
        CHECK_OK(factors_others(top, round % 2 == 0 ? folded : twice, mem, others, NULL));
        for (size_t p = 0; p < PARTS; p++) {
            AUTO_FACTORS_SET *set = NULL;
            bool shared[PART];
            CHECK_OK(factors_set_new(m.at + p * PART, PART, &set, NULL));
            CHECK_OK(factors_shared(set, others[p], shared, NULL));
            for (size_t i = 0; i < PART; i++) {
                bool any = false;
                for (size_t k = 0; k < MODULI_MAX; k++) {
                    any = any || (k != p * PART + i && share(&m, p * PART + i, k));
                }
                assert_int_equal(shared[i], any);
            }
        }
    }
}

static void a_product_grows_by_a_set(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    AUTO_FACTORS_SET *all = NULL;
    AUTO_FACTORS_SET *first = NULL;
    AUTO_FACTORS_SET *rest = NULL;
    uint64_t seed = 3;
    struct moduli m;
    struct bytes whole, part, grown;
    make(&m, 9, 50, &seed);
    CHECK_OK(factors_set_new(m.at, 9, &all, NULL));
    CHECK_OK(factors_set_new(m.at, 4, &first, NULL));
    CHECK_OK(factors_set_new(m.at + 4, 5, &rest, NULL));
    CHECK_OK(factors_product(all, (struct bytes){NULL, 0}, mem, &whole, NULL));
    CHECK_OK(factors_product(first, (struct bytes){NULL, 0}, mem, &part, NULL));
    CHECK_OK(factors_product(rest, part, mem, &grown, NULL));
    assert_int_equal(whole.len, grown.len);
    assert_memory_equal(whole.ptr, grown.ptr, whole.len);
}

static void equal_moduli_share_both_primes(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct moduli m = {.n = 0};
    size_t with[3];
    add(&m, 1, 2);
    add(&m, 3, 4);
    add(&m, 1, 2);
    CHECK_OK(factors_pairs(mem, m.at, 3, with, NULL));
    assert_int_equal(with[0], 2);
    assert_true(with[1] == FACTORS_NONE);
    assert_int_equal(with[2], 0);
}

static void what_is_no_modulus_is_refused(void **state)
{
    (void)state;
    static const uint8_t zero[] = {0, 0};
    static const uint8_t large[1 << 20] = {1};
    struct factors_set *set = NULL;
    const struct bytes empty = {zero, 0};
    const struct bytes zeros = {zero, 2};
    enum { MANY = (FACTORS_SET_BYTES_MAX >> 20) + 1 };
    struct bytes many[MANY];
    bool shared[1];
    CHECK_STATUS(factors_set_new(&empty, 1, &set, NULL), STATUS_INVALID);
    CHECK_STATUS(factors_set_new(&zeros, 1, &set, NULL), STATUS_INVALID);
    for (size_t i = 0; i < MANY; i++) {
        many[i] = (struct bytes){large, sizeof large};
    }
    CHECK_STATUS(factors_set_new(many, MANY, &set, NULL), STATUS_TOO_LARGE);
    assert_null(set);
    CHECK_OK(factors_set_new(many, 1, &set, NULL));
    CHECK_STATUS(factors_against(set, (struct bytes){large, (size_t)FACTORS_PRODUCT_BYTES_MAX + 1},
                                 shared, NULL),
                 STATUS_TOO_LARGE);
    factors_set_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_those_of_looking_at_each_pair),
        cmocka_unit_test(new_moduli_are_asked_against_the_product_of_the_old),
        cmocka_unit_test(moduli_of_several_sets_are_asked_against_all_others),
        cmocka_unit_test(a_product_grows_by_a_set),
        cmocka_unit_test(equal_moduli_share_both_primes),
        cmocka_unit_test(what_is_no_modulus_is_refused),
    };
    return RUN_TESTS("factors", tests);
}
