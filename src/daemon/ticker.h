/* ticker.h: what the daemon does by itself from time to time: schedules, retention, deliveries.
 *
 * One thread looks at the clock every TICK_MS and runs the jobs that are due, one after another, in
 * the order of their rows. A job is a row: how often by the daemon's clock (so that tests move time
 * instead of waiting), and what to do. Invariants
 *  1. A job runs at the start of the thread and then whenever its time has passed since it began
 *     last; a clock that was set back makes it due too. Time that was missed is not made up: what
 *     must not be missed is a row with a due time in the store.
 *  2. A job is short: bounded transactions, no network. One that has more to do says so
 *     (*ret_again) and is due again after the others had their turn.
 *  3. A job that fails is told to `failed` and is due again after its time; the others go on.
 */
#ifndef DAEMON_TICKER_H
#define DAEMON_TICKER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"

enum { TICK_MS = 200, TICKER_JOBS_MAX = 16 };

struct ticker_job {
    const char *name;
    int64_t every_ms;
    enum status (*run)(void *ctx, bool *ret_again, struct why *why);
    void *ctx;
};

struct ticker_options {
    struct clock clock;
    const struct ticker_job *jobs; /* outlive the ticker; at most TICKER_JOBS_MAX */
    size_t n_jobs;
    void (*failed)(void *ctx, const struct ticker_job *job, const struct why *why); /* or NULL */
    void *failed_ctx;
};

struct ticker;

/* Starts the thread; the caller ends it with ticker_stop. */
MUST_USE enum status ticker_start(const struct ticker_options *options, struct ticker **ret,
                                  struct why *why);

/* Ends the thread within one job's time. Accepts NULL. */
void ticker_stop(struct ticker *ticker);

/* ---- for tests: one look at the clock, on the calling thread ----------------------------------
 */

struct ticker_state {
    int64_t began[TICKER_JOBS_MAX]; /* TIME_NEVER: not yet */
};
void ticker_state_init(struct ticker_state *state);

/* Runs each due job once; true when one of them has more to do. */
bool ticker_look(const struct ticker_options *options, struct ticker_state *state);

#endif
