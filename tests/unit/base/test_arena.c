#include "base/arena.h"

#include "lib/check.h"
#include "lib/fault.h"

static bool all_zero(const unsigned char *p, size_t n)
{
    while (n > 0 && *p == 0) {
        p++;
        n--;
    }
    return n == 0;
}

static void blocks_are_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    unsigned char *blocks[100];
    for (size_t i = 0; i < 100; i++) {
        blocks[i] = arena_alloc(mem, i + 1);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % _Alignof(max_align_t), 0);
        assert_true(all_zero(blocks[i], i + 1));
        memset(blocks[i], (int)i + 1, i + 1);
    }
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(blocks[i][0], i + 1);
        assert_int_equal(blocks[i][i], i + 1);
    }
}

static void an_arena_says_no_beyond_its_size(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1000);
    assert_int_equal(arena_max(mem), 1000);
    assert_null(arena_alloc(mem, 1001));
    assert_non_null(arena_alloc(mem, 1000));
    assert_null(arena_alloc(mem, 1));
    assert_non_null(arena_alloc(mem, 0));
    assert_int_equal(arena_used(mem), 1000);
}

static void small_blocks_do_not_slip_past_the_size(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(4096);
    size_t n = 0;
    while (arena_alloc(mem, 1) != NULL) {
        n++;
    }
    assert_int_equal(n, 4096 / _Alignof(max_align_t));
    assert_int_equal(arena_used(mem), 4096);
}

static void sizes_that_wrap_are_refused(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(SIZE_MAX);
    for (size_t less = 0; less < 40; less++) {
        assert_null(arena_alloc(mem, SIZE_MAX - less));
    }
    assert_null(arena_array(mem, SIZE_MAX / 2, 3));
    assert_null(arena_array(mem, 2, SIZE_MAX / 2 + 1));
    unsigned char *block = arena_alloc(mem, 16);
    assert_null(arena_grow(mem, block, 16, SIZE_MAX));
    assert_null(arena_grow(mem, block, 16, SIZE_MAX - 15));
    assert_int_equal(arena_used(mem), 16);
}

static void a_block_larger_than_a_chunk_has_its_own(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(8 << 20);
    unsigned char *big = arena_alloc(mem, 3 << 20);
    assert_non_null(big);
    assert_true(all_zero(big, 3 << 20));
    assert_non_null(arena_alloc(mem, 100));
}

static void the_last_block_grows_in_place(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 16);
    char *block = arena_alloc(mem, 5);
    memcpy(block, "12345", 5);
    unsigned char *grown = arena_grow(mem, block, 5, 300);
    assert_ptr_equal(grown, block);
    assert_memory_equal(grown, "12345", 5);
    assert_true(all_zero(grown + 5, 295));
    assert_int_equal(arena_used(mem), 304);
}

static void an_older_block_grows_by_copy_and_stays_valid(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 16);
    char *old = arena_alloc(mem, 5);
    memcpy(old, "12345", 5);
    assert_non_null(arena_alloc(mem, 1));
    unsigned char *grown = arena_grow(mem, old, 5, 40);
    assert_ptr_not_equal(grown, old);
    assert_memory_equal(old, "12345", 5);
    assert_memory_equal(grown, "12345", 5);
    assert_true(all_zero(grown + 5, 35));
}

static void growing_clears_what_the_old_size_did_not_cover(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 16);
    unsigned char *block = arena_alloc(mem, 3);
    memset(block, 0xff, 16); /* a careless writer in the block's own padding */
    block = arena_grow(mem, block, 3, 20);
    assert_true(all_zero(block + 3, 17));
}

static void growing_from_nothing_and_to_less(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 16);
    char *block = arena_grow(mem, NULL, 0, 10);
    assert_non_null(block);
    assert_ptr_equal(arena_grow(mem, block, 10, 4), block);
    assert_ptr_equal(arena_grow(mem, block, 10, 10), block);
    assert_non_null(arena_grow(mem, NULL, 0, 0));
}

static void growing_stops_at_the_size(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(64);
    char *block = arena_alloc(mem, 32);
    assert_null(arena_grow(mem, block, 32, 65));
    assert_ptr_equal(arena_grow(mem, block, 32, 64), block);
    AUTO_ARENA *odd = arena_new(41);
    block = arena_alloc(odd, 30);
    assert_null(arena_grow(odd, block, 30, 42));
    assert_ptr_equal(arena_grow(odd, block, 30, 41), block);
    assert_null(arena_alloc(odd, 1));
}

