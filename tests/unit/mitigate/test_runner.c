#include <semaphore.h>

#include "base/buf.h"
#include "mitigate/page.h"
#include "mitigate_fixture.h"

#define EXPIRING CHECK_DEVICE_CERTIFICATE_EXPIRING

static struct str set_up(struct fixture *f)
{
    account_make(f);
    put_action(f, "off", ACTION_UPDATE_DEVICE_CERTIFICATE);
    put_action(f, "tell", ACTION_PUBLISH_FINDING_TO_SNS);
    fixture_certificate(f, "aa");
    return put_finding(f, EXPIRING, "1", "deviceCertificateId=aa");
}

static const struct request_of both = {EXPIRING, {"off", "tell"}};

static void check_numbers(struct fixture *f, const char *status, int total, int failed,
                          int succeeded, int skipped, int canceled)
{
    struct task_described task = describe(f);
    assert_int_equal(task.n_checks, 1);
    const struct mitigation_check *row = &task.checks[0].row;
    CHECK_STR(task.row.status, status);
    assert_int_equal(row->total, total);
    assert_int_equal(row->failed, failed);
    assert_int_equal(row->succeeded, succeeded);
    assert_int_equal(row->skipped, skipped);
    assert_int_equal(task.checks[0].canceled, canceled);
}

static void actions_come_in_their_order_and_are_dated(void **state)
{
    struct fixture *f = *state;
    struct mitigation_execution *done;
    struct str finding = set_up(f);
    start_task(f, &both);
    f->now += 1000;
    run_tasks(f);
    assert_int_equal(executions(f, finding, &done), 2);
    CHECK_STR(done[0].action, "off");
    CHECK_STR(done[1].action, "tell");
    assert_int_equal(done[0].started, f->now);
    assert_int_equal(done[1].finished, f->now);
    assert_true(str_absent(done[0].error_code));
    check_numbers(f, "COMPLETED", 1, 0, 1, 0, 0);
    assert_int_equal(describe(f).row.finished, f->now);
}

static void a_failed_action_skips_the_later_ones_of_its_finding_alone(void **state)
{
    struct fixture *f = *state;
    struct mitigation_execution *done;
    set_up(f);
    struct str gone = put_finding(f, EXPIRING, "0", "deviceCertificateId=gone");
    mitigate(f, &both);
    assert_int_equal(executions(f, gone, &done), 2);
    CHECK_STR(done[0].status, "FAILED");
    CHECK_STR(done[1].status, "SKIPPED");
    CHECK_STR(done[1].message, "an earlier action on the finding failed");
    assert_int_equal(done[1].started, TIME_NEVER);
    CHECK_STR(get_certificate(f, "aa").status, "INACTIVE");
    check_numbers(f, "FAILED", 2, 1, 1, 0, 0);
}

static void suppressed_findings_get_no_action(void **state)
{
    struct fixture *f = *state;
    struct mitigation_execution *done;
    struct str finding = set_up(f);
    suppress(f, finding);
    mitigate(f, &both);
    assert_int_equal(executions(f, finding, &done), 2);
    CHECK_STR(done[0].status, "SKIPPED");
    CHECK_STR(done[0].message, "the finding is suppressed");
    CHECK_STR(get_certificate(f, "aa").status, "ACTIVE");
    check_numbers(f, "COMPLETED", 1, 0, 0, 1, 0);
}

static void reason_codes_leave_findings_out(void **state)
{
    struct fixture *f = *state;
    struct mitigation_execution *done;
    struct str finding = set_up(f);
    const struct str codes[] = {STR("CODE_B")};
    const struct task_codes filter = {check_rows[EXPIRING].name, codes, 1};
    struct task_new in = task_of(f, &both);
    in.codes = &filter;
    in.n_codes = 1;
    CHECK_OK(WRITE(f, task_start(&f->ctx, &in, &f->why)));
    run_tasks(f);
    assert_int_equal(executions(f, finding, &done), 0);
    CHECK_STR(get_certificate(f, "aa").status, "ACTIVE");
    check_numbers(f, "COMPLETED", 1, 0, 0, 1, 0);
}

