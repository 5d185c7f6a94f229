/* Short and odd keys, broken signatures: certificates of tests/vectors, registered without asking
 * whether they would be let in, and audited as device and as CA. */
#include "audit/cryptography.h"

#include <stdlib.h>

#include "account/cert_intake.h"
#include "audit/verdict.h"
#include "audit_net.h"
#include "lib/files.h"

static struct str read_vector(struct audit_fixture *f, struct str name)
{
    struct str path;
    CHECK_OK(str_fmt(f->mem, &path, NULL, "%.*s.pem", STR_ARG(name)));
    return vector_read(f->mem, str_z(f->mem, path));
}

/* The rows of a certificate, put into the store as its device and as its CA. */
static void put_both(struct audit_fixture *f, struct str pem)
{
    const struct account_ctx ctx = fixture_ctx(f);
    const struct cert *cert = NULL;
    struct certificate device = fixture_cert("");
    struct ca_certificate ca = {
        .status = STR("ACTIVE"), .auto_registration = STR("DISABLE"), .mode = STR("DEFAULT")};
    CHECK_OK(cert_read(f->mem, pem, &cert, NULL));
    CHECK_OK(cert_intake_certificate(&ctx, cert, &device, NULL));
    CHECK_OK(cert_intake_ca(&ctx, cert, &ca, NULL));
    const struct certificate_der der = {.id = cert->id, .der = cert->der};
    fixture_put(f, TABLE(certificate), &device);
    fixture_put(f, TABLE(ca_certificate), &ca);
    fixture_put(f, TABLE(certificate_der), &der);
}

static int by_text(const void *a, const void *b)
{
    const struct str *x = a;
    const struct str *y = b;
    return str_cmp(*x, *y);
}

/* The codes found, in alphabetical order. */
static struct str codes_of(struct audit_fixture *f, struct page_rows findings)
{
    struct str codes[AUDIT_VERDICTS_MAX];
    struct str all = STR("");
    assert_true(findings.n <= AUDIT_VERDICTS_MAX);
    for (size_t i = 0; i < findings.n; i++) {
        codes[i] = ((const struct finding *)findings.rows)[i].reason_code;
    }
    qsort(codes, findings.n, sizeof *codes, by_text);
    for (size_t i = 0; i < findings.n; i++) {
        CHECK_OK(str_fmt(f->mem, &all, NULL, "%.*s%s%.*s", STR_ARG(all), i == 0 ? "" : " ",
                         STR_ARG(codes[i])));
    }
    return all;
}

static void check_case(struct str line)
{
    static const enum check_id checks[] = {CHECK_DEVICE_CERTIFICATE_CRYPTOGRAPHY,
                                           CHECK_CA_CERTIFICATE_CRYPTOGRAPHY};
    struct audit_fixture f;
    size_t space = str_find_char(line, ' ', 0);
    struct str name = str_slice(line, 0, space);
    struct str expected = str_slice(line, space + 1, line.len);
    fixture_open(&f);
    put_both(&f, read_vector(&f, name));
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        struct net_outcome out = net_audit(&f, checks[i]);
        struct str codes = codes_of(&f, out.findings);
        if (!str_eq(codes, expected) || out.check.unjudged != 0 || out.check.total != 1) {
            fail_msg("%.*s, %s: \"%.*s\"", STR_ARG(name), check_rows[checks[i]].name.ptr,
                     STR_ARG(codes));
        }
    }
    fixture_close(&f);
}

static void each_vector_has_its_codes(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct str text = vector_read(mem, "cryptography/cases.txt");
    struct str line;
    size_t n = 0;
    while (str_next(&text, '\n', &line)) {
        if (line.len > 0 && line.ptr[0] != '#') {
            check_case(line);
            n++;
        }
    }
    assert_true(n > 20);
}