static void a_cleared_arena_is_as_new(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(100000);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 10; i++) {
            unsigned char *block = arena_alloc(mem, 10000);
            assert_non_null(block);
            assert_true(all_zero(block, 10000));
            memset(block, 0xff, 10000);
        }
        assert_null(arena_alloc(mem, 1));
        arena_clear(mem);
        assert_int_equal(arena_used(mem), 0);
    }
}

static void an_empty_arena_can_be_cleared_and_null_freed(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(10);
    arena_clear(mem);
    arena_free(NULL);
    mem_free(NULL);
}

/* What a unit of work does; NULL at the first allocation that fails. */
static void *some_work(struct arena *mem)
{
    char *a = arena_alloc(mem, 100);
    char *b = a == NULL ? NULL : arena_alloc(mem, 5000);
    char *c = b == NULL ? NULL : arena_grow(mem, b, 5000, 100000);
    return c == NULL ? NULL : mem_alloc(10);
}

static void every_allocation_can_be_made_to_fail(void **state)
{
    (void)state;
    size_t n = 0;
    for (;; n++) {
        fault_start(n);
        struct arena *mem = arena_new(1 << 20);
        void *done = mem == NULL ? NULL : some_work(mem);
        bool struck = fault_stop();
        assert_int_equal(struck, done == NULL);
        mem_free(done);
        arena_free(mem);
        if (!struck) {
            break;
        }
    }
    /* the arena, its three chunks, and the object outside */
    assert_int_equal(n, 5);
}

static void a_failed_allocation_leaves_the_arena_usable(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    fault_start(0);
    assert_null(arena_alloc(mem, 10));
    assert_true(fault_stop());
    assert_int_equal(arena_used(mem), 0);
    assert_non_null(arena_alloc(mem, 10));
}

static void objects_outside_arenas_are_zeroed_and_grow(void **state)
{
    (void)state;
    unsigned char *p = mem_alloc(1000);
    assert_non_null(p);
    assert_true(all_zero(p, 1000));
    p[999] = 7;
    p = mem_grow(p, 100000);
    assert_non_null(p);
    assert_int_equal(p[999], 7);
    fault_start(0);
    assert_null(mem_grow(p, 200000));
    assert_true(fault_stop());
    assert_int_equal(p[999], 7);
    mem_free(p);
    p = mem_alloc(0);
    assert_non_null(p);
    mem_free(p);
}

static void a_wiped_secret_is_gone(void **state)
{
    (void)state;
    unsigned char secret[16];
    memset(secret, 0x5a, sizeof secret);
    mem_wipe(secret, 15);
    assert_true(all_zero(secret, 15));
    assert_int_equal(secret[15], 0x5a);
}

static void an_arena_that_holds_a_secret_is_wiped_when_cleared(void **state)
{
    (void)state;
    for (int secret = 0; secret < 2; secret++) {
        AUTO_ARENA *arena = arena_new(1 << 16);
        unsigned char *p = arena_alloc(arena, 64);
        assert_non_null(p);
        memset(p, 0x5a, 64);
        if (secret) {
            arena_hold_secret(arena);
        }
        arena_clear(arena); /* keeps the chunk, so p can still be looked at */
        assert_true(all_zero(p, 64) == secret);
        p = arena_alloc(arena, 64);
        memset(p, 0x5a, 64);
        arena_clear(arena);
        assert_false(all_zero(p, 64)); /* clearing ended it */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_zeroed_aligned_and_apart),
        cmocka_unit_test(an_arena_says_no_beyond_its_size),
        cmocka_unit_test(small_blocks_do_not_slip_past_the_size),
        cmocka_unit_test(sizes_that_wrap_are_refused),
        cmocka_unit_test(a_block_larger_than_a_chunk_has_its_own),
        cmocka_unit_test(the_last_block_grows_in_place),
        cmocka_unit_test(an_older_block_grows_by_copy_and_stays_valid),
        cmocka_unit_test(growing_clears_what_the_old_size_did_not_cover),
        cmocka_unit_test(growing_from_nothing_and_to_less),
        cmocka_unit_test(growing_stops_at_the_size),
        cmocka_unit_test(a_cleared_arena_is_as_new),
        cmocka_unit_test(an_empty_arena_can_be_cleared_and_null_freed),
        cmocka_unit_test(every_allocation_can_be_made_to_fail),
        cmocka_unit_test(a_failed_allocation_leaves_the_arena_usable),
        cmocka_unit_test(objects_outside_arenas_are_zeroed_and_grow),
        cmocka_unit_test(a_wiped_secret_is_gone),
        cmocka_unit_test(an_arena_that_holds_a_secret_is_wiped_when_cleared),
    };
    return RUN_TESTS("arena", tests);
}