static void findings_of_other_checks_are_no_business_of_the_task(void **state)
{
    struct fixture *f = *state;
    struct mitigation_execution *done;
    set_up(f);
    fixture_certificate(f, "bb");
    struct str other = put_finding(f, CHECK_DEVICE_CERTIFICATE_AGE, "1", "deviceCertificateId=bb");
    mitigate(f, &both);
    assert_int_equal(executions(f, other, &done), 0);
    CHECK_STR(get_certificate(f, "bb").status, "ACTIVE");
    check_numbers(f, "COMPLETED", 1, 0, 1, 0, 0);
}

static void named_findings_are_done_and_no_others(void **state)
{
    struct fixture *f = *state;
    set_up(f);
    fixture_certificate(f, "bb");
    const struct str named[] = {put_finding(f, EXPIRING, "2", "deviceCertificateId=bb")};
    struct task_new in = task_of(f, &both);
    in.audit_task = STR_ABSENT;
    in.findings = named;
    in.n_findings = 1;
    CHECK_OK(WRITE(f, task_start(&f->ctx, &in, &f->why)));
    run_tasks(f);
    CHECK_STR(get_certificate(f, "aa").status, "ACTIVE");
    CHECK_STR(get_certificate(f, "bb").status, "INACTIVE");
    check_numbers(f, "COMPLETED", 1, 0, 1, 0, 0);
}

static void a_task_works_with_the_actions_as_they_were(void **state)
{
    struct fixture *f = *state;
    struct str finding = set_up(f);
    struct mitigation_action row;
    const struct action_params params = {.kind = ACTION_UPDATE_CA_CERTIFICATE};
    start_task(f, &(struct request_of){EXPIRING, {"off"}});
    CHECK_OK(WRITE(
        f, action_update(&f->ctx, STR("off"), STR(ROLE_ARN("none")), &params, &row, &f->why)));
    CHECK_OK(WRITE(f, action_delete(&f->ctx, STR("off"), &f->why)));
    run_tasks(f);
    only_execution(f, finding, "COMPLETED");
    CHECK_STR(get_certificate(f, "aa").status, "INACTIVE");
}

/* The role of the action decides, step by step. */
static void a_role_that_may_not_fails_the_step(void **state)
{
    struct fixture *f = *state;
    struct str finding = set_up(f);
    const char *arn = "arn:aws:iot:us-east-1:123456789012:cert/bb";
    fixture_certificate(f, "bb");
    struct str allowed = put_finding(f, EXPIRING, "2", "deviceCertificateId=bb");
    struct str grant;
    CHECK_OK(str_fmt(f->ctx.mem, &grant, NULL,
                     POLICY("{\"Effect\":\"Allow\",\"Action\":\"iot:UpdateCertificate\","
                            "\"Resource\":\"%s\"}"),
                     arn));
    CHECK_OK(try_inline(f, IAM_ROLE, "mitigate", "all", grant.ptr));
    mitigate(f, &(struct request_of){EXPIRING, {"off"}});
    struct mitigation_execution done = only_execution(f, finding, "FAILED");
    check_message(&done, "INSUFFICIENT_PERMISSIONS",
                  "no policy of role mitigate allows iot:UpdateCertificate on "
                  "arn:aws:iot:us-east-1:123456789012:cert/aa");
    only_execution(f, allowed, "COMPLETED");
    CHECK_STR(get_certificate(f, "aa").status, "ACTIVE");
    CHECK_STR(get_certificate(f, "bb").status, "INACTIVE");
}

static void a_role_that_does_not_trust_us_or_is_gone_fails_the_step(void **state)
{
    struct fixture *f = *state;
    struct str finding = set_up(f);
    CHECK_OK(WRITE(
        f, iam_role_trust_set(&f->ctx, STR("mitigate"),
                              STR(POLICY("{\"Effect\":\"Allow\",\"Principal\":{\"Service\":"
                                         "\"iot.amazonaws.com\"},\"Action\":\"sts:AssumeRole\","
                                         "\"Condition\":{\"ArnLike\":{\"aws:SourceArn\":"
                                         "\"arn:aws:iot:*:*:mitigationaction/another\"}}}")),
                              &f->why)));
    mitigate(f, &(struct request_of){EXPIRING, {"off"}});
    struct mitigation_execution done = only_execution(f, finding, "FAILED");
    check_message(&done, "INSUFFICIENT_PERMISSIONS",
                  "the trust policy of role mitigate does not let iot.amazonaws.com assume it");
}

