#include "account/group.h"
#include "base/buf.h"
#include "fixture.h"

static void create(struct fixture *f, const char *name, const char *parent)
{
    const struct group_create in = {.name = str_from(name), .parent = str_from(parent)};
    struct thing_group group;
    CHECK_OK(WRITE(f, group_create(&f->ctx, &in, &group, &f->why)));
}

/* r has a (a1, a2 (deep)) and b and c (c1); s stands beside it. */
static void plant(struct fixture *f)
{
    create(f, "r", NULL);
    create(f, "s", NULL);
    create(f, "c", "r");
    create(f, "a", "r");
    create(f, "b", "r");
    create(f, "a2", "a");
    create(f, "a1", "a");
    create(f, "c1", "c");
    create(f, "deep", "a2");
}

/* All pages of a list, joined by blanks. */
static struct str all(struct fixture *f, const struct groups_filter *filter, size_t size)
{
    struct buf text;
    buf_init(&text, f->ctx.mem, 4096);
    struct page page = {.max = size};
    do {
        struct page_rows rows;
        CHECK_OK(READ(f, groups_list(&f->ctx, filter, &page, &rows, &f->why)));
        assert_true(rows.n <= size);
        for (size_t i = 0; i < rows.n; i++) {
            buf_put_str(&text, ((struct thing_group *)rows.rows)[i].name);
            buf_put_char(&text, ' ');
        }
        page.after = rows.next;
    } while (!str_absent(page.after));
    struct str whole;
    CHECK_OK(buf_finish(&text, &whole, &f->why));
    return whole;
}

static void every_list_is_the_same_at_every_page_size(void **state)
{
    struct fixture *f = *state;
    plant(f);
    const struct {
        struct groups_filter filter;
        const char *want;
    } rows[] = {
        {{STR_ABSENT, STR_ABSENT, {false, false}}, "a a1 a2 b c c1 deep r s "},
        {{STR_ABSENT, STR_ABSENT, {true, true}}, "a a1 a2 b c c1 deep r s "},
        {{STR_ABSENT, STR_ABSENT, {true, false}}, "r s "},
        {{STR_ABSENT, STR("a"), {false, false}}, "a a1 a2 "},
        {{STR_ABSENT, STR("s"), {true, false}}, "s "},
        {{STR("r"), STR_ABSENT, {false, false}}, "a b c "},
        {{STR("r"), STR("b"), {false, false}}, "b "},
        {{STR("r"), STR_ABSENT, {true, true}}, "a a1 a2 deep b c c1 "},
        {{STR("r"), STR("a"), {true, true}}, "a a1 a2 "},
        {{STR("r"), STR("c"), {true, true}}, "c c1 "},
        {{STR("a"), STR_ABSENT, {true, true}}, "a1 a2 deep "},
        {{STR("s"), STR_ABSENT, {true, true}}, ""},
        {{STR("s"), STR_ABSENT, {false, false}}, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t size = 1; size <= 10; size++) {
            CHECK_STR(all(f, &rows[i].filter, size), rows[i].want);
        }
    }
}

static void a_list_goes_on_when_the_group_it_stood_on_is_gone(void **state)
{
    struct fixture *f = *state;
    plant(f);
    const struct groups_filter below = {.parent = STR("r"), .recursive = {true, true}};
    struct page page = {.max = 4};
    struct page_rows rows;
    CHECK_OK(READ(f, groups_list(&f->ctx, &below, &page, &rows, &f->why)));
    CHECK_STR(((struct thing_group *)rows.rows)[3].name, "deep");
    CHECK_OK(WRITE(f, group_delete(&f->ctx, STR("deep"), false, (struct maybe_int){0}, &f->why)));
    page.after = rows.next;
    CHECK_OK(READ(f, groups_list(&f->ctx, &below, &page, &rows, &f->why)));
    assert_int_equal(rows.n, 3);
    CHECK_STR(((struct thing_group *)rows.rows)[0].name, "b");
}

static void the_deepest_hierarchy_is_walked_to_its_end(void **state)
{
    struct fixture *f = *state;
    const char *const names[] = {"l1", "l2", "l3", "l4", "l5", "l6", "l7"};
    for (size_t i = 0; i < 7; i++) {
        create(f, names[i], i == 0 ? NULL : names[i - 1]);
    }
    const struct groups_filter below = {.parent = STR("l1"), .recursive = {true, true}};
    for (size_t size = 1; size <= 7; size++) {
        CHECK_STR(all(f, &below, size), "l2 l3 l4 l5 l6 l7 ");
    }
}

static void a_parent_that_is_not_there_is_not_found(void **state)
{
    struct fixture *f = *state;
    const struct groups_filter filter = {.parent = STR("none")};
    struct page page = {0};
    struct page_rows rows;
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no thing group is named none",
                  READ(f, groups_list(&f->ctx, &filter, &page, &rows, &f->why)));
}

static void a_position_of_another_list_is_refused(void **state)
{
    struct fixture *f = *state;
    plant(f);
    const struct groups_filter below = {.parent = STR("r"), .recursive = {true, true}};
    const char *const bad[] = {"", "1:a", "9:a", "x", "1:a1:b1:c1:d1:e1:f1:g1:h", "-------x"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct page page = {.after = str_from(bad[i])};
        struct page_rows rows;
        CHECK_REFUSED(f, STATUS_INVALID, "none of this list",
                      READ(f, groups_list(&f->ctx, &below, &page, &rows, &f->why)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_list_is_the_same_at_every_page_size),
        TEST(a_list_goes_on_when_the_group_it_stood_on_is_gone),
        TEST(the_deepest_hierarchy_is_walked_to_its_end),
        TEST(a_parent_that_is_not_there_is_not_found),
        TEST(a_position_of_another_list_is_refused),
    };
    return RUN_TESTS("account/group_walk", tests);
}
