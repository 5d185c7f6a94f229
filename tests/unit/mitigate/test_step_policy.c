#include "account/policy.h"
#include "mitigate_fixture.h"

#define CHECK CHECK_IOT_POLICY_OVERLY_PERMISSIVE

static void add_version(struct fixture *f, bool set_as_default)
{
    struct policy_version version;
    CHECK_OK(WRITE(f, policy_version_create(&f->ctx, STR("wide"), STR("{}"), set_as_default,
                                            &version, &f->why)));
}

static struct str set_up(struct fixture *f)
{
    struct policy policy;
    account_make(f);
    put_action(f, "blank", ACTION_REPLACE_DEFAULT_POLICY_VERSION);
    CHECK_OK(WRITE(f, policy_create(&f->ctx, STR("wide"), STR("{\"a\":1}"), (struct tags){0},
                                    &policy, &f->why)));
    return put_finding(f, CHECK, "1", "policyVersionIdentifier=wide\n1");
}

static struct policy_version get_default(struct fixture *f)
{
    struct policy policy;
    struct policy_version version;
    CHECK_OK(READ(f, policy_get(&f->ctx, STR("wide"), &policy, &version, &f->why)));
    return version;
}

static void a_version_that_allows_nothing_becomes_the_default_and_goes(void **state)
{
    struct fixture *f = *state;
    struct str finding = set_up(f);
    mitigate(f, &(struct request_of){CHECK, {"blank"}});
    only_execution(f, finding, "COMPLETED");
    struct policy_version version = get_default(f);
    assert_int_equal(version.version, 2);
    CHECK_STR(version.document, "{\"Version\":\"2012-10-17\",\"Statement\":[]}");
    CHECK_OK(policy_document_check(f->ctx.mem, version.document, &f->why));
    struct page_rows rows = undo_task(f);
    check_undone(&rows, NULL);
    assert_int_equal(get_default(f).version, 1);
    CHECK_REFUSED(
        f, STATUS_NOT_FOUND, "policy wide has no version 2",
        READ(f, policy_version_get(&f->ctx, STR("wide"), STR("2"), NULL, &version, &f->why)));
}

/* A policy may be found twice, for two reasons. */
static void a_blank_policy_is_no_change(void **state)
{
    struct fixture *f = *state;
    set_up(f);
    struct str second = put_finding(f, CHECK, "2", "policyVersionIdentifier=wide\n1");
    mitigate(f, &(struct request_of){CHECK, {"blank"}});
    only_execution(f, second, "COMPLETED");
    assert_int_equal(get_default(f).version, 2);
    assert_int_equal(undo_task(f).n, 1);
}

static void a_default_that_the_finding_is_not_about_is_left_alone(void **state)
{
    struct fixture *f = *state;
    struct str finding = set_up(f);
    add_version(f, true);
    mitigate(f, &(struct request_of){CHECK, {"blank"}});
    struct mitigation_execution done = only_execution(f, finding, "FAILED");
    check_message(
        &done, "ConflictException",
        "the finding is about version 1 of policy wide, whose default is version 2 since");
    assert_int_equal(get_default(f).version, 2);
}

static void five_versions_leave_no_room(void **state)
{
    struct fixture *f = *state;
    struct str finding = set_up(f);
    for (int i = 0; i < 4; i++) {
        add_version(f, false);
    }
    mitigate(f, &(struct request_of){CHECK, {"blank"}});
    struct mitigation_execution done = only_execution(f, finding, "FAILED");
    check_message(&done, "VersionsLimitExceededException", "policy wide has 5 versions");
}

static void a_policy_that_is_gone_fails_the_step(void **state)
{
    struct fixture *f = *state;
    set_up(f);
    struct str finding = put_finding(f, CHECK, "2", "policyVersionIdentifier=none\n1");
    mitigate(f, &(struct request_of){CHECK, {"blank"}});
    struct mitigation_execution done = only_execution(f, finding, "FAILED");
    check_message(&done, "ResourceNotFoundException", "no policy is named none");
}

static void another_default_since_is_kept(void **state)
{
    struct fixture *f = *state;
    set_up(f);
    mitigate(f, &(struct request_of){CHECK, {"blank"}});
    add_version(f, true);
    struct page_rows rows = undo_task(f);
    check_undone(&rows, "the policy's default version is 3 since, and no longer the blank one, 2");
    assert_int_equal(get_default(f).version, 3);
}

static void without_the_version_before_it_is_kept(void **state)
{
    struct fixture *f = *state;
    set_up(f);
    mitigate(f, &(struct request_of){CHECK, {"blank"}});
    CHECK_OK(WRITE(f, policy_version_delete(&f->ctx, STR("wide"), STR("1"), &f->why)));
    struct page_rows rows = undo_task(f);
    check_undone(&rows, "version 1 of the policy was deleted since");
}

static void a_policy_made_anew_is_kept(void **state)
{
    struct fixture *f = *state;
    struct policy policy;
    set_up(f);
    mitigate(f, &(struct request_of){CHECK, {"blank"}});
    CHECK_OK(WRITE(f, policy_version_delete(&f->ctx, STR("wide"), STR("1"), &f->why)));
    CHECK_OK(WRITE(f, policy_delete(&f->ctx, STR("wide"), &f->why)));
    f->now += 1000;
    CHECK_OK(WRITE(f, policy_create(&f->ctx, STR("wide"), STR("{\"a\":1}"), (struct tags){0},
                                    &policy, &f->why)));
    struct page_rows rows = undo_task(f);
    check_undone(&rows, "the policy was deleted since");
    assert_int_equal(get_default(f).version, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_version_that_allows_nothing_becomes_the_default_and_goes),
        TEST(a_blank_policy_is_no_change),
        TEST(a_default_that_the_finding_is_not_about_is_left_alone),
        TEST(five_versions_leave_no_room),
        TEST(a_policy_that_is_gone_fails_the_step),
        TEST(another_default_since_is_kept),
        TEST(without_the_version_before_it_is_kept),
        TEST(a_policy_made_anew_is_kept),
    };
    return RUN_TESTS("mitigate/step_policy", tests);
}
