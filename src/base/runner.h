/* runner.h: a thread that does all there is to do, then sleeps until it is woken.
 *
 * What there is to do lies in the store: work looks for it, does it in bounded steps and returns
 * when none is left. The thread works once when it starts (what a former life left behind), then
 * after each wake, or when the time has passed after which work wanted to be called again. The
 * runner owns no state that matters: killed at any moment, the next life finds the same rows.
 */
#ifndef BASE_RUNNER_H
#define BASE_RUNNER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define RUNNER_UNTIL_WOKEN INT64_MAX

struct runner;

struct runner_options {
    /* How many ms to sleep at most, or RUNNER_UNTIL_WOKEN. Asks runner_stopping(self) between steps
     * and then leaves. */
    int64_t (*work)(void *ctx, const struct runner *self);
    void *ctx; /* outlives the runner */
};

/* Starts the thread. The caller ends it with runner_stop. NO_MEMORY, IO. */
MUST_USE enum status runner_start(const struct runner_options *options, struct runner **ret,
                                  struct why *why);

/* There may be something to do. From any thread, never waits. */
void runner_wake(struct runner *runner);

/* True once runner_stop was called. */
bool runner_stopping(const struct runner *runner);

/* Ends the thread after the step in hand. Accepts NULL. */
void runner_stop(struct runner *runner);

#endif
