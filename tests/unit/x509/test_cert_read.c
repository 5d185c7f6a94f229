#include "lib/check.h"
#include "lib/fault.h"
#include "lib/files.h"

#include "base/buf.h"
#include "base/limits.h"
#include "x509/cert.h"

enum { TEST_MEMORY = 8 << 20 };

static const struct cert *read_vector(struct arena *mem, const char *name)
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

static struct str hex(struct arena *mem, struct bytes b)
{
    struct buf out;
    struct str text = STR_ABSENT;
    buf_init(&out, mem, 1 << 16);
    for (size_t i = 0; i < b.len; i++) {
        buf_put_fmt(&out, "%02x", b.ptr[i]);
    }
    CHECK_OK(buf_finish(&out, &text, NULL));
    return text;
}

/* Everything that a vector may ask for, as "key: value" lines. */
static void put_attrs(struct buf *out, const struct cert *cert)
{
    for (size_t i = 0; i < cert->n_subject_attrs; i++) {
        buf_put_fmt(out, "attr: %.*s=%.*s\n", STR_ARG(cert->subject_attrs[i].name),
                    STR_ARG(cert->subject_attrs[i].value));
    }
    for (size_t i = 0; i < cert->n_crl_urls; i++) {
        buf_put_fmt(out, "crl_url: %.*s\n", STR_ARG(cert->crl_urls[i]));
    }
    for (size_t i = 0; i < cert->n_issuer_urls; i++) {
        buf_put_fmt(out, "issuer_url: %.*s\n", STR_ARG(cert->issuer_urls[i]));
    }
}

static void put_usage(struct buf *out, unsigned usage)
{
    const char *text = usage == CERT_USAGE_DIGITAL_SIGNATURE ? "digitalSignature"
                       : usage == (CERT_USAGE_CERT_SIGN | CERT_USAGE_CRL_SIGN)
                           ? "keyCertSign cRLSign"
                           : "other";
    buf_put_fmt(out, "usage: %s\n", text);
}

static struct str render(struct arena *mem, const struct cert *cert)
{
    struct buf out;
    struct str text = STR_ABSENT;
    const struct key *key = &cert->key;
    buf_init(&out, mem, 1 << 20);
    buf_put_fmt(&out, "id: %.*s\nserial: %.*s\nsubject: %.*s\nissuer: %.*s\n", STR_ARG(cert->id),
                STR_ARG(cert->serial_hex), STR_ARG(cert->subject), STR_ARG(cert->issuer));
    buf_put_fmt(&out, "not_before: %lld\nnot_after: %lld\nversion: %d\n",
                (long long)cert->not_before, (long long)cert->not_after, cert->version);
    buf_put_fmt(&out, "kind: %s\nbits: %d\ncurve: %.*s\nmodulus: %.*s\n", key_kind_name(key->kind),
                key->bits, STR_ARG(key->curve), STR_ARG(hex(mem, key->modulus)));
    buf_put_fmt(&out, "debian: %.*s\nspki: %.*s\n",
                STR_ARG(hex(mem, (struct bytes){key->debian, sizeof key->debian})),
                STR_ARG(hex(mem, (struct bytes){key->spki_sha256, SHA256_BYTES})));
    buf_put_fmt(&out, "signature: %.*s\ndigest: %.*s\nsignature_key: %.*s\n",
                STR_ARG(cert->signature_algorithm), STR_ARG(cert->signature_digest),
                STR_ARG(cert->signature_key));
    buf_put_fmt(&out, "ca: %s\nself_signed: %s\npath_length: %d\nunknown_critical: %.*s\n",
                cert->ca ? "yes" : "no", cert->self_signed ? "yes" : "no", cert->path_length,
                STR_ARG(cert->unknown_critical));
    buf_put_fmt(&out, "crl_skipped: %.*s\n", STR_ARG(cert->crl_skipped));
    put_usage(&out, cert->usage);
    put_attrs(&out, cert);
    CHECK_OK(buf_finish(&out, &text, NULL));
    return text;
}

static bool has_line(struct str text, struct str wanted)
{
    struct str line;
    while (str_next(&text, '\n', &line)) {
        if (str_eq(line, wanted)) {
            return true;
        }
    }
    return false;
}

static size_t count_lines(struct str text, struct str prefix)
{
    struct str line;
    size_t n = 0;
    while (str_next(&text, '\n', &line)) {
        n += str_starts(line, prefix);
    }
    return n;
}

