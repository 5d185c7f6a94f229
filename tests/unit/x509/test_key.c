#include "lib/check.h"
#include "lib/files.h"

#include "x509/cert.h"

enum { TEST_MEMORY = 4 << 20 };

static void a_pair_made_here_is_what_was_asked_for(void **state)
{
    (void)state;
    static const struct {
        enum key_spec spec;
        enum key_kind kind;
        int bits;
        const char *head;
    } rows[] = {
        {KEY_SPEC_RSA_2048, KEY_RSA, 2048, "-----BEGIN RSA PRIVATE KEY-----\n"},
        {KEY_SPEC_P256, KEY_EC, 256, "-----BEGIN EC PRIVATE KEY-----\n"},
        {KEY_SPEC_P384, KEY_EC, 384, "-----BEGIN EC PRIVATE KEY-----\n"},
    };
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct key_pair pair;
        struct key key;
        CHECK_OK(key_make(mem, rows[i].spec, &pair, NULL));
        CHECK_OK(key_read(mem, pair.spki, &key, NULL));
        assert_int_equal(key.kind, rows[i].kind);
        assert_int_equal(key.bits, rows[i].bits);
        CHECK_OK(key_check_supported(&key, NULL));
        assert_true(str_starts(pair.private_pem, str_from(rows[i].head)));
        assert_true(str_starts(pair.public_pem, STR("-----BEGIN PUBLIC KEY-----\n")));
    }
}

static void two_pairs_differ_and_a_wiped_one_is_gone(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    struct key_pair a;
    struct key_pair b;
    CHECK_OK(key_make(mem, KEY_SPEC_P256, &a, NULL));
    CHECK_OK(key_make(mem, KEY_SPEC_P256, &b, NULL));
    assert_false(str_eq(a.private_pem, b.private_pem));
    struct str text = a.private_pem;
    key_pair_wipe(&a);
    assert_true(str_absent(a.private_pem));
    for (size_t i = 0; i < text.len; i++) {
        assert_int_equal(text.ptr[i], 0);
    }
    key_pair_wipe(&a);
}

static void what_is_no_key_is_refused(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    struct key_pair pair;
    CHECK_OK(key_make(mem, KEY_SPEC_P256, &pair, NULL));
    uint8_t *copy = arena_alloc(mem, pair.spki.len + 1);
    struct key key = {.bits = 77};
    memcpy(copy, pair.spki.ptr, pair.spki.len);
    CHECK_OK(key_read(mem, (struct bytes){copy, pair.spki.len}, &key, NULL));
    key.bits = 77;
    CHECK_STATUS(key_read(mem, (struct bytes){copy, pair.spki.len + 1}, &key, NULL),
                 STATUS_MALFORMED);
    CHECK_STATUS(key_read(mem, (struct bytes){copy, pair.spki.len - 1}, &key, NULL),
                 STATUS_MALFORMED);
    copy[pair.spki.len - 1] ^= 1; /* not on the curve */
    CHECK_STATUS(key_read(mem, (struct bytes){copy, pair.spki.len}, &key, NULL), STATUS_MALFORMED);
    CHECK_STATUS(key_read(mem, (struct bytes){copy, 0}, &key, NULL), STATUS_MALFORMED);
    assert_int_equal(key.bits, 77);
}

static void a_key_of_an_unknown_algorithm_is_of_another_kind(void **state)
{
    (void)state;
    static const uint8_t spki[] = {0x30, 0x0b, 0x30, 0x05, 0x06, 0x03, 0x2a,
                                   0x03, 0x04, 0x03, 0x02, 0x00, 0x55};
    AUTO_ARENA *mem = arena_new(TEST_MEMORY);
    struct key key;
    CHECK_OK(key_read(mem, (struct bytes){spki, sizeof spki}, &key, NULL));
    assert_int_equal(key.kind, KEY_OTHER);
    CHECK_STATUS(key_check_supported(&key, NULL), STATUS_CERT_INVALID);
}

static void kinds_are_written_and_read(void **state)
{
    (void)state;
    enum key_kind kind = KEY_OTHER;
    for (enum key_kind k = KEY_OTHER; k <= KEY_EC; k++) {
        assert_true(key_kind_read(str_from(key_kind_name(k)), &kind));
        assert_int_equal(kind, k);
    }
    assert_false(key_kind_read(STR("rsa"), &kind));
    assert_int_equal(kind, KEY_EC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_made_here_is_what_was_asked_for),
        cmocka_unit_test(two_pairs_differ_and_a_wiped_one_is_gone),
        cmocka_unit_test(what_is_no_key_is_refused),
        cmocka_unit_test(a_key_of_an_unknown_algorithm_is_of_another_kind),
        cmocka_unit_test(kinds_are_written_and_read),
    };
    return RUN_TESTS("key", tests);
}
