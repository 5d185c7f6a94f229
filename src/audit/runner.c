/* runner.c: takes tasks in progress, oldest first, and carries each out. */
#include "audit/runner.h"

#include "account/cert_facts.h"
#include "audit/permission.h"
#include "audit/runner_priv.h"
#include "audit/shared_primes.h"
#include "audit/suppression.h"
#include "audit/window.h"
#include "base/limits.h"
#include "base/runner.h"

#include "base/banned.h"

struct audit_runner {
    struct audit_runner_options options;
    struct retries retries;
    struct runner *thread;
};

void run_tell(const struct run *run, const char *name, struct str subject, struct str text,
              int64_t number)
{
    const struct audit_runner_options *options = run->options;
    if (options->told != NULL) {
        const struct audit_event event = {name, run->task.id, subject, text, number};
        options->told(options->told_ctx, &event);
    }
}

bool run_canceled(void *ctx)
{
    struct run *run = ctx;
    if (run->stopping != NULL && run->stopping(run->stopping_ctx)) {
        return true;
    }
    AUTO_VIEW *view = NULL;
    AUTO_ARENA *mem = arena_new(4096);
    struct audit_task task = {.id = run->task.id};
    return mem != NULL && store_read_begin(run->options->store, &view, NULL) == STATUS_OK &&
           store_get(view, TABLE(audit_task), &task, mem, NULL) == STATUS_OK &&
           !str_eq(task.status, STR("IN_PROGRESS"));
}

/* ---- one task -------------------------------------------------------------------------------- */

static struct account_ctx run_account(const struct run *run, struct store_tx *tx)
{
    return (struct account_ctx){.id = run->options->account,
                                .clock = run->options->clock,
                                .rnd = run->options->rnd,
                                .mem = run->mem,
                                .tx = tx};
}

/* ---- the role -------------------------------------------------------------------------------- */

static enum status open_role(struct run *run, struct why *why)
{
    const struct account_ctx ctx = run_account(run, run->view);
    return audit_role_open(&ctx, &run->role, &run->unheld, why);
}

struct refusal {
    struct run *run;
    struct str check;
    struct str lack;
};

static enum status refuse_work(struct store_tx *tx, void *ctx, struct why *why)
{
    const struct refusal *refusal = ctx;
    const struct account_ctx account = run_account(refusal->run, tx);
    return audit_check_refuse(&account, refusal->run->task.id, refusal->check, refusal->lack, why);
}

/* Whether the role may read for a check; one for which it may not has failed. */
static enum status permitted(struct run *run, enum check_id id, bool *ret, struct why *why)
{
    const struct account_ctx ctx = run_account(run, run->view);
    struct refusal refusal = {run, check_rows[id].name, STR_ABSENT};
    *ret = true;
    if (run->role == NULL) {
        return STATUS_OK;
    }
    TRY(audit_role_lack(&ctx, run->role, id, &refusal.lack, why));
    if (str_absent(refusal.lack)) {
        return STATUS_OK;
    }
    *ret = false;
    TRY(store_write(run->options->store, refuse_work, &refusal, why));
    run_tell(run, "audit.not_permitted", refusal.check, refusal.lack, 0);
    return STATUS_OK;
}

/* ---- what is not known ----------------------------------------------------------------------- */

/* Whether the account, read elsewhere, told anything that a check needs; one of which it told
 * nothing has failed. */
static enum status told(struct run *run, enum check_id id, struct check_run *check, bool *ret,
                        struct why *why)
{
    const struct account_ctx ctx = run_account(run, run->view);
    struct refusal refusal = {run, check_rows[id].name, STR_ABSENT};
    int64_t count = 0;
    *ret = true;
    TRY(collected_lack(&ctx, &run->collected, id, &refusal.lack, &count, why));
    if (str_absent(refusal.lack)) {
        return STATUS_OK;
    }
    check->missing = count;
    check->untold = refusal.lack;
    *ret = count >= 0;
    return *ret ? STATUS_OK : store_write(run->options->store, refuse_work, &refusal, why);
}

/* ---- checks ---------------------------------------------------------------------------------- */

struct waiting {
    struct audit_check_run row;
};

