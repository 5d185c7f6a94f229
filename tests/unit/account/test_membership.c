#include "account/membership.h"

#include "account/thing.h"
#include "fixture.h"

static void make_group(struct fixture *f, const char *name, const char *parent)
{
    const struct group_create in = {.name = str_from(name), .parent = str_from(parent)};
    struct thing_group group;
    CHECK_OK(WRITE(f, group_create(&f->ctx, &in, &group, &f->why)));
}

static void make_dynamic(struct fixture *f, const char *name)
{
    const struct group_create in = {
        .name = str_from(name), .dynamic = true, .query = {.query_string = STR("x")}};
    struct thing_group group;
    CHECK_OK(WRITE(f, group_create(&f->ctx, &in, &group, &f->why)));
}

static void make_thing(struct fixture *f, struct str name)
{
    const struct thing_create in = {.name = name};
    struct thing thing;
    CHECK_OK(WRITE(f, thing_create(&f->ctx, &in, &thing, &f->why)));
}

static enum status add(struct fixture *f, struct str thing, const char *group)
{
    const struct membership in = {.thing_name = thing, .group_name = str_from(group)};
    return WRITE(f, membership_add(&f->ctx, &in, &f->why));
}

static enum status drop(struct fixture *f, struct str thing, const char *group)
{
    const struct membership in = {.thing_name = thing, .group_name = str_from(group)};
    return WRITE(f, membership_remove(&f->ctx, &in, &f->why));
}

/* ---- adding and removing ----------------------------------------------------------------------
 */

static void adding_and_removing_twice_is_no_failure(void **state)
{
    struct fixture *f = *state;
    make_group(f, "house", NULL);
    make_thing(f, STR("lamp"));
    uint64_t without = fixture_digest(f);
    CHECK_OK(add(f, STR("lamp"), "house"));
    uint64_t with = fixture_digest(f);
    assert_true(with != without);
    f->now += DAY_MS;
    CHECK_OK(add(f, STR("lamp"), "house"));
    assert_true(fixture_digest(f) == with);
    CHECK_OK(drop(f, STR("lamp"), "house"));
    assert_true(fixture_digest(f) == without);
    CHECK_OK(drop(f, STR("lamp"), "house"));
}

static void who_is_meant_is_said_by_name_or_arn(void **state)
{
    struct fixture *f = *state;
    make_group(f, "house", NULL);
    make_thing(f, STR("lamp"));
    const struct str lamp = STR("arn:aws:iot:us-east-1:123456789012:thing/lamp");
    const struct str house = STR("arn:aws:iot:us-east-1:123456789012:thinggroup/house");
    const struct {
        struct membership in;
        enum status want;
        const char *words;
    } rows[] = {
        {{STR_ABSENT, lamp, STR_ABSENT, house}, STATUS_OK, NULL},
        {{STR("lamp"), lamp, STR("house"), house}, STATUS_OK, NULL},
        {{STR("other"), lamp, STR("house"), house}, STATUS_INVALID, "two different things"},
        {{STR("lamp"), lamp, STR("other"), house}, STATUS_INVALID, "two different thing groups"},
        {{STR_ABSENT, STR_ABSENT, STR("house"), house}, STATUS_INVALID, "the thing is missing"},
        {{STR("lamp"), lamp, STR_ABSENT, STR_ABSENT}, STATUS_INVALID, "the thing group is missing"},
        {{STR_ABSENT, house, STR("house"), house}, STATUS_INVALID, "is not the ARN of a thing of"},
        {{STR("lamp"), lamp, STR_ABSENT, STR("arn:aws:iot:us-east-1:999999999999:thinggroup/x")},
         STATUS_INVALID,
         "is not the ARN of a thing group of account 123456789012"},
        {{STR("none"), STR_ABSENT, STR("house"), house}, STATUS_NOT_FOUND, "no thing is named"},
        {{STR("lamp"), lamp, STR("none"), STR_ABSENT}, STATUS_NOT_FOUND, "no thing group is named"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].want == STATUS_OK) {
            CHECK_OK(WRITE(f, membership_add(&f->ctx, &rows[i].in, &f->why)));
            CHECK_OK(WRITE(f, membership_remove(&f->ctx, &rows[i].in, &f->why)));
        } else {
            CHECK_REFUSED(f, rows[i].want, rows[i].words,
                          WRITE(f, membership_add(&f->ctx, &rows[i].in, &f->why)));
            CHECK_REFUSED(f, rows[i].want, rows[i].words,
                          WRITE(f, membership_remove(&f->ctx, &rows[i].in, &f->why)));
        }
    }
}

