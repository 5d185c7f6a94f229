/* The gate: a certificate once a minute, and a share for each address and CA. */
#include "provision/gate.h"

#include "lib/check.h"

static struct bytes digest_of(uint8_t *room, unsigned number)
{
    for (unsigned i = 0; i < 32; i++) {
        room[i] = (uint8_t)(i < 4 ? number >> (8 * i) : i * 7 + number);
    }
    return (struct bytes){room, 32};
}

static int set_up(void **state)
{
    struct gate *gate = NULL;
    CHECK_OK(gate_new(&gate, NULL));
    *state = gate;
    return 0;
}

static int tear_down(void **state)
{
    gate_free(*state);
    return 0;
}

static void a_certificate_is_looked_at_once_a_minute(void **state)
{
    uint8_t a[32], b[32];
    struct bytes one = digest_of(a, 1), other = digest_of(b, 2);
    int64_t now = 1000000;
    assert_true(gate_certificate(*state, one, now));
    assert_false(gate_certificate(*state, one, now));
    assert_true(gate_certificate(*state, other, now));
    assert_false(gate_certificate(*state, one, now + GATE_AGAIN_MS - 1));
    assert_true(gate_certificate(*state, one, now + GATE_AGAIN_MS));
}

static void a_clock_set_back_shuts_nobody_out(void **state)
{
    uint8_t a[32];
    struct bytes one = digest_of(a, 1);
    assert_true(gate_certificate(*state, one, 10000000));
    assert_true(gate_certificate(*state, one, 1000));
    assert_true(gate_address(*state, STR("192.0.2.1"), 10000000));
    assert_true(gate_address(*state, STR("192.0.2.1"), 1000));
}

static unsigned taken(struct gate *gate, const char *address, unsigned tries, int64_t now)
{
    unsigned n = 0;
    for (unsigned i = 0; i < tries; i++) {
        n += gate_address(gate, str_from(address), now);
    }
    return n;
}

static void an_address_has_a_burst_and_then_a_rate(void **state)
{
    assert_int_equal(taken(*state, "192.0.2.1", 500, 1000), GATE_ADDRESS_BURST);
    assert_int_equal(taken(*state, "192.0.2.1", 500, 2000), GATE_ADDRESS_RATE);
    assert_int_equal(taken(*state, "192.0.2.1", 500, 2000), 0);
    assert_int_equal(taken(*state, "192.0.2.1", 500, 2000 + 50), GATE_ADDRESS_RATE * 50 / 1000);
    assert_int_equal(taken(*state, "192.0.2.1", 500, 9999999), GATE_ADDRESS_BURST);
    assert_int_equal(taken(*state, "198.51.100.9", 500, 9999999), GATE_ADDRESS_BURST);
}

static void a_ca_has_its_own(void **state)
{
    uint8_t a[32];
    struct bytes ca = digest_of(a, 9);
    unsigned n = 0;
    for (unsigned i = 0; i < GATE_CA_BURST + 100; i++) {
        n += gate_ca(*state, ca, 1000);
    }
    assert_int_equal(n, GATE_CA_BURST);
    assert_true(gate_ca(*state, ca, 1000 + 1000 / GATE_CA_RATE));
    assert_false(gate_ca(*state, ca, 1000 + 1000 / GATE_CA_RATE));
}

/* A certificate that lost its place may come again; none is ever kept out by another. */
static void many_certificates_forget_and_never_keep_out(void **state)
{
    uint8_t room[32];
    for (unsigned i = 0; i < 4 * GATE_SEEN; i++) {
        assert_true(gate_certificate(*state, digest_of(room, 1000 + i), 5000));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_certificate_is_looked_at_once_a_minute, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_clock_set_back_shuts_nobody_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_address_has_a_burst_and_then_a_rate, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_ca_has_its_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_certificates_forget_and_never_keep_out, set_up,
                                        tear_down),
    };
    return RUN_TESTS("provision/gate", tests);
}
