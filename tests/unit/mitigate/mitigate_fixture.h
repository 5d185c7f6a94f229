/* mitigate_fixture.h: an account with an ended audit, its findings, roles and actions, in a line
 * each. */
#ifndef TESTS_UNIT_MITIGATE_FIXTURE_H
#define TESTS_UNIT_MITIGATE_FIXTURE_H

#include "../account/iam_fixture.h"
#include "account/finding_prefix.h"
#include "mitigate/runner.h"
#include "mitigate/undo.h"

#define AUDIT     STR("0123456789abcdef0123456789abcdef")
#define TASK      STR("my-task")
#define ALLOW_ALL POLICY(GRANT("Allow", "*", "*"))

static inline void put_row(struct fixture *f, const struct table *table, const void *row)
{
    CHECK_OK(WRITE(f, store_put(f->ctx.tx, table, row, &f->why)));
}

/* An audit that has ended, and the role "mitigate", which may everything. */
static inline void account_make(struct fixture *f)
{
    const struct audit_task audit = {.id = AUDIT,
                                     .kind = STR("ON_DEMAND_AUDIT_TASK"),
                                     .status = STR("COMPLETED"),
                                     .started = f->now - 1000,
                                     .finished = f->now - 500};
    put_row(f, TABLE(audit_task), &audit);
    CHECK_OK(try_role(f, "mitigate", NULL, TRUST_IOT));
    CHECK_OK(try_inline(f, IAM_ROLE, "mitigate", "all", ALLOW_ALL));
}

/* A finding of the audit; its id is returned. key: "deviceCertificateId=aa" */
static inline struct str put_finding(struct fixture *f, enum check_id check, const char *name,
                                     const char *key)
{
    struct finding row = {.task = AUDIT,
                          .check_name = check_rows[check].name,
                          .severity = check_rows[check].severity,
                          .task_started = f->now - 1000,
                          .found = f->now - 600,
                          .resource_type = check_rows[check].resource_type,
                          .resource_key = str_from(key),
                          .reason_code = STR("CODE_A"),
                          .reason = STR("Because.")};
    struct str prefix;
    CHECK_OK(finding_prefix(f->ctx.mem, AUDIT, row.check_name, &prefix, NULL));
    CHECK_OK(str_fmt(f->ctx.mem, &row.id, NULL, "%.*s%s", STR_ARG(prefix), name));
    put_row(f, TABLE(finding), &row);
    return row.id;
}

static inline struct finding get_finding(struct fixture *f, struct str id)
{
    struct finding row = {.id = id};
    CHECK_OK(READ(f, store_get(f->ctx.tx, TABLE(finding), &row, f->ctx.mem, &f->why)));
    return row;
}

static inline void suppress(struct fixture *f, struct str id)
{
    struct finding row = get_finding(f, id);
    row.suppressed = 1;
    put_row(f, TABLE(finding), &row);
}

/* Actions by the role "mitigate". */
static inline void put_action(struct fixture *f, const char *name, enum action_kind kind)
{
    const struct action_new in = {
        .name = str_from(name),
        .role_arn = STR(ROLE_ARN("mitigate")),
        .params = {.kind = kind,
                   .groups = {STR("Quarantine")},
                   .n_groups = 1,
                   .logging_role = STR(ROLE_ARN("logging")),
                   .log_level = STR("WARN"),
                   .topic_arn = STR("arn:aws:sns:us-east-1:123456789012:findings")}};
    struct mitigation_action row;
    CHECK_OK(WRITE(f, action_create(&f->ctx, &in, &row, &f->why)));
}

/* Each takes one check and up to two actions. */
struct request_of {
    enum check_id check;
    const char *actions[2];
};

static inline struct task_new task_of(struct fixture *f, const struct request_of *order)
{
    struct str *names = NEW_ARRAY(f->ctx.mem, struct str, 2);
    struct task_actions *mapping = NEW(f->ctx.mem, struct task_actions);
    size_t n = order->actions[1] == NULL ? 1 : 2;
    assert_true(names != NULL && mapping != NULL);
    for (size_t i = 0; i < n; i++) {
        names[i] = str_from(order->actions[i]);
    }
    *mapping = (struct task_actions){check_rows[order->check].name, names, n};
    return (struct task_new){
        .id = TASK, .token = STR("token"), .audit_task = AUDIT, .mapping = mapping, .n_mapping = 1};
}

enum { FIXTURE_BATCH = 500 }; /* findings read at once */

