#include "store/writer_priv.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>

#include "base/limits.h"
#include "store/changes_priv.h"

#include "base/banned.h"

enum { GROUP_DEFAULT = 512 };

struct writer {
    struct store_db *db;
    size_t group_max;
    pthread_t thread;
    atomic_size_t queued; /* jobs that wait; written under the lock */
    atomic_uint_fast64_t watched;
    struct changes changes; /* of the running group */

    pthread_mutex_t lock; /* of all that follows */
    pthread_cond_t wake;
    struct store_job *first;
    struct store_job **last;
    bool stopping;
    struct store_stats stats;
    enum status trouble; /* OK: the last commit stood */
    struct why trouble_why;
};

/* The jobs of one transaction, in their order, of which the first `kept` that are OK stand. */
struct group {
    struct store_tx *tx; /* NULL: not begun */
    struct store_job *first;
    struct store_job **last;
    size_t n;
    size_t kept;
};

/* The next job; without wait, NULL when there is none now; with it, NULL at the end. */
static struct store_job *take(struct writer *writer, bool wait)
{
    pthread_mutex_lock(&writer->lock);
    while (wait && writer->first == NULL && !writer->stopping) {
        pthread_cond_wait(&writer->wake, &writer->lock);
    }
    struct store_job *job = writer->first;
    if (job != NULL) {
        writer->first = job->next;
        writer->last = job->next == NULL ? &writer->first : writer->last;
        atomic_fetch_sub(&writer->queued, 1);
        job->next = NULL;
    }
    pthread_mutex_unlock(&writer->lock);
    return job;
}

static void close_scans(struct store_tx *tx)
{
    while (tx->scans != NULL) {
        store_scan_close(tx->scans);
    }
}

/* OK: a commit stood, so whatever troubled the backend is over. */
static void note_trouble(struct writer *writer, enum status status, const struct why *why)
{
    pthread_mutex_lock(&writer->lock);
    writer->trouble = status;
    if (status != STATUS_OK) {
        writer->trouble_why = *why;
    }
    pthread_mutex_unlock(&writer->lock);
}

/* A write of the job that the backend, not the row, has failed. */
static bool is_trouble(enum status status)
{
    return status == STATUS_IO || status == STATUS_CORRUPT || status == STATUS_NO_MEMORY;
}

static enum status job_work(struct writer *writer, struct store_tx *tx, struct store_job *job)
{
    size_t noted = writer->changes.n;
    tx->broken = STATUS_OK;
    enum status status = job->work(tx, job->ctx, &job->why);
    close_scans(tx);
    if (is_trouble(tx->broken)) {
        note_trouble(writer, tx->broken, &tx->why);
    }
    if (status == STATUS_OK && tx->broken != STATUS_OK) {
        job->why = tx->why;
        status = tx->broken;
    }
    if (status != STATUS_OK) {
        changes_undo(&writer->changes, noted);
    }
    return status;
}

static void group_rollback(struct writer *writer, struct group *group)
{
    writer->db->backend->rollback(group->tx);
    group->tx = NULL;
}

/* Everything that stood in the group has failed as why says. */
static void group_lose(struct group *group, enum status status, const struct why *why)
{
    for (struct store_job *job = group->first; job != NULL; job = job->next) {
        if (job->status == STATUS_OK) {
            job->status = status;
            job->why = *why;
        }
    }
    group->kept = 0;
}

static enum status group_begin(struct writer *writer, struct group *group, struct why *why)
{
    if (group->tx != NULL) {
        return STATUS_OK;
    }
    TRY(writer->db->backend->write_begin(writer->db, &group->tx, why));
    group->tx->writes = true;
    group->tx->waiting = &writer->queued;
    group->tx->changes = &writer->changes;
    group->tx->bytes = 0;
    group->tx->touches = false;
    group->tx->scans = NULL;
    return STATUS_OK;
}

