#include "lib/check.h"
#include "lib/files.h"

#include "x509/crl.h"
#include "x509/issue.h"

enum { TEST_MEMORY = 16 << 20 };

#define NOW INT64_C(1767225600000)

static const struct cert *cert_of(struct arena *mem, const char *name)
{
    char path[128];
    const struct cert *cert = NULL;
    snprintf(path, sizeof path, "x509/%s.pem", name);
    CHECK_OK(cert_read(mem, vector_read(mem, path), &cert, NULL));
    return cert;
}

static void only_its_issuer_makes_a_list_believed(void **state)
{
    (void)state;
    static const struct {
        const char *list;
        const char *issuer;
        const char *refusal; /* NULL: believed */
    } rows[] = {
        {"root", "root", NULL},
        {"version1", "root", NULL},
        {"pss", "root", NULL},
        {"mid-p256", "mid", NULL},
        {"only-cas", "root", NULL},
        {"root", "mid", "is of CN=Bulwark Test Root, not of CN=Test Intermediate,O=Bulwark"},
        {"root", "other-root", "with another key"},
        {"other-key", "root", "does not verify"},
        {"sha1", "root", "digest SHA1, which proves nothing"},
    };
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char path[128];
        struct crl crl = {.version = 77};
        struct why why = {.text = ""};
        snprintf(path, sizeof path, "x509/%s.crl", rows[i].list);
        enum status status =
            crl_load(mem, mem, vector_read(mem, path), cert_of(mem, rows[i].issuer), &crl, &why);
        bool as_expected = rows[i].refusal == NULL
                               ? status == STATUS_OK
                               : status == STATUS_CERT_INVALID && crl.version == 77 &&
                                     strstr(why.text, rows[i].refusal) != NULL;
        if (!as_expected) {
            fail_msg("%s by %s: %s \"%s\"", path, rows[i].issuer, status_name(status), why.text);
        }
    }
}

static void a_ca_that_may_not_sign_lists_is_not_believed(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    struct cert root = *cert_of(mem, "root");
    struct crl crl;
    struct why why = {.text = ""};
    root.usage = CERT_USAGE_CERT_SIGN;
    CHECK_STATUS(crl_load(mem, mem, vector_read(mem, "x509/root.crl"), &root, &crl, &why),
                 STATUS_CERT_INVALID);
    assert_non_null(strstr(why.text, "does not permit to sign revocation lists"));
}

static void a_changed_date_breaks_the_signature(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    struct str der = vector_read(mem, "x509/root-crl.der");
    char *changed = arena_alloc(mem, der.len);
    struct crl crl;
    struct why why = {.text = ""};
    memcpy(changed, der.ptr, der.len);
    char *date = memmem(changed, der.len, "240201000000Z", 13);
    assert_non_null(date);
    date[1] = '5';
    CHECK_STATUS(
        crl_load(mem, mem, (struct str){changed, der.len}, cert_of(mem, "root"), &crl, &why),
        STATUS_CERT_INVALID);
    assert_non_null(strstr(why.text, "does not verify"));
    assert_null(strstr(why.text, " lib"));
}

static void serials_are_found_whatever_zeros_lead_them(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    struct crl crl;
    CHECK_OK(crl_read(mem, bytes_of_str(vector_read(mem, "x509/root-crl.der")), &crl, NULL));
    static const uint8_t listed[] = {0, 0, 0x10, 0x01};
    static const uint8_t other[21] = {0x10, 0x02};
    assert_true(crl_revokes(&crl, (struct bytes){listed, 4}));
    assert_true(crl_revokes(&crl, (struct bytes){listed + 2, 2}));
    assert_false(crl_revokes(&crl, (struct bytes){listed, 3}));
    assert_false(crl_revokes(&crl, (struct bytes){other, 2}));
    assert_false(crl_revokes(&crl, (struct bytes){other, 21}));
    assert_false(crl_revokes(&crl, (struct bytes){other, 0}));
    assert_true(crl_revokes(&crl, cert_of(mem, "mid")->serial));
    assert_true(crl_revokes(&crl, cert_of(mem, "device-rsa")->serial));
    assert_false(crl_revokes(&crl, cert_of(mem, "device-p256")->serial));
}

