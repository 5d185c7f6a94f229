/* test_bans.c: who is refused for a time, by what, and until when. */
#include "plugin/bans.h"

#include "lib/check.h"
#include "lib/fault.h"

#include "base/banned.h"

static struct bans bans_of(void)
{
    return (struct bans){.key = {1, 2}};
}

static enum status set(struct bans *bans, uint64_t id, enum link_ban_kind kind, const char *value,
                       int64_t until)
{
    struct link_ban row = {.id = id, .kind = kind, .value = str_from(value), .until = until};
    return bans_set(bans, &row, id, NULL);
}

static void each_kind_holds_its_own_values(void **state)
{
    (void)state;
    struct bans bans = bans_of();
    CHECK_OK(set(&bans, 1, LINK_BAN_OF_CLIENT, "Lamp", 100));
    CHECK_OK(set(&bans, 2, LINK_BAN_OF_CERTIFICATE, "ABCD", 100));
    CHECK_OK(set(&bans, 3, LINK_BAN_OF_ADDRESS, "10.1.2.3", 100));
    CHECK_OK(set(&bans, 4, LINK_BAN_OF_NETWORK, "192.168.0.0/16", 100));
    CHECK_OK(set(&bans, 5, LINK_BAN_OF_NETWORK, "fd00::/8", 100));
    assert_true(bans_hold(&bans, LINK_BAN_OF_CLIENT, STR("Lamp"), 99));
    assert_false(bans_hold(&bans, LINK_BAN_OF_CLIENT, STR("lamp"), 99));
    assert_false(bans_hold(&bans, LINK_BAN_OF_CLIENT, STR("abcd"), 99));
    assert_true(bans_hold(&bans, LINK_BAN_OF_CERTIFICATE, STR("abcd"), 99));
    assert_true(bans_hold(&bans, LINK_BAN_OF_ADDRESS, STR("10.1.2.3"), 99));
    assert_false(bans_hold(&bans, LINK_BAN_OF_ADDRESS, STR("10.1.2.4"), 99));
    assert_true(bans_hold(&bans, LINK_BAN_OF_ADDRESS, STR("192.168.7.7"), 99));
    assert_true(bans_hold(&bans, LINK_BAN_OF_ADDRESS, STR("fd12::1"), 99));
    assert_false(bans_hold(&bans, LINK_BAN_OF_ADDRESS, STR("fe80::1"), 99));
    assert_false(bans_hold(&bans, LINK_BAN_OF_ADDRESS, STR("no address"), 99));
    bans_release(&bans);
}

static void bans_end(void **state)
{
    (void)state;
    struct bans bans = bans_of();
    CHECK_OK(set(&bans, 1, LINK_BAN_OF_CLIENT, "a", 100));
    CHECK_OK(set(&bans, 2, LINK_BAN_OF_CLIENT, "a", 200)); /* by somebody else, for longer */
    CHECK_OK(set(&bans, 3, LINK_BAN_OF_NETWORK, "10.0.0.0/8", 100));
    assert_true(bans_hold(&bans, LINK_BAN_OF_CLIENT, STR("a"), 150));
    assert_false(bans_hold(&bans, LINK_BAN_OF_CLIENT, STR("a"), 200));
    assert_false(bans_hold(&bans, LINK_BAN_OF_ADDRESS, STR("10.0.0.1"), 100));
    bans_sweep(&bans, 0, 150);
    assert_int_equal(bans.n, 1);
    assert_int_equal(bans.n_networks, 0);
    bans_drop(&bans, 2);
    bans_drop(&bans, 2);
    assert_false(bans_hold(&bans, LINK_BAN_OF_CLIENT, STR("a"), 0));
    bans_release(&bans);
}

static void the_same_id_is_the_same_ban(void **state)
{
    (void)state;
    struct bans bans = bans_of();
    CHECK_OK(set(&bans, 1, LINK_BAN_OF_CLIENT, "a", 100));
    CHECK_OK(set(&bans, 1, LINK_BAN_OF_CLIENT, "b", 100));
    assert_false(bans_hold(&bans, LINK_BAN_OF_CLIENT, STR("a"), 0));
    assert_true(bans_hold(&bans, LINK_BAN_OF_CLIENT, STR("b"), 0));
    bans_sweep(&bans, 2, 0); /* a whole state that does not name it */
    assert_int_equal(bans.n, 0);
    bans_release(&bans);
}

static void what_cannot_be_a_ban_is_refused(void **state)
{
    (void)state;
    struct bans bans = bans_of();
    CHECK_STATUS(set(&bans, 1, LINK_BAN_OF_ADDRESS, "10.0.0.0/8", 1), STATUS_INVALID);
    CHECK_STATUS(set(&bans, 1, LINK_BAN_OF_NETWORK, "10.0.0.1/8", 1), STATUS_INVALID);
    for (uint64_t i = 0; i < BANS_NETWORKS_MAX; i++) {
        CHECK_OK(set(&bans, i, LINK_BAN_OF_NETWORK, "10.0.0.0/8", 1));
    }
    CHECK_STATUS(set(&bans, 9999, LINK_BAN_OF_NETWORK, "11.0.0.0/8", 1), STATUS_LIMIT);
    bans_release(&bans);
}

static void without_memory_nothing_is_half_banned(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct bans bans = bans_of();
        fault_start(n);
        enum status status = set(&bans, 1, LINK_BAN_OF_CLIENT, "a", 100);
        bool struck = fault_stop();
        assert_int_equal(status, struck ? STATUS_NO_MEMORY : STATUS_OK);
        assert_int_equal(bans_hold(&bans, LINK_BAN_OF_CLIENT, STR("a"), 0), !struck);
        bans_drop(&bans, 1);
        bans_release(&bans);
        if (!struck) {
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_holds_its_own_values),
        cmocka_unit_test(bans_end),
        cmocka_unit_test(the_same_id_is_the_same_ban),
        cmocka_unit_test(what_cannot_be_a_ban_is_refused),
        cmocka_unit_test(without_memory_nothing_is_half_banned),
    };
    return RUN_TESTS("plugin/bans", tests);
}
