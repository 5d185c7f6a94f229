/* bench_crl.c: loading a revocation list of 100,000 entries and asking it, against OpenSSL's
 * d2i_X509_CRL and X509_CRL_get0_by_serial on the same list; and the bytes an entry costs.
 */
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "bench.h"
#include "x509/crl.h"
#include "x509/issue.h"

enum { N_ENTRIES = 100000, SERIAL_BYTES = 16, BENCH_MEMORY = 256 << 20 };

#define NOW INT64_C(1767225600000)

struct data {
    struct arena *mem;
    struct bytes der;
    uint8_t (*serials)[SERIAL_BYTES];
    struct crl crl;
    X509_CRL *reference;
    ASN1_INTEGER **numbers; /* the serials as OpenSSL wants them */
    size_t crl_bytes;
};

static void must(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "bench_crl: %s failed\n", what);
        exit(2);
    }
}

static struct issuer *make_issuer(struct arena *mem)
{
    const struct rnd rnd = rnd_system();
    struct issue_spec spec = {
        .common_name = STR("Bench"), .not_before = NOW, .not_after = NOW, .path_length = -1};
    struct str key;
    struct str pem;
    struct issuer *issuer = NULL;
    must(issue_root(mem, KEY_SPEC_P256, &spec, &rnd, &key, &pem, NULL) == STATUS_OK, "issue_root");
    must(issuer_open(mem, key, pem, &issuer, NULL) == STATUS_OK, "issuer_open");
    return issuer;
}

/* Half of the entries give a reason, as public lists do. */
static void make_list(struct data *data)
{
    AUTO_ISSUER *issuer = make_issuer(data->mem);
    struct issue_revoked *revoked = NEW_ARRAY(data->mem, struct issue_revoked, N_ENTRIES);
    uint64_t seed = 1;
    data->serials = arena_array(data->mem, N_ENTRIES, SERIAL_BYTES);
    must(revoked != NULL && data->serials != NULL, "memory");
    for (size_t i = 0; i < N_ENTRIES; i++) {
        for (size_t k = 0; k < SERIAL_BYTES; k += 8) {
            uint64_t word = bench_random(&seed);
            memcpy(data->serials[i] + k, &word, 8);
        }
        data->serials[i][0] = (uint8_t)((data->serials[i][0] & 0x7f) | 1);
        revoked[i] =
            (struct issue_revoked){{data->serials[i], SERIAL_BYTES},
                                   NOW - (int64_t)i * MINUTE_MS,
                                   i % 2 == 0 ? CRL_REASON_SUPERSEDED : CRL_REASON_UNSPECIFIED};
    }
    must(issue_crl(data->mem, issuer, revoked, N_ENTRIES, NOW, NOW + DAY_MS, 1, &data->der, NULL) ==
             STATUS_OK,
         "issue_crl");
}

static X509_CRL *reference_read(const struct data *data)
{
    const unsigned char *p = data->der.ptr;
    X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)data->der.len);
    must(crl != NULL, "d2i_X509_CRL");
    return crl;
}

static void make_data(struct data *data)
{
    data->mem = arena_new(BENCH_MEMORY);
    must(data->mem != NULL, "memory");
    make_list(data);
    size_t before = arena_used(data->mem);
    must(crl_read(data->mem, data->der, &data->crl, NULL) == STATUS_OK, "crl_read");
    data->crl_bytes = arena_used(data->mem) - before;
    data->reference = reference_read(data);
    data->numbers = NEW_ARRAY(data->mem, ASN1_INTEGER *, N_ENTRIES);
    must(data->numbers != NULL, "memory");
    for (size_t i = 0; i < N_ENTRIES; i++) {
        data->numbers[i] = ASN1_INTEGER_new();
        must(data->numbers[i] != NULL &&
                 ASN1_STRING_set(data->numbers[i], data->serials[i], SERIAL_BYTES) == 1,
             "ASN1_INTEGER");
    }
}

static void load_ours(void *ctx, size_t n)
{
    const struct data *data = ctx;
    struct arena *mem = arena_new(16 << 20);
    for (size_t i = 0; i < n; i++) {
        struct crl crl;
        must(crl_read(mem, data->der, &crl, NULL) == STATUS_OK, "crl_read");
        bench_keep(&crl);
        arena_clear(mem);
    }
    arena_free(mem);
}

static void load_reference(void *ctx, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        X509_CRL *crl = reference_read(ctx);
        bench_keep(crl);
        X509_CRL_free(crl);
    }
}

/* Serials in an order that no cache foresees; every second one is not listed. */
static size_t nth(size_t i)
{
    return i * 40503 % N_ENTRIES;
}

static void find_ours(void *ctx, size_t n)
{
    const struct data *data = ctx;
    for (size_t i = 0; i < n; i++) {
        uint8_t serial[SERIAL_BYTES];
        memcpy(serial, data->serials[nth(i)], SERIAL_BYTES);
        serial[SERIAL_BYTES - 1] ^= (uint8_t)(i & 1);
        const struct crl_entry *entry = crl_find(&data->crl, (struct bytes){serial, SERIAL_BYTES});
        must((entry == NULL) == ((i & 1) != 0), "crl_find");
    }
}

static void find_reference(void *ctx, size_t n)
{
    const struct data *data = ctx;
    for (size_t i = 0; i < n; i++) {
        ASN1_INTEGER *number = data->numbers[nth(i)];
        unsigned char *last = number->data + SERIAL_BYTES - 1;
        X509_REVOKED *revoked = NULL;
        *last ^= (unsigned char)(i & 1);
        int found = X509_CRL_get0_by_serial(data->reference, &revoked, number);
        *last ^= (unsigned char)(i & 1);
        must((found == 0) == ((i & 1) != 0), "X509_CRL_get0_by_serial");
    }
}

int main(int argc, char **argv)
{
    static struct data data;
    make_data(&data);
    const struct bench rows[] = {
        {
            .goal = "P6",
            .name = "crl-load-100k",
            .ours = {"ours", load_ours, &data},
            .reference = {"d2i_X509_CRL", load_reference, &data},
            .batch = 1,
            .floor = 4,
        },
        {
            .goal = "P6",
            .name = "crl-find-100k",
            .ours = {"ours", find_ours, &data},
            .reference = {"X509_CRL_get0_by_serial", find_reference, &data},
            .batch = 20000,
            .floor = 4,
        },
    };
    int status = bench_main(argc, argv, rows, sizeof rows / sizeof rows[0]);
    double bytes = (double)data.crl_bytes / N_ENTRIES;
    bool small = bench_print("P6", "crl-bytes-an-entry", bytes, "48 bytes", 48, 48 / bytes, 1);
    return status != 0 ? status : !small;
}
