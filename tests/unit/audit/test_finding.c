#include "audit/finding.h"

#include "audit_fixture.h"
#include "lib/check.h"

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

/* The list, page by page, as "resource@found resource@found ...". */
static struct str listed(struct audit_fixture *f, const struct finding_filter *filter, size_t size)
{
    AUTO_VIEW *view = NULL;
    struct account_ctx ctx = fixture_ctx(f);
    struct page page = {.max = size, .after = STR_ABSENT};
    struct str all = STR("");
    CHECK_OK(store_read_begin(f->store, &view, NULL));
    ctx.tx = view;
    do {
        struct page_rows rows;
        CHECK_OK(finding_list(&ctx, filter, &page, &rows, NULL));
        const struct finding *row = rows.rows;
        for (size_t i = 0; i < rows.n; i++) {
            CHECK_OK(str_fmt(f->mem, &all, NULL, "%.*s%s%.*s@%lld", STR_ARG(all),
                             all.len == 0 ? "" : " ", STR_ARG(row[i].resource_key),
                             (long long)row[i].found));
        }
        page.after = rows.next;
    } while (!str_absent(page.after));
    return all;
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

static void a_task_lists_its_own_check_by_check(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    put(&f, TASK_1, STR("C"), STR("b"), 30);
    put(&f, TASK_1, STR("C"), STR("a"), 10);
    put(&f, TASK_1, STR("D"), STR("a"), 20);
    put(&f, TASK_2, STR("C"), STR("ab"), 40);
    struct finding_filter filter = {.task = TASK_1, .start = TIME_NEVER, .end = TIME_NEVER};
    for (size_t size = 1; size < 5; size++) {
        filter.resource_key = filter.check_name = STR_ABSENT;
        assert_int_equal(listed(&f, &filter, size).len, strlen("a@10 b@30 a@20"));
        filter.check_name = STR("C");
        CHECK_STR(listed(&f, &filter, size), "a@10 b@30");
        filter.check_name = STR("E");
        CHECK_STR(listed(&f, &filter, size), "");
        filter.check_name = STR_ABSENT;
        filter.resource_key = STR("b");
        CHECK_STR(listed(&f, &filter, size), "b@30");
    }
    filter = (struct finding_filter){.task = STR("1"), .start = TIME_NEVER, .end = TIME_NEVER};
    CHECK_STR(listed(&f, &filter, 1), "");
    fixture_close(&f);
}

static void a_time_lists_newest_first_and_a_resource_narrows_it(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    const struct str resources[] = {STR("u"), STR("v"), STR("w"), STR("x"), STR("y"), STR("z")};
    for (int64_t i = 0; i < 6; i++) {
        struct str task = i % 2 == 0 ? TASK_1 : TASK_2;
        put(&f, task, STR("C"), resources[i], i);
        put(&f, task, STR("D"), resources[i], i);
    }
    struct finding_filter filter = {.start = 1, .end = 4, .check_name = STR("C")};
    filter.task = STR_ABSENT;
    for (size_t size = 1; size < 5; size++) {
        filter.resource_key = STR_ABSENT;
        CHECK_STR(listed(&f, &filter, size), "y@4 x@3 w@2 v@1");
        filter.resource_key = STR("x");
        CHECK_STR(listed(&f, &filter, size), "x@3");
        filter.resource_key = STR("z");
        CHECK_STR(listed(&f, &filter, size), "");
    }
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_keeps_the_pattern_of_the_api),
        cmocka_unit_test(an_id_is_the_same_whenever_it_is_made_and_another_for_another_finding),
        cmocka_unit_test(ids_come_in_the_order_of_the_resources),
        cmocka_unit_test(a_task_lists_its_own_check_by_check),
        cmocka_unit_test(a_time_lists_newest_first_and_a_resource_narrows_it),
    };
    return RUN_TESTS("audit/finding", tests);
}
