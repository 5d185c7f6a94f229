#include "audit/finding.h"

#include <sqlite3.h>

#include "audit_fixture.h"
#include "lib/check.h"
#include "lib/files.h"
#include "store/faulty.h"

#define TASK_1 STR("11111111111111112222222222222222")
#define TASK_2 STR("11111111111111113333333333333333") /* whose ids begin as those of the first */

static struct finding finding_of(struct audit_fixture *f, struct str task, struct str check,
                                 struct str resource, int64_t found)
{
    struct finding row = {.task = task, .check_name = check, .reason_code = STR("R")};
    row.resource_key = resource;
    row.found = found;
    CHECK_OK(finding_id(f->mem, &row, resource, &row.id, NULL));
    return row;
}

static void put(struct audit_fixture *f, struct str task, struct str check, struct str resource,
                int64_t found)
{
    const struct finding row = finding_of(f, task, check, resource, found);
    fixture_put(f, TABLE(finding), &row);
}

static void put_task(struct audit_fixture *f, struct str id, int64_t started, int64_t finished)
{
    const struct audit_task row = {
        .id = id, .status = STR("COMPLETED"), .started = started, .finished = finished};
    fixture_put(f, TABLE(audit_task), &row);
}

/* One page in a view of its own, as requests come; *at goes on to the next. */
static enum status list_page(struct audit_fixture *f, const struct finding_filter *filter,
                             size_t size, struct str *at, struct page_rows *ret)
{
    AUTO_VIEW *view = NULL;
    struct account_ctx ctx = fixture_ctx(f);
    const struct page page = {.max = size, .after = *at};
    CHECK_OK(store_read_begin(f->store, &view, NULL));
    ctx.tx = view;
    TRY(finding_list(&ctx, filter, &page, ret, NULL));
    *at = ret->next;
    return STATUS_OK;
}

static void tell(struct audit_fixture *f, const struct page_rows *rows, struct str *all)
{
    const struct finding *row = rows->rows;
    for (size_t i = 0; i < rows->n; i++) {
        CHECK_OK(str_fmt(f->mem, all, NULL, "%.*s%s%.*s@%lld", STR_ARG(*all),
                         all->len == 0 ? "" : " ", STR_ARG(row[i].resource_key),
                         (long long)row[i].found));
    }
}

/* The list, page by page, as "resource@found resource@found ...". */
static struct str listed(struct audit_fixture *f, const struct finding_filter *filter, size_t size)
{
    struct str at = STR_ABSENT;
    struct str all = STR("");
    do {
        struct page_rows rows;
        CHECK_OK(list_page(f, filter, size, &at, &rows));
        tell(f, &rows, &all);
    } while (!str_absent(at));
    return all;
}

static struct finding_filter of_task(struct str task)
{
    return (struct finding_filter){.task = task, .start = TIME_NEVER, .end = TIME_NEVER};
}

static struct finding_filter of_time(int64_t start, int64_t end)
{
    return (struct finding_filter){.task = STR_ABSENT, .start = start, .end = end};
}

static void an_id_keeps_the_pattern_of_the_api(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    const struct str resources[] = {STR(""), STR("a"), STR("\xff/:?\n"), STR("a much longer name")};
    for (size_t i = 0; i < sizeof resources / sizeof resources[0]; i++) {
        struct str id = finding_of(&f, TASK_1, STR("C"), resources[i], 0).id;
        assert_int_equal(id.len, 59);
        for (size_t at = 0; at < id.len; at++) {
            assert_non_null(memchr("0123456789abcdef-", id.ptr[at], 17));
        }
    }
    fixture_close(&f);
}

