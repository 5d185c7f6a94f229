#include "lib/check.h"
#include "lib/files.h"

#include "x509/cert.h"
#include "x509/sig_priv.h"

enum { TEST_MEMORY = 4 << 20 };

static const struct cert *cert_of(struct arena *mem, const char *name)
{
    char path[128];
    const struct cert *cert = NULL;
    snprintf(path, sizeof path, "x509/%s.pem", name);
    CHECK_OK(cert_read(mem, vector_read(mem, path), &cert, NULL));
    return cert;
}

static void algorithms_have_names_and_are_supported_or_not(void **state)
{
    (void)state;
    static const struct {
        const char *cert;
        const char *name;
        const char *digest;
        const char *key;
        bool supported;
    } rows[] = {
        {"root", "sha256WithRSAEncryption", "SHA256", "RSA", true},
        {"device-p384", "sha384WithRSAEncryption", "SHA384", "RSA", true},
        {"device-p521", "sha512WithRSAEncryption", "SHA512", "RSA", true},
        {"device-p256", "ecdsa-with-SHA256", "SHA256", "EC", true},
        {"device-by-pss", "RSASSA-PSS", "SHA384", "RSASSA-PSS", true},
        {"sha1", "sha1WithRSAEncryption", "SHA1", "RSA", false},
        {"md5", "md5WithRSAEncryption", "MD5", "RSA", false},
        {"ed25519", "ED25519", "", "OTHER", false},
    };
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sig_algorithm alg;
        CHECK_OK(sig_algorithm_read(cert_of(mem, rows[i].cert)->signature_alg_der, &alg, NULL));
        assert_string_equal(alg.name, rows[i].name);
        assert_string_equal(alg.digest, rows[i].digest);
        assert_string_equal(alg.key, rows[i].key);
        assert_int_equal(alg.supported, rows[i].supported);
    }
}

static void pss_without_parameters_is_sha1_and_not_supported(void **state)
{
    (void)state;
    /* rsassaPss with empty parameters, without any, and with parameters that are none */
    static const uint8_t defaults[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                       0xf7, 0x0d, 0x01, 0x01, 0x0a, 0x30, 0x00};
    static const uint8_t absent[] = {0x30, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48,
                                     0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a};
    static const uint8_t junk[] = {0x30, 0x0f, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                   0x0d, 0x01, 0x01, 0x0a, 0x30, 0x02, 0x05, 0x00};
    struct sig_algorithm alg;
    CHECK_OK(sig_algorithm_read((struct bytes){defaults, sizeof defaults}, &alg, NULL));
    assert_string_equal(alg.digest, "SHA1");
    assert_false(alg.supported);
    CHECK_OK(sig_algorithm_read((struct bytes){absent, sizeof absent}, &alg, NULL));
    assert_false(alg.supported);
    CHECK_OK(sig_algorithm_read((struct bytes){junk, sizeof junk}, &alg, NULL));
    assert_false(alg.supported);
}

static void what_is_no_algorithm_is_refused(void **state)
{
    (void)state;
    static const uint8_t null[] = {0x05, 0x00};
    struct sig_algorithm alg;
    CHECK_STATUS(sig_algorithm_read((struct bytes){null, 2}, &alg, NULL), STATUS_MALFORMED);
    static const uint8_t trailing[] = {0x30, 0x05, 0x06, 0x03, 0x2a, 0x03, 0x04, 0x00};
    CHECK_STATUS(sig_algorithm_read((struct bytes){trailing, 8}, &alg, NULL), STATUS_MALFORMED);
    CHECK_OK(sig_algorithm_read((struct bytes){trailing, 7}, &alg, NULL));
    assert_string_equal(alg.name, "an unknown algorithm");
    assert_false(alg.supported);
}

static void a_weak_signature_verifies_only_where_that_is_asked_for(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    const struct cert *cert = cert_of(mem, "sha1");
    struct sig sig = {cert->tbs, cert->signature_alg_der, cert->signature, cert->key.spki};
    CHECK_OK(sig_verify(&sig, true, "thing", NULL));
    CHECK_STATUS(sig_verify(&sig, false, "thing", NULL), STATUS_CERT_INVALID);
}

static void a_signature_of_another_key_or_of_no_key_is_refused(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    const struct cert *cert = cert_of(mem, "root");
    struct sig sig = {cert->tbs, cert->signature_alg_der, cert->signature,
                      cert_of(mem, "other-root")->key.spki};
    struct why why = {.text = ""};
    CHECK_STATUS(sig_verify(&sig, false, "thing", &why), STATUS_CERT_INVALID);
    assert_non_null(strstr(why.text, "the signature of the thing does not verify"));
    sig.spki = cert_of(mem, "device-p256")->key.spki; /* of another kind than the algorithm */
    CHECK_STATUS(sig_verify(&sig, false, "thing", NULL), STATUS_CERT_INVALID);
    sig.spki = (struct bytes){(const uint8_t *)"x", 1};
    CHECK_STATUS(sig_verify(&sig, false, "thing", &why), STATUS_CERT_INVALID);
    assert_non_null(strstr(why.text, "key cannot be used"));
    sig.spki = cert->key.spki;
    sig.signature.len--;
    CHECK_STATUS(sig_verify(&sig, false, "thing", NULL), STATUS_CERT_INVALID);
    sig.signature.len = 0;
    CHECK_STATUS(sig_verify(&sig, false, "thing", NULL), STATUS_CERT_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(algorithms_have_names_and_are_supported_or_not),
        cmocka_unit_test(pss_without_parameters_is_sha1_and_not_supported),
        cmocka_unit_test(what_is_no_algorithm_is_refused),
        cmocka_unit_test(a_weak_signature_verifies_only_where_that_is_asked_for),
        cmocka_unit_test(a_signature_of_another_key_or_of_no_key_is_refused),
    };
    return RUN_TESTS("sig", tests);
}
