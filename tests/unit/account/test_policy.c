/* Policies and their versions. */
#include "account/policy.h"

#include "account/policy_target.h"
#include "fixture.h"

#define DOCUMENT                                                                                   \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"iot:Connect\"," \
    "\"Resource\":\"*\"}]}"

static enum status create(struct fixture *f, const char *name)
{
    struct policy policy;
    struct tags none = {NULL, 0};
    return WRITE(f, policy_create(&f->ctx, str_from(name), STR(DOCUMENT), none, &policy, &f->why));
}

static enum status add(struct fixture *f, bool set_as_default)
{
    struct policy_version version;
    return WRITE(f, policy_version_create(&f->ctx, STR("P"), STR("{\"another\":1}"), set_as_default,
                                          &version, &f->why));
}

/* "1 2* 4": the numbers of all versions, the default one with a star. */
static const char *numbers(struct fixture *f)
{
    struct policy_versions versions;
    struct str text = STR("");
    CHECK_OK(READ(f, policy_version_list(&f->ctx, STR("P"), &versions, &f->why)));
    for (size_t i = 0; i < versions.n; i++) {
        long long number = versions.at[i].version;
        bool is_default = number == versions.policy.default_version;
        CHECK_OK(str_fmt(f->ctx.mem, &text, &f->why, "%.*s%s%lld%s", STR_ARG(text),
                         i == 0 ? "" : " ", number, is_default ? "*" : ""));
    }
    return str_z(f->ctx.mem, text);
}

static void documents_are_held_against_grammar_and_size(void **state)
{
    struct fixture *f = *state;
    struct arena *mem = f->ctx.mem;
    CHECK_OK(policy_document_check(mem, STR(DOCUMENT), &f->why));
    CHECK_REFUSED(f, STATUS_MALFORMED_POLICY, "", policy_document_check(mem, STR(""), &f->why));
    CHECK_REFUSED(f, STATUS_MALFORMED_POLICY, "", policy_document_check(mem, STR("{}"), &f->why));
    CHECK_REFUSED(f, STATUS_MALFORMED_POLICY, "UTF-8",
                  policy_document_check(mem, STR("\xff"), &f->why));
    static const struct {
        size_t letters;
        enum status want;
    } sizes[] = {{2048, STATUS_OK}, {2049, STATUS_MALFORMED_POLICY}};
    static const char head[] = "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"iot:Connect\","
                               "\"Resource\":\"arn:aws:iot:us-east-1:1:client/";
    static const char tail[] = "\"}]}";
    for (size_t i = 0; i < 2; i++) {
        size_t fill = sizes[i].letters - (sizeof head - 1) - (sizeof tail - 1);
        char *text = arena_alloc(mem, 20000);
        memcpy(text, head, sizeof head - 1);
        memset(text + sizeof head - 1, 'x', fill);
        memcpy(text + sizeof head - 1 + fill, tail, sizeof tail - 1);
        memset(text + sizes[i].letters, ' ', 9000); /* white space does not count */
        CHECK_STATUS(
            policy_document_check(mem, (struct str){text, sizes[i].letters + 9000}, &f->why),
            sizes[i].want);
    }
    assert_non_null(strstr(f->why.text, "2049"));
}

static void a_policy_begins_with_version_1_as_its_default(void **state)
{
    struct fixture *f = *state;
    struct policy policy;
    struct policy_version version;
    CHECK_OK(create(f, "P"));
    CHECK_OK(READ(f, policy_get(&f->ctx, STR("P"), &policy, &version, &f->why)));
    CHECK_STR(version.document, DOCUMENT);
    assert_true(version.version == 1 && policy.default_version == 1);
    assert_true(policy.created == f->now && policy.modified == f->now);
    assert_int_equal(version.document_hash.len, 64);
    CHECK_REFUSED(f, STATUS_EXISTS, "exists", create(f, "P"));
    assert_string_equal(f->why.resource, "arn:aws:iot:us-east-1:123456789012:policy/P");
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "Q",
                  READ(f, policy_get(&f->ctx, STR("Q"), &policy, NULL, &f->why)));
}

