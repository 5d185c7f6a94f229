#include "store/tree_priv.h"

#include "lib/check.h"
#include "lib/fault.h"

enum { NAMES = 200 };

struct forest {
    struct tree_pool pool;
    struct order order;
    struct tree_order by_key;
};

static struct forest *forest_new(size_t max)
{
    struct forest *forest = mem_alloc(sizeof *forest);
    forest->pool.max = max;
    forest->order = order_of(TABLE(setting), NULL);
    forest->by_key = (struct tree_order){&forest->pool, TABLE(setting), &forest->order};
    return forest;
}

static struct setting row_of(char name[8], uint32_t number)
{
    snprintf(name, 8, "n%06u", (unsigned)(number % 1000000));
    return (struct setting){.name = {name, 7}, .value = STR("v")};
}

static enum status add(struct forest *forest, struct tree_node **root, uint32_t number)
{
    char name[8];
    struct setting row = row_of(name, number);
    struct record *record = NULL;
    TRY(record_new(&forest->pool, TABLE(setting), &row, &record, NULL));
    enum status status = tree_insert(&forest->by_key, root, record, NULL);
    record_drop(&forest->pool, record);
    return status;
}

static bool has(struct forest *forest, struct tree_node *root, uint32_t number)
{
    char name[8];
    struct setting row = row_of(name, number);
    return tree_find(&forest->by_key, root, &row) != NULL;
}

static enum status take(struct forest *forest, struct tree_node **root, uint32_t number)
{
    char name[8];
    struct setting row = row_of(name, number);
    return tree_delete(&forest->by_key, root, &row, NULL);
}

static void a_kept_root_never_changes(void **state)
{
    (void)state;
    struct forest *forest = forest_new(1 << 24);
    struct tree_node *root = NULL;
    struct tree_node *kept[NAMES];
    for (uint32_t i = 0; i < NAMES; i++) {
        kept[i] = tree_keep(root);
        CHECK_OK(add(forest, &root, i * 7919));
    }
    for (uint32_t i = 0; i < NAMES; i++) {
        CHECK_OK(take(forest, &root, i * 7919));
    }
    assert_null(root);
    for (uint32_t i = 0; i < NAMES; i++) {
        assert_true(tree_is_sound(&forest->by_key, kept[i]));
        for (uint32_t j = 0; j < NAMES; j++) {
            assert_int_equal(has(forest, kept[i], j * 7919), j < i);
        }
        tree_drop(&forest->pool, kept[i]);
    }
    assert_int_equal(atomic_load(&forest->pool.bytes), 0); /* nothing is lost */
    mem_free(forest);
}

static void a_change_without_memory_changes_nothing(void **state)
{
    (void)state;
    struct forest *forest = forest_new(1 << 24);
    struct tree_node *root = NULL;
    for (uint32_t i = 0; i < NAMES; i++) {
        CHECK_OK(add(forest, &root, i));
    }
    struct tree_node *kept = tree_keep(root); /* so that every path must be copied */
    bool struck = true;
    for (size_t n = 0; struck; n++) {
        fault_start(n);
        enum status status = take(forest, &root, NAMES / 2);
        struck = fault_stop();
        CHECK_STATUS(status, struck ? STATUS_NO_MEMORY : STATUS_OK);
        assert_int_equal(has(forest, root, NAMES / 2), struck);
        assert_true(tree_is_sound(&forest->by_key, root));
    }
    struck = true;
    for (size_t n = 0; struck; n++) {
        fault_start(n);
        enum status status = add(forest, &root, NAMES / 2);
        struck = fault_stop();
        CHECK_STATUS(status, struck ? STATUS_NO_MEMORY : STATUS_OK);
        assert_int_equal(has(forest, root, NAMES / 2), !struck);
        assert_true(tree_is_sound(&forest->by_key, root));
    }
    tree_drop(&forest->pool, kept);
    tree_drop(&forest->pool, root);
    assert_int_equal(atomic_load(&forest->pool.bytes), 0);
    mem_free(forest);
}

static void a_pool_has_a_largest_size(void **state)
{
    (void)state;
    struct forest *forest = forest_new(4096);
    struct tree_node *root = NULL;
    enum status status = STATUS_OK;
    uint32_t n = 0;
    while (status == STATUS_OK && n < 1000) {
        status = add(forest, &root, n++);
    }
    CHECK_STATUS(status, STATUS_TOO_LARGE);
    assert_true(atomic_load(&forest->pool.bytes) <= 4096);
    tree_drop(&forest->pool, root);
    assert_int_equal(atomic_load(&forest->pool.bytes), 0);
    mem_free(forest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kept_root_never_changes),
        cmocka_unit_test(a_change_without_memory_changes_nothing),
        cmocka_unit_test(a_pool_has_a_largest_size),
    };
    return RUN_TESTS("store/tree", tests);
}