static enum status waiting_work(struct store_tx *tx, void *ctx, struct why *why)
{
    enum { WAITING_MEMORY = 65536 };
    struct waiting *waiting = ctx;
    AUTO_ARENA *mem = arena_new(WAITING_MEMORY);
    TRY_PTR(mem);
    TRY(store_get(tx, TABLE(audit_check_run), &waiting->row, mem, why));
    if (audit_check_done(waiting->row.status)) {
        return STATUS_OK; /* canceled in the meantime */
    }
    waiting->row.status = STR("WAITING_FOR_DATA_COLLECTION");
    return store_put(tx, TABLE(audit_check_run), &waiting->row, why);
}

/* Whether a check has the data that it needs by now; one that has not is said to wait for it. */
static enum status ready(struct run *run, const struct audit_check *check,
                         const struct audit_check_run *row, struct audit_facts *facts,
                         bool *ret_ready, struct why *why)
{
    *ret_ready = true;
    if (check->window == WINDOW_NONE) {
        return STATUS_OK;
    }
    const struct account_ctx ctx = run_account(run, run->view);
    struct audit_window window;
    int64_t lag = check->window == WINDOW_LAGGED ? run->options->session_lag_ms : 0;
    TRY(audit_window_get(&ctx, &run->task, row->name, lag, &window, why));
    facts->from = window.from;
    facts->to = window.to;
    *ret_ready = window.due <= clock_now(&run->options->clock);
    if (*ret_ready) {
        return STATUS_OK;
    }
    if (run->waits_until == TIME_NEVER || window.due < run->waits_until) {
        run->waits_until = window.due;
    }
    struct waiting waiting = {.row = {.task = row->task, .name = row->name}};
    return str_eq(row->status, STR("IN_PROGRESS"))
               ? store_write(run->options->store, waiting_work, &waiting, why)
               : STATUS_OK;
}

/* The checks of the task that are not done yet, and have their data. */
static enum status load_checks(struct run *run, struct why *why)
{
    const struct account_ctx ctx = run_account(run, run->view);
    struct audit_described audit;
    TRY(audit_task_describe(&ctx, run->task.id, &audit, why));
    for (size_t i = 0; i < audit.n_checks; i++) {
        enum check_id id;
        const struct audit_check_run *row = &audit.checks[i];
        if (audit_check_done(row->status) || !check_find(row->name, &id) ||
            audit_checks[id] == NULL) {
            continue;
        }
        struct check_run check = {.check = audit_checks[id], .row = *row};
        bool is_ready = false;
        struct audit_facts facts = {.now = run->task.started,
                                    .threshold_days = row->threshold_days,
                                    .lists = run->lists,
                                    .weak_keys = run->options->weak_keys,
                                    .account = run->options->account};
        TRY(permitted(run, id, &is_ready, why));
        if (is_ready) {
            TRY(told(run, id, &check, &is_ready, why));
        }
        if (is_ready) {
            TRY(ready(run, audit_checks[id], row, &facts, &is_ready, why));
        }
        if (is_ready) {
            TRY(suppression_any(run->view, row->name, &check.suppressions, why));
            check.facts = facts;
            run->checks[run->n_checks++] = check;
        }
    }
    return STATUS_OK;
}

static enum status open_lists(struct run *run, struct why *why)
{
    bool needed = false;
    for (size_t i = 0; i < run->n_checks; i++) {
        needed = needed || run->checks[i].check->needs_lists;
    }
    if (!needed) {
        return STATUS_OK;
    }
    int64_t renew_ms = 0;
    for (size_t i = 0; i < run->n_checks; i++) {
        if (run->checks[i].check->subject == SUBJECT_REVOCATION_LIST) {
            renew_ms = run->checks[i].facts.threshold_days * DAY_MS;
        }
    }
    const struct revocation_env env = {
        .now = run->task.started,
        .renew_ms = renew_ms,
        .fetcher = run->options->fetcher,
        .local_ca = run->options->local_ca,
        .collected = run->collected.is ? run->options->account.account : STR_ABSENT,
        .crl_dir = run->options->crl_dir,
        .store = run->options->store,
        .view = run->view,
        .canceled = run_canceled,
        .cancel_ctx = run};
    TRY(revocation_new(&env, &run->lists, why));
    for (size_t i = 0; i < run->n_checks; i++) {
        run->checks[i].facts.lists = run->lists;
    }
    return STATUS_OK;
}

