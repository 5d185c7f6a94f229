#include "api/workers.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

#include "base/arena.h"

#include "base/banned.h"

struct workers {
    pthread_mutex_t lock;
    pthread_cond_t work;
    bool closing;
    size_t room;
    size_t waiting;
    struct worker_job *first, *last;
    unsigned n;
    pthread_t threads[];
};

/* The next job; waits for one; NULL when closing and none is left. */
static struct worker_job *take(struct workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    while (workers->first == NULL && !workers->closing) {
        pthread_cond_wait(&workers->work, &workers->lock);
    }
    struct worker_job *job = workers->first;
    if (job != NULL) {
        workers->first = job->next;
        workers->waiting--;
    }
    pthread_mutex_unlock(&workers->lock);
    return job;
}

static void *serve(void *arg)
{
    struct worker_job *job;
    while ((job = take(arg)) != NULL) {
        job->run(job);
    }
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

enum status workers_new(unsigned n, size_t room, struct workers **ret, struct why *why)
{
    struct workers *workers = mem_alloc(sizeof(*workers) + n * sizeof(pthread_t));
    TRY_PTR(workers);
    workers->room = room;
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
    pthread_mutex_lock(&workers->lock);
    bool taken = !workers->closing && workers->waiting < workers->room;
    if (taken) {
        job->next = NULL;
        if (workers->first == NULL) {
            workers->first = job;
        } else {
            workers->last->next = job;
        }
        workers->last = job;
        workers->waiting++;
        pthread_cond_signal(&workers->work);
    }
    pthread_mutex_unlock(&workers->lock);
    return taken ? STATUS_OK
                 : why_set(why, STATUS_BUSY, "%zu requests wait for a worker; try again",
                           workers->room);
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
