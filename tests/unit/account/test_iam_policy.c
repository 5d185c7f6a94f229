#include "account/iam_policy.h"

#include "account/iam_aws.h"
#include "account/quotas.h"
#include "iam_fixture.h"

static const struct str P = STR_INIT(POLICY_ARN("P"));

static enum status add_version(struct fixture *f, struct str arn, bool set_default)
{
    struct iam_policy_version version;
    return WRITE(f, iam_policy_version_create(&f->ctx, arn, STR(POLICY(GRANT("Deny", "*", "*"))),
                                              set_default, &version, &f->why));
}

static enum status delete_version(struct fixture *f, struct str arn, const char *number)
{
    return WRITE(f, iam_policy_version_delete(&f->ctx, arn, str_from(number), &f->why));
}

static enum status delete_policy(struct fixture *f, struct str arn)
{
    return WRITE(f, iam_policy_delete(&f->ctx, arn, &f->why));
}

static const struct tag_pair pair = {STR_INIT("team"), STR_INIT("lamps")};

static void a_policy_lives_from_create_to_delete(void **state)
{
    struct fixture *f = *state;
    uint64_t empty = fixture_digest(f);
    struct iam_managed policy;
    struct iam_policy_version version;
    const struct iam_policy_create in = {
        STR("P"), STR("/x/"), STR(ALLOW_LIST_THINGS), STR("d"), {&pair, 1}};
    CHECK_OK(WRITE(f, iam_policy_create(&f->ctx, &in, &policy, &f->why)));
    CHECK_STR(policy.arn, POLICY_ARN("x/P"));
    CHECK_OK(READ(f, iam_policy_get(&f->ctx, policy.arn, &policy, &f->why)));
    CHECK_STR(policy.description, "d");
    assert_int_equal(policy.created, f->now);
    assert_true(str_starts(policy.id, STR("ANPA")));
    CHECK_OK(
        READ(f, iam_policy_version_get(&f->ctx, policy.arn, STR("v1"), NULL, &version, &f->why)));
    CHECK_STR(version.document, ALLOW_LIST_THINGS);
    CHECK_REFUSED(f, STATUS_EXISTS, "A policy called P already exists.",
                  try_policy(f, "p", NULL, ALLOW_LIST_THINGS));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "was not found",
                  READ(f, iam_policy_get(&f->ctx, P, &policy, &f->why)));
    CHECK_REFUSED(f, STATUS_MALFORMED_POLICY, "names no principal",
                  try_policy(f, "q", NULL, TRUST_IOT));
    CHECK_OK(delete_policy(f, STR(POLICY_ARN("x/P"))));
    assert_true(fixture_digest(f) == empty);
}

static void five_versions_of_which_one_counts(void **state)
{
    struct fixture *f = *state;
    struct iam_policy_versions versions;
    CHECK_OK(try_policy(f, "P", NULL, ALLOW_LIST_THINGS));
    f->now += HOUR_MS;
    for (int i = 2; i <= QUOTA_IAM_POLICY_VERSIONS; i++) {
        CHECK_OK(add_version(f, P, i == 3));
    }
    CHECK_REFUSED(f, STATUS_LIMIT, "can have up to 5 versions", add_version(f, P, false));
    CHECK_OK(READ(f, iam_policy_versions_get(&f->ctx, P, &versions, &f->why)));
    assert_int_equal(versions.n, 5);
    assert_int_equal(versions.at[0].version, 5);
    assert_int_equal(versions.policy.default_version, 3);
    assert_int_equal(versions.policy.modified, f->now);
    CHECK_REFUSED(f, STATUS_DELETE_CONFLICT, "Cannot delete the default version",
                  delete_version(f, P, "v3"));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "version v6 does not exist", delete_version(f, P, "v6"));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "versions are v1, v2", delete_version(f, P, "3"));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "versions are v1, v2", delete_version(f, P, "v"));
    CHECK_OK(delete_version(f, P, "v5"));
    CHECK_OK(add_version(f, P, false)); /* numbers are not used again */
    CHECK_OK(WRITE(f, iam_policy_default_set(&f->ctx, P, STR("v6"), &f->why)));
    CHECK_OK(delete_version(f, P, "v3"));
    CHECK_REFUSED(f, STATUS_DELETE_CONFLICT, "more than one version", delete_policy(f, P));
}

static void an_attached_policy_stays(void **state)
{
    struct fixture *f = *state;
    struct page_rows rows;
    const struct page page = {.max = 10};
    size_t n;
    CHECK_OK(try_policy(f, "P", NULL, ALLOW_LIST_THINGS));
    CHECK_OK(try_role(f, "off", NULL, TRUST_IOT));
    CHECK_OK(try_user(f, "ann", NULL));
    CHECK_OK(try_attach(f, IAM_ROLE, "off", POLICY_ARN("P")));
    CHECK_OK(try_attach(f, IAM_USER, "ann", POLICY_ARN("P")));
    CHECK_OK(READ(f, iam_policy_count_attached(&f->ctx, P, &n, &f->why)));
    assert_int_equal(n, 2);
    CHECK_REFUSED(f, STATUS_DELETE_CONFLICT, "P is attached to 2", delete_policy(f, P));
    const struct iam_holders_wanted all = {0};
    const struct iam_holders_wanted users = {.not_roles = true};
    const struct iam_holders_wanted deep = {.prefix = STR("/x/")};
    CHECK_OK(READ(f, iam_policy_holders_list(&f->ctx, P, &all, &page, &rows, &f->why)));
    assert_int_equal(rows.n, 2);
    CHECK_OK(READ(f, iam_policy_holders_list(&f->ctx, P, &deep, &page, &rows, &f->why)));
    assert_int_equal(rows.n, 0);
    CHECK_OK(READ(f, iam_policy_holders_list(&f->ctx, P, &users, &page, &rows, &f->why)));
    assert_int_equal(rows.n, 1);
    CHECK_STR(((struct iam_attached *)rows.rows)->entity, "ann");
}