static void numbers_count_up_and_are_not_used_again(void **state)
{
    struct fixture *f = *state;
    CHECK_OK(create(f, "P"));
    CHECK_OK(add(f, false));
    CHECK_OK(add(f, true));
    assert_string_equal(numbers(f), "1 2 3*");
    CHECK_OK(WRITE(f, policy_version_delete(&f->ctx, STR("P"), STR("2"), &f->why)));
    CHECK_OK(add(f, false));
    CHECK_OK(WRITE(f, policy_version_delete(&f->ctx, STR("P"), STR("4"), &f->why)));
    CHECK_OK(add(f, false));
    assert_string_equal(numbers(f), "1 3* 5");
}

static void a_sixth_version_is_too_many(void **state)
{
    struct fixture *f = *state;
    CHECK_OK(create(f, "P"));
    for (int i = 0; i < 4; i++) {
        CHECK_OK(add(f, false));
    }
    CHECK_REFUSED(f, STATUS_VERSIONS_LIMIT, "5 versions", add(f, true));
    assert_string_equal(numbers(f), "1* 2 3 4 5");
}

static void the_default_moves_and_a_change_has_a_new_generation(void **state)
{
    struct fixture *f = *state;
    struct policy before;
    struct policy after;
    CHECK_OK(create(f, "P"));
    CHECK_OK(add(f, false));
    CHECK_OK(READ(f, policy_get(&f->ctx, STR("P"), &before, NULL, &f->why)));
    f->now += MINUTE_MS;
    CHECK_OK(WRITE(f, policy_set_default(&f->ctx, STR("P"), STR("1"), &f->why)));
    CHECK_OK(READ(f, policy_get(&f->ctx, STR("P"), &after, NULL, &f->why)));
    assert_true(str_eq(before.generation_id, after.generation_id)); /* it was the default */
    CHECK_OK(WRITE(f, policy_set_default(&f->ctx, STR("P"), STR("2"), &f->why)));
    CHECK_OK(READ(f, policy_get(&f->ctx, STR("P"), &after, NULL, &f->why)));
    assert_false(str_eq(before.generation_id, after.generation_id));
    assert_true(after.modified == f->now && after.created == before.created);
    assert_string_equal(numbers(f), "1 2*");
}

static void versions_that_are_not_there_are_not_found(void **state)
{
    struct fixture *f = *state;
    static const char *const texts[] = {"2", "0", "99999999999999999999", "-1", ""};
    CHECK_OK(create(f, "P"));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct policy_version version;
        struct str number = str_from(texts[i]);
        CHECK_REFUSED(
            f, STATUS_NOT_FOUND, "no version",
            READ(f, policy_version_get(&f->ctx, STR("P"), number, NULL, &version, &f->why)));
        CHECK_REFUSED(f, STATUS_NOT_FOUND, "no version",
                      WRITE(f, policy_set_default(&f->ctx, STR("P"), number, &f->why)));
        CHECK_REFUSED(f, STATUS_NOT_FOUND, "no version",
                      WRITE(f, policy_version_delete(&f->ctx, STR("P"), number, &f->why)));
    }
}

