#include "detect/profile.h"

#include "some_profile.h"

static struct security_profile made(struct fixture *f, const char *name)
{
    struct security_profile row;
    const struct profile_request in = some_profile(name);
    CHECK_OK(WRITE(f, profile_create(&f->ctx, &in, &f->why)));
    CHECK_OK(READ(f, profile_get(&f->ctx, in.name, &row, &f->why)));
    return row;
}

static void one_is_kept_as_it_was_sent(void **state)
{
    struct fixture *f = *state;
    some_names(f);
    const struct security_profile row = made(f, "P");
    assert_int_equal(row.version, 1);
    assert_true(str_eq(row.behaviors, SOME_BEHAVIORS));
    assert_true(str_absent(row.retained));
    CHECK_STR(row.retained_v2, "[{\"metric\":\"battery\"}]");
    const struct profile_request bare = {.name = STR("bare")};
    CHECK_OK(WRITE(f, profile_create(&f->ctx, &bare, &f->why)));
}

static void making_it_again_is_no_failure_when_it_is_the_same(void **state)
{
    struct fixture *f = *state;
    some_names(f);
    struct profile_request in = some_profile("P");
    CHECK_OK(WRITE(f, profile_create(&f->ctx, &in, &f->why)));
    CHECK_OK(WRITE(f, profile_create(&f->ctx, &in, &f->why)));
    in.parts[PART_EXPORT] = STR_ABSENT;
    CHECK_REFUSED(f, STATUS_EXISTS, "security profile P exists already, and is another",
                  WRITE(f, profile_create(&f->ctx, &in, &f->why)));
    CHECK_STR(str_from(f->why.resource), "arn:aws:iot:us-east-1:123456789012:securityprofile/P");
}

static void an_update_replaces_what_it_brings_and_nothing_else(void **state)
{
    struct fixture *f = *state;
    some_names(f);
    struct security_profile row = made(f, "P");
    struct profile_request in = {.name = STR("P"), .description = STR("new")};
    in.parts[PART_RETAINED_V2] = STR("[]");
    in.parts[PART_ALERT_TARGETS] = STR("{}");
    f->now += 1000;
    CHECK_OK(WRITE(f, profile_update(&f->ctx, &in, &row, &f->why)));
    assert_int_equal(row.version, 2);
    assert_int_equal(row.modified, row.created + 1000);
    CHECK_STR(row.description, "new");
    assert_true(str_eq(row.behaviors, SOME_BEHAVIORS));
    CHECK_STR(row.retained_v2, "[{\"metric\":\"battery\"}]");
    assert_false(str_absent(row.alert_targets));
    in = (struct profile_request){.name = STR("P")};
    in.parts[PART_RETAINED] = STR("[\"aws:all-bytes-in\"]");
    in.drop[PART_BEHAVIORS] = in.drop[PART_ALERT_TARGETS] = in.drop[PART_EXPORT] = true;
    CHECK_OK(WRITE(f, profile_update(&f->ctx, &in, &row, &f->why)));
    assert_int_equal(row.version, 3);
    assert_true(str_absent(row.behaviors));
    assert_true(str_absent(row.alert_targets));
    assert_true(str_absent(row.export));
    CHECK_STR(row.retained, "[\"aws:all-bytes-in\"]");
}

static void a_part_is_not_taken_away_and_brought_at_once(void **state)
{
    struct fixture *f = *state;
    some_names(f);
    struct security_profile row = made(f, "P");
    struct profile_request in = {.name = STR("P")};
    in.parts[PART_BEHAVIORS] = SOME_BEHAVIORS;
    in.drop[PART_BEHAVIORS] = true;
    CHECK_REFUSED(f, STATUS_INVALID, "deleteBehaviors with behaviors",
                  WRITE(f, profile_update(&f->ctx, &in, &row, &f->why)));
}

static void another_version_than_expected_is_a_conflict(void **state)
{
    struct fixture *f = *state;
    some_names(f);
    struct security_profile row = made(f, "P");
    struct profile_request in = {.name = STR("P"), .expected_version = {true, 7}};
    CHECK_REFUSED(f, STATUS_VERSION_CONFLICT, "security profile P",
                  WRITE(f, profile_update(&f->ctx, &in, &row, &f->why)));
    CHECK_REFUSED(f, STATUS_VERSION_CONFLICT, "security profile P",
                  WRITE(f, profile_delete(&f->ctx, in.name, in.expected_version, &f->why)));
    CHECK_OK(WRITE(f, profile_delete(&f->ctx, in.name, (struct maybe_int){true, 1}, &f->why)));
    CHECK_OK(WRITE(f, profile_delete(&f->ctx, in.name, (struct maybe_int){true, 1}, &f->why)));
    in.expected_version.given = false;
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no security profile is named P",
                  WRITE(f, profile_update(&f->ctx, &in, &row, &f->why)));
}