static bool judges(const struct run *run, enum audit_subject one, enum audit_subject other)
{
    for (size_t i = 0; i < run->n_checks; i++) {
        enum audit_subject subject = run->checks[i].check->subject;
        if (subject == one || subject == other) {
            return true;
        }
    }
    return false;
}

/* Brings up to date what checks read and no registration has written: RSA keys that are new, when a
 * check asks for what they have in common, and columns that rows of before lack. Both are in
 * another view then than the one that knew which checks there are. */
static enum status prepare_certificates(struct run *run, struct why *why)
{
    bool keys = judges(run, SUBJECT_DEVICE_KEY, SUBJECT_CA_KEY);
    bool facts = judges(run, SUBJECT_DEVICE_CRYPTOGRAPHY, SUBJECT_CA_CRYPTOGRAPHY);
    if (keys) {
        const struct shared_primes_env env = {
            .store = run->options->store, .canceled = run_canceled, .cancel_ctx = run};
        TRY(shared_primes_update(&env, NULL, why));
    }
    if (facts) {
        const struct cert_facts_env env = {.store = run->options->store,
                                           .clock = run->options->clock,
                                           .canceled = run_canceled,
                                           .cancel_ctx = run};
        TRY(cert_facts_fill(&env, NULL, why));
    }
    if (!keys && !facts) {
        return STATUS_OK;
    }
    store_read_end(run->view);
    run->view = NULL;
    return store_read_begin(run->options->store, &run->view, why);
}

static enum status open_collected(struct run *run, struct why *why)
{
    const struct account_ctx ctx = run_account(run, run->view);
    return collected_get(&ctx, &run->collected, why);
}

/* Not of a task that does nothing but wait, which is looked at each minute. */
static void tell_started(const struct run *run)
{
    run_tell(run, "audit.started", STR_ABSENT, STR_ABSENT, 0);
    if (!str_absent(run->unheld)) {
        run_tell(run, "audit.role_not_held", run->unheld, STR_ABSENT, 0);
    }
}

static enum status run_subjects(struct run *run, struct why *why)
{
    TRY(store_read_begin(run->options->store, &run->view, why));
    TRY(open_role(run, why));
    TRY(open_collected(run, why));
    TRY(load_checks(run, why));
    if (run->n_checks > 0 || run->waits_until == TIME_NEVER) {
        tell_started(run);
    }
    TRY(prepare_certificates(run, why));
    TRY(open_lists(run, why));
    for (int subject = 0; subject < SUBJECT_COUNT; subject++) {
        TRY(subject_run(run, (enum audit_subject)subject, why));
    }
    return STATUS_OK;
}

struct finish {
    struct run *run;
    struct str message;
};

static enum status finish_work(struct store_tx *tx, void *ctx, struct why *why)
{
    const struct finish *finish = ctx;
    const struct account_ctx account = run_account(finish->run, tx);
    return audit_task_finish(&account, finish->run->task.id, finish->message, why);
}

static void tell_problems(const struct run *run)
{
    if (run->lists == NULL) {
        return;
    }
    struct revocation_problems at = revocation_problems_begin(run->lists);
    struct revocation_problem problem;
    while (revocation_problems_next(&at, &problem)) {
        run_tell(run, "audit.list_problem", problem.source, problem.text,
                 (int64_t)problem.unjudged);
    }
}

static void run_release(struct run *run)
{
    revocation_free(run->lists);
    policy_memory_free(run->policies);
    device_rights_memory_free(run->rights);
    store_read_end(run->view);
    arena_free(run->row);
    arena_free(run->rows);
    arena_free(run->page);
    arena_free(run->mem);
}

/* Passing troubles leave the task in progress, to be tried again; the rest ends it as FAILED. */
static bool is_passing(enum status status)
{
    return status == STATUS_IO || status == STATUS_BUSY || status == STATUS_NO_MEMORY;
}

