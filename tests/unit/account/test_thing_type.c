#include "account/thing_type.h"

#include "account/quotas.h"
#include "account/thing.h"
#include "fixture.h"

static const struct tags NO_TAGS = {NULL, 0};

static enum status create(struct fixture *f, const char *name,
                          const struct thing_type_properties *in)
{
    struct thing_type type;
    return WRITE(f, thing_type_create(&f->ctx, str_from(name), in, NO_TAGS, &type, &f->why));
}

static enum status update(struct fixture *f, const char *name,
                          const struct thing_type_properties *in)
{
    return WRITE(f, thing_type_update(&f->ctx, str_from(name), in, &f->why));
}

static struct thing_type get(struct fixture *f, const char *name)
{
    struct thing_type type;
    CHECK_OK(READ(f, thing_type_get(&f->ctx, str_from(name), &type, &f->why)));
    return type;
}

static enum status deprecate(struct fixture *f, const char *name, bool undo)
{
    return WRITE(f, thing_type_deprecate(&f->ctx, str_from(name), undo, &f->why));
}

static enum status type_delete(struct fixture *f, const char *name)
{
    return WRITE(f, thing_type_delete(&f->ctx, str_from(name), &f->why));
}

/* ---- properties -------------------------------------------------------------------------------
 */

static const struct str ABC[] = {STR_INIT("c"), STR_INIT("a"), STR_INIT("b"), STR_INIT("d")};
static const struct propagating TWO[] = {
    {STR_INIT("user.model"), STR_INIT("model"), {NULL, 0}},
    {STR_INIT("user.client"), {NULL, 0}, STR_INIT("iot:ClientId")},
};

static struct thing_type_properties full(void)
{
    return (struct thing_type_properties){.description = STR("light bulbs"),
                                          .has_searchable = true,
                                          .searchable = ABC,
                                          .n_searchable = 3,
                                          .has_mqtt5 = true,
                                          .propagating = TWO,
                                          .n_propagating = 2};
}

static void a_type_keeps_what_it_was_given(void **state)
{
    struct fixture *f = *state;
    const struct thing_type_properties in = full();
    CHECK_OK(create(f, "bulb", &in));
    struct thing_type type = get(f, "bulb");
    CHECK_STR(type.description, "light bulbs");
    CHECK_STR(type.searchable, "[\"c\",\"a\",\"b\"]");
    CHECK_STR(type.mqtt5, "{\"propagatingAttributes\":["
                          "{\"thingAttribute\":\"model\",\"userPropertyKey\":\"user.model\"},"
                          "{\"connectionAttribute\":\"iot:ClientId\","
                          "\"userPropertyKey\":\"user.client\"}]}");
    assert_int_equal(type.deprecated, 0);
    assert_true(type.deprecated_at == TIME_NEVER);
    assert_int_equal(type.created, f->now);
}

static void creating_again_is_fine_in_the_same_configuration_only(void **state)
{
    struct fixture *f = *state;
    struct thing_type_properties in = full();
    CHECK_OK(create(f, "bulb", &in));
    uint64_t digest = fixture_digest(f);
    CHECK_OK(create(f, "bulb", &in));
    assert_true(fixture_digest(f) == digest);
    in.description = STR("other");
    CHECK_REFUSED(f, STATUS_EXISTS, "thing type bulb exists", create(f, "bulb", &in));
    CHECK_STR(str_from(f->why.resource), "arn:aws:iot:us-east-1:123456789012:thingtype/bulb");
}

static void searchable_attributes_are_three_and_differ(void **state)
{
    struct fixture *f = *state;
    struct thing_type_properties in = full();
    in.n_searchable = 4;
    CHECK_REFUSED(f, STATUS_INVALID, "4 searchable attributes; it may have 3",
                  create(f, "bulb", &in));
    const struct str twice[] = {STR("x"), STR("y"), STR("x")};
    in.searchable = twice;
    in.n_searchable = 3;
    CHECK_REFUSED(f, STATUS_INVALID, "searchable attribute x of thing type bulb is given twice",
                  create(f, "bulb", &in));
}

