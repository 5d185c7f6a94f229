#include "account/iam_role.h"

#include "account/quotas.h"
#include "iam_fixture.h"

static enum status delete_role(struct fixture *f, const char *name)
{
    return WRITE(f, iam_role_delete(&f->ctx, str_from(name), &f->why));
}

static const struct tag_pair pair = {STR_INIT("team"), STR_INIT("lamps")};

static void a_role_lives_from_create_to_delete(void **state)
{
    struct fixture *f = *state;
    uint64_t empty = fixture_digest(f);
    const struct iam_role_create in = {.name = STR("Off"),
                                       .path = STR("/fleet/"),
                                       .trust = STR(TRUST_IOT),
                                       .description = STR("turns off"),
                                       .max_session = {true, 7200},
                                       .tags = {&pair, 1}};
    struct tags tags;
    struct iam_role row;
    struct str arn;
    CHECK_OK(WRITE(f, iam_role_create(&f->ctx, &in, &row, &f->why)));
    CHECK_OK(READ(f, iam_role_get(&f->ctx, STR("oFF"), &row, &f->why)));
    CHECK_STR(row.name, "Off");
    CHECK_STR(row.trust, TRUST_IOT);
    CHECK_STR(row.description, "turns off");
    assert_int_equal(row.max_session, 7200);
    assert_int_equal(row.created, f->now);
    assert_true(str_starts(row.id, STR("AROA")));
    CHECK_OK(iam_role_arn(&f->ctx, &row, &arn, &f->why));
    CHECK_STR(arn, ROLE_ARN("fleet/Off"));
    CHECK_OK(READ(f, tags_get_arn(&f->ctx, arn, &tags, &f->why)));
    assert_int_equal(tags.n, 1);
    CHECK_STR(tags.items[0].value, "lamps");
    CHECK_OK(delete_role(f, "off"));
    assert_true(fixture_digest(f) == empty);
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "The role with name Off cannot be found.",
                  delete_role(f, "Off"));
}

static void names_differ_by_more_than_case(void **state)
{
    struct fixture *f = *state;
    CHECK_OK(try_role(f, "Off", NULL, TRUST_IOT));
    CHECK_REFUSED(f, STATUS_EXISTS, "Role with name Off already exists.",
                  try_role(f, "off", "/other/", TRUST_IOT));
}

static void what_is_not_given_stays(void **state)
{
    struct fixture *f = *state;
    struct iam_role row;
    CHECK_OK(try_role(f, "off", NULL, TRUST_IOT));
    CHECK_OK(
        WRITE(f, iam_role_update(&f->ctx, STR("off"), STR("d"), (struct maybe_int){0}, &f->why)));
    CHECK_OK(WRITE(f, iam_role_update(&f->ctx, STR("off"), STR_ABSENT,
                                      (struct maybe_int){true, 4000}, &f->why)));
    CHECK_OK(READ(f, iam_role_get(&f->ctx, STR("off"), &row, &f->why)));
    CHECK_STR(row.description, "d");
    CHECK_STR(row.path, "/");
    assert_int_equal(row.max_session, 4000);
}

static void a_trust_policy_is_checked_when_it_is_set(void **state)
{
    struct fixture *f = *state;
    static const char *const trust[] = {
        POLICY("{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"" USER_ARN(
            "ann") "\"},\"Action\":\"sts:AssumeRole\"}"),
        POLICY("{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":[\"*\",\"" ROLE_ARN(
            "p/other") "\"]},\"Action\":\"sts:AssumeRole\"}")};
    struct iam_role row;
    CHECK_REFUSED(f, STATUS_MALFORMED_POLICY, "a trust policy speaks of sts:AssumeRole",
                  try_role(f, "off", NULL, ALLOW_LIST_THINGS));
    for (size_t i = 0; i < 2; i++) {
        CHECK_REFUSED(f, STATUS_MALFORMED_POLICY, "Invalid principal in policy",
                      try_role(f, "off", NULL, trust[i]));
    }
    CHECK_OK(try_user(f, "ann", NULL));
    CHECK_OK(try_role(f, "other", "/p/", TRUST_IOT));
    for (size_t i = 0; i < 2; i++) {
        CHECK_OK(WRITE(f, iam_role_trust_set(&f->ctx, STR("other"), str_from(trust[i]), &f->why)));
    }
    CHECK_OK(READ(f, iam_role_get(&f->ctx, STR("other"), &row, &f->why)));
    CHECK_STR(row.trust, trust[1]);
    CHECK_OK(try_role(f, "far", NULL,
                      POLICY("{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":"
                             "\"arn:aws:iam::111122223333:user/any\"},\"Action\":"
                             "\"sts:AssumeRole\"}")));
}

