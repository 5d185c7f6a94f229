#include "base/map.h"

#include "lib/check.h"
#include "lib/fault.h"

/* Keys "0", "1", ... and values that point at their own number. */
enum { MANY = 20000 };

static struct str key_of(struct arena *mem, int i)
{
    struct str key;
    CHECK_OK(str_fmt(mem, &key, NULL, "%d", i));
    return key;
}

static void what_was_put_is_found_and_nothing_else(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(64 << 20);
    struct map map;
    map_init(&map, mem, MANY);
    int *numbers = NEW_ARRAY(mem, int, MANY);
    for (int i = 0; i < MANY; i++) {
        numbers[i] = i;
        CHECK_OK(map_put(&map, key_of(mem, i), &numbers[i], NULL));
    }
    assert_int_equal(map.n, MANY);
    for (int i = 0; i < MANY; i++) {
        assert_ptr_equal(map_get(&map, key_of(mem, i)), &numbers[i]);
        assert_false(map_has(&map, key_of(mem, i + MANY)));
        assert_ptr_equal(map_at(&map, (size_t)i)->value, &numbers[i]);
    }
}

static void an_empty_map_has_nothing(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1000);
    struct map map;
    map_init(&map, mem, 10);
    assert_null(map_get(&map, STR("x")));
    assert_int_equal(arena_used(mem), 0);
}

static void putting_again_replaces_and_keeps_the_place(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(10000);
    struct map map;
    int a = 1, b = 2, c = 3;
    map_init(&map, mem, 10);
    CHECK_OK(map_put(&map, STR("a"), &a, NULL));
    CHECK_OK(map_put(&map, STR("b"), &b, NULL));
    CHECK_OK(map_put(&map, STR("a"), &c, NULL));
    assert_int_equal(map.n, 2);
    assert_ptr_equal(map_at(&map, 0)->value, &c);
    CHECK_STR(map_at(&map, 0)->key, "a");
}

static void keys_are_bytes_with_a_length(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(10000);
    struct map map;
    int a = 1, b = 2, c = 3;
    map_init(&map, mem, 10);
    CHECK_OK(map_put(&map, STR("x\0y"), &a, NULL));
    CHECK_OK(map_put(&map, STR("x"), &b, NULL));
    CHECK_OK(map_put(&map, STR(""), &c, NULL));
    assert_ptr_equal(map_get(&map, STR("x\0y")), &a);
    assert_ptr_equal(map_get(&map, STR("x")), &b);
    assert_ptr_equal(map_get(&map, STR("")), &c);
    assert_null(map_get(&map, STR("x\0z")));
}

static void one_entry_too_many_is_refused_but_replacing_is_not(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(100000);
    struct map map;
    struct why why;
    int value = 1, other = 2;
    map_init(&map, mem, 8);
    for (int i = 0; i < 8; i++) {
        CHECK_OK(map_put(&map, key_of(mem, i), &value, &why));
    }
    CHECK_STATUS(map_put(&map, STR("one more"), &value, &why), STATUS_TOO_LARGE);
    assert_string_equal(why.text, "more than 8 entries");
    assert_false(map_has(&map, STR("one more")));
    CHECK_OK(map_put(&map, STR("7"), &other, &why));
    assert_ptr_equal(map_get(&map, STR("7")), &other);
}

/* Puts keys until one fails; the index of that one, n when none did. */
static size_t put_all(struct map *map, const struct str *keys, size_t n, void *value)
{
    size_t i = 0;
    while (i < n && map_put(map, keys[i], value, NULL) == STATUS_OK) {
        i++;
    }
    return i;
}

static void a_failed_put_leaves_the_map_as_it_was(void **state)
{
    (void)state;
    enum { N = 1000 };
    AUTO_ARENA *mem = arena_new(1 << 20);
    struct str keys[N];
    int value = 1;
    for (int i = 0; i < N; i++) {
        keys[i] = key_of(mem, i);
    }
    for (size_t n = 0;; n++) {
        AUTO_ARENA *own = arena_new(1 << 20);
        struct map map;
        map_init(&map, own, N);
        fault_start(n);
        size_t done = put_all(&map, keys, N, &value);
        if (!fault_stop()) {
            assert_int_equal(done, N);
            assert_true(n > 3);
            break;
        }
        assert_int_equal(map.n, done);
        for (size_t i = 0; i < N; i++) {
            assert_int_equal(map_has(&map, keys[i]), i < done);
        }
        CHECK_OK(map_put(&map, keys[done], &value, NULL));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_is_found_and_nothing_else),
        cmocka_unit_test(an_empty_map_has_nothing),
        cmocka_unit_test(putting_again_replaces_and_keeps_the_place),
        cmocka_unit_test(keys_are_bytes_with_a_length),
        cmocka_unit_test(one_entry_too_many_is_refused_but_replacing_is_not),
        cmocka_unit_test(a_failed_put_leaves_the_map_as_it_was),
    };
    return RUN_TESTS("map", tests);
}
