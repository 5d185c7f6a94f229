#include "lib/check.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <time.h>

#include "api/workers.h"

struct gate {
    struct worker_job job; /* first */
    pthread_mutex_t *lock; /* held by the test while the job shall wait */
    _Atomic int *ran;
};

static void run(struct worker_job *job)
{
    struct gate *gate = (struct gate *)job;
    pthread_mutex_lock(gate->lock);
    pthread_mutex_unlock(gate->lock);
    atomic_fetch_add(gate->ran, 1);
}

static void each_job_runs_once_even_when_closing(void **state)
{
    (void)state;
    enum { N = 50 };
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    _Atomic int ran = 0;
    struct gate gates[N];
    struct workers *workers;
    struct why why;
    CHECK_OK(workers_new(3, (struct workers_room){N, N}, &workers, &why));
    for (int i = 0; i < N; i++) {
        gates[i] = (struct gate){{.run = run, .slow = i % 3 == 0}, &lock, &ran};
        CHECK_OK(workers_submit(workers, &gates[i].job, &why));
    }
    workers_free(workers);
    assert_int_equal(ran, N);
}

static void a_full_queue_says_busy(void **state)
{
    (void)state;
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    _Atomic int ran = 0;
    struct gate gates[8];
    struct workers *workers;
    struct why why;
    CHECK_OK(workers_new(1, (struct workers_room){2, 0}, &workers, &why));
    pthread_mutex_lock(&lock);
    int taken = 0, refused = 0;
    for (int i = 0; i < 8; i++) { /* one may be on its thread already, two wait */
        gates[i] = (struct gate){{.run = run}, &lock, &ran};
        enum status status = workers_submit(workers, &gates[i].job, &why);
        taken += status == STATUS_OK;
        refused += status == STATUS_BUSY;
    }
    pthread_mutex_unlock(&lock);
    workers_free(workers);
    assert_in_range(taken, 2, 3);
    assert_int_equal(taken + refused, 8);
    assert_int_equal(ran, taken);
    workers_free(NULL);
}

struct quick {
    struct worker_job job; /* first */
    sem_t ran;
};

static void run_quick(struct worker_job *job)
{
    sem_post(&((struct quick *)job)->ran);
}

static void a_quick_job_does_not_wait_for_a_crowd_of_slow_ones(void **state)
{
    (void)state;
    enum { N = 32 };
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    _Atomic int ran = 0;
    struct gate gates[N];
    struct quick quick = {.job = {.run = run_quick}};
    struct workers *workers;
    struct why why;
    sem_init(&quick.ran, 0, 0);
    CHECK_OK(workers_new(3, (struct workers_room){1, N}, &workers, &why));
    pthread_mutex_lock(&lock);
    for (int i = 0; i < N; i++) {
        gates[i] = (struct gate){{.run = run, .slow = true}, &lock, &ran};
        CHECK_OK(workers_submit(workers, &gates[i].job, &why));
    }
    CHECK_OK(workers_submit(workers, &quick.job, &why));
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 2; /* a failing test ends too */
    int waited = sem_timedwait(&quick.ran, &until);
    int ran_before = ran;
    pthread_mutex_unlock(&lock);
    workers_free(workers);
    assert_int_equal(waited, 0);
    assert_int_equal(ran_before, 0); /* every slow one still waited */
    assert_int_equal(ran, N);
    sem_destroy(&quick.ran);
}

static void too_many_slow_jobs_are_busy_and_quick_ones_are_not(void **state)
{
    (void)state;
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    _Atomic int ran = 0;
    struct gate gates[8];
    struct quick quick = {.job = {.run = run_quick}};
    struct workers *workers;
    struct why why;
    sem_init(&quick.ran, 0, 0);
    CHECK_OK(workers_new(2, (struct workers_room){1, 2}, &workers, &why));
    pthread_mutex_lock(&lock);
    int taken = 0;
    for (int i = 0; i < 8; i++) { /* one may be on its thread already, two wait */
        gates[i] = (struct gate){{.run = run, .slow = true}, &lock, &ran};
        enum status status = workers_submit(workers, &gates[i].job, &why);
        assert_true(status == STATUS_OK || status == STATUS_BUSY);
        taken += status == STATUS_OK;
    }
    enum status status = workers_submit(workers, &quick.job, &why);
    pthread_mutex_unlock(&lock);
    workers_free(workers);
    assert_int_equal(status, STATUS_OK);
    assert_in_range(taken, 2, 3);
    assert_int_equal(ran, taken);
    sem_destroy(&quick.ran);
}

static void a_single_thread_runs_both_sorts(void **state)
{
    (void)state;
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    _Atomic int ran = 0;
    struct gate gates[4];
    struct workers *workers;
    struct why why;
    CHECK_OK(workers_new(1, (struct workers_room){2, 2}, &workers, &why));
    for (int i = 0; i < 4; i++) {
        gates[i] = (struct gate){{.run = run, .slow = i % 2 == 0}, &lock, &ran};
        CHECK_OK(workers_submit(workers, &gates[i].job, &why));
    }
    workers_free(workers);
    assert_int_equal(ran, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_job_runs_once_even_when_closing),
        cmocka_unit_test(a_full_queue_says_busy),
        cmocka_unit_test(a_quick_job_does_not_wait_for_a_crowd_of_slow_ones),
        cmocka_unit_test(too_many_slow_jobs_are_busy_and_quick_ones_are_not),
        cmocka_unit_test(a_single_thread_runs_both_sorts),
    };
    return RUN_TESTS("workers", tests);
}
