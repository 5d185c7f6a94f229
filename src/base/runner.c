/* runner.c: see runner.h. */
#include "base/runner.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "base/arena.h"
#include "base/clock.h"

#include "base/banned.h"

struct runner {
    struct runner_options options;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t woken;
    bool wake;
    atomic_bool stop;
};

bool runner_stopping(const struct runner *runner)
{
    return atomic_load(&runner->stop);
}

/* Until woken, or until so many ms have passed. */
static void runner_sleep(struct runner *runner, int64_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    if (ms != RUNNER_UNTIL_WOKEN) {
        until.tv_sec += ms / SECOND_MS + 1;
    }
    int timed_out = 0;
    pthread_mutex_lock(&runner->lock);
    while (!runner->wake && !runner_stopping(runner) && timed_out == 0) {
        if (ms != RUNNER_UNTIL_WOKEN) {
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
    struct runner *runner = arg;
    while (!runner_stopping(runner)) {
        int64_t ms = runner->options.work(runner->options.ctx, runner);
        runner_sleep(runner, ms);
    }
    return NULL;
}

static void runner_free(struct runner *runner)
{
    pthread_cond_destroy(&runner->woken);
    pthread_mutex_destroy(&runner->lock);
    mem_free(runner);
}

enum status runner_start(const struct runner_options *options, struct runner **ret, struct why *why)
{
    struct runner *runner = mem_alloc(sizeof *runner);
    TRY_PTR(runner);
    runner->options = *options;
    pthread_mutex_init(&runner->lock, NULL);
    pthread_cond_init(&runner->woken, NULL);
    if (pthread_create(&runner->thread, NULL, runner_main, runner) != 0) {
        runner_free(runner);
        return why_set(why, STATUS_IO, "a thread cannot be started");
    }
    *ret = runner;
    return STATUS_OK;
}

void runner_wake(struct runner *runner)
{
    pthread_mutex_lock(&runner->lock);
    runner->wake = true;
    pthread_cond_signal(&runner->woken);
    pthread_mutex_unlock(&runner->lock);
}

void runner_stop(struct runner *runner)
{
    if (runner == NULL) {
        return;
    }
    atomic_store(&runner->stop, true);
    runner_wake(runner);
    pthread_join(runner->thread, NULL);
    runner_free(runner);
}
