#include "account/thing.h"

#include "account/membership.h"
#include "account/principal.h"
#include "account/quotas.h"
#include "account/thing_type.h"
#include "fixture.h"

/* ---- helpers ----------------------------------------------------------------------------------
 */

static struct attributes_change set(const struct attribute *items, size_t n)
{
    return (struct attributes_change){.given = true, .values = {items, n}};
}

static struct thing create(struct fixture *f, const char *name, const char *type,
                           struct attributes_change attributes)
{
    struct thing_create in = {str_from(name), str_from(type), attributes};
    struct thing thing;
    CHECK_OK(WRITE(f, thing_create(&f->ctx, &in, &thing, &f->why)));
    return thing;
}

static struct thing plain(struct fixture *f, const char *name)
{
    return create(f, name, NULL, (struct attributes_change){0});
}

static void make_type(struct fixture *f, const char *name)
{
    struct thing_type_properties none = {0};
    struct thing_type type;
    CHECK_OK(WRITE(
        f, thing_type_create(&f->ctx, str_from(name), &none, (struct tags){0}, &type, &f->why)));
}

static struct thing get(struct fixture *f, const char *name)
{
    struct thing thing;
    CHECK_OK(READ(f, thing_get(&f->ctx, str_from(name), &thing, &f->why)));
    return thing;
}

/* n attributes a00=v, a01=v ... */
static struct attributes_change many(struct fixture *f, int n)
{
    struct attribute *items = NEW_ARRAY(f->ctx.mem, struct attribute, (size_t)n);
    assert_non_null(items);
    for (int i = 0; i < n; i++) {
        items[i] = (struct attribute){fixture_name(f, "a", i), STR("v")};
    }
    return set(items, (size_t)n);
}

/* ---- creating ---------------------------------------------------------------------------------
 */

static void a_new_thing_has_version_1_an_id_and_sorted_attributes(void **state)
{
    struct fixture *f = *state;
    const struct attribute items[] = {{STR("serial"), STR("7")}, {STR("color"), STR("red")}};
    struct thing thing = create(f, "lamp", NULL, set(items, 2));
    assert_int_equal(thing.version, 1);
    assert_int_equal(thing.created, f->now);
    assert_int_equal(thing.thing_id.len, UUID_TEXT);
    struct thing stored = get(f, "lamp");
    CHECK_STR(stored.attributes, "{\"color\":\"red\",\"serial\":\"7\"}");
    CHECK_STR(stored.type_name, "");
    assert_true(str_eq(stored.thing_id, thing.thing_id));
}

static void creating_the_same_thing_again_changes_nothing(void **state)
{
    struct fixture *f = *state;
    const struct attribute items[] = {{STR("a"), STR("1")}, {STR("b"), STR("2")}};
    const struct attribute turned[] = {{STR("b"), STR("2")}, {STR("a"), STR("1")}};
    struct thing first = create(f, "lamp", NULL, set(items, 2));
    uint64_t digest = fixture_digest(f);
    struct thing second = create(f, "lamp", NULL, set(turned, 2));
    assert_true(str_eq(first.thing_id, second.thing_id));
    assert_true(fixture_digest(f) == digest);
}

static void creating_a_different_thing_of_the_name_is_refused_with_its_arn(void **state)
{
    struct fixture *f = *state;
    const struct attribute items[] = {{STR("a"), STR("1")}};
    make_type(f, "bulb");
    plain(f, "lamp");
    struct thing thing;
    struct thing_create other = {STR("lamp"), STR_ABSENT, set(items, 1)};
    CHECK_REFUSED(f, STATUS_EXISTS, "thing lamp exists",
                  WRITE(f, thing_create(&f->ctx, &other, &thing, &f->why)));
    CHECK_STR(str_from(f->why.resource), "arn:aws:iot:us-east-1:123456789012:thing/lamp");
    struct thing_create typed = {STR("lamp"), STR("bulb"), {0}};
    CHECK_REFUSED(f, STATUS_EXISTS, "thing lamp exists",
                  WRITE(f, thing_create(&f->ctx, &typed, &thing, &f->why)));
}

