#include "detect/dimension.h"

#include <stdio.h>

#include "../account/fixture.h"
#include "detect/profile_use.h"

static struct dimension_new some(const char *name, const char *values)
{
    return (struct dimension_new){.name = str_from(name),
                                  .type = STR("TOPIC_FILTER"),
                                  .values = str_from(values),
                                  .token = STR("t1")};
}

static void one_is_made_changed_and_removed(void **state)
{
    struct fixture *f = *state;
    struct dimension row;
    const struct dimension_new in = some("auth", "[\"device/+/auth\"]");
    CHECK_OK(WRITE(f, dimension_create(&f->ctx, &in, &f->why)));
    CHECK_OK(WRITE(f, dimension_create(&f->ctx, &in, &f->why)));
    f->now += 1000;
    CHECK_OK(WRITE(f, dimension_update(&f->ctx, in.name, STR("[\"a/#\",\"b\"]"), &row, &f->why)));
    CHECK_OK(READ(f, dimension_get(&f->ctx, in.name, &row, &f->why)));
    CHECK_STR(row.filters, "[\"a/#\",\"b\"]");
    assert_int_equal(row.modified, row.created + 1000);
    CHECK_REFUSED(f, STATUS_EXISTS, "dimension auth exists already",
                  WRITE(f, dimension_create(&f->ctx, &in, &f->why)));
    CHECK_OK(WRITE(f, dimension_delete(&f->ctx, in.name, &f->why)));
    CHECK_OK(WRITE(f, dimension_delete(&f->ctx, in.name, &f->why)));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no dimension is named auth",
                  WRITE(f, dimension_update(&f->ctx, in.name, in.values, &row, &f->why)));
}

/* MQTT 3.1.1, 4.7.1: the examples of the standard, and the variable of the guide. */
static void values_are_topic_filters(void **state)
{
    struct fixture *f = *state;
    static const char *const good[] = {
        "sport/tennis/player1/#",
        "#",
        "+",
        "+/tennis/#",
        "sport/+/player1",
        "/",
        "/finance",
        "a//b",
        "$aws/things/${iot:ClientId}/shadow/#",
    };
    static const char *const bad[] = {
        "sport/tennis#", "sport/tennis/#/ranking", "sport+", "a/b+/c", "##", "#/",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        char json[128];
        snprintf(json, sizeof json, "[\"%s\"]", good[i]);
        const struct dimension_new in = some("d", json);
        CHECK_OK(WRITE(f, dimension_create(&f->ctx, &in, &f->why)));
        CHECK_OK(WRITE(f, dimension_delete(&f->ctx, in.name, &f->why)));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char json[128];
        snprintf(json, sizeof json, "[\"fine\",\"%s\"]", bad[i]);
        const struct dimension_new in = some("d", json);
        CHECK_REFUSED(f, STATUS_INVALID, "stringValues[1] '",
                      WRITE(f, dimension_create(&f->ctx, &in, &f->why)));
    }
}

static void an_account_has_ten_at_most(void **state)
{
    struct fixture *f = *state;
    struct dimension_new in = some("d", "[\"a\"]");
    for (int i = 0; i < QUOTA_DIMENSIONS; i++) {
        in.name = fixture_name(f, "dimension", i);
        CHECK_OK(WRITE(f, dimension_create(&f->ctx, &in, &f->why)));
    }
    in.name = STR("more");
    CHECK_REFUSED(f, STATUS_LIMIT, "the account has 10 dimensions",
                  WRITE(f, dimension_create(&f->ctx, &in, &f->why)));
}

static void one_that_a_profile_names_stays(void **state)
{
    struct fixture *f = *state;
    const struct dimension_new in = some("d", "[\"a\"]");
    CHECK_OK(WRITE(f, dimension_create(&f->ctx, &in, &f->why)));
    CHECK_OK(WRITE(f, profile_use_add(&f->ctx, USE_DIMENSION, in.name, STR("P"), &f->why)));
    CHECK_REFUSED(f, STATUS_INVALID, "dimension d cannot be deleted while security profile P",
                  WRITE(f, dimension_delete(&f->ctx, in.name, &f->why)));
}

static void it_is_made_wholly_or_not_at_all(void **state)
{
    struct fixture *f = *state;
    const struct tag_pair tag = {STR("team"), STR("security")};
    struct dimension_new in = some("d", "[\"a\"]");
    in.tags = (struct tags){&tag, 1};
    CHECK_ALL_OR_NOTHING(f, dimension_create(&f->ctx, &in, &f->why));
    CHECK_ALL_OR_NOTHING(f, dimension_delete(&f->ctx, in.name, &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_is_made_changed_and_removed), TEST(values_are_topic_filters),
        TEST(an_account_has_ten_at_most),      TEST(one_that_a_profile_names_stays),
        TEST(it_is_made_wholly_or_not_at_all),
    };
    return RUN_TESTS("detect/dimension", tests);
}
