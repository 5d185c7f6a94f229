#include "audit/role_subject.h"

#include "audit_fixture.h"

static void the_last_day_of_the_year_counts(void **state)
{
    (void)state;
    const int64_t now = INT64_C(1800000000000);
    const int64_t year = INT64_C(365) * DAY_MS;
    const struct iam_use uses[] = {
        {.service = STR("dynamodb"), .last = now - year},
        {.service = STR("iam"), .last = now - year - 1},
        {.service = STR("s3"), .last = now + 1}, /* while the audit was going on */
    };
    const struct role_alias_subject alias = {.uses = uses, .n_uses = 3};
    AUTO_ARENA *mem = arena_new(1 << 20);
    const struct str *used = NULL;
    size_t n = 0;
    CHECK_OK(role_alias_used(&alias, now, mem, &used, &n, NULL));
    assert_int_equal(n, 2);
    CHECK_STR(used[0], "dynamodb");
    CHECK_STR(used[1], "s3");
}

static void an_alias_is_seen_with_its_role_and_its_uses(void **state)
{
    (void)state;
    struct audit_fixture f;
    AUTO_VIEW *view = NULL;
    fixture_open(&f);
    const struct role_alias row = {.alias = STR("door"),
                                   .role_arn = STR("arn:aws:iam::123456789012:role/Gone")};
    const struct role_alias_use own = {.alias = STR("door"), .service = STR("s3"), .last = 5};
    const struct role_alias_use other = {.alias = STR("doors"), .service = STR("sqs"), .last = 5};
    const struct role_alias_subject *seen = NULL;
    struct account_ctx ctx = fixture_ctx(&f);
    fixture_put(&f, TABLE(role_alias), &row);
    fixture_put(&f, TABLE(role_alias_use), &own);
    fixture_put(&f, TABLE(role_alias_use), &other);
    CHECK_OK(store_read_begin(f.store, &view, NULL));
    ctx.tx = view;
    CHECK_OK(role_alias_subject_get(&ctx, &row, &seen, NULL));
    CHECK_STR(seen->arn, "arn:aws:iot:us-east-1:123456789012:rolealias/door");
    assert_int_equal(seen->n_uses, 1);
    CHECK_STR(seen->uses[0].service, "s3");
    CHECK_STR(seen->role->lack,
              "role arn:aws:iam::123456789012:role/Gone is not in the account's IAM");
    store_read_end(view);
    view = NULL;
    fixture_close(&f);
}

static void what_the_role_did_counts_for_its_alias(void **state)
{
    (void)state;
    struct audit_fixture f;
    AUTO_VIEW *view = NULL;
    fixture_open(&f);
    const struct iam_role role = {
        .folded = STR("devices"), .name = STR("Devices"), .path = STR("/")};
    const struct role_alias row = {.alias = STR("door"),
                                   .role_arn = STR("arn:aws:iam::123456789012:role/Devices")};
    const struct role_alias_use own = {.alias = STR("door"), .service = STR("s3"), .last = 5};
    const struct iam_service_use used = {
        .kind = STR("role"), .entity = STR("devices"), .service = STR("s3"), .last = 7};
    const struct iam_service_use other = {
        .kind = STR("user"), .entity = STR("devices"), .service = STR("sqs"), .last = 7};
    const struct role_alias_subject *seen = NULL;
    const struct str *services = NULL;
    size_t n = 0;
    struct account_ctx ctx = fixture_ctx(&f);
    fixture_put(&f, TABLE(iam_role), &role);
    fixture_put(&f, TABLE(role_alias), &row);
    fixture_put(&f, TABLE(role_alias_use), &own);
    fixture_put(&f, TABLE(iam_service_use), &used);
    fixture_put(&f, TABLE(iam_service_use), &other);
    CHECK_OK(store_read_begin(f.store, &view, NULL));
    ctx.tx = view;
    CHECK_OK(role_alias_subject_get(&ctx, &row, &seen, NULL));
    assert_int_equal(seen->n_uses, 2);
    CHECK_OK(role_alias_used(seen, 8, ctx.mem, &services, &n, NULL));
    assert_int_equal(n, 1); /* the same service, told twice */
    CHECK_STR(services[0], "s3");
    store_read_end(view);
    view = NULL;
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_day_of_the_year_counts),
        cmocka_unit_test(an_alias_is_seen_with_its_role_and_its_uses),
        cmocka_unit_test(what_the_role_did_counts_for_its_alias),
    };
    return RUN_TESTS("role_subject", tests);
}