static void an_empty_value_is_no_attribute(void **state)
{
    struct fixture *f = *state;
    const struct attribute items[] = {{STR("a"), STR("")}, {STR("b"), STR("2")}};
    create(f, "lamp", NULL, set(items, 2));
    CHECK_STR(get(f, "lamp").attributes, "{\"b\":\"2\"}");
}

static void three_attributes_without_a_type_and_fifty_with_one(void **state)
{
    struct fixture *f = *state;
    struct thing thing;
    make_type(f, "bulb");
    create(f, "three", NULL, many(f, 3));
    struct thing_create four = {STR("four"), STR_ABSENT, many(f, 4)};
    CHECK_REFUSED(f, STATUS_INVALID, "four would have 4 attributes; it may have 3",
                  WRITE(f, thing_create(&f->ctx, &four, &thing, &f->why)));
    create(f, "fifty", "bulb", many(f, 50));
    struct thing_create more = {STR("more"), STR("bulb"), many(f, 51)};
    CHECK_REFUSED(f, STATUS_INVALID, "more would have 51 attributes; it may have 50",
                  WRITE(f, thing_create(&f->ctx, &more, &thing, &f->why)));
}

static void attributes_have_a_size_together(void **state)
{
    struct fixture *f = *state;
    make_type(f, "bulb");
    char *text = arena_alloc(f->ctx.mem, 1000);
    assert_non_null(text);
    memset(text, 'x', 1000);
    struct attributes_change attributes = many(f, 49);
    struct attribute *items = NEW_ARRAY(f->ctx.mem, struct attribute, 49);
    assert_non_null(items);
    for (size_t i = 0; i < 49; i++) {
        items[i] = (struct attribute){attributes.values.items[i].name, {text, 1000}};
    }
    struct thing thing;
    struct thing_create in = {STR("big"), STR("bulb"), set(items, 49)};
    CHECK_REFUSED(f, STATUS_INVALID, "they may be 48128",
                  WRITE(f, thing_create(&f->ctx, &in, &thing, &f->why)));
}

static void a_type_must_exist_and_not_be_deprecated(void **state)
{
    struct fixture *f = *state;
    struct thing thing;
    struct thing_create in = {STR("lamp"), STR("bulb"), {0}};
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no thing type is named bulb",
                  WRITE(f, thing_create(&f->ctx, &in, &thing, &f->why)));
    make_type(f, "bulb");
    CHECK_OK(WRITE(f, thing_type_deprecate(&f->ctx, STR("bulb"), false, &f->why)));
    CHECK_REFUSED(f, STATUS_INVALID, "thing type bulb is deprecated",
                  WRITE(f, thing_create(&f->ctx, &in, &thing, &f->why)));
    CHECK_STATUS(READ(f, thing_get(&f->ctx, STR("lamp"), &thing, NULL)), STATUS_NOT_FOUND);
}

/* ---- updating ---------------------------------------------------------------------------------
 */

static void an_update_replaces_or_merges_attributes(void **state)
{
    struct fixture *f = *state;
    const struct attribute ab[] = {{STR("a"), STR("1")}, {STR("b"), STR("2")}};
    const struct attribute bc[] = {{STR("c"), STR("3")}, {STR("b"), STR("4")}};
    const struct attribute no_a[] = {{STR("a"), STR("")}};
    create(f, "lamp", NULL, set(ab, 2));
    struct thing_update in = {.name = STR("lamp"), .attributes = set(bc, 2)};
    in.attributes.merge = true;
    CHECK_OK(WRITE(f, thing_update(&f->ctx, &in, &f->why)));
    CHECK_STR(get(f, "lamp").attributes, "{\"a\":\"1\",\"b\":\"4\",\"c\":\"3\"}");
    in.attributes = set(no_a, 1);
    in.attributes.merge = true;
    CHECK_OK(WRITE(f, thing_update(&f->ctx, &in, &f->why)));
    CHECK_STR(get(f, "lamp").attributes, "{\"b\":\"4\",\"c\":\"3\"}");
    in.attributes = set(ab, 1);
    CHECK_OK(WRITE(f, thing_update(&f->ctx, &in, &f->why)));
    CHECK_STR(get(f, "lamp").attributes, "{\"a\":\"1\"}");
    assert_int_equal(get(f, "lamp").version, 4);
}

