/* Rows of the registry as revocation lists see them. */
#include "audit/revoked_priv.h"

#include "lib/check.h"

static void a_device_is_its_own_issuer_only_with_its_own_key_id(void **state)
{
    (void)state;
    static const struct {
        struct str subject, issuer, authority, key;
        bool own;
    } rows[] = {
        {STR_INIT("aa"), STR_INIT("aa"), {0}, STR_INIT("01"), true},
        {STR_INIT("aa"), STR_INIT("aa"), STR_INIT("01"), STR_INIT("01"), true},
        {STR_INIT("aa"), STR_INIT("aa"), STR_INIT("02"), STR_INIT("01"), false},
        {STR_INIT("aa"), STR_INIT("aa"), STR_INIT("02"), {0}, false},
        {STR_INIT("aa"), STR_INIT("bb"), {0}, STR_INIT("01"), false},
        {{0}, {0}, {0}, {0}, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct certificate cert = {.subject_hash = rows[i].subject,
                                         .issuer_hash = rows[i].issuer,
                                         .authority_key_id = rows[i].authority,
                                         .subject_key_id = rows[i].key};
        struct revocation_subject subject = revocation_subject_device(&cert);
        assert_int_equal(subject.self_issued, rows[i].own);
        assert_false(subject.ca);
    }
}

static void a_ca_is_judged_as_a_ca(void **state)
{
    (void)state;
    const struct ca_certificate ca = {.id = STR("id"), .serial = STR("01")};
    struct revocation_subject subject = revocation_subject_ca(&ca);
    assert_true(subject.ca);
    CHECK_STR(subject.id, "id");
    CHECK_STR(subject.serial, "01");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_is_its_own_issuer_only_with_its_own_key_id),
        cmocka_unit_test(a_ca_is_judged_as_a_ca),
    };
    return RUN_TESTS("revoked", tests);
}