static bool has_flaw(const struct cert_flaws *flaws, struct arena *mem, struct str wanted)
{
    for (size_t i = 0; i < flaws->n; i++) {
        if (strstr(str_z(mem, flaws->text[i]), str_z(mem, wanted)) != NULL) {
            return true;
        }
    }
    return false;
}

static void check_flaws(struct arena *mem, const char *name, const struct cert *cert,
                        struct str expected)
{
    const struct str key = STR("flaw: ");
    struct cert_flaws flaws;
    struct str line;
    CHECK_OK(cert_flaws(mem, cert, &flaws, NULL));
    if (flaws.n != count_lines(expected, key)) {
        fail_msg("%s has %zu flaws", name, flaws.n);
    }
    CHECK_STATUS(cert_check_supported(cert, NULL), flaws.n == 0 ? STATUS_OK : STATUS_CERT_INVALID);
    while (str_next(&expected, '\n', &line)) {
        if (str_starts(line, key) && !has_flaw(&flaws, mem, str_slice(line, key.len, line.len))) {
            fail_msg("%s lacks %.*s", name, STR_ARG(line));
        }
    }
}

static void every_certificate_is_read_as_openssl_made_it(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    struct str names = vector_read(mem, "x509/good.list");
    struct str name;
    size_t n = 0;
    while (str_next(&names, '\n', &name) && name.len > 0) {
        char path[128];
        const char *z = str_z(mem, name);
        snprintf(path, sizeof path, "x509/%s.txt", z);
        struct str expected = vector_read(mem, path);
        const struct cert *cert = read_vector(mem, z);
        struct str got = render(mem, cert);
        struct str rest = expected;
        struct str line;
        while (str_next(&rest, '\n', &line)) {
            if (line.len > 0 && !str_starts(line, STR("flaw: ")) && !has_line(got, line)) {
                fail_msg("%s: expected \"%.*s\" in\n%.*s", z, STR_ARG(line), STR_ARG(got));
            }
        }
        check_flaws(mem, z, cert, expected);
        n++;
    }
    assert_true(n >= 18);
}

static void addresses_and_attributes_keep_their_order_and_number(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    const struct cert *cert = read_vector(mem, "device-rsa");
    assert_int_equal(cert->n_crl_urls, 2);
    CHECK_STR(cert->crl_urls[1], "https://a.example/y.crl");
    assert_int_equal(cert->n_issuer_urls, 1);
    CHECK_STR(cert_subject_attr(cert, STR("OrganizationalUnit"), 0), "Halle 1");
    CHECK_STR(cert_subject_attr(cert, STR("OrganizationalUnit"), 1), "Linie, 2");
    assert_true(str_absent(cert_subject_attr(cert, STR("OrganizationalUnit"), 2)));
    CHECK_STR(cert_subject_attr(cert, STR("AlternativeName.DNSName"), 1), "two.example");
    assert_int_equal(cert->n_issuer_attrs, 2);
    CHECK_STR(cert->issuer_attrs[0].name, "Organization");
    CHECK_STR(cert->issuer_attrs[0].value, "Bulwark");
}

static void what_is_wrong_is_refused_with_its_reason(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    struct str rows = vector_read(mem, "x509/bad.list");
    struct str row;
    size_t n = 0;
    while (str_next(&rows, '\n', &row) && row.len > 0) {
        struct str file = STR_ABSENT;
        struct str status = STR_ABSENT;
        char path[128];
        assert_true(str_next(&row, '\t', &file) && str_next(&row, '\t', &status));
        snprintf(path, sizeof path, "x509/%.*s", STR_ARG(file));
        const struct cert *cert = NULL;
        struct why why = {.text = ""};
        enum status got = cert_read(mem, vector_read(mem, path), &cert, &why);
        if (got == STATUS_OK || !str_eq(str_from(status_name(got)), status) ||
            strstr(why.text, str_z(mem, row)) == NULL) {
            fail_msg("%s: got %s \"%s\"", path, status_name(got), why.text);
        }
        assert_int_equal(why.code, got);
        assert_null(cert);
        n++;
    }
    assert_true(n >= 30);
}

static void der_and_pem_of_one_certificate_are_one(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    const struct cert *a = read_vector(mem, "device-p256");
    const struct cert *b = NULL;
    struct str pem = STR_ABSENT;
    CHECK_OK(cert_read(mem, str_of_bytes(a->der), &b, NULL));
    assert_true(str_eq(a->id, b->id));
    assert_ptr_not_equal(a->der.ptr, b->der.ptr);
    CHECK_OK(cert_pem(mem, a->der, &pem, NULL));
    assert_true(str_eq(pem, vector_read(mem, "x509/device-p256.pem")));
}

