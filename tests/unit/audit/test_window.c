/* Which stretch of the history an audit judges. */
#include "audit/window.h"

#include "account/session.h"
#include "audit_fixture.h"

#define CHECK_NAME STR("DEVICE_CERTIFICATE_SHARED_CHECK")

static const int64_t LAG = 2 * HOUR_MS, DAY = DAY_MS;

static struct audit_window window_of(struct audit_fixture *f, const struct audit_task *task)
{
    AUTO_VIEW *view = NULL;
    struct account_ctx ctx = fixture_ctx(f);
    struct audit_window window;
    CHECK_OK(store_read_begin(f->store, &view, NULL));
    ctx.tx = view;
    CHECK_OK(audit_window_get(&ctx, task, CHECK_NAME, LAG, &window, NULL));
    return window;
}

static void enabled_at(struct audit_fixture *f, bool enabled, int64_t at)
{
    const struct audit_setting row = {.name = CHECK_NAME, .enabled = enabled, .enabled_at = at};
    fixture_put(f, TABLE(audit_setting), &row);
}

static struct audit_task task_of(const char *id, const char *schedule, int64_t started)
{
    return (struct audit_task){.id = str_from(id),
                               .kind = STR("x"),
                               .status = STR("COMPLETED"),
                               .schedule = str_from(schedule),
                               .started = started,
                               .finished = TIME_NEVER};
}

static void former(struct audit_fixture *f, const char *id, const char *schedule, int64_t started,
                   const char *status)
{
    const struct audit_task task = task_of(id, schedule, started);
    const struct audit_check_run run = {
        .task = task.id, .name = CHECK_NAME, .status = str_from(status)};
    fixture_put(f, TABLE(audit_task), &task);
    fixture_put(f, TABLE(audit_check_run), &run);
}

static void on_demand_it_is_31_days_up_to_the_lag(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    enabled_at(&f, true, f.now - DAY);
    const struct audit_task task = task_of("now", NULL, f.now);
    former(&f, "before", NULL, f.now - DAY, "COMPLETED_COMPLIANT");
    struct audit_window window = window_of(&f, &task);
    assert_int_equal(window.from, f.now - 31 * DAY);
    assert_int_equal(window.to, f.now - LAG);
    assert_int_equal(window.due, f.now);
    fixture_close(&f);
}

static void a_check_enabled_within_the_lag_is_due_later(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    enabled_at(&f, true, f.now - 10);
    const struct audit_task task = task_of("now", NULL, f.now);
    struct audit_window window = window_of(&f, &task);
    assert_int_equal(window.due, f.now - 10 + LAG);
    assert_int_equal(window.to, f.now - 10);
    enabled_at(&f, false, TIME_NEVER); /* disabled since: there is nothing to wait for */
    assert_int_equal(window_of(&f, &task).due, f.now);
    fixture_close(&f);
}

static void a_schedule_goes_on_from_its_last_run_that_judged(void **state)
{
    (void)state;
    struct audit_fixture f;
    fixture_open(&f);
    enabled_at(&f, true, f.now - 90 * DAY);
    const struct audit_task task = task_of("now", "daily", f.now);
    assert_int_equal(window_of(&f, &task).from, f.now - 31 * DAY);
    former(&f, "a", "daily", f.now - 40 * DAY, "COMPLETED_COMPLIANT");
    assert_int_equal(window_of(&f, &task).from, f.now - 40 * DAY - LAG);
    former(&f, "b", "daily", f.now - 3 * DAY, "COMPLETED_NON_COMPLIANT");
    former(&f, "c", "daily", f.now - 2 * DAY, "CANCELED");
    former(&f, "d", "weekly", f.now - DAY, "COMPLETED_COMPLIANT");
    assert_int_equal(window_of(&f, &task).from, f.now - 3 * DAY - LAG);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_demand_it_is_31_days_up_to_the_lag),
        cmocka_unit_test(a_check_enabled_within_the_lag_is_due_later),
        cmocka_unit_test(a_schedule_goes_on_from_its_last_run_that_judged),
    };
    return RUN_TESTS("window", tests);
}
