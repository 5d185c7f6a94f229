/* The migrations make what the descriptors describe; other schemas are told from ours. */
#include <sqlite3.h>
#include <unistd.h>

#include "lib/check.h"
#include "lib/files.h"
#include "place.h"
#include "store/sqlite_pack.h"

static int set_up(void **state)
{
    struct place *place = mem_alloc(sizeof *place);
    place_make(place);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    place_remove(*state);
    mem_free(*state);
    return 0;
}

static void make_store(const struct place *place)
{
    store_close(place_open(place));
}

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    }
    sqlite3_close(db);
}

/* ---- what the descriptors want, as SQL ------------------------------------------------------- */

static uint64_t order_columns(const struct table *table)
{
    uint64_t columns = 0;
    for (size_t i = 0; i <= table->n_indexes; i++) {
        struct order order = order_of(table, i == 0 ? NULL : table->indexes[i - 1]);
        for (size_t c = 0; c < order.n; c++) {
            columns |= UINT64_C(1) << order.columns[c];
        }
    }
    return columns;
}

static void put_names(struct buf *out, const struct table *table, const struct order *order)
{
    for (size_t i = 0; i < order->n; i++) {
        buf_put_fmt(out, "%s\"%s\"", i == 0 ? "" : ", ", table->columns[order->columns[i]].name);
    }
}

static void put_carried(struct buf *out, const struct table *table, const struct table_index *index,
                        const struct order *order)
{
    for (size_t i = 0; i < index->n; i++) {
        if (memchr(order->columns, index->columns[i], order->n) == NULL) {
            buf_put_fmt(out, ", \"%s\"", table->columns[index->columns[i]].name);
        }
    }
}

static void put_table(struct buf *out, const struct table *table, bool packed)
{
    static const char *const types[] = {
        [COLUMN_TEXT] = "TEXT", [COLUMN_INT] = "INTEGER", [COLUMN_BYTES] = "BLOB"};
    bool bytes = false;
    buf_put_fmt(out, "CREATE TABLE \"%s\" (\n", table->name);
    for (size_t i = 0; i < table->n_columns; i++) {
        const struct column *column = &table->columns[i];
        bool never_null = column->type == COLUMN_INT || (order_columns(table) >> i & 1) == 1;
        bytes = bytes || (column->type == COLUMN_BYTES && !packed);
        buf_put_fmt(out, "    \"%s\" %s%s,\n", column->name, types[column->type],
                    never_null ? " NOT NULL" : "");
    }
    struct order key = order_of(table, NULL);
    buf_put_str(out, STR("    PRIMARY KEY ("));
    put_names(out, table, &key);
    buf_put_fmt(out, ")\n) STRICT%s;\n", bytes ? "" : ", WITHOUT ROWID");
    for (size_t i = 0; i < table->n_indexes; i++) {
        struct order order = order_of(table, table->indexes[i]);
        buf_put_fmt(out, "CREATE INDEX \"%s_%s\" ON \"%s\" (", table->name, table->indexes[i]->name,
                    table->name);
        put_names(out, table, &order);
        put_carried(out, table, table->indexes[i], &order);
        buf_put_str(out, STR(");\n"));
    }
}

/* Everything that matters of a table and its indexes, one line a column. */
static const char about_table[] =
    "SELECT printf('%s wr=%d strict=%d %s %s notnull=%d pk=%d default=%s', t.name, t.wr, t.strict,"
    " c.name, c.type, c.\"notnull\", c.pk, c.dflt_value)"
    " FROM pragma_table_list t, pragma_table_xinfo(t.name) c"
    " WHERE t.schema = 'main' AND t.name = ?1"
    " UNION ALL"
    " SELECT printf('%s %s unique=%d origin=%s partial=%d %d:%s desc=%d %s', ?1, l.name,"
    " l.\"unique\", l.origin, l.partial, x.seqno, x.name, x.desc, x.coll)"
    " FROM pragma_index_list(?1) l, pragma_index_xinfo(l.name) x"
    " ORDER BY 1";

static struct str describe(struct arena *mem, sqlite3 *db, const char *table)
{
    struct buf out;
    struct str text;
    sqlite3_stmt *stmt = NULL;
    buf_init(&out, mem, 1 << 16);
    assert_int_equal(sqlite3_prepare_v2(db, about_table, -1, &stmt, NULL), SQLITE_OK);
    sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        buf_put_fmt(&out, "%s\n", (const char *)sqlite3_column_text(stmt, 0));
    }
    sqlite3_finalize(stmt);
    CHECK_OK(buf_finish(&out, &text, NULL));
    assert_true(text.len > 0);
    return text;
}

