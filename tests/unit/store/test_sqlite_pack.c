/* What was packed is what comes out, of any row; what is damaged is said. */
#include <sqlite3.h>
#include <string.h>

#include "lib/check.h"
#include "place.h"
#include "store/sqlite_pack.h"

enum { MEMORY = 1 << 20 };

static struct finding example(void)
{
    return (struct finding){.id = STR("id"),
                            .task = STR("task"),
                            .check_name = STR(""),
                            .severity = STR("HIGH"),
                            .task_started = 1767225600000,
                            .found = INT64_MIN,
                            .resource_type = STR_ABSENT,
                            .resource_key = STR("a\nb"),
                            .resource = STR_ABSENT,
                            .info = {"\0\x80\xff", 3},
                            .reason_code = STR("CODE"),
                            .reason = STR("why"),
                            .suppressed = -1};
}

static void check_text(struct str got, struct str want)
{
    assert_int_equal(str_absent(got), str_absent(want));
    assert_true(str_absent(want) || str_eq(got, want));
}

static void check_same(const struct finding *got, const struct finding *want)
{
    for (size_t i = 0; i < TABLE(finding)->n_columns; i++) {
        const struct column *column = &TABLE(finding)->columns[i];
        if (column->type == COLUMN_INT) {
            assert_int_equal(*row_int(got, column), *row_int(want, column));
        } else {
            check_text(*row_text(got, column), *row_text(want, column));
        }
    }
}

static void a_row_comes_out_as_it_went_in(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(MEMORY);
    static const int64_t numbers[] = {0, 1, -1, 63, 64, -64, -65, 8191, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct finding row = example();
        struct finding out = {.id = STR_ABSENT};
        struct packed_row kept;
        row.found = numbers[i];
        CHECK_OK(row_pack(TABLE(finding), &row, mem, &kept, NULL));
        CHECK_OK(
            row_unpack(TABLE(finding), &kept, row_all_columns(TABLE(finding)), &out, mem, NULL));
        check_same(&out, &row);
    }
}

static void columns_that_are_not_asked_for_are_left_alone(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(MEMORY);
    const struct finding row = example();
    struct finding out = {.severity = STR("kept"), .found = 7};
    struct packed_row kept;
    CHECK_OK(row_pack(TABLE(finding), &row, mem, &kept, NULL));
    uint64_t some = COLUMN_BIT(COL_finding__reason) | COLUMN_BIT(COL_finding__task);
    assert_int_equal(pack_columns(TABLE(finding), some), 2);
    assert_int_equal(pack_columns(TABLE(finding), some | 1), 3);
    assert_int_equal(pack_columns(TABLE(finding), 1), 1);
    assert_int_equal(pack_columns(TABLE(thing), some), some);
    CHECK_OK(row_unpack(TABLE(finding), &kept, some, &out, mem, NULL));
    CHECK_STR(out.reason, "why");
    CHECK_STR(out.task, "task");
    CHECK_STR(out.severity, "kept");
    assert_true(str_absent(out.id) && out.found == 7);
}

/* Every shorter rest is damaged, but where a column begins: columns may have been added since. */
static void what_is_cut_off_is_corrupt_unless_columns_are_missing(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(MEMORY);
    const struct finding row = example();
    struct packed_row kept;
    size_t whole = 0;
    CHECK_OK(row_pack(TABLE(finding), &row, mem, &kept, NULL));
    for (size_t len = 0; len < kept.rest.len; len++) {
        struct finding out = {.suppressed = 0};
        struct why why = {.text = ""};
        const struct packed_row cut = {kept.key, {kept.rest.ptr, len}};
        enum status status =
            row_unpack(TABLE(finding), &cut, row_all_columns(TABLE(finding)), &out, mem, &why);
        if (status == STATUS_OK) {
            whole++;
            assert_int_equal(out.suppressed, 0);
        } else {
            CHECK_STATUS(status, STATUS_CORRUPT);
            assert_non_null(strstr(why.text, "finding"));
        }
    }
    assert_int_equal(whole, TABLE(finding)->n_columns - 1);
    uint8_t junk[16];
    memset(junk, 0xff, sizeof junk);
    const struct packed_row bad = {kept.key, {junk, sizeof junk}};
    struct finding out = {.suppressed = 0};
    CHECK_STATUS(row_unpack(TABLE(finding), &bad, row_all_columns(TABLE(finding)), &out, mem, NULL),
                 STATUS_CORRUPT);
}

