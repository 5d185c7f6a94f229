#include <string.h>

#include "audit/runner_priv.h"

#include "audit_fixture.h"

static void put_ending(struct audit_fixture *f, const char *id, const char *status, int64_t after)
{
    struct certificate cert = fixture_cert(id);
    cert.status = str_from(status);
    cert.not_after = f->now + after;
    fixture_put(f, TABLE(certificate), &cert);
}

static void only_certificates_in_use_are_judged(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    put_ending(&f, "aa", "ACTIVE", -1);
    put_ending(&f, "bb", "ACTIVE", 30 * (int64_t)DAY_MS);
    put_ending(&f, "cc", "ACTIVE", 30 * (int64_t)DAY_MS + 1);
    put_ending(&f, "dd", "INACTIVE", -1);
    put_ending(&f, "ee", "REVOKED", -1);
    put_ending(&f, "ff", "PENDING_TRANSFER", 0);
    struct str task = fixture_start(&f, CHECK_DEVICE_CERTIFICATE_EXPIRING);
    CHECK_OK(audit_run_all(&f.options, NULL));
    struct audit_described audit = fixture_describe(&f, task);
    CHECK_STR(audit.task.status, "COMPLETED");
    assert_int_equal(audit.statistics.non_compliant, 1);
    CHECK_STR(audit.checks[0].status, "COMPLETED_NON_COMPLIANT");
    assert_int_equal(audit.checks[0].total, 4);
    assert_int_equal(audit.checks[0].non_compliant, 3);
    struct page_rows rows = fixture_findings(&f, task);
    assert_int_equal(rows.n, 3);
    fixture_close(&f);
}

static void findings_say_what_where_and_how_far(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    put_ending(&f, "aa", "ACTIVE", 5 * (int64_t)DAY_MS);
    struct str task = fixture_start(&f, CHECK_DEVICE_CERTIFICATE_EXPIRING);
    CHECK_OK(audit_run_all(&f.options, NULL));
    struct page_rows rows = fixture_findings(&f, task);
    assert_int_equal(rows.n, 1);
    const struct finding *finding = rows.rows;
    CHECK_STR(finding->reason_code, "CERTIFICATE_APPROACHING_EXPIRATION");
    CHECK_STR(finding->severity, "MEDIUM");
    CHECK_STR(finding->resource, "{\"deviceCertificateId\":\"aa\"}");
    CHECK_STR(finding->info, "{\"EXPIRATION_TIME\":\"1800432000000\"}");
    CHECK_STR(finding->reason, "Certificate is approaching its expiration: it ends "
                               "2027-01-20T08:00:00.000Z, in 5 days (the threshold is 30).");
    fixture_close(&f);
}

/* A fleet larger than a page, so that a cursor is committed in between. */
enum { MANY = 2500 };

static void every_resource_is_judged_once_across_pages(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    for (int i = 0; i < MANY; i++) {
        char id[16];
        snprintf(id, sizeof id, "%06d", i);
        put_ending(&f, id, "ACTIVE", i % 2 == 0 ? -1 : 400 * (int64_t)DAY_MS);
    }
    struct str task = fixture_start(&f, CHECK_DEVICE_CERTIFICATE_EXPIRING);
    CHECK_OK(audit_run_all(&f.options, NULL));
    struct audit_described audit = fixture_describe(&f, task);
    assert_int_equal(audit.checks[0].total, MANY);
    assert_int_equal(audit.checks[0].non_compliant, MANY / 2);
    CHECK_STR(audit.checks[0].cursor, "002499");
    fixture_close(&f);
}

/* As after a crash behind the first page: its numbers and cursor are there, the rest is not. */
static void a_task_cut_off_goes_on_where_it_was(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    for (int i = 0; i < 10; i++) {
        char id[16];
        snprintf(id, sizeof id, "%06d", i);
        put_ending(&f, id, "ACTIVE", -1);
    }
    struct str task = fixture_start(&f, CHECK_DEVICE_CERTIFICATE_EXPIRING);
    struct audit_check_run run = {.task = task,
                                  .name = STR("DEVICE_CERTIFICATE_EXPIRING_CHECK"),
                                  .status = STR("IN_PROGRESS"),
                                  .threshold_days = 30,
                                  .total = 4,
                                  .non_compliant = 4,
                                  .cursor = STR("000003")};
    fixture_put(&f, TABLE(audit_check_run), &run);
    CHECK_OK(audit_run_all(&f.options, NULL));
    struct audit_described audit = fixture_describe(&f, task);
    assert_int_equal(audit.checks[0].total, 10);
    assert_int_equal(audit.checks[0].non_compliant, 10);
    assert_int_equal(fixture_findings(&f, task).n, 6);
    fixture_close(&f);
}