static void what_is_in_use_is_not_deleted(void **state)
{
    struct fixture *f = *state;
    struct str identity = STR("us-east-1:00000000-0000-4000-8000-000000000000");
    bool was;
    CHECK_OK(create(f, "P"));
    CHECK_OK(add(f, false));
    CHECK_REFUSED(f, STATUS_DELETE_CONFLICT, "default",
                  WRITE(f, policy_version_delete(&f->ctx, STR("P"), STR("1"), &f->why)));
    CHECK_REFUSED(f, STATUS_DELETE_CONFLICT, "versions",
                  WRITE(f, policy_delete(&f->ctx, STR("P"), &f->why)));
    CHECK_OK(WRITE(f, policy_version_delete(&f->ctx, STR("P"), STR("2"), &f->why)));
    CHECK_OK(WRITE(f, policy_attach(&f->ctx, STR("P"), identity, &f->why)));
    CHECK_REFUSED(f, STATUS_DELETE_CONFLICT, "attached",
                  WRITE(f, policy_delete(&f->ctx, STR("P"), &f->why)));
    CHECK_OK(WRITE(f, policy_detach(&f->ctx, STR("P"), identity, &was, &f->why)));
    CHECK_OK(WRITE(f, policy_delete(&f->ctx, STR("P"), &f->why)));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "P", WRITE(f, policy_delete(&f->ctx, STR("P"), &f->why)));
    CHECK_OK(create(f, "P"));
    assert_string_equal(numbers(f), "1*");
}

static void a_deleted_policy_takes_its_tags_along(void **state)
{
    struct fixture *f = *state;
    struct tag_pair pair = {STR("team"), STR("ot")};
    struct policy policy;
    struct tags tags = {&pair, 1};
    CHECK_OK(WRITE(f, policy_create(&f->ctx, STR("P"), STR(DOCUMENT), tags, &policy, &f->why)));
    CHECK_OK(WRITE(f, policy_delete(&f->ctx, STR("P"), &f->why)));
    CHECK_OK(create(f, "P"));
    CHECK_OK(READ(
        f, tags_list(&f->ctx, STR("arn:aws:iot:us-east-1:123456789012:policy/P"), &tags, &f->why)));
    assert_int_equal(tags.n, 0);
}

static void policies_are_listed_by_creation(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {"zebra", "ant", "mole"};
    for (size_t i = 0; i < 3; i++) {
        f->now += SECOND_MS;
        CHECK_OK(create(f, names[i]));
    }
    for (int descending = 0; descending < 2; descending++) {
        struct page page = {.max = 2, .descending = descending, .after = STR_ABSENT};
        struct page_rows listed;
        CHECK_OK(READ(f, policy_list(&f->ctx, &page, &listed, &f->why)));
        const struct policy *rows = listed.rows;
        CHECK_STR(rows[0].name, descending ? "mole" : "zebra");
        CHECK_STR(rows[1].name, "ant");
        page.after = listed.next;
        CHECK_OK(READ(f, policy_list(&f->ctx, &page, &listed, &f->why)));
        assert_int_equal(listed.n, 1);
        assert_true(str_absent(listed.next));
    }
}

static void changes_happen_whole_or_not_at_all(void **state)
{
    struct fixture *f = *state;
    struct policy policy;
    struct policy_version version;
    struct tag_pair pair = {STR("team"), STR("ot")};
    struct tags tags = {&pair, 1};
    CHECK_ALL_OR_NOTHING(f,
                         policy_create(&f->ctx, STR("P"), STR(DOCUMENT), tags, &policy, &f->why));
    CHECK_ALL_OR_NOTHING(
        f, policy_version_create(&f->ctx, STR("P"), STR(DOCUMENT), true, &version, &f->why));
    CHECK_ALL_OR_NOTHING(f, policy_version_delete(&f->ctx, STR("P"), STR("1"), &f->why));
    CHECK_ALL_OR_NOTHING(f, policy_delete(&f->ctx, STR("P"), &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(documents_are_held_against_grammar_and_size),
        TEST(a_policy_begins_with_version_1_as_its_default),
        TEST(numbers_count_up_and_are_not_used_again),
        TEST(a_sixth_version_is_too_many),
        TEST(the_default_moves_and_a_change_has_a_new_generation),
        TEST(versions_that_are_not_there_are_not_found),
        TEST(what_is_in_use_is_not_deleted),
        TEST(a_deleted_policy_takes_its_tags_along),
        TEST(policies_are_listed_by_creation),
        TEST(changes_happen_whole_or_not_at_all),
    };
    return RUN_TESTS("account/policy", tests);
}