static void an_update_without_attributes_keeps_them(void **state)
{
    struct fixture *f = *state;
    const struct attribute a[] = {{STR("a"), STR("1")}};
    create(f, "lamp", NULL, set(a, 1));
    struct thing_update in = {.name = STR("lamp")};
    CHECK_OK(WRITE(f, thing_update(&f->ctx, &in, &f->why)));
    CHECK_STR(get(f, "lamp").attributes, "{\"a\":\"1\"}");
}

static void an_update_of_another_version_is_refused(void **state)
{
    struct fixture *f = *state;
    plain(f, "lamp");
    struct thing_update in = {.name = STR("lamp"), .expected_version = {true, 2}};
    CHECK_REFUSED(f, STATUS_VERSION_CONFLICT, "thing lamp is at version 1, not at version 2",
                  WRITE(f, thing_update(&f->ctx, &in, &f->why)));
    in.expected_version.value = 1;
    CHECK_OK(WRITE(f, thing_update(&f->ctx, &in, &f->why)));
    in.name = STR("none");
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no thing is named none",
                  WRITE(f, thing_update(&f->ctx, &in, &f->why)));
}

static void a_type_is_given_changed_and_taken_away(void **state)
{
    struct fixture *f = *state;
    make_type(f, "bulb");
    make_type(f, "tube");
    plain(f, "lamp");
    struct thing_update in = {.name = STR("lamp"), .type_name = STR("bulb")};
    CHECK_OK(WRITE(f, thing_update(&f->ctx, &in, &f->why)));
    in.type_name = STR("tube");
    CHECK_OK(WRITE(f, thing_update(&f->ctx, &in, &f->why)));
    CHECK_STR(get(f, "lamp").type_name, "tube");
    in.remove_type = true;
    CHECK_REFUSED(f, STATUS_INVALID, "given type tube and lose its type",
                  WRITE(f, thing_update(&f->ctx, &in, &f->why)));
    in.type_name = STR_ABSENT;
    CHECK_OK(WRITE(f, thing_update(&f->ctx, &in, &f->why)));
    CHECK_STR(get(f, "lamp").type_name, "");
    in = (struct thing_update){.name = STR("lamp"), .type_name = STR("none")};
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no thing type is named none",
                  WRITE(f, thing_update(&f->ctx, &in, &f->why)));
}

static void a_deprecated_type_stays_on_its_things_only(void **state)
{
    struct fixture *f = *state;
    make_type(f, "bulb");
    create(f, "old", "bulb", (struct attributes_change){0});
    plain(f, "new");
    CHECK_OK(WRITE(f, thing_type_deprecate(&f->ctx, STR("bulb"), false, &f->why)));
    struct thing_update in = {.name = STR("old"), .type_name = STR("bulb")};
    CHECK_OK(WRITE(f, thing_update(&f->ctx, &in, &f->why)));
    in.name = STR("new");
    CHECK_REFUSED(f, STATUS_INVALID, "thing type bulb is deprecated",
                  WRITE(f, thing_update(&f->ctx, &in, &f->why)));
}

