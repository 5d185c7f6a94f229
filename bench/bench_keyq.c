/* bench_keyq.c: the three questions that an audit asks of an RSA key: its size, the fingerprint of
 * ROCA, a list of a million weak keys. The reference is the same test of the fingerprint with the
 * crypto library's arithmetic (residues of N by BN_mod_word, one prime after the other), which is
 * how the public detectors do it.
 *
 * The goal's own reference, badkeys 0.0.20, is a Python package that no build may need: 38,000 keys
 * a second were measured for these questions, so its line compares with that figure.
 */
#include <openssl/bn.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/rnd.h"
#include "bench.h"
#include "x509/keyq.h"

enum { N_KEYS = 1024, MODULUS_BYTES = 256, N_WEAK = 1000000, BENCH_MEMORY = 64 << 20 };

#define BADKEYS_RATE 38000.0

struct data {
    uint8_t moduli[N_KEYS][MODULUS_BYTES];
    uint8_t fingerprints[N_KEYS][KEY_DEBIAN_BYTES];
    BIGNUM *numbers[N_KEYS];
    struct keyq_list *list;
};

static void must(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "bench_keyq: %s failed\n", what);
        exit(2);
    }
}

static void make_list(struct data *data, const struct rnd *rnd)
{
    AUTO_ARENA *mem = arena_new(BENCH_MEMORY);
    struct buf out;
    struct str text;
    must(mem != NULL, "memory");
    buf_init(&out, mem, N_WEAK * 24);
    for (size_t i = 0; i < N_WEAK; i++) {
        uint8_t d[KEY_DEBIAN_BYTES];
        rnd_fill(rnd, d, sizeof d);
        for (size_t k = 0; k < sizeof d; k++) {
            char two[2] = {"0123456789abcdef"[d[k] >> 4], "0123456789abcdef"[d[k] & 15]};
            buf_put(&out, two, 2);
        }
        buf_put_char(&out, '\n');
    }
    must(buf_finish(&out, &text, NULL) == STATUS_OK, "the text of the list");
    data->list = keyq_list_new(N_WEAK);
    must(data->list != NULL && keyq_list_add(data->list, STR("l-2048"), text, NULL) == STATUS_OK &&
             keyq_list_seal(data->list, NULL) == STATUS_OK,
         "keyq_list");
}

static void make_data(struct data *data)
{
    uint64_t seed = 1;
    const struct rnd rnd = rnd_seeded_for_tests(&seed);
    make_list(data, &rnd);
    for (size_t i = 0; i < N_KEYS; i++) {
        rnd_fill(&rnd, data->moduli[i], MODULUS_BYTES);
        rnd_fill(&rnd, data->fingerprints[i], KEY_DEBIAN_BYTES);
        data->moduli[i][0] |= 0x80;
        data->moduli[i][MODULUS_BYTES - 1] |= 1;
        data->numbers[i] = BN_bin2bn(data->moduli[i], MODULUS_BYTES, NULL);
        must(data->numbers[i] != NULL, "BN_bin2bn");
    }
}

/* Every fingerprint is of another key than the one before, so that the list is not asked for what
 * is in the cache: the first octets change with i. */
static bool listed(const struct data *data, size_t i)
{
    uint8_t fingerprint[KEY_DEBIAN_BYTES];
    uint64_t mix = (uint64_t)i * UINT64_C(0x9e3779b97f4a7c15);
    memcpy(fingerprint, data->fingerprints[i % N_KEYS], sizeof fingerprint);
    memcpy(fingerprint, &mix, sizeof mix);
    return keyq_list_has(data->list, 2048, fingerprint);
}

static void roca_ours(void *ctx, size_t n)
{
    const struct data *data = ctx;
    for (size_t i = 0; i < n; i++) {
        bool weak = keyq_is_roca((struct bytes){data->moduli[i % N_KEYS], MODULUS_BYTES});
        bench_keep(&weak);
    }
}

static void all_ours(void *ctx, size_t n)
{
    const struct data *data = ctx;
    for (size_t i = 0; i < n; i++) {
        struct key key = {
            .kind = KEY_RSA, .bits = 2048, .modulus = {data->moduli[i % N_KEYS], MODULUS_BYTES}};
        bool bad = key_check_supported(&key, NULL) != STATUS_OK || keyq_is_roca(key.modulus) ||
                   listed(data, i);
        bench_keep(&bad);
    }
}

static bool in_subgroup(unsigned residue, unsigned prime)
{
    unsigned power = 1;
    for (unsigned i = 0; i < prime; i++) {
        if (power == residue) {
            return true;
        }
        power = power * (65537 % prime) % prime;
    }
    return false;
}

static void roca_reference(void *ctx, size_t n)
{
    static const unsigned primes[] = {11, 13, 17,  19,  37,  53,  61,  71, 73,
                                      79, 97, 103, 107, 109, 127, 151, 157};
    const struct data *data = ctx;
    for (size_t i = 0; i < n; i++) {
        bool weak = true;
        for (size_t k = 0; weak && k < sizeof primes / sizeof primes[0]; k++) {
            weak =
                in_subgroup((unsigned)BN_mod_word(data->numbers[i % N_KEYS], primes[k]), primes[k]);
        }
        bench_keep(&weak);
    }
}

/* CPU time of the whole, against the figure measured for badkeys. */
static bool compare_with_badkeys(struct data *data)
{
    double best = 0;
    for (int round = 0; round < 7; round++) {
        double start = bench_cpu_seconds();
        all_ours(data, 200000);
        double rate = 200000 / (bench_cpu_seconds() - start);
        best = rate > best ? rate : best;
    }
    return bench_print("P6", "keyq-size-roca-list1m", best, "badkeys-0.0.20-as-measured",
                       BADKEYS_RATE, best / BADKEYS_RATE, 100);
}

int main(int argc, char **argv)
{
    static struct data data;
    make_data(&data);
    const struct bench rows[] = {
        {
            .goal = "P6",
            .name = "keyq-roca",
            .ours = {"ours", roca_ours, &data},
            .reference = {"bn-mod-word", roca_reference, &data},
            .batch = 10000,
            .floor = 2,
        },
    };
    int status = bench_main(argc, argv, rows, sizeof rows / sizeof rows[0]);
    if (bench_is_gate(argc, argv)) {
        return status;
    }
    bool fast = compare_with_badkeys(&data);
    double bytes = (double)keyq_list_bytes(data.list) / N_WEAK;
    bool small = bench_print("P6", "keyq-bytes-an-entry", bytes, "16 bytes", 16, 16 / bytes, 1);
    return status != 0 ? status : !(fast && small);
}
