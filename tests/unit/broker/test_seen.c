/* A principal as brokers see it. */
#include "broker/seen.h"

#include "site.h"

static void a_principal_has_its_policies_and_those_of_the_groups_of_its_things(void **state)
{
    struct fixture *f = *state;
    struct seen_principal seen;
    site_make(f);
    CHECK_OK(READ(f, seen_principal_get(&f->ctx, STR(SITE_CERT), &seen, &f->why)));
    CHECK_STR(seen.status, "ACTIVE");
    assert_true(seen.revoked == TIME_NEVER);
    assert_int_equal(seen.n_policies, 1);
    CHECK_STR(seen.policies[0], "OWN");
    assert_int_equal(seen.n_things, 1);
    assert_true(seen.things[0].exclusive);
    CHECK_STR(seen.things[0].name, "lamp");
    assert_int_equal(seen.things[0].n_policies, 2);
    CHECK_STR(seen.things[0].policies[0], "LEAF");
    CHECK_STR(seen.things[0].policies[1], "ROOT");
    assert_false(seen.cut);
    const struct revoked row = {.certificate = STR(SITE_CERT), .since = 77};
    CHECK_OK(WRITE(f, store_put(f->ctx.tx, TABLE(revoked), &row, &f->why)));
    CHECK_OK(READ(f, seen_principal_get(&f->ctx, STR(SITE_CERT), &seen, &f->why)));
    assert_int_equal(seen.revoked, 77);
}

static void one_that_is_not_there_is_not_found(void **state)
{
    struct fixture *f = *state;
    struct seen_principal seen;
    CHECK_STATUS(READ(f, seen_principal_get(&f->ctx, STR(SITE_CERT), &seen, &f->why)),
                 STATUS_NOT_FOUND);
}

static void more_things_than_are_told_are_left_out(void **state)
{
    struct fixture *f = *state;
    struct seen_principal seen;
    struct str arn = site_make(f);
    fixture_write_begin(f);
    for (int i = 0; i < SEEN_THINGS_MAX; i++) {
        const struct thing thing = {.name = fixture_name(f, "t", i), .type_name = STR("")};
        const struct principal_thing pair = {.principal = arn, .thing = thing.name};
        CHECK_OK(store_put(f->ctx.tx, TABLE(thing), &thing, &f->why));
        CHECK_OK(store_put(f->ctx.tx, TABLE(principal_thing), &pair, &f->why));
    }
    CHECK_OK(fixture_write_end(f, STATUS_OK));
    CHECK_OK(READ(f, seen_principal_get(&f->ctx, STR(SITE_CERT), &seen, &f->why)));
    assert_int_equal(seen.n_things, SEEN_THINGS_MAX);
    assert_true(seen.cut);
}

static void numbers_of_policies_follow_from_their_names(void **state)
{
    uint64_t a = 0, b = 0, again = 0;
    (void)state;
    CHECK_OK(policy_number(STR("a"), &a, NULL));
    CHECK_OK(policy_number(STR("b"), &b, NULL));
    CHECK_OK(policy_number(STR("a"), &again, NULL));
    assert_true(a == again && a != b);
    assert_true(a == UINT64_C(0xca978112ca1bbdca)); /* SHA-256 of "a" begins so */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_principal_has_its_policies_and_those_of_the_groups_of_its_things),
        TEST(one_that_is_not_there_is_not_found),
        TEST(more_things_than_are_told_are_left_out),
        cmocka_unit_test(numbers_of_policies_follow_from_their_names),
    };
    return RUN_TESTS("broker/seen", tests);
}
