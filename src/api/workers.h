/* workers.h: a few threads for work that takes too long for a connection's thread: generating keys,
 * parsing certificates.
 *
 * Jobs are quick or slow. Each runs once, in the order in which they came, but slow ones take all
 * threads but one at most, so that a quick one never waits for a crowd of slow ones. Of each sort a
 * bounded number waits: past it the door says BUSY, and the client tries again.
 */
#ifndef API_WORKERS_H
#define API_WORKERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct workers;

/* Embedded in what the job works on; the caller's until run was called. */
struct worker_job {
    void (*run)(struct worker_job *job);
    bool slow;
    struct worker_job *next; /* the queue's own, as what follows */
    uint64_t number;
};

struct workers_room {
    size_t quick, slow; /* how many may wait */
};

/* Starts n threads; a single one takes all jobs in their order. */
MUST_USE enum status workers_new(unsigned n, struct workers_room room, struct workers **ret,
                                 struct why *why);

/* Queues the job. BUSY when its queue is full or being closed; then it is not run. */
MUST_USE enum status workers_submit(struct workers *workers, struct worker_job *job,
                                    struct why *why);

/* Refuses new jobs, runs those that wait, ends the threads. Accepts NULL. */
void workers_free(struct workers *workers);

#endif