static void an_id_is_the_same_whenever_it_is_made_and_another_for_another_finding(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    struct finding row = finding_of(&f, TASK_1, STR("C"), STR("one name, twice"), 1);
    CHECK_STR(finding_of(&f, TASK_1, STR("C"), STR("one name, twice"), 2).id, row.id.ptr);
    const struct finding others[] = {
        finding_of(&f, TASK_2, STR("C"), STR("one name, twice"), 1),
        finding_of(&f, TASK_1, STR("D"), STR("one name, twice"), 1),
        finding_of(&f, TASK_1, STR("C"), STR("one name, thrice"), 1),
    };
    for (size_t i = 0; i < 3; i++) {
        assert_false(str_eq(others[i].id, row.id));
    }
    struct str other_code;
    row.reason_code = STR("S");
    CHECK_OK(finding_id(f.mem, &row, STR("one name, twice"), &other_code, NULL));
    assert_false(str_eq(other_code, row.id));
    fixture_close(&f);
}

static void ids_come_in_the_order_of_the_resources(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    const struct str resources[] = {STR(""),   STR("0a"), STR("0aa"),
                                    STR("0b"), STR("~"),  STR("\xff")};
    for (size_t i = 1; i < sizeof resources / sizeof resources[0]; i++) {
        struct str before = finding_of(&f, TASK_1, STR("C"), resources[i - 1], 0).id;
        struct str id = finding_of(&f, TASK_1, STR("C"), resources[i], 0).id;
        assert_true(str_cmp(before, id) < 0);
    }
    fixture_close(&f);
}

static void a_task_lists_its_own_check_by_check_most_recent_first(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    put(&f, TASK_1, STR("C"), STR("b"), 30);
    put(&f, TASK_1, STR("C"), STR("a"), 10);
    put(&f, TASK_1, STR("D"), STR("a"), 20);
    put(&f, TASK_2, STR("C"), STR("ab"), 40);
    struct finding_filter filter = of_task(TASK_1);
    for (size_t size = 1; size < 5; size++) {
        filter.resource_key = filter.check_name = STR_ABSENT;
        struct str all = listed(&f, &filter, size);
        assert_true(str_eq(all, STR("a@20 b@30 a@10")) || str_eq(all, STR("b@30 a@10 a@20")));
        filter.check_name = STR("C");
        CHECK_STR(listed(&f, &filter, size), "b@30 a@10");
        filter.check_name = STR("E");
        CHECK_STR(listed(&f, &filter, size), "");
        filter.check_name = STR_ABSENT;
        filter.resource_key = STR("b");
        CHECK_STR(listed(&f, &filter, size), "b@30");
    }
    filter = of_task(STR("1"));
    CHECK_STR(listed(&f, &filter, 1), "");
    fixture_close(&f);
}

#define OLD     STR("aaaaaaaaaaaaaaaa0000000000000000")
#define EMPTY   STR("cccccccccccccccc0000000000000000")
#define RUNNING STR("bbbbbbbbbbbbbbbb0000000000000000")

/* OLD 0..9, EMPTY 10..19, RUNNING since 20, each finding of C found when its resource says. */
static void put_history(struct audit_fixture *f)
{
    put_task(f, OLD, 0, 9);
    put_task(f, EMPTY, 10, 19);
    put_task(f, RUNNING, 20, TIME_NEVER);
    put(f, OLD, STR("C"), STR("u"), 3);
    put(f, OLD, STR("C"), STR("v"), 4);
    put(f, OLD, STR("C"), STR("w"), 5);
    put(f, OLD, STR("D"), STR("v"), 4);
    put(f, RUNNING, STR("C"), STR("x"), 21);
    put(f, RUNNING, STR("C"), STR("y"), 22);
}

static void a_time_lists_the_tasks_of_that_time_and_filters_narrow_it(void **state)
{
    (void)state;
    static const struct {
        int64_t start, end;
        const char *resource; /* NULL: any */
        const char *want;
    } rows[] = {
        {0, 100, NULL, "y@22 x@21 w@5 v@4 u@3"},
        {4, 21, NULL, "x@21 w@5 v@4"},
        {3, 3, NULL, "u@3"},
        {5, 20, NULL, "w@5"},
        {6, 20, NULL, ""},
        {23, 100, NULL, ""},
        {0, 100, "v", "v@4"},
        {0, 3, "v", ""},
    };
    struct audit_fixture f;
    fixture_open(&f);
    put_history(&f);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct finding_filter filter = of_time(rows[i].start, rows[i].end);
        filter.check_name = STR("C");
        filter.resource_key = rows[i].resource == NULL ? STR_ABSENT : str_from(rows[i].resource);
        for (size_t size = 1; size < 7; size++) {
            CHECK_STR(listed(&f, &filter, size), rows[i].want);
        }
    }
    struct finding_filter every = of_time(0, 9);
    assert_int_equal(listed(&f, &every, 2).len, strlen("w@5 v@4 u@3 v@4"));
    every.suppressed = (struct maybe_bool){true, true};
    CHECK_STR(listed(&f, &every, 2), "");
    fixture_close(&f);
}

