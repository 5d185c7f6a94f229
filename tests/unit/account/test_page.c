#include "account/page.h"

#include "fixture.h"

/* ---- positions --------------------------------------------------------------------------------
 */

static void positions_are_read_back(void **state)
{
    struct fixture *f = *state;
    const struct str parts[] = {STR("a:b"), STR(""), STR_ABSENT, STR("-"), STR("12:x")};
    struct str text;
    struct str read[5];
    CHECK_OK(page_position_make(f->ctx.mem, parts, 5, &text, &f->why));
    CHECK_OK(page_position_read(text, read, 5, &f->why));
    for (size_t i = 0; i < 5; i++) {
        assert_true(str_eq(read[i], parts[i]));
        assert_int_equal(str_absent(read[i]), str_absent(parts[i]));
    }
    CHECK_STATUS(page_position_read(text, read, 4, NULL), STATUS_INVALID);
}

static void what_is_no_position_is_refused(void **state)
{
    (void)state;
    const char *const bad[] = {"",     "a",    "1",     "1:",   "2:a",  ":a",
                               "-1:a", "1:ab", "1:a1:", "1:a-", "99:a", "18446744073709551617:a"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct str part;
        CHECK_STATUS(page_position_read(str_from(bad[i]), &part, 1, NULL), STATUS_INVALID);
    }
}

/* ---- pages of tables --------------------------------------------------------------------------
 */

/* Tasks 0 .. n-1, newest first, ids against it. */
static void make_tasks(struct fixture *f, int n)
{
    for (int i = 0; i < n; i++) {
        struct audit_task row = {.id = fixture_name(f, "t", 2 * n - i),
                                 .status = fixture_name(f, "status", i % 2),
                                 .started = 1000 - i};
        CHECK_OK(WRITE(f, store_put(f->ctx.tx, TABLE(audit_task), &row, &f->why)));
    }
}

static void check_started(struct fixture *f, const struct store_range *range, size_t size,
                          bool descending, int first, int step, int n)
{
    struct page page = {.max = size, .descending = descending};
    int seen = 0;
    do {
        struct page_rows rows;
        CHECK_OK(
            READ(f, page_read(&f->ctx, TABLE(audit_task), range, &page, NULL, &rows, &f->why)));
        const struct audit_task *got = rows.rows;
        for (size_t i = 0; i < rows.n; i++) {
            assert_int_equal(got[i].started, first + step * seen++);
        }
        page.after = rows.next;
    } while (!str_absent(page.after));
    assert_int_equal(seen, n);
}

static void orders_with_numbers_and_prefixes_are_paged_both_ways(void **state)
{
    struct fixture *f = *state;
    make_tasks(f, 12);
    const struct store_range by_time = {.index = INDEX(audit_task, by_started)};
    const struct audit_task like = {.status = STR("status-001")};
    const struct store_range of_status = {
        .index = INDEX(audit_task, by_status), .prefix = &like, .n_prefix = 1};
    for (size_t size = 1; size <= 13; size++) {
        check_started(f, &by_time, size, false, 989, 1, 12);
        check_started(f, &by_time, size, true, 1000, -1, 12);
        check_started(f, &of_status, size, false, 989, 2, 6);
        check_started(f, &of_status, size, true, 999, -2, 6);
    }
}

static void a_page_has_a_default_and_a_largest_size(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 260; i++) {
        struct setting row = {.name = fixture_name(f, "s", i), .value = STR("{}")};
        CHECK_OK(WRITE(f, store_put(f->ctx.tx, TABLE(setting), &row, &f->why)));
    }
    const struct store_range all = {0};
    struct page_rows rows;
    struct page page = {0};
    CHECK_OK(READ(f, page_read(&f->ctx, TABLE(setting), &all, &page, NULL, &rows, &f->why)));
    assert_int_equal(rows.n, PAGE_ROWS_DEFAULT);
    page.max = 1000000;
    CHECK_OK(READ(f, page_read(&f->ctx, TABLE(setting), &all, &page, NULL, &rows, &f->why)));
    assert_int_equal(rows.n, PAGE_ROWS_MAX);
}

/* ---- filters ----------------------------------------------------------------------------------
 */

static enum status none(const struct account_ctx *ctx, const void *row, const void *arg,
                        bool *ret_keep, bool *ret_stop, struct why *why)
{
    (void)ctx;
    (void)why;
    (void)ret_stop;
    *ret_keep = arg != NULL && str_eq(((const struct tag *)row)->key, *(const struct str *)arg);
    return STATUS_OK;
}

static void a_filtered_page_ends_after_a_bounded_look(void **state)
{
    struct fixture *f = *state;
    fixture_write_begin(f);
    for (int i = 0; i < PAGE_SCAN_MAX + 10; i++) {
        struct tag row = {STR("arn"), fixture_name(f, "k", 10000 + i), STR("v")};
        CHECK_OK(store_insert(f->ctx.tx, TABLE(tag), &row, &f->why));
    }
    CHECK_OK(fixture_write_end(f, STATUS_OK));
    const struct store_range all = {0};
    const struct str last = fixture_name(f, "k", 10000 + PAGE_SCAN_MAX + 9);
    const struct page_filter filter = {none, &last};
    struct page page = {.max = 5};
    struct page_rows rows;
    CHECK_OK(READ(f, page_read(&f->ctx, TABLE(tag), &all, &page, &filter, &rows, &f->why)));
    assert_int_equal(rows.n, 0);
    assert_false(str_absent(rows.next));
    page.after = rows.next;
    CHECK_OK(READ(f, page_read(&f->ctx, TABLE(tag), &all, &page, &filter, &rows, &f->why)));
    assert_int_equal(rows.n, 1);
    assert_true(str_absent(rows.next));
}

static void a_position_of_another_order_is_refused(void **state)
{
    struct fixture *f = *state;
    make_tasks(f, 2);
    const struct store_range by_time = {.index = INDEX(audit_task, by_started)};
    const char *const bad[] = {"1:a", "1:a1:b", "4:10001:a1:b", "", "--"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct page page = {.after = str_from(bad[i])};
        struct page_rows rows;
        CHECK_REFUSED(
            f, STATUS_INVALID, "none of this list",
            READ(f, page_read(&f->ctx, TABLE(audit_task), &by_time, &page, NULL, &rows, &f->why)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(positions_are_read_back),
        TEST(what_is_no_position_is_refused),
        TEST(orders_with_numbers_and_prefixes_are_paged_both_ways),
        TEST(a_page_has_a_default_and_a_largest_size),
        TEST(a_filtered_page_ends_after_a_bounded_look),
        TEST(a_position_of_another_order_is_refused),
    };
    return RUN_TESTS("account/page", tests);
}
