#include "account/access_key.h"

#include "iam_fixture.h"

#define ROOT "arn:aws:iam::123456789012:root"

static struct access_key make(struct fixture *f, const char *owner)
{
    struct access_key key;
    CHECK_OK(WRITE(f, access_key_create(&f->ctx, str_from(owner), &key, &f->why)));
    return key;
}

static enum status set(struct fixture *f, const char *owner, struct str id, bool active)
{
    return WRITE(f, access_key_update(&f->ctx, str_from(owner), id, active, &f->why));
}

static enum status drop(struct fixture *f, const char *owner, struct str id)
{
    return WRITE(f, access_key_delete(&f->ctx, str_from(owner), id, &f->why));
}

static void a_key_has_the_form_of_aws_and_a_life(void **state)
{
    struct fixture *f = *state;
    uint64_t empty = fixture_digest(f);
    struct access_key key = make(f, USER_ARN("ann"));
    assert_int_equal(key.id.len, 20);
    assert_true(str_starts(key.id, STR("AKIA")));
    assert_int_equal(key.secret.len, 40);
    CHECK_STR(key.status, "ACTIVE");
    CHECK_OK(set(f, USER_ARN("ann"), key.id, false));
    struct access_key row = {.id = key.id};
    CHECK_OK(READ(f, store_get(f->ctx.tx, TABLE(access_key), &row, f->ctx.mem, &f->why)));
    CHECK_STR(row.status, "INACTIVE");
    assert_true(str_eq(row.secret, key.secret));
    CHECK_OK(set(f, USER_ARN("ann"), key.id, true));
    CHECK_OK(drop(f, USER_ARN("ann"), key.id));
    assert_true(fixture_digest(f) == empty);
}

static void keys_are_their_owners_alone(void **state)
{
    struct fixture *f = *state;
    struct access_key key = make(f, USER_ARN("ann"));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "The Access Key with id", drop(f, USER_ARN("bob"), key.id));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "The Access Key with id",
                  set(f, USER_ARN("bob"), key.id, false));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "AKIANONE", drop(f, USER_ARN("ann"), STR("AKIANONE")));
}

static void a_user_has_two_listed_without_secrets(void **state)
{
    struct fixture *f = *state;
    struct page_rows rows;
    const struct page page = {.max = 10};
    struct access_key key = make(f, USER_ARN("ann"));
    make(f, USER_ARN("ann"));
    make(f, USER_ARN("bob"));
    CHECK_OK(set(f, USER_ARN("ann"), key.id, false));
    CHECK_REFUSED(f, STATUS_LIMIT, "already has 2 access keys",
                  WRITE(f, access_key_create(&f->ctx, STR(USER_ARN("ann")), &key, &f->why)));
    CHECK_OK(READ(f, access_keys_list(&f->ctx, STR(USER_ARN("ann")), &page, &rows, &f->why)));
    assert_int_equal(rows.n, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct access_key *row = (const struct access_key *)rows.rows + i;
        assert_int_equal(row->secret.len, 0);
        CHECK_STR(row->user_arn, USER_ARN("ann"));
    }
}

static void the_root_keeps_a_key_that_works(void **state)
{
    struct fixture *f = *state;
    struct access_key first = make(f, ROOT);
    CHECK_REFUSED(f, STATUS_DELETE_CONFLICT, "last active access key", drop(f, ROOT, first.id));
    CHECK_REFUSED(f, STATUS_INVALID, "last active access key", set(f, ROOT, first.id, false));
    CHECK_OK(set(f, ROOT, first.id, true));
    struct access_key second = make(f, ROOT);
    CHECK_OK(set(f, ROOT, second.id, false));
    CHECK_REFUSED(f, STATUS_DELETE_CONFLICT, "last active access key", drop(f, ROOT, first.id));
    CHECK_OK(set(f, ROOT, second.id, true));
    CHECK_OK(drop(f, ROOT, first.id));
    CHECK_REFUSED(f, STATUS_DELETE_CONFLICT, "last active access key", drop(f, ROOT, second.id));
}

static void every_failure_leaves_the_account_as_it_was(void **state)
{
    struct fixture *f = *state;
    struct access_key key = make(f, ROOT);
    struct access_key other;
    CHECK_ALL_OR_NOTHING(f, access_key_create(&f->ctx, STR(ROOT), &other, &f->why));
    CHECK_ALL_OR_NOTHING(f, access_key_update(&f->ctx, STR(ROOT), key.id, false, &f->why));
    CHECK_ALL_OR_NOTHING(f, access_key_delete(&f->ctx, STR(ROOT), key.id, &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_key_has_the_form_of_aws_and_a_life),       TEST(keys_are_their_owners_alone),
        TEST(a_user_has_two_listed_without_secrets),      TEST(the_root_keeps_a_key_that_works),
        TEST(every_failure_leaves_the_account_as_it_was),
    };
    return RUN_TESTS("account/access_key", tests);
}