static void a_role_that_holds_policies_stays(void **state)
{
    struct fixture *f = *state;
    CHECK_OK(try_role(f, "off", NULL, TRUST_IOT));
    CHECK_OK(try_inline(f, IAM_ROLE, "off", "p", ALLOW_LIST_THINGS));
    CHECK_REFUSED(f, STATUS_DELETE_CONFLICT, "must delete policies first", delete_role(f, "off"));
    CHECK_OK(WRITE(f, iam_inline_delete(&f->ctx, IAM_ROLE, STR("off"), STR("p"), &f->why)));
    CHECK_OK(try_attach(f, IAM_ROLE, "off", AWS_ARN("AWSIoTFullAccess")));
    CHECK_REFUSED(f, STATUS_DELETE_CONFLICT, "must detach all policies first",
                  delete_role(f, "off"));
    CHECK_OK(WRITE(
        f, iam_detach(&f->ctx, IAM_ROLE, STR("off"), STR(AWS_ARN("AWSIoTFullAccess")), &f->why)));
    CHECK_OK(delete_role(f, "off"));
}

static void a_thousand_roles_are_listed_by_path_page_by_page(void **state)
{
    struct fixture *f = *state;
    fixture_write_begin(f);
    for (int i = 0; i < QUOTA_IAM_ROLES; i++) {
        const struct iam_role_create in = {.name = fixture_name(f, "r", i),
                                           .path = i % 2 == 0 ? STR("/even/") : STR("/odd/"),
                                           .trust = STR(TRUST_IOT)};
        struct iam_role row;
        CHECK_OK(iam_role_create(&f->ctx, &in, &row, &f->why));
    }
    CHECK_OK(fixture_write_end(f, STATUS_OK));
    CHECK_REFUSED(f, STATUS_LIMIT, "already has 1000 roles", try_role(f, "more", NULL, TRUST_IOT));
    struct page page = {.max = 90};
    size_t n = 0;
    do {
        struct page_rows rows;
        CHECK_OK(READ(f, iam_roles_list(&f->ctx, STR("/even"), &page, &rows, &f->why)));
        for (size_t i = 0; i < rows.n; i++, n++) {
            const struct iam_role *row = (const struct iam_role *)rows.rows + i;
            assert_true(str_eq(row->name, fixture_name(f, "r", (int)n * 2)));
        }
        page.after = rows.next;
    } while (!str_absent(page.after));
    assert_int_equal(n, QUOTA_IAM_ROLES / 2);
}

static void every_failure_leaves_the_account_as_it_was(void **state)
{
    struct fixture *f = *state;
    const struct iam_role_create in = {
        .name = STR("off"), .trust = STR(TRUST_IOT), .tags = {&pair, 1}};
    struct iam_role row;
    const struct maybe_int none = {0};
    CHECK_ALL_OR_NOTHING(f, iam_role_create(&f->ctx, &in, &row, &f->why));
    CHECK_ALL_OR_NOTHING(f, iam_role_update(&f->ctx, STR("off"), STR("d"), none, &f->why));
    CHECK_ALL_OR_NOTHING(f, iam_role_delete(&f->ctx, STR("off"), &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_role_lives_from_create_to_delete),
        TEST(names_differ_by_more_than_case),
        TEST(what_is_not_given_stays),
        TEST(a_trust_policy_is_checked_when_it_is_set),
        TEST(a_role_that_holds_policies_stays),
        TEST(a_thousand_roles_are_listed_by_path_page_by_page),
        TEST(every_failure_leaves_the_account_as_it_was),
    };
    return RUN_TESTS("account/iam_role", tests);
}
