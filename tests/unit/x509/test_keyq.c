#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "lib/check.h"
#include "lib/fault.h"
#include "lib/files.h"
#include "lib/weak_key.h"

#include "base/rnd.h"
#include "x509/cert.h"
#include "x509/keyq.h"

enum { TEST_MEMORY = 64 << 20, LARGEST = 167 };

static bool is_odd_prime(unsigned n)
{
    for (unsigned d = 2; d * d <= n; d++) {
        if (n % d == 0) {
            return false;
        }
    }
    return n >= 3;
}

/* Whether r is a power of 65537 modulo p, by trying them all. */
static bool is_power(unsigned r, unsigned p)
{
    unsigned power = 1;
    for (unsigned i = 0; i < p; i++) {
        if (power == r) {
            return true;
        }
        power = power * (65537 % p) % p;
    }
    return false;
}

static BIGNUM *product_of_odd_primes(void)
{
    BIGNUM *m = BN_new();
    BN_one(m);
    for (unsigned p = 3; p <= LARGEST; p++) {
        if (is_odd_prime(p)) {
            BN_mul_word(m, p);
        }
    }
    return m;
}

static bool roca(const BIGNUM *n)
{
    uint8_t octets[2100];
    size_t len = (size_t)BN_bn2bin(n, octets);
    return keyq_is_roca((struct bytes){octets, len});
}

/* 1 modulo every prime but p, where it is r: every entry of the tables decides alone. */
static void every_residue_of_every_prime_is_judged_by_the_definition(void **state)
{
    (void)state;
    BIGNUM *m = product_of_odd_primes();
    BIGNUM *n = BN_new();
    unsigned cases = 0;
    for (unsigned p = 3; p <= LARGEST; p++) {
        for (unsigned r = 0; is_odd_prime(p) && r < p; r++, cases++) {
            BN_copy(n, m);
            BN_div_word(n, p);
            unsigned step = (unsigned)BN_mod_word(n, p);
            unsigned times = 0;
            while ((1 + times * step) % p != r) {
                times++;
            }
            BN_mul_word(n, times);
            BN_add_word(n, 1);
            if (roca(n) != is_power(r, p)) {
                fail_msg("residue %u modulo %u", r, p);
            }
        }
    }
    assert_true(cases > 2800);
    BN_free(m);
    BN_free(n);
}

static void a_modulus_of_any_length_is_reduced_rightly(void **state)
{
    (void)state;
    BIGNUM *m = product_of_odd_primes();
    BIGNUM *n = BN_new();
    BIGNUM *k = BN_new();
    BN_CTX *ctx = BN_CTX_new();
    for (int bits = 220; bits <= 16400; bits += bits < 2600 ? 7 : 509) {
        BN_rand(k, bits - BN_num_bits(m) + 1, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY);
        BN_mul(n, k, m, ctx);
        assert_false(roca(n));
        BN_add_word(n, 65537);
        if (!roca(n)) {
            fail_msg("%d bits: k * M + 65537 is not seen", bits);
        }
        BN_add_word(n, 1);
        assert_false(roca(n));
    }
    BN_CTX_free(ctx);
    BN_free(k);
    BN_free(n);
    BN_free(m);
}

static void random_moduli_and_none_are_not_roca(void **state)
{
    (void)state;
    uint64_t seed = 2017;
    const struct rnd rnd = rnd_seeded_for_tests(&seed);
    uint8_t octets[256];
    for (int i = 0; i < 100000; i++) {
        rnd_fill(&rnd, octets, sizeof octets);
        octets[0] |= 0x80;
        octets[255] |= 1;
        assert_false(keyq_is_roca((struct bytes){octets, sizeof octets}));
    }
    assert_false(keyq_is_roca((struct bytes){NULL, 0}));
    assert_false(keyq_is_roca((struct bytes){(const uint8_t *)"\0", 1}));
    assert_true(keyq_is_roca((struct bytes){(const uint8_t *)"\1", 1}));
}

static void a_key_made_like_the_chip_makes_them_is_seen(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_true(weak_key_write(out));
    fclose(out);
    BIO *bio = BIO_new_mem_buf(text, (int)len);
    EVP_PKEY *pkey = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    assert_non_null(pkey);
    unsigned char *der = NULL;
    int der_len = i2d_PUBKEY(pkey, &der);
    struct key key;
    CHECK_OK(key_read(mem, (struct bytes){der, (size_t)der_len}, &key, NULL));
    assert_int_equal(key.bits, 2048);
    CHECK_OK(key_check_supported(&key, NULL));
    assert_true(keyq_is_roca(key.modulus));
    OPENSSL_free(der);
    EVP_PKEY_free(pkey);
    BIO_free(bio);
    free(text);
}