static void migrations_make_what_the_descriptors_describe(void **state)
{
    struct place *place = *state;
    make_store(place);
    sqlite3 *ours = NULL;
    assert_int_equal(sqlite3_open(place->path, &ours), SQLITE_OK);
    for (size_t t = 0; t < N_TABLES; t++) {
        sqlite3 *wanted = NULL;
        struct buf sql;
        struct str text;
        buf_init(&sql, place->mem, 1 << 16);
        put_table(&sql, table_stored(tables[t]), table_is_packed(tables[t]));
        CHECK_OK(buf_finish(&sql, &text, NULL));
        assert_int_equal(sqlite3_open(":memory:", &wanted), SQLITE_OK);
        assert_int_equal(sqlite3_exec(wanted, text.ptr, NULL, NULL, NULL), SQLITE_OK);
        if (!str_eq(describe(place->mem, ours, tables[t]->name),
                    describe(place->mem, wanted, tables[t]->name))) {
            fail_msg("the migrations in store/schema/ must lead to\n%s", text.ptr);
        }
        sqlite3_close(wanted);
    }
    sqlite3_close(ours);
}

static void the_file_has_no_other_tables(void **state)
{
    struct place *place = *state;
    make_store(place);
    struct sqlite_conn conn;
    int64_t n = 0;
    CHECK_OK(conn_open(&conn, place->path, 1 << 20, NULL));
    CHECK_OK(
        conn_number(&conn, "SELECT count(*) FROM sqlite_schema WHERE type = 'table'", &n, NULL));
    assert_int_equal(n, N_TABLES);
    CHECK_OK(conn_number(&conn,
                         "SELECT count(*) FROM sqlite_schema WHERE type = 'index'"
                         " AND sql IS NOT NULL",
                         &n, NULL));
    assert_int_equal(n, N_INDEXES);
    conn_close(&conn);
}

static void migrations_are_numbered_from_one_without_gaps(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_migrations; i++) {
        char number[24];
        snprintf(number, sizeof number, "%03zu-", i + 1);
        assert_true(str_starts(str_from(migrations[i].name), str_from(number)));
        assert_int_equal(strlen(migrations[i].text.ptr), migrations[i].text.len);
    }
}

static void opening_again_migrates_nothing(void **state)
{
    struct place *place = *state;
    make_store(place);
    struct sqlite_conn conn;
    int64_t before = 0;
    int64_t after = 0;
    CHECK_OK(conn_open(&conn, place->path, 1 << 20, NULL));
    CHECK_OK(conn_number(&conn, "PRAGMA schema_version", &before, NULL));
    conn_close(&conn);
    make_store(place);
    CHECK_OK(conn_open(&conn, place->path, 1 << 20, NULL));
    CHECK_OK(conn_number(&conn, "PRAGMA schema_version", &after, NULL));
    conn_close(&conn);
    assert_int_equal(before, after);
}

/* A file of the first schema, with a certificate in it. */
static void rows_of_before_say_that_points_are_not_known(void **state)
{
    struct place *place = *state;
    run_sql(place->path, migrations[0].text.ptr);
    run_sql(place->path,
            "INSERT INTO certificate (id, ca_id, created, modified, version, transferred,"
            " transfer_accepted, transfer_rejected, not_before, not_after, issuer_hash, key_bits,"
            " key_roca) VALUES ('aa', '', 1, 1, 1, 0, 0, 0, 1, 2, 'bb', 256, 0);"
            "PRAGMA application_id = 1112886359; PRAGMA user_version = 1");
    struct store *store = place_open(place);
    struct store_tx *view = NULL;
    struct certificate row = {.id = STR("aa"), .crl_skipped = STR("x")};
    CHECK_OK(store_read_begin(store, &view, NULL));
    CHECK_OK(store_get(view, TABLE(certificate), &row, place->mem, NULL));
    CHECK_STR(row.issuer_hash, "bb");
    assert_true(str_absent(row.crl_skipped));
    store_read_end(view);
    store_close(store);
}

static void check_refused(const struct place *place, enum status want, const char *word)
{
    struct store *store = NULL;
    struct why why;
    CHECK_STATUS(place_try_open(place, &store, &why), want);
    assert_null(store);
    if (strstr(why.text, word) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", why.text, word);
    }
}

static void a_newer_schema_is_refused_untouched(void **state)
{
    struct place *place = *state;
    make_store(place);
    run_sql(place->path, "PRAGMA user_version = 4711");
    struct str before = file_read(place->mem, place->path);
    check_refused(place, STATUS_UNSUPPORTED, "4711");
    struct str after = file_read(place->mem, place->path);
    assert_true(str_eq(before, after));
}

