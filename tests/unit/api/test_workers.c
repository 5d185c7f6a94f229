#include "lib/check.h"

#include <pthread.h>
#include <stdatomic.h>

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
    CHECK_OK(workers_new(3, N, &workers, &why));
    for (int i = 0; i < N; i++) {
        gates[i] = (struct gate){{run, NULL}, &lock, &ran};
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
    CHECK_OK(workers_new(1, 2, &workers, &why));
    pthread_mutex_lock(&lock);
    int taken = 0, refused = 0;
    for (int i = 0; i < 8; i++) { /* one may be on its thread already, two wait */
        gates[i] = (struct gate){{run, NULL}, &lock, &ran};
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_job_runs_once_even_when_closing),
        cmocka_unit_test(a_full_queue_says_busy),
    };
    return RUN_TESTS("workers", tests);
}
