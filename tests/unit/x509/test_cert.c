#include "lib/check.h"
#include "lib/files.h"

#include "x509/cert.h"

enum { TEST_MEMORY = 4 << 20 };

static const struct cert *read_vector(struct arena *mem, const char *name)
{
    char path[128];
    const struct cert *cert = NULL;
    snprintf(path, sizeof path, "x509/%s.pem", name);
    CHECK_OK(cert_read(mem, vector_read(mem, path), &cert, NULL));
    return cert;
}

static void the_ends_of_validity_belong_to_it(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    const struct cert *cert = read_vector(mem, "root");
    struct why why = {.text = ""};
    CHECK_OK(cert_check_time(cert, cert->not_before, NULL));
    CHECK_OK(cert_check_time(cert, cert->not_after + 999, NULL));
    CHECK_STATUS(cert_check_time(cert, cert->not_before - 1, &why), STATUS_CERT_INVALID);
    assert_string_equal(why.text, "the certificate is not valid before 2024-01-01T00:00:00.000Z");
    CHECK_STATUS(cert_check_time(cert, cert->not_after + 1000, &why), STATUS_CERT_INVALID);
    assert_string_equal(why.text, "the certificate expired on 2044-01-01T00:00:00.000Z");
}

static void flaws_are_listed_all_and_refused_by_the_first(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    const struct cert *cert = read_vector(mem, "ed25519");
    struct cert_flaws flaws;
    struct why why = {.text = ""};
    CHECK_OK(cert_flaws(mem, cert, &flaws, NULL));
    assert_int_equal(flaws.n, 2);
    assert_int_equal(flaws.kind[0], CERT_FLAW_KEY);
    assert_int_equal(flaws.kind[1], CERT_FLAW_SIGNATURE);
    CHECK_STATUS(cert_check_supported(cert, &why), STATUS_CERT_INVALID);
    CHECK_STR(flaws.text[0], why.text);
    CHECK_OK(cert_flaws(mem, read_vector(mem, "critical"), &flaws, NULL));
    assert_int_equal(flaws.n, 1);
    assert_int_equal(flaws.kind[0], CERT_FLAW_CRITICAL);
    CHECK_OK(cert_flaws(mem, read_vector(mem, "device-rsa"), &flaws, NULL));
    assert_int_equal(flaws.n, 0);
}

static void attributes_are_counted_by_name(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    const struct cert *cert = read_vector(mem, "device-rsa");
    CHECK_STR(cert_subject_attr(cert, STR("CommonName"), 0), "pump-1");
    assert_true(str_absent(cert_subject_attr(cert, STR("CommonName"), 1)));
    assert_true(str_absent(cert_subject_attr(cert, STR("commonname"), 0)));
    CHECK_STR(cert_subject_attr(cert, STR("OrganizationalUnit"), 1), "Linie, 2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ends_of_validity_belong_to_it),
        cmocka_unit_test(flaws_are_listed_all_and_refused_by_the_first),
        cmocka_unit_test(attributes_are_counted_by_name),
    };
    return RUN_TESTS("cert", tests);
}