static void the_sentence_names_the_exponent_and_the_digest(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    put_both(&f, read_vector(&f, STR("cryptography/e3")));
    struct net_outcome out = net_audit(&f, CHECK_DEVICE_CERTIFICATE_CRYPTOGRAPHY);
    const struct finding *finding = out.findings.rows;
    CHECK_STR(finding->reason,
              "The public exponent of the RSA key is 3; the standard asks for an odd number of "
              "more than 65536 (FIPS 186-5).");
    CHECK_STR(finding->severity, "MEDIUM");
    CHECK_STR(finding->resource_type, "DEVICE_CERTIFICATE");
    fixture_close(&f);
    fixture_open(&f);
    put_both(&f, read_vector(&f, STR("x509/sha1-child")));
    out = net_audit(&f, CHECK_CA_CERTIFICATE_CRYPTOGRAPHY);
    finding = out.findings.rows;
    CHECK_STR(finding->reason,
              "The certificate is signed with SHA1 (sha1WithRSAEncryption), which does "
              "not resist collisions.");
    CHECK_STR(finding->severity, "HIGH");
    CHECK_STR(finding->resource_type, "CA_CERTIFICATE");
    fixture_close(&f);
}

/* Even exponents come from no library. */
static void even_exponents_are_unusual_whatever_their_length(void **state)
{
    (void)state;
    static const char *const exponents[] = {"010000", "010002",
                                            "0100000000000000000000000000000000"};
    AUTO_ARENA *mem = arena_new(1 << 16);
    for (size_t i = 0; i < sizeof exponents / sizeof exponents[0]; i++) {
        struct audit_verdicts verdicts = {.n = 0};
        const struct cryptography facts = {.key_kind = STR("RSA"),
                                           .key_bits = 2048,
                                           .exponent = str_from(exponents[i]),
                                           .digest = STR("SHA256")};
        CHECK_OK(judge_cryptography(&facts, mem, &verdicts, NULL));
        assert_int_equal(verdicts.n, 1);
        CHECK_STR(verdicts.list[0].code, "RSA_EXPONENT_UNUSUAL");
    }
}

static void put_row_of_before(struct audit_fixture *f, struct str id)
{
    struct certificate cert = fixture_cert("");
    cert.id = id;
    cert.key_kind = STR("RSA");
    cert.key_bits = 2048;
    fixture_put(f, TABLE(certificate), &cert);
}

static void what_cannot_be_read_of_a_row_of_before_is_not_judged(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    put_row_of_before(&f, STR("aa"));
    struct net_outcome out = net_audit(&f, CHECK_DEVICE_CERTIFICATE_CRYPTOGRAPHY);
    assert_int_equal(out.check.unjudged, 1);
    assert_int_equal(out.findings.n, 0);
    assert_non_null(
        strstr(out.check.message.ptr, "the public exponent of the RSA key is not known"));
    fixture_close(&f);
}

/* The row as a version had it that did not keep exponents; the bytes are there. */
static void rows_of_before_are_judged_by_their_bytes(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    const struct cert *cert = NULL;
    CHECK_OK(cert_read(f.mem, read_vector(&f, STR("cryptography/e3")), &cert, NULL));
    put_row_of_before(&f, cert->id);
    const struct certificate_der der = {.id = cert->id, .der = cert->der};
    fixture_put(&f, TABLE(certificate_der), &der);
    struct net_outcome out = net_audit(&f, CHECK_DEVICE_CERTIFICATE_CRYPTOGRAPHY);
    assert_int_equal(out.check.unjudged, 0);
    CHECK_STR(codes_of(&f, out.findings), "RSA_EXPONENT_UNUSUAL");
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_vector_has_its_codes),
        cmocka_unit_test(the_sentence_names_the_exponent_and_the_digest),
        cmocka_unit_test(even_exponents_are_unusual_whatever_their_length),
        cmocka_unit_test(what_cannot_be_read_of_a_row_of_before_is_not_judged),
        cmocka_unit_test(rows_of_before_are_judged_by_their_bytes),
    };
    return RUN_TESTS("cryptography", tests);
}
