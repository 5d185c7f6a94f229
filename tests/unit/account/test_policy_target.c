/* Where policies are attached. */
#include "account/policy_target.h"

#include "account/group.h"
#include "account/policy.h"
#include "account/policy_names.h"
#include "fixture.h"

#define IDENTITY    STR("eu-west-1:01234567-89ab-4def-8123-456789abcdef")
#define GROUP(name) STR("arn:aws:iot:us-east-1:123456789012:thinggroup/" name)

static void make_policy(struct fixture *f, struct str name)
{
    struct policy policy;
    struct tags none = {NULL, 0};
    CHECK_OK(WRITE(f, policy_create(&f->ctx, name, STR("{}"), none, &policy, &f->why)));
}

static void make_group(struct fixture *f, const char *name, const char *parent)
{
    struct thing_group group;
    struct group_create in = {.name = str_from(name), .parent = str_from(parent)};
    CHECK_OK(WRITE(f, group_create(&f->ctx, &in, &group, &f->why)));
}

static enum status attach(struct fixture *f, const char *policy, struct str target)
{
    f->now += SECOND_MS;
    return WRITE(f, policy_attach(&f->ctx, str_from(policy), target, &f->why));
}

/* The names on one page, with a space after each; the next position goes to *ret_next. */
static const char *listed(struct fixture *f, struct str target, bool recursive, struct page *page)
{
    struct page_rows rows;
    struct str text = STR("");
    CHECK_OK(READ(f, policy_list_attached(&f->ctx, target, recursive, page, &rows, &f->why)));
    for (size_t i = 0; i < rows.n; i++) {
        const struct policy_target *row = (const struct policy_target *)rows.rows + i;
        CHECK_OK(
            str_fmt(f->ctx.mem, &text, &f->why, "%.*s%.*s ", STR_ARG(text), STR_ARG(row->policy)));
    }
    page->after = rows.next;
    return str_z(f->ctx.mem, text);
}

static void targets_are_of_three_forms(void **state)
{
    struct fixture *f = *state;
    struct policy_target_is is;
    CHECK_OK(policy_target_read(&f->ctx, IDENTITY, &is, &f->why));
    assert_int_equal(is.kind, TARGET_COGNITO);
    CHECK_OK(policy_target_read(&f->ctx, GROUP("g"), &is, &f->why));
    assert_int_equal(is.kind, TARGET_GROUP);
    CHECK_STR(is.name, "g");
    CHECK_OK(policy_target_read(&f->ctx, STR("arn:aws:iot:us-east-1:123456789012:cert/AB12"), &is,
                                &f->why));
    assert_int_equal(is.kind, TARGET_CERTIFICATE);
    CHECK_STR(is.text, "arn:aws:iot:us-east-1:123456789012:cert/ab12");
    static const char *const others[] = {
        "",
        "x",
        "*",
        "arn:aws:iot:us-east-1:123456789012:thing/lamp",
        "arn:aws:iot:us-east-1:210987654321:cert/ab12",
        "arn:aws:iot:eu-west-1:123456789012:cert/ab12",
        "arn:aws:iot:us-east-1:123456789012:cert",
        "eu-west-1:01234567-89ab-4def-8123-456789abcdeg",
        ":01234567-89ab-4def-8123-456789abcdef",
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        CHECK_REFUSED(f, STATUS_INVALID, "neither",
                      policy_target_read(&f->ctx, str_from(others[i]), &is, &f->why));
    }
}

static void attaching_needs_both_ends_and_is_idempotent(void **state)
{
    struct fixture *f = *state;
    struct policy_names names;
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "P", attach(f, "P", IDENTITY));
    make_policy(f, STR("P"));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "g", attach(f, "P", GROUP("g")));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no certificate",
                  attach(f, "P", STR("arn:aws:iot:us-east-1:123456789012:cert/ab12")));
    CHECK_OK(attach(f, "P", IDENTITY));
    CHECK_OK(attach(f, "P", IDENTITY));
    CHECK_OK(READ(f, policy_names_get(&f->ctx, IDENTITY, &names, &f->why)));
    assert_int_equal(names.n, 1);
    bool was;
    CHECK_OK(WRITE(f, policy_detach(&f->ctx, STR("P"), IDENTITY, &was, &f->why)));
    assert_true(was);
    CHECK_OK(WRITE(f, policy_detach(&f->ctx, STR("P"), IDENTITY, &was, &f->why)));
    assert_false(was);
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "Q",
                  WRITE(f, policy_detach(&f->ctx, STR("Q"), IDENTITY, &was, &f->why)));
}

static void a_dynamic_group_carries_no_policies(void **state)
{
    struct fixture *f = *state;
    struct thing_group group;
    struct group_create in = {
        .name = STR("d"), .dynamic = true, .query = {.query_string = STR("*")}};
    make_policy(f, STR("P"));
    CHECK_OK(WRITE(f, group_create(&f->ctx, &in, &group, &f->why)));
    CHECK_REFUSED(f, STATUS_INVALID, "dynamic", attach(f, "P", GROUP("d")));
}

