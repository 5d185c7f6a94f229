/* Findings that somebody accepts. */
#include "audit/suppression.h"

#include "audit_fixture.h"

#define ENDING CHECK_DEVICE_CERTIFICATE_EXPIRING

static enum status do_create(const struct account_ctx *ctx, void *arg, struct why *why)
{
    return suppression_create(ctx, arg, why);
}

static enum status do_update(const struct account_ctx *ctx, void *arg, struct why *why)
{
    return suppression_update(ctx, arg, why);
}

static enum status do_delete(const struct account_ctx *ctx, void *arg, struct why *why)
{
    const struct suppression_request *in = arg;
    return suppression_delete(ctx, in->check, in->resource, why);
}

static const struct resource_id cert_aa = {.kind = RESOURCE_DEVICE_CERTIFICATE,
                                           .id = STR_INIT("aa")};
static const struct resource_id cert_bb = {.kind = RESOURCE_DEVICE_CERTIFICATE,
                                           .id = STR_INIT("bb")};
static const struct resource_id account = {.kind = RESOURCE_ACCOUNT_SETTINGS,
                                           .id = STR_INIT("123456789012")};

static struct suppression_request forever(const struct resource_id *resource, const char *token)
{
    return (struct suppression_request){.check = ENDING,
                                        .resource = resource,
                                        .expires = TIME_NEVER,
                                        .indefinitely = {true, true},
                                        .description = STR_ABSENT,
                                        .token = str_from(token)};
}

static void an_end_is_a_future_day_or_never(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    struct suppression_request in = forever(&cert_aa, "t");
    in.expires = f.now + 1;
    CHECK_STATUS(fixture_write(&f, do_create, &in, NULL), STATUS_INVALID); /* both */
    in.indefinitely.value = false;
    CHECK_OK(fixture_write(&f, do_create, &in, NULL)); /* false and a day: the CLI's way */
    in = forever(&cert_bb, "u");
    in.indefinitely.given = false;
    CHECK_STATUS(fixture_write(&f, do_create, &in, NULL), STATUS_INVALID); /* neither */
    in.expires = f.now;
    CHECK_STATUS(fixture_write(&f, do_create, &in, NULL), STATUS_INVALID); /* past */
    fixture_close(&f);
}

static void one_for_each_resource_and_each_token(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    struct suppression_request in = forever(&cert_aa, "t");
    CHECK_OK(fixture_write(&f, do_create, &in, NULL));
    struct suppression_request again = forever(&cert_aa, "u");
    CHECK_STATUS(fixture_write(&f, do_create, &again, NULL), STATUS_EXISTS);
    struct suppression_request token = forever(&cert_bb, "t");
    CHECK_STATUS(fixture_write(&f, do_create, &token, NULL), STATUS_EXISTS);
    struct suppression_request kind = forever(&account, "v");
    CHECK_STATUS(fixture_write(&f, do_create, &kind, NULL), STATUS_INVALID);
    CHECK_OK(fixture_write(&f, do_delete, &in, NULL));
    CHECK_OK(fixture_write(&f, do_delete, &in, NULL)); /* not there: no failure */
    CHECK_STATUS(fixture_write(&f, do_update, &in, NULL), STATUS_NOT_FOUND);
    CHECK_OK(fixture_write(&f, do_create, &token, NULL));
    fixture_close(&f);
}

static struct audit_described audit_ending(struct audit_fixture *f)
{
    struct str task = fixture_start(f, ENDING);
    CHECK_OK(audit_run_all(&f->options, NULL));
    return fixture_describe(f, task);
}

static void suppressed_findings_do_not_judge_a_check(void **state)
{
    (void)state;
    struct audit_fixture f;
    enum check_id ending = ENDING;
    fixture_open(&f);
    CHECK_OK(fixture_write(&f, do_enable, &ending, NULL));
    struct certificate aa = fixture_cert("aa");
    struct certificate bb = fixture_cert("bb");
    aa.not_after = bb.not_after = f.now;
    fixture_put(&f, TABLE(certificate), &aa);
    fixture_put(&f, TABLE(certificate), &bb);

    struct suppression_request one = forever(&cert_aa, "t");
    CHECK_OK(fixture_write(&f, do_create, &one, NULL));
    struct audit_described audit = audit_ending(&f);
    CHECK_STR(audit.checks[0].status, "COMPLETED_NON_COMPLIANT");
    assert_int_equal(audit.checks[0].non_compliant, 2);
    assert_int_equal(audit.checks[0].suppressed, 1);

    struct suppression_request two = forever(&cert_bb, "u");
    two.indefinitely.given = false;
    two.expires = f.now + 10;
    CHECK_OK(fixture_write(&f, do_create, &two, NULL));
    audit = audit_ending(&f);
    CHECK_STR(audit.checks[0].status, "COMPLETED_COMPLIANT");
    assert_int_equal(audit.checks[0].non_compliant, 2);
    assert_int_equal(audit.checks[0].suppressed, 2);

    f.now += 10; /* ends at its moment */
    audit = audit_ending(&f);
    CHECK_STR(audit.checks[0].status, "COMPLETED_NON_COMPLIANT");
    assert_int_equal(audit.checks[0].suppressed, 1);
    fixture_close(&f);
}

static void they_are_listed_by_their_end_and_the_endless_last(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    struct suppression_request endless = forever(&cert_aa, "t");
    struct suppression_request soon = forever(&cert_bb, "u");
    soon.indefinitely.value = false;
    soon.expires = f.now + DAY_MS;
    CHECK_OK(fixture_write(&f, do_create, &endless, NULL));
    CHECK_OK(fixture_write(&f, do_create, &soon, NULL));
    for (int descending = 0; descending < 2; descending++) {
        AUTO_VIEW *view = NULL;
        struct account_ctx ctx = fixture_ctx(&f);
        struct page_rows rows;
        const struct page page = {.max = 10, .descending = descending};
        const struct suppression_filter any = {.check_name = STR_ABSENT};
        CHECK_OK(store_read_begin(f.store, &view, NULL));
        ctx.tx = view;
        CHECK_OK(suppression_list(&ctx, &any, &page, &rows, NULL));
        const struct audit_suppression *list = rows.rows;
        assert_int_equal(rows.n, 2);
        assert_int_equal(list[descending ? 0 : 1].expires, SUPPRESSION_FOREVER);
        const struct suppression_filter about = {.check_name = STR_ABSENT, .resource = &cert_bb};
        CHECK_OK(suppression_list(&ctx, &about, &page, &rows, NULL));
        assert_int_equal(rows.n, 1);
    }
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_end_is_a_future_day_or_never),
        cmocka_unit_test(one_for_each_resource_and_each_token),
        cmocka_unit_test(suppressed_findings_do_not_judge_a_check),
        cmocka_unit_test(they_are_listed_by_their_end_and_the_endless_last),
    };
    return RUN_TESTS("audit/suppression", tests);
}
