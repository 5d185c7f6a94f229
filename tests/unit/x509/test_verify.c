#include "lib/check.h"
#include "lib/files.h"

#include "x509/verify.h"

enum { TEST_MEMORY = 8 << 20 };

static const struct cert *cert_of(struct arena *mem, const char *name)
{
    char path[128];
    const struct cert *cert = NULL;
    struct why why = {.text = ""};
    snprintf(path, sizeof path, "x509/%s.pem", name);
    if (cert_read(mem, vector_read(mem, path), &cert, &why) != STATUS_OK) {
        fail_msg("%s: %s", name, why.text);
    }
    return cert;
}

static void a_signature_is_judged_with_its_reason(void **state)
{
    (void)state;
    static const struct {
        const char *cert;
        const char *issuer;
        const char *refusal; /* NULL: accepted */
    } rows[] = {
        {"root", "root", NULL},
        {"mid", "root", NULL},
        {"device-rsa", "mid", NULL},
        {"device-p384", "root", NULL},
        {"device-by-pss", "root", NULL},
        {"mid", "other-root", "another key"},
        {"device-rsa", "root", "is issued by CN=Test Intermediate,O=Bulwark, not by"},
        {"by-not-ca", "not-ca", "is not a CA"},
        {"by-no-sign", "no-sign", "does not permit to sign certificates"},
        {"sha1-child", "root", "sha1WithRSAEncryption, digest SHA1, which proves nothing"},
        {"version1", "version1", "is not a CA"},
    };
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct why why = {.text = ""};
        enum status status =
            cert_signed_by(cert_of(mem, rows[i].cert), cert_of(mem, rows[i].issuer), &why);
        bool as_expected = rows[i].refusal == NULL ? status == STATUS_OK
                                                   : status == STATUS_CERT_INVALID &&
                                                         strstr(why.text, rows[i].refusal) != NULL;
        if (!as_expected) {
            fail_msg("%s by %s: %s \"%s\"", rows[i].cert, rows[i].issuer, status_name(status),
                     why.text);
        }
    }
}

static void a_changed_byte_of_the_signed_part_breaks_the_signature(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    const struct cert *root = cert_of(mem, "root");
    struct cert changed = *cert_of(mem, "mid");
    struct why why = {.text = ""};
    uint8_t *tbs = arena_alloc(mem, changed.tbs.len);
    memcpy(tbs, changed.tbs.ptr, changed.tbs.len);
    changed.tbs.ptr = tbs;
    CHECK_OK(cert_signed_by(&changed, root, NULL));
    tbs[changed.tbs.len - 1] ^= 1;
    CHECK_STATUS(cert_signed_by(&changed, root, &why), STATUS_CERT_INVALID);
    assert_non_null(strstr(why.text, "does not verify"));
    assert_null(strstr(why.text, " lib"));
}

static void a_chain_is_found_among_candidates_in_any_order(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    const struct cert *candidates[] = {cert_of(mem, "other-root"), cert_of(mem, "mid"),
                                       cert_of(mem, "not-ca"), cert_of(mem, "mid"),
                                       cert_of(mem, "root")};
    struct cert_chain chain;
    CHECK_OK(cert_chain_find(cert_of(mem, "device-rsa"), candidates, 5, &chain, NULL));
    assert_int_equal(chain.n, 2);
    assert_true(chain.complete);
    assert_ptr_equal(chain.links[0], candidates[1]);
    assert_ptr_equal(chain.links[1], candidates[4]);
    CHECK_OK(cert_chain_find(cert_of(mem, "device-rsa"), candidates, 4, &chain, NULL));
    assert_int_equal(chain.n, 1);
    assert_false(chain.complete);
    CHECK_OK(cert_chain_find(cert_of(mem, "root"), candidates, 5, &chain, NULL));
    assert_int_equal(chain.n, 0);
    assert_true(chain.complete);
    CHECK_OK(cert_chain_find(cert_of(mem, "device-pss"), NULL, 0, &chain, NULL));
    assert_int_equal(chain.n, 0);
}

static void a_chain_obeys_path_lengths_and_wants_cas(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    const struct cert *candidates[] = {cert_of(mem, "root"), cert_of(mem, "mid"),
                                       cert_of(mem, "deep-ca"), cert_of(mem, "not-ca")};
    struct cert_chain chain;
    /* mid has pathlen 0: a CA below it has a chain, a certificate of that CA does not reach mid. */
    CHECK_OK(cert_chain_find(cert_of(mem, "deep-ca"), candidates, 4, &chain, NULL));
    assert_int_equal(chain.n, 2);
    CHECK_OK(cert_chain_find(cert_of(mem, "deep"), candidates, 4, &chain, NULL));
    assert_int_equal(chain.n, 1);
    assert_false(chain.complete);
    CHECK_OK(cert_chain_find(cert_of(mem, "by-not-ca"), candidates, 4, &chain, NULL));
    assert_int_equal(chain.n, 0);
}

