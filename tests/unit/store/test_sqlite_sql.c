/* Every range that can be asked for walks one index: nothing is sorted, nothing scanned to be
 * skipped. SQLite's own plan says so. */
#include "lib/check.h"
#include "place.h"
#include "store/sqlite_priv.h"

/* The plan's text, and how many steps it has. */
static size_t explain(struct sqlite_conn *conn, struct arena *mem, struct str sql, struct str *ret)
{
    struct buf out;
    sqlite3_stmt *stmt = NULL;
    struct str asked;
    size_t steps = 0;
    buf_init(&out, mem, 1 << 14);
    CHECK_OK(str_fmt(mem, &asked, NULL, "EXPLAIN QUERY PLAN %.*s", STR_ARG(sql)));
    assert_int_equal(sqlite3_prepare_v2(conn->handle, asked.ptr, -1, &stmt, NULL), SQLITE_OK);
    for (; sqlite3_step(stmt) == SQLITE_ROW; steps++) {
        buf_put_fmt(&out, "%s; ", (const char *)sqlite3_column_text(stmt, 3));
    }
    sqlite3_finalize(stmt);
    CHECK_OK(buf_finish(&out, ret, NULL));
    return steps;
}

static void check_plan(struct sqlite_conn *conn, struct arena *mem, const struct scan_plan *plan)
{
    struct buf out;
    struct str sql;
    struct str said;
    buf_init(&out, mem, 1 << 14);
    sql_scan(&out, plan, false);
    CHECK_OK(buf_finish(&out, &sql, NULL));
    size_t steps = explain(conn, mem, sql, &said);
    bool narrowed = plan->n_prefix > 0 || plan->n_bound > 0;
    if (steps != 1 || strstr(said.ptr, "TEMP B-TREE") != NULL ||
        (narrowed && strstr(said.ptr, "SEARCH") == NULL)) {
        fail_msg("%.*s: %s", STR_ARG(sql), said.ptr);
    }
}

static void check_index(struct sqlite_conn *conn, struct arena *mem, const struct table *table,
                        const struct table_index *index)
{
    struct scan_plan plan = {.table = table, .index = index, .columns = row_all_columns(table)};
    plan.order = order_of(table, index);
    for (plan.n_prefix = 0; plan.n_prefix <= plan.order.n; plan.n_prefix++) {
        for (size_t n = plan.n_prefix; n <= plan.order.n; n++) {
            plan.n_bound = n == plan.n_prefix ? 0 : n;
            plan.strict = n == plan.order.n;
            plan.descending = false;
            check_plan(conn, mem, &plan);
            plan.descending = true;
            check_plan(conn, mem, &plan);
            arena_clear(mem);
        }
    }
}

static void every_range_of_every_order_walks_its_index(void **state)
{
    (void)state;
    struct place place;
    struct sqlite_conn conn;
    place_make(&place);
    store_close(place_open(&place));
    CHECK_OK(conn_open(&conn, place.path, 1 << 20, NULL));
    AUTO_ARENA *mem = arena_new(1 << 20);
    for (size_t t = 0; t < N_TABLES; t++) {
        check_index(&conn, mem, tables[t], NULL);
        for (size_t i = 0; i < tables[t]->n_indexes; i++) {
            check_index(&conn, mem, tables[t], tables[t]->indexes[i]);
        }
    }
    conn_close(&conn);
    place_remove(&place);
}

static void a_list_of_certificates_reads_the_index_alone(void **state)
{
    (void)state;
    struct place place;
    struct sqlite_conn conn;
    place_make(&place);
    store_close(place_open(&place));
    CHECK_OK(conn_open(&conn, place.path, 1 << 20, NULL));
    struct scan_plan plan = {.table = TABLE(certificate), .index = INDEX(certificate, by_created)};
    plan.order = order_of(plan.table, plan.index);
    plan.columns = COLUMN_BIT(COL_certificate__id) | COLUMN_BIT(COL_certificate__status) |
                   COLUMN_BIT(COL_certificate__mode) | COLUMN_BIT(COL_certificate__created);
    struct buf out;
    struct str sql;
    struct str said;
    buf_init(&out, place.mem, 1 << 14);
    sql_scan(&out, &plan, false);
    CHECK_OK(buf_finish(&out, &sql, NULL));
    assert_int_equal(explain(&conn, place.mem, sql, &said), 1);
    assert_non_null(strstr(said.ptr, "USING COVERING INDEX"));
    conn_close(&conn);
    place_remove(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_range_of_every_order_walks_its_index),
        cmocka_unit_test(a_list_of_certificates_reads_the_index_alone),
    };
    return RUN_TESTS("store/sqlite_sql", tests);
}
