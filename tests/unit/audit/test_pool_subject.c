/* Identity pools: which are judged, by which role. */
#include "audit/pool_subject.h"

#include "audit_fixture.h"

#define AUTHENTICATED   CHECK_AUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE
#define UNAUTHENTICATED CHECK_UNAUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE
#define POOL            "us-east-1:11111111-2222-3333-4444-555555555555"

static const int64_t NOW = INT64_C(1800000000000);

static void put_role(struct audit_fixture *f, const char *name, const char *action)
{
    struct str text;
    const struct iam_role role = {.folded = str_from(name),
                                  .name = str_from(name),
                                  .path = STR("/"),
                                  .id = STR("AROA1"),
                                  .trust = STR("{}")};
    CHECK_OK(str_fmt(f->mem, &text, NULL,
                     "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":"
                     "\"iot:%s\",\"Resource\":\"arn:aws:iot:us-east-1:123456789012:thing/one\"}]}",
                     action));
    const struct iam_inline policy = {
        .kind = STR("role"), .entity = role.folded, .policy = STR("p"), .document = text};
    fixture_put(f, TABLE(iam_role), &role);
    fixture_put(f, TABLE(iam_inline), &policy);
}

static void put_use(struct audit_fixture *f, int64_t last)
{
    const struct pool_use use = {.pool = STR(POOL), .last = last};
    fixture_put(f, TABLE(pool_use), &use);
}

static void put_pool(struct audit_fixture *f, struct str authenticated, struct str unauthenticated)
{
    const struct identity_pool pool = {.id = STR(POOL),
                                       .name = STR("app"),
                                       .authenticated_role = authenticated,
                                       .unauthenticated_role = unauthenticated};
    fixture_put(f, TABLE(identity_pool), &pool);
}

static struct audit_described audit(struct audit_fixture *f, enum check_id check,
                                    struct page_rows *ret)
{
    struct str task = fixture_start(f, check);
    CHECK_OK(audit_run_all(&f->options, NULL));
    *ret = fixture_findings(f, task);
    return fixture_describe(f, task);
}

static void each_check_judges_its_own_role(void **state)
{
    (void)state;
    static const struct {
        enum check_id check;
        const char *code;
    } rows[] = {{AUTHENTICATED, "ALLOWS_ACCESS_TO_IOT_THING_ADMIN_WRITE_ACTIONS"},
                {UNAUTHENTICATED, "ALLOWS_ACCESS_TO_IOT_ADMIN_ACTIONS"}};
    struct audit_fixture f;
    fixture_open(&f);
    put_role(&f, "member", "CreateThing");
    put_role(&f, "guest", "DescribeThing");
    put_pool(&f, STR("arn:aws:iam::123456789012:role/member"),
             STR("arn:aws:iam::123456789012:role/guest"));
    put_use(&f, NOW - DAY_MS);
    for (int i = 0; i < 2; i++) {
        struct page_rows found;
        struct audit_described done = audit(&f, rows[i].check, &found);
        assert_int_equal(done.checks[0].total, 1);
        assert_int_equal(found.n, 1);
        const struct finding *finding = found.rows;
        CHECK_STR(finding->resource_key, "cognitoIdentityPoolId=" POOL);
        CHECK_STR(finding->reason_code, rows[i].code);
        CHECK_STR(finding->reason,
                  i == 0 ? "Role member allows thing administration that writes: "
                           "[iot:CreateThing]. Policy p, statement 0: iot:CreateThing on "
                           "arn:aws:iot:us-east-1:123456789012:thing/one."
                         : "Role guest allows administration of AWS IoT: [iot:DescribeThing]. "
                           "Policy p, statement 0: iot:DescribeThing on "
                           "arn:aws:iot:us-east-1:123456789012:thing/one.");
    }
    fixture_close(&f);
}

static void pools_count_when_used_in_the_last_month(void **state)
{
    (void)state;
    const int64_t month = INT64_C(31) * DAY_MS;
    const struct {
        int64_t last;
        int total;
    } rows[] = {{NOW - month, 1}, {NOW - month - 1, 0}, {NOW + DAY_MS, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct audit_fixture f;
        struct page_rows found;
        fixture_open(&f);
        put_pool(&f, STR_ABSENT, STR_ABSENT);
        put_use(&f, rows[i].last);
        struct audit_described done = audit(&f, UNAUTHENTICATED, &found);
        assert_int_equal(done.checks[0].total, rows[i].total);
        CHECK_STR(done.checks[0].status, "COMPLETED_COMPLIANT");
        fixture_close(&f);
    }
}

static void a_pool_or_role_that_is_not_there_is_not_compliant(void **state)
{
    (void)state;
    for (int with_pool = 0; with_pool < 2; with_pool++) {
        struct audit_fixture f;
        struct page_rows found;
        fixture_open(&f);
        put_use(&f, NOW);
        if (with_pool) {
            put_pool(&f, STR_ABSENT, STR("arn:aws:iam::123456789012:role/gone"));
        }
        struct audit_described done = audit(&f, UNAUTHENTICATED, &found);
        assert_int_equal(found.n, 0);
        assert_int_equal(done.checks[0].unjudged, 1);
        assert_non_null(strstr(str_z(f.mem, done.checks[0].message),
                               with_pool ? "role arn:aws:iam::123456789012:role/gone is not in the "
                                           "account's IAM"
                                         : "identity pool " POOL " is not among the account's "
                                           "identity pools"));
        fixture_close(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_check_judges_its_own_role),
        cmocka_unit_test(pools_count_when_used_in_the_last_month),
        cmocka_unit_test(a_pool_or_role_that_is_not_there_is_not_compliant),
    };
    return RUN_TESTS("pool_subject", tests);
}