static void an_eleventh_policy_is_too_many(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 11; i++) {
        struct str name = fixture_name(f, "P", i);
        make_policy(f, name);
        enum status status = WRITE(f, policy_attach(&f->ctx, name, IDENTITY, &f->why));
        CHECK_STATUS(status, i < 10 ? STATUS_OK : STATUS_LIMIT);
    }
    CHECK_OK(WRITE(f, policy_attach(&f->ctx, fixture_name(f, "P", 0), IDENTITY, &f->why)));
}

static void a_group_lists_its_own_and_on_request_its_ancestors(void **state)
{
    struct fixture *f = *state;
    make_group(f, "root", NULL);
    make_group(f, "mid", "root");
    make_group(f, "leaf", "mid");
    make_policy(f, STR("A"));
    make_policy(f, STR("B"));
    make_policy(f, STR("C"));
    CHECK_OK(attach(f, "C", GROUP("root")));
    CHECK_OK(attach(f, "B", GROUP("mid")));
    CHECK_OK(attach(f, "B", GROUP("root"))); /* twice on the way up, once on the list */
    CHECK_OK(attach(f, "A", GROUP("leaf")));
    struct page all = {.after = STR_ABSENT};
    assert_string_equal(listed(f, GROUP("leaf"), false, &all), "A ");
    assert_string_equal(listed(f, GROUP("leaf"), true, &all), "C B A ");
    assert_string_equal(listed(f, GROUP("mid"), true, &all), "C B ");
    assert_string_equal(listed(f, GROUP("root"), true, &all), "C B ");
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "none",
                  READ(f, policy_list_attached(&f->ctx, GROUP("none"), true, &all,
                                               &(struct page_rows){0}, &f->why)));
}

static void attached_policies_come_in_pages_both_ways(void **state)
{
    struct fixture *f = *state;
    make_policy(f, STR("A"));
    make_policy(f, STR("B"));
    make_policy(f, STR("C"));
    CHECK_OK(attach(f, "B", IDENTITY));
    CHECK_OK(attach(f, "C", IDENTITY));
    CHECK_OK(attach(f, "A", IDENTITY));
    struct page page = {.max = 2, .after = STR_ABSENT};
    assert_string_equal(listed(f, IDENTITY, false, &page), "B C ");
    assert_string_equal(listed(f, IDENTITY, false, &page), "A ");
    assert_true(str_absent(page.after));
    page = (struct page){.max = 1, .descending = true, .after = STR_ABSENT};
    assert_string_equal(listed(f, IDENTITY, false, &page), "A ");
    assert_string_equal(listed(f, IDENTITY, false, &page), "C ");
    assert_string_equal(listed(f, IDENTITY, false, &page), "B ");
    assert_true(str_absent(page.after));
    page.after = STR("nonsense");
    CHECK_STATUS(READ(f, policy_list_attached(&f->ctx, IDENTITY, false, &page,
                                              &(struct page_rows){0}, &f->why)),
                 STATUS_INVALID);
}

static void targets_of_a_policy_are_listed_and_principals_alone(void **state)
{
    struct fixture *f = *state;
    struct page page = {.after = STR_ABSENT};
    struct page_rows rows;
    make_policy(f, STR("P"));
    make_group(f, "g", NULL);
    CHECK_OK(attach(f, "P", GROUP("g")));
    CHECK_OK(attach(f, "P", IDENTITY));
    CHECK_OK(READ(f, policy_list_targets(&f->ctx, STR("P"), false, &page, &rows, &f->why)));
    assert_int_equal(rows.n, 2);
    CHECK_OK(READ(f, policy_list_targets(&f->ctx, STR("P"), true, &page, &rows, &f->why)));
    assert_int_equal(rows.n, 1);
    assert_true(str_eq(((const struct policy_target *)rows.rows)->target, IDENTITY));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "Q",
                  READ(f, policy_list_targets(&f->ctx, STR("Q"), true, &page, &rows, &f->why)));
}

static void attaching_happens_whole_or_not_at_all(void **state)
{
    struct fixture *f = *state;
    make_policy(f, STR("P"));
    make_group(f, "g", NULL);
    CHECK_ALL_OR_NOTHING(f, policy_attach(&f->ctx, STR("P"), GROUP("g"), &f->why));
    bool was;
    CHECK_ALL_OR_NOTHING(f, policy_detach(&f->ctx, STR("P"), GROUP("g"), &was, &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(targets_are_of_three_forms),
        TEST(attaching_needs_both_ends_and_is_idempotent),
        TEST(a_dynamic_group_carries_no_policies),
        TEST(an_eleventh_policy_is_too_many),
        TEST(a_group_lists_its_own_and_on_request_its_ancestors),
        TEST(attached_policies_come_in_pages_both_ways),
        TEST(targets_of_a_policy_are_listed_and_principals_alone),
        TEST(attaching_happens_whole_or_not_at_all),
    };
    return RUN_TESTS("account/policy_target", tests);
}
