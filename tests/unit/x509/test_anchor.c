/* The names under which TLS finds issuers; what openssl says of the same files is in the
 * integration tests. */
#include "x509/anchor.h"

#include "lib/check.h"

static void what_is_no_certificate_has_no_hash(void **state)
{
    static const uint8_t junk[] = {0x30, 0x03, 0x02, 0x01, 0x05};
    struct why why = {.code = STATUS_OK};
    uint32_t hash = 7;
    (void)state;
    CHECK_STATUS(anchor_hash((struct bytes){junk, sizeof junk}, &hash, &why), STATUS_CERT_INVALID);
    CHECK_STATUS(anchor_hash((struct bytes){junk, 0}, &hash, &why), STATUS_CERT_INVALID);
    assert_int_equal(hash, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_no_certificate_has_no_hash)};
    return RUN_TESTS("x509/anchor", tests);
}
