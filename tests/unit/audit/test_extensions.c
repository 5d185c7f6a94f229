/* The checks of our own that read one row: roles. */
#include "audit_fixture.h"

static void put_role(struct audit_fixture *f, const char *name, const char *trust)
{
    const struct iam_role role = {.folded = str_from(name),
                                  .name = str_from(name),
                                  .path = STR("/p/"),
                                  .id = STR("AROA1"),
                                  .trust = str_from(trust),
                                  .max_session = 3600};
    fixture_put(f, TABLE(iam_role), &role);
}

static struct page_rows audit(struct audit_fixture *f, enum check_id check, struct str *ret_task)
{
    *ret_task = fixture_start(f, check);
    CHECK_OK(audit_run_all(&f->options, NULL));
    CHECK_STR(fixture_describe(f, *ret_task).task.status, "COMPLETED");
    return fixture_findings(f, *ret_task);
}

#define TRUST(condition)                                                                           \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":" \
    "\"iot.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"" condition "}]}"

static void roles_that_serve_strangers_are_found(void **state)
{
    (void)state;
    struct audit_fixture f;
    struct str task;
    fixture_open(&f);
    put_role(&f, "bound",
             TRUST(",\"Condition\":{\"StringEquals\":{\"aws:SourceAccount\":"
                   "\"123456789012\"}}"));
    put_role(&f, "open", TRUST(""));
    put_role(&f, "wide",
             TRUST(",\"Condition\":{\"ArnLike\":{\"aws:SourceArn\":\"arn:aws:iot:*:*:*"
                   "\"}}"));
    put_role(&f, "odd", "{");
    struct page_rows findings = audit(&f, CHECK_ROLE_TRUST_CONFUSED_DEPUTY, &task);
    assert_int_equal(findings.n, 2);
    for (size_t i = 0; i < findings.n; i++) {
        const struct finding *finding = &((const struct finding *)findings.rows)[i];
        CHECK_STR(finding->resource_type, "IAM_ROLE");
        CHECK_STR(finding->severity, "HIGH");
        if (str_ends(finding->resource_key, STR("open"))) {
            CHECK_STR(finding->resource_key, "iamRoleArn=arn:aws:iam::123456789012:role/p/open");
            CHECK_STR(finding->reason_code, "TRUST_POLICY_LACKS_SOURCE_CONDITION");
            CHECK_STR(finding->reason,
                      "The trust policy lets iot.amazonaws.com assume the role on behalf of any "
                      "account: statement 0 has no condition on aws:SourceArn or "
                      "aws:SourceAccount.");
        } else {
            CHECK_STR(finding->reason_code, "TRUST_POLICY_SOURCE_CONDITION_TOO_BROAD");
            CHECK_STR(finding->reason,
                      "The trust policy lets iot.amazonaws.com assume the role on behalf of other "
                      "accounts: the conditions of statement 0 hold for aws:SourceArn "
                      "arn:aws:iot:us-east-1:000000000000:x with aws:SourceAccount "
                      "000000000000.");
        }
    }
    struct audit_described audit = fixture_describe(&f, task);
    assert_int_equal(audit.checks[0].total, 4);
    assert_int_equal(audit.checks[0].non_compliant, 2);
    assert_int_equal(audit.checks[0].unjudged, 1);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roles_that_serve_strangers_are_found),
    };
    return RUN_TESTS("extensions", tests);
}