static enum status do_cancel(const struct account_ctx *ctx, void *arg, struct why *why)
{
    const struct str *task = arg;
    return audit_task_cancel(ctx, *task, why);
}

static void a_canceled_task_is_left_alone(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    put_ending(&f, "aa", "ACTIVE", -1);
    struct str task = fixture_start(&f, CHECK_DEVICE_CERTIFICATE_EXPIRING);
    CHECK_OK(fixture_write(&f, do_cancel, &task, NULL));
    CHECK_OK(audit_run_all(&f.options, NULL));
    struct audit_described audit = fixture_describe(&f, task);
    CHECK_STR(audit.task.status, "CANCELED");
    assert_int_equal(audit.statistics.canceled, 1);
    assert_int_equal(fixture_findings(&f, task).n, 0);
    CHECK_STATUS(fixture_write(&f, do_cancel, &task, NULL), STATUS_INVALID);
    fixture_close(&f);
}

/* ---- a cancel in the middle -------------------------------------------------------------------
 */

/* A machine on which each page takes a tenth of a second: the clock moves when it is asked, and
 * somebody cancels at one of these moments. */
enum { LARGE_FLEET = 100000, ASKED_WHEN_CANCELED = 20, SLOW_PAGE_MS = 100 };

struct slow {
    struct audit_fixture f;
    struct str task;
    int asked;
    int64_t canceled_at;
};

static int64_t slow_now(void *ctx)
{
    struct slow *s = ctx;
    s->asked++;
    s->f.now += SLOW_PAGE_MS;
    if (s->asked == ASKED_WHEN_CANCELED) {
        CHECK_OK(fixture_write(&s->f, do_cancel, &s->task, NULL));
        s->canceled_at = s->f.now;
    }
    return s->f.now;
}

static enum status do_put_large_fleet(const struct account_ctx *ctx, void *arg, struct why *why)
{
    const struct audit_fixture *f = arg;
    for (int i = 0; i < LARGE_FLEET; i++) {
        char id[16];
        snprintf(id, sizeof id, "%06d", i);
        struct certificate cert = fixture_cert(id);
        cert.not_after = f->now + 400 * (int64_t)DAY_MS;
        TRY(store_put(ctx->tx, TABLE(certificate), &cert, why));
    }
    return STATUS_OK;
}

static void a_cancel_in_the_middle_of_a_large_fleet_ends_the_scan_within_a_second(void **state)
{
    (void)state;
    struct slow s = {.asked = 0};
    fixture_open(&s.f);
    CHECK_OK(fixture_write(&s.f, do_put_large_fleet, &s.f, NULL));
    s.task = fixture_start(&s.f, CHECK_DEVICE_CERTIFICATE_EXPIRING);
    s.f.options.clock = (struct clock){slow_now, &s};
    CHECK_OK(audit_run_all(&s.f.options, NULL));
    s.f.options.clock = clock_fixed(&s.f.now);
    assert_true(s.asked > ASKED_WHEN_CANCELED);
    assert_in_range(s.f.now - s.canceled_at, 1, SECOND_MS);
    struct audit_described audit = fixture_describe(&s.f, s.task);
    CHECK_STR(audit.task.status, "CANCELED");
    CHECK_STR(audit.checks[0].status, "CANCELED");
    /* in the middle: something was judged before, and nothing is counted after */
    assert_in_range(audit.checks[0].total, PAGE_RESOURCES, ASKED_WHEN_CANCELED * PAGE_RESOURCES);
    fixture_close(&s.f);
}

static void a_policy_is_judged_with_its_witness(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    struct policy policy = {.name = STR("open"), .default_version = 2, .generation_id = STR("g")};
    struct policy_version version = {
        .policy = STR("open"),
        .version = 2,
        .document = STR("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                        "\"Action\":\"iot:Connect\",\"Resource\":"
                        "\"arn:aws:iot:us-east-1:123456789012:client/*\"}]}"),
        .document_hash = STR("h"),
    };
    fixture_put(&f, TABLE(policy), &policy);
    fixture_put(&f, TABLE(policy_version), &version);
    struct str task = fixture_start(&f, CHECK_IOT_POLICY_OVERLY_PERMISSIVE);
    CHECK_OK(audit_run_all(&f.options, NULL));
    struct page_rows rows = fixture_findings(&f, task);
    assert_int_equal(rows.n, 1);
    const struct finding *finding = rows.rows;
    CHECK_STR(finding->reason_code, "ALLOWS_BROAD_ACCESS_TO_IOT_DATA_PLANE_ACTIONS");
    CHECK_STR(finding->resource, "{\"policyVersionIdentifier\":{\"policyVersionId\":\"2\","
                                 "\"policyName\":\"open\"}}");
    assert_true(
        str_starts(finding->reason,
                   STR("Policy allows broad access to IoT data plane actions: [iot:Connect].")));
    fixture_close(&f);
}

