/* Audits as rows. */
#include "audit_fixture.h"

#define ENDING CHECK_DEVICE_CERTIFICATE_EXPIRING
#define AGE    CHECK_DEVICE_CERTIFICATE_AGE

struct started {
    const enum check_id *checks;
    size_t n;
    struct str id;
};

static enum status do_start_many(const struct account_ctx *ctx, void *arg, struct why *why)
{
    struct started *s = arg;
    return audit_task_start(ctx, s->checks, s->n, &s->id, why);
}

static enum status start(struct audit_fixture *f, const enum check_id *checks, size_t n,
                         struct str *ret_id)
{
    struct started s = {.checks = checks, .n = n};
    enum status status = fixture_write(f, do_start_many, &s, NULL);
    *ret_id = s.id;
    return status;
}

static enum status do_cancel(const struct account_ctx *ctx, void *arg, struct why *why)
{
    return audit_task_cancel(ctx, *(struct str *)arg, why);
}

struct finish {
    struct str id;
    struct str message;
};

static enum status do_finish(const struct account_ctx *ctx, void *arg, struct why *why)
{
    const struct finish *finish = arg;
    return audit_task_finish(ctx, finish->id, finish->message, why);
}

static void open_enabled(struct audit_fixture *f)
{
    enum check_id ending = ENDING;
    enum check_id age = AGE;
    fixture_open(f);
    CHECK_OK(fixture_write(f, do_enable, &ending, NULL));
    CHECK_OK(fixture_write(f, do_enable, &age, NULL));
}

static void adds_up(const struct audit_statistics *s)
{
    assert_int_equal(s->total, s->in_progress + s->waiting + s->compliant + s->non_compliant +
                                   s->failed + s->canceled);
}

static void only_enabled_checks_each_once_are_started(void **state)
{
    (void)state;
    struct audit_fixture f;
    const enum check_id disabled[] = {ENDING, CHECK_LOGGING_DISABLED};
    const enum check_id twice[] = {AGE, AGE};
    struct str id;
    open_enabled(&f);
    CHECK_STATUS(start(&f, disabled, 2, &id), STATUS_INVALID);
    CHECK_STATUS(start(&f, twice, 2, &id), STATUS_INVALID);
    CHECK_STATUS(start(&f, twice, 0, &id), STATUS_INVALID);
    CHECK_OK(start(&f, twice, 1, &id));
    fixture_close(&f);
}

static void ten_may_be_in_progress(void **state)
{
    (void)state;
    struct audit_fixture f;
    const enum check_id one[] = {AGE};
    struct str id = STR_ABSENT;
    open_enabled(&f);
    for (int i = 0; i < QUOTA_AUDITS_IN_PROGRESS; i++) {
        CHECK_OK(start(&f, one, 1, &id));
    }
    struct str more;
    CHECK_STATUS(start(&f, one, 1, &more), STATUS_LIMIT);
    CHECK_OK(fixture_write(&f, do_cancel, &id, NULL));
    CHECK_OK(start(&f, one, 1, &more));
    CHECK_OK(audit_run_all(&f.options, NULL));
    CHECK_OK(start(&f, one, 1, &more));
    fixture_close(&f);
}

static void statistics_add_up_in_every_state(void **state)
{
    (void)state;
    struct audit_fixture f;
    const enum check_id both[] = {ENDING, AGE};
    struct str id;
    open_enabled(&f);
    struct certificate cert = fixture_cert("aa");
    cert.not_after = f.now;
    fixture_put(&f, TABLE(certificate), &cert);
    CHECK_OK(start(&f, both, 2, &id));
    struct audit_described audit = fixture_describe(&f, id);
    adds_up(&audit.statistics);
    assert_int_equal(audit.statistics.in_progress, 2);
    CHECK_OK(audit_run_all(&f.options, NULL));
    audit = fixture_describe(&f, id);
    adds_up(&audit.statistics);
    CHECK_STR(audit.checks[0].name, "DEVICE_CERTIFICATE_AGE_CHECK"); /* by name */
    assert_int_equal(audit.statistics.compliant, 1);
    assert_int_equal(audit.statistics.non_compliant, 1);
    CHECK_STR(audit.task.status, "COMPLETED");
    assert_int_equal(audit.task.finished, f.now);
    CHECK_OK(start(&f, both, 2, &id));
    CHECK_OK(fixture_write(&f, do_cancel, &id, NULL));
    audit = fixture_describe(&f, id);
    adds_up(&audit.statistics);
    assert_int_equal(audit.statistics.canceled, 2);
    fixture_close(&f);
}

