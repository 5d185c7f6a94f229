/* The checks of connections, through the runner. */
#include "audit/connections.h"

#include "account/session.h"
#include "audit_fixture.h"

#define CERT_A   STR("aaaa000000000000000000000000000000000000000000000000000000000000")
#define CERT_B   STR("bbbb000000000000000000000000000000000000000000000000000000000000")
#define IDENTITY STR("us-east-1:11111111-2222-3333-4444-555555555555")
#define POOL     STR("us-east-1:99999999-2222-3333-4444-555555555555")

enum { NOW_DAYS = 20000 };
static const int64_t HOUR = HOUR_MS, DAY = DAY_MS;

static void open_at_noon(struct audit_fixture *f)
{
    fixture_open(f);
    f->now = NOW_DAYS * DAY + 12 * HOUR;
    f->options.session_lag_ms = 2 * HOUR;
}

static enum status do_apply(const struct account_ctx *ctx, void *arg, struct why *why)
{
    struct session_applied applied;
    return session_apply(ctx, arg, 1, &applied, why);
}

static void tell(struct audit_fixture *f, struct session_event event)
{
    CHECK_OK(fixture_write(f, do_apply, &event, NULL));
}

static void connection(struct audit_fixture *f, const char *client, struct str principal,
                       int64_t from, int64_t to, struct str reason)
{
    struct session_event event = {.begins = true,
                                  .at = from,
                                  .client = str_from(client),
                                  .principal = principal,
                                  .kind = session_kind_of(principal)};
    if (event.kind == SESSION_COGNITO) {
        event.pool = POOL;
    }
    tell(f, event);
    if (to != TIME_NEVER) {
        event.begins = false;
        event.at = to;
        event.reason = reason;
        tell(f, event);
    }
}

static void enable_long_ago(struct audit_fixture *f, enum check_id check)
{
    const struct audit_setting on = {
        .name = check_rows[check].name, .enabled = 1, .enabled_at = f->now - 100 * DAY};
    fixture_put(f, TABLE(audit_setting), &on);
}

static struct str start(struct audit_fixture *f, enum check_id check)
{
    struct start in = {.check = check};
    CHECK_OK(fixture_write(f, do_start, &in, NULL));
    return in.task;
}

static struct page_rows audit(struct audit_fixture *f, enum check_id check)
{
    enable_long_ago(f, check);
    struct str task = start(f, check);
    CHECK_OK(audit_run_all(&f->options, NULL));
    struct audit_described described = fixture_describe(f, task);
    CHECK_STR(described.task.status, "COMPLETED");
    return fixture_findings(f, task);
}

static size_t related(struct audit_fixture *f, const struct page_rows *findings, size_t i,
                      struct related_resource *ret, size_t max)
{
    AUTO_VIEW *view = NULL;
    struct account_ctx ctx = fixture_ctx(f);
    const struct page page = {.max = max};
    struct page_rows rows;
    CHECK_OK(store_read_begin(f->store, &view, NULL));
    ctx.tx = view;
    CHECK_OK(
        finding_related(&ctx, ((const struct finding *)findings->rows)[i].id, &page, &rows, NULL));
    memcpy(ret, rows.rows, rows.n * sizeof *ret);
    return rows.n;
}

static void a_certificate_in_two_places_at_once_is_shared(void **state)
{
    (void)state;
    struct audit_fixture f;
    struct related_resource list[10];
    open_at_noon(&f);
    int64_t t = f.now - 10 * DAY;
    connection(&f, "first", CERT_A, t, t + 2 * HOUR, STR("CONNECTION_LOST"));
    connection(&f, "second", CERT_A, t + HOUR, TIME_NEVER, STR(""));
    connection(&f, "other", CERT_B, t, t + HOUR, STR(""));
    connection(&f, "third", CERT_B, t + HOUR, t + 2 * HOUR, STR("")); /* touches, no more */
    struct page_rows findings = audit(&f, CHECK_DEVICE_CERTIFICATE_SHARED);
    assert_int_equal(findings.n, 1);
    const struct finding *finding = findings.rows;
    CHECK_STR(finding->reason_code, "CERTIFICATE_SHARED_BY_MULTIPLE_DEVICES");
    CHECK_STR(
        finding->resource_key,
        "deviceCertificateId=aaaa000000000000000000000000000000000000000000000000000000000000");
    CHECK_STR(finding->severity, "CRITICAL");
    assert_int_equal(related(&f, &findings, 0, list, 10), 2);
    CHECK_STR(list[0].resource_type, "CLIENT_ID");
    CHECK_STR(list[0].resource, "{\"clientId\":\"second\"}");
    CHECK_STR(list[1].resource, "{\"clientId\":\"first\"}");
    char info[128];
    snprintf(info, sizeof info, "{\"CONNECTION_TIME\":\"%lld\"}", (long long)(t + HOUR));
    CHECK_STR(list[0].info, info);
    snprintf(info, sizeof info, "{\"CONNECTION_TIME\":\"%lld\",\"DISCONNECTION_TIME\":\"%lld\"}",
             (long long)t, (long long)(t + 2 * HOUR));
    CHECK_STR(list[1].info, info);
    fixture_close(&f);
}

