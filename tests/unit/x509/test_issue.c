#include "lib/check.h"
#include "lib/fault.h"

#include "x509/crl.h"
#include "x509/issue.h"
#include "x509/verify.h"

enum { TEST_MEMORY = 8 << 20 };

#define NOW INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */

/* A root of P-256, since making an RSA key takes long. */
static struct issuer *root_of(struct arena *mem, const struct rnd *rnd)
{
    struct issue_spec spec = {.common_name = STR("Local CA"),
                              .not_before = NOW,
                              .not_after = ISSUE_NOT_AFTER,
                              .path_length = -1};
    struct str key = STR_ABSENT;
    struct str pem = STR_ABSENT;
    struct issuer *issuer = NULL;
    CHECK_OK(issue_root(mem, KEY_SPEC_P256, &spec, rnd, &key, &pem, NULL));
    CHECK_OK(issuer_open(mem, key, pem, &issuer, NULL));
    return issuer;
}

static const struct cert *read_back(struct arena *mem, struct bytes der)
{
    const struct cert *cert = NULL;
    struct why why = {.text = ""};
    if (cert_read(mem, str_of_bytes(der), &cert, &why) != STATUS_OK) {
        fail_msg("%s", why.text);
    }
    return cert;
}

static void a_root_is_a_ca_that_signed_itself(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    const struct rnd rnd = rnd_system();
    AUTO_ISSUER *root = root_of(mem, &rnd);
    const struct cert *cert = issuer_cert_get(root);
    CHECK_STR(cert->subject, "CN=Local CA");
    assert_true(cert->ca && cert->self_signed && cert->path_length == -1);
    assert_int_equal(cert->usage, CERT_USAGE_CERT_SIGN | CERT_USAGE_CRL_SIGN);
    assert_true(cert->not_before == NOW && cert->not_after == ISSUE_NOT_AFTER);
    assert_int_equal(cert->subject_key_id.len, 20);
    assert_null(cert->authority_key_id.ptr);
    CHECK_OK(cert_check_supported(cert, NULL));
    CHECK_OK(cert_signed_by(cert, cert, NULL));
}

static void a_device_certificate_is_signed_and_says_what_was_asked(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    const struct rnd rnd = rnd_system();
    AUTO_ISSUER *root = root_of(mem, &rnd);
    struct key_pair pair;
    struct bytes der;
    CHECK_OK(key_make(mem, KEY_SPEC_P384, &pair, NULL));
    struct issue_spec spec = {.spki = pair.spki,
                              .common_name = STR(ISSUE_DEVICE_NAME),
                              .not_before = NOW + 999,
                              .not_after = ISSUE_NOT_AFTER,
                              .crl_url = STR("http://127.0.0.1:8480/ca.crl"),
                              .issuer_url = STR("http://127.0.0.1:8480/ca.pem")};
    CHECK_OK(issue_certificate(mem, root, &spec, &rnd, &der, NULL));
    const struct cert *cert = read_back(mem, der);
    CHECK_OK(cert_signed_by(cert, issuer_cert_get(root), NULL));
    CHECK_STR(cert->subject, "CN=AWS IoT Certificate");
    CHECK_STR(cert->issuer, "CN=Local CA");
    CHECK_STR(cert->crl_urls[0], "http://127.0.0.1:8480/ca.crl");
    CHECK_STR(cert->issuer_urls[0], "http://127.0.0.1:8480/ca.pem");
    CHECK_STR(cert->key.curve, "P-384");
    assert_true(cert->has_basic_constraints && !cert->ca);
    assert_int_equal(cert->usage, CERT_USAGE_DIGITAL_SIGNATURE);
    assert_true(cert->not_before == NOW && cert->not_after == ISSUE_NOT_AFTER);
    assert_memory_equal(cert->issuer_sha256, issuer_cert_get(root)->subject_sha256, SHA256_BYTES);
    assert_int_equal(cert->authority_key_id.len, 20);
    assert_true(str_eq(str_of_bytes(cert->key.spki), str_of_bytes(pair.spki)));
}

