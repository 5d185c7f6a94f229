/* ticker.c: see ticker.h. */
#include "daemon/ticker.h"

#include <pthread.h>
#include <time.h>

#include "base/arena.h"

#include "base/banned.h"

struct ticker {
    struct ticker_options options;
    struct ticker_state state;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t stopped;
    bool stop;
};

void ticker_state_init(struct ticker_state *state)
{
    for (size_t i = 0; i < TICKER_JOBS_MAX; i++) {
        state->began[i] = TIME_NEVER;
    }
}

static bool is_due(const struct ticker_job *job, int64_t began, int64_t now)
{
    return began == TIME_NEVER || now < began || now - began >= job->every_ms;
}

bool ticker_look(const struct ticker_options *options, struct ticker_state *state)
{
    bool more = false;
    for (size_t i = 0; i < options->n_jobs; i++) {
        const struct ticker_job *job = &options->jobs[i];
        int64_t now = clock_now(&options->clock);
        if (!is_due(job, state->began[i], now)) {
            continue;
        }
        bool again = false;
        struct why why = {.code = STATUS_OK};
        state->began[i] = now;
        if (job->run(job->ctx, &again, &why) != STATUS_OK) {
            if (options->failed != NULL) {
                options->failed(options->failed_ctx, job, &why);
            }
        } else if (again) {
            state->began[i] = TIME_NEVER;
            more = true;
        }
    }
    return more;
}

/* True when it is time to end. */
static bool ticker_sleep(struct ticker *ticker, int64_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)ms * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&ticker->lock);
    int timed_out = ms > 0 ? 0 : 1;
    while (!ticker->stop && timed_out == 0) {
        timed_out = pthread_cond_timedwait(&ticker->stopped, &ticker->lock, &until);
    }
    bool stop = ticker->stop;
    pthread_mutex_unlock(&ticker->lock);
    return stop;
}

static void *ticker_main(void *arg)
{
    struct ticker *ticker = arg;
    bool more = true;
    while (!ticker_sleep(ticker, more ? 0 : TICK_MS)) {
        more = ticker_look(&ticker->options, &ticker->state);
    }
    return NULL;
}

enum status ticker_start(const struct ticker_options *options, struct ticker **ret, struct why *why)
{
    if (options->n_jobs > TICKER_JOBS_MAX) {
        return why_set(why, STATUS_INTERNAL, "%zu jobs are too many for the ticker",
                       options->n_jobs);
    }
    struct ticker *ticker = mem_alloc(sizeof *ticker);
    TRY_PTR(ticker);
    pthread_condattr_t attributes;
    ticker->options = *options;
    ticker_state_init(&ticker->state);
    pthread_mutex_init(&ticker->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&ticker->stopped, &attributes);
    pthread_condattr_destroy(&attributes);
    if (pthread_create(&ticker->thread, NULL, ticker_main, ticker) != 0) {
        pthread_cond_destroy(&ticker->stopped);
        pthread_mutex_destroy(&ticker->lock);
        mem_free(ticker);
        return why_set(why, STATUS_IO, "the thread of timed work cannot be started");
    }
    *ret = ticker;
    return STATUS_OK;
}

void ticker_stop(struct ticker *ticker)
{
    if (ticker == NULL) {
        return;
    }
    pthread_mutex_lock(&ticker->lock);
    ticker->stop = true;
    pthread_cond_signal(&ticker->stopped);
    pthread_mutex_unlock(&ticker->lock);
    pthread_join(ticker->thread, NULL);
    pthread_cond_destroy(&ticker->stopped);
    pthread_mutex_destroy(&ticker->lock);
    mem_free(ticker);
}