static inline struct mitigate_runner_options runner_options(struct fixture *f)
{
    return (struct mitigate_runner_options){.store = f->store,
                                            .account = f->ctx.id,
                                            .clock = f->ctx.clock,
                                            .rnd = f->ctx.rnd,
                                            .batch = FIXTURE_BATCH};
}

static inline void run_tasks(struct fixture *f)
{
    const struct mitigate_runner_options options = runner_options(f);
    CHECK_OK(mitigate_run_all(&options, &f->why));
}

static inline void start_task(struct fixture *f, const struct request_of *order)
{
    const struct task_new in = task_of(f, order);
    CHECK_OK(WRITE(f, task_start(&f->ctx, &in, &f->why)));
}

/* On the findings of the audit, to the end. */
static inline void mitigate(struct fixture *f, const struct request_of *order)
{
    start_task(f, order);
    run_tasks(f);
}

static inline struct task_described describe(struct fixture *f)
{
    struct task_described task;
    CHECK_OK(READ(f, task_describe(&f->ctx, TASK, &task, &f->why)));
    return task;
}

/* The executions of a finding; their number is returned. */
static inline size_t executions(struct fixture *f, struct str finding,
                                struct mitigation_execution **ret)
{
    const struct page page = {.max = 10};
    struct page_rows rows;
    CHECK_OK(READ(f, task_executions(&f->ctx, TASK, finding, STR_ABSENT, &page, &rows, &f->why)));
    *ret = rows.rows;
    return rows.n;
}

/* The finding has one execution with this status; the rest of it is returned. */
static inline struct mitigation_execution only_execution(struct fixture *f, struct str finding,
                                                         const char *status)
{
    struct mitigation_execution *done;
    assert_int_equal(executions(f, finding, &done), 1);
    if (!str_eq(done->status, str_from(status))) {
        fail_msg("%.*s is not %s: %.*s", STR_ARG(done->status), status, STR_ARG(done->message));
    }
    return *done;
}

static inline void check_message(const struct mitigation_execution *done, const char *code,
                                 const char *words)
{
    char text[WHY_TEXT_MAX];
    snprintf(text, sizeof text, "%.*s", STR_ARG(done->message));
    if (!str_eq(done->error_code, str_from(code)) || strstr(text, words) == NULL) {
        fail_msg("%.*s: \"%s\" is not %s: \"%s\"", STR_ARG(done->error_code), text, code, words);
    }
}

/* Undoes the task, to the end; its changes are returned. */
static inline struct page_rows undo_task(struct fixture *f)
{
    struct mitigation_task row;
    struct page_rows rows;
    const struct page page = {.max = PAGE_ROWS_MAX};
    CHECK_OK(WRITE(f, undo_start(&f->ctx, TASK, &row, &f->why)));
    run_tasks(f);
    CHECK_OK(READ(f, changes_list(&f->ctx, TASK, STR_ABSENT, &page, &rows, &f->why)));
    return rows;
}

/* The only change was taken back, or was kept for a reason with these words. */
static inline void check_undone(const struct page_rows *rows, const char *kept)
{
    const struct mitigation_change *change = rows->rows;
    char text[WHY_TEXT_MAX];
    assert_int_equal(rows->n, 1);
    snprintf(text, sizeof text, "%.*s", STR_ARG(change->undo_reason));
    CHECK_STR(change->undone, kept == NULL ? "RESTORED" : "KEPT");
    if (kept != NULL && strstr(text, kept) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", text, kept);
    }
}

static inline struct certificate get_certificate(struct fixture *f, const char *id)
{
    struct certificate row = {.id = str_from(id)};
    CHECK_OK(READ(f, store_get(f->ctx.tx, TABLE(certificate), &row, f->ctx.mem, &f->why)));
    return row;
}

static inline void set_certificate(struct fixture *f, const char *id, const char *status)
{
    struct certificate row = get_certificate(f, id);
    row.status = str_from(status);
    row.version++;
    put_row(f, TABLE(certificate), &row);
}

static inline void put_related(struct fixture *f, struct str finding, int64_t seq,
                               const char *certificate)
{
    struct related_resource row = {
        .finding = finding, .seq = seq, .resource_type = STR("DEVICE_CERTIFICATE")};
    CHECK_OK(
        str_fmt(f->ctx.mem, &row.resource, NULL, "{\"deviceCertificateId\":\"%s\"}", certificate));
    put_row(f, TABLE(related_resource), &row);
}

#endif
