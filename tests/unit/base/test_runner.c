#include "base/runner.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "lib/check.h"

struct job {
    sem_t worked;
    sem_t go_on;     /* posted by who wants work to return */
    bool waits;      /* for go_on */
    atomic_llong ms; /* what work returns the next time */
    atomic_bool saw_stop;
};

static void job_init(struct job *job, bool waits)
{
    *job = (struct job){.waits = waits, .ms = RUNNER_UNTIL_WOKEN};
    sem_init(&job->worked, 0, 0);
    sem_init(&job->go_on, 0, 0);
}

static int64_t work(void *ctx, const struct runner *self)
{
    struct job *job = ctx;
    sem_post(&job->worked);
    if (job->waits) {
        sem_wait(&job->go_on);
    }
    atomic_store(&job->saw_stop, runner_stopping(self));
    return atomic_exchange(&job->ms, RUNNER_UNTIL_WOKEN);
}

static struct runner *start(struct job *job)
{
    struct runner *runner = NULL;
    CHECK_OK(runner_start(&(struct runner_options){work, job}, &runner, NULL));
    return runner;
}

static void it_works_at_the_start_and_whenever_woken(void **state)
{
    (void)state;
    struct job job;
    job_init(&job, false);
    struct runner *runner = start(&job);
    sem_wait(&job.worked);
    for (int i = 0; i < 3; i++) {
        runner_wake(runner);
        sem_wait(&job.worked);
    }
    runner_stop(runner);
}

static void a_wake_while_it_works_is_not_lost(void **state)
{
    (void)state;
    struct job job;
    job_init(&job, true);
    struct runner *runner = start(&job);
    sem_wait(&job.worked); /* at work */
    runner_wake(runner);
    sem_post(&job.go_on);
    sem_wait(&job.worked); /* at work again */
    sem_post(&job.go_on);
    runner_stop(runner);
}

/* The one test that waits, for a second: it is what is tested. */
static void it_works_again_when_its_time_has_passed(void **state)
{
    (void)state;
    struct job job;
    job_init(&job, false);
    atomic_store(&job.ms, 1);
    struct runner *runner = start(&job);
    sem_wait(&job.worked);
    sem_wait(&job.worked);
    runner_stop(runner);
}

static void *stop(void *arg)
{
    runner_stop(arg);
    return NULL;
}

static void work_is_told_to_stop(void **state)
{
    (void)state;
    struct job job;
    job_init(&job, true);
    struct runner *runner = start(&job);
    pthread_t stopper;
    sem_wait(&job.worked);
    assert_int_equal(pthread_create(&stopper, NULL, stop, runner), 0);
    while (!runner_stopping(runner)) {
        sched_yield();
    }
    sem_post(&job.go_on);
    pthread_join(stopper, NULL);
    assert_true(atomic_load(&job.saw_stop));
    runner_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_works_at_the_start_and_whenever_woken),
        cmocka_unit_test(a_wake_while_it_works_is_not_lost),
        cmocka_unit_test(it_works_again_when_its_time_has_passed),
        cmocka_unit_test(work_is_told_to_stop),
    };
    return RUN_TESTS("base/runner", tests);
}
