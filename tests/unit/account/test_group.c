#include "account/group.h"

#include "account/logging.h"
#include "account/membership.h"
#include "account/thing.h"
#include "fixture.h"

static enum status create_in(struct fixture *f, const struct group_create *in)
{
    struct thing_group group;
    return WRITE(f, group_create(&f->ctx, in, &group, &f->why));
}

static enum status create(struct fixture *f, struct str name, struct str parent)
{
    const struct group_create in = {.name = name, .parent = parent};
    return create_in(f, &in);
}

static enum status create_dynamic(struct fixture *f, struct str name)
{
    const struct group_create in = {
        .name = name, .dynamic = true, .query = {.query_string = STR("attributes.color:red")}};
    return create_in(f, &in);
}

static struct thing_group get(struct fixture *f, const char *name)
{
    struct thing_group group;
    CHECK_OK(READ(f, group_get(&f->ctx, str_from(name), &group, &f->why)));
    return group;
}

static enum status drop(struct fixture *f, const char *name, bool dynamic)
{
    return WRITE(f, group_delete(&f->ctx, str_from(name), dynamic, (struct maybe_int){0}, &f->why));
}

/* ---- static groups ----------------------------------------------------------------------------
 */

static void a_group_knows_its_parent_and_its_root(void **state)
{
    struct fixture *f = *state;
    struct group_path above;
    CHECK_OK(create(f, STR("site"), STR_ABSENT));
    CHECK_OK(create(f, STR("house"), STR("site")));
    CHECK_OK(create(f, STR("room"), STR("house")));
    struct thing_group room = get(f, "room");
    CHECK_STR(room.parent, "house");
    CHECK_STR(room.root, "site");
    assert_int_equal(room.version, 1);
    CHECK_OK(READ(f, group_path_get(&f->ctx, &room, &above, &f->why)));
    assert_int_equal(above.n, 2);
    CHECK_STR(above.names[0], "site");
    CHECK_STR(above.names[1], "house");
    struct thing_group site = get(f, "site");
    CHECK_STR(site.root, "site");
    CHECK_OK(READ(f, group_path_get(&f->ctx, &site, &above, &f->why)));
    assert_int_equal(above.n, 0);
}

static void creating_again_is_fine_in_the_same_configuration_only(void **state)
{
    struct fixture *f = *state;
    const struct attribute item = {STR("a"), STR("1")};
    const struct group_create in = {
        .name = STR("house"), .description = STR("ours"), .attributes = {true, false, {&item, 1}}};
    CHECK_OK(create_in(f, &in));
    uint64_t digest = fixture_digest(f);
    CHECK_OK(create_in(f, &in));
    assert_true(fixture_digest(f) == digest);
    CHECK_REFUSED(f, STATUS_EXISTS, "thing group house exists",
                  create(f, STR("house"), STR_ABSENT));
    CHECK_STR(str_from(f->why.resource), "arn:aws:iot:us-east-1:123456789012:thinggroup/house");
    CHECK_REFUSED(f, STATUS_EXISTS, "thing group house exists", create_dynamic(f, STR("house")));
}

static void a_parent_must_exist_and_be_static(void **state)
{
    struct fixture *f = *state;
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no thing group is named site",
                  create(f, STR("house"), STR("site")));
    CHECK_OK(create_dynamic(f, STR("reds")));
    CHECK_REFUSED(f, STATUS_INVALID, "reds is dynamic: it cannot have child groups",
                  create(f, STR("house"), STR("reds")));
}

static void a_hierarchy_has_seven_levels(void **state)
{
    struct fixture *f = *state;
    struct str parent = STR_ABSENT;
    for (int level = 1; level <= 7; level++) {
        CHECK_OK(create(f, fixture_name(f, "level", level), parent));
        parent = fixture_name(f, "level", level);
    }
    CHECK_REFUSED(f, STATUS_INVALID, "would be on level 8; a hierarchy may have 7 levels",
                  create(f, STR("deeper"), parent));
    struct group_path above;
    struct thing_group deepest = get(f, "level-007");
    CHECK_OK(READ(f, group_path_get(&f->ctx, &deepest, &above, &f->why)));
    assert_int_equal(above.n, 6);
}

static void a_group_has_a_hundred_children(void **state)
{
    struct fixture *f = *state;
    CHECK_OK(create(f, STR("site"), STR_ABSENT));
    for (int i = 0; i < 100; i++) {
        CHECK_OK(create(f, fixture_name(f, "house", i), STR("site")));
    }
    CHECK_REFUSED(f, STATUS_INVALID, "site already has 100 child groups",
                  create(f, STR("one-more"), STR("site")));
    CHECK_OK(create(f, STR("house-000"), STR("site")));
}

