/* The policies of one target, as they are stored. */
#include "account/policy_names.h"
#include "fixture.h"

static enum status put(struct fixture *f, const char *policy, const char *target)
{
    struct policy_target row = {.policy = str_from(policy), .target = str_from(target)};
    return WRITE(f, store_put(f->ctx.tx, TABLE(policy_target), &row, &f->why));
}

static void names_are_those_of_the_target_alone_and_in_order(void **state)
{
    struct fixture *f = *state;
    struct policy_names names;
    CHECK_OK(put(f, "b", "t"));
    CHECK_OK(put(f, "a", "t"));
    CHECK_OK(put(f, "c", "tt"));
    CHECK_OK(READ(f, policy_names_get(&f->ctx, STR("t"), &names, &f->why)));
    assert_int_equal(names.n, 2);
    CHECK_STR(names.at[0], "a");
    CHECK_STR(names.at[1], "b");
    CHECK_OK(READ(f, policy_names_get(&f->ctx, STR(""), &names, &f->why)));
    assert_int_equal(names.n, 0);
}

static void dropping_leaves_other_targets_alone(void **state)
{
    struct fixture *f = *state;
    struct policy_names names;
    CHECK_OK(put(f, "a", "t"));
    CHECK_OK(put(f, "a", "u"));
    CHECK_OK(READ(f, policy_names_get(&f->ctx, STR("t"), &names, &f->why)));
    CHECK_OK(WRITE(f, policy_names_drop(&f->ctx, STR("t"), &names, &f->why)));
    CHECK_OK(READ(f, policy_names_get(&f->ctx, STR("t"), &names, &f->why)));
    assert_int_equal(names.n, 0);
    CHECK_OK(READ(f, policy_names_get(&f->ctx, STR("u"), &names, &f->why)));
    assert_int_equal(names.n, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(names_are_those_of_the_target_alone_and_in_order),
        TEST(dropping_leaves_other_targets_alone),
    };
    return RUN_TESTS("account/policy_names", tests);
}