static void the_window_ends_two_hours_before_and_begins_31_days_before(void **state)
{
    (void)state;
    struct audit_fixture f;
    open_at_noon(&f);
    int64_t old = f.now - 31 * DAY;
    connection(&f, "a", CERT_A, old - 2 * HOUR, old, STR("")); /* over when the window begins */
    connection(&f, "b", CERT_A, old - 2 * HOUR, old + HOUR, STR(""));
    connection(&f, "c", CERT_B, f.now - 3 * HOUR, TIME_NEVER, STR(""));
    connection(&f, "d", CERT_B, f.now - 2 * HOUR, TIME_NEVER, STR("")); /* not yet looked at */
    assert_int_equal(audit(&f, CHECK_DEVICE_CERTIFICATE_SHARED).n, 0);
    connection(&f, "e", CERT_A, old - 3 * HOUR, old + 1, STR(""));
    connection(&f, "f", CERT_B, f.now - 2 * HOUR - 1, TIME_NEVER, STR(""));
    assert_int_equal(audit(&f, CHECK_DEVICE_CERTIFICATE_SHARED).n, 2);
    fixture_close(&f);
}

static void the_same_client_again_is_not_sharing(void **state)
{
    (void)state;
    struct audit_fixture f;
    open_at_noon(&f);
    int64_t t = f.now - 10 * DAY;
    for (int i = 0; i < 5; i++) {
        connection(&f, "one", CERT_A, t + i * HOUR, t + (i + 1) * HOUR + 10, SESSION_DUPLICATE);
    }
    assert_int_equal(audit(&f, CHECK_DEVICE_CERTIFICATE_SHARED).n, 0);
    fixture_close(&f);
}

static void a_check_enabled_lately_waits_for_its_data_and_then_runs(void **state)
{
    (void)state;
    struct audit_fixture f;
    open_at_noon(&f);
    int64_t t = f.now - HOUR;
    connection(&f, "a", CERT_A, t, TIME_NEVER, STR(""));
    connection(&f, "b", CERT_A, t, TIME_NEVER, STR(""));
    struct str waiting = fixture_start(&f, CHECK_DEVICE_CERTIFICATE_SHARED);
    CHECK_OK(audit_run_all(&f.options, NULL));
    struct audit_described audit = fixture_describe(&f, waiting);
    CHECK_STR(audit.task.status, "IN_PROGRESS");
    CHECK_STR(audit.checks[0].status, "WAITING_FOR_DATA_COLLECTION");
    assert_int_equal(audit.statistics.waiting, 1);
    /* another audit is not held up */
    struct str other = fixture_start(&f, CHECK_LOGGING_DISABLED);
    CHECK_OK(audit_run_all(&f.options, NULL));
    CHECK_STR(fixture_describe(&f, other).task.status, "COMPLETED");
    f.now += 2 * HOUR - 1;
    CHECK_OK(audit_run_all(&f.options, NULL));
    CHECK_STR(fixture_describe(&f, waiting).task.status, "IN_PROGRESS");
    f.now += 1;
    CHECK_OK(audit_run_all(&f.options, NULL));
    audit = fixture_describe(&f, waiting);
    CHECK_STR(audit.task.status, "COMPLETED");
    CHECK_STR(audit.checks[0].status, "COMPLETED_NON_COMPLIANT");
    assert_int_equal(audit.checks[0].total, 1);
    fixture_close(&f);
}