static void a_group_has_fifty_attributes(void **state)
{
    struct fixture *f = *state;
    struct attribute items[51];
    for (int i = 0; i < 51; i++) {
        items[i] = (struct attribute){fixture_name(f, "a", i), STR("v")};
    }
    struct group_create in = {.name = STR("house"), .attributes = {true, false, {items, 51}}};
    CHECK_REFUSED(f, STATUS_INVALID, "thing group house would have 51 attributes; it may have 50",
                  create_in(f, &in));
    in.attributes.values.n = 50;
    CHECK_OK(create_in(f, &in));
}

static void an_update_merges_and_counts_versions(void **state)
{
    struct fixture *f = *state;
    const struct attribute a = {STR("a"), STR("1")};
    const struct attribute b = {STR("b"), STR("2")};
    const struct group_create in = {
        .name = STR("house"), .description = STR("ours"), .attributes = {true, false, {&a, 1}}};
    CHECK_OK(create_in(f, &in));
    struct group_update update = {
        .name = STR("house"), .attributes = {true, true, {&b, 1}}, .expected_version = {true, 1}};
    int64_t version = 0;
    CHECK_OK(WRITE(f, group_update(&f->ctx, &update, &version, &f->why)));
    assert_int_equal(version, 2);
    CHECK_STR(get(f, "house").attributes, "{\"a\":\"1\",\"b\":\"2\"}");
    CHECK_STR(get(f, "house").description, "ours");
    CHECK_REFUSED(f, STATUS_VERSION_CONFLICT, "thing group house is at version 2, not at version 1",
                  WRITE(f, group_update(&f->ctx, &update, &version, &f->why)));
    update = (struct group_update){.name = STR("house"), .description = STR("theirs")};
    CHECK_OK(WRITE(f, group_update(&f->ctx, &update, &version, &f->why)));
    CHECK_STR(get(f, "house").description, "theirs");
    update.name = STR("none");
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no thing group is named none",
                  WRITE(f, group_update(&f->ctx, &update, &version, &f->why)));
}

/* ---- deleting ---------------------------------------------------------------------------------
 */

static void deleting_heeds_children_and_version(void **state)
{
    struct fixture *f = *state;
    CHECK_OK(create(f, STR("site"), STR_ABSENT));
    CHECK_OK(create(f, STR("house"), STR("site")));
    CHECK_REFUSED(f, STATUS_INVALID, "site cannot be deleted while it has child groups",
                  drop(f, "site", false));
    CHECK_REFUSED(
        f, STATUS_VERSION_CONFLICT, "is at version 1, not at version 5",
        WRITE(f, group_delete(&f->ctx, STR("house"), false, (struct maybe_int){true, 5}, &f->why)));
    CHECK_OK(drop(f, "house", false));
    CHECK_OK(drop(f, "site", false));
    CHECK_OK(drop(f, "site", false));
}

static void deleting_leaves_nothing_of_a_group(void **state)
{
    struct fixture *f = *state;
    const struct logging_v2 logging = {.role_arn = STR("arn:aws:iam::123456789012:role/log"),
                                       .level = STR("INFO")};
    struct thing thing;
    CHECK_OK(WRITE(f, logging_v2_set(&f->ctx, &logging, false, &f->why)));
    for (int i = 0; i < 1100; i++) {
        const struct thing_create lamp = {.name = fixture_name(f, "lamp", i)};
        CHECK_OK(WRITE(f, thing_create(&f->ctx, &lamp, &thing, &f->why)));
    }
    uint64_t digest = fixture_digest(f);
    const struct tag_pair pair = {STR("k"), STR("v")};
    const struct group_create in = {.name = STR("house"), .tags = {&pair, 1}};
    CHECK_OK(create_in(f, &in));
    for (int i = 0; i < 1100; i++) {
        const struct membership member = {.thing_name = fixture_name(f, "lamp", i),
                                          .group_name = STR("house")};
        CHECK_OK(WRITE(f, membership_add(&f->ctx, &member, &f->why)));
    }
    struct policy_target target = {.policy = STR("p"), .attached = 1};
    CHECK_OK(account_arn(&f->ctx, STR("thinggroup"), STR("house"), &target.target, &f->why));
    CHECK_OK(WRITE(f, store_put(f->ctx.tx, TABLE(policy_target), &target, &f->why)));
    target.policy = STR("q");
    CHECK_OK(WRITE(f, store_put(f->ctx.tx, TABLE(policy_target), &target, &f->why)));
    CHECK_OK(
        WRITE(f, log_level_set(&f->ctx, STR("THING_GROUP"), STR("house"), STR("DEBUG"), &f->why)));
    CHECK_OK(drop(f, "house", false));
    assert_true(fixture_digest(f) == digest);
}

/* ---- dynamic groups ---------------------------------------------------------------------------
 */