static void scope_says_whom_a_list_speaks_for(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    const struct crl all = {.version = 2};
    const struct crl users = {.only_users = true};
    const struct crl cas = {.only_cas = true};
    const struct crl attributes = {.only_attributes = true};
    assert_true(crl_covers(&all, true) && crl_covers(&all, false));
    assert_true(crl_covers(&users, false) && !crl_covers(&users, true));
    assert_true(crl_covers(&cas, true) && !crl_covers(&cas, false));
    assert_false(crl_covers(&attributes, true) || crl_covers(&attributes, false));
}

static void a_list_for_one_address_says_nothing_about_others(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    struct bytes der;
    struct crl crl;
    const struct str url = STR("http://crl.example/root.crl");
    CHECK_OK(crl_decode(mem, vector_read(mem, "x509/only-users.crl"), &der, NULL));
    CHECK_OK(crl_read(mem, der, &crl, NULL));
    assert_true(crl.has_point && crl.n_point_urls == 1);
    assert_true(crl_serves(&crl, url));
    assert_false(crl_serves(&crl, STR("http://crl.example/other.crl")));
    CHECK_OK(crl_decode(mem, vector_read(mem, "x509/root.crl"), &der, NULL));
    CHECK_OK(crl_read(mem, der, &crl, NULL));
    assert_true(!crl.has_point && crl_serves(&crl, url));
    const struct crl elsewhere = {.has_point = true}; /* a directory's name, no address */
    assert_false(crl_serves(&elsewhere, url));
}

static void a_delta_list_says_which_list_it_continues(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    struct bytes der;
    struct crl crl;
    CHECK_OK(crl_decode(mem, vector_read(mem, "x509/delta.crl"), &der, NULL));
    CHECK_OK(crl_read(mem, der, &crl, NULL));
    assert_true(crl_is_delta(&crl) && crl.base_number.len == 1 && crl.base_number.ptr[0] == 1);
    assert_int_equal(crl.number.len, 2);
    CHECK_OK(crl_decode(mem, vector_read(mem, "x509/root.crl"), &der, NULL));
    CHECK_OK(crl_read(mem, der, &crl, NULL));
    assert_false(crl_is_delta(&crl));
}

#define BYTES_OF(literal)                                                                          \
    {                                                                                              \
        (const uint8_t *)(literal), sizeof(literal) - 1                                            \
    }

/* SPEC: RFC 5280 section 5.2.4, conditions (a) to (c) on both, and that the base is not too old. */
static void a_delta_list_continues_what_it_is_a_difference_to(void **state)
{
    (void)state;
    const struct str urls[] = {STR_INIT("http://crl.example/1"), STR_INIT("http://crl.example/2")};
    const struct crl base = {.number = BYTES_OF("\x02"),
                             .issuer_der = BYTES_OF("name"),
                             .authority_key_id = BYTES_OF("key"),
                             .has_point = true,
                             .point_urls = urls,
                             .n_point_urls = 1};
    struct crl delta = base;
    delta.base_number = (struct bytes)BYTES_OF("\x02");
    delta.number = (struct bytes)BYTES_OF("\x01\x00");
    assert_true(crl_continues(&delta, &base));
    assert_false(crl_continues(&base, &base));
    assert_false(crl_continues(&delta, &delta));
    const struct crl changed[] = {
        {.number = BYTES_OF("\x01")},         /* older than what the delta begins with */
        {.number = BYTES_OF("\x01\x00")},     /* as new as the delta */
        {.number = BYTES_OF("\x02\x00\x00")}, /* newer */
        {.number = {NULL, 0}},
    };
    for (size_t i = 0; i < sizeof changed / sizeof changed[0]; i++) {
        struct crl other = base;
        other.number = changed[i].number;
        assert_false(crl_continues(&delta, &other));
    }
    struct crl other = base;
    other.issuer_der = (struct bytes)BYTES_OF("nama");
    assert_false(crl_continues(&delta, &other));
    other = base;
    other.authority_key_id = (struct bytes){NULL, 0};
    assert_false(crl_continues(&delta, &other));
    other = base;
    other.only_cas = true;
    assert_false(crl_continues(&delta, &other));
    other = base;
    other.point_urls = urls + 1;
    assert_false(crl_continues(&delta, &other));
    other = base;
    other.number = (struct bytes)BYTES_OF("\xff");
    assert_true(crl_continues(&delta, &other));
}

