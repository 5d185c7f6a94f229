/* The role of audits: what each check needs of it, and what an audit says when it lacks that. */
#include "audit/permission.h"

#include "account/iam_grant.h"
#include "account/iam_role.h"
#include "audit_fixture.h"

#define AUDIT_POLICY "arn:aws:iam::aws:policy/service-role/AWSIoTDeviceDefenderAudit"
#define TRUST(conditions)                                                                          \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":" \
    "\"iot.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"" conditions "}]}"
#define ALLOW(actions)                                                                             \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[" actions        \
    "],\"Resource\":\"*\"}]}"

struct made {
    const char *trust;
    const char *attached; /* or NULL */
    const char *document; /* or NULL */
};

static enum status do_make(const struct account_ctx *ctx, void *arg, struct why *why)
{
    const struct made *made = arg;
    const struct iam_role_create in = {.name = STR("audit"), .trust = str_from(made->trust)};
    struct iam_role row;
    TRY(iam_role_create(ctx, &in, &row, why));
    if (made->attached != NULL) {
        TRY(iam_attach(ctx, IAM_ROLE, in.name, str_from(made->attached), why));
    }
    return made->document == NULL
               ? STATUS_OK
               : iam_inline_put(ctx, IAM_ROLE, in.name, STR("own"), str_from(made->document), why);
}

static void make(struct audit_fixture *f, struct made made)
{
    struct why why;
    if (fixture_write(f, do_make, &made, &why) != STATUS_OK) {
        fail_msg("%s", why.text);
    }
}

/* What the role lacks for a check, over a view of now. */
static struct str lack_of(struct audit_fixture *f, enum check_id check)
{
    AUTO_VIEW *view = NULL;
    struct account_ctx ctx = fixture_ctx(f);
    const struct role_opened *role = NULL;
    struct str unheld, lack;
    CHECK_OK(store_read_begin(f->store, &view, NULL));
    ctx.tx = view;
    CHECK_OK(audit_role_open(&ctx, &role, &unheld, NULL));
    assert_non_null(role);
    assert_true(str_absent(unheld));
    CHECK_OK(audit_role_lack(&ctx, role, check, &lack, NULL));
    return lack;
}

static struct audit_described audited(struct audit_fixture *f, enum check_id check)
{
    struct str task = fixture_start(f, check);
    CHECK_OK(audit_run_all(&f->options, NULL));
    return fixture_describe(f, task);
}

static void enable(struct audit_fixture *f)
{
    enum check_id check = CHECK_LOGGING_DISABLED;
    CHECK_OK(fixture_write(f, do_enable, &check, NULL));
}

/* Roles that no alias and no pool names are listed by an action that the managed policy lacks. */
static void the_managed_policy_is_enough_for_every_check_but_that_of_all_roles(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    enable(&f);
    make(&f, (struct made){TRUST(""), AUDIT_POLICY, NULL});
    for (enum check_id id = 0; id < CHECK_COUNT; id++) {
        struct str lack = lack_of(&f, id);
        if (id == CHECK_ROLE_TRUST_CONFUSED_DEPUTY) {
            CHECK_STR(lack, "no policy of role audit allows iam:ListRoles on *");
        } else if (!str_absent(lack)) {
            fail_msg("%s: %.*s", check_rows[id].name.ptr, STR_ARG(lack));
        }
    }
    fixture_close(&f);
}

/* Connections and servers are asked of nobody; all else is read by some action. */
static void no_permission_is_enough_for_what_is_read_by_no_action(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    enable(&f);
    make(&f, (struct made){TRUST(""), NULL, NULL});
    for (enum check_id id = 0; id < CHECK_COUNT; id++) {
        bool none = id == CHECK_CONFLICTING_CLIENT_IDS || id == CHECK_SHARED_COGNITO_IDENTITY ||
                    id == CHECK_SERVER_CERTIFICATE_EXPIRING;
        assert_int_equal(str_absent(lack_of(&f, id)), none);
    }
    CHECK_STR(lack_of(&f, CHECK_LOGGING_DISABLED),
              "no policy of role audit allows iot:GetLoggingOptions on *");
    fixture_close(&f);
}

static void each_action_counts(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    enable(&f);
    /* what the guide listed before role aliases were audited */
    make(&f, (struct made){TRUST(""), NULL,
                           ALLOW("\"iot:GetLoggingOptions\",\"iot:GetV2LoggingOptions\","
                                 "\"iot:ListCACertificates\",\"iot:ListCertificates\","
                                 "\"iot:DescribeCACertificate\",\"iot:DescribeCertificate\","
                                 "\"iot:ListPolicies\",\"iot:GetPolicy\","
                                 "\"iot:GetEffectivePolicies\","
                                 "\"cognito-identity:GetIdentityPoolRoles\","
                                 "\"iam:ListRolePolicies\",\"iam:ListAttachedRolePolicies\","
                                 "\"iam:GetPolicy\",\"iam:GetPolicyVersion\","
                                 "\"iam:GetRolePolicy\"")});
    for (enum check_id id = 0; id < CHECK_COUNT; id++) {
        bool alias = id == CHECK_IOT_ROLE_ALIAS_OVERLY_PERMISSIVE ||
                     id == CHECK_IOT_ROLE_ALIAS_ALLOWS_ACCESS_TO_UNUSED_SERVICES;
        bool all_roles = id == CHECK_ROLE_TRUST_CONFUSED_DEPUTY;
        assert_int_equal(str_absent(lack_of(&f, id)), !alias && !all_roles);
    }
    CHECK_STR(lack_of(&f, CHECK_IOT_ROLE_ALIAS_OVERLY_PERMISSIVE),
              "no policy of role audit allows iot:ListRoleAliases on *");
    fixture_close(&f);
}

