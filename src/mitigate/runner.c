/* runner.c: takes tasks in progress, oldest first, and carries each out page by page. */
#include "mitigate/runner.h"

#include "base/limits.h"
#include "base/retries.h"
#include "base/runner.h"
#include "mitigate/page.h"
#include "mitigate/undo.h"

#include "base/banned.h"

struct mitigate_runner {
    struct mitigate_runner_options options;
    struct retries retries;
    struct runner *thread;
};

static void tell(const struct mitigate_runner_options *options, const char *name, struct str task,
                 struct str text, int64_t number)
{
    if (options->told != NULL) {
        const struct mitigate_event event = {
            .name = name, .task = task, .text = text, .number = number};
        options->told(options->told_ctx, &event);
    }
}

static void tell_deeds(const struct mitigate_runner_options *options, const struct deeds *deeds)
{
    if (options->did != NULL && deeds->n > 0) {
        options->did(options->did_ctx, deeds->at, deeds->n);
    }
}

static struct account_ctx account_of(const struct mitigate_runner_options *options,
                                     struct arena *mem, struct store_tx *tx)
{
    return (struct account_ctx){
        .id = options->account, .clock = options->clock, .rnd = options->rnd, .mem = mem, .tx = tx};
}

/* One task being carried out. */
struct run {
    const struct mitigate_runner_options *options;
    const struct runner *thread; /* NULL: mitigate_run_all */
    struct arena *mem;           /* of the run */
    struct arena *batch;         /* its findings */
    struct arena *page;
    struct arena *step;
    struct mission mission;
    int64_t n_findings;
};

static bool stopping(const struct runner *thread)
{
    return thread != NULL && runner_stopping(thread);
}

/* ---- totals ---------------------------------------------------------------------------------- */

struct totals {
    const struct account_ctx *ctx;
    const struct mission *mission;
    int64_t checks[CHECK_COUNT];
};

static enum status put_totals(const struct account_ctx *ctx, void *arg, struct why *why)
{
    const struct totals *totals = arg;
    struct mitigation_task row;
    TRY(task_get(ctx, totals->mission->row.id, &row, why));
    if (row.counted) {
        return STATUS_OK;
    }
    return task_put_totals(ctx, &row, totals->mission, totals->checks, why);
}

static enum status count_findings(struct run *run, struct why *why)
{
    struct totals totals = {.mission = &run->mission};
    AUTO_VIEW *view = NULL;
    TRY(store_read_begin(run->options->store, &view, why));
    struct account_ctx ctx = account_of(run->options, run->page, view);
    TRY(task_count(&ctx, &run->mission, totals.checks, why));
    struct account_call call = {.ctx = &ctx, .run = put_totals, .arg = &totals};
    return store_write(run->options->store, account_call_run, &call, why);
}

/* ---- pages ----------------------------------------------------------------------------------- */

static enum status call_page(const struct account_ctx *ctx, void *arg, struct why *why)
{
    return page_run(ctx, arg, why);
}

static void tell_page(const struct run *run, const struct page_findings *page)
{
    const struct mitigate_event event = {.name = "mitigation.page",
                                         .task = run->mission.row.id,
                                         .number = (int64_t)page->n_done,
                                         .steps = page->steps};
    if (run->options->told != NULL) {
        run->options->told(run->options->told_ctx, &event);
    }
}

/* One page; *page goes on behind it. */
static enum status run_page(struct run *run, struct account_ctx *ctx, struct page_findings *page,
                            struct why *why)
{
    struct account_call call = {.ctx = ctx, .run = call_page, .arg = page};
    arena_clear(run->page);
    if (stopping(run->thread)) {
        return why_set(why, STATUS_CANCELED, "the program ends");
    }
    TRY(store_write(run->options->store, account_call_run, &call, why));
    tell_page(run, page);
    tell_deeds(run->options, &page->deeds);
    TRY(str_dup(run->mem, page->findings[page->n_done - 1].id, &run->mission.row.cursor, why));
    page->findings += page->n_done;
    page->n -= page->n_done;
    run->n_findings += (int64_t)page->n_done;
    return STATUS_OK;
}

static size_t batch_of(const struct run *run)
{
    if (run->options->batch > 0) {
        return run->options->batch;
    }
    return mission_tells(&run->mission) ? MITIGATE_BATCH_WHOLE : MITIGATE_BATCH;
}

/* The findings of an ended audit never change, so they are read before the transactions. */
static enum status run_batch(struct run *run, bool *ret_more, struct why *why)
{
    size_t max = batch_of(run);
    struct page_findings page = {.mission = &run->mission, .step = run->step};
    AUTO_VIEW *view = NULL;
    arena_clear(run->batch);
    struct finding *findings = NEW_ARRAY(run->batch, struct finding, max);
    TRY_PTR(findings);
    TRY(store_read_begin(run->options->store, &view, why));
    struct account_ctx ctx = account_of(run->options, run->batch, view);
    TRY(mission_findings(&ctx, &run->mission, run->mission.row.cursor, findings, max, &page.n,
                         why));
    store_read_end(view);
    view = NULL; /* the log is not held while pages are written */
    page.findings = findings;
    ctx.mem = run->page;
    *ret_more = page.n == max;
    while (page.n > 0) {
        TRY(run_page(run, &ctx, &page, why));
    }
    return STATUS_OK;
}

