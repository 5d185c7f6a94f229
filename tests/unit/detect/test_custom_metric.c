#include "detect/custom_metric.h"

#include "../account/fixture.h"
#include "detect/profile_use.h"

static struct custom_metric_new some(const char *name)
{
    return (struct custom_metric_new){.name = str_from(name),
                                      .type = STR("number"),
                                      .display_name = STR("Battery"),
                                      .token = STR("t1")};
}

static void one_is_made_changed_and_removed(void **state)
{
    struct fixture *f = *state;
    struct custom_metric row;
    const struct custom_metric_new in = some("battery");
    CHECK_OK(WRITE(f, custom_metric_create(&f->ctx, &in, &f->why)));
    CHECK_OK(READ(f, custom_metric_get(&f->ctx, in.name, &row, &f->why)));
    CHECK_STR(row.type, "number");
    CHECK_STR(row.display_name, "Battery");
    assert_int_equal(row.created, f->now);
    f->now += 1000;
    CHECK_OK(WRITE(f, custom_metric_update(&f->ctx, in.name, STR("Cell"), &row, &f->why)));
    CHECK_STR(row.display_name, "Cell");
    assert_int_equal(row.modified, f->now);
    assert_int_equal(row.created, f->now - 1000);
    CHECK_OK(WRITE(f, custom_metric_delete(&f->ctx, in.name, &f->why)));
    CHECK_OK(WRITE(f, custom_metric_delete(&f->ctx, in.name, &f->why)));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no custom metric is named battery",
                  WRITE(f, custom_metric_update(&f->ctx, in.name, STR("x"), &row, &f->why)));
}

static void the_same_token_makes_the_same_metric_once(void **state)
{
    struct fixture *f = *state;
    struct custom_metric_new in = some("battery");
    CHECK_OK(WRITE(f, custom_metric_create(&f->ctx, &in, &f->why)));
    CHECK_OK(WRITE(f, custom_metric_create(&f->ctx, &in, &f->why)));
    in.token = STR("t2");
    CHECK_REFUSED(f, STATUS_EXISTS, "custom metric battery exists already",
                  WRITE(f, custom_metric_create(&f->ctx, &in, &f->why)));
    CHECK_STR(str_from(f->why.resource), "arn:aws:iot:us-east-1:123456789012:custommetric/battery");
    in = some("battery");
    in.type = STR("string-list");
    CHECK_REFUSED(f, STATUS_EXISTS, "exists already",
                  WRITE(f, custom_metric_create(&f->ctx, &in, &f->why)));
}

static void names_of_aws_and_the_hundred_and_first_are_refused(void **state)
{
    struct fixture *f = *state;
    struct custom_metric_new in = some("aws:mine");
    CHECK_REFUSED(f, STATUS_INVALID,
                  "begins with aws:", WRITE(f, custom_metric_create(&f->ctx, &in, &f->why)));
    for (int i = 0; i < QUOTA_CUSTOM_METRICS; i++) {
        in.name = fixture_name(f, "metric", i);
        CHECK_OK(WRITE(f, custom_metric_create(&f->ctx, &in, &f->why)));
    }
    in.name = STR("more");
    CHECK_REFUSED(f, STATUS_LIMIT, "the account has 100 custom metrics",
                  WRITE(f, custom_metric_create(&f->ctx, &in, &f->why)));
}

static void one_that_a_profile_names_stays(void **state)
{
    struct fixture *f = *state;
    const struct custom_metric_new in = some("battery");
    CHECK_OK(WRITE(f, custom_metric_create(&f->ctx, &in, &f->why)));
    CHECK_OK(WRITE(f, profile_use_add(&f->ctx, USE_METRIC, in.name, STR("P"), &f->why)));
    CHECK_REFUSED(f, STATUS_INVALID, "metric battery cannot be deleted while security profile P",
                  WRITE(f, custom_metric_delete(&f->ctx, in.name, &f->why)));
}

static void it_is_made_wholly_or_not_at_all(void **state)
{
    struct fixture *f = *state;
    const struct tag_pair tag = {STR("team"), STR("security")};
    struct custom_metric_new in = some("battery");
    in.tags = (struct tags){&tag, 1};
    CHECK_ALL_OR_NOTHING(f, custom_metric_create(&f->ctx, &in, &f->why));
    CHECK_ALL_OR_NOTHING(f, custom_metric_delete(&f->ctx, in.name, &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_is_made_changed_and_removed),
        TEST(the_same_token_makes_the_same_metric_once),
        TEST(names_of_aws_and_the_hundred_and_first_are_refused),
        TEST(one_that_a_profile_names_stays),
        TEST(it_is_made_wholly_or_not_at_all),
    };
    return RUN_TESTS("detect/custom_metric", tests);
}