static void a_thing_is_in_one_group_of_a_hierarchy(void **state)
{
    struct fixture *f = *state;
    make_group(f, "site", NULL);
    make_group(f, "house", "site");
    make_group(f, "room", "house");
    make_group(f, "barn", "site");
    make_group(f, "other", NULL);
    make_thing(f, STR("lamp"));
    CHECK_OK(add(f, STR("lamp"), "room"));
    const char *const same[] = {"site", "house", "barn"};
    for (size_t i = 0; i < 3; i++) {
        CHECK_REFUSED(f, STATUS_INVALID, "it is in room of the same hierarchy (root site)",
                      add(f, STR("lamp"), same[i]));
    }
    CHECK_OK(add(f, STR("lamp"), "other"));
}

static void a_thing_is_in_ten_groups(void **state)
{
    struct fixture *f = *state;
    make_thing(f, STR("lamp"));
    for (int i = 0; i < 11; i++) {
        struct str name = fixture_name(f, "g", i);
        make_group(f, name.ptr, NULL);
        if (i < 10) {
            CHECK_OK(add(f, STR("lamp"), name.ptr));
        }
    }
    CHECK_REFUSED(f, STATUS_INVALID, "it is in 10 groups already", add(f, STR("lamp"), "g-010"));
    CHECK_OK(add(f, STR("lamp"), "g-009"));
    CHECK_OK(drop(f, STR("lamp"), "g-000"));
    CHECK_OK(add(f, STR("lamp"), "g-010"));
}

static void dynamic_groups_take_no_members_by_hand(void **state)
{
    struct fixture *f = *state;
    make_dynamic(f, "reds");
    make_thing(f, STR("lamp"));
    CHECK_REFUSED(f, STATUS_INVALID, "reds is dynamic: its members follow from its query",
                  add(f, STR("lamp"), "reds"));
    CHECK_REFUSED(f, STATUS_INVALID, "reds is dynamic: its members follow from its query",
                  drop(f, STR("lamp"), "reds"));
    struct page page = {0};
    struct page_rows rows;
    CHECK_REFUSED(f, STATUS_UNSUPPORTED, "members of dynamic thing group reds are not known",
                  READ(f, things_of_group(&f->ctx, STR("reds"), false, &page, &rows, &f->why)));
}

static void an_update_of_groups_moves_a_thing_at_once(void **state)
{
    struct fixture *f = *state;
    make_group(f, "site", NULL);
    make_group(f, "house", "site");
    make_group(f, "barn", "site");
    make_thing(f, STR("lamp"));
    CHECK_OK(add(f, STR("lamp"), "house"));
    const struct str house = STR("house");
    const struct str barn = STR("barn");
    struct memberships_update in = {STR("lamp"), &barn, 1, &house, 1};
    CHECK_OK(WRITE(f, memberships_update(&f->ctx, &in, &f->why)));
    struct page page = {0};
    struct page_rows rows;
    CHECK_OK(READ(f, groups_of_thing(&f->ctx, STR("lamp"), &page, &rows, &f->why)));
    assert_int_equal(rows.n, 1);
    CHECK_STR(((struct group_member *)rows.rows)[0].group_name, "barn");
    in.remove = &barn;
    CHECK_REFUSED(f, STATUS_INVALID, "barn is both to be added and to be removed",
                  WRITE(f, memberships_update(&f->ctx, &in, &f->why)));
    const struct str pair[] = {STR("house"), STR("none")};
    uint64_t digest = fixture_digest(f);
    in = (struct memberships_update){.thing = STR("lamp"), .remove = pair, .n_remove = 2};
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no thing group is named none",
                  WRITE(f, memberships_update(&f->ctx, &in, &f->why)));
    in = (struct memberships_update){
        .thing = STR("lamp"), .remove = &barn, .n_remove = 1, .add = pair, .n_add = 2};
    CHECK_STATUS(WRITE(f, memberships_update(&f->ctx, &in, &f->why)), STATUS_NOT_FOUND);
    assert_true(fixture_digest(f) == digest);
    in.thing = STR_ABSENT;
    CHECK_REFUSED(f, STATUS_INVALID, "the thing is missing",
                  WRITE(f, memberships_update(&f->ctx, &in, &f->why)));
    in.thing = STR("none");
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no thing is named none",
                  WRITE(f, memberships_update(&f->ctx, &in, &f->why)));
}

