#include "detect/target.h"

#include "account/group.h"
#include "some_profile.h"

#define ARN(name)   STR("arn:aws:iot:us-east-1:123456789012:" name)
#define GROUP(name) ARN("thinggroup/" name)

static void profile(struct fixture *f, const char *name)
{
    const struct profile_request in = {.name = str_from(name)};
    CHECK_OK(WRITE(f, profile_create(&f->ctx, &in, &f->why)));
}

static void group(struct fixture *f, const char *name, const char *parent)
{
    struct thing_group row;
    const struct group_create in = {.name = str_from(name),
                                    .parent = parent == NULL ? STR_ABSENT : str_from(parent)};
    CHECK_OK(WRITE(f, group_create(&f->ctx, &in, &row, &f->why)));
}

static size_t count(struct fixture *f, struct str target, bool recursive)
{
    const struct page page = {.max = 0};
    struct page_rows rows;
    CHECK_OK(READ(f, target_profiles(&f->ctx, target, recursive, &page, &rows, &f->why)));
    return rows.n;
}

static void groups_and_all_things_can_be_targets(void **state)
{
    struct fixture *f = *state;
    static const struct str good[] = {
        STR_INIT("arn:aws:iot:us-east-1:123456789012:all/things"),
        STR_INIT("arn:aws:iot:us-east-1:123456789012:all/registered-things"),
        STR_INIT("arn:aws:iot:us-east-1:123456789012:all/unregistered-things"),
        STR_INIT("arn:aws:iot:us-east-1:123456789012:thinggroup/g"),
    };
    static const struct str bad[] = {
        STR_INIT("g"),
        STR_INIT("arn:aws:iot:us-east-1:123456789012:all/groups"),
        STR_INIT("arn:aws:iot:us-east-1:123456789012:thing/t"),
        STR_INIT("arn:aws:iot:us-east-1:999999999999:all/things"),
    };
    profile(f, "P");
    group(f, "g", NULL);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        CHECK_OK(WRITE(f, target_attach(&f->ctx, STR("P"), good[i], &f->why)));
        CHECK_OK(WRITE(f, target_attach(&f->ctx, STR("P"), good[i], &f->why)));
        assert_int_equal(count(f, good[i], false), 1);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_REFUSED(f, STATUS_INVALID, "is neither a thing group of this account",
                      WRITE(f, target_attach(&f->ctx, STR("P"), bad[i], &f->why)));
    }
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no",
                  WRITE(f, target_attach(&f->ctx, STR("P"), GROUP("h"), &f->why)));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no security profile is named Q",
                  WRITE(f, target_attach(&f->ctx, STR("Q"), good[0], &f->why)));
}

static void a_target_has_five_profiles_at_most(void **state)
{
    struct fixture *f = *state;
    const struct str all = ARN("all/things");
    for (int i = 0; i <= QUOTA_PROFILES_OF_TARGET; i++) {
        const struct profile_request in = {.name = fixture_name(f, "profile", i)};
        CHECK_OK(WRITE(f, profile_create(&f->ctx, &in, &f->why)));
        if (i < QUOTA_PROFILES_OF_TARGET) {
            CHECK_OK(WRITE(f, target_attach(&f->ctx, in.name, all, &f->why)));
        } else {
            CHECK_REFUSED(f, STATUS_LIMIT, "5 security profiles are attached to",
                          WRITE(f, target_attach(&f->ctx, in.name, all, &f->why)));
        }
    }
    CHECK_OK(WRITE(f, target_detach(&f->ctx, fixture_name(f, "profile", 0), all, &f->why)));
    CHECK_OK(WRITE(f, target_detach(&f->ctx, fixture_name(f, "profile", 0), all, &f->why)));
    CHECK_OK(WRITE(f, target_attach(&f->ctx, fixture_name(f, "profile", 5), all, &f->why)));
}

static void a_profile_or_group_that_goes_takes_its_attachments_with_it(void **state)
{
    struct fixture *f = *state;
    const struct page page = {.max = 0};
    struct page_rows rows;
    profile(f, "P");
    profile(f, "Q");
    group(f, "g", NULL);
    CHECK_OK(WRITE(f, target_attach(&f->ctx, STR("P"), GROUP("g"), &f->why)));
    CHECK_OK(WRITE(f, target_attach(&f->ctx, STR("Q"), GROUP("g"), &f->why)));
    CHECK_OK(WRITE(f, target_attach(&f->ctx, STR("Q"), ARN("all/things"), &f->why)));
    CHECK_OK(WRITE(f, profile_delete(&f->ctx, STR("P"), (struct maybe_int){0}, &f->why)));
    assert_int_equal(count(f, GROUP("g"), false), 1);
    CHECK_OK(WRITE(f, group_delete(&f->ctx, STR("g"), false, (struct maybe_int){0}, &f->why)));
    CHECK_OK(READ(f, target_list(&f->ctx, STR("Q"), &page, &rows, &f->why)));
    assert_int_equal(rows.n, 1);
    CHECK_STR(((const struct profile_target *)rows.rows)[0].target,
              "arn:aws:iot:us-east-1:123456789012:all/things");
}

/* root (P) with children a (P, Q) and b, and below b the group c (Q): four in all. */
static void a_subtree_is_listed_page_by_page(void **state)
{
    struct fixture *f = *state;
    static const char *const want[][2] = {{"P", "root"}, {"P", "a"}, {"Q", "a"}, {"Q", "c"}};
    profile(f, "P");
    profile(f, "Q");
    group(f, "root", NULL);
    group(f, "a", "root");
    group(f, "b", "root");
    group(f, "c", "b");
    CHECK_OK(WRITE(f, target_attach(&f->ctx, STR("P"), GROUP("root"), &f->why)));
    CHECK_OK(WRITE(f, target_attach(&f->ctx, STR("P"), GROUP("a"), &f->why)));
    CHECK_OK(WRITE(f, target_attach(&f->ctx, STR("Q"), GROUP("a"), &f->why)));
    CHECK_OK(WRITE(f, target_attach(&f->ctx, STR("Q"), GROUP("c"), &f->why)));
    assert_int_equal(count(f, GROUP("root"), false), 1);
    for (size_t size = 1; size <= 5; size++) {
        struct page page = {.max = size};
        struct page_rows rows;
        size_t n = 0;
        do {
            CHECK_OK(READ(f, target_profiles(&f->ctx, GROUP("root"), true, &page, &rows, &f->why)));
            for (size_t i = 0; i < rows.n; i++, n++) {
                const struct profile_target *row = &((const struct profile_target *)rows.rows)[i];
                assert_true(n < 4);
                CHECK_STR(row->profile, want[n][0]);
                assert_true(str_ends(row->target, str_from(want[n][1])));
            }
            page.after = rows.next;
        } while (!str_absent(rows.next));
        assert_int_equal(n, 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(groups_and_all_things_can_be_targets),
        TEST(a_target_has_five_profiles_at_most),
        TEST(a_profile_or_group_that_goes_takes_its_attachments_with_it),
        TEST(a_subtree_is_listed_page_by_page),
    };
    return RUN_TESTS("detect/target", tests);
}