static void a_type_cannot_be_taken_from_a_thing_with_too_many_attributes(void **state)
{
    struct fixture *f = *state;
    make_type(f, "bulb");
    create(f, "lamp", "bulb", many(f, 4));
    struct thing_update in = {.name = STR("lamp"), .remove_type = true};
    CHECK_REFUSED(f, STATUS_INVALID, "without a type lamp would have 4 attributes; it may have 3",
                  WRITE(f, thing_update(&f->ctx, &in, &f->why)));
    assert_int_equal(get(f, "lamp").version, 1);
}

/* ---- deleting ---------------------------------------------------------------------------------
 */

static void deleting_leaves_nothing_of_a_thing(void **state)
{
    struct fixture *f = *state;
    struct thing_group group;
    struct group_create in = {.name = STR("house")};
    CHECK_OK(WRITE(f, group_create(&f->ctx, &in, &group, &f->why)));
    uint64_t digest = fixture_digest(f);
    const struct attribute a[] = {{STR("a"), STR("1")}};
    create(f, "lamp", NULL, set(a, 1));
    struct membership member = {.thing_name = STR("lamp"), .group_name = STR("house")};
    CHECK_OK(WRITE(f, membership_add(&f->ctx, &member, &f->why)));
    CHECK_OK(WRITE(f, thing_delete(&f->ctx, STR("lamp"), (struct maybe_int){0}, &f->why)));
    assert_true(fixture_digest(f) == digest);
}

static void deleting_what_is_not_there_is_no_failure(void **state)
{
    struct fixture *f = *state;
    CHECK_OK(WRITE(f, thing_delete(&f->ctx, STR("lamp"), (struct maybe_int){true, 9}, &f->why)));
}

static void deleting_heeds_version_and_principals(void **state)
{
    struct fixture *f = *state;
    plain(f, "lamp");
    CHECK_REFUSED(
        f, STATUS_VERSION_CONFLICT, "is at version 1, not at version 3",
        WRITE(f, thing_delete(&f->ctx, STR("lamp"), (struct maybe_int){true, 3}, &f->why)));
    struct str arn = fixture_certificate(f, "c0ffee");
    CHECK_OK(WRITE(f, principal_attach(&f->ctx, STR("lamp"), arn, STR_ABSENT, &f->why)));
    CHECK_REFUSED(f, STATUS_INVALID, "while principals are attached",
                  WRITE(f, thing_delete(&f->ctx, STR("lamp"), (struct maybe_int){0}, &f->why)));
    CHECK_OK(WRITE(f, principal_detach(&f->ctx, STR("lamp"), arn, &f->why)));
    CHECK_OK(WRITE(f, thing_delete(&f->ctx, STR("lamp"), (struct maybe_int){true, 1}, &f->why)));
}

/* ---- lists ------------------------------------------------------------------------------------
 */

/* Reads every page and checks that they hold lamp-`from` .. lamp-`to`, each once and in order. */
static void check_pages(struct fixture *f, const struct things_filter *filter, size_t size,
                        int from, int to)
{
    struct page page = {.max = size};
    int at = from;
    do {
        struct page_rows rows;
        CHECK_OK(READ(f, things_list(&f->ctx, filter, &page, &rows, &f->why)));
        assert_true(rows.n <= size);
        assert_true(rows.n == size || str_absent(rows.next));
        const struct thing *things = rows.rows;
        for (size_t i = 0; i < rows.n; i++) {
            assert_true(str_eq(things[i].name, fixture_name(f, "lamp", at++)));
        }
        page.after = rows.next;
    } while (!str_absent(page.after));
    assert_int_equal(at, to + 1);
}

static void make_lamps(struct fixture *f, int n)
{
    make_type(f, "even");
    for (int i = 0; i < n; i++) {
        const struct attribute items[] = {{STR("row"), fixture_name(f, "r", i / 10)},
                                          {STR("all"), STR("x")}};
        struct thing_create in = {fixture_name(f, "lamp", i), i < n / 2 ? STR("even") : STR_ABSENT,
                                  set(items, 2)};
        struct thing thing;
        CHECK_OK(WRITE(f, thing_create(&f->ctx, &in, &thing, &f->why)));
    }
}