/* Between any two pages a task ends, others begin, and things are found before and behind. */
static void what_is_found_between_two_pages_neither_shifts_nor_doubles(void **state)
{
    (void)state;
    for (size_t size = 1; size < 5; size++) {
        struct audit_fixture f;
        struct finding_filter filter = of_time(0, 100);
        struct str at = STR_ABSENT;
        struct str all = STR("");
        struct page_rows rows;
        fixture_open(&f);
        put_history(&f);
        filter.check_name = STR("C");
        CHECK_OK(list_page(&f, &filter, size, &at, &rows));
        tell(&f, &rows, &all);
        put(&f, RUNNING, STR("C"), STR("z"), 23); /* goes before what was shown */
        put_task(&f, RUNNING, 20, 30);
        put_task(&f, STR("dddddddddddddddd0000000000000000"), 31, TIME_NEVER);
        put(&f, STR("dddddddddddddddd0000000000000000"), STR("C"), STR("a"), 32);
        while (!str_absent(at)) {
            CHECK_OK(list_page(&f, &filter, size, &at, &rows));
            tell(&f, &rows, &all);
        }
        CHECK_STR(all, "y@22 x@21 w@5 v@4 u@3");
        fixture_close(&f);
    }
}

static void a_position_of_another_list_is_refused(void **state)
{
    (void)state;
    struct audit_fixture f;
    struct page_rows rows;
    fixture_open(&f);
    put_history(&f);
    struct finding_filter by_task = of_task(OLD);
    struct finding_filter by_time = of_time(0, 100);
    static const char *const of_none[] = {
        "",
        "x",
        "1:0",
        "1:0--",
        "1:0-3:abc",
        "1:a32:aaaaaaaaaaaaaaaa0000000000000000-",
        "1:032:aaaaaaaaaaaaaaaa000000000000000017:bbbbbbbbbbbbbbbb-",
        "1:032:aaaaaaaaaaaaaaaa000000000000000017:aaaaaaaaaaaaaaaa--"};
    for (size_t i = 0; i < sizeof of_none / sizeof of_none[0]; i++) {
        struct str at = str_from(of_none[i]);
        CHECK_STATUS(list_page(&f, &by_task, 1, &at, &rows), STATUS_INVALID);
        at = str_from(of_none[i]);
        CHECK_STATUS(list_page(&f, &by_time, 1, &at, &rows), STATUS_INVALID);
    }
    static const char *const of_time_alone[] = {
        "1:032:aaaaaaaaaaaaaaaa0000000000000000-",
        "1:032:bbbbbbbbbbbbbbbb000000000000000017:bbbbbbbbbbbbbbbb-"};
    for (size_t i = 0; i < 2; i++) {
        struct str at = str_from(of_time_alone[i]);
        CHECK_STATUS(list_page(&f, &by_task, 1, &at, &rows), STATUS_INVALID);
        at = str_from(of_time_alone[i]);
        CHECK_OK(list_page(&f, &by_time, 1, &at, &rows));
    }
    fixture_close(&f);
}

/* Calls of the store that each page of a list takes; all must be as many as the first. */
static void check_pages_cost_the_same(struct audit_fixture *f, struct faulty_plan *plan,
                                      const struct finding_filter *filter, size_t want_pages)
{
    struct str at = STR_ABSENT;
    struct page_rows rows;
    size_t first = 0;
    for (size_t n = 0; n < want_pages; n++) {
        size_t before = plan->calls;
        CHECK_OK(list_page(f, filter, 10, &at, &rows));
        assert_int_equal(rows.n, 10);
        assert_false(str_absent(at));
        size_t calls = plan->calls - before;
        first = n == 0 ? calls : first;
        if (calls > first + 4) { /* a page may begin another task */
            fail_msg("page %zu takes %zu calls of the store, the first %zu", n, calls, first);
        }
    }
}

