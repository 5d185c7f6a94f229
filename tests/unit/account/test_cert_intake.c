/* What is registered, what is refused, and what is kept of a certificate. */
#include "account/cert_intake.h"
#include "pki.h"

/* vector, status, words of the sentence ("" when it is accepted) */
static const struct {
    const char *name;
    enum status status;
    const char *words;
} rows[] = {
    {"device-rsa.pem", STATUS_OK, ""},
    {"device-p256.pem", STATUS_OK, ""},
    {"device-p384.pem", STATUS_OK, ""},
    {"device-p521.pem", STATUS_OK, ""},
    {"device-by-pss.pem", STATUS_OK, ""},
    {"two-certs.bad", STATUS_CERT_INVALID, "2 PEM blocks"},
    {"with-key.bad", STATUS_CERT_INVALID, "private key"},
    {"csr.bad", STATUS_CERT_INVALID, "CERTIFICATE REQUEST"},
    {"text.bad", STATUS_CERT_INVALID, ""},
    {"empty.bad", STATUS_CERT_INVALID, ""},
    {"trailing-text.bad", STATUS_CERT_INVALID, ""},
    {"trailing-in-pem.bad", STATUS_CERT_INVALID, ""},
    {"trailing-der.bad", STATUS_CERT_INVALID, ""},
    {"nul-in-name.bad", STATUS_CERT_INVALID, ""},
    {"rsa1024.pem", STATUS_CERT_INVALID, "1024"},
    {"secp256k1.pem", STATUS_CERT_INVALID, "secp256k1"},
    {"brainpool.pem", STATUS_CERT_INVALID, "brainpool"},
    {"explicit-curve.pem", STATUS_CERT_INVALID, ""},
    {"ed25519.pem", STATUS_CERT_INVALID, ""},
    {"sha1.pem", STATUS_CERT_INVALID, ""},
    {"md5.pem", STATUS_CERT_INVALID, ""},
    {"critical.pem", STATUS_CERT_INVALID, "critical"},
};

static void each_vector_is_registered_or_refused_for_its_reason(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct cert *cert = NULL;
        f->why = (struct why){0};
        enum status status = cert_intake_read(&f->ctx, pki_pem(f, rows[i].name), &cert, &f->why);
        if (status != rows[i].status) {
            fail_msg("%s: got %s (%s), want %s", rows[i].name, status_name(status), f->why.text,
                     status_name(rows[i].status));
        }
        if (status == STATUS_OK) {
            continue;
        }
        assert_null(cert);
        assert_int_equal(f->why.code, status);
        if (strstr(f->why.text, rows[i].words) == NULL || f->why.text[0] == '\0') {
            fail_msg("%s: \"%s\" does not say \"%s\"", rows[i].name, f->why.text, rows[i].words);
        }
    }
}

static void what_is_larger_than_the_bound_is_refused_unread(void **state)
{
    struct fixture *f = *state;
    char *junk = arena_alloc(f->ctx.mem, 1 << 20);
    const struct cert *cert;
    memset(junk, 'A', 1 << 20);
    CHECK_STATUS(cert_intake_read(&f->ctx, (struct str){junk, 1 << 20}, &cert, &f->why),
                 STATUS_TOO_LARGE);
}

static void validity_is_judged_by_the_clock_to_the_second(void **state)
{
    struct fixture *f = *state;
    struct str pem = pki_pem(f, "device-rsa.pem");
    const struct cert *cert;
    CHECK_OK(cert_intake_read(&f->ctx, pem, &cert, &f->why));
    int64_t first = cert->not_before;
    int64_t last = cert->not_after;
    f->now = first;
    CHECK_OK(cert_intake_read(&f->ctx, pem, &cert, &f->why));
    f->now = first - SECOND_MS;
    CHECK_REFUSED(f, STATUS_CERT_INVALID, "valid", cert_intake_read(&f->ctx, pem, &cert, &f->why));
    f->now = last;
    CHECK_OK(cert_intake_read(&f->ctx, pem, &cert, &f->why));
    f->now = last + SECOND_MS;
    CHECK_REFUSED(f, STATUS_CERT_INVALID, "expired",
                  cert_intake_read(&f->ctx, pem, &cert, &f->why));
}