static void pages_hold_every_thing_once_at_any_size(void **state)
{
    struct fixture *f = *state;
    const struct things_filter any = {0};
    check_pages(f, &any, 5, 0, -1);
    make_lamps(f, 40);
    const size_t sizes[] = {1, 7, 20, 39, 40, 41, 250};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        check_pages(f, &any, sizes[i], 0, 39);
    }
}

static void things_are_found_by_type_attribute_value_and_prefix(void **state)
{
    struct fixture *f = *state;
    make_lamps(f, 40);
    const struct things_filter type = {.type_name = STR("even")};
    check_pages(f, &type, 6, 0, 19);
    const struct things_filter value = {.attribute = STR("row"), .value = STR("r-001")};
    check_pages(f, &value, 3, 10, 19);
    const struct things_filter prefix = {
        .attribute = STR("row"), .value = STR("r-00"), .prefix = true};
    check_pages(f, &prefix, 9, 0, 39);
    const struct things_filter narrow = {
        .attribute = STR("row"), .value = STR("r-002"), .prefix = true};
    check_pages(f, &narrow, 10, 20, 29);
    const struct things_filter name = {.attribute = STR("row")};
    check_pages(f, &name, 4, 0, 39);
    const struct things_filter both = {
        .attribute = STR("row"), .value = STR("r-001"), .type_name = STR("even")};
    check_pages(f, &both, 4, 10, 19);
    const struct things_filter neither = {
        .attribute = STR("row"), .value = STR("r-003"), .type_name = STR("even")};
    check_pages(f, &neither, 4, 0, -1);
    const struct things_filter unknown = {.attribute = STR("none"), .value = STR("x")};
    check_pages(f, &unknown, 4, 0, -1);
}

static void pages_of_large_things_end_before_they_are_too_large(void **state)
{
    struct fixture *f = *state;
    make_type(f, "even");
    char *text = arena_alloc(f->ctx.mem, 47000);
    assert_non_null(text);
    memset(text, 'x', 47000);
    fixture_write_begin(f);
    for (int i = 0; i < 250; i++) {
        const struct attribute items[] = {{STR("all"), STR("x")}, {STR("big"), {text, 47000}}};
        const struct thing_create in = {fixture_name(f, "lamp", i), STR("even"), set(items, 2)};
        struct thing thing;
        CHECK_OK(thing_create(&f->ctx, &in, &thing, &f->why));
    }
    CHECK_OK(fixture_write_end(f, STATUS_OK));
    const struct things_filter filters[] = {
        {0}, {.type_name = STR("even")}, {.attribute = STR("all"), .value = STR("x")}};
    struct arena *mem = f->ctx.mem;
    for (size_t i = 0; i < 3; i++) {
        struct page page = {.max = 250};
        size_t n = 0;
        int n_pages = 0;
        do {
            struct page_rows rows;
            f->ctx.mem = arena_new(5 << 20);
            CHECK_OK(READ(f, things_list(&f->ctx, &filters[i], &page, &rows, &f->why)));
            n += rows.n;
            n_pages++;
            CHECK_OK(str_dup(mem, rows.next, &page.after, &f->why));
            arena_free(f->ctx.mem);
        } while (!str_absent(page.after));
        f->ctx.mem = mem;
        assert_int_equal(n, 250);
        assert_int_equal(n_pages, 3);
    }
}

static void an_update_moves_a_thing_between_values(void **state)
{
    struct fixture *f = *state;
    make_lamps(f, 1);
    const struct attribute items[] = {{STR("row"), STR("new")}};
    struct thing_update in = {.name = STR("lamp-000"), .attributes = set(items, 1)};
    CHECK_OK(WRITE(f, thing_update(&f->ctx, &in, &f->why)));
    const struct things_filter old = {.attribute = STR("row"), .value = STR("r-000")};
    check_pages(f, &old, 5, 0, -1);
    const struct things_filter new = {.attribute = STR("row"), .value = STR("new")};
    check_pages(f, &new, 5, 0, 0);
}