/* Runs the job behind others, under a mark. When that cannot be undone, the group is lost. */
static void group_run_marked(struct writer *writer, struct group *group, struct store_job *job)
{
    const struct store_backend *backend = writer->db->backend;
    struct why why = {0};
    enum status status = backend->mark(group->tx, &why);
    if (status == STATUS_OK) {
        job->status = job_work(writer, group->tx, job);
        status = job->status == STATUS_OK ? backend->release(group->tx, &why)
                                          : backend->undo(group->tx, &why);
    }
    if (status != STATUS_OK) {
        group_lose(group, status, &why);
        changes_forget(&writer->changes);
        note_trouble(writer, status, &why);
        group_rollback(writer, group);
    } else if (job->status == STATUS_OK) {
        group->kept++;
    }
}

static void group_run_first(struct writer *writer, struct group *group, struct store_job *job)
{
    job->status = job_work(writer, group->tx, job);
    if (job->status == STATUS_OK) {
        group->kept++;
    } else {
        group_rollback(writer, group);
    }
}

static void group_add(struct writer *writer, struct group *group, struct store_job *job)
{
    *group->last = job;
    group->last = &job->next;
    group->n++;
    job->status = group_begin(writer, group, &job->why);
    if (job->status != STATUS_OK) {
        note_trouble(writer, job->status, &job->why);
        return;
    }
    if (group->kept > 0) {
        group_run_marked(writer, group, job);
    } else {
        group_run_first(writer, group, job);
    }
}

static bool group_is_full(const struct writer *writer, const struct group *group)
{
    return group->n >= writer->group_max ||
           (group->tx != NULL && group->tx->bytes >= LIMIT_STORE_GROUP_BYTES);
}

static void group_commit(struct writer *writer, struct group *group)
{
    if (group->tx == NULL) {
        return;
    }
    struct why why = {0};
    bool touches = group->tx->touches;
    enum status status = writer->db->backend->commit(group->tx, &why);
    group->tx = NULL;
    if (touches) { /* also when it failed: nobody knows what has become durable */
        atomic_fetch_add(&writer->watched, 1);
    }
    note_trouble(writer, status, &why);
    if (status == STATUS_OK) {
        changes_tell(&writer->changes);
    } else {
        group_lose(group, status, &why);
        changes_forget(&writer->changes);
    }
}

static void group_settle(struct writer *writer, struct group *group)
{
    pthread_mutex_lock(&writer->lock);
    writer->stats.commits += group->kept > 0;
    writer->stats.transactions += group->kept;
    writer->stats.undone += group->n - group->kept;
    pthread_mutex_unlock(&writer->lock);
    for (struct store_job *job = group->first, *next; job != NULL; job = next) {
        next = job->next; /* done may end the job's life */
        job->next = NULL;
        job->done(job);
    }
}

static void *writer_main(void *arg)
{
    struct writer *writer = arg;
    struct store_job *job = NULL;
    while ((job = take(writer, true)) != NULL) {
        struct group group = {.first = NULL};
        group.last = &group.first;
        while (job != NULL) {
            group_add(writer, &group, job);
            job = group_is_full(writer, &group) ? NULL : take(writer, false);
        }
        group_commit(writer, &group);
        group_settle(writer, &group);
        writer->db->backend->tidy(writer->db);
    }
    return NULL;
}

enum status writer_new(struct store_db *db, size_t group_max, struct writer **ret_writer,
                       struct why *why)
{
    struct writer *writer = mem_alloc(sizeof *writer);
    TRY_PTR(writer);
    writer->db = db;
    writer->group_max = group_max == 0 ? GROUP_DEFAULT : group_max;
    writer->last = &writer->first;
    pthread_mutex_init(&writer->lock, NULL);
    pthread_cond_init(&writer->wake, NULL);
    if (pthread_create(&writer->thread, NULL, writer_main, writer) != 0) {
        pthread_cond_destroy(&writer->wake);
        pthread_mutex_destroy(&writer->lock);
        mem_free(writer);
        return why_set(why, STATUS_NO_MEMORY, "the store's writer thread cannot be started");
    }
    *ret_writer = writer;
    return STATUS_OK;
}

