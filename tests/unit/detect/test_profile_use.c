#include "detect/profile_use.h"

#include "../account/fixture.h"

static void what_a_profile_names_is_found_and_forgotten(void **state)
{
    struct fixture *f = *state;
    const struct page page = {.max = 0};
    struct page_rows rows;
    CHECK_OK(WRITE(f, profile_use_add(&f->ctx, USE_METRIC, STR("m"), STR("P"), &f->why)));
    CHECK_OK(WRITE(f, profile_use_add(&f->ctx, USE_METRIC, STR("m"), STR("P"), &f->why)));
    CHECK_OK(WRITE(f, profile_use_add(&f->ctx, USE_METRIC, STR("m"), STR("Q"), &f->why)));
    CHECK_OK(WRITE(f, profile_use_add(&f->ctx, USE_DIMENSION, STR("m"), STR("R"), &f->why)));
    CHECK_OK(READ(f, profile_use_list(&f->ctx, USE_METRIC, STR("m"), &page, &rows, &f->why)));
    const struct profile_use *uses = rows.rows;
    assert_int_equal(rows.n, 2);
    CHECK_STR(uses[0].profile, "P");
    CHECK_STR(uses[1].profile, "Q");
    CHECK_OK(WRITE(f, profile_use_drop(&f->ctx, STR("P"), &f->why)));
    CHECK_OK(READ(f, profile_use_list(&f->ctx, USE_METRIC, STR("m"), &page, &rows, &f->why)));
    assert_int_equal(rows.n, 1);
    CHECK_REFUSED(f, STATUS_INVALID, "while security profile Q names it",
                  READ(f, profile_use_none(&f->ctx, USE_METRIC, STR("m"), &f->why)));
    CHECK_OK(READ(f, profile_use_none(&f->ctx, USE_METRIC, STR("other"), &f->why)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(what_a_profile_names_is_found_and_forgotten)};
    return RUN_TESTS("detect/profile_use", tests);
}