/* ---- the end --------------------------------------------------------------------------------- */

struct finish {
    struct str task;
    bool broken; /* it cannot be carried out */
    int64_t ms;  /* out: since it was asked for */
};

static enum status finish_task(const struct account_ctx *ctx, void *arg, struct why *why)
{
    struct finish *finish = arg;
    struct task_described task;
    TRY(task_describe(ctx, finish->task, &task, why));
    if (!str_eq(task.row.status, STR("IN_PROGRESS"))) {
        return STATUS_OK; /* canceled in the meantime */
    }
    bool failed = finish->broken;
    for (size_t i = 0; i < task.n_checks; i++) {
        failed = failed || task.checks[i].row.failed > 0;
    }
    task.row.status = failed ? STR("FAILED") : STR("COMPLETED");
    task.row.finished = clock_now(&ctx->clock);
    finish->ms = task.row.finished - task.row.started;
    return store_put(ctx->tx, TABLE(mitigation_task), &task.row, why);
}

static enum status run_pages(struct run *run, struct why *why)
{
    if (!run->mission.row.counted) {
        TRY(count_findings(run, why));
    }
    for (bool more = true; more;) {
        TRY(run_batch(run, &more, why));
    }
    return STATUS_OK;
}

/* Passing troubles leave the task in progress, to be tried again; the rest ends it as FAILED. */
static bool is_passing(enum status status)
{
    return status == STATUS_IO || status == STATUS_BUSY || status == STATUS_NO_MEMORY;
}

/* broken: it cannot be carried out, and why says why. */
static enum status end_task(const struct mitigate_runner_options *options, struct arena *mem,
                            struct str task, bool broken, int64_t n_findings, struct why *why)
{
    struct why cause = {.code = STATUS_OK};
    struct finish finish = {.task = task, .broken = broken};
    const struct account_ctx ctx = account_of(options, mem, NULL);
    struct account_call call = {.ctx = &ctx, .run = finish_task, .arg = &finish};
    if (broken) {
        cause = *why;
    }
    TRY(store_write(options->store, account_call_run, &call, why));
    const struct mitigate_event event = {.name =
                                             broken ? "mitigation.failed" : "mitigation.finished",
                                         .task = task,
                                         .text = broken ? str_from(cause.text) : STR_ABSENT,
                                         .number = n_findings,
                                         .ms = finish.ms};
    if (options->told != NULL) {
        options->told(options->told_ctx, &event);
    }
    return STATUS_OK;
}

static enum status run_mission(struct run *run, const struct mitigation_task *row, struct why *why)
{
    tell(run->options, "mitigation.started", row->id, STR_ABSENT, 0);
    enum status status = mission_read(run->mem, &run->options->account, row, &run->mission, why);
    status = status == STATUS_OK ? run_pages(run, why) : status;
    if (status == STATUS_CANCELED || is_passing(status)) {
        return status;
    }
    return end_task(run->options, run->mem, row->id, status != STATUS_OK, run->n_findings, why);
}

static enum status run_task(const struct mitigate_runner_options *options,
                            const struct runner *thread, const struct mitigation_task *row,
                            struct why *why)
{
    AUTO_ARENA *mem = arena_new(LIMIT_MITIGATION_MEMORY);
    AUTO_ARENA *batch = arena_new(LIMIT_MITIGATION_MEMORY);
    AUTO_ARENA *page = arena_new(LIMIT_MITIGATION_MEMORY);
    AUTO_ARENA *step = arena_new(LIMIT_MITIGATION_MEMORY);
    TRY_PTR(mem);
    TRY_PTR(batch);
    TRY_PTR(page);
    TRY_PTR(step);
    struct run run = {.options = options,
                      .thread = thread,
                      .mem = mem,
                      .batch = batch,
                      .page = page,
                      .step = step};
    return run_mission(&run, row, why);
}

static enum status run_undo(const struct mitigate_runner_options *options,
                            const struct runner *thread, const struct mitigation_task *row,
                            struct why *why)
{
    AUTO_ARENA *mem = arena_new(LIMIT_MITIGATION_MEMORY);
    TRY_PTR(mem);
    for (bool more = true; more && !stopping(thread);) {
        arena_clear(mem);
        const struct account_ctx ctx = account_of(options, mem, NULL);
        struct undo_page page = {.task = row->id};
        struct account_call call = {.ctx = &ctx, .run = undo_page_run, .arg = &page};
        TRY(store_write(options->store, account_call_run, &call, why));
        tell_deeds(options, &page.deeds);
        more = page.more;
        if (!more) {
            tell(options, "mitigation.undone", row->id, STR_ABSENT, page.restored);
        }
    }
    return STATUS_OK;
}

/* ---- all tasks ------------------------------------------------------------------------------- */