static enum status try_start(struct audit_fixture *f, enum check_id check, struct str *ret,
                             struct why *why)
{
    struct start start = {.check = check};
    enum status status = fixture_write(f, do_start, &start, why);
    *ret = start.task;
    return status;
}

/* More than the quota of those in progress may wait, up to a bound of their own; what does not wait
 * is never held up by them. */
static void what_waits_holds_no_place_of_those_in_progress(void **state)
{
    (void)state;
    struct audit_fixture f;
    struct why why = {.code = STATUS_OK};
    struct str task;
    open_at_noon(&f);
    fixture_start(&f, CHECK_LOGGING_DISABLED);
    for (int i = 0; i < QUOTA_AUDITS_WAITING; i++) {
        fixture_start(&f, CHECK_DEVICE_CERTIFICATE_SHARED);
        if (i % 9 == 0 || i == QUOTA_AUDITS_WAITING - 1) {
            CHECK_OK(audit_run_all(&f.options, NULL));
        }
    }
    CHECK_STATUS(try_start(&f, CHECK_DEVICE_CERTIFICATE_SHARED, &task, &why), STATUS_LIMIT);
    assert_string_equal(why.text,
                        "100 audits wait for data of connections, which is the limit: leave out "
                        "DEVICE_CERTIFICATE_SHARED_CHECK, wait until one of them has ended, or "
                        "cancel one (list-audit-tasks, cancel-audit-task)");
    for (int i = 0; i < QUOTA_AUDITS_IN_PROGRESS; i++) {
        CHECK_OK(try_start(&f, CHECK_LOGGING_DISABLED, &task, NULL));
    }
    CHECK_STATUS(try_start(&f, CHECK_LOGGING_DISABLED, &task, &why), STATUS_LIMIT);
    assert_string_equal(why.text, "10 audits are in progress, which is the limit: wait until one "
                                  "of them has ended, or cancel one (list-audit-tasks, "
                                  "cancel-audit-task)");
    f.now += 2 * HOUR;
    CHECK_OK(audit_run_all(&f.options, NULL));
    CHECK_OK(try_start(&f, CHECK_DEVICE_CERTIFICATE_SHARED, &task, NULL));
    fixture_close(&f);
}

static int roles_told;

static void count_roles(void *ctx, const struct audit_event *event)
{
    (void)ctx;
    roles_told += str_eq(str_from(event->name), STR("audit.role_not_held"));
}

static void a_role_that_is_not_held_is_not_told_of_what_only_waits(void **state)
{
    (void)state;
    struct audit_fixture f;
    open_at_noon(&f);
    f.options.told = count_roles;
    roles_told = 0;
    fixture_start(&f, CHECK_DEVICE_CERTIFICATE_SHARED);
    for (int i = 0; i < 3; i++) { /* as after as many restarts */
        CHECK_OK(audit_run_all(&f.options, NULL));
    }
    assert_int_equal(roles_told, 0);
    f.now += 2 * HOUR;
    CHECK_OK(audit_run_all(&f.options, NULL));
    assert_int_equal(roles_told, 1);
    fixture_close(&f);
}

static enum status do_cancel(const struct account_ctx *ctx, void *arg, struct why *why)
{
    return audit_task_cancel(ctx, *(struct str *)arg, why);
}

static void what_waits_can_be_canceled(void **state)
{
    (void)state;
    struct audit_fixture f;
    open_at_noon(&f);
    struct str waiting = fixture_start(&f, CHECK_DEVICE_CERTIFICATE_SHARED);
    CHECK_OK(audit_run_all(&f.options, NULL));
    CHECK_OK(fixture_write(&f, do_cancel, &waiting, NULL));
    f.now += 3 * HOUR;
    CHECK_OK(audit_run_all(&f.options, NULL));
    struct audit_described audit = fixture_describe(&f, waiting);
    CHECK_STR(audit.task.status, "CANCELED");
    CHECK_STR(audit.checks[0].status, "CANCELED");
    fixture_close(&f);
}

