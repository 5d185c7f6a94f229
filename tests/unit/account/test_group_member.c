#include "account/group_member.h"

#include "fixture.h"

enum { MANY = 1200 }; /* more than a batch of deletions */

/* What a test writes in one transaction. */
struct rows {
    const char *group;
    const char *thing; /* NULL: MANY of them */
};

static enum status put(struct store_tx *tx, void *arg, struct why *why)
{
    const struct rows *rows = arg;
    for (int i = 0; i < (rows->thing == NULL ? MANY : 1); i++) {
        char name[32];
        snprintf(name, sizeof name, "thing-%06d", i);
        struct group_member row = {.group_name = str_from(rows->group),
                                   .thing = str_from(rows->thing == NULL ? name : rows->thing)};
        TRY(store_insert(tx, TABLE(group_member), &row, why));
    }
    return STATUS_OK;
}

static void put_rows(struct fixture *f, const char *group, const char *thing)
{
    CHECK_OK(store_write(f->store, put, &(struct rows){group, thing}, &f->why));
}

static size_t members(struct fixture *f, const char *group, const char *after, size_t max)
{
    static struct group_member rows[MANY + 1];
    size_t n = 0;
    CHECK_OK(READ(
        f, group_members_after(&f->ctx, str_from(group), str_from(after), rows, max, &n, &f->why)));
    return n;
}

static size_t groups(struct fixture *f, const char *thing)
{
    struct group_member rows[QUOTA_GROUPS_OF_THING];
    size_t n = 0;
    CHECK_OK(READ(f, group_members_of_thing(&f->ctx, str_from(thing), rows, &n, &f->why)));
    return n;
}

static void rows_are_found_from_both_sides(void **state)
{
    struct fixture *f = *state;
    put_rows(f, "a", "x");
    put_rows(f, "a", "y");
    put_rows(f, "ab", "x");
    assert_int_equal(members(f, "a", NULL, 9), 2);
    assert_int_equal(members(f, "a", NULL, 1), 1);
    assert_int_equal(members(f, "a", "x", 9), 1);
    assert_int_equal(members(f, "a", "y", 9), 0);
    assert_int_equal(members(f, "none", NULL, 9), 0);
    assert_int_equal(groups(f, "x"), 2);
    assert_int_equal(groups(f, "y"), 1);
    assert_int_equal(groups(f, "none"), 0);
}

static void a_thing_leaves_all_of_its_groups_and_no_other_does(void **state)
{
    struct fixture *f = *state;
    put_rows(f, "a", "x");
    put_rows(f, "b", "x");
    put_rows(f, "a", "y");
    CHECK_OK(WRITE(f, group_members_drop_thing(&f->ctx, STR("x"), &f->why)));
    assert_int_equal(groups(f, "x"), 0);
    assert_int_equal(members(f, "a", NULL, 9), 1);
    CHECK_OK(WRITE(f, group_members_drop_thing(&f->ctx, STR("x"), &f->why)));
}

static void a_group_of_many_is_emptied_alone(void **state)
{
    struct fixture *f = *state;
    put_rows(f, "many", NULL);
    put_rows(f, "many-more", "x");
    assert_int_equal(members(f, "many", NULL, MANY + 1), MANY);
    CHECK_OK(WRITE(f, group_members_drop_group(&f->ctx, STR("many"), &f->why)));
    assert_int_equal(members(f, "many", NULL, 9), 0);
    assert_int_equal(members(f, "many-more", NULL, 9), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_are_found_from_both_sides),
        TEST(a_thing_leaves_all_of_its_groups_and_no_other_does),
        TEST(a_group_of_many_is_emptied_alone),
    };
    return RUN_TESTS("account/group_member", tests);
}
