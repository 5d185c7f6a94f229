/* writer_priv.h: the queue of write transactions and the thread that makes groups of them durable.
 *
 * Invariants
 *  1. Jobs run in the order in which they were submitted, one at a time.
 *  2. A group is one transaction of the backend, and one sync. It takes whatever waits when its
 *     turn comes, up to group_max jobs and LIMIT_STORE_GROUP_BYTES; nobody waits for it to fill.
 *  3. A job that fails takes back its own writes alone. The first of a group needs no savepoint for
 *     that: nothing stands before it, so the transaction is rolled back and begun again.
 *  4. A job whose work said OK, although a write in it failed, has failed.
 *  5. When the commit fails, or an undo does, every job of the group has failed, with one sentence.
 *  6. done is called once for each job that was accepted, after its fate is settled.
 */
#ifndef STORE_WRITER_PRIV_H
#define STORE_WRITER_PRIV_H

#include "store/backend.h"

struct writer;

/* Starts the thread. The db stays the caller's. */
MUST_USE enum status writer_new(struct store_db *db, size_t group_max, struct writer **ret_writer,
                                struct why *why);

/* Settles what is queued, ends the thread. Accepts NULL. */
void writer_free(struct writer *writer);

/* Commits so far that may have changed watched tables. Counted behind the commit and before anybody
 * is told of it: what is read over a view that begins later is at least as new. */
uint64_t writer_watched(const struct writer *writer);

/* As store_submit and store_write. */
MUST_USE enum status writer_submit(struct writer *writer, struct store_job *job, struct why *why);
MUST_USE enum status writer_run(struct writer *writer, store_work *work, void *ctx,
                                struct why *why);

/* As store_watch. */
MUST_USE enum status writer_watch(struct writer *writer, const struct store_watch *watch,
                                  struct why *why);

/* As store_health. */
MUST_USE enum status writer_health(struct writer *writer, struct why *why);

/* Fills commits, transactions, undone, queued. */
void writer_stats(struct writer *writer, struct store_stats *ret_stats);

#endif
