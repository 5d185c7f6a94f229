#include "account/iam_grant.h"

#include "account/quotas.h"
#include "iam_fixture.h"

static void inline_policies_are_their_holders_own(void **state)
{
    struct fixture *f = *state;
    struct iam_inline row;
    struct page_rows rows;
    const struct page page = {.max = 10};
    CHECK_OK(try_role(f, "Off", NULL, TRUST_IOT));
    CHECK_OK(try_user(f, "off", NULL));
    CHECK_OK(try_inline(f, IAM_ROLE, "off", "p", ALLOW_LIST_THINGS));
    CHECK_OK(try_inline(f, IAM_ROLE, "OFF", "P", ALLOW_LIST_THINGS));
    CHECK_OK(try_inline(f, IAM_ROLE, "Off", "p", POLICY(GRANT("Deny", "*", "*"))));
    CHECK_OK(READ(f, iam_inline_get(&f->ctx, IAM_ROLE, STR("Off"), STR("p"), &row, &f->why)));
    CHECK_STR(row.document, POLICY(GRANT("Deny", "*", "*")));
    CHECK_OK(READ(f, iam_inline_list(&f->ctx, IAM_ROLE, STR("Off"), &page, &rows, &f->why)));
    assert_int_equal(rows.n, 2);
    CHECK_OK(READ(f, iam_inline_list(&f->ctx, IAM_USER, STR("Off"), &page, &rows, &f->why)));
    assert_int_equal(rows.n, 0);
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "The user policy with name p cannot be found.",
                  READ(f, iam_inline_get(&f->ctx, IAM_USER, STR("off"), STR("p"), &row, &f->why)));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "The role with name none cannot be found.",
                  try_inline(f, IAM_ROLE, "none", "p", ALLOW_LIST_THINGS));
    CHECK_REFUSED(f, STATUS_MALFORMED_POLICY, "names no principal",
                  try_inline(f, IAM_ROLE, "off", "p", TRUST_IOT));
}

/* A document of exactly that many characters. */
static const char *document_of(struct fixture *f, size_t size)
{
    struct str text;
    size_t rest = size - policy_size(STR(POLICY(GRANT("Allow", "s:", "*"))));
    char *name = arena_alloc(f->ctx.mem, rest + 1);
    assert_non_null(name);
    memset(name, 'a', rest);
    CHECK_OK(str_fmt(f->ctx.mem, &text, NULL, POLICY(GRANT("Allow", "s:%s", "*")), name));
    assert_int_equal(policy_size(text), size);
    return str_z(f->ctx.mem, text);
}

static void inline_policies_have_a_size_together(void **state)
{
    struct fixture *f = *state;
    CHECK_OK(try_user(f, "ann", NULL));
    CHECK_OK(try_role(f, "off", NULL, TRUST_IOT));
    CHECK_OK(try_inline(f, IAM_USER, "ann", "a", document_of(f, QUOTA_IAM_USER_INLINE - 100)));
    CHECK_OK(try_inline(f, IAM_USER, "ann", "b", document_of(f, 100)));
    CHECK_REFUSED(f, STATUS_LIMIT, "Maximum policy size of 2048 bytes exceeded for user ann",
                  try_inline(f, IAM_USER, "ann", "c", document_of(f, 100)));
    CHECK_REFUSED(f, STATUS_LIMIT, "together",
                  try_inline(f, IAM_USER, "ann", "b", document_of(f, 101)));
    CHECK_OK(try_inline(f, IAM_USER, "ann", "b", document_of(f, 99)));
    CHECK_OK(try_inline(f, IAM_ROLE, "off", "a", document_of(f, QUOTA_IAM_ROLE_INLINE)));
    CHECK_REFUSED(f, STATUS_LIMIT, "10240 are allowed",
                  try_inline(f, IAM_ROLE, "off", "a", document_of(f, QUOTA_IAM_ROLE_INLINE + 1)));
}