/* A task of a schedule, as another run of it would have left it. */
static void former_run(struct audit_fixture *f, const char *id, int64_t started, const char *status)
{
    const struct audit_task task = {.id = str_from(id),
                                    .kind = STR("SCHEDULED_AUDIT_TASK"),
                                    .status = STR("COMPLETED"),
                                    .schedule = STR("daily"),
                                    .started = started,
                                    .finished = started};
    const struct audit_check_run run = {.task = task.id,
                                        .name = STR("DEVICE_CERTIFICATE_SHARED_CHECK"),
                                        .status = str_from(status)};
    fixture_put(f, TABLE(audit_task), &task);
    fixture_put(f, TABLE(audit_check_run), &run);
}

static size_t scheduled_findings(struct audit_fixture *f, const char *id)
{
    const struct audit_task task = {.id = str_from(id),
                                    .kind = STR("SCHEDULED_AUDIT_TASK"),
                                    .status = STR("IN_PROGRESS"),
                                    .schedule = STR("daily"),
                                    .started = f->now,
                                    .finished = TIME_NEVER};
    const struct audit_check_run run = {.task = task.id,
                                        .name = STR("DEVICE_CERTIFICATE_SHARED_CHECK"),
                                        .status = STR("IN_PROGRESS")};
    enable_long_ago(f, CHECK_DEVICE_CERTIFICATE_SHARED);
    fixture_put(f, TABLE(audit_task), &task);
    fixture_put(f, TABLE(audit_check_run), &run);
    CHECK_OK(audit_run_all(&f->options, NULL));
    return fixture_findings(f, task.id).n;
}

static void a_scheduled_audit_goes_on_where_its_last_run_ended(void **state)
{
    (void)state;
    struct audit_fixture f;
    open_at_noon(&f);
    int64_t t = f.now - 20 * DAY;
    connection(&f, "a", CERT_A, t, t + 10, STR(""));
    connection(&f, "b", CERT_A, t, t + 10, STR(""));
    assert_int_equal(scheduled_findings(&f, "r1r1r1r1r1r1r1r1r1"), 1); /* no run before: 31 days */
    f.now += DAY;
    former_run(&f, "f0f0f0f0f0f0f0f0f0", t + 3 * HOUR, "FAILED"); /* judged nothing */
    assert_int_equal(scheduled_findings(&f, "r2r2r2r2r2r2r2r2r2"), 0);
    /* from two hours before the former run's start: nothing falls between two runs */
    t = f.now - 2 * HOUR;
    connection(&f, "c", CERT_B, t, t + 10, STR(""));
    connection(&f, "d", CERT_B, t, t + 10, STR(""));
    f.now += DAY;
    assert_int_equal(scheduled_findings(&f, "r3r3r3r3r3r3r3r3r3"), 1);
    fixture_close(&f);
}

static void a_client_id_that_was_taken_over_is_a_conflict(void **state)
{
    (void)state;
    struct audit_fixture f;
    struct related_resource list[20];
    open_at_noon(&f);
    int64_t t = f.now - HOUR; /* no lag */
    connection(&f, "lamp", CERT_A, t, t + 10, SESSION_DUPLICATE);
    connection(&f, "lamp", STR("some-user"), t + 5, t + 20, SESSION_DUPLICATE);
    connection(&f, "fine", CERT_A, t, t + 10, STR("CONNECTION_LOST"));
    connection(&f, "old", CERT_A, f.now - 40 * DAY, f.now - 31 * DAY - 1, SESSION_DUPLICATE);
    struct page_rows findings = audit(&f, CHECK_CONFLICTING_CLIENT_IDS);
    assert_int_equal(findings.n, 1);
    const struct finding *finding = findings.rows;
    CHECK_STR(finding->reason_code, "DUPLICATE_CLIENT_ID_ACROSS_CONNECTIONS");
    CHECK_STR(finding->resource_key, "clientId=lamp");
    CHECK_STR(finding->severity, "HIGH");
    assert_int_equal(related(&f, &findings, 0, list, 20), 2);
    char info[256];
    snprintf(info, sizeof info,
             "{\"CONNECTION_TIME\":\"%lld\",\"DISCONNECTION_TIME\":\"%lld\","
             "\"PRINCIPAL_ID\":\"some-user\"}",
             (long long)(t + 5), (long long)(t + 20));
    CHECK_STR(list[0].resource_type, "CLIENT_ID");
    CHECK_STR(list[0].resource, "{\"clientId\":\"lamp\"}");
    CHECK_STR(list[0].info, info);
    CHECK_STR(list[1].resource_type, "DEVICE_CERTIFICATE");
    assert_true(str_starts(list[1].resource, STR("{\"deviceCertificateArn\":\"arn:aws:iot:")));
    fixture_close(&f);
}

