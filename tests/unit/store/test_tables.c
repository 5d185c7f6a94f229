#include "store/tables.h"

#include "lib/check.h"
#include "store/row_priv.h"

static void each_table_is_in_its_place_with_a_key(void **state)
{
    (void)state;
    for (size_t t = 0; t < N_TABLES; t++) {
        const struct table *table = tables[t];
        assert_int_equal(table->number, t);
        assert_true(table->n_key >= 1 && table->n_key <= KEY_COLUMNS_MAX);
        assert_true(table->n_key <= table->n_columns);
        assert_true(table->n_columns <= 64); /* a scan's columns are bits of a uint64_t */
    }
}

static void names_are_told_apart_within_a_table_and_among_tables(void **state)
{
    (void)state;
    for (size_t t = 0; t < N_TABLES; t++) {
        const struct table *table = tables[t];
        for (size_t u = 0; u < t; u++) {
            assert_string_not_equal(table->name, tables[u]->name);
        }
        for (size_t i = 0; i < table->n_columns; i++) {
            for (size_t j = 0; j < i; j++) {
                assert_string_not_equal(table->columns[i].name, table->columns[j].name);
            }
        }
        for (size_t i = 0; i < table->n_indexes; i++) {
            for (size_t j = 0; j < i; j++) {
                assert_string_not_equal(table->indexes[i]->name, table->indexes[j]->name);
            }
        }
    }
}

/* The descriptor describes the struct and nothing else: cells lie one behind the other to its end.
 */
static void columns_fill_the_struct(void **state)
{
    (void)state;
    static const size_t sizes[] = {
        [COLUMN_TEXT] = sizeof(struct str),
        [COLUMN_INT] = sizeof(int64_t),
        [COLUMN_BYTES] = sizeof(struct bytes),
    };
    for (size_t t = 0; t < N_TABLES; t++) {
        size_t at = 0;
        for (size_t i = 0; i < tables[t]->n_columns; i++) {
            assert_int_equal(tables[t]->columns[i].offset, at);
            at += sizes[tables[t]->columns[i].type];
        }
        assert_int_equal(tables[t]->row_size, at);
    }
}

static void keys_and_orders_have_no_bytes_and_no_column_twice(void **state)
{
    (void)state;
    for (size_t t = 0; t < N_TABLES; t++) {
        const struct table *table = tables[t];
        for (size_t i = 0; i <= table->n_indexes; i++) {
            const struct table_index *index = i == 0 ? NULL : table->indexes[i - 1];
            assert_true(index == NULL || (index->n >= 1 && index->n <= INDEX_COLUMNS_MAX));
            struct order order = order_of(table, index);
            uint64_t seen = 0;
            for (size_t c = 0; c < order.n; c++) {
                assert_true(order.columns[c] < table->n_columns);
                assert_int_not_equal(table->columns[order.columns[c]].type, COLUMN_BYTES);
                assert_true((seen & (UINT64_C(1) << order.columns[c])) == 0);
                seen |= UINT64_C(1) << order.columns[c];
            }
            uint64_t key = (UINT64_C(1) << table->n_key) - 1;
            assert_true((seen & key) == key); /* the order is total */
        }
    }
}

static void an_order_is_the_index_then_the_rest_of_the_key(void **state)
{
    (void)state;
    struct order order = order_of(TABLE(thing_attribute), INDEX(thing_attribute, by_thing));
    assert_int_equal(order.n, 3);
    assert_int_equal(order.columns[0], COL_thing_attribute__thing);
    assert_int_equal(order.columns[1], COL_thing_attribute__name);
    assert_int_equal(order.columns[2], COL_thing_attribute__value);
}

static void columns_behind_the_whole_key_are_carried_and_do_not_order(void **state)
{
    (void)state;
    assert_int_equal(INDEX(certificate, by_created)->n, 4);
    struct order order = order_of(TABLE(certificate), INDEX(certificate, by_created));
    assert_int_equal(order.n, 2);
    assert_int_equal(order.columns[1], COL_certificate__id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_table_is_in_its_place_with_a_key),
        cmocka_unit_test(names_are_told_apart_within_a_table_and_among_tables),
        cmocka_unit_test(columns_fill_the_struct),
        cmocka_unit_test(keys_and_orders_have_no_bytes_and_no_column_twice),
        cmocka_unit_test(an_order_is_the_index_then_the_rest_of_the_key),
        cmocka_unit_test(columns_behind_the_whole_key_are_carried_and_do_not_order),
    };
    return RUN_TESTS("store/tables", tests);
}
