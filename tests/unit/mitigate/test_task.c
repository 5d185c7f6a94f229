#include "mitigate_fixture.h"

#define EXPIRING    CHECK_DEVICE_CERTIFICATE_EXPIRING
#define NAME(check) check_rows[check].name

static struct str set_up(struct fixture *f)
{
    account_make(f);
    put_action(f, "off", ACTION_UPDATE_DEVICE_CERTIFICATE);
    put_action(f, "ca", ACTION_UPDATE_CA_CERTIFICATE);
    fixture_certificate(f, "aa");
    return put_finding(f, EXPIRING, "1", "deviceCertificateId=aa");
}

static const struct request_of deactivate = {EXPIRING, {"off"}};

static void refuse(struct fixture *f, const struct task_new *in, enum status want,
                   const char *words)
{
    CHECK_REFUSED(f, want, words, WRITE(f, task_start(&f->ctx, in, &f->why)));
}

static void a_target_has_one_of_three_forms(void **state)
{
    struct fixture *f = *state;
    struct str finding = set_up(f);
    const struct str codes[] = {STR("CODE_A")};
    const struct task_codes filter = {NAME(EXPIRING), codes, 1};
    struct task_new in = task_of(f, &deactivate);
    in.audit_task = STR_ABSENT;
    refuse(f, &in, STATUS_INVALID, "target must be an auditTaskId");
    in.codes = &filter;
    in.n_codes = 1;
    refuse(f, &in, STATUS_INVALID, "target must be an auditTaskId");
    in.findings = &finding;
    in.n_findings = 1;
    refuse(f, &in, STATUS_INVALID, "target must be an auditTaskId");
    in.n_codes = 0;
    CHECK_OK(WRITE(f, task_start(&f->ctx, &in, &f->why)));
    CHECK_STR(describe(f).row.mapping, "{\"DEVICE_CERTIFICATE_EXPIRING_CHECK\":[\"off\"]}");
    in = task_of(f, &deactivate);
    in.id = STR("second");
    in.token = STR("token-2");
    in.findings = &finding;
    in.n_findings = 1;
    refuse(f, &in, STATUS_INVALID, "target must be an auditTaskId");
    in.n_findings = 0;
    in.codes = &filter;
    in.n_codes = 1;
    CHECK_OK(WRITE(f, task_start(&f->ctx, &in, &f->why)));
    struct mitigation_task row;
    CHECK_OK(READ(f, task_get(&f->ctx, in.id, &row, &f->why)));
    CHECK_STR(row.target,
              "{\"auditCheckToReasonCodeFilter\":{\"DEVICE_CERTIFICATE_EXPIRING_CHECK\":"
              "[\"CODE_A\"]},\"auditTaskId\":\"0123456789abcdef0123456789abcdef\"}");
}

static void what_is_not_there_is_named(void **state)
{
    struct fixture *f = *state;
    set_up(f);
    const struct str none = STR("none");
    struct task_new in = task_of(f, &deactivate);
    in.audit_task = none;
    refuse(f, &in, STATUS_INVALID, "auditTaskId: there is no audit task none");
    in.audit_task = STR_ABSENT;
    in.findings = &none;
    in.n_findings = 1;
    refuse(f, &in, STATUS_INVALID, "findingIds: there is no audit finding none");
    in = task_of(f, &(struct request_of){EXPIRING, {"gone"}});
    refuse(f, &in, STATUS_INVALID, "no mitigation action is named gone");
    struct task_actions mapping = {STR("NO_CHECK"), &none, 1};
    in.mapping = &mapping;
    refuse(f, &in, STATUS_INVALID, "auditCheckToActionsMapping: there is no check NO_CHECK");
    in.n_mapping = 0;
    refuse(f, &in, STATUS_INVALID, "auditCheckToActionsMapping is empty");
}

static void an_audit_in_progress_is_refused(void **state)
{
    struct fixture *f = *state;
    set_up(f);
    const struct audit_task audit = {.id = AUDIT, .status = STR("IN_PROGRESS")};
    put_row(f, TABLE(audit_task), &audit);
    const struct task_new in = task_of(f, &deactivate);
    refuse(f, &in, STATUS_INVALID, "is in progress; what it will find is not known yet");
}

static void an_action_that_does_not_fit_its_check_is_refused(void **state)
{
    struct fixture *f = *state;
    set_up(f);
    struct task_new in = task_of(f, &(struct request_of){EXPIRING, {"off", "ca"}});
    refuse(f, &in, STATUS_INVALID,
           "action ca is UPDATE_CA_CERTIFICATE, which cannot be applied to findings of "
           "DEVICE_CERTIFICATE_EXPIRING_CHECK");
    in = task_of(f, &(struct request_of){EXPIRING, {"off", "off"}});
    refuse(f, &in, STATUS_INVALID, "names action off twice");
}

