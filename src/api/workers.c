#include "api/workers.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

#include "base/arena.h"

#include "base/banned.h"

struct queue {
    struct worker_job *first, *last;
    size_t waiting;
    size_t room;
};

struct workers {
    pthread_mutex_t lock;
    pthread_cond_t work;
    bool closing;
    struct queue quick, slow;
    unsigned slow_running, slow_most;
    uint64_t submitted;
    unsigned n;
    pthread_t threads[];
};

static void queue_put(struct queue *queue, struct worker_job *job)
{
    job->next = NULL;
    if (queue->first == NULL) {
        queue->first = job;
    } else {
        queue->last->next = job;
    }
    queue->last = job;
    queue->waiting++;
}

static struct worker_job *queue_take(struct queue *queue)
{
    struct worker_job *job = queue->first;
    queue->first = job->next;
    queue->waiting--;
    return job;
}

/* The queue whose turn it is; NULL when nothing may run now. */
static struct queue *choose(struct workers *workers)
{
    const struct worker_job *quick = workers->quick.first;
    const struct worker_job *slow =
        workers->slow_running < workers->slow_most ? workers->slow.first : NULL;
    if (slow != NULL && (quick == NULL || slow->number < quick->number)) {
        return &workers->slow;
    }
    return quick == NULL ? NULL : &workers->quick;
}

/* The next job; waits for one; NULL when closing and none is left for this thread: slow ones that
 * still wait are for the threads that run slow ones now. */
static struct worker_job *take(struct workers *workers)
{
    struct queue *queue;
    while ((queue = choose(workers)) == NULL && !workers->closing) {
        pthread_cond_wait(&workers->work, &workers->lock);
    }
    return queue == NULL ? NULL : queue_take(queue);
}

static void *serve(void *arg)
{
    struct workers *workers = arg;
    struct worker_job *job;
    pthread_mutex_lock(&workers->lock);
    while ((job = take(workers)) != NULL) {
        bool slow = job->slow; /* the job is gone once it ran */
        workers->slow_running += slow;
        pthread_mutex_unlock(&workers->lock);
        job->run(job);
        pthread_mutex_lock(&workers->lock);
        workers->slow_running -= slow;
        if (slow &&
            workers->slow.first != NULL) { /* may run now, should this thread take another */
            pthread_cond_signal(&workers->work);
        }
    }
    pthread_mutex_unlock(&workers->lock);
    return NULL;
}

/* Signals are the main thread's business. */
static bool start(struct workers *workers, unsigned n)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (workers->n < n &&
           pthread_create(&workers->threads[workers->n], NULL, serve, workers) == 0) {
        workers->n++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return workers->n == n;
}

enum status workers_new(unsigned n, struct workers_room room, struct workers **ret, struct why *why)
{
    struct workers *workers = mem_alloc(sizeof(*workers) + n * sizeof(pthread_t));
    TRY_PTR(workers);
    workers->quick.room = room.quick;
    workers->slow.room = room.slow;
    workers->slow_most = n > 1 ? n - 1 : 1;
    pthread_mutex_init(&workers->lock, NULL);
    pthread_cond_init(&workers->work, NULL);
    if (!start(workers, n)) {
        workers_free(workers);
        return why_set(why, STATUS_IO, "no more threads can be started");
    }
    *ret = workers;
    return STATUS_OK;
}

enum status workers_submit(struct workers *workers, struct worker_job *job, struct why *why)
{
    struct queue *queue = job->slow ? &workers->slow : &workers->quick;
    pthread_mutex_lock(&workers->lock);
    bool taken = !workers->closing && queue->waiting < queue->room;
    if (taken) {
        job->number = workers->submitted++;
        queue_put(queue, job);
        pthread_cond_signal(&workers->work);
    }
    pthread_mutex_unlock(&workers->lock);
    return taken ? STATUS_OK
                 : why_set(why, STATUS_BUSY, "%zu requests wait for a worker; try again",
                           queue->room);
}

void workers_free(struct workers *workers)
{
    if (workers == NULL) {
        return;
    }
    pthread_mutex_lock(&workers->lock);
    workers->closing = true;
    pthread_cond_broadcast(&workers->work);
    pthread_mutex_unlock(&workers->lock);
    for (unsigned i = 0; i < workers->n; i++) {
        pthread_join(workers->threads[i], NULL);
    }
    pthread_cond_destroy(&workers->work);
    pthread_mutex_destroy(&workers->lock);
    mem_free(workers);
}