/* Ends the task; message absent: its checks are done. */
static enum status finish_task(struct run *run, struct str message, struct why *why)
{
    struct finish finish = {run, message};
    TRY(store_write(run->options->store, finish_work, &finish, why));
    run_tell(run, str_absent(message) ? "audit.finished" : "audit.failed", STR_ABSENT, message,
             clock_now(&run->options->clock) - run->task.started);
    return STATUS_OK;
}

/* *ret_waits: checks are left that wait until then for their data; TIME_NEVER: none is. */
static enum status run_task(const struct audit_runner_options *options, struct audit_task task,
                            bool (*stopping)(void *ctx), void *stopping_ctx, int64_t *ret_waits,
                            struct why *why)
{
    struct run run = {.options = options,
                      .task = task,
                      .mem = arena_new(LIMIT_AUDIT_MEMORY),
                      .page = arena_new(LIMIT_AUDIT_MEMORY),
                      .rows = arena_new(LIMIT_AUDIT_MEMORY),
                      .row = arena_new(LIMIT_AUDIT_MEMORY),
                      .policies = policy_memory_new(),
                      .waits_until = TIME_NEVER,
                      .stopping = stopping,
                      .stopping_ctx = stopping_ctx};
    enum status status = STATUS_NO_MEMORY;
    if (run.mem == NULL || run.page == NULL || run.rows == NULL || run.row == NULL ||
        run.policies == NULL) {
        why_no_memory(why);
        goto out;
    }
    map_init(&run.related_next, run.mem, SIZE_MAX);
    status = run_subjects(&run, why);
    tell_problems(&run);
    *ret_waits = status == STATUS_OK ? run.waits_until : TIME_NEVER;
    if (status != STATUS_CANCELED && !is_passing(status) && *ret_waits == TIME_NEVER) {
        struct str message = STR_ABSENT;
        struct why cause = *why;
        if (status != STATUS_OK) {
            message = str_from(cause.text);
        }
        status = finish_task(&run, message, why);
    }
out:
    run_release(&run);
    return status;
}

/* A task whose troubles do not pass. */
static enum status give_up(const struct audit_runner_options *options, struct audit_task task,
                           struct why *why)
{
    enum { GIVE_UP_MEMORY = 1 << 20 };
    AUTO_ARENA *mem = arena_new(GIVE_UP_MEMORY);
    TRY_PTR(mem);
    struct run run = {.options = options, .task = task, .mem = mem};
    struct str message;
    TRY(str_fmt(mem, &message, why, "The audit was tried %d times and could not be carried out: %s",
                RETRY_TRIES, why->text));
    return finish_task(&run, message, why);
}

/* ---- all tasks ------------------------------------------------------------------------------- */

/* The oldest task in progress whose time has come; when there is none, the time when the first of
 * those that wait is due. */
static enum status next_task(const struct audit_runner_options *options,
                             const struct retries *retries, struct arena *mem,
                             struct audit_task *ret, bool *ret_found, int64_t *ret_next,
                             struct why *why)
{
    AUTO_VIEW *view = NULL;
    AUTO_SCAN *scan = NULL;
    const struct audit_task like = {.status = STR("IN_PROGRESS")};
    const struct store_range range = {
        .index = INDEX(audit_task, by_status), .prefix = &like, .n_prefix = 1};
    int64_t now = clock_now(&options->clock);
    bool more = true;
    *ret_found = false;
    *ret_next = TIME_NEVER;
    TRY(store_read_begin(options->store, &view, why));
    TRY(store_scan_open(view, TABLE(audit_task), &range, &scan, why));
    while (!*ret_found) {
        TRY(store_scan_next(scan, ret, mem, &more, why));
        if (!more) {
            break;
        }
        int64_t due = retries_due(retries, ret->id, now);
        *ret_found = due <= now;
        *ret_next = *ret_next == TIME_NEVER || due < *ret_next ? due : *ret_next;
    }
    /* The scan ends before its view: AUTO releases in the reverse order of declaration. */
    return STATUS_OK;
}