static void serial_numbers_have_159_bits_and_come_from_the_source_given(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    uint64_t seed = 7;
    const struct rnd rnd = rnd_seeded_for_tests(&seed);
    AUTO_ISSUER *root = root_of(mem, &rnd);
    struct bytes serial[2];
    for (size_t i = 0; i < 2; i++) {
        struct bytes der;
        struct issue_spec spec = {.spki = issuer_cert_get(root)->key.spki,
                                  .common_name = STR("x"),
                                  .not_before = NOW,
                                  .not_after = NOW};
        seed = 7 + i;
        CHECK_OK(issue_certificate(mem, root, &spec, &rnd, &der, NULL));
        serial[i] = read_back(mem, der)->serial;
        assert_int_equal(serial[i].len, 20);
        assert_int_equal(serial[i].ptr[0] & 0xc0, 0x40);
    }
    assert_memory_not_equal(serial[0].ptr, serial[1].ptr, 20);
    seed = 7;
    uint8_t wanted[20];
    rnd_fill(&rnd, wanted, sizeof wanted);
    assert_memory_equal(serial[0].ptr + 1, wanted + 1, 19);
}

static void intermediates_and_the_subject_of_a_request_are_possible(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    const struct rnd rnd = rnd_system();
    AUTO_ISSUER *root = root_of(mem, &rnd);
    AUTO_ISSUER *middle = NULL;
    struct key_pair pair;
    struct bytes der;
    struct str pem;
    CHECK_OK(key_make(mem, KEY_SPEC_P256, &pair, NULL));
    struct issue_spec spec = {.spki = pair.spki,
                              .common_name = STR("Middle"),
                              .not_before = NOW,
                              .not_after = NOW + DAY_MS,
                              .ca = true,
                              .path_length = 0};
    CHECK_OK(issue_certificate(mem, root, &spec, &rnd, &der, NULL));
    CHECK_OK(cert_pem(mem, der, &pem, NULL));
    CHECK_OK(issuer_open(mem, pair.private_pem, pem, &middle, NULL));
    assert_int_equal(issuer_cert_get(middle)->path_length, 0);
    spec = (struct issue_spec){.spki = pair.spki,
                               .name_der = issuer_cert_get(root)->subject_der,
                               .not_before = NOW,
                               .not_after = NOW + DAY_MS};
    CHECK_OK(issue_certificate(mem, middle, &spec, &rnd, &der, NULL));
    const struct cert *cert = read_back(mem, der);
    CHECK_STR(cert->subject, "CN=Local CA");
    CHECK_OK(cert_signed_by(cert, issuer_cert_get(middle), NULL));
}

static void what_cannot_be_expressed_is_refused(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    const struct rnd rnd = rnd_system();
    AUTO_ISSUER *root = root_of(mem, &rnd);
    const struct issue_spec good = {.spki = issuer_cert_get(root)->key.spki,
                                    .common_name = STR("x"),
                                    .not_before = NOW,
                                    .not_after = NOW};
    struct issue_spec bad[] = {good, good, good, good, good};
    struct bytes der = {NULL, 0};
    bad[0].common_name = STR("");
    bad[1].common_name = (struct str){"a\0b", 3};
    bad[2].not_after = NOW - SECOND_MS;
    bad[3].spki = (struct bytes){(const uint8_t *)"x", 1};
    bad[4].common_name = STR("12345678901234567890123456789012345678901234567890123456789012345");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct why why = {.text = ""};
        CHECK_STATUS(issue_certificate(mem, root, &bad[i], &rnd, &der, &why), STATUS_INVALID);
        assert_true(why.text[0] != 0 && der.ptr == NULL);
    }
}

static void an_issuer_is_a_ca_with_its_own_key(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    const struct rnd rnd = rnd_system();
    AUTO_ISSUER *root = root_of(mem, &rnd);
    struct issuer *none = NULL;
    struct key_pair pair;
    struct bytes der;
    struct str ca_pem;
    struct str device_pem;
    struct why why = {.text = ""};
    CHECK_OK(key_make(mem, KEY_SPEC_P256, &pair, NULL));
    CHECK_OK(cert_pem(mem, issuer_cert_get(root)->der, &ca_pem, NULL));
    CHECK_STATUS(issuer_open(mem, pair.private_pem, ca_pem, &none, &why), STATUS_CERT_INVALID);
    assert_non_null(strstr(why.text, "does not belong"));
    CHECK_STATUS(issuer_open(mem, STR("no key"), ca_pem, &none, &why), STATUS_CERT_INVALID);
    struct issue_spec spec = {
        .spki = pair.spki, .common_name = STR("x"), .not_before = NOW, .not_after = NOW};
    CHECK_OK(issue_certificate(mem, root, &spec, &rnd, &der, NULL));
    CHECK_OK(cert_pem(mem, der, &device_pem, NULL));
    CHECK_STATUS(issuer_open(mem, pair.private_pem, device_pem, &none, &why), STATUS_CERT_INVALID);
    assert_non_null(strstr(why.text, "is not a CA"));
    assert_null(none);
    issuer_free(NULL);
}