static void a_shared_identity_is_a_finding_of_its_pool(void **state)
{
    (void)state;
    struct audit_fixture f;
    struct related_resource list[20];
    open_at_noon(&f);
    int64_t t = f.now - DAY;
    connection(&f, "a", IDENTITY, t, t + HOUR, STR(""));
    connection(&f, "b", IDENTITY, t, t + HOUR, STR(""));
    struct str second = STR("us-east-1:22222222-2222-3333-4444-555555555555");
    connection(&f, "c", second, t, t + HOUR, STR(""));
    connection(&f, "d", second, t, t + HOUR, STR(""));
    assert_int_equal(audit(&f, CHECK_DEVICE_CERTIFICATE_SHARED).n, 0);
    struct page_rows findings = audit(&f, CHECK_SHARED_COGNITO_IDENTITY);
    assert_int_equal(findings.n, 1);
    const struct finding *finding = findings.rows;
    CHECK_STR(finding->resource_type, "COGNITO_IDENTITY_POOL");
    CHECK_STR(finding->resource_key,
              "cognitoIdentityPoolId=us-east-1:99999999-2222-3333-4444-555555555555");
    CHECK_STR(finding->reason_code, "COGNITO_IDENTITY_SHARED_BY_MULTIPLE_DEVICES");
    assert_int_equal(related(&f, &findings, 0, list, 20), 4);
    assert_true(str_ends(
        list[0].info, STR("\"IDENTITY_ID\":\"us-east-1:11111111-2222-3333-4444-555555555555\"}")));
    fixture_close(&f);
}

static void an_audit_cut_off_finds_the_same(void **state)
{
    (void)state;
    struct audit_fixture f;
    open_at_noon(&f);
    int64_t t = f.now - DAY;
    char names[8][65];
    for (int i = 0; i < 8; i++) {
        snprintf(names[i], sizeof names[i], "%064d", i);
        connection(&f, "a", str_from(names[i]), t + 100 * i, t + 100 * i + 50, STR(""));
        connection(&f, "b", str_from(names[i]), t + 100 * i, t + 100 * i + 50, STR(""));
    }
    enable_long_ago(&f, CHECK_DEVICE_CERTIFICATE_SHARED);
    struct str task = start(&f, CHECK_DEVICE_CERTIFICATE_SHARED);
    struct audit_check_run run = {.task = task,
                                  .name = STR("DEVICE_CERTIFICATE_SHARED_CHECK"),
                                  .status = STR("IN_PROGRESS"),
                                  .total = 5,
                                  .non_compliant = 5,
                                  .cursor = str_from(names[4])};
    fixture_put(&f, TABLE(audit_check_run), &run);
    CHECK_OK(audit_run_all(&f.options, NULL));
    struct audit_described audit = fixture_describe(&f, task);
    assert_int_equal(audit.checks[0].total, 8);
    assert_int_equal(audit.checks[0].non_compliant, 8);
    assert_int_equal(fixture_findings(&f, task).n, 3);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_in_two_places_at_once_is_shared),
        cmocka_unit_test(the_window_ends_two_hours_before_and_begins_31_days_before),
        cmocka_unit_test(the_same_client_again_is_not_sharing),
        cmocka_unit_test(a_check_enabled_lately_waits_for_its_data_and_then_runs),
        cmocka_unit_test(what_waits_holds_no_place_of_those_in_progress),
        cmocka_unit_test(a_role_that_is_not_held_is_not_told_of_what_only_waits),
        cmocka_unit_test(what_waits_can_be_canceled),
        cmocka_unit_test(a_scheduled_audit_goes_on_where_its_last_run_ended),
        cmocka_unit_test(a_client_id_that_was_taken_over_is_a_conflict),
        cmocka_unit_test(a_shared_identity_is_a_finding_of_its_pool),
        cmocka_unit_test(an_audit_cut_off_finds_the_same),
    };
    return RUN_TESTS("connections", tests);
}