static void what_has_ended_is_not_canceled(void **state)
{
    (void)state;
    struct audit_fixture f;
    const enum check_id one[] = {AGE};
    struct str id;
    struct str none = STR("00000000000000000000000000000000");
    open_enabled(&f);
    CHECK_OK(start(&f, one, 1, &id));
    CHECK_OK(audit_run_all(&f.options, NULL));
    CHECK_STATUS(fixture_write(&f, do_cancel, &id, NULL), STATUS_INVALID);
    CHECK_STATUS(fixture_write(&f, do_cancel, &none, NULL), STATUS_NOT_FOUND);
    CHECK_STR(fixture_describe(&f, id).task.status, "COMPLETED");
    fixture_close(&f);
}

static void an_audit_that_breaks_off_is_failed_with_its_message(void **state)
{
    (void)state;
    struct audit_fixture f;
    const enum check_id both[] = {ENDING, AGE};
    struct finish finish = {.message = STR("a row is corrupt")};
    open_enabled(&f);
    CHECK_OK(start(&f, both, 2, &finish.id));
    CHECK_OK(fixture_write(&f, do_finish, &finish, NULL));
    struct audit_described audit = fixture_describe(&f, finish.id);
    CHECK_STR(audit.task.status, "FAILED");
    assert_int_equal(audit.statistics.failed, 2);
    adds_up(&audit.statistics);
    CHECK_STR(audit.checks[1].message, "a row is corrupt");
    finish.message = STR_ABSENT; /* what is done stays done */
    CHECK_OK(fixture_write(&f, do_finish, &finish, NULL));
    CHECK_STR(fixture_describe(&f, finish.id).task.status, "FAILED");
    fixture_close(&f);
}

static size_t count(struct audit_fixture *f, int64_t from, int64_t to, const char *status)
{
    AUTO_VIEW *view = NULL;
    struct account_ctx ctx = fixture_ctx(f);
    const struct audit_task_filter filter = {
        .start = from, .end = to, .status = status == NULL ? STR_ABSENT : str_from(status)};
    const struct page page = {.max = 100};
    struct page_rows rows;
    CHECK_OK(store_read_begin(f->store, &view, NULL));
    ctx.tx = view;
    CHECK_OK(audit_task_list(&ctx, &filter, &page, &rows, NULL));
    return rows.n;
}

static void lists_are_bounded_by_time_and_status(void **state)
{
    (void)state;
    struct audit_fixture f;
    const enum check_id one[] = {AGE};
    struct str ids[3];
    open_enabled(&f);
    int64_t t = f.now;
    for (int i = 0; i < 3; i++) {
        f.now = t + i;
        CHECK_OK(start(&f, one, 1, &ids[i]));
    }
    CHECK_OK(fixture_write(&f, do_cancel, &ids[1], NULL));
    assert_int_equal(count(&f, t, t + 2, NULL), 3);
    assert_int_equal(count(&f, t + 1, t + 1, NULL), 1);
    assert_int_equal(count(&f, t + 3, t + 9, NULL), 0);
    assert_int_equal(count(&f, t - 9, t - 1, NULL), 0);
    assert_int_equal(count(&f, t, t + 2, "CANCELED"), 1);
    assert_int_equal(count(&f, t, t + 2, "IN_PROGRESS"), 2);
    AUTO_VIEW *view = NULL;
    struct account_ctx ctx = fixture_ctx(&f);
    const struct audit_task_filter backwards = {.start = t + 1, .end = t};
    struct page_rows rows;
    CHECK_OK(store_read_begin(f.store, &view, NULL));
    ctx.tx = view;
    CHECK_STATUS(audit_task_list(&ctx, &backwards, &(struct page){.max = 1}, &rows, NULL),
                 STATUS_INVALID);
    store_read_end(view);
    view = NULL;
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_enabled_checks_each_once_are_started),
        cmocka_unit_test(ten_may_be_in_progress),
        cmocka_unit_test(statistics_add_up_in_every_state),
        cmocka_unit_test(what_has_ended_is_not_canceled),
        cmocka_unit_test(an_audit_that_breaks_off_is_failed_with_its_message),
        cmocka_unit_test(lists_are_bounded_by_time_and_status),
    };
    return RUN_TESTS("task", tests);
}