void writer_free(struct writer *writer)
{
    if (writer == NULL) {
        return;
    }
    pthread_mutex_lock(&writer->lock);
    writer->stopping = true;
    pthread_cond_signal(&writer->wake);
    pthread_mutex_unlock(&writer->lock);
    pthread_join(writer->thread, NULL);
    pthread_cond_destroy(&writer->wake);
    pthread_mutex_destroy(&writer->lock);
    changes_release(&writer->changes);
    mem_free(writer);
}

enum status writer_submit(struct writer *writer, struct store_job *job, struct why *why)
{
    job->next = NULL;
    job->status = STATUS_OK;
    memset(&job->why, 0, sizeof job->why);

    pthread_mutex_lock(&writer->lock);
    bool stopping = writer->stopping;
    bool full = atomic_load(&writer->queued) >= LIMIT_STORE_QUEUE;
    if (!stopping && !full) {
        *writer->last = job;
        writer->last = &job->next;
        atomic_fetch_add(&writer->queued, 1);
        pthread_cond_signal(&writer->wake);
    }
    pthread_mutex_unlock(&writer->lock);

    if (stopping) {
        return why_set(why, STATUS_BUSY, "the store is closing");
    }
    if (full) {
        return why_set(why, STATUS_BUSY, "%d write transactions wait already; try again",
                       LIMIT_STORE_QUEUE);
    }
    return STATUS_OK;
}

/* A job whose submitter waits. */
struct waiting_job {
    struct store_job job; /* first: the job is the waiting_job */
    sem_t settled;
};

static void waiting_job_done(struct store_job *job)
{
    struct waiting_job *waiting = (struct waiting_job *)job;
    sem_post(&waiting->settled);
}

enum status writer_run(struct writer *writer, store_work *work, void *ctx, struct why *why)
{
    if (pthread_equal(pthread_self(), writer->thread)) {
        return why_set(why, STATUS_INTERNAL, "a write transaction inside a write transaction");
    }
    struct waiting_job waiting = {.job = {.work = work, .done = waiting_job_done, .ctx = ctx}};
    sem_init(&waiting.settled, 0, 0);
    enum status status = writer_submit(writer, &waiting.job, why);
    if (status == STATUS_OK) {
        while (sem_wait(&waiting.settled) != 0) {
            /* a signal came in between; the job is still the writer's */
        }
        status = waiting.job.status;
        if (status != STATUS_OK && why != NULL) {
            *why = waiting.job.why;
        }
    }
    sem_destroy(&waiting.settled);
    return status;
}

uint64_t writer_watched(const struct writer *writer)
{
    return atomic_load(&writer->watched);
}

struct watching {
    struct writer *writer;
    const struct store_watch *watch;
};

/* On the writer thread, which is the only one that reads it. What the running group changed before
 * is told to the new one too, which is harmless. */
static enum status watch_work(struct store_tx *tx, void *ctx, struct why *why)
{
    const struct watching *watching = ctx;
    (void)tx;
    (void)why;
    watching->writer->changes.watch = watching->watch;
    return STATUS_OK;
}

enum status writer_watch(struct writer *writer, const struct store_watch *watch, struct why *why)
{
    struct watching watching = {writer, watch};
    return writer_run(writer, watch_work, &watching, why);
}

void writer_stats(struct writer *writer, struct store_stats *ret_stats)
{
    pthread_mutex_lock(&writer->lock);
    ret_stats->commits = writer->stats.commits;
    ret_stats->transactions = writer->stats.transactions;
    ret_stats->undone = writer->stats.undone;
    ret_stats->queued = atomic_load(&writer->queued);
    pthread_mutex_unlock(&writer->lock);
}

enum status writer_health(struct writer *writer, struct why *why)
{
    pthread_mutex_lock(&writer->lock);
    enum status status = writer->trouble;
    if (status != STATUS_OK && why != NULL) {
        *why = writer->trouble_why;
    }
    pthread_mutex_unlock(&writer->lock);
    return status;
}
