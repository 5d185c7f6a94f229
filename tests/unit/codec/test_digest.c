#include "codec/digest.h"

#include "codec/hex.h"
#include "lib/check.h"

static void check_hex(const uint8_t *got, size_t n, const char *want)
{
    char text[2 * DIGEST_BYTES_MAX];
    hex_encode((struct bytes){got, n}, text);
    CHECK_STR(((struct str){text, 2 * n}), want);
}

#define SHA256_ABC   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define SHA256_EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void digests_are_those_of_fips_180(void **state)
{
    (void)state;
    uint8_t out[DIGEST_BYTES_MAX];
    char hex[SHA256_HEX + 1];
    CHECK_OK(digest_sha256(bytes_of_str(STR("abc")), out, NULL));
    check_hex(out, SHA256_BYTES, SHA256_ABC);
    CHECK_OK(digest_sha256_hex((struct bytes){NULL, 0}, hex, NULL));
    CHECK_STR(str_from(hex), SHA256_EMPTY);
    CHECK_OK(digest_sha1(bytes_of_str(STR("abc")), out, NULL));
    check_hex(out, SHA1_BYTES, "a9993e364706816aba3e25717850c26c9cd0d89d");
}

static void hmacs_are_those_of_rfc_4231(void **state)
{
    (void)state;
    uint8_t key[32];
    memset(key, 0x0b, 20);
    CHECK_OK(digest_hmac_sha256((struct bytes){key, 20}, bytes_of_str(STR("Hi There")), key, NULL));
    check_hex(key, SHA256_BYTES,
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    CHECK_OK(digest_hmac_sha256(bytes_of_str(STR("Jefe")),
                                bytes_of_str(STR("what do ya want for nothing?")), key, NULL));
    check_hex(key, SHA256_BYTES,
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CHECK_OK(digest_hmac_sha256((struct bytes){NULL, 0}, (struct bytes){NULL, 0}, key, NULL));
    check_hex(key, SHA256_BYTES,
              "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void pieces_give_the_digest_of_the_whole(void **state)
{
    (void)state;
    uint8_t out[DIGEST_BYTES_MAX];
    AUTO_DIGEST *digest = digest_new(DIGEST_SHA256);
    assert_non_null(digest);
    digest_add(digest, bytes_of_str(STR("a")));
    digest_add(digest, (struct bytes){NULL, 0});
    digest_add(digest, bytes_of_str(STR("bc")));
    CHECK_OK(digest_finish(digest, out, NULL));
    check_hex(out, SHA256_BYTES, SHA256_ABC);
    AUTO_DIGEST *sha1 = digest_new(DIGEST_SHA1);
    digest_add(sha1, bytes_of_str(STR("abc")));
    CHECK_OK(digest_finish(sha1, out, NULL));
    check_hex(out, SHA1_BYTES, "a9993e364706816aba3e25717850c26c9cd0d89d");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_are_those_of_fips_180),
        cmocka_unit_test(hmacs_are_those_of_rfc_4231),
        cmocka_unit_test(pieces_give_the_digest_of_the_whole),
    };
    return RUN_TESTS("digest", tests);
}