/* ---- many findings --------------------------------------------------------------------------- */

enum { MANY = 2 * FIXTURE_BATCH + 7 };

static void put_many(struct fixture *f)
{
    set_up(f);
    for (int i = 1; i < MANY; i++) {
        struct str key;
        struct str id = fixture_name(f, "cert", i);
        fixture_certificate(f, str_z(f->ctx.mem, id));
        CHECK_OK(str_fmt(f->ctx.mem, &key, NULL, "deviceCertificateId=%.*s", STR_ARG(id)));
        put_finding(f, EXPIRING, str_z(f->ctx.mem, fixture_name(f, "2", i)), key.ptr);
    }
}

static void each_finding_is_done_once_across_pages(void **state)
{
    struct fixture *f = *state;
    put_many(f);
    mitigate(f, &(struct request_of){EXPIRING, {"off"}});
    check_numbers(f, "COMPLETED", MANY, 0, MANY, 0, 0);
    assert_int_equal(describe(f).row.counted, 1);
    struct mitigation_task row;
    CHECK_OK(WRITE(f, undo_start(&f->ctx, TASK, &row, &f->why)));
    run_tasks(f);
    row = describe(f).row;
    CHECK_STR(row.undo, "COMPLETED");
    assert_int_equal(row.restored, MANY);
    assert_int_equal(row.kept, 0);
    CHECK_STR(get_certificate(f, "cert-500").status, "ACTIVE");
}

struct heard {
    struct buf text;
    size_t calls;
};

static void hear(void *ctx, const struct deed *deeds, size_t n)
{
    struct heard *heard = ctx;
    heard->calls++;
    for (size_t i = 0; i < n; i++) {
        const struct deed *deed = &deeds[i];
        buf_put_fmt(&heard->text, "%.*s %.*s %.*s %.*s:", STR_ARG(deed->cause), STR_ARG(deed->name),
                    STR_ARG(deed->action), STR_ARG(deed->outcome));
        for (size_t r = 0; r < deed->n_resources; r++) {
            buf_put_fmt(&heard->text, " %.*s", STR_ARG(deed->resources[r]));
        }
        buf_put_fmt(&heard->text, " %.*s\n", STR_ARG(deed->why));
        CHECK_STR(deed->task, "my-task");
        assert_true(str_absent(deed->role) || str_eq(deed->role, STR(ROLE_ARN("mitigate"))));
    }
}

static void what_was_done_is_told_behind_its_commit(void **state)
{
    struct fixture *f = *state;
    struct heard heard = {.calls = 0};
    struct mitigate_runner_options options = runner_options(f);
    struct mitigation_task row;
    options.did = hear;
    options.did_ctx = &heard;
    set_up(f);
    put_finding(f, EXPIRING, "0", "deviceCertificateId=gone");
    start_task(f, &both);
    buf_init(&heard.text, f->ctx.mem, 1 << 16);
    CHECK_OK(mitigate_run_all(&options, &f->why));
    CHECK_STR(buf_view(&heard.text),
              "mitigation off iot:UpdateCertificate ResourceNotFoundException: no certificate "
              "has the id gone\n"
              "mitigation off iot:UpdateCertificate OK: "
              "arn:aws:iot:us-east-1:123456789012:cert/aa \n"
              "mitigation tell sns:Publish OK: arn:aws:sns:us-east-1:123456789012:findings \n");
    assert_int_equal(heard.calls, 1);
    CHECK_OK(WRITE(f, undo_start(&f->ctx, TASK, &row, &f->why)));
    buf_clear(&heard.text);
    CHECK_OK(mitigate_run_all(&options, &f->why));
    CHECK_STR(buf_view(&heard.text), "undo  iot:UpdateCertificate OK: "
                                     "arn:aws:iot:us-east-1:123456789012:cert/aa \n");
}

/* A page of the task, as the runner does one. */
static enum status one_page(struct fixture *f, size_t max, size_t *ret_done)
{
    AUTO_ARENA *step = arena_new(64 << 20);
    struct mitigation_task row;
    struct mission mission;
    struct finding *findings = NEW_ARRAY(f->ctx.mem, struct finding, max);
    struct page_findings page = {.mission = &mission, .findings = findings, .step = step};
    CHECK_OK(READ(f, task_get(&f->ctx, TASK, &row, &f->why)));
    CHECK_OK(mission_read(f->ctx.mem, &f->ctx.id, &row, &mission, &f->why));
    CHECK_OK(
        READ(f, mission_findings(&f->ctx, &mission, row.cursor, findings, max, &page.n, &f->why)));
    enum status status = WRITE(f, page_run(&f->ctx, &page, &f->why));
    *ret_done = page.n_done;
    return status;
}

