/* workers.h: a few threads for work that takes too long for a connection's thread: generating keys,
 * parsing certificates.
 *
 * Jobs run in the order in which they came, each once. The queue is bounded: past it the door says
 * BUSY, and the client tries again.
 */
#ifndef API_WORKERS_H
#define API_WORKERS_H

#include <stddef.h>

#include "base/err.h"

struct workers;

/* Embedded in what the job works on; the caller's until run was called. */
struct worker_job {
    void (*run)(struct worker_job *job);
    struct worker_job *next; /* the queue's own */
};

/* Starts n threads with room for `room` waiting jobs. */
MUST_USE enum status workers_new(unsigned n, size_t room, struct workers **ret, struct why *why);

/* Queues the job. BUSY when the queue is full or being closed; then it is not run. */
MUST_USE enum status workers_submit(struct workers *workers, struct worker_job *job,
                                    struct why *why);

/* Refuses new jobs, runs those that wait, ends the threads. Accepts NULL. */
void workers_free(struct workers *workers);

#endif