static void a_database_of_another_program_is_refused_untouched(void **state)
{
    struct place *place = *state;
    run_sql(place->path, "CREATE TABLE theirs(x); INSERT INTO theirs VALUES(1)");
    struct str before = file_read(place->mem, place->path);
    check_refused(place, STATUS_UNSUPPORTED, "another program");
    assert_true(str_eq(before, file_read(place->mem, place->path)));
    assert_int_equal(unlink(place->path), 0);
    run_sql(place->path, "PRAGMA application_id = 252006673; PRAGMA user_version = 1;");
    check_refused(place, STATUS_UNSUPPORTED, "another program");
}

static void a_schema_that_lacks_something_is_corrupt(void **state)
{
    struct place *place = *state;
    make_store(place);
    run_sql(place->path, "ALTER TABLE thing DROP COLUMN thing_id");
    check_refused(place, STATUS_CORRUPT, "thing_id");
    assert_int_equal(unlink(place->path), 0);
    make_store(place);
    run_sql(place->path, "DROP INDEX thing_by_type");
    check_refused(place, STATUS_CORRUPT, "thing_by_type");
}

static void what_is_no_database_is_named_with_what_to_do(void **state)
{
    struct place *place = *state;
    FILE *file = fopen(place->path, "w");
    assert_non_null(file);
    fputs("this is a letter of more than sixteen bytes\n", file);
    fclose(file);
    struct str before = file_read(place->mem, place->path);
    check_refused(place, STATUS_CORRUPT, place->path);
    check_refused(place, STATUS_CORRUPT, "not a database");
    check_refused(place, STATUS_CORRUPT, "put a backup in its place");
    assert_true(str_eq(before, file_read(place->mem, place->path)));
}

/* Its name and the cause are enough: its text is a hundred lines. */
static void a_migration_that_fails_is_named_without_its_text(void **state)
{
    struct place *place = *state;
    struct store *store = NULL;
    struct why why;
    run_sql(place->path, "CREATE TABLE thing(x);"
                         "PRAGMA application_id = 1112886359; PRAGMA user_version = 1");
    assert_int_not_equal(place_try_open(place, &store, &why), STATUS_OK);
    assert_non_null(strstr(why.text, "migration "));
    assert_null(strstr(why.text, "CREATE"));
    assert_null(strstr(why.text, "ALTER"));
    assert_null(strchr(why.text, '\n'));
}

/* A file as the first schema left it, with the key that was made with the data folder. */
static void keys_of_the_first_schema_are_kept_and_become_the_roots(void **state)
{
    struct place *place = *state;
    run_sql(place->path, migrations[0].text.ptr);
    run_sql(place->path, "INSERT INTO access_key VALUES"
                         " ('AKIA1', 's', 'arn:aws:iam::123456789012:user/operator', 'ACTIVE', 7),"
                         " ('AKIA2', 't', 'arn:aws:iam::123456789012:user/ann', 'INACTIVE', 8);"
                         "PRAGMA application_id = 1112886359; PRAGMA user_version = 1");
    struct store *store = place_open(place);
    struct store_tx *view = NULL;
    struct access_key first = {.id = STR("AKIA1")};
    struct access_key second = {.id = STR("AKIA2")};
    CHECK_OK(store_read_begin(store, &view, NULL));
    CHECK_OK(store_get(view, TABLE(access_key), &first, place->mem, NULL));
    CHECK_OK(store_get(view, TABLE(access_key), &second, place->mem, NULL));
    CHECK_STR(first.user_arn, "arn:aws:iam::123456789012:root");
    CHECK_STR(first.secret, "s");
    CHECK_STR(second.user_arn, "arn:aws:iam::123456789012:user/ann");
    CHECK_STR(second.status, "INACTIVE");
    assert_int_equal(second.created, 8);
    store_read_end(view);
    store_close(store);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(migrations_make_what_the_descriptors_describe),
        CASE(the_file_has_no_other_tables),
        CASE(migrations_are_numbered_from_one_without_gaps),
        CASE(opening_again_migrates_nothing),
        CASE(what_is_no_database_is_named_with_what_to_do),
        CASE(a_migration_that_fails_is_named_without_its_text),
        CASE(rows_of_before_say_that_points_are_not_known),
        CASE(a_newer_schema_is_refused_untouched),
        CASE(a_database_of_another_program_is_refused_untouched),
        CASE(keys_of_the_first_schema_are_kept_and_become_the_roots),
        CASE(a_schema_that_lacks_something_is_corrupt),
    };
    return RUN_TESTS("store/sqlite_schema", tests);
}