static void a_page_costs_the_same_at_any_depth(void **state)
{
    (void)state;
    struct audit_fixture f;
    struct faulty_plan plan;
    struct store_db *inner = NULL;
    struct store_db *db = NULL;
    fixture_open(&f);
    store_close(f.store);
    faulty_plan_set(&plan, FAULTY_NEVER, STATUS_IO);
    CHECK_OK(memory_open(&inner, NULL));
    CHECK_OK(faulty_open(inner, &plan, &db, NULL));
    CHECK_OK(store_start(db, 0, &f.store, NULL));
    for (int64_t i = 0; i < 1000; i++) {
        struct str resource;
        CHECK_OK(str_fmt(f.mem, &resource, NULL, "%04lld", (long long)i));
        put(&f, i < 700 ? OLD : RUNNING, STR("C"), resource, i);
    }
    put_task(&f, OLD, 0, 699);
    put_task(&f, RUNNING, 700, TIME_NEVER);
    struct finding_filter by_time = of_time(0, 1000);
    struct finding_filter by_task = of_task(OLD);
    check_pages_cost_the_same(&f, &plan, &by_time, 99);
    check_pages_cost_the_same(&f, &plan, &by_task, 69);
    store_close(f.store);
    CHECK_OK(store_open(&(struct store_options){.path = STR_ABSENT}, &f.store, NULL));
    fixture_close(&f);
}

/* Tasks count as rows looked at: a page through very many that found nothing ends early. */
static void a_page_looks_at_a_bounded_number_of_tasks(void **state)
{
    (void)state;
    struct audit_fixture f;
    struct finding_filter filter = of_time(0, 100000);
    struct str at = STR_ABSENT;
    struct page_rows rows;
    fixture_open(&f);
    for (int64_t i = 1; i <= PAGE_SCAN_MAX; i++) {
        char id[40];
        snprintf(id, sizeof id, "%032llx", (unsigned long long)i);
        put_task(&f, str_from(id), 10 + i, 10 + i);
    }
    put_task(&f, OLD, 0, 9);
    put(&f, OLD, STR("C"), STR("u"), 3);
    CHECK_OK(list_page(&f, &filter, 10, &at, &rows));
    assert_int_equal(rows.n, 0);
    assert_false(str_absent(at));
    CHECK_OK(list_page(&f, &filter, 10, &at, &rows));
    assert_int_equal(rows.n, 1);
    assert_true(str_absent(at));
    fixture_close(&f);
}

static void findings_stored_without_their_identifier_are_read_with_it(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    put(&f, TASK_1, STR("C"), STR("clientId=\"q\""), 1);
    struct str id = finding_of(&f, TASK_1, STR("C"), STR("clientId=\"q\""), 1).id;
    struct finding_filter filter = of_task(TASK_1);
    struct str at = STR_ABSENT;
    struct page_rows rows;
    CHECK_OK(list_page(&f, &filter, 10, &at, &rows));
    assert_int_equal(rows.n, 1);
    CHECK_STR(((struct finding *)rows.rows)->resource, "{\"clientId\":\"\\\"q\\\"\"}");
    AUTO_VIEW *view = NULL;
    struct account_ctx ctx = fixture_ctx(&f);
    struct finding row;
    CHECK_OK(store_read_begin(f.store, &view, NULL));
    ctx.tx = view;
    CHECK_OK(finding_get(&ctx, id, &row, NULL));
    CHECK_STR(row.resource, "{\"clientId\":\"\\\"q\\\"\"}");
    store_read_end(view);
    view = NULL;
    fixture_close(&f);
}

/* ---- findings of the first schema ------------------------------------------------------------ */

static void exec_sql(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    }
}