/* ---- lists ------------------------------------------------------------------------------------
 */

/* site (1) > empty, house (4) > room (3) > closet (2), and none below: ten things in all. */
static void furnish(struct fixture *f)
{
    make_group(f, "site", NULL);
    make_group(f, "a-empty", "site");
    make_group(f, "house", "site");
    make_group(f, "room", "house");
    make_group(f, "closet", "room");
    make_group(f, "z-empty", "site");
    const struct {
        const char *group;
        int n;
    } rows[] = {{"site", 1}, {"house", 4}, {"room", 3}, {"closet", 2}};
    for (int i = 0, row = 0; row < 4; row++) {
        for (int k = 0; k < rows[row].n; k++, i++) {
            make_thing(f, fixture_name(f, "lamp", i));
            CHECK_OK(add(f, fixture_name(f, "lamp", i), rows[row].group));
        }
    }
}

static void check_members(struct fixture *f, const char *group, bool recursive, int from, int to)
{
    for (size_t size = 1; size <= 12; size++) {
        struct page page = {.max = size};
        int at = from;
        do {
            struct page_rows rows;
            CHECK_OK(READ(
                f, things_of_group(&f->ctx, str_from(group), recursive, &page, &rows, &f->why)));
            assert_true(rows.n <= size);
            for (size_t i = 0; i < rows.n; i++) {
                assert_true(str_eq(((struct group_member *)rows.rows)[i].thing,
                                   fixture_name(f, "lamp", at++)));
            }
            page.after = rows.next;
        } while (!str_absent(page.after));
        assert_int_equal(at, to + 1);
    }
}

static void members_are_listed_once_at_any_page_size(void **state)
{
    struct fixture *f = *state;
    furnish(f);
    check_members(f, "site", true, 0, 9);
    check_members(f, "site", false, 0, 0);
    check_members(f, "house", true, 1, 9);
    check_members(f, "house", false, 1, 4);
    check_members(f, "closet", true, 8, 9);
    check_members(f, "a-empty", true, 0, -1);
    check_members(f, "a-empty", false, 0, -1);
}

static void a_list_of_members_survives_removals_between_its_pages(void **state)
{
    struct fixture *f = *state;
    furnish(f);
    struct page page = {.max = 5};
    struct page_rows rows;
    CHECK_OK(READ(f, things_of_group(&f->ctx, STR("site"), true, &page, &rows, &f->why)));
    CHECK_STR(((struct group_member *)rows.rows)[4].thing, "lamp-004");
    CHECK_OK(drop(f, STR("lamp-004"), "house"));
    CHECK_OK(drop(f, STR("lamp-005"), "room"));
    page.after = rows.next;
    CHECK_OK(READ(f, things_of_group(&f->ctx, STR("site"), true, &page, &rows, &f->why)));
    assert_int_equal(rows.n, 4);
    CHECK_STR(((struct group_member *)rows.rows)[0].thing, "lamp-006");
    assert_true(str_absent(rows.next));
}

/* A site of 50 houses of 100 empty rooms each, then a last house with a lamp. */
static void make_empty_rooms(struct fixture *f)
{
    make_group(f, "site", NULL);
    fixture_write_begin(f);
    for (int house = 0; house < 50; house++) {
        struct thing_group row = {
            .name = fixture_name(f, "h", house), .parent = STR("site"), .root = STR("site")};
        CHECK_OK(store_put(f->ctx.tx, TABLE(thing_group), &row, &f->why));
        row.parent = row.name;
        for (int room = 0; room < 100; room++) {
            row.name = fixture_name(f, row.parent.ptr, room);
            CHECK_OK(store_put(f->ctx.tx, TABLE(thing_group), &row, &f->why));
        }
    }
    CHECK_OK(fixture_write_end(f, STATUS_OK));
    make_group(f, "last", "site");
    make_thing(f, STR("lamp"));
    CHECK_OK(add(f, STR("lamp"), "last"));
}