static void a_list_that_was_issued_is_read_and_believed(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    const struct rnd rnd = rnd_system();
    AUTO_ISSUER *root = root_of(mem, &rnd);
    const uint8_t one[] = {1};
    const uint8_t big[] = {0xff, 2};
    const struct issue_revoked revoked[] = {
        {{one, 1}, NOW, CRL_REASON_UNSPECIFIED},
        {{big, 2}, INT64_C(2556144000000), CRL_REASON_CA_COMPROMISE}, /* 2051: GeneralizedTime */
    };
    struct bytes der;
    struct str pem;
    struct crl crl;
    CHECK_OK(issue_crl(mem, root, revoked, 2, NOW, NOW + DAY_MS, 41, &der, NULL));
    CHECK_OK(crl_pem(mem, der, &pem, NULL));
    CHECK_OK(crl_load(mem, mem, pem, issuer_cert_get(root), &crl, NULL));
    assert_int_equal(crl.n_entries, 2);
    assert_true(crl.this_update == NOW && crl.next_update == NOW + DAY_MS);
    assert_true(crl.number.len == 1 && crl.number.ptr[0] == 41);
    const struct crl_entry *entry = crl_find(&crl, (struct bytes){big, 2});
    assert_non_null(entry);
    assert_true(entry->revoked_at == INT64_C(2556144000000));
    assert_string_equal(crl_reason_name(entry->reason), "cACompromise");
    CHECK_OK(issue_crl(mem, root, NULL, 0, NOW, TIME_NEVER, 0, &der, NULL));
    CHECK_OK(crl_load(mem, mem, str_of_bytes(der), issuer_cert_get(root), &crl, NULL));
    assert_true(crl.next_update == TIME_NEVER && crl.n_entries == 0);
    assert_null(crl_find(&crl, (struct bytes){one, 1}));
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    const struct rnd rnd = rnd_system();
    AUTO_ISSUER *root = root_of(mem, &rnd);
    struct key_pair pair;
    struct str ca_pem;
    CHECK_OK(key_make(mem, KEY_SPEC_P256, &pair, NULL));
    CHECK_OK(cert_pem(mem, issuer_cert_get(root)->der, &ca_pem, NULL));
    for (size_t max = 0;; max += 128) {
        AUTO_ARENA *small = arena_new(max);
        struct key_pair made = {.private_pem = STR_ABSENT};
        struct issue_spec spec = {
            .spki = pair.spki, .common_name = STR("x"), .not_before = NOW, .not_after = NOW};
        struct bytes der;
        enum status status = key_make(small, KEY_SPEC_P256, &made, NULL);
        status =
            status != STATUS_OK ? status : issue_certificate(small, root, &spec, &rnd, &der, NULL);
        status =
            status != STATUS_OK ? status : issue_crl(small, root, NULL, 0, NOW, NOW, 1, &der, NULL);
        if (status == STATUS_OK) {
            break;
        }
        CHECK_STATUS(status, STATUS_NO_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_root_is_a_ca_that_signed_itself),
        cmocka_unit_test(a_device_certificate_is_signed_and_says_what_was_asked),
        cmocka_unit_test(serial_numbers_have_159_bits_and_come_from_the_source_given),
        cmocka_unit_test(intermediates_and_the_subject_of_a_request_are_possible),
        cmocka_unit_test(what_cannot_be_expressed_is_refused),
        cmocka_unit_test(an_issuer_is_a_ca_with_its_own_key),
        cmocka_unit_test(a_list_that_was_issued_is_read_and_believed),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };
    return RUN_TESTS("issue", tests);
}
