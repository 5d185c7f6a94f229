#include "audit/notification.h"

#include "account/outbox.h"
#include "audit_fixture.h"

#define TOPIC "arn:aws:sns:us-east-1:123456789012:alarms"

static enum status do_target(const struct account_ctx *ctx, void *arg, struct why *why)
{
    const enum check_id ending = CHECK_DEVICE_CERTIFICATE_EXPIRING;
    const struct audit_config_check check = {ending, {true, true}, {false, 0}};
    const struct audit_config_update in = {
        .role_arn = ROLE,
        .checks = &check,
        .n_checks = 1,
        .has_target = true,
        .target = {.kind = STR("SNS"), .target_arn = STR(TOPIC), .role_arn = ROLE},
        .target_enabled = {true, *(const bool *)arg}};
    return audit_config_update(ctx, &in, why);
}

struct ending {
    struct str id;
    struct str message;
    bool cancel;
    bool scheduled;
};

static enum status do_begin(const struct account_ctx *ctx, void *arg, struct why *why)
{
    struct ending *ending = arg;
    const enum check_id check = CHECK_DEVICE_CERTIFICATE_EXPIRING;
    return ending->scheduled
               ? audit_task_start_scheduled(ctx, STR("nightly"), &check, 1, &ending->id, why)
               : audit_task_start(ctx, &check, 1, &ending->id, why);
}

static enum status do_end(const struct account_ctx *ctx, void *arg, struct why *why)
{
    const struct ending *ending = arg;
    return ending->cancel ? audit_task_cancel(ctx, ending->id, why)
                          : audit_task_finish(ctx, ending->id, ending->message, why);
}

static size_t sent(struct audit_fixture *f, struct outbox **ret)
{
    AUTO_VIEW *view = NULL;
    struct account_ctx ctx = fixture_ctx(f);
    const struct page page = {.max = 100};
    struct page_rows rows;
    CHECK_OK(store_read_begin(f->store, &view, NULL));
    ctx.tx = view;
    CHECK_OK(outbox_list(&ctx, OUTBOX_PENDING, &page, &rows, NULL));
    *ret = rows.rows;
    return rows.n;
}

/* An audit started and ended this way; what was sent of it, around its id. */
static void check_told(struct ending ending, const char *before, const char *after)
{
    struct audit_fixture f;
    struct outbox *rows = NULL;
    bool enabled = true;
    fixture_open(&f);
    CHECK_OK(fixture_write(&f, do_target, &enabled, NULL));
    CHECK_OK(fixture_write(&f, do_begin, &ending, NULL));
    assert_int_equal(sent(&f, &rows), 0);
    f.now += 1000;
    CHECK_OK(fixture_write(&f, do_end, &ending, NULL));
    assert_int_equal(sent(&f, &rows), 1);
    CHECK_STR(rows[0].kind, "AUDIT");
    CHECK_STR(rows[0].topic_arn, TOPIC);
    assert_true(str_eq(rows[0].role_arn, ROLE));
    size_t n = strlen(before);
    assert_true(str_starts(rows[0].body, str_from(before)));
    assert_true(str_starts(str_slice(rows[0].body, n, rows[0].body.len), ending.id));
    CHECK_STR(str_slice(rows[0].body, n + ending.id.len, rows[0].body.len), after);
    fixture_close(&f);
}

static void the_end_of_an_audit_is_told_once_in_the_guides_payload(void **state)
{
    (void)state;
    check_told((struct ending){.cancel = true}, "{\"accountId\":\"123456789012\",\"taskId\":\"",
               "\",\"taskStatus\":\"CANCELED\","
               "\"taskType\":\"ON_DEMAND_AUDIT_TASK\",\"failedChecksCount\":0,"
               "\"canceledChecksCount\":1,\"nonCompliantChecksCount\":0,\"compliantChecksCount\":0,"
               "\"totalChecksCount\":1,\"taskStartTime\":1800000000000,\"auditDetails\":[{"
               "\"checkName\":\"DEVICE_CERTIFICATE_EXPIRING_CHECK\",\"checkRunStatus\":"
               "\"CANCELED\",\"nonCompliantResourcesCount\":0,\"totalResourcesCount\":0,"
               "\"suppressedNonCompliantResourcesCount\":0}]}");
    check_told((struct ending){.scheduled = true, .message = STR("the disk is full")},
               "{\"accountId\":\"123456789012\",\"taskId\":\"",
               "\",\"taskStatus\":\"FAILED\","
               "\"taskType\":\"SCHEDULED_AUDIT_TASK\",\"scheduledAuditName\":\"nightly\","
               "\"failedChecksCount\":1,\"canceledChecksCount\":0,\"nonCompliantChecksCount\":0,"
               "\"compliantChecksCount\":0,\"totalChecksCount\":1,\"taskStartTime\":1800000000000,"
               "\"auditDetails\":[{\"checkName\":\"DEVICE_CERTIFICATE_EXPIRING_CHECK\","
               "\"checkRunStatus\":\"FAILED\",\"nonCompliantResourcesCount\":0,"
               "\"totalResourcesCount\":0,\"suppressedNonCompliantResourcesCount\":0,"
               "\"message\":\"the disk is full\"}]}");
}

static void a_target_that_is_disabled_hears_nothing(void **state)
{
    (void)state;
    struct audit_fixture f;
    struct outbox *rows = NULL;
    struct ending ending = {.cancel = true};
    bool enabled = false;
    fixture_open(&f);
    CHECK_OK(fixture_write(&f, do_target, &enabled, NULL));
    CHECK_OK(fixture_write(&f, do_begin, &ending, NULL));
    CHECK_OK(fixture_write(&f, do_end, &ending, NULL));
    assert_int_equal(sent(&f, &rows), 0);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_end_of_an_audit_is_told_once_in_the_guides_payload),
        cmocka_unit_test(a_target_that_is_disabled_hears_nothing),
    };
    return RUN_TESTS("audit/notification", tests);
}
