/* Audits that run by themselves, with time moved by hand. */
#include "audit/schedule.h"

#include "audit_fixture.h"

#define ENDING CHECK_DEVICE_CERTIFICATE_EXPIRING
#define AGE    CHECK_DEVICE_CERTIFICATE_AGE
#define TWO    ((int64_t)2 * HOUR_MS)

static enum status do_create(const struct account_ctx *ctx, void *arg, struct why *why)
{
    return schedule_create(ctx, arg, why);
}

static enum status do_update(const struct account_ctx *ctx, void *arg, struct why *why)
{
    return schedule_update(ctx, arg, why);
}

static enum status do_delete(const struct account_ctx *ctx, void *arg, struct why *why)
{
    return schedule_delete(ctx, *(struct str *)arg, why);
}

static enum status do_start_due(const struct account_ctx *ctx, void *arg, struct why *why)
{
    return schedule_start_due(ctx, TWO, arg, why);
}

static enum status do_disable(const struct account_ctx *ctx, void *arg, struct why *why)
{
    const enum check_id *id = arg;
    const struct audit_config_check check = {*id, {true, false}, {false, 0}};
    const struct audit_config_update in = {.role_arn = STR_ABSENT, .checks = &check, .n_checks = 1};
    return audit_config_update(ctx, &in, why);
}

static enum status do_forget(const struct account_ctx *ctx, void *arg, struct why *why)
{
    return audit_config_delete(ctx, arg != NULL, why);
}

static const enum check_id both[] = {ENDING, AGE};

static struct schedule_request daily(const char *name)
{
    return (struct schedule_request){.name = str_from(name),
                                     .frequency = STR("DAILY"),
                                     .day_of_month = STR_ABSENT,
                                     .day_of_week = STR_ABSENT,
                                     .checks = both,
                                     .n_checks = 2,
                                     .checks_given = true,
                                     .time_of_day = TWO};
}

static void open_enabled(struct audit_fixture *f)
{
    enum check_id ending = ENDING;
    enum check_id age = AGE;
    fixture_open(f);
    CHECK_OK(fixture_write(f, do_enable, &ending, NULL));
    CHECK_OK(fixture_write(f, do_enable, &age, NULL));
}

static struct scheduled_audit get(struct audit_fixture *f, const char *name)
{
    AUTO_VIEW *view = NULL;
    struct account_ctx ctx = fixture_ctx(f);
    struct scheduled_audit row = {.name = STR_ABSENT};
    CHECK_OK(store_read_begin(f->store, &view, NULL));
    ctx.tx = view;
    CHECK_OK(schedule_get(&ctx, str_from(name), &row, NULL));
    return row;
}

static size_t start_due(struct audit_fixture *f)
{
    struct schedule_started started = {.n = 99};
    CHECK_OK(fixture_write(f, do_start_due, &started, NULL));
    return started.n;
}

/* The task that was started last. */
static struct audit_described newest(struct audit_fixture *f)
{
    AUTO_VIEW *view = NULL;
    struct account_ctx ctx = fixture_ctx(f);
    struct page_rows rows;
    struct audit_described audit;
    const struct page page = {.max = 1};
    const struct audit_task_filter filter = {
        .start = 0, .end = f->now, .kind = STR_ABSENT, .status = STR_ABSENT};
    CHECK_OK(store_read_begin(f->store, &view, NULL));
    ctx.tx = view;
    CHECK_OK(audit_task_list(&ctx, &filter, &page, &rows, NULL));
    assert_int_equal(rows.n, 1);
    const struct audit_task *task = rows.rows;
    CHECK_OK(audit_task_describe(&ctx, task->id, &audit, NULL));
    return audit;
}

static void a_run_that_is_due_starts_once(void **state)
{
    (void)state;
    struct audit_fixture f;
    struct schedule_request in = daily("nightly");
    open_enabled(&f);
    CHECK_OK(fixture_write(&f, do_create, &in, NULL));
    int64_t next = get(&f, "nightly").next_run;
    assert_true(next > f.now && next <= f.now + DAY_MS);
    assert_int_equal(next % DAY_MS, TWO);
    assert_int_equal(start_due(&f), 0);
    f.now = next;
    assert_int_equal(start_due(&f), 1);
    assert_int_equal(start_due(&f), 0);
    struct audit_described audit = newest(&f);
    CHECK_STR(audit.task.kind, "SCHEDULED_AUDIT_TASK");
    CHECK_STR(audit.task.schedule, "nightly");
    assert_int_equal(audit.n_checks, 2);
    assert_int_equal(get(&f, "nightly").next_run, next + DAY_MS);
    assert_int_equal(get(&f, "nightly").last_run, next);
    fixture_close(&f);
}

static void what_was_missed_is_made_up_once(void **state)
{
    (void)state;
    struct audit_fixture f;
    struct schedule_request in = daily("nightly");
    open_enabled(&f);
    CHECK_OK(fixture_write(&f, do_create, &in, NULL));
    int64_t next = get(&f, "nightly").next_run;
    f.now = next + 10 * DAY_MS + HOUR_MS;
    assert_int_equal(start_due(&f), 1);
    CHECK_OK(audit_run_all(&f.options, NULL));
    assert_int_equal(start_due(&f), 0);
    assert_int_equal(get(&f, "nightly").next_run, next + 11 * DAY_MS);
    fixture_close(&f);
}

static void the_next_waits_for_the_last(void **state)
{
    (void)state;
    struct audit_fixture f;
    struct schedule_request in = daily("nightly");
    open_enabled(&f);
    CHECK_OK(fixture_write(&f, do_create, &in, NULL));
    f.now = get(&f, "nightly").next_run;
    assert_int_equal(start_due(&f), 1);
    f.now += DAY_MS;
    assert_int_equal(start_due(&f), 0);
    CHECK_OK(audit_run_all(&f.options, NULL));
    assert_int_equal(start_due(&f), 1);
    fixture_close(&f);
}

