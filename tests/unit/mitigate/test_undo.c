#include "mitigate_fixture.h"

#define EXPIRING CHECK_DEVICE_CERTIFICATE_EXPIRING

static void set_up(struct fixture *f)
{
    account_make(f);
    put_action(f, "off", ACTION_UPDATE_DEVICE_CERTIFICATE);
    fixture_certificate(f, "aa");
    fixture_certificate(f, "bb");
    put_finding(f, EXPIRING, "1", "deviceCertificateId=aa");
    put_finding(f, EXPIRING, "2", "deviceCertificateId=bb");
}

static const struct request_of deactivate = {EXPIRING, {"off"}};

static void asking_twice_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct mitigation_task row;
    set_up(f);
    mitigate(f, &deactivate);
    assert_int_equal(undo_task(f).n, 2);
    set_certificate(f, "aa", "INACTIVE");
    uint64_t before = fixture_digest(f);
    CHECK_OK(WRITE(f, undo_start(&f->ctx, TASK, &row, &f->why)));
    CHECK_STR(row.undo, "COMPLETED");
    assert_int_equal(row.restored, 2);
    run_tasks(f);
    assert_true(fixture_digest(f) == before);
}

static void only_what_has_ended_is_undone(void **state)
{
    struct fixture *f = *state;
    struct mitigation_task row;
    set_up(f);
    start_task(f, &deactivate);
    CHECK_REFUSED(f, STATUS_INVALID, "is in progress; cancel it before it is undone",
                  WRITE(f, undo_start(&f->ctx, TASK, &row, &f->why)));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "there is no audit mitigation task none",
                  WRITE(f, undo_start(&f->ctx, STR("none"), &row, &f->why)));
}

static void numbers_and_times_are_kept(void **state)
{
    struct fixture *f = *state;
    set_up(f);
    mitigate(f, &deactivate);
    set_certificate(f, "bb", "REVOKED");
    f->now += 5000;
    struct page_rows rows = undo_task(f);
    struct mitigation_task row = describe(f).row;
    assert_int_equal(rows.n, 2);
    assert_int_equal(row.restored, 1);
    assert_int_equal(row.kept, 1);
    assert_int_equal(row.undo_started, f->now);
    assert_int_equal(row.undo_finished, f->now);
    CHECK_STR(row.status, "COMPLETED"); /* the task stays what it was */
    assert_int_equal(((struct mitigation_change *)rows.rows)->undone_at, f->now);
}

static void changes_are_listed_by_what_became_of_them(void **state)
{
    struct fixture *f = *state;
    const struct page page = {.max = 10};
    struct page_rows rows;
    set_up(f);
    mitigate(f, &deactivate);
    CHECK_OK(READ(f, changes_list(&f->ctx, TASK, STR(""), &page, &rows, &f->why)));
    assert_int_equal(rows.n, 2);
    set_certificate(f, "bb", "REVOKED");
    undo_task(f);
    CHECK_OK(READ(f, changes_list(&f->ctx, TASK, STR("KEPT"), &page, &rows, &f->why)));
    assert_int_equal(rows.n, 1);
    CHECK_STR(((struct mitigation_change *)rows.rows)->resource, "bb");
    CHECK_OK(READ(f, changes_list(&f->ctx, TASK, STR("RESTORED"), &page, &rows, &f->why)));
    assert_int_equal(rows.n, 1);
    CHECK_OK(READ(f, changes_list(&f->ctx, TASK, STR(""), &page, &rows, &f->why)));
    assert_int_equal(rows.n, 0);
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "there is no audit mitigation task none",
                  READ(f, changes_list(&f->ctx, STR("none"), STR(""), &page, &rows, &f->why)));
}

static void a_page_of_it_is_done_wholly_or_not_at_all(void **state)
{
    struct fixture *f = *state;
    struct mitigation_task row;
    struct undo_page page = {.task = TASK};
    set_up(f);
    mitigate(f, &deactivate);
    CHECK_OK(WRITE(f, undo_start(&f->ctx, TASK, &row, &f->why)));
    CHECK_ALL_OR_NOTHING(f, undo_page_run(&f->ctx, &page, &f->why));
    assert_false(page.more);
    assert_int_equal(page.restored, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(asking_twice_changes_nothing),
        TEST(only_what_has_ended_is_undone),
        TEST(numbers_and_times_are_kept),
        TEST(changes_are_listed_by_what_became_of_them),
        TEST(a_page_of_it_is_done_wholly_or_not_at_all),
    };
    return RUN_TESTS("mitigate/undo", tests);
}
