/* The sieve against looking at each pair, in few and in many blocks. */
#include "audit/prime_sieve.h"

#include <string.h>

#include "audit_fixture.h"
#include "x509/factors.h"

enum { KEYS = 60, OLD = 24, BYTES = 4 };

/* Products of two primes of at most 16 bits. */
struct keys {
    uint32_t at[KEYS];
    uint8_t bytes[KEYS][BYTES];
    struct bytes moduli[KEYS];
};

static bool is_prime(uint32_t n)
{
    for (uint32_t d = 2; d * d <= n; d++) {
        if (n % d == 0) {
            return false;
        }
    }
    return true;
}

static uint32_t prime_after(uint32_t n)
{
    while (!is_prime(n)) {
        n++;
    }
    return n;
}

static uint32_t common(uint32_t a, uint32_t b)
{
    return b == 0 ? a : common(b, a % b);
}

/* Fewer primes make more pairs. */
static void keys_make(struct keys *keys, uint32_t primes, uint64_t *seed)
{
    for (size_t i = 0; i < KEYS; i++) {
        *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint32_t p = prime_after(33000 + 30 * ((uint32_t)(*seed >> 33) % primes));
        uint32_t q = prime_after(33000 + 30 * ((uint32_t)(*seed >> 43) % primes));
        keys->at[i] = p * (q == p ? prime_after(p + 1) : q);
        for (int b = 0; b < BYTES; b++) {
            keys->bytes[i][b] = (uint8_t)(keys->at[i] >> (24 - 8 * b));
        }
        keys->moduli[i] = (struct bytes){keys->bytes[i], BYTES};
    }
}

static void put_old(struct audit_fixture *f, const struct keys *keys, size_t block)
{
    int64_t number = 0;
    for (size_t from = 0; from < OLD; from += block) {
        AUTO_FACTORS_SET *set = NULL;
        size_t n = from + block < OLD ? block : OLD - from;
        struct rsa_block row = {.number = ++number, .n = (int64_t)n};
        CHECK_OK(factors_set_new(keys->moduli + from, n, &set, NULL));
        CHECK_OK(factors_product(set, (struct bytes){NULL, 0}, f->mem, &row.product, NULL));
        fixture_put(f, TABLE(rsa_block), &row);
    }
}

static void check_sieve(struct audit_fixture *f, const struct keys *keys, bool old, size_t block)
{
    AUTO_VIEW *view = NULL;
    bool shared[KEYS];
    const size_t first = OLD;
    CHECK_OK(store_read_begin(f->store, &view, NULL));
    const struct prime_sieve sieve = {.view = view,
                                      .block_bytes = block * BYTES,
                                      .moduli = keys->moduli + first,
                                      .n = KEYS - first};
    CHECK_OK(prime_sieve_run(&sieve, shared, NULL));
    for (size_t i = first; i < KEYS; i++) {
        bool any = false;
        for (size_t k = old ? 0 : first; k < KEYS; k++) {
            any = any || (k != i && common(keys->at[i], keys->at[k]) != 1);
        }
        if (shared[i - first] != any) {
            fail_msg("modulus %zu in blocks of %zu: %d", i, block, any);
        }
    }
}

static void marked_are_those_that_share_with_anybody(void **state)
{
    (void)state;
    static const size_t blocks[] = {3, 5, 36};
    uint64_t seed = 5;
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        for (int round = 0; round < 6; round++) {
            struct audit_fixture f;
            struct keys keys;
            fixture_open(&f);
            keys_make(&keys, round % 2 == 0 ? 40 : 900, &seed);
            check_sieve(&f, &keys, false, blocks[i]);
            put_old(&f, &keys, 1 + (size_t)round);
            check_sieve(&f, &keys, true, blocks[i]);
            fixture_close(&f);
        }
    }
}

static bool stop(void *ctx)
{
    int *left = ctx;
    return --*left < 0;
}

static void it_can_be_stopped_at_each_step(void **state)
{
    (void)state;
    struct audit_fixture f;
    struct keys keys;
    AUTO_VIEW *view = NULL;
    uint64_t seed = 9;
    bool shared[KEYS];
    enum status status = STATUS_CANCELED;
    fixture_open(&f);
    keys_make(&keys, 900, &seed);
    put_old(&f, &keys, 2);
    CHECK_OK(store_read_begin(f.store, &view, NULL));
    int steps = 0;
    for (; status == STATUS_CANCELED; steps++) {
        int left = steps;
        const struct prime_sieve sieve = {.view = view,
                                          .block_bytes = 3 * BYTES,
                                          .moduli = keys.moduli + OLD,
                                          .n = KEYS - OLD,
                                          .canceled = stop,
                                          .cancel_ctx = &left};
        status = prime_sieve_run(&sieve, shared, NULL);
    }
    CHECK_OK(status);
    assert_true(steps > 20); /* twelve blocks twice, and the old ones */
    store_read_end(view);
    view = NULL;
    fixture_close(&f);
}

static void no_moduli_are_no_work_and_too_many_are_refused(void **state)
{
    (void)state;
    struct audit_fixture f;
    struct keys keys;
    AUTO_VIEW *view = NULL;
    uint64_t seed = 9;
    bool shared[KEYS];
    fixture_open(&f);
    keys_make(&keys, 900, &seed);
    CHECK_OK(store_read_begin(f.store, &view, NULL));
    struct prime_sieve sieve = {.view = view, .block_bytes = BYTES, .moduli = keys.moduli};
    CHECK_OK(prime_sieve_run(&sieve, shared, NULL));
    sieve.n = KEYS;
    CHECK_STATUS(prime_sieve_run(&sieve, shared, NULL), STATUS_TOO_LARGE);
    store_read_end(view);
    view = NULL;
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marked_are_those_that_share_with_anybody),
        cmocka_unit_test(it_can_be_stopped_at_each_step),
        cmocka_unit_test(no_moduli_are_no_work_and_too_many_are_refused),
    };
    return RUN_TESTS("prime_sieve", tests);
}
