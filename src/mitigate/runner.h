/* runner.h: the thread that carries mitigation tasks out, and their undoing.
 *
 * The runner takes the oldest task in progress and goes through its findings in the order of their
 * ids, a batch at a time. The findings of a page, a part of the batch, are one transaction: for
 * each, its steps, their executions and changes; then the numbers, and the cursor. The transaction
 * looks first whether the task is still wanted, and ends soon when another one waits. So
 *  1. killed anywhere, each finding is done or it is not, and the task goes on behind the cursor;
 *  2. a canceled task gets no further page; a page takes a fraction of a second;
 *  3. a refused step changes nothing, and the later actions of its finding are SKIPPED.
 * The same thread carries out what is to be undone (undo.h).
 */
#ifndef MITIGATE_RUNNER_H
#define MITIGATE_RUNNER_H

#include "account/deed.h"
#include "mitigate/task.h"

struct mitigate_runner;

/* Executions of a page, once it is durable. */
struct mitigate_steps {
    int64_t completed, failed, skipped;
};

/* What happened, for the log and the metrics; called on the runner's thread. */
struct mitigate_event {
    const char *name; /* "mitigation.started", "mitigation.page", "mitigation.finished",
                         "mitigation.undone", "mitigation.failed", "mitigation.delayed" */
    struct str task;
    struct str text;
    int64_t number; /* findings done; of mitigation.undone: changes taken back */
    int64_t ms;     /* of mitigation.finished and .failed: since the task was asked for */
    struct mitigate_steps steps; /* of mitigation.page */
};

enum { MITIGATE_BATCH = 8000, MITIGATE_BATCH_WHOLE = 500 };

struct mitigate_runner_options {
    struct store *store;
    struct account_id account;
    struct clock clock;
    struct rnd rnd;
    void (*told)(void *ctx, const struct mitigate_event *event); /* may be NULL */
    void *told_ctx;
    deed_listener *did; /* of a page's steps, behind its commit; may be NULL */
    void *did_ctx;
    size_t batch; /* findings read at once; 0: MITIGATE_BATCH, or of findings that are read whole,
                     to tell others of them, MITIGATE_BATCH_WHOLE */
};

/* Starts the thread; what options point to outlives it. Ended with mitigate_runner_stop. */
MUST_USE enum status mitigate_runner_start(const struct mitigate_runner_options *options,
                                           struct mitigate_runner **ret, struct why *why);

/* There may be a task, or something to undo. From any thread, never waits. */
void mitigate_runner_wake(struct mitigate_runner *runner);

/* Ends the thread within a page's time; what is in progress stays so. Accepts NULL. */
void mitigate_runner_stop(struct mitigate_runner *runner);

/* Carries out all there is on the calling thread: tests, benchmarks. */
MUST_USE enum status mitigate_run_all(const struct mitigate_runner_options *options,
                                      struct why *why);

#endif