static void a_task_cut_off_goes_on_behind_the_last_page(void **state)
{
    struct fixture *f = *state;
    size_t done = 0;
    put_many(f);
    start_task(f, &(struct request_of){EXPIRING, {"off"}});
    CHECK_OK(one_page(f, 100, &done));
    assert_int_equal(done, 100);
    run_tasks(f); /* another life */
    check_numbers(f, "COMPLETED", MANY, 0, MANY, 0, 0);
}

static void a_canceled_task_gets_no_further_page(void **state)
{
    struct fixture *f = *state;
    struct mitigation_execution *open;
    size_t done = 0;
    put_many(f);
    start_task(f, &(struct request_of){EXPIRING, {"off"}});
    CHECK_OK(one_page(f, 100, &done));
    CHECK_OK(WRITE(f, task_cancel(&f->ctx, TASK, &f->why)));
    CHECK_STATUS(one_page(f, 100, &done), STATUS_CANCELED);
    run_tasks(f);
    check_numbers(f, "CANCELED", MANY, 0, 100, 0, MANY - 100);
    struct str last;
    struct str prefix;
    CHECK_OK(finding_prefix(f->ctx.mem, AUDIT, check_rows[EXPIRING].name, &prefix, NULL));
    CHECK_OK(str_fmt(f->ctx.mem, &last, NULL, "%.*s2-999", STR_ARG(prefix)));
    assert_int_equal(executions(f, last, &open), 1);
    CHECK_STR(open->status, "CANCELED");
}

/* One step that changes more than a page should ends the page behind it. */
static void a_page_ends_behind_many_changes(void **state)
{
    struct fixture *f = *state;
    const enum check_id issuer = CHECK_INTERMEDIATE_CA_REVOKED_FOR_ACTIVE_DEVICE_CERTIFICATES;
    size_t done = 0;
    set_up(f);
    struct str first = put_finding(f, issuer, "1", "issuerCertificateIdentifier=CN=x");
    put_finding(f, issuer, "2", "issuerCertificateIdentifier=CN=y");
    for (int i = 0; i < PAGE_CHANGES; i++) {
        const char *id = str_z(f->ctx.mem, fixture_name(f, "cert", i));
        fixture_certificate(f, id);
        put_related(f, first, i, id);
    }
    start_task(f, &(struct request_of){issuer, {"off"}});
    CHECK_OK(one_page(f, 2, &done));
    assert_int_equal(done, 1);
    run_tasks(f);
    check_numbers(f, "COMPLETED", 2, 0, 2, 0, 0);
}

struct polite_page {
    struct store *store;
    struct store_job other;
    struct page_findings page;
    sem_t other_done;
};

static enum status nothing(struct store_tx *tx, void *ctx, struct why *why)
{
    (void)tx;
    (void)ctx;
    (void)why;
    return STATUS_OK;
}

static void other_done(struct store_job *job)
{
    sem_post(job->ctx);
}

/* Somebody comes and waits, and then the page runs. */
static enum status run_awaited_page(const struct account_ctx *ctx, void *arg, struct why *why)
{
    struct polite_page *polite = arg;
    TRY(store_submit(polite->store, &polite->other, why));
    return page_run(ctx, &polite->page, why);
}