static void an_index_without_its_thing_is_corrupt_not_missing(void **state)
{
    struct fixture *f = *state;
    const struct thing_attribute stray = {STR("a"), STR("1"), STR("ghost")};
    CHECK_OK(WRITE(f, store_put(f->ctx.tx, TABLE(thing_attribute), &stray, &f->why)));
    const struct things_filter filter = {.attribute = STR("a")};
    struct page page = {0};
    struct page_rows rows;
    CHECK_REFUSED(f, STATUS_CORRUPT, "thing ghost is found by attribute a and is not there",
                  READ(f, things_list(&f->ctx, &filter, &page, &rows, &f->why)));
}

static void filters_that_say_nothing_are_refused(void **state)
{
    struct fixture *f = *state;
    struct page page = {0};
    struct page_rows rows;
    const struct things_filter value = {.value = STR("x")};
    CHECK_REFUSED(f, STATUS_INVALID, "needs an attributeName",
                  READ(f, things_list(&f->ctx, &value, &page, &rows, &f->why)));
    const struct things_filter prefix = {.attribute = STR("x"), .prefix = true};
    CHECK_REFUSED(f, STATUS_INVALID, "needs an attributeValue",
                  READ(f, things_list(&f->ctx, &prefix, &page, &rows, &f->why)));
}

/* ---- failing ----------------------------------------------------------------------------------
 */

static void every_failure_leaves_the_account_as_it_was(void **state)
{
    struct fixture *f = *state;
    const struct attribute ab[] = {{STR("a"), STR("1")}, {STR("b"), STR("2")}};
    struct thing thing;
    struct thing_create in = {STR("lamp"), STR_ABSENT, set(ab, 2)};
    CHECK_ALL_OR_NOTHING(f, thing_create(&f->ctx, &in, &thing, &f->why));
    struct thing_update update = {.name = STR("lamp"), .attributes = set(ab, 1)};
    CHECK_ALL_OR_NOTHING(f, thing_update(&f->ctx, &update, &f->why));
    CHECK_ALL_OR_NOTHING(f, thing_delete(&f->ctx, STR("lamp"), (struct maybe_int){0}, &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_thing_has_version_1_an_id_and_sorted_attributes),
        TEST(creating_the_same_thing_again_changes_nothing),
        TEST(creating_a_different_thing_of_the_name_is_refused_with_its_arn),
        TEST(an_empty_value_is_no_attribute),
        TEST(three_attributes_without_a_type_and_fifty_with_one),
        TEST(attributes_have_a_size_together),
        TEST(a_type_must_exist_and_not_be_deprecated),
        TEST(an_update_replaces_or_merges_attributes),
        TEST(an_update_without_attributes_keeps_them),
        TEST(an_update_of_another_version_is_refused),
        TEST(a_type_is_given_changed_and_taken_away),
        TEST(a_deprecated_type_stays_on_its_things_only),
        TEST(a_type_cannot_be_taken_from_a_thing_with_too_many_attributes),
        TEST(deleting_leaves_nothing_of_a_thing),
        TEST(deleting_what_is_not_there_is_no_failure),
        TEST(deleting_heeds_version_and_principals),
        TEST(pages_hold_every_thing_once_at_any_size),
        TEST(things_are_found_by_type_attribute_value_and_prefix),
        TEST(pages_of_large_things_end_before_they_are_too_large),
        TEST(an_update_moves_a_thing_between_values),
        TEST(an_index_without_its_thing_is_corrupt_not_missing),
        TEST(filters_that_say_nothing_are_refused),
        TEST(every_failure_leaves_the_account_as_it_was),
    };
    return RUN_TESTS("account/thing", tests);
}
