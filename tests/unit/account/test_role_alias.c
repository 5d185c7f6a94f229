#include "account/role_alias.h"

#include "account/quotas.h"
#include "fixture.h"

static const struct str ROLE = STR_INIT("arn:aws:iam::123456789012:role/devices");
static const struct str OTHER = STR_INIT("arn:aws-cn:iam::123456789012:role/path/to/other");

static enum status create(struct fixture *f, struct str alias, struct str role,
                          struct maybe_int seconds)
{
    struct role_alias row;
    return WRITE(f,
                 role_alias_create(&f->ctx, alias, role, seconds, (struct tags){0}, &row, &f->why));
}

static struct role_alias get(struct fixture *f, const char *alias)
{
    struct role_alias row;
    CHECK_OK(READ(f, role_alias_get(&f->ctx, str_from(alias), &row, &f->why)));
    return row;
}

static enum status update(struct fixture *f, const char *alias, struct str role,
                          struct maybe_int seconds)
{
    return WRITE(f, role_alias_update(&f->ctx, str_from(alias), role, seconds, &f->why));
}

static void an_alias_lives_from_create_to_delete(void **state)
{
    struct fixture *f = *state;
    uint64_t empty = fixture_digest(f);
    const struct tag_pair pair = {STR("k"), STR("v")};
    struct role_alias row;
    CHECK_OK(WRITE(f, role_alias_create(&f->ctx, STR("lamps"), ROLE, (struct maybe_int){0},
                                        (struct tags){&pair, 1}, &row, &f->why)));
    assert_int_equal(get(f, "lamps").duration_seconds, 3600);
    int64_t created = f->now;
    f->now += HOUR_MS;
    CHECK_OK(update(f, "lamps", OTHER, (struct maybe_int){0}));
    CHECK_OK(update(f, "lamps", STR_ABSENT, (struct maybe_int){true, 900}));
    row = get(f, "lamps");
    assert_true(str_eq(row.role_arn, OTHER));
    assert_int_equal(row.duration_seconds, 900);
    assert_int_equal(row.created, created);
    assert_int_equal(row.modified, f->now);
    CHECK_OK(WRITE(f, role_alias_delete(&f->ctx, STR("lamps"), &f->why)));
    assert_true(fixture_digest(f) == empty);
}

static void refusals_name_the_alias(void **state)
{
    struct fixture *f = *state;
    CHECK_OK(create(f, STR("lamps"), ROLE, (struct maybe_int){0}));
    CHECK_REFUSED(f, STATUS_EXISTS, "role alias lamps exists",
                  create(f, STR("lamps"), ROLE, (struct maybe_int){0}));
    CHECK_STR(str_from(f->why.resource), "arn:aws:iot:us-east-1:123456789012:rolealias/lamps");
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no role alias is named none",
                  update(f, "none", ROLE, (struct maybe_int){0}));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no role alias is named none",
                  WRITE(f, role_alias_delete(&f->ctx, STR("none"), &f->why)));
}

static void credentials_last_fifteen_minutes_to_twelve_hours(void **state)
{
    struct fixture *f = *state;
    const int64_t bad[] = {0, -1, 899, 43201};
    const int64_t good[] = {900, 43200};
    for (size_t i = 0; i < 4; i++) {
        CHECK_REFUSED(f, STATUS_INVALID, "they may last 900 to 43200",
                      create(f, STR("bad"), ROLE, (struct maybe_int){true, bad[i]}));
    }
    for (int i = 0; i < 2; i++) {
        CHECK_OK(create(f, fixture_name(f, "good", i), ROLE, (struct maybe_int){true, good[i]}));
    }
    CHECK_REFUSED(f, STATUS_INVALID, "they may last 900 to 43200",
                  update(f, "good-000", STR_ABSENT, (struct maybe_int){true, 1}));
}

static void a_role_is_named_by_its_arn(void **state)
{
    struct fixture *f = *state;
    const char *const bad[] = {"devices",
                               "arn:aws:iam::123456789012:user/devices",
                               "arn:aws:iam::123456789012:role/",
                               "arn:aws:iam::123456789012:role",
                               "arn:aws:iam::123456789012:role/path/",
                               "arn:aws:iam:us-east-1:123456789012:role/devices",
                               "arn:aws:iot::123456789012:role/devices",
                               "arn:gcp:iam::123456789012:role/devices",
                               "arn:aws:iam::12345678901:role/devices",
                               "arn:aws:iam::12345678901x:role/devices",
                               ""};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_REFUSED(f, STATUS_INVALID, "is not the ARN of an IAM role",
                      create(f, STR("lamps"), str_from(bad[i]), (struct maybe_int){0}));
    }
    CHECK_OK(role_arn_check(ROLE, NULL));
    CHECK_OK(role_arn_check(OTHER, NULL));
}

static void an_account_has_a_hundred_aliases_listed_both_ways(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < QUOTA_ROLE_ALIASES; i++) {
        CHECK_OK(create(f, fixture_name(f, "a", i), ROLE, (struct maybe_int){0}));
    }
    CHECK_REFUSED(f, STATUS_LIMIT, "already has 100 role aliases",
                  create(f, STR("more"), ROLE, (struct maybe_int){0}));
    for (int descending = 0; descending < 2; descending++) {
        struct page page = {.max = 33, .descending = descending == 1};
        int at = descending ? QUOTA_ROLE_ALIASES - 1 : 0;
        do {
            struct page_rows rows;
            CHECK_OK(READ(f, role_aliases_list(&f->ctx, &page, &rows, &f->why)));
            for (size_t i = 0; i < rows.n; i++) {
                assert_true(
                    str_eq(((struct role_alias *)rows.rows)[i].alias, fixture_name(f, "a", at)));
                at += descending ? -1 : 1;
            }
            page.after = rows.next;
        } while (!str_absent(page.after));
        assert_int_equal(at, descending ? -1 : QUOTA_ROLE_ALIASES);
    }
}

static void every_failure_leaves_the_account_as_it_was(void **state)
{
    struct fixture *f = *state;
    struct role_alias row;
    const struct tag_pair pair = {STR("k"), STR("v")};
    const struct tags tags = {&pair, 1};
    const struct maybe_int none = {0};
    CHECK_ALL_OR_NOTHING(f,
                         role_alias_create(&f->ctx, STR("lamps"), ROLE, none, tags, &row, &f->why));
    CHECK_ALL_OR_NOTHING(f, role_alias_delete(&f->ctx, STR("lamps"), &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_alias_lives_from_create_to_delete),
        TEST(refusals_name_the_alias),
        TEST(credentials_last_fifteen_minutes_to_twelve_hours),
        TEST(a_role_is_named_by_its_arn),
        TEST(an_account_has_a_hundred_aliases_listed_both_ways),
        TEST(every_failure_leaves_the_account_as_it_was),
    };
    return RUN_TESTS("account/role_alias", tests);
}