static void five_are_the_most_and_names_are_taken_once(void **state)
{
    (void)state;
    struct audit_fixture f;
    const char *const names[] = {"a", "b", "c", "d", "e"};
    open_enabled(&f);
    for (size_t i = 0; i < QUOTA_SCHEDULED_AUDITS; i++) {
        struct schedule_request in = daily(names[i]);
        CHECK_OK(fixture_write(&f, do_create, &in, NULL));
    }
    struct schedule_request again = daily("e");
    struct schedule_request sixth = daily("f");
    CHECK_STATUS(fixture_write(&f, do_create, &again, NULL), STATUS_EXISTS);
    CHECK_STATUS(fixture_write(&f, do_create, &sixth, NULL), STATUS_LIMIT);
    struct str gone = STR("a");
    CHECK_OK(fixture_write(&f, do_delete, &gone, NULL));
    CHECK_STATUS(fixture_write(&f, do_delete, &gone, NULL), STATUS_NOT_FOUND);
    CHECK_OK(fixture_write(&f, do_create, &sixth, NULL));
    fixture_close(&f);
}

static void a_check_in_use_stays_enabled(void **state)
{
    (void)state;
    struct audit_fixture f;
    struct schedule_request in = daily("nightly");
    enum check_id age = AGE;
    struct why why;
    open_enabled(&f);
    CHECK_OK(fixture_write(&f, do_create, &in, NULL));
    CHECK_STATUS(fixture_write(&f, do_disable, &age, &why), STATUS_INVALID);
    assert_non_null(strstr(why.text, "nightly"));
    CHECK_STATUS(fixture_write(&f, do_forget, NULL, NULL), STATUS_INVALID);
    in.n_checks = 1;
    in.frequency = STR_ABSENT;
    int64_t next = get(&f, "nightly").next_run;
    CHECK_OK(fixture_write(&f, do_update, &in, NULL));
    assert_int_equal(get(&f, "nightly").next_run, next); /* only checks: the days stand */
    CHECK_OK(fixture_write(&f, do_disable, &age, NULL));
    CHECK_OK(fixture_write(&f, do_forget, &f, NULL));
    struct str gone = STR("nightly");
    CHECK_STATUS(fixture_write(&f, do_delete, &gone, NULL), STATUS_NOT_FOUND);
    fixture_close(&f);
}

static void only_enabled_checks_and_whole_rules_are_taken(void **state)
{
    (void)state;
    struct audit_fixture f;
    const enum check_id off[] = {CHECK_LOGGING_DISABLED};
    open_enabled(&f);
    struct schedule_request in = daily("x");
    in.checks = off;
    in.n_checks = 1;
    CHECK_STATUS(fixture_write(&f, do_create, &in, NULL), STATUS_INVALID);
    in = daily("x");
    in.n_checks = 0;
    CHECK_STATUS(fixture_write(&f, do_create, &in, NULL), STATUS_INVALID);
    in = daily("x");
    in.frequency = STR("WEEKLY");
    CHECK_STATUS(fixture_write(&f, do_create, &in, NULL), STATUS_INVALID);
    in = daily("x");
    CHECK_STATUS(fixture_write(&f, do_update, &in, NULL), STATUS_NOT_FOUND);
    CHECK_OK(fixture_write(&f, do_create, &in, NULL));
    in.frequency = STR("MONTHLY"); /* the day that it needs is not there */
    CHECK_STATUS(fixture_write(&f, do_update, &in, NULL), STATUS_INVALID);
    fixture_close(&f);
}

/* A configuration that was made anew, say, with a check that its schedule still names. */
static void a_check_that_is_off_fails_alone(void **state)
{
    (void)state;
    struct audit_fixture f;
    struct schedule_request in = daily("nightly");
    open_enabled(&f);
    CHECK_OK(fixture_write(&f, do_create, &in, NULL));
    struct audit_setting off = {.name = check_rows[AGE].name, .enabled_at = TIME_NEVER};
    fixture_put(&f, TABLE(audit_setting), &off);
    f.now = get(&f, "nightly").next_run;
    assert_int_equal(start_due(&f), 1);
    CHECK_OK(audit_run_all(&f.options, NULL));
    struct audit_described audit = newest(&f);
    CHECK_STR(audit.task.status, "COMPLETED");
    assert_int_equal(audit.statistics.failed, 1);
    assert_int_equal(audit.statistics.compliant, 1);
    CHECK_STR(audit.checks[0].error_code, "AUDIT_CHECK_DISABLED"); /* AGE, by name */
    struct audit_setting off_too = {.name = check_rows[ENDING].name, .enabled_at = TIME_NEVER};
    fixture_put(&f, TABLE(audit_setting), &off_too);
    f.now += DAY_MS;
    assert_int_equal(start_due(&f), 1);
    CHECK_STR(newest(&f).task.status, "FAILED");
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_that_is_due_starts_once),
        cmocka_unit_test(what_was_missed_is_made_up_once),
        cmocka_unit_test(the_next_waits_for_the_last),
        cmocka_unit_test(five_are_the_most_and_names_are_taken_once),
        cmocka_unit_test(a_check_in_use_stays_enabled),
        cmocka_unit_test(only_enabled_checks_and_whole_rules_are_taken),
        cmocka_unit_test(a_check_that_is_off_fails_alone),
    };
    return RUN_TESTS("audit/schedule", tests);
}