struct next {
    bool found;
    bool undo;
    struct mitigation_task task;
    int64_t due; /* when none is found: of the first that waits, or TIME_NEVER */
};

static enum status look_for(struct store_tx *view, const struct store_range *range,
                            const struct retries *retries, int64_t now, struct arena *mem,
                            struct next *next, struct why *why)
{
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(view, TABLE(mitigation_task), range, &scan, why));
    while (!next->found) {
        bool more = false;
        TRY(store_scan_next(scan, &next->task, mem, &more, why));
        if (!more) {
            break;
        }
        int64_t due = retries_due(retries, next->task.id, now);
        next->found = due <= now;
        next->due = next->due == TIME_NEVER || due < next->due ? due : next->due;
    }
    return STATUS_OK;
}

/* The first task in progress whose time has come, or else the first to be undone. */
static enum status next_task(const struct mitigate_runner_options *options,
                             const struct retries *retries, struct arena *mem, struct next *ret,
                             struct why *why)
{
    const struct mitigation_task like = {.status = STR("IN_PROGRESS"), .undo = STR("IN_PROGRESS")};
    const struct store_range orders[] = {
        {.index = INDEX(mitigation_task, by_status), .prefix = &like, .n_prefix = 1},
        {.index = INDEX(mitigation_task, by_undo), .prefix = &like, .n_prefix = 1}};
    int64_t now = clock_now(&options->clock);
    AUTO_VIEW *view = NULL;
    *ret = (struct next){.due = TIME_NEVER};
    TRY(store_read_begin(options->store, &view, why));
    for (int i = 0; i < 2 && !ret->found; i++) {
        TRY(look_for(view, &orders[i], retries, now, mem, ret, why));
        ret->undo = i == 1;
    }
    return STATUS_OK;
}

/* One try of a task, and what follows from how it went. */
static enum status try_task(const struct mitigate_runner_options *options, struct retries *retries,
                            const struct runner *thread, const struct next *next, struct arena *mem,
                            struct why *why)
{
    const struct mitigation_task *task = &next->task;
    bool given_up = false;
    int seconds = 0;
    enum status status =
        next->undo ? run_undo(options, thread, task, why) : run_task(options, thread, task, why);
    if (status == STATUS_CANCELED) {
        return STATUS_OK;
    }
    if (status != STATUS_OK) {
        seconds = retries_failed(retries, task->id, clock_now(&options->clock), &given_up);
        tell(options, "mitigation.delayed", task->id, str_from(why->text), seconds);
    }
    if (given_up && !next->undo) {
        status = end_task(options, mem, task->id, true, 0, why);
    }
    if (status == STATUS_OK) {
        retries_forget(retries, task->id);
    }
    return status;
}

static enum status run_pass(const struct mitigate_runner_options *options, struct retries *retries,
                            const struct runner *thread, int64_t *ret_due, struct why *why)
{
    AUTO_ARENA *mem = arena_new(LIMIT_MITIGATION_MEMORY);
    enum status status = STATUS_OK;
    *ret_due = TIME_NEVER;
    TRY_PTR(mem);
    while (!stopping(thread)) {
        struct next next;
        struct why lack = {.code = STATUS_OK};
        arena_clear(mem);
        TRY(next_task(options, retries, mem, &next, why));
        *ret_due = next.due;
        if (!next.found) {
            break;
        }
        enum status tried = try_task(options, retries, thread, &next, mem, &lack);
        if (tried != STATUS_OK && status == STATUS_OK) {
            status = why_set(why, tried, "%s", lack.text);
        }
    }
    return status;
}

enum status mitigate_run_all(const struct mitigate_runner_options *options, struct why *why)
{
    struct retries retries = {.n = 0};
    int64_t due = TIME_NEVER;
    return run_pass(options, &retries, NULL, &due, why);
}

/* ---- the thread ------------------------------------------------------------------------------ */

static int64_t work(void *ctx, const struct runner *self)
{
    struct mitigate_runner *runner = ctx;
    struct why why = {.code = STATUS_OK};
    int64_t due = TIME_NEVER;
    enum status status = run_pass(&runner->options, &runner->retries, self, &due, &why);
    if (due != TIME_NEVER) {
        int64_t ms = due - clock_now(&runner->options.clock);
        return ms < 0 ? 0 : ms;
    }
    if (status != STATUS_OK) { /* it could not even be asked what there is to do */
        tell(&runner->options, "mitigation.delayed", STR_ABSENT, str_from(why.text),
             RETRY_FIRST_SECONDS);
        return RETRY_FIRST_SECONDS * (int64_t)SECOND_MS;
    }
    return RUNNER_UNTIL_WOKEN;
}

enum status mitigate_runner_start(const struct mitigate_runner_options *options,
                                  struct mitigate_runner **ret, struct why *why)
{
    struct mitigate_runner *runner = mem_alloc(sizeof *runner);
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

void mitigate_runner_wake(struct mitigate_runner *runner)
{
    runner_wake(runner->thread);
}

void mitigate_runner_stop(struct mitigate_runner *runner)
{
    if (runner != NULL) {
        runner_stop(runner->thread);
        mem_free(runner);
    }
}