static void a_listed_key_is_found_under_its_size_only(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    const struct cert *cert = NULL;
    CHECK_OK(cert_read(mem, vector_read(mem, "x509/device-rsa.pem"), &cert, NULL));
    /* The line of the vector is sha1sum's of openssl's own output. */
    char *facts = str_z(mem, vector_read(mem, "x509/device-rsa.txt"));
    char *line = strstr(facts, "debian: ");
    assert_non_null(line);
    AUTO_KEYQ_LIST *list = keyq_list_new(100);
    struct str text = STR_ABSENT;
    CHECK_OK(str_fmt(mem, &text, NULL,
                     "# a comment\n\n%.20s\r\n00112233445566778899\nAABBCCDDEEFF00112233\n",
                     line + 8));
    CHECK_OK(keyq_list_add(list, STR("blacklist.RSA-2048"), text, NULL));
    assert_false(keyq_list_has(list, 2048, cert->key.debian));
    CHECK_OK(keyq_list_seal(list, NULL));
    assert_int_equal(keyq_list_size(list), 3);
    assert_true(keyq_list_has(list, 2048, cert->key.debian));
    assert_false(keyq_list_has(list, 4096, cert->key.debian));
    assert_true(keyq_list_has(list, 2048, (const uint8_t *)"\xaa\xbb\xcc\xdd\xee\xff\0\x11\"3"));
    assert_false(keyq_list_has(list, 2048, (const uint8_t *)"\xaa\xbb\xcc\xdd\xee\xff\0\x11\"4"));
    assert_false(keyq_list_has(NULL, 2048, cert->key.debian));
    assert_int_equal(keyq_list_size(NULL), 0);
}

static void a_file_that_is_no_list_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *text;
        enum status status;
        const char *sentence;
    } rows[] = {
        {"blacklist.RSA", "", STATUS_INVALID, "no key size at the end"},
        {"blacklist.RSA-0", "", STATUS_INVALID, "no key size at the end"},
        {"blacklist.RSA-99999999999999999999", "", STATUS_INVALID, "no key size at the end"},
        {"l-2048", "0011223344556677889\n", STATUS_INVALID, "line 1 "},
        {"l-2048", "\n# x\n0011223344556677889g\n", STATUS_INVALID, "line 3 "},
        {"l-2048", "001122334455667788990\n", STATUS_INVALID, "line 1 "},
        {"l-2048", "00112233445566778899\n01112233445566778899\n02112233445566778899\n",
         STATUS_TOO_LARGE, "more than 2"},
    };
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        AUTO_KEYQ_LIST *list = keyq_list_new(2);
        struct why why = {.text = ""};
        enum status status =
            keyq_list_add(list, str_from(rows[i].name), str_from(rows[i].text), &why);
        if (status != rows[i].status || strstr(why.text, rows[i].sentence) == NULL) {
            fail_msg("%s: %s \"%s\"", rows[i].name, status_name(status), why.text);
        }
    }
}

static void every_entry_of_long_lists_is_found_in_at_most_16_bytes_each(void **state)
{
    (void)state;
    enum { MANY = 100000 };
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    AUTO_ARENA *texts = arena_new(TEST_MEMORY);
    AUTO_KEYQ_LIST *list = keyq_list_new(2 * MANY);
    char *text = arena_alloc(texts, MANY * 21 + 1);
    uint64_t seed = 1;
    const struct rnd rnd = rnd_seeded_for_tests(&seed);
    for (int i = 0; i < MANY; i++) {
        uint8_t d[KEY_DEBIAN_BYTES];
        rnd_fill(&rnd, d, sizeof d);
        for (int k = 0; k < KEY_DEBIAN_BYTES; k++) {
            snprintf(text + 21 * i + 2 * k, 3, "%02x", d[k]);
        }
        text[21 * i + 20] = '\n';
    }
    struct str all = {text, MANY * 21};
    CHECK_OK(keyq_list_add(list, STR("blacklist.RSA-1024"), all, NULL));
    CHECK_OK(keyq_list_add(list, STR("extra.RSA-1024"), all, NULL)); /* duplicates */
    CHECK_OK(keyq_list_seal(list, NULL));
    assert_int_equal(keyq_list_size(list), MANY);
    seed = 1;
    for (int i = 0; i < MANY; i++) {
        uint8_t d[KEY_DEBIAN_BYTES];
        rnd_fill(&rnd, d, sizeof d);
        assert_true(keyq_list_has(list, 1024, d));
        d[9] ^= 1;
        assert_false(keyq_list_has(list, 1024, d));
    }
    assert_true(keyq_list_bytes(list) <= (size_t)16 * MANY);
}

static void an_empty_list_lists_nothing(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    AUTO_KEYQ_LIST *list = keyq_list_new(0);
    uint8_t d[KEY_DEBIAN_BYTES] = {0};
    CHECK_OK(keyq_list_add(list, STR("x-1024"), STR("# nothing\n"), NULL));
    CHECK_OK(keyq_list_seal(list, NULL));
    assert_false(keyq_list_has(list, 1024, d));
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
    struct str text = STR("00112233445566778899\n01112233445566778899\n");
    for (size_t n = 0;; n++) {
        fault_start(n);
        AUTO_KEYQ_LIST *list = keyq_list_new(5000);
        enum status status =
            list == NULL ? STATUS_NO_MEMORY : keyq_list_add(list, STR("x-1024"), text, NULL);
        status = status == STATUS_OK ? keyq_list_seal(list, NULL) : status;
        if (!fault_stop()) {
            CHECK_OK(status);
            break;
        }
        CHECK_STATUS(status, STATUS_NO_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_residue_of_every_prime_is_judged_by_the_definition),
        cmocka_unit_test(a_modulus_of_any_length_is_reduced_rightly),
        cmocka_unit_test(random_moduli_and_none_are_not_roca),
        cmocka_unit_test(a_key_made_like_the_chip_makes_them_is_seen),
        cmocka_unit_test(a_listed_key_is_found_under_its_size_only),
        cmocka_unit_test(a_file_that_is_no_list_is_refused),
        cmocka_unit_test(every_entry_of_long_lists_is_found_in_at_most_16_bytes_each),
        cmocka_unit_test(an_empty_list_lists_nothing),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };
    return RUN_TESTS("keyq", tests);
}
