/* runner.c: takes tasks in progress, oldest first, and carries each out. */
#include "audit/runner.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "audit/runner_priv.h"
#include "base/limits.h"

#include "base/banned.h"

/* How long a task that failed for want of disk or memory waits before it is tried again. */
enum { RETRY_SECONDS = 5 };

struct audit_runner {
    struct audit_runner_options options;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t woken;
    bool wake;
    atomic_bool stop;
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

/* The checks of the task that are not done yet. */
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
        run->checks[run->n_checks++] =
            (struct check_run){.check = audit_checks[id],
                               .row = *row,
                               .facts = {.now = run->task.started,
                                         .threshold_days = row->threshold_days,
                                         .lists = run->lists,
                                         .weak_keys = run->options->weak_keys,
                                         .account = run->options->account}};
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
    const struct revocation_env env = {.now = run->task.started,
                                       .fetcher = run->options->fetcher,
                                       .local_ca = run->options->local_ca,
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

static enum status run_subjects(struct run *run, struct why *why)
{
    TRY(store_read_begin(run->options->store, &run->view, why));
    TRY(load_checks(run, why));
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

static enum status run_task(const struct audit_runner_options *options, struct audit_task task,
                            bool (*stopping)(void *ctx), void *stopping_ctx, struct why *why)
{
    struct run run = {.options = options,
                      .task = task,
                      .mem = arena_new(LIMIT_AUDIT_MEMORY),
                      .page = arena_new(LIMIT_AUDIT_MEMORY),
                      .rows = arena_new(LIMIT_AUDIT_MEMORY),
                      .row = arena_new(LIMIT_AUDIT_MEMORY),
                      .policies = policy_memory_new(),
                      .stopping = stopping,
                      .stopping_ctx = stopping_ctx};
    enum status status = STATUS_NO_MEMORY;
    if (run.mem == NULL || run.page == NULL || run.rows == NULL || run.row == NULL ||
        run.policies == NULL) {
        why_no_memory(why);
        goto out;
    }
    map_init(&run.related_next, run.mem, SIZE_MAX);
    run_tell(&run, "audit.started", STR_ABSENT, STR_ABSENT, 0);
    status = run_subjects(&run, why);
    tell_problems(&run);
    if (status == STATUS_CANCELED || is_passing(status)) {
        goto out;
    }
    struct finish finish = {&run, status == STATUS_OK ? STR_ABSENT : str_from(why->text)};
    struct why second = {.code = STATUS_OK};
    run_tell(&run, status == STATUS_OK ? "audit.finished" : "audit.failed", STR_ABSENT,
             finish.message, clock_now(&options->clock) - task.started);
    status = store_write(options->store, finish_work, &finish, &second);
out:
    run_release(&run);
    return status;
}

/* ---- all tasks ------------------------------------------------------------------------------- */

static enum status next_task(const struct audit_runner_options *options, struct arena *mem,
                             struct audit_task *ret, bool *ret_found, struct why *why)
{
    AUTO_VIEW *view = NULL;
    AUTO_SCAN *scan = NULL;
    const struct audit_task like = {.status = STR("IN_PROGRESS")};
    const struct store_range range = {
        .index = INDEX(audit_task, by_status), .prefix = &like, .n_prefix = 1};
    TRY(store_read_begin(options->store, &view, why));
    TRY(store_scan_open(view, TABLE(audit_task), &range, &scan, why));
    TRY(store_scan_next(scan, ret, mem, ret_found, why));
    /* The scan ends before its view: AUTO releases in the reverse order of declaration. */
    return STATUS_OK;
}

static enum status run_all(const struct audit_runner_options *options, bool (*stopping)(void *ctx),
                           void *stopping_ctx, struct why *why)
{
    AUTO_ARENA *mem = arena_new(LIMIT_AUDIT_MEMORY);
    TRY_PTR(mem);
    for (bool found = true; found && (stopping == NULL || !stopping(stopping_ctx));) {
        struct audit_task task = {.id = STR_ABSENT};
        arena_clear(mem);
        TRY(next_task(options, mem, &task, &found, why));
        if (found) {
            enum status status = run_task(options, task, stopping, stopping_ctx, why);
            if (status != STATUS_CANCELED) {
                TRY(status);
            }
        }
    }
    return STATUS_OK;
}

enum status audit_run_all(const struct audit_runner_options *options, struct why *why)
{
    return run_all(options, NULL, NULL, why);
}

/* ---- the thread ------------------------------------------------------------------------------ */

static bool runner_stopping(void *ctx)
{
    struct audit_runner *runner = ctx;
    return atomic_load(&runner->stop);
}

/* Until woken; after a failure until it is time to try again. */
static void runner_sleep(struct audit_runner *runner, bool failed)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += RETRY_SECONDS;
    int timed_out = 0;
    pthread_mutex_lock(&runner->lock);
    while (!runner->wake && !atomic_load(&runner->stop) && timed_out == 0) {
        if (failed) {
            timed_out = pthread_cond_timedwait(&runner->woken, &runner->lock, &until);
        } else {
            pthread_cond_wait(&runner->woken, &runner->lock);
        }
    }
    runner->wake = false;
    pthread_mutex_unlock(&runner->lock);
}

static void *runner_main(void *arg)
{
    struct audit_runner *runner = arg;
    while (!atomic_load(&runner->stop)) {
        struct why why = {.code = STATUS_OK};
        enum status status = run_all(&runner->options, runner_stopping, runner, &why);
        if (status != STATUS_OK && runner->options.told != NULL) {
            const struct audit_event event = {
                .name = "audit.delayed", .text = str_from(why.text), .number = RETRY_SECONDS};
            runner->options.told(runner->options.told_ctx, &event);
        }
        runner_sleep(runner, status != STATUS_OK);
    }
    return NULL;
}

enum status audit_runner_start(const struct audit_runner_options *options,
                               struct audit_runner **ret, struct why *why)
{
    struct audit_runner *runner = mem_alloc(sizeof *runner);
    TRY_PTR(runner);
    runner->options = *options;
    runner->wake = true; /* tasks of a former life */
    pthread_mutex_init(&runner->lock, NULL);
    pthread_cond_init(&runner->woken, NULL);
    if (pthread_create(&runner->thread, NULL, runner_main, runner) != 0) {
        mem_free(runner);
        return why_set(why, STATUS_IO, "the audit thread cannot be started");
    }
    *ret = runner;
    return STATUS_OK;
}

void audit_runner_wake(struct audit_runner *runner)
{
    pthread_mutex_lock(&runner->lock);
    runner->wake = true;
    pthread_cond_signal(&runner->woken);
    pthread_mutex_unlock(&runner->lock);
}

void audit_runner_stop(struct audit_runner *runner)
{
    if (runner == NULL) {
        return;
    }
    atomic_store(&runner->stop, true);
    audit_runner_wake(runner);
    pthread_join(runner->thread, NULL);
    pthread_cond_destroy(&runner->woken);
    pthread_mutex_destroy(&runner->lock);
    mem_free(runner);
}