static void a_page_ends_early_when_another_waits(void **state)
{
    struct fixture *f = *state;
    AUTO_ARENA *step = arena_new(1 << 20);
    struct mitigation_task row;
    struct mission mission;
    struct finding findings[PAGE_FINDINGS_LEAST + 100];
    struct polite_page polite = {.store = f->store,
                                 .other = {.work = nothing, .done = other_done},
                                 .page = {.mission = &mission, .findings = findings, .step = step}};
    sem_init(&polite.other_done, 0, 0);
    polite.other.ctx = &polite.other_done;
    put_many(f);
    start_task(f, &(struct request_of){EXPIRING, {"off"}});
    CHECK_OK(READ(f, task_get(&f->ctx, TASK, &row, &f->why)));
    CHECK_OK(mission_read(f->ctx.mem, &f->ctx.id, &row, &mission, &f->why));
    CHECK_OK(READ(f, mission_findings(&f->ctx, &mission, row.cursor, findings,
                                      PAGE_FINDINGS_LEAST + 100, &polite.page.n, &f->why)));
    struct account_call call = {.ctx = &f->ctx, .run = run_awaited_page, .arg = &polite};
    CHECK_OK(store_write(f->store, account_call_run, &call, &f->why));
    sem_wait(&polite.other_done);
    assert_int_equal(polite.page.n_done, PAGE_FINDINGS_LEAST);
    run_tasks(f);
    check_numbers(f, "COMPLETED", MANY, 0, MANY, 0, 0);
}

static void a_page_is_done_wholly_or_not_at_all(void **state)
{
    struct fixture *f = *state;
    AUTO_ARENA *step = arena_new(1 << 20);
    struct mitigation_task row;
    struct mission mission;
    struct finding finding = get_finding(f, set_up(f));
    struct page_findings page = {.mission = &mission, .findings = &finding, .n = 1, .step = step};
    start_task(f, &both);
    CHECK_OK(READ(f, task_get(&f->ctx, TASK, &row, &f->why)));
    CHECK_OK(mission_read(f->ctx.mem, &f->ctx.id, &row, &mission, &f->why));
    CHECK_ALL_OR_NOTHING(f, page_run(&f->ctx, &page, &f->why));
}

static void damage_ends_the_task_as_failed(void **state)
{
    struct fixture *f = *state;
    set_up(f);
    start_task(f, &both);
    struct mitigation_task row = describe(f).row;
    row.mapping = STR("{\"DEVICE_CERTIFICATE_EXPIRING_CHECK\":[\"unknown\"]}");
    put_row(f, TABLE(mitigation_task), &row);
    run_tasks(f);
    CHECK_STR(describe(f).row.status, "FAILED");
}

/* ---- the thread ------------------------------------------------------------------------------ */

static void told(void *ctx, const struct mitigate_event *event)
{
    sem_t *finished = ctx;
    if (strcmp(event->name, "mitigation.finished") == 0) {
        sem_post(finished);
    }
}

static void the_thread_finds_what_a_former_life_left_and_is_woken(void **state)
{
    struct fixture *f = *state;
    struct mitigate_runner *runner = NULL;
    struct mitigate_runner_options options = runner_options(f);
    sem_t finished;
    sem_init(&finished, 0, 0);
    options.told = told;
    options.told_ctx = &finished;
    set_up(f);
    start_task(f, &both);
    CHECK_OK(mitigate_runner_start(&options, &runner, &f->why));
    sem_wait(&finished);
    struct task_new in = task_of(f, &both);
    in.id = STR("second");
    in.token = STR("second");
    CHECK_OK(WRITE(f, task_start(&f->ctx, &in, &f->why)));
    mitigate_runner_wake(runner);
    sem_wait(&finished);
    mitigate_runner_stop(runner);
    mitigate_runner_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(actions_come_in_their_order_and_are_dated),
        TEST(what_was_done_is_told_behind_its_commit),
        TEST(a_failed_action_skips_the_later_ones_of_its_finding_alone),
        TEST(suppressed_findings_get_no_action),
        TEST(reason_codes_leave_findings_out),
        TEST(findings_of_other_checks_are_no_business_of_the_task),
        TEST(named_findings_are_done_and_no_others),
        TEST(a_task_works_with_the_actions_as_they_were),
        TEST(a_role_that_may_not_fails_the_step),
        TEST(a_role_that_does_not_trust_us_or_is_gone_fails_the_step),
        TEST(each_finding_is_done_once_across_pages),
        TEST(a_task_cut_off_goes_on_behind_the_last_page),
        TEST(a_canceled_task_gets_no_further_page),
        TEST(a_page_ends_behind_many_changes),
        TEST(a_page_ends_early_when_another_waits),
        TEST(a_page_is_done_wholly_or_not_at_all),
        TEST(damage_ends_the_task_as_failed),
        TEST(the_thread_finds_what_a_former_life_left_and_is_woken),
    };
    return RUN_TESTS("mitigate/runner", tests);
}
