/* test_table.c: values by hash, while the table grows and shrinks. */
#include "plugin/table.h"

#include "lib/check.h"
#include "lib/fault.h"

#include "base/banned.h"

enum { MANY = 5000 };

static bool is_number(const void *value, const void *key)
{
    return *(const uint64_t *)value == *(const uint64_t *)key;
}

static uint64_t *find(const struct table *table, uint64_t hash, uint64_t number)
{
    return table_find(table, hash, is_number, &number);
}

static void what_is_added_is_found_until_it_is_taken_out(void **state)
{
    (void)state;
    static uint64_t numbers[MANY];
    struct table table = {0};
    for (uint64_t i = 0; i < MANY; i++) {
        numbers[i] = i;
        CHECK_OK(table_add(&table, hash_number(i), &numbers[i], NULL));
        /* also those that are in the old slots at this moment */
        assert_ptr_equal(find(&table, hash_number(i / 2), i / 2), &numbers[i / 2]);
    }
    for (uint64_t i = 0; i < MANY; i += 2) {
        table_remove(&table, hash_number(i), &numbers[i]);
    }
    assert_int_equal(table.n, MANY / 2);
    for (uint64_t i = 0; i < MANY; i++) {
        assert_ptr_equal(find(&table, hash_number(i), i), i % 2 == 0 ? NULL : &numbers[i]);
    }
    table_release(&table);
}

static void equal_hashes_are_told_apart(void **state)
{
    (void)state;
    uint64_t numbers[100];
    struct table table = {0};
    for (uint64_t i = 0; i < 100; i++) {
        numbers[i] = i;
        CHECK_OK(table_add(&table, 7, &numbers[i], NULL));
    }
    table_remove(&table, 7, &numbers[50]);
    assert_null(find(&table, 7, 50));
    assert_ptr_equal(find(&table, 7, 99), &numbers[99]);
    assert_null(find(&table, 7, 100));
    table_release(&table);
}

/* Values that come and go fill slots without being many: the table must not grow by them. */
static void coming_and_going_does_not_make_it_grow(void **state)
{
    (void)state;
    uint64_t number = 1;
    struct table table = {0};
    for (uint64_t i = 0; i < MANY * 20; i++) {
        CHECK_OK(table_add(&table, hash_number(i), &number, NULL));
        assert_ptr_equal(find(&table, hash_number(i), 1), &number);
        table_remove(&table, hash_number(i), &number);
    }
    assert_true(table.cap <= 64);
    table_release(&table);
}

static void no_add_moves_more_than_a_few_values(void **state)
{
    (void)state;
    static uint64_t numbers[MANY];
    struct table table = {0};
    for (uint64_t i = 0; i < MANY; i++) {
        size_t before = table.old == NULL ? 0 : table.old_at;
        size_t cap = table.cap;
        CHECK_OK(table_add(&table, hash_number(i), &numbers[i], NULL));
        if (cap == table.cap && table.old != NULL) {
            assert_true(table.old_at - before <= 8);
        }
        /* the old slots are empty long before the next growth */
        assert_true(table.old == NULL || table.used <= table.cap / 4 * 3);
    }
    table_release(&table);
}

static void without_memory_nothing_changes(void **state)
{
    (void)state;
    static uint64_t numbers[200];
    struct table table = {0};
    for (uint64_t i = 0; i < 200; i++) {
        numbers[i] = i;
        fault_start(0);
        enum status status = table_add(&table, hash_number(i), &numbers[i], NULL);
        (void)fault_stop();
        if (status != STATUS_OK) {
            CHECK_STATUS(status, STATUS_NO_MEMORY);
            assert_int_equal(table.n, i);
            assert_null(find(&table, hash_number(i), i));
            CHECK_OK(table_add(&table, hash_number(i), &numbers[i], NULL));
        }
        assert_ptr_equal(find(&table, hash_number(i), i), &numbers[i]);
    }
    table_release(&table);
}

/* The vectors of the paper's reference program are of SipHash-2-4; these hold the properties that
 * are needed: the key matters, and every byte and the length do. */
static void keyed_hashes_depend_on_key_bytes_and_length(void **state)
{
    (void)state;
    struct hash_key a = {1, 2};
    struct hash_key b = {1, 3};
    char text[64] = {0};
    uint64_t seen[65 + 64];
    size_t n = 0;
    for (size_t len = 0; len <= 64; len++) {
        seen[n++] = hash_keyed(&a, (struct str){text, len});
    }
    for (size_t at = 0; at < 64; at++) {
        text[at] = 1;
        seen[n++] = hash_keyed(&a, (struct str){text, 64});
        text[at] = 0;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_true(seen[i] != seen[j]);
        }
    }
    assert_true(hash_keyed(&a, STR("x")) != hash_keyed(&b, STR("x")));
    assert_true(hash_keyed(&a, STR("x")) == hash_keyed(&a, STR("x")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_added_is_found_until_it_is_taken_out),
        cmocka_unit_test(equal_hashes_are_told_apart),
        cmocka_unit_test(coming_and_going_does_not_make_it_grow),
        cmocka_unit_test(no_add_moves_more_than_a_few_values),
        cmocka_unit_test(without_memory_nothing_changes),
        cmocka_unit_test(keyed_hashes_depend_on_key_bytes_and_length),
    };
    return RUN_TESTS("plugin/table", tests);
}