static void insert_finding(struct audit_fixture *f, sqlite3 *db, struct str task,
                           const char *resource, int64_t found)
{
    struct str sql;
    struct str id = finding_of(f, task, STR("C"), str_from(resource), found).id;
    CHECK_OK(str_fmt(f->mem, &sql, NULL,
                     "INSERT INTO finding VALUES('%.*s', '%.*s', 'C', 'HIGH', 0, %lld,"
                     " 'CLIENT_ID', '%s', '{\"as\":\"stored\"}', NULL, 'R', 'why', 0)",
                     STR_ARG(id), STR_ARG(task), (long long)found, resource));
    exec_sql(db, sql.ptr);
}

/* A file as the first version left it. */
static void make_first_schema(struct audit_fixture *f, const char *path)
{
    sqlite3 *db = NULL;
    struct str schema = vector_read(f->mem, "../../src/store/schema/001-account.sql");
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    exec_sql(db, "PRAGMA page_size=8192;PRAGMA journal_mode=WAL;"
                 "PRAGMA application_id=0x42554c57;PRAGMA user_version=1");
    exec_sql(db, str_z(f->mem, schema));
    exec_sql(db, "INSERT INTO audit_task VALUES('aaaaaaaaaaaaaaaa0000000000000000',"
                 " 'ON_DEMAND_AUDIT_TASK', 'COMPLETED', NULL, 0, 9, NULL),"
                 "('bbbbbbbbbbbbbbbb0000000000000000',"
                 " 'ON_DEMAND_AUDIT_TASK', 'IN_PROGRESS', NULL, 20, -9223372036854775808, NULL)");
    insert_finding(f, db, OLD, "u", 3);
    insert_finding(f, db, OLD, "v", 4);
    insert_finding(f, db, RUNNING, "x", 21);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void findings_of_the_first_schema_are_listed_as_before(void **state)
{
    (void)state;
    struct audit_fixture f;
    struct str path;
    fixture_open(&f);
    const char *folder = temp_dir_make(f.mem);
    CHECK_OK(str_fmt(f.mem, &path, NULL, "%s/account.db", folder));
    make_first_schema(&f, path.ptr);
    store_close(f.store);
    CHECK_OK(store_open(&(struct store_options){.path = path}, &f.store, NULL));
    struct finding_filter by_time = of_time(0, 100);
    struct finding_filter by_task = of_task(OLD);
    for (size_t size = 1; size < 5; size++) {
        CHECK_STR(listed(&f, &by_time, size), "x@21 v@4 u@3");
        CHECK_STR(listed(&f, &by_task, size), "v@4 u@3");
    }
    struct str at = STR_ABSENT;
    struct page_rows rows;
    CHECK_OK(list_page(&f, &by_task, 1, &at, &rows));
    const struct finding *row = rows.rows;
    CHECK_STR(row->resource, "{\"as\":\"stored\"}");
    CHECK_STR(row->reason, "why");
    put(&f, OLD, STR("C"), STR("w"), 5);
    CHECK_STR(listed(&f, &by_time, 1), "x@21 w@5 v@4 u@3");
    fixture_close(&f);
    temp_dir_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_keeps_the_pattern_of_the_api),
        cmocka_unit_test(an_id_is_the_same_whenever_it_is_made_and_another_for_another_finding),
        cmocka_unit_test(ids_come_in_the_order_of_the_resources),
        cmocka_unit_test(a_task_lists_its_own_check_by_check_most_recent_first),
        cmocka_unit_test(a_time_lists_the_tasks_of_that_time_and_filters_narrow_it),
        cmocka_unit_test(what_is_found_between_two_pages_neither_shifts_nor_doubles),
        cmocka_unit_test(a_position_of_another_list_is_refused),
        cmocka_unit_test(a_page_costs_the_same_at_any_depth),
        cmocka_unit_test(a_page_looks_at_a_bounded_number_of_tasks),
        cmocka_unit_test(findings_stored_without_their_identifier_are_read_with_it),
        cmocka_unit_test(findings_of_the_first_schema_are_listed_as_before),
    };
    return RUN_TESTS("audit/finding", tests);
}
