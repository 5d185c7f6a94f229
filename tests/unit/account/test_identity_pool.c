#include "account/identity_pool.h"

#include "fixture.h"

#define ROLE_A STR("arn:aws:iam::123456789012:role/signed-in")
#define ROLE_U STR("arn:aws:iam::123456789012:role/guests")

static struct identity_pool create(struct fixture *f, const char *name)
{
    const struct identity_pool row = {
        .name = str_from(name), .unauthenticated = 1, .developer = STR("dev")};
    const struct tag_pair pair = {STR("k"), STR("v")};
    struct identity_pool made;
    CHECK_OK(
        WRITE(f, identity_pool_create(&f->ctx, &row, (struct tags){&pair, 1}, &made, &f->why)));
    return made;
}

static struct identity_pool get(struct fixture *f, struct str id)
{
    struct identity_pool row;
    CHECK_OK(READ(f, identity_pool_get(&f->ctx, id, &row, &f->why)));
    return row;
}

static enum status set_roles(struct fixture *f, struct str id, struct str a, struct str u)
{
    const struct identity_pool_roles roles = {a, u, STR_ABSENT};
    return WRITE(f, identity_pool_roles_set(&f->ctx, id, &roles, &f->why));
}

static void a_pool_lives_from_create_to_delete(void **state)
{
    struct fixture *f = *state;
    uint64_t empty = fixture_digest(f);
    struct identity_pool pool = create(f, "app");
    assert_true(str_starts(pool.id, STR("us-east-1:")));
    assert_int_equal(pool.id.len, strlen("us-east-1:") + UUID_TEXT);
    CHECK_STR(get(f, pool.id).name, "app");
    assert_true(str_absent(pool.authenticated_role));
    CHECK_OK(set_roles(f, pool.id, ROLE_A, ROLE_U));
    CHECK_OK(WRITE(f, identity_pool_delete(&f->ctx, pool.id, &f->why)));
    assert_true(fixture_digest(f) == empty);
}

static void roles_are_set_all_at_once(void **state)
{
    struct fixture *f = *state;
    struct identity_pool pool = create(f, "app");
    CHECK_OK(set_roles(f, pool.id, ROLE_A, STR_ABSENT));
    CHECK_OK(set_roles(f, pool.id, STR_ABSENT, ROLE_U));
    pool = get(f, pool.id);
    assert_true(str_absent(pool.authenticated_role));
    assert_true(str_eq(pool.unauthenticated_role, ROLE_U));
    assert_int_equal(set_roles(f, pool.id, STR("arn:aws:iam::123456789012:user/u"), STR_ABSENT),
                     STATUS_INVALID);
    assert_true(str_eq(get(f, pool.id).unauthenticated_role, ROLE_U));
}

static void an_update_leaves_roles_and_the_developers_name(void **state)
{
    struct fixture *f = *state;
    struct identity_pool pool = create(f, "app");
    struct identity_pool made;
    const struct tags none = {NULL, 0};
    CHECK_OK(set_roles(f, pool.id, ROLE_A, ROLE_U));
    struct identity_pool other = {.id = pool.id, .name = STR("app2"), .developer = STR("dev")};
    CHECK_OK(WRITE(f, identity_pool_update(&f->ctx, &other, false, none, &made, &f->why)));
    pool = get(f, pool.id);
    CHECK_STR(pool.name, "app2");
    assert_int_equal(pool.unauthenticated, 0);
    assert_true(str_eq(pool.authenticated_role, ROLE_A));
    other.developer = STR("else");
    CHECK_REFUSED(f, STATUS_INVALID, "DeveloperProviderName of identity pool us-east-1:",
                  WRITE(f, identity_pool_update(&f->ctx, &other, false, none, &made, &f->why)));
}

static void what_is_not_there_is_said(void **state)
{
    struct fixture *f = *state;
    struct identity_pool row;
    struct str id;
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "IdentityPool 'us-east-1:x' not found.",
                  READ(f, identity_pool_get(&f->ctx, STR("us-east-1:x"), &row, &f->why)));
    assert_int_equal(READ(f, identity_pool_of_arn(&f->ctx,
                                                  STR("arn:aws:cognito-identity:us-east-1:"
                                                      "123456789012:identitypool/"
                                                      "us-east-1:x"),
                                                  &id, &f->why)),
                     STATUS_NOT_FOUND);
    assert_int_equal(READ(f, identity_pool_of_arn(&f->ctx,
                                                  STR("arn:aws:cognito-identity:us-east-1:"
                                                      "999999999999:identitypool/"
                                                      "us-east-1:x"),
                                                  &id, &f->why)),
                     STATUS_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_pool_lives_from_create_to_delete),
        TEST(roles_are_set_all_at_once),
        TEST(an_update_leaves_roles_and_the_developers_name),
        TEST(what_is_not_there_is_said),
    };
    return RUN_TESTS("account/identity_pool", tests);
}