static void a_check_that_may_not_read_fails_and_says_why(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    make(&f, (struct made){TRUST(""), NULL, ALLOW("\"iot:GetLoggingOptions\"")});
    struct audit_described audit = audited(&f, CHECK_LOGGING_DISABLED);
    CHECK_STR(audit.task.status, "FAILED"); /* it had one check */
    CHECK_STR(audit.checks[0].status, "FAILED");
    CHECK_STR(audit.checks[0].error_code, "INSUFFICIENT_PERMISSIONS");
    CHECK_STR(audit.checks[0].message,
              "no policy of role audit allows iot:GetV2LoggingOptions on *");
    assert_int_equal(fixture_findings(&f, audit.task.id).n, 0);
    fixture_close(&f);
}

static enum status do_start_two(const struct account_ctx *ctx, void *arg, struct why *why)
{
    static const enum check_id checks[] = {CHECK_LOGGING_DISABLED, CHECK_CA_CERTIFICATE_EXPIRING};
    return audit_task_start(ctx, checks, 2, arg, why);
}

static void the_other_checks_go_on(void **state)
{
    (void)state;
    struct audit_fixture f;
    struct str task;
    enum check_id other = CHECK_CA_CERTIFICATE_EXPIRING;
    fixture_open(&f);
    enable(&f);
    CHECK_OK(fixture_write(&f, do_enable, &other, NULL));
    make(&f, (struct made){TRUST(""), NULL, ALLOW("\"iot:Get*\"")});
    CHECK_OK(fixture_write(&f, do_start_two, &task, NULL));
    CHECK_OK(audit_run_all(&f.options, NULL));
    struct audit_described audit = fixture_describe(&f, task);
    CHECK_STR(audit.task.status, "COMPLETED");
    CHECK_STR(audit.checks[0].error_code, "INSUFFICIENT_PERMISSIONS");
    CHECK_STR(audit.checks[1].status, "COMPLETED_NON_COMPLIANT");
    fixture_close(&f);
}

/* The audit is of arn:aws:iot:us-east-1:123456789012: for the same account. */
static void a_role_that_trusts_another_account_is_not_used(void **state)
{
    (void)state;
    static const struct {
        const char *trust;
        bool fine;
    } kinds[] = {
        {TRUST(",\"Condition\":{\"StringEquals\":{\"aws:SourceAccount\":\"123456789012\"}}"), true},
        {TRUST(",\"Condition\":{\"ArnLike\":{\"aws:SourceArn\":"
               "\"arn:aws:iot:us-east-1:123456789012:*\"}}"),
         true},
        {TRUST(",\"Condition\":{\"StringEquals\":{\"aws:SourceAccount\":\"210987654321\"}}"),
         false},
        {TRUST(",\"Condition\":{\"ArnLike\":{\"aws:SourceArn\":"
               "\"arn:aws:iot:us-east-1:123456789012:mitigationaction/*\"}}"),
         false},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct audit_fixture f;
        fixture_open(&f);
        make(&f, (struct made){kinds[i].trust, AUDIT_POLICY, NULL});
        struct audit_described audit = audited(&f, CHECK_CONFLICTING_CLIENT_IDS);
        CHECK_STR(audit.checks[0].status, kinds[i].fine ? "COMPLETED_COMPLIANT" : "FAILED");
        fixture_close(&f);
    }
}

static int told;

static void count_told(void *ctx, const struct audit_event *event)
{
    (void)ctx;
    if (str_eq(str_from(event->name), STR("audit.role_not_held"))) {
        CHECK_STR(event->subject, "arn:aws:iam::123456789012:role/audit");
        told++;
    }
}

static void a_role_that_is_not_held_is_taken_at_its_word_and_told(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    f.options.told = count_told;
    told = 0;
    struct audit_described audit = audited(&f, CHECK_LOGGING_DISABLED);
    CHECK_STR(audit.checks[0].status, "COMPLETED_NON_COMPLIANT");
    assert_true(str_absent(audit.checks[0].message));
    assert_int_equal(told, 1);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_managed_policy_is_enough_for_every_check_but_that_of_all_roles),
        cmocka_unit_test(no_permission_is_enough_for_what_is_read_by_no_action),
        cmocka_unit_test(each_action_counts),
        cmocka_unit_test(a_check_that_may_not_read_fails_and_says_why),
        cmocka_unit_test(the_other_checks_go_on),
        cmocka_unit_test(a_role_that_trusts_another_account_is_not_used),
        cmocka_unit_test(a_role_that_is_not_held_is_taken_at_its_word_and_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
