#include "account/iam_user.h"

#include "account/access_key.h"
#include "iam_fixture.h"

static enum status delete_user(struct fixture *f, const char *name)
{
    return WRITE(f, iam_user_delete(&f->ctx, str_from(name), &f->why));
}

static const struct tag_pair pair = {STR_INIT("team"), STR_INIT("lamps")};
static const struct tags tags = {&pair, 1};

static void a_user_lives_from_create_to_delete(void **state)
{
    struct fixture *f = *state;
    uint64_t empty = fixture_digest(f);
    struct iam_user row;
    struct str arn;
    CHECK_OK(WRITE(f, iam_user_create(&f->ctx, STR("Ann"), STR("/x/"), tags, &row, &f->why)));
    CHECK_OK(READ(f, iam_user_get(&f->ctx, STR("ANN"), &row, &f->why)));
    CHECK_STR(row.name, "Ann");
    assert_int_equal(row.created, f->now);
    assert_true(str_starts(row.id, STR("AIDA")));
    CHECK_OK(iam_user_arn(&f->ctx, &row, &arn, &f->why));
    CHECK_STR(arn, USER_ARN("x/Ann"));
    CHECK_REFUSED(f, STATUS_EXISTS, "User with name Ann already exists.", try_user(f, "ann", NULL));
    CHECK_OK(delete_user(f, "ann"));
    assert_true(fixture_digest(f) == empty);
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "The user with name ann cannot be found.",
                  delete_user(f, "ann"));
}

static void a_user_with_keys_or_policies_stays(void **state)
{
    struct fixture *f = *state;
    struct access_key key;
    CHECK_OK(try_user(f, "ann", NULL));
    CHECK_OK(WRITE(f, access_key_create(&f->ctx, STR(USER_ARN("ann")), &key, &f->why)));
    CHECK_REFUSED(f, STATUS_DELETE_CONFLICT, "must delete access keys first",
                  delete_user(f, "ann"));
    CHECK_OK(WRITE(f, access_key_delete(&f->ctx, STR(USER_ARN("ann")), key.id, &f->why)));
    CHECK_OK(try_inline(f, IAM_USER, "ann", "p", ALLOW_LIST_THINGS));
    CHECK_REFUSED(f, STATUS_DELETE_CONFLICT, "must delete policies first", delete_user(f, "ann"));
    CHECK_OK(WRITE(f, iam_inline_delete(&f->ctx, IAM_USER, STR("ann"), STR("p"), &f->why)));
    CHECK_OK(delete_user(f, "ann"));
}

static void users_are_listed_by_path(void **state)
{
    struct fixture *f = *state;
    struct page_rows rows;
    const struct page page = {.max = 2};
    CHECK_OK(try_user(f, "c", "/x/"));
    CHECK_OK(try_user(f, "B", "/x/y/"));
    CHECK_OK(try_user(f, "a", NULL));
    CHECK_OK(READ(f, iam_users_list(&f->ctx, STR_ABSENT, &page, &rows, &f->why)));
    assert_int_equal(rows.n, 2);
    CHECK_STR(((struct iam_user *)rows.rows)[1].name, "B");
    assert_false(str_absent(rows.next));
    CHECK_OK(READ(f, iam_users_list(&f->ctx, STR("/x/y"), &page, &rows, &f->why)));
    assert_int_equal(rows.n, 1);
    assert_true(str_absent(rows.next));
}

static void every_failure_leaves_the_account_as_it_was(void **state)
{
    struct fixture *f = *state;
    struct iam_user row;
    CHECK_ALL_OR_NOTHING(f, iam_user_create(&f->ctx, STR("ann"), STR_ABSENT, tags, &row, &f->why));
    CHECK_ALL_OR_NOTHING(f, iam_user_delete(&f->ctx, STR("ann"), &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_user_lives_from_create_to_delete),
        TEST(a_user_with_keys_or_policies_stays),
        TEST(users_are_listed_by_path),
        TEST(every_failure_leaves_the_account_as_it_was),
    };
    return RUN_TESTS("account/iam_user", tests);
}
