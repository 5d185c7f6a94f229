#include "account/account.h"

#include "fixture.h"

static enum status put_then(const struct account_ctx *ctx, void *arg, struct why *why)
{
    const enum status *outcome = arg;
    const struct setting row = {.name = STR("x"), .value = STR("{}")};
    TRY(store_put(ctx->tx, TABLE(setting), &row, why));
    return *outcome == STATUS_OK ? STATUS_OK : why_set(why, *outcome, "refused");
}

static void a_call_is_one_transaction(void **state)
{
    struct fixture *f = *state;
    uint64_t before = fixture_digest(f);
    enum status outcome = STATUS_INVALID;
    struct account_call call = {&f->ctx, put_then, &outcome};
    CHECK_REFUSED(f, STATUS_INVALID, "refused",
                  store_write(f->store, account_call_run, &call, &f->why));
    assert_true(fixture_digest(f) == before);
    outcome = STATUS_OK;
    CHECK_OK(store_write(f->store, account_call_run, &call, &f->why));
    assert_true(fixture_digest(f) != before);
    assert_null(f->ctx.tx);
}

static void a_refusal_carries_the_arn(void **state)
{
    struct fixture *f = *state;
    struct why why;
    enum status status =
        why_resource(&why, &f->ctx, STR("thing"), STR("lamp"), why_set(&why, STATUS_EXISTS, "no"));
    CHECK_STATUS(status, STATUS_EXISTS);
    CHECK_STR(str_from(why.resource), "arn:aws:iot:us-east-1:123456789012:thing/lamp");
    CHECK_STATUS(why_resource(NULL, &f->ctx, STR("thing"), STR("lamp"), STATUS_EXISTS),
                 STATUS_EXISTS);
}

static void uuids_differ(void **state)
{
    struct fixture *f = *state;
    struct str a;
    struct str b;
    CHECK_OK(account_uuid(&f->ctx, &a, &f->why));
    CHECK_OK(account_uuid(&f->ctx, &b, &f->why));
    assert_int_equal(a.len, UUID_TEXT);
    assert_false(str_eq(a, b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_call_is_one_transaction),
        TEST(a_refusal_carries_the_arn),
        TEST(uuids_differ),
    };
    return RUN_TESTS("account", tests);
}