static void many_candidates_of_one_name_end_the_search_early(void **state)
{
    (void)state;
    enum { MANY = 5000 };
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    const struct cert **candidates = NEW_ARRAY(mem, const struct cert *, MANY);
    /* The same name and key id, another key: only the signature tells. */
    struct cert *forged = NEW(mem, struct cert);
    *forged = *cert_of(mem, "other-root");
    forged->subject_key_id = (struct bytes){NULL, 0};
    for (size_t i = 0; i < MANY; i++) {
        candidates[i] = forged;
    }
    struct cert_chain chain;
    CHECK_OK(cert_chain_find(cert_of(mem, "mid"), candidates, MANY, &chain, NULL));
    assert_int_equal(chain.n, 0);
}

static void a_request_is_read_and_proves_its_key(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    struct csr csr = {.subject = STR_ABSENT};
    CHECK_OK(csr_read(mem, vector_read(mem, "x509/device-p256.csr"), &csr, NULL));
    CHECK_STR(csr.subject, "CN=pump-2");
    CHECK_STR(csr.key.curve, "P-256");
    CHECK_OK(key_check_supported(&csr.key, NULL));
    assert_memory_equal(csr.key.spki_sha256, cert_of(mem, "device-p256")->key.spki_sha256, 32);
    CHECK_OK(csr_read(mem, vector_read(mem, "x509/device-rsa.csr"), &csr, NULL));
    assert_true(str_eq(csr.subject, cert_of(mem, "device-rsa")->subject));
    CHECK_OK(csr_read(mem, vector_read(mem, "x509/secp256k1.csr"), &csr, NULL));
    CHECK_STATUS(key_check_supported(&csr.key, NULL), STATUS_CERT_INVALID);
}

static void a_request_that_is_wrong_is_refused_with_its_reason(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        enum status status;
        const char *sentence;
    } rows[] = {
        {"bad-signature.csr", STATUS_MALFORMED, "does not verify"},
        {"trailing.csr", STATUS_MALFORMED, "bytes follow it"},
        {"root.pem", STATUS_MALFORMED, "is a CERTIFICATE, not a certificate signing request"},
        {"with-key.bad", STATUS_MALFORMED, "private key"},
        {"make-vectors", STATUS_TOO_LARGE, "the most is 4096"},
    };
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char path[128];
        struct why why = {.text = ""};
        struct csr csr = {.subject = STR_ABSENT};
        snprintf(path, sizeof path, "x509/%s", rows[i].file);
        enum status status = csr_read(mem, vector_read(mem, path), &csr, &why);
        if (status != rows[i].status || strstr(why.text, rows[i].sentence) == NULL) {
            fail_msg("%s: %s \"%s\"", path, status_name(status), why.text);
        }
        assert_true(str_absent(csr.subject));
    }
}

static void a_ca_is_proven_by_the_registration_code(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    struct str code = vector_read(mem, "x509/verification-code.txt");
    const struct cert *root = cert_of(mem, "root");
    const struct cert *proof = cert_of(mem, "verification");
    struct why why = {.text = ""};
    CHECK_OK(verification_check(proof, root, code, NULL));
    CHECK_STATUS(verification_check(proof, root, STR("c0de"), &why), STATUS_CODE_MISMATCH);
    assert_non_null(strstr(why.text, "not the registration code \"c0de\""));
    CHECK_STATUS(verification_check(proof, cert_of(mem, "mid"), code, NULL), STATUS_CERT_INVALID);
    CHECK_STATUS(verification_check(cert_of(mem, "verification-two"), root, code, &why),
                 STATUS_CODE_MISMATCH);
    assert_non_null(strstr(why.text, "exactly one common name"));
    CHECK_STATUS(verification_check(cert_of(mem, "device-p384"), root, code, NULL),
                 STATUS_CODE_MISMATCH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signature_is_judged_with_its_reason),
        cmocka_unit_test(a_changed_byte_of_the_signed_part_breaks_the_signature),
        cmocka_unit_test(a_chain_is_found_among_candidates_in_any_order),
        cmocka_unit_test(a_chain_obeys_path_lengths_and_wants_cas),
        cmocka_unit_test(many_candidates_of_one_name_end_the_search_early),
        cmocka_unit_test(a_request_is_read_and_proves_its_key),
        cmocka_unit_test(a_request_that_is_wrong_is_refused_with_its_reason),
        cmocka_unit_test(a_ca_is_proven_by_the_registration_code),
    };
    return RUN_TESTS("verify", tests);
}