/* One try of a task, and what follows from how it went. */
static enum status try_task(const struct audit_runner_options *options, struct retries *retries,
                            struct audit_task task, bool (*stopping)(void *ctx), void *stopping_ctx,
                            struct why *why)
{
    int64_t waits = TIME_NEVER;
    enum status status = run_task(options, task, stopping, stopping_ctx, &waits, why);
    if (status == STATUS_CANCELED) {
        return STATUS_OK;
    }
    if (status == STATUS_OK && waits != TIME_NEVER) {
        retries_wait(retries, task.id, clock_now(&options->clock), waits);
        return STATUS_OK;
    }
    if (status != STATUS_OK) {
        bool given_up = false;
        int seconds = retries_failed(retries, task.id, clock_now(&options->clock), &given_up);
        if (given_up) {
            status = give_up(options, task, why);
        }
        if (status != STATUS_OK) {
            const struct run run = {.options = options, .task = task};
            run_tell(&run, "audit.delayed", STR_ABSENT, str_from(why->text), seconds);
        }
    }
    if (status == STATUS_OK) {
        retries_forget(retries, task.id);
    }
    return status;
}

enum status run_pass(const struct audit_runner_options *options, struct retries *retries,
                     bool (*stopping)(void *ctx), void *stopping_ctx, int64_t *ret_next,
                     struct why *why)
{
    AUTO_ARENA *mem = arena_new(LIMIT_AUDIT_MEMORY);
    *ret_next = TIME_NEVER;
    TRY_PTR(mem);
    enum status status = STATUS_OK;
    while (stopping == NULL || !stopping(stopping_ctx)) {
        struct audit_task task = {.id = STR_ABSENT};
        struct why lack = {.code = STATUS_OK};
        bool found = false;
        arena_clear(mem);
        TRY(next_task(options, retries, mem, &task, &found, ret_next, why));
        if (!found) {
            break;
        }
        enum status tried = try_task(options, retries, task, stopping, stopping_ctx, &lack);
        if (tried != STATUS_OK && status == STATUS_OK) {
            status = why_set(why, tried, "%s", lack.text);
        }
    }
    return status;
}

enum status audit_run_all(const struct audit_runner_options *options, struct why *why)
{
    struct retries retries = {.n = 0};
    int64_t next = TIME_NEVER;
    return run_pass(options, &retries, NULL, NULL, &next, why);
}

/* ---- the thread ------------------------------------------------------------------------------ */

static bool is_stopping(void *ctx)
{
    const struct runner *thread = ctx;
    return runner_stopping(thread);
}

/* How long the runner may sleep after a pass. */
static int64_t wait_ms(const struct audit_runner *runner, enum status status, int64_t next)
{
    if (next == TIME_NEVER) { /* all is done, or it could not even be asked what is to be done */
        return status == STATUS_OK ? RUNNER_UNTIL_WOKEN : RETRY_FIRST_SECONDS * (int64_t)SECOND_MS;
    }
    int64_t ms = next - clock_now(&runner->options.clock);
    return ms < 0 ? 0 : ms;
}

static int64_t work(void *ctx, const struct runner *self)
{
    struct audit_runner *runner = ctx;
    struct why why = {.code = STATUS_OK};
    int64_t next = TIME_NEVER;
    enum status status = run_pass(&runner->options, &runner->retries, is_stopping,
                                  (void *)(uintptr_t)self, &next, &why);
    if (status != STATUS_OK && next == TIME_NEVER && runner->options.told != NULL) {
        const struct audit_event event = {
            .name = "audit.delayed", .text = str_from(why.text), .number = RETRY_FIRST_SECONDS};
        runner->options.told(runner->options.told_ctx, &event);
    }
    return wait_ms(runner, status, next);
}

enum status audit_runner_start(const struct audit_runner_options *options,
                               struct audit_runner **ret, struct why *why)
{
    struct audit_runner *runner = mem_alloc(sizeof *runner);
    TRY_PTR(runner);
    runner->options = *options;
    const struct runner_options thread = {work, runner};
    enum status status = runner_start(&thread, &runner->thread, why);
    if (status != STATUS_OK) {
        mem_free(runner);
        return status;
    }
    *ret = runner;
    return STATUS_OK;
}

void audit_runner_wake(struct audit_runner *runner)
{
    runner_wake(runner->thread);
}

void audit_runner_stop(struct audit_runner *runner)
{
    if (runner != NULL) {
        runner_stop(runner->thread);
        mem_free(runner);
    }
}