static void text_before_the_block_and_white_space_after_it_do_not_matter(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    struct str pem = vector_read(mem, "x509/device-p256.pem");
    struct str text = STR_ABSENT;
    const struct cert *cert = NULL;
    CHECK_OK(
        str_fmt(mem, &text, NULL, "Bag Attributes\r\n  a - b ---\r\n%.*s \r\n\t\n", STR_ARG(pem)));
    CHECK_OK(cert_read(mem, text, &cert, NULL));
    assert_true(str_eq(cert->id, read_vector(mem, "device-p256")->id));
}

static void a_mebibyte_of_junk_costs_nothing(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    char *junk = arena_alloc(mem, 1 << 20);
    const struct cert *cert = NULL;
    assert_non_null(junk);
    const char fills[] = {'-', 'A', '\0', '\n', '0'};
    for (size_t i = 0; i < sizeof fills; i++) {
        memset(junk, fills[i], 1 << 20);
        size_t used = arena_used(mem);
        CHECK_STATUS(cert_read(mem, (struct str){junk, 1 << 20}, &cert, NULL), STATUS_TOO_LARGE);
        CHECK_STATUS(cert_read(mem, (struct str){junk, LIMIT_PEM_BYTES}, &cert, NULL),
                     STATUS_MALFORMED);
        assert_int_equal(arena_used(mem), used);
    }
}

static void der_beyond_its_limit_is_refused_unread(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    char *big = arena_alloc(mem, LIMIT_DER_BYTES + 1);
    const struct cert *cert = NULL;
    assert_non_null(big);
    big[0] = 0x30;
    big[1] = (char)0x82;
    CHECK_STATUS(cert_read(mem, (struct str){big, LIMIT_DER_BYTES + 1}, &cert, NULL),
                 STATUS_TOO_LARGE);
}

static void a_bundle_is_every_certificate_in_it(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    struct str text = STR_ABSENT;
    const struct cert **certs = NULL;
    size_t n = 0;
    CHECK_OK(str_fmt(mem, &text, NULL, "%.*s%.*s", STR_ARG(vector_read(mem, "x509/root.pem")),
                     STR_ARG(vector_read(mem, "x509/mid.pem"))));
    CHECK_OK(cert_read_bundle(mem, text, 4, &certs, &n, NULL));
    assert_int_equal(n, 2);
    CHECK_STR(certs[1]->subject, "CN=Test Intermediate,O=Bulwark");
    CHECK_STATUS(cert_read_bundle(mem, text, 1, &certs, &n, NULL), STATUS_TOO_LARGE);
    CHECK_STATUS(cert_read_bundle(mem, STR("nothing"), 4, &certs, &n, NULL), STATUS_MALFORMED);
    CHECK_OK(cert_read_bundle(mem, str_of_bytes(certs[0]->der), 1, &certs, &n, NULL));
    assert_int_equal(n, 1);
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
    AUTO_ARENA *files = arena_new(TEST_MEMORY);
    struct str pem = vector_read(files, "x509/device-rsa.pem");
    /* Small arenas say no at every size in turn; the hook fails the chunks. */
    for (size_t max = 0;; max += 512) {
        AUTO_ARENA *mem = arena_new(max);
        const struct cert *cert = NULL;
        enum status status = cert_read(mem, pem, &cert, NULL);
        if (status == STATUS_OK) {
            assert_true(max > 4096);
            break;
        }
        CHECK_STATUS(status, STATUS_NO_MEMORY);
        assert_null(cert);
    }
    for (size_t n = 0;; n++) {
        AUTO_ARENA *mem = arena_new(TEST_MEMORY);
        const struct cert *cert = NULL;
        fault_start(n);
        enum status status = cert_read(mem, pem, &cert, NULL);
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
        cmocka_unit_test(every_certificate_is_read_as_openssl_made_it),
        cmocka_unit_test(addresses_and_attributes_keep_their_order_and_number),
        cmocka_unit_test(what_is_wrong_is_refused_with_its_reason),
        cmocka_unit_test(der_and_pem_of_one_certificate_are_one),
        cmocka_unit_test(text_before_the_block_and_white_space_after_it_do_not_matter),
        cmocka_unit_test(a_mebibyte_of_junk_costs_nothing),
        cmocka_unit_test(der_beyond_its_limit_is_refused_unread),
        cmocka_unit_test(a_bundle_is_every_certificate_in_it),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };
    return RUN_TESTS("cert_read", tests);
}