/* ---- in a store ------------------------------------------------------------------------------ */

static enum status write_finding(struct store_tx *tx, void *ctx, struct why *why)
{
    (void)ctx;
    const struct finding row = example();
    const struct finding change = {.id = STR("id"), .reason = STR("since"), .suppressed = 1};
    const struct finding nobody = {.id = STR("nobody")};
    uint64_t some = COLUMN_BIT(COL_finding__reason) | COLUMN_BIT(COL_finding__suppressed);
    TRY(store_insert(tx, TABLE(finding), &row, why));
    CHECK_STATUS(store_insert(tx, TABLE(finding), &row, NULL), STATUS_EXISTS);
    TRY(store_put(tx, TABLE(finding), &row, why));
    TRY(store_update(tx, TABLE(finding), some, &change, why));
    CHECK_STATUS(store_update(tx, TABLE(finding), some, &nobody, NULL), STATUS_NOT_FOUND);
    CHECK_STATUS(store_delete(tx, TABLE(finding), &nobody, NULL), STATUS_NOT_FOUND);
    return STATUS_OK;
}

static void a_store_reads_changes_and_scans_packed_rows(void **state)
{
    (void)state;
    struct place place;
    place_make(&place);
    struct store *store = place_open(&place);
    struct store_tx *view = NULL;
    struct store_scan *scan = NULL;
    CHECK_OK(store_write(store, write_finding, NULL, NULL));
    CHECK_OK(store_read_begin(store, &view, NULL));
    struct finding want = example();
    struct finding got = {.id = STR("id")};
    want.reason = STR("since");
    want.suppressed = 1;
    CHECK_OK(store_get(view, TABLE(finding), &got, place.mem, NULL));
    check_same(&got, &want);
    const struct store_range range = {.columns = COLUMN_BIT(COL_finding__severity)};
    bool more = false;
    got = (struct finding){.id = STR_ABSENT};
    CHECK_OK(store_scan_open(view, TABLE(finding), &range, &scan, NULL));
    CHECK_OK(store_scan_next(scan, &got, place.mem, &more, NULL));
    assert_true(more && str_absent(got.id) && str_absent(got.reason));
    CHECK_STR(got.severity, "HIGH");
    CHECK_OK(store_scan_next(scan, &got, place.mem, &more, NULL));
    assert_false(more);
    store_read_end(view);
    CHECK_OK(store_check(store, NULL));
    store_close(store);
    place_remove(&place);
}

/* The migration packs with SQL what the program unpacks. */
static void what_sql_packs_is_what_we_pack(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(MEMORY);
    struct place place;
    struct sqlite_conn conn;
    sqlite3_stmt *stmt = NULL;
    place_make(&place);
    store_close(place_open(&place));
    CHECK_OK(conn_open(&conn, place.path, MEMORY, NULL));
    CHECK_OK(pack_register(&conn, NULL));
    assert_int_equal(
        sqlite3_prepare_v2(conn.handle,
                           "SELECT pack('task','','HIGH',1767225600000,-9223372036854775808,NULL,"
                           "'a'||char(10)||'b',NULL,CAST(x'0080ff' AS TEXT),'CODE','why',-1)",
                           -1, &stmt, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    const struct finding row = example();
    struct packed_row kept;
    CHECK_OK(row_pack(TABLE(finding), &row, mem, &kept, NULL));
    assert_int_equal(sqlite3_column_bytes(stmt, 0), kept.rest.len);
    assert_memory_equal(sqlite3_column_blob(stmt, 0), kept.rest.ptr, kept.rest.len);
    sqlite3_finalize(stmt);
    conn_close(&conn);
    place_remove(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_comes_out_as_it_went_in),
        cmocka_unit_test(columns_that_are_not_asked_for_are_left_alone),
        cmocka_unit_test(what_is_cut_off_is_corrupt_unless_columns_are_missing),
        cmocka_unit_test(a_store_reads_changes_and_scans_packed_rows),
        cmocka_unit_test(what_sql_packs_is_what_we_pack),
    };
    return RUN_TESTS("store/sqlite_pack", tests);
}
