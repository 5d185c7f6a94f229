#include "policy/room_priv.h"

#include <string.h>

#include "lib/check.h"

static void blocks_taken_are_zero_apart_and_aligned(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct policy_room room = policy_room_of(mem);
    unsigned char *taken[400];
    for (size_t i = 0; i < 400; i++) {
        taken[i] = policy_room_take(&room, i % 70);
        assert_non_null(taken[i]);
        assert_int_equal((uintptr_t)taken[i] % POLICY_ROOM_ALIGN, 0);
        for (size_t b = 0; b < i % 70; b++) {
            assert_int_equal(taken[i][b], 0);
        }
        memset(taken[i], (int)(i % 251) + 1, i % 70);
    }
    for (size_t i = 0; i < 400; i++) {
        for (size_t b = 0; b < i % 70; b++) {
            assert_int_equal(taken[i][b], i % 251 + 1);
        }
    }
}

static void an_open_list_moves_with_what_it_holds(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct policy_room room = policy_room_of(mem);
    uint32_t *before = policy_room_take(&room, sizeof *before);
    assert_non_null(before);
    *before = 7;
    enum { ITEMS = 3 * POLICY_ROOM_BLOCK };
    for (uint32_t n = 0; n < ITEMS; n++) {
        assert_true(policy_room_reserve(&room, n * sizeof n, (n + 1) * sizeof n));
        ((uint32_t *)(void *)room.at)[n] = n;
    }
    const uint32_t *items = (const uint32_t *)(const void *)room.at;
    policy_room_keep(&room, ITEMS * sizeof *items);
    unsigned char *after = policy_room_take(&room, 9);
    assert_non_null(after);
    memset(after, 0xff, 9);
    for (uint32_t n = 0; n < ITEMS; n++) {
        assert_int_equal(items[n], n);
    }
    assert_int_equal(*before, 7);
}

static void a_list_that_grows_keeps_its_items_and_is_zero_behind(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct policy_room room = policy_room_of(mem);
    char *list = policy_room_grow(&room, NULL, 0, 3);
    assert_non_null(list);
    memcpy(list, "abc", 3);
    assert_non_null(policy_room_take(&room, 1));
    list = policy_room_grow(&room, list, 3, 5000);
    assert_non_null(list);
    assert_memory_equal(list, "abc", 3);
    for (size_t i = 3; i < 5000; i++) {
        assert_int_equal(list[i], 0);
    }
}

static void what_the_arena_does_not_have_is_refused(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(3 * POLICY_ROOM_BLOCK);
    struct policy_room room = policy_room_of(mem);
    assert_non_null(policy_room_take(&room, 8));
    assert_null(policy_room_take(&room, 4 * POLICY_ROOM_BLOCK));
    assert_null(policy_room_take(&room, SIZE_MAX - 1));
    assert_false(policy_room_reserve(&room, 0, SIZE_MAX));
    assert_non_null(policy_room_take(&room, 8)); /* the room itself is as it was */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_taken_are_zero_apart_and_aligned),
        cmocka_unit_test(an_open_list_moves_with_what_it_holds),
        cmocka_unit_test(a_list_that_grows_keeps_its_items_and_is_zero_behind),
        cmocka_unit_test(what_the_arena_does_not_have_is_refused),
    };
    return RUN_TESTS("room", tests);
}