/* More different texts than are remembered at once, within one commit's worth of policies. */
enum { TEXTS = 4000 };

static enum status put_many_policies(const struct account_ctx *ctx, void *arg, struct why *why)
{
    (void)arg;
    for (int i = 0; i < TEXTS; i++) {
        char name[32];
        char text[256];
        snprintf(name, sizeof name, "policy-%04d", i);
        snprintf(
            text, sizeof text,
            "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":"
            "\"iot:Publish\",\"Resource\":\"arn:aws:iot:us-east-1:123456789012:topic/*/%s\"}]}",
            name);
        const struct policy policy = {
            .name = str_from(name), .default_version = 1, .generation_id = STR("g")};
        const struct policy_version version = {.policy = policy.name,
                                               .version = 1,
                                               .document = str_from(text),
                                               .document_hash = policy.name};
        TRY(store_put(ctx->tx, TABLE(policy), &policy, why));
        TRY(store_put(ctx->tx, TABLE(policy_version), &version, why));
    }
    return STATUS_OK;
}

static void reason_names_policy(const struct finding *finding)
{
    static const char member[] = "\"policyName\":\"";
    const char *name = memmem(finding->resource.ptr, finding->resource.len, member, strlen(member));
    assert_non_null(name);
    name += strlen(member);
    if (memmem(finding->reason.ptr, finding->reason.len, name, strlen("policy-0000")) == NULL) {
        fail_msg("%.*s: %.*s", STR_ARG(finding->resource), STR_ARG(finding->reason));
    }
}

static size_t check_all_reasons(struct audit_fixture *f)
{
    AUTO_VIEW *view = NULL;
    AUTO_SCAN *scan = NULL;
    const struct store_range all = {.n_prefix = 0};
    size_t n = 0;
    CHECK_OK(store_read_begin(f->store, &view, NULL));
    CHECK_OK(store_scan_open(view, TABLE(finding), &all, &scan, NULL));
    for (bool more = true; more;) {
        struct finding finding;
        CHECK_OK(store_scan_next(scan, &finding, f->mem, &more, NULL));
        if (more) {
            reason_names_policy(&finding);
            n++;
        }
    }
    return n;
}

static void each_policy_keeps_its_own_reason(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    CHECK_OK(fixture_write(&f, put_many_policies, NULL, NULL));
    fixture_start(&f, CHECK_IOT_POLICY_OVERLY_PERMISSIVE);
    CHECK_OK(audit_run_all(&f.options, NULL));
    assert_int_equal(check_all_reasons(&f), TEXTS);
    fixture_close(&f);
}

static void without_logging_the_account_is_at_fault(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    struct str task = fixture_start(&f, CHECK_LOGGING_DISABLED);
    CHECK_OK(audit_run_all(&f.options, NULL));
    struct audit_described audit = fixture_describe(&f, task);
    assert_int_equal(audit.checks[0].total, 1);
    assert_int_equal(audit.checks[0].non_compliant, 1);
    const struct finding *finding = fixture_findings(&f, task).rows;
    CHECK_STR(finding->resource, "{\"account\":\"123456789012\"}");
    fixture_close(&f);
}

/* ---- troubles that may pass -------------------------------------------------------------------
 */

/* The first audit meets a fault at each pass; a call of the store before this one is the runner's
 * own, looking for what is to be done. */
enum { CALL_OF_FIRST_AUDIT = 5 };

struct troubled {
    struct audit_fixture f;
    struct faulty_plan plan;
    struct retries retries;
    struct str first, second;
    int64_t next;
    struct why why;
};

static void troubled_open(struct troubled *t)
{
    *t = (struct troubled){.next = 0};
    fixture_open(&t->f);
    fixture_open_faulty(&t->f, &t->plan);
    put_ending(&t->f, "aa", "ACTIVE", -1);
    t->first = fixture_start(&t->f, CHECK_DEVICE_CERTIFICATE_EXPIRING);
    t->f.now++;
    t->second = fixture_start(&t->f, CHECK_LOGGING_DISABLED);
}