static void a_page_over_many_empty_groups_is_bounded_and_goes_on(void **state)
{
    struct fixture *f = *state;
    make_empty_rooms(f);
    struct page page = {.max = 5};
    struct page_rows rows;
    CHECK_OK(READ(f, things_of_group(&f->ctx, STR("site"), true, &page, &rows, &f->why)));
    assert_int_equal(rows.n, 0);
    assert_false(str_absent(rows.next));
    page.after = rows.next;
    CHECK_OK(READ(f, things_of_group(&f->ctx, STR("site"), true, &page, &rows, &f->why)));
    assert_int_equal(rows.n, 1);
    assert_true(str_absent(rows.next));

    const struct groups_filter filter = {STR("site"), STR("last"), {true, true}};
    page.after = STR_ABSENT;
    CHECK_OK(READ(f, groups_list(&f->ctx, &filter, &page, &rows, &f->why)));
    assert_int_equal(rows.n, 0);
    page.after = rows.next;
    CHECK_OK(READ(f, groups_list(&f->ctx, &filter, &page, &rows, &f->why)));
    assert_int_equal(rows.n, 1);
}

static void lists_of_what_is_not_there_are_not_found(void **state)
{
    struct fixture *f = *state;
    struct page page = {0};
    struct page_rows rows;
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no thing is named none",
                  READ(f, groups_of_thing(&f->ctx, STR("none"), &page, &rows, &f->why)));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no thing group is named none",
                  READ(f, things_of_group(&f->ctx, STR("none"), true, &page, &rows, &f->why)));
}

static void groups_of_a_thing_are_paged(void **state)
{
    struct fixture *f = *state;
    make_thing(f, STR("lamp"));
    for (int i = 0; i < 5; i++) {
        struct str name = fixture_name(f, "g", i);
        make_group(f, name.ptr, NULL);
        CHECK_OK(add(f, STR("lamp"), name.ptr));
    }
    struct page page = {.max = 2};
    int at = 0;
    do {
        struct page_rows rows;
        CHECK_OK(READ(f, groups_of_thing(&f->ctx, STR("lamp"), &page, &rows, &f->why)));
        for (size_t i = 0; i < rows.n; i++) {
            assert_true(str_eq(((struct group_member *)rows.rows)[i].group_name,
                               fixture_name(f, "g", at++)));
        }
        page.after = rows.next;
    } while (!str_absent(page.after));
    assert_int_equal(at, 5);
}

static void every_failure_leaves_the_account_as_it_was(void **state)
{
    struct fixture *f = *state;
    make_group(f, "site", NULL);
    make_group(f, "house", "site");
    make_group(f, "barn", NULL);
    make_thing(f, STR("lamp"));
    const struct membership in = {.thing_name = STR("lamp"), .group_name = STR("house")};
    CHECK_ALL_OR_NOTHING(f, membership_add(&f->ctx, &in, &f->why));
    const struct str house = STR("house");
    const struct str barn = STR("barn");
    const struct memberships_update move = {STR("lamp"), &barn, 1, &house, 1};
    CHECK_ALL_OR_NOTHING(f, memberships_update(&f->ctx, &move, &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(adding_and_removing_twice_is_no_failure),
        TEST(who_is_meant_is_said_by_name_or_arn),
        TEST(a_thing_is_in_one_group_of_a_hierarchy),
        TEST(a_thing_is_in_ten_groups),
        TEST(dynamic_groups_take_no_members_by_hand),
        TEST(an_update_of_groups_moves_a_thing_at_once),
        TEST(members_are_listed_once_at_any_page_size),
        TEST(a_list_of_members_survives_removals_between_its_pages),
        TEST(a_page_over_many_empty_groups_is_bounded_and_goes_on),
        TEST(lists_of_what_is_not_there_are_not_found),
        TEST(groups_of_a_thing_are_paged),
        TEST(every_failure_leaves_the_account_as_it_was),
    };
    return RUN_TESTS("account/membership", tests);
}