/* A CRL of our own making, for shapes that openssl does not write. */
static struct crl list_of(struct arena *mem, const struct issue_revoked *revoked, size_t n)
{
    const struct rnd rnd = rnd_system();
    struct issue_spec spec = {
        .common_name = STR("Lists"), .not_before = NOW, .not_after = NOW, .path_length = -1};
    struct str key = STR_ABSENT;
    struct str pem = STR_ABSENT;
    AUTO_ISSUER *issuer = NULL;
    struct bytes der;
    struct crl crl;
    CHECK_OK(issue_root(mem, KEY_SPEC_P256, &spec, &rnd, &key, &pem, NULL));
    CHECK_OK(issuer_open(mem, key, pem, &issuer, NULL));
    CHECK_OK(issue_crl(mem, issuer, revoked, n, NOW, NOW, 1, &der, NULL));
    CHECK_OK(crl_read(mem, der, &crl, NULL));
    return crl;
}

static void taking_off_the_list_never_hides_a_revocation(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    static const uint8_t a[] = {1};
    static const uint8_t b[] = {2};
    static const uint8_t c[] = {3};
    const struct issue_revoked revoked[] = {
        {{a, 1}, NOW, CRL_REASON_REMOVE_FROM_CRL}, {{b, 1}, NOW, CRL_REASON_REMOVE_FROM_CRL},
        {{b, 1}, NOW, CRL_REASON_KEY_COMPROMISE},  {{c, 1}, NOW, CRL_REASON_CERTIFICATE_HOLD},
        {{c, 1}, NOW, CRL_REASON_REMOVE_FROM_CRL},
    };
    struct crl crl = list_of(mem, revoked, 5);
    assert_int_equal(crl.n_entries, 5);
    assert_non_null(crl_find(&crl, (struct bytes){a, 1}));
    assert_false(crl_revokes(&crl, (struct bytes){a, 1}));
    assert_true(crl_revokes(&crl, (struct bytes){b, 1}));
    assert_true(crl_revokes(&crl, (struct bytes){c, 1}));
}

static void every_entry_of_a_long_list_is_found_and_costs_at_most_48_bytes(void **state)
{
    (void)state;
    enum { MANY = 20000 };
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    uint8_t(*serials)[4] = arena_array(mem, MANY, 4);
    struct issue_revoked *revoked = NEW_ARRAY(mem, struct issue_revoked, MANY);
    for (uint32_t i = 0; i < MANY; i++) {
        uint32_t serial = __builtin_bswap32(0x01000000 + 2 * i);
        memcpy(serials[i], &serial, 4);
        revoked[i] = (struct issue_revoked){{serials[i], 4}, NOW, 0};
    }
    size_t before = arena_used(mem);
    struct crl crl = list_of(mem, revoked, MANY);
    assert_int_equal(crl.n_entries, MANY);
    for (uint32_t i = 0; i < MANY; i++) {
        assert_true(crl_revokes(&crl, (struct bytes){serials[i], 4}));
        serials[i][3] ^= 1;
        assert_false(crl_revokes(&crl, (struct bytes){serials[i], 4}));
    }
    size_t table = MANY * sizeof(struct crl_entry) + (crl.slot_mask + 1) * sizeof(uint32_t);
    assert_true(table <= (size_t)MANY * 48);
    assert_true(arena_used(mem) > before);
}

static void reasons_have_their_names(void **state)
{
    (void)state;
    assert_string_equal(crl_reason_name(CRL_REASON_REMOVE_FROM_CRL), "removeFromCRL");
    assert_string_equal(crl_reason_name(7), "unspecified");
    assert_string_equal(crl_reason_name(-1), "unspecified");
    assert_string_equal(crl_reason_name(11), "unspecified");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_its_issuer_makes_a_list_believed),
        cmocka_unit_test(a_ca_that_may_not_sign_lists_is_not_believed),
        cmocka_unit_test(a_changed_date_breaks_the_signature),
        cmocka_unit_test(serials_are_found_whatever_zeros_lead_them),
        cmocka_unit_test(a_list_for_one_address_says_nothing_about_others),
        cmocka_unit_test(a_delta_list_says_which_list_it_continues),
        cmocka_unit_test(a_delta_list_continues_what_it_is_a_difference_to),
        cmocka_unit_test(scope_says_whom_a_list_speaks_for),
        cmocka_unit_test(taking_off_the_list_never_hides_a_revocation),
        cmocka_unit_test(every_entry_of_a_long_list_is_found_and_costs_at_most_48_bytes),
        cmocka_unit_test(reasons_have_their_names),
    };
    return RUN_TESTS("crl", tests);
}