static void profiles_are_found_by_what_they_name(void **state)
{
    struct fixture *f = *state;
    some_names(f);
    (void)made(f, "P");
    const struct profile_request bare = {.name = STR("bare")};
    CHECK_OK(WRITE(f, profile_create(&f->ctx, &bare, &f->why)));
    static const struct {
        const char *metric, *dimension;
        size_t n;
    } rows[] = {{NULL, NULL, 2},
                {"battery", NULL, 1},
                {"aws:num-messages-sent", NULL, 1},
                {"aws:all-bytes-in", NULL, 0},
                {NULL, "d", 1}};
    const struct page page = {.max = 0};
    const struct str *names;
    struct page_rows found;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct profile_filter filter = {
            .metric = rows[i].metric == NULL ? STR_ABSENT : str_from(rows[i].metric),
            .dimension = rows[i].dimension == NULL ? STR_ABSENT : str_from(rows[i].dimension)};
        CHECK_OK(READ(f, profile_list(&f->ctx, &filter, &page, &names, &found, &f->why)));
        assert_int_equal(found.n, rows[i].n);
        if (found.n == 1) {
            CHECK_STR(names[0], "P");
        }
    }
    const struct profile_filter both = {.metric = STR("battery"), .dimension = STR("d")};
    CHECK_REFUSED(f, STATUS_INVALID, "cannot both be asked for",
                  READ(f, profile_list(&f->ctx, &both, &page, &names, &found, &f->why)));
    const struct profile_filter none = {.metric = STR("no"), .dimension = STR_ABSENT};
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no custom metric is named no",
                  READ(f, profile_list(&f->ctx, &none, &page, &names, &found, &f->why)));
}

static void what_a_profile_no_longer_names_can_be_deleted(void **state)
{
    struct fixture *f = *state;
    some_names(f);
    struct security_profile row = made(f, "P");
    CHECK_REFUSED(f, STATUS_INVALID, "while security profile P names it",
                  WRITE(f, dimension_delete(&f->ctx, STR("d"), &f->why)));
    struct profile_request in = {.name = STR("P")};
    in.drop[PART_BEHAVIORS] = true;
    CHECK_OK(WRITE(f, profile_update(&f->ctx, &in, &row, &f->why)));
    CHECK_OK(WRITE(f, dimension_delete(&f->ctx, STR("d"), &f->why)));
    CHECK_REFUSED(f, STATUS_INVALID, "while security profile P names it",
                  WRITE(f, custom_metric_delete(&f->ctx, STR("battery"), &f->why)));
    CHECK_OK(WRITE(f, profile_delete(&f->ctx, STR("P"), (struct maybe_int){0}, &f->why)));
    CHECK_OK(WRITE(f, custom_metric_delete(&f->ctx, STR("battery"), &f->why)));
}

static void it_is_made_changed_and_removed_wholly_or_not_at_all(void **state)
{
    struct fixture *f = *state;
    some_names(f);
    const struct tag_pair tag = {STR("team"), STR("security")};
    struct security_profile row;
    struct profile_request in = some_profile("P");
    in.tags = (struct tags){&tag, 1};
    CHECK_ALL_OR_NOTHING(f, profile_create(&f->ctx, &in, &f->why));
    struct profile_request change = {.name = STR("P")};
    change.drop[PART_BEHAVIORS] = true;
    CHECK_ALL_OR_NOTHING(f, profile_update(&f->ctx, &change, &row, &f->why));
    CHECK_ALL_OR_NOTHING(f, profile_delete(&f->ctx, in.name, (struct maybe_int){0}, &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_is_kept_as_it_was_sent),
        TEST(making_it_again_is_no_failure_when_it_is_the_same),
        TEST(an_update_replaces_what_it_brings_and_nothing_else),
        TEST(a_part_is_not_taken_away_and_brought_at_once),
        TEST(another_version_than_expected_is_a_conflict),
        TEST(profiles_are_found_by_what_they_name),
        TEST(what_a_profile_no_longer_names_can_be_deleted),
        TEST(it_is_made_changed_and_removed_wholly_or_not_at_all),
    };
    return RUN_TESTS("detect/profile", tests);
}