static void ten_managed_policies_are_attached_once_each(void **state)
{
    struct fixture *f = *state;
    struct page_rows rows;
    const struct page page = {.max = 20};
    CHECK_OK(try_role(f, "off", NULL, TRUST_IOT));
    for (int i = 0; i < QUOTA_IAM_ATTACHED; i++) {
        struct str arn;
        struct str name = fixture_name(f, "p", i);
        CHECK_OK(try_policy(f, str_z(f->ctx.mem, name), i < 3 ? "/x/" : NULL, ALLOW_LIST_THINGS));
        CHECK_OK(str_fmt(f->ctx.mem, &arn, NULL, POLICY_ARN("%s%.*s"), i < 3 ? "x/" : "",
                         STR_ARG(name)));
        CHECK_OK(try_attach(f, IAM_ROLE, "off", str_z(f->ctx.mem, arn)));
    }
    uint64_t full = fixture_digest(f);
    f->now += HOUR_MS;
    CHECK_OK(try_attach(f, IAM_ROLE, "off", POLICY_ARN("p-009")));
    assert_true(fixture_digest(f) == full);
    CHECK_REFUSED(f, STATUS_LIMIT, "Cannot exceed quota for PoliciesPerEntity",
                  try_attach(f, IAM_ROLE, "off", AWS_ARN("AWSIoTFullAccess")));
    CHECK_OK(READ(
        f, iam_attached_list(&f->ctx, IAM_ROLE, STR("off"), STR("/x/"), &page, &rows, &f->why)));
    assert_int_equal(rows.n, 3);
    CHECK_OK(READ(
        f, iam_attached_list(&f->ctx, IAM_ROLE, STR("off"), STR_ABSENT, &page, &rows, &f->why)));
    assert_int_equal(rows.n, 10);
}

static void what_is_not_there_is_neither_attached_nor_detached(void **state)
{
    struct fixture *f = *state;
    CHECK_OK(try_role(f, "off", NULL, TRUST_IOT));
    CHECK_OK(try_policy(f, "p", NULL, ALLOW_LIST_THINGS));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "was not found",
                  try_attach(f, IAM_ROLE, "off", POLICY_ARN("none")));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "does not exist or is not attachable",
                  try_attach(f, IAM_ROLE, "off", AWS_ARN("AWSIoTNone")));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "The user with name off",
                  try_attach(f, IAM_USER, "off", POLICY_ARN("p")));
    CHECK_REFUSED(
        f, STATUS_NOT_FOUND, "is not attached to role off",
        WRITE(f, iam_detach(&f->ctx, IAM_ROLE, STR("off"), STR(POLICY_ARN("p")), &f->why)));
}

static void all_that_counts_is_gathered(void **state)
{
    struct fixture *f = *state;
    struct iam_grants grants;
    CHECK_OK(try_role(f, "off", NULL, TRUST_IOT));
    CHECK_OK(try_inline(f, IAM_ROLE, "off", "own", ALLOW_LIST_THINGS));
    CHECK_OK(try_policy(f, "p", NULL, POLICY(GRANT("Deny", "*", "*"))));
    CHECK_OK(try_attach(f, IAM_ROLE, "off", POLICY_ARN("p")));
    CHECK_OK(try_attach(f, IAM_ROLE, "off", AWS_ARN("AdministratorAccess")));
    CHECK_OK(READ(f, iam_grants_get(&f->ctx, IAM_ROLE, STR("off"), &grants, &f->why)));
    assert_int_equal(grants.n, 3);
    CHECK_STR(grants.at[0].name, "own");
    assert_true(str_absent(grants.at[0].arn));
    CHECK_STR(grants.at[0].document, ALLOW_LIST_THINGS);
    CHECK_STR(grants.at[1].arn, POLICY_ARN("p"));
    CHECK_STR(grants.at[1].document, POLICY(GRANT("Deny", "*", "*")));
    CHECK_STR(grants.at[2].name, "AdministratorAccess");
}

static void every_failure_leaves_the_account_as_it_was(void **state)
{
    struct fixture *f = *state;
    CHECK_OK(try_role(f, "off", NULL, TRUST_IOT));
    CHECK_OK(try_inline(f, IAM_ROLE, "off", "other", ALLOW_LIST_THINGS));
    const struct str off = STR("off");
    const struct str arn = STR(AWS_ARN("AWSIoTFullAccess"));
    CHECK_ALL_OR_NOTHING(
        f, iam_inline_put(&f->ctx, IAM_ROLE, off, STR("p"), STR(ALLOW_LIST_THINGS), &f->why));
    CHECK_ALL_OR_NOTHING(f, iam_inline_delete(&f->ctx, IAM_ROLE, off, STR("p"), &f->why));
    CHECK_ALL_OR_NOTHING(f, iam_attach(&f->ctx, IAM_ROLE, off, arn, &f->why));
    CHECK_ALL_OR_NOTHING(f, iam_detach(&f->ctx, IAM_ROLE, off, arn, &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(inline_policies_are_their_holders_own),
        TEST(inline_policies_have_a_size_together),
        TEST(ten_managed_policies_are_attached_once_each),
        TEST(what_is_not_there_is_neither_attached_nor_detached),
        TEST(all_that_counts_is_gathered),
        TEST(every_failure_leaves_the_account_as_it_was),
    };
    return RUN_TESTS("account/iam_grant", tests);
}
