#include "store/row_priv.h"
#include "store/store.h"

#include "lib/check.h"

static void orders_compare_column_by_column(void **state)
{
    (void)state;
    struct order order = order_of(TABLE(certificate), INDEX(certificate, by_ca));
    struct certificate a = {.ca_id = STR("c"), .created = -5, .id = STR("1")};
    struct certificate b = {.ca_id = STR("c"), .created = 3, .id = STR("0")};
    assert_true(order_compare(TABLE(certificate), &order, order.n, &a, &b) < 0);
    assert_true(order_compare(TABLE(certificate), &order, order.n, &b, &a) > 0);
    assert_int_equal(order_compare(TABLE(certificate), &order, 1, &a, &b), 0);
    assert_int_equal(order_compare(TABLE(certificate), &order, 0, &a, &b), 0);
    b.created = a.created;
    assert_true(order_compare(TABLE(certificate), &order, order.n, &a, &b) >
                0); /* the id decides */
}

static void a_copy_has_the_columns_asked_for_and_bytes_of_its_own(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(4096);
    char name[] = "pump";
    struct thing from = {.name = {name, 4}, .type_name = STR("t"), .version = 9};
    struct thing to = {.version = 1};
    CHECK_OK(row_copy(TABLE(thing), UINT64_C(1) << COL_thing__name, &from, &to, mem, NULL));
    name[0] = 'j';
    CHECK_STR(to.name, "pump");
    assert_true(str_absent(to.type_name));
    assert_int_equal(to.version, 1);
}

static void all_columns_are_all_and_no_more(void **state)
{
    (void)state;
    for (size_t t = 0; t < N_TABLES; t++) {
        assert_int_equal(__builtin_popcountll(row_all_columns(tables[t])), tables[t]->n_columns);
        assert_int_equal(row_all_columns(tables[t]) & 1, 1);
    }
}

static void what_may_not_be_absent_is_named(void **state)
{
    (void)state;
    struct why why;
    struct certificate row = {
        .id = STR("i"), .status = STR("ACTIVE"), .ca_id = STR(""), .mode = STR("DEFAULT")};
    CHECK_OK(row_check(TABLE(certificate), row_key_columns(TABLE(certificate)), &row, &why));
    CHECK_OK(row_check(TABLE(certificate), COLUMN_BIT(COL_certificate__status), &row, &why));
    CHECK_STATUS(row_check(TABLE(certificate), row_all_columns(TABLE(certificate)), &row, &why),
                 STATUS_INTERNAL);
    assert_non_null(strstr(why.text, "certificate.issuer_hash"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_compare_column_by_column),
        cmocka_unit_test(a_copy_has_the_columns_asked_for_and_bytes_of_its_own),
        cmocka_unit_test(all_columns_are_all_and_no_more),
        cmocka_unit_test(what_may_not_be_absent_is_named),
    };
    return RUN_TESTS("store/row", tests);
}