static void propagating_attributes_have_a_key_and_one_source(void **state)
{
    struct fixture *f = *state;
    const struct {
        struct propagating items[2];
        size_t n;
        const char *words;
    } rows[] = {
        {{{STR_ABSENT, STR("a"), STR_ABSENT}}, 1, "propagating attribute 1 of thing type bulb has"},
        {{{STR("k"), STR_ABSENT, STR_ABSENT}}, 1, "user property k of thing type bulb needs"},
        {{{STR("k"), STR("a"), STR("c")}}, 1, "and not both"},
        {{{STR("k"), STR("a"), STR_ABSENT}, {STR("k"), STR("b"), STR_ABSENT}}, 2, "given twice"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct thing_type_properties in = {
            .has_mqtt5 = true, .propagating = rows[i].items, .n_propagating = rows[i].n};
        CHECK_REFUSED(f, STATUS_INVALID, rows[i].words, create(f, "bulb", &in));
    }
    struct propagating many[QUOTA_PROPAGATING_ATTRIBUTES + 1];
    for (int i = 0; i <= QUOTA_PROPAGATING_ATTRIBUTES; i++) {
        many[i] = (struct propagating){fixture_name(f, "k", i), STR("a"), STR_ABSENT};
    }
    struct thing_type_properties in = {
        .has_mqtt5 = true, .propagating = many, .n_propagating = QUOTA_PROPAGATING_ATTRIBUTES + 1};
    CHECK_REFUSED(f, STATUS_INVALID, "21 propagating attributes; it may have 20",
                  create(f, "bulb", &in));
    in.n_propagating--;
    CHECK_OK(create(f, "bulb", &in));
}

static void an_update_changes_what_it_gives(void **state)
{
    struct fixture *f = *state;
    struct thing_type_properties in = full();
    CHECK_OK(create(f, "bulb", &in));
    in = (struct thing_type_properties){.description = STR("lamps")};
    CHECK_OK(update(f, "bulb", &in));
    CHECK_STR(get(f, "bulb").description, "lamps");
    CHECK_STR(get(f, "bulb").searchable, "[\"c\",\"a\",\"b\"]");
    assert_false(str_absent(get(f, "bulb").mqtt5));
    in = (struct thing_type_properties){.has_searchable = true, .has_mqtt5 = true};
    CHECK_OK(update(f, "bulb", &in));
    CHECK_STR(get(f, "bulb").searchable, "[]");
    assert_true(str_absent(get(f, "bulb").mqtt5));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no thing type is named none", update(f, "none", &in));
}

/* ---- life -------------------------------------------------------------------------------------
 */

static void deprecating_keeps_its_date_until_undone(void **state)
{
    struct fixture *f = *state;
    const struct thing_type_properties in = full();
    CHECK_OK(create(f, "bulb", &in));
    int64_t first = f->now;
    CHECK_OK(deprecate(f, "bulb", false));
    f->now += HOUR_MS;
    CHECK_OK(deprecate(f, "bulb", false));
    assert_int_equal(get(f, "bulb").deprecated_at, first);
    CHECK_OK(deprecate(f, "bulb", true));
    CHECK_OK(deprecate(f, "bulb", true));
    assert_int_equal(get(f, "bulb").deprecated, 0);
    assert_true(get(f, "bulb").deprecated_at == TIME_NEVER);
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no thing type is named none", deprecate(f, "none", false));
}

static void a_type_is_deleted_five_minutes_after_it_was_deprecated(void **state)
{
    struct fixture *f = *state;
    uint64_t empty = fixture_digest(f);
    const struct thing_type_properties in = full();
    const struct tag_pair pair = {STR("k"), STR("v")};
    struct thing_type type;
    CHECK_OK(WRITE(
        f, thing_type_create(&f->ctx, STR("bulb"), &in, (struct tags){&pair, 1}, &type, &f->why)));
    CHECK_REFUSED(f, STATUS_INVALID, "is not deprecated", type_delete(f, "bulb"));
    CHECK_OK(deprecate(f, "bulb", false));
    f->now += 5 * MINUTE_MS - 1;
    CHECK_REFUSED(f, STATUS_INVALID, "5 minutes after, in 1 seconds", type_delete(f, "bulb"));
    f->now += 1;
    CHECK_OK(type_delete(f, "bulb"));
    assert_true(fixture_digest(f) == empty);
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no thing type is named bulb", type_delete(f, "bulb"));
}

static void a_type_that_things_have_is_not_deleted(void **state)
{
    struct fixture *f = *state;
    const struct thing_type_properties in = full();
    struct thing thing;
    struct thing_create lamp = {STR("lamp"), STR("bulb"), {0}};
    CHECK_OK(create(f, "bulb", &in));
    CHECK_OK(WRITE(f, thing_create(&f->ctx, &lamp, &thing, &f->why)));
    CHECK_OK(deprecate(f, "bulb", false));
    f->now += HOUR_MS;
    CHECK_REFUSED(f, STATUS_INVALID, "while things have it", type_delete(f, "bulb"));
    struct thing_update untype = {.name = STR("lamp"), .remove_type = true};
    CHECK_OK(WRITE(f, thing_update(&f->ctx, &untype, &f->why)));
    CHECK_OK(type_delete(f, "bulb"));
}

static void types_are_listed_by_name(void **state)
{
    struct fixture *f = *state;
    const struct thing_type_properties in = full();
    CHECK_OK(create(f, "b", &in));
    CHECK_OK(create(f, "a", &in));
    CHECK_OK(create(f, "c", &in));
    struct page page = {.max = 2};
    struct page_rows rows;
    CHECK_OK(READ(f, thing_types_list(&f->ctx, STR_ABSENT, &page, &rows, &f->why)));
    assert_int_equal(rows.n, 2);
    CHECK_STR(((struct thing_type *)rows.rows)[1].name, "b");
    page.after = rows.next;
    CHECK_OK(READ(f, thing_types_list(&f->ctx, STR_ABSENT, &page, &rows, &f->why)));
    assert_int_equal(rows.n, 1);
    assert_true(str_absent(rows.next));
    page = (struct page){0};
    CHECK_OK(READ(f, thing_types_list(&f->ctx, STR("b"), &page, &rows, &f->why)));
    assert_int_equal(rows.n, 1);
    CHECK_STR(((struct thing_type *)rows.rows)[0].name, "b");
    CHECK_OK(READ(f, thing_types_list(&f->ctx, STR("x"), &page, &rows, &f->why)));
    assert_int_equal(rows.n, 0);
}

static void every_failure_leaves_the_account_as_it_was(void **state)
{
    struct fixture *f = *state;
    const struct thing_type_properties in = full();
    const struct tag_pair pair = {STR("k"), STR("v")};
    const struct tags tags = {&pair, 1};
    struct thing_type type;
    CHECK_ALL_OR_NOTHING(f, thing_type_create(&f->ctx, STR("bulb"), &in, tags, &type, &f->why));
    CHECK_ALL_OR_NOTHING(f, thing_type_deprecate(&f->ctx, STR("bulb"), false, &f->why));
    f->now += HOUR_MS;
    CHECK_ALL_OR_NOTHING(f, thing_type_delete(&f->ctx, STR("bulb"), &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_type_keeps_what_it_was_given),
        TEST(creating_again_is_fine_in_the_same_configuration_only),
        TEST(searchable_attributes_are_three_and_differ),
        TEST(propagating_attributes_have_a_key_and_one_source),
        TEST(an_update_changes_what_it_gives),
        TEST(deprecating_keeps_its_date_until_undone),
        TEST(a_type_is_deleted_five_minutes_after_it_was_deprecated),
        TEST(a_type_that_things_have_is_not_deleted),
        TEST(types_are_listed_by_name),
        TEST(every_failure_leaves_the_account_as_it_was),
    };
    return RUN_TESTS("account/thing_type", tests);
}