static void policies_of_aws_are_there_and_stay_as_they_are(void **state)
{
    struct fixture *f = *state;
    const struct str arn = STR(AWS_ARN("service-role/AWSIoTDeviceDefenderAudit"));
    struct iam_managed policy;
    struct iam_policy_versions versions;
    CHECK_OK(READ(f, iam_policy_get(&f->ctx, arn, &policy, &f->why)));
    assert_true(str_eq(policy.arn, arn));
    CHECK_OK(READ(f, iam_policy_versions_get(&f->ctx, arn, &versions, &f->why)));
    assert_int_equal(versions.n, 1);
    assert_true(str_eq(versions.at[0].document, policy.document));
    CHECK_REFUSED(f, STATUS_DENIED, "is a policy of AWS", delete_policy(f, arn));
    CHECK_REFUSED(f, STATUS_DENIED, "is a policy of AWS", add_version(f, arn, true));
    CHECK_REFUSED(f, STATUS_DENIED, "is a policy of AWS", delete_version(f, arn, "v1"));
    CHECK_REFUSED(f, STATUS_DENIED, "is a policy of AWS",
                  WRITE(f, iam_policy_default_set(&f->ctx, arn, STR("v1"), &f->why)));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "is not attachable",
                  READ(f, iam_policy_get(&f->ctx, STR(AWS_ARN("AWSIoTDeviceDefenderAudit")),
                                         &policy, &f->why)));
}

static size_t count(struct fixture *f, struct iam_policies_wanted wanted, size_t page_max)
{
    struct page page = {.max = page_max};
    struct str last = STR("");
    size_t n = 0;
    do {
        struct iam_policies list;
        CHECK_OK(READ(f, iam_policies_list(&f->ctx, &wanted, &page, &list, &f->why)));
        assert_true(list.n <= page_max);
        for (size_t i = 0; i < list.n; i++, n++) {
            assert_false(str_eq(list.at[i].arn, last));
            last = list.at[i].arn;
        }
        page.after = list.next;
    } while (!str_absent(page.after));
    return n;
}

static void lists_are_the_same_whatever_the_page(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 7; i++) {
        CHECK_OK(try_policy(f, str_z(f->ctx.mem, fixture_name(f, "p", i)), i < 3 ? "/x/" : NULL,
                            ALLOW_LIST_THINGS));
    }
    CHECK_OK(try_user(f, "ann", NULL));
    CHECK_OK(try_attach(f, IAM_USER, "ann", POLICY_ARN("x/p-001")));
    CHECK_OK(try_attach(f, IAM_USER, "ann", AWS_ARN("AWSIoTFullAccess")));
    for (size_t max = 1; max < 24; max++) {
        assert_int_equal(count(f, (struct iam_policies_wanted){0}, max), 7 + iam_aws_count());
        assert_int_equal(count(f, (struct iam_policies_wanted){.not_aws = true}, max), 7);
        assert_int_equal(count(f, (struct iam_policies_wanted){.not_local = true}, max),
                         iam_aws_count());
        assert_int_equal(count(f, (struct iam_policies_wanted){.attached = true}, max), 2);
        assert_int_equal(count(f, (struct iam_policies_wanted){.prefix = STR("/x/")}, max), 3);
    }
    struct iam_policies list;
    const struct page bad = {.max = 1, .after = STR("nonsense")};
    const struct iam_policies_wanted all = {0};
    CHECK_STATUS(READ(f, iam_policies_list(&f->ctx, &all, &bad, &list, &f->why)), STATUS_INVALID);
}

static void every_failure_leaves_the_account_as_it_was(void **state)
{
    struct fixture *f = *state;
    struct iam_managed policy;
    struct iam_policy_version version;
    const struct iam_policy_create in = {.name = STR("P"), .document = STR(ALLOW_LIST_THINGS)};
    CHECK_ALL_OR_NOTHING(f, iam_policy_create(&f->ctx, &in, &policy, &f->why));
    CHECK_ALL_OR_NOTHING(
        f, iam_policy_version_create(&f->ctx, P, STR(ALLOW_LIST_THINGS), true, &version, &f->why));
    f->now += HOUR_MS;
    CHECK_ALL_OR_NOTHING(f, iam_policy_version_delete(&f->ctx, P, STR("v1"), &f->why));
    CHECK_ALL_OR_NOTHING(f, iam_policy_delete(&f->ctx, P, &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_policy_lives_from_create_to_delete),
        TEST(five_versions_of_which_one_counts),
        TEST(an_attached_policy_stays),
        TEST(policies_of_aws_are_there_and_stay_as_they_are),
        TEST(lists_are_the_same_whatever_the_page),
        TEST(every_failure_leaves_the_account_as_it_was),
    };
    return RUN_TESTS("account/iam_policy", tests);
}