static void a_check_is_named_once_by_whichever_name(void **state)
{
    struct fixture *f = *state;
    set_up(f);
    const struct str names[] = {STR("off")};
    const struct task_actions mapping[] = {
        {STR("DEVICE_CERT_APPROACHING_EXPIRATION_CHECK"), names, 1}, {NAME(EXPIRING), names, 1}};
    struct task_new in = task_of(f, &deactivate);
    in.mapping = mapping;
    in.n_mapping = 2;
    refuse(f, &in, STATUS_INVALID, "names DEVICE_CERTIFICATE_EXPIRING_CHECK twice");
    in.n_mapping = 1;
    CHECK_OK(WRITE(f, task_start(&f->ctx, &in, &f->why)));
    CHECK_STR(describe(f).row.mapping, "{\"DEVICE_CERTIFICATE_EXPIRING_CHECK\":[\"off\"]}");
}

static void a_named_finding_must_have_an_action(void **state)
{
    struct fixture *f = *state;
    set_up(f);
    struct str other = put_finding(f, CHECK_LOGGING_DISABLED, "1", "account=123456789012");
    struct task_new in = task_of(f, &deactivate);
    const struct str codes[] = {STR("CODE_A")};
    const struct task_codes filter = {NAME(CHECK_LOGGING_DISABLED), codes, 1};
    in.codes = &filter;
    in.n_codes = 1;
    refuse(f, &in, STATUS_INVALID, "names LOGGING_DISABLED_CHECK, for which");
    in = task_of(f, &deactivate);
    in.audit_task = STR_ABSENT;
    in.findings = &other;
    in.n_findings = 1;
    refuse(f, &in, STATUS_INVALID, "is of LOGGING_DISABLED_CHECK, for which");
}

static void ids_and_tokens_are_used_once(void **state)
{
    struct fixture *f = *state;
    set_up(f);
    struct task_new in = task_of(f, &deactivate);
    CHECK_OK(WRITE(f, task_start(&f->ctx, &in, &f->why)));
    in.token = STR("another");
    refuse(f, &in, STATUS_TASK_EXISTS, "mitigation task my-task exists already");
    in.id = STR("other");
    in.token = STR("token");
    refuse(f, &in, STATUS_TASK_EXISTS, "clientRequestToken token was used");
}

static void ten_tasks_run_at_most(void **state)
{
    struct fixture *f = *state;
    set_up(f);
    struct task_new in = task_of(f, &deactivate);
    for (int i = 0; i < QUOTA_MITIGATION_TASKS; i++) {
        in.id = fixture_name(f, "task", i);
        in.token = in.id;
        CHECK_OK(WRITE(f, task_start(&f->ctx, &in, &f->why)));
    }
    in.id = STR("one-more");
    in.token = in.id;
    refuse(f, &in, STATUS_LIMIT, "10 mitigation tasks are in progress, which is the limit");
    CHECK_OK(WRITE(f, task_cancel(&f->ctx, fixture_name(f, "task", 3), &f->why)));
    CHECK_OK(WRITE(f, task_start(&f->ctx, &in, &f->why)));
}

static void what_was_canceled_before_it_began_is_counted(void **state)
{
    struct fixture *f = *state;
    struct mitigation_execution *open;
    struct str finding = set_up(f);
    start_task(f, &deactivate);
    assert_int_equal(executions(f, finding, &open), 1);
    CHECK_STR(open->status, "PENDING");
    CHECK_OK(WRITE(f, task_cancel(&f->ctx, TASK, &f->why)));
    struct task_described task = describe(f);
    CHECK_STR(task.row.status, "CANCELED");
    assert_int_equal(task.checks[0].row.total, 1);
    assert_int_equal(task.checks[0].canceled, 1);
    assert_int_equal(executions(f, finding, &open), 1);
    CHECK_STR(open->status, "CANCELED");
    run_tasks(f);
    CHECK_STR(get_certificate(f, "aa").status, "ACTIVE");
    CHECK_REFUSED(f, STATUS_INVALID, "is CANCELED; only one that is in progress can be canceled",
                  WRITE(f, task_cancel(&f->ctx, TASK, &f->why)));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "there is no audit mitigation task none",
                  WRITE(f, task_cancel(&f->ctx, STR("none"), &f->why)));
}