static enum status troubled_pass(struct troubled *t, size_t call, bool keep_failing)
{
    faulty_plan_set(&t->plan, call, STATUS_NO_MEMORY);
    t->plan.keep_failing = keep_failing;
    enum status status = run_pass(&t->f.options, &t->retries, NULL, NULL, &t->next, &t->why);
    faulty_plan_set(&t->plan, FAULTY_NEVER, STATUS_IO);
    t->plan.keep_failing = false;
    return status;
}

static void check_status(struct troubled *t, struct str task, const char *want)
{
    CHECK_STR(fixture_describe(&t->f, task).task.status, want);
}

static void a_trouble_that_passes_delays_its_own_audit_only(void **state)
{
    (void)state;
    struct troubled t;
    troubled_open(&t);
    CHECK_STATUS(troubled_pass(&t, CALL_OF_FIRST_AUDIT, false), STATUS_NO_MEMORY);
    check_status(&t, t.first, "IN_PROGRESS");
    check_status(&t, t.second, "COMPLETED");
    assert_true(t.next == t.f.now + RETRY_FIRST_SECONDS * (int64_t)SECOND_MS);
    t.f.now = t.next - 1;
    CHECK_OK(troubled_pass(&t, FAULTY_NEVER, false));
    check_status(&t, t.first, "IN_PROGRESS");
    t.f.now = t.next;
    CHECK_OK(troubled_pass(&t, FAULTY_NEVER, false));
    check_status(&t, t.first, "COMPLETED");
    assert_int_equal(t.retries.n, 0);
    assert_true(t.next == TIME_NEVER);
    fixture_close(&t.f);
}

static void fail_until_the_last_try(struct troubled *t)
{
    for (int i = 1; i < RETRY_TRIES; i++) {
        CHECK_STATUS(troubled_pass(t, CALL_OF_FIRST_AUDIT, false), STATUS_NO_MEMORY);
        check_status(t, t->first, "IN_PROGRESS");
        t->f.now = t->next;
    }
}

static void a_trouble_that_stays_ends_its_audit_as_failed(void **state)
{
    (void)state;
    struct troubled t;
    troubled_open(&t);
    fail_until_the_last_try(&t);
    CHECK_OK(troubled_pass(&t, CALL_OF_FIRST_AUDIT, false));
    struct audit_described audit = fixture_describe(&t.f, t.first);
    CHECK_STR(audit.task.status, "FAILED");
    assert_true(str_starts(audit.task.message, STR("The audit was tried 6 times and could not")));
    CHECK_STR(audit.checks[0].status, "FAILED");
    assert_true(str_eq(audit.checks[0].message, audit.task.message));
    assert_true(str_absent(audit.checks[0].error_code));
    assert_int_equal(t.retries.n, 0);
    fixture_close(&t.f);
}

static void while_not_even_the_end_can_be_written_it_is_tried_again(void **state)
{
    (void)state;
    struct troubled t;
    troubled_open(&t);
    fail_until_the_last_try(&t);
    CHECK_STATUS(troubled_pass(&t, CALL_OF_FIRST_AUDIT, true), STATUS_NO_MEMORY);
    check_status(&t, t.first, "IN_PROGRESS");
    t.f.now += RETRY_LAST_SECONDS * (int64_t)SECOND_MS;
    CHECK_OK(troubled_pass(&t, FAULTY_NEVER, false));
    check_status(&t, t.first, "COMPLETED");
    fixture_close(&t.f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_certificates_in_use_are_judged),
        cmocka_unit_test(findings_say_what_where_and_how_far),
        cmocka_unit_test(every_resource_is_judged_once_across_pages),
        cmocka_unit_test(a_task_cut_off_goes_on_where_it_was),
        cmocka_unit_test(a_canceled_task_is_left_alone),
        cmocka_unit_test(a_cancel_in_the_middle_of_a_large_fleet_ends_the_scan_within_a_second),
        cmocka_unit_test(a_policy_is_judged_with_its_witness),
        cmocka_unit_test(each_policy_keeps_its_own_reason),
        cmocka_unit_test(a_trouble_that_passes_delays_its_own_audit_only),
        cmocka_unit_test(a_trouble_that_stays_ends_its_audit_as_failed),
        cmocka_unit_test(while_not_even_the_end_can_be_written_it_is_tried_again),
        cmocka_unit_test(without_logging_the_account_is_at_fault),
    };
    return RUN_TESTS("runner", tests);
}