static void columns_hold_what_an_audit_asks_for(void **state)
{
    struct fixture *f = *state;
    struct certificate rsa = {.id = STR_ABSENT};
    struct ca_certificate mid = {.id = STR_ABSENT};
    const struct cert *cert = pki_cert(f, "device-rsa.pem");
    CHECK_OK(cert_intake_certificate(&f->ctx, cert, &rsa, &f->why));
    assert_true(str_eq(rsa.id, cert->id));
    assert_true(rsa.not_before == cert->not_before && rsa.not_after == cert->not_after);
    CHECK_STR(rsa.serial, "ff");
    CHECK_STR(rsa.key_kind, "RSA");
    assert_int_equal(rsa.key_bits, 2048);
    assert_true(str_absent(rsa.key_curve));
    assert_int_equal(rsa.weak_key_hash.len, 20);
    assert_int_equal(rsa.key_roca, 0);
    assert_int_equal(rsa.key_hash.len, 64);
    CHECK_STR(rsa.key_exponent, "010001");
    CHECK_STR(rsa.signature_digest, "SHA256");
    CHECK_OK(cert_intake_ca(&f->ctx, pki_cert(f, "mid.pem"), &mid, &f->why));
    assert_true(str_eq(rsa.issuer_hash, mid.subject_hash));
    CHECK_STR(mid.key_kind, "EC");
    CHECK_STR(mid.key_curve, "P-256");
    assert_true(str_absent(mid.weak_key_hash));
    CHECK_STR(mid.crl_urls, "http://crl.example/root.crl");
    CHECK_STR(mid.issuer_urls, "http://crl.example/root.pem");
    CHECK_STR(mid.crl_skipped, "");
    assert_false(str_absent(mid.crl_skipped)); /* known, and none */
    CHECK_STR(mid.signature, "sha256WithRSAEncryption");
    CHECK_STR(mid.key_exponent, "");
    assert_false(str_absent(mid.key_exponent)); /* known, and none */
}

static enum status keep(struct fixture *f, const char *name, bool device, bool ca)
{
    const struct cert *cert = pki_cert(f, name);
    struct certificate device_row = {.status = STR("ACTIVE"), .ca_id = STR("")};
    struct ca_certificate ca_row = {.status = STR("ACTIVE")};
    CHECK_OK(cert_intake_certificate(&f->ctx, cert, &device_row, &f->why));
    CHECK_OK(cert_intake_ca(&f->ctx, cert, &ca_row, &f->why));
    if (device) {
        TRY(store_put(f->ctx.tx, TABLE(certificate), &device_row, &f->why));
    }
    if (ca) {
        TRY(store_put(f->ctx.tx, TABLE(ca_certificate), &ca_row, &f->why));
    }
    return cert_der_put(&f->ctx, cert, &f->why);
}

static void the_bytes_stay_while_either_kind_of_certificate_needs_them(void **state)
{
    struct fixture *f = *state;
    struct str id = pki_cert(f, "root.pem")->id;
    struct str pem;
    CHECK_OK(WRITE(f, keep(f, "root.pem", true, true)));
    CHECK_OK(WRITE(f, cert_der_drop(&f->ctx, id, &f->why)));
    CHECK_OK(READ(f, cert_der_pem(&f->ctx, id, &pem, &f->why)));
    const struct cert *again;
    CHECK_OK(cert_read(f->ctx.mem, pem, &again, &f->why));
    assert_true(str_eq(again->id, id));
    struct certificate device = {.id = id};
    struct ca_certificate ca = {.id = id};
    CHECK_OK(WRITE(f, store_delete(f->ctx.tx, TABLE(certificate), &device, &f->why)));
    CHECK_OK(WRITE(f, cert_der_drop(&f->ctx, id, &f->why)));
    CHECK_OK(READ(f, cert_der_pem(&f->ctx, id, &pem, &f->why)));
    CHECK_OK(WRITE(f, store_delete(f->ctx.tx, TABLE(ca_certificate), &ca, &f->why)));
    CHECK_OK(WRITE(f, cert_der_drop(&f->ctx, id, &f->why)));
    CHECK_REFUSED(f, STATUS_CORRUPT, "not stored",
                  READ(f, cert_der_pem(&f->ctx, id, &pem, &f->why)));
}

static void requests_have_one_refusal(void **state)
{
    struct fixture *f = *state;
    struct csr csr;
    CHECK_OK(cert_intake_csr(&f->ctx, pki_pem(f, "device-rsa.csr"), &csr, &f->why));
    assert_int_equal(csr.key.bits, 2048);
    CHECK_OK(cert_intake_csr(&f->ctx, pki_pem(f, "device-p256.csr"), &csr, &f->why));
    CHECK_REFUSED(f, STATUS_INVALID, "secp256k1",
                  cert_intake_csr(&f->ctx, pki_pem(f, "secp256k1.csr"), &csr, &f->why));
    f->why = (struct why){0};
    enum status status = cert_intake_csr(&f->ctx, pki_pem(f, "bad-signature.csr"), &csr, &f->why);
    assert_true(status == STATUS_INVALID || status == STATUS_MALFORMED);
    CHECK_REFUSED(f, STATUS_MALFORMED, "",
                  cert_intake_csr(&f->ctx, pki_pem(f, "root.pem"), &csr, &f->why));
}

static void ids_are_compared_in_lowercase(void **state)
{
    struct fixture *f = *state;
    struct str id;
    CHECK_OK(cert_id_normal(&f->ctx, STR("00AbCDEF9"), &id, &f->why));
    CHECK_STR(id, "00abcdef9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_vector_is_registered_or_refused_for_its_reason),
        TEST(what_is_larger_than_the_bound_is_refused_unread),
        TEST(validity_is_judged_by_the_clock_to_the_second),
        TEST(columns_hold_what_an_audit_asks_for),
        TEST(the_bytes_stay_while_either_kind_of_certificate_needs_them),
        TEST(requests_have_one_refusal),
        TEST(ids_are_compared_in_lowercase),
    };
    return RUN_TESTS("account/cert_intake", tests);
}