static size_t count_listed(struct fixture *f, struct task_filter filter)
{
    const struct page page = {.max = 10};
    struct page_rows rows;
    CHECK_OK(READ(f, task_list(&f->ctx, &filter, &page, &rows, &f->why)));
    return rows.n;
}

static void lists_are_narrowed_by_audit_finding_and_status(void **state)
{
    struct fixture *f = *state;
    struct str finding = set_up(f);
    struct str other = put_finding(f, CHECK_LOGGING_DISABLED, "1", "account=123456789012");
    mitigate(f, &deactivate);
    const struct task_filter all = {.start = 0, .end = f->now};
    struct task_filter filter = all;
    assert_int_equal(count_listed(f, filter), 1);
    filter.audit_task = AUDIT;
    assert_int_equal(count_listed(f, filter), 1);
    filter.audit_task = STR("none");
    assert_int_equal(count_listed(f, filter), 0);
    filter = all;
    filter.finding = finding;
    assert_int_equal(count_listed(f, filter), 1);
    filter.finding = other;
    assert_int_equal(count_listed(f, filter), 0);
    filter.finding = STR("none");
    assert_int_equal(count_listed(f, filter), 0);
    filter = all;
    filter.status = STR("FAILED");
    assert_int_equal(count_listed(f, filter), 0);
    filter = all;
    filter.end = f->now - 1;
    assert_int_equal(count_listed(f, filter), 0);
    filter.start = f->now;
    const struct page page = {.max = 10};
    struct page_rows rows;
    CHECK_REFUSED(f, STATUS_INVALID, "startTime is after endTime",
                  READ(f, task_list(&f->ctx, &filter, &page, &rows, &f->why)));
}

static void executions_are_paged_and_narrowed(void **state)
{
    struct fixture *f = *state;
    struct str finding = set_up(f);
    put_action(f, "tell", ACTION_PUBLISH_FINDING_TO_SNS);
    mitigate(f, &(struct request_of){EXPIRING, {"tell", "off"}});
    struct page page = {.max = 1};
    struct page_rows rows;
    CHECK_OK(READ(f, task_executions(&f->ctx, TASK, finding, STR_ABSENT, &page, &rows, &f->why)));
    assert_int_equal(rows.n, 1);
    CHECK_STR(((struct mitigation_execution *)rows.rows)->action, "tell");
    page.after = rows.next;
    CHECK_OK(READ(f, task_executions(&f->ctx, TASK, finding, STR_ABSENT, &page, &rows, &f->why)));
    assert_int_equal(rows.n, 1);
    CHECK_STR(((struct mitigation_execution *)rows.rows)->action, "off");
    assert_true(str_absent(rows.next));
    page.after = STR_ABSENT;
    CHECK_OK(
        READ(f, task_executions(&f->ctx, TASK, finding, STR("FAILED"), &page, &rows, &f->why)));
    assert_int_equal(rows.n, 0);
    CHECK_OK(
        READ(f, task_executions(&f->ctx, TASK, STR("none"), STR_ABSENT, &page, &rows, &f->why)));
    assert_int_equal(rows.n, 0);
    page.after = STR("x");
    CHECK_REFUSED(
        f, STATUS_INVALID, "the position is none of this list",
        READ(f, task_executions(&f->ctx, TASK, finding, STR_ABSENT, &page, &rows, &f->why)));
}

static void a_task_is_started_and_canceled_wholly_or_not_at_all(void **state)
{
    struct fixture *f = *state;
    set_up(f);
    const struct task_new in = task_of(f, &deactivate);
    CHECK_ALL_OR_NOTHING(f, task_start(&f->ctx, &in, &f->why));
    CHECK_ALL_OR_NOTHING(f, task_cancel(&f->ctx, TASK, &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_target_has_one_of_three_forms),
        TEST(what_is_not_there_is_named),
        TEST(an_audit_in_progress_is_refused),
        TEST(an_action_that_does_not_fit_its_check_is_refused),
        TEST(a_check_is_named_once_by_whichever_name),
        TEST(a_named_finding_must_have_an_action),
        TEST(ids_and_tokens_are_used_once),
        TEST(ten_tasks_run_at_most),
        TEST(what_was_canceled_before_it_began_is_counted),
        TEST(lists_are_narrowed_by_audit_finding_and_status),
        TEST(executions_are_paged_and_narrowed),
        TEST(a_task_is_started_and_canceled_wholly_or_not_at_all),
    };
    return RUN_TESTS("mitigate/task", tests);
}