static void a_dynamic_group_keeps_its_query(void **state)
{
    struct fixture *f = *state;
    CHECK_OK(create_dynamic(f, STR("reds")));
    CHECK_OK(create_dynamic(f, STR("reds")));
    struct thing_group reds = get(f, "reds");
    assert_int_equal(reds.dynamic, 1);
    CHECK_STR(reds.query_string, "attributes.color:red");
    CHECK_STR(reds.index_name, "AWS_Things");
    CHECK_STR(reds.query_version, "2017-09-30");
    CHECK_STR(reds.status, "BUILDING");
    struct group_update update = {
        .name = STR("reds"), .dynamic = true, .query = {.query_string = STR("thingName:x*")}};
    int64_t version;
    CHECK_OK(WRITE(f, group_update(&f->ctx, &update, &version, &f->why)));
    CHECK_STR(get(f, "reds").query_string, "thingName:x*");
    CHECK_OK(drop(f, "reds", true));
}

static void a_dynamic_group_has_one_index_and_one_version(void **state)
{
    struct fixture *f = *state;
    struct group_create in = {
        .name = STR("reds"), .dynamic = true, .query = {STR("x"), STR("Mine"), STR_ABSENT}};
    CHECK_REFUSED(f, STATUS_INVALID, "index Mine of dynamic thing group reds", create_in(f, &in));
    in.query = (struct group_query){STR("x"), STR("AWS_Things"), STR("2018-01-01")};
    CHECK_REFUSED(f, STATUS_INVALID, "query version 2018-01-01", create_in(f, &in));
    in.query.query_version = STR("2017-09-30");
    CHECK_OK(create_in(f, &in));
}

static void each_kind_has_its_own_operations(void **state)
{
    struct fixture *f = *state;
    int64_t version;
    CHECK_OK(create(f, STR("house"), STR_ABSENT));
    CHECK_OK(create_dynamic(f, STR("reds")));
    const struct group_update reds = {.name = STR("reds")};
    CHECK_REFUSED(f, STATUS_INVALID, "reds is dynamic: use the operations of dynamic",
                  WRITE(f, group_update(&f->ctx, &reds, &version, &f->why)));
    const struct group_update house = {.name = STR("house"), .dynamic = true};
    CHECK_REFUSED(f, STATUS_INVALID, "house is static: use the operations of static",
                  WRITE(f, group_update(&f->ctx, &house, &version, &f->why)));
    CHECK_REFUSED(f, STATUS_INVALID, "reds is dynamic", drop(f, "reds", false));
    CHECK_REFUSED(f, STATUS_INVALID, "house is static", drop(f, "house", true));
}

static void an_account_has_a_hundred_dynamic_groups(void **state)
{
    struct fixture *f = *state;
    CHECK_OK(create(f, STR("house"), STR_ABSENT));
    for (int i = 0; i < 100; i++) {
        CHECK_OK(create_dynamic(f, fixture_name(f, "d", i)));
    }
    CHECK_REFUSED(f, STATUS_LIMIT, "already has 100 dynamic thing groups",
                  create_dynamic(f, STR("more")));
    CHECK_OK(drop(f, "d-050", true));
    CHECK_OK(create_dynamic(f, STR("more")));
}

static void every_failure_leaves_the_account_as_it_was(void **state)
{
    struct fixture *f = *state;
    CHECK_OK(create(f, STR("site"), STR_ABSENT));
    const struct tag_pair pair = {STR("k"), STR("v")};
    const struct attribute a = {STR("a"), STR("1")};
    const struct group_create in = {.name = STR("house"),
                                    .parent = STR("site"),
                                    .attributes = {true, false, {&a, 1}},
                                    .tags = {&pair, 1}};
    struct thing_group group;
    CHECK_ALL_OR_NOTHING(f, group_create(&f->ctx, &in, &group, &f->why));
    const struct group_update update = {.name = STR("house"), .attributes = {true, true, {&a, 1}}};
    int64_t version;
    CHECK_ALL_OR_NOTHING(f, group_update(&f->ctx, &update, &version, &f->why));
    CHECK_ALL_OR_NOTHING(
        f, group_delete(&f->ctx, STR("house"), false, (struct maybe_int){0}, &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_group_knows_its_parent_and_its_root),
        TEST(creating_again_is_fine_in_the_same_configuration_only),
        TEST(a_parent_must_exist_and_be_static),
        TEST(a_hierarchy_has_seven_levels),
        TEST(a_group_has_a_hundred_children),
        TEST(a_group_has_fifty_attributes),
        TEST(an_update_merges_and_counts_versions),
        TEST(deleting_heeds_children_and_version),
        TEST(deleting_leaves_nothing_of_a_group),
        TEST(a_dynamic_group_keeps_its_query),
        TEST(a_dynamic_group_has_one_index_and_one_version),
        TEST(each_kind_has_its_own_operations),
        TEST(an_account_has_a_hundred_dynamic_groups),
        TEST(every_failure_leaves_the_account_as_it_was),
    };
    return RUN_TESTS("account/group", tests);
}
