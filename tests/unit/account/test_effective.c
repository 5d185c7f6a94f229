/* Which policies decide what a device may do. */
#include "account/effective.h"

#include "account/group.h"
#include "account/membership.h"
#include "account/policy.h"
#include "account/policy_target.h"
#include "account/thing.h"
#include "fixture.h"

#define IDENTITY    STR("eu-west-1:01234567-89ab-4def-8123-456789abcdef")
#define GROUP(name) STR("arn:aws:iot:us-east-1:123456789012:thinggroup/" name)

static void give(struct fixture *f, const char *name, struct str target)
{
    struct policy policy;
    struct tags none = {NULL, 0};
    CHECK_OK(
        WRITE(f, policy_create(&f->ctx, str_from(name), str_from(name), none, &policy, &f->why)));
    CHECK_OK(WRITE(f, policy_attach(&f->ctx, str_from(name), target, &f->why)));
}

static void make_group(struct fixture *f, const char *name, const char *parent)
{
    struct thing_group group;
    struct group_create in = {.name = str_from(name), .parent = str_from(parent)};
    CHECK_OK(WRITE(f, group_create(&f->ctx, &in, &group, &f->why)));
}

/* A lamp in the groups leaf (below mid, below root) and other; each has a policy of its name in
 * capitals, the identity has P. */
static void make_site(struct fixture *f)
{
    struct thing thing;
    struct thing_create lamp = {.name = STR("lamp")};
    make_group(f, "root", NULL);
    make_group(f, "mid", "root");
    make_group(f, "leaf", "mid");
    make_group(f, "other", NULL);
    CHECK_OK(WRITE(f, thing_create(&f->ctx, &lamp, &thing, &f->why)));
    const struct membership leaf = {.thing_name = STR("lamp"), .group_name = STR("leaf")};
    const struct membership other = {.thing_name = STR("lamp"), .group_name = STR("other")};
    CHECK_OK(WRITE(f, membership_add(&f->ctx, &leaf, &f->why)));
    CHECK_OK(WRITE(f, membership_add(&f->ctx, &other, &f->why)));
    give(f, "ROOT", GROUP("root"));
    give(f, "MID", GROUP("mid"));
    give(f, "LEAF", GROUP("leaf"));
    give(f, "OTHER", GROUP("other"));
    give(f, "P", IDENTITY);
}

static const char *names_of(struct fixture *f, const struct effective *effective)
{
    struct str text = STR("");
    for (size_t i = 0; i < effective->by_name.n; i++) {
        const struct policy_version *version = effective_at(effective, i);
        CHECK_OK(str_fmt(f->ctx.mem, &text, &f->why, "%.*s%.*s ", STR_ARG(text),
                         STR_ARG(version->policy)));
    }
    return str_z(f->ctx.mem, text);
}

static void principal_groups_and_their_ancestors_count(void **state)
{
    struct fixture *f = *state;
    struct effective effective;
    make_site(f);
    effective_init(&f->ctx, &effective);
    CHECK_OK(READ(f, effective_add_principal(&f->ctx, &effective, IDENTITY, &f->why)));
    assert_string_equal(names_of(f, &effective), "P ");
    CHECK_OK(READ(f, effective_add_thing(&f->ctx, &effective, STR("lamp"), &f->why)));
    assert_string_equal(names_of(f, &effective), "P LEAF MID ROOT OTHER ");
    effective_init(&f->ctx, &effective);
    CHECK_OK(READ(f, effective_add_principal(&f->ctx, &effective, GROUP("mid"), &f->why)));
    assert_string_equal(names_of(f, &effective), "MID ROOT ");
}

static void a_policy_counts_once_with_its_default_version(void **state)
{
    struct fixture *f = *state;
    struct effective effective;
    struct policy_version version;
    make_site(f);
    CHECK_OK(WRITE(f, policy_attach(&f->ctx, STR("ROOT"), IDENTITY, &f->why)));
    CHECK_OK(WRITE(
        f, policy_version_create(&f->ctx, STR("ROOT"), STR("second"), true, &version, &f->why)));
    CHECK_OK(WRITE(
        f, policy_version_create(&f->ctx, STR("ROOT"), STR("third"), false, &version, &f->why)));
    effective_init(&f->ctx, &effective);
    CHECK_OK(READ(f, effective_add_principal(&f->ctx, &effective, IDENTITY, &f->why)));
    CHECK_OK(READ(f, effective_add_thing(&f->ctx, &effective, STR("lamp"), &f->why)));
    assert_int_equal(effective.by_name.n, 5);
    const struct policy_version *root = map_get(&effective.by_name, STR("ROOT"));
    CHECK_STR(root->document, "second");
}

static void what_is_not_there_is_named(void **state)
{
    struct fixture *f = *state;
    struct effective effective;
    effective_init(&f->ctx, &effective);
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "lamp",
                  READ(f, effective_add_thing(&f->ctx, &effective, STR("lamp"), &f->why)));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "P",
                  READ(f, effective_add_policy(&f->ctx, &effective, STR("P"), &f->why)));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "none",
                  READ(f, effective_add_principal(&f->ctx, &effective, GROUP("none"), &f->why)));
    CHECK_REFUSED(f, STATUS_INVALID, "neither",
                  READ(f, effective_add_principal(&f->ctx, &effective, STR("x"), &f->why)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(principal_groups_and_their_ancestors_count),
        TEST(a_policy_counts_once_with_its_default_version),
        TEST(what_is_not_there_is_named),
    };
    return RUN_TESTS("account/effective", tests);
}
