/* backend.h: what a place to keep rows must be able to do, so that store.c can be the store.
 *
 * A backend is one const struct of functions; an open one is a struct of its own that begins with
 * struct store_db. store.c checks arguments, knows the queue, the writer thread and the limits; a
 * backend knows none of them and logs nothing.
 *
 * Conformance, which tests/unit/store/ asks of every backend:
 *  1. One thread at a time writes (write_begin .. commit or rollback). Views begin and end on any
 *     thread, many at once; one view is used by one thread at a time. No view waits for the writer.
 *  2. A view shows the state of the last commit before view_begin, whatever happens later.
 *  3. commit makes everything durable before it says OK. When it fails, nothing of the transaction
 *     is there, and it is over: rollback is not called. The next write_begin starts from the state
 *     of the last good commit.
 *  4. mark, then undo or release: undo takes back what was written since the mark. When undo fails,
 *     the whole transaction is lost, and only rollback follows. One mark at a time.
 *  5. A verb that fails may leave its own table half changed; store.c then undoes or rolls back.
 *     insert with EXISTS, delete and update with NOT_FOUND change nothing.
 *  6. An absent text is not an empty one, and any bytes may stand in a text, NUL too.
 *  7. Rows come in the order of row_priv.h, however they got in.
 *  8. Rows of other tables than the scanned one may be written while a scan is open.
 */
#ifndef STORE_BACKEND_H
#define STORE_BACKEND_H

#include <stdatomic.h>

#include "store/row_priv.h"
#include "store/store.h"

struct store_backend;
struct changes;

struct store_db {
    const struct store_backend *backend;
};

/* A backend's own struct begins with this; store.c fills all but db. */
struct store_tx {
    struct store_db *db;
    struct store *store;
    struct store_scan *scans; /* open ones */
    bool writes;
    struct changes *changes;      /* of a write transaction */
    enum status broken;           /* a write failed for another reason than EXISTS or NOT_FOUND, */
    struct why why;               /* and this is how */
    size_t bytes;                 /* written so far */
    bool touches;                 /* it wrote to a watched table */
    uint64_t watched;             /* of a view: store_watched */
    const atomic_size_t *waiting; /* jobs behind this one; a view has none */
};

/* Likewise; the backend fills none of it. */
struct store_scan {
    struct store_tx *tx;
    const struct table *table;
    struct store_scan *next;
};

/* A range, brought into one form: rows equal to prefix in the first n_prefix columns of the order;
 * when n_bound is not 0, beginning at bound, compared by the first n_bound columns, of which the
 * first n_prefix are the prefix's. n_bound is greater than n_prefix, or equal when both are the
 * whole order and strict. */
struct scan_plan {
    const struct table *table;
    const struct table_index *index;
    struct order order;
    const void *prefix;
    size_t n_prefix;
    const void *bound;
    size_t n_bound;
    bool strict; /* rows equal to bound are left out */
    bool descending;
    uint64_t columns; /* to be read; never 0 */
    bool ahead;
};

typedef enum status backend_tx_begin(struct store_db *db, struct store_tx **ret_tx,
                                     struct why *why);
typedef void backend_tx_end(struct store_tx *tx);
typedef enum status backend_tx_step(struct store_tx *tx, struct why *why);
typedef enum status backend_row_read(struct store_tx *tx, const struct table *table,
                                     uint64_t columns, void *row, struct arena *mem,
                                     struct why *why);
typedef enum status backend_row_write(struct store_tx *tx, const struct table *table,
                                      const void *row, struct why *why);
typedef enum status backend_row_update(struct store_tx *tx, const struct table *table,
                                       uint64_t columns, const void *row, struct why *why);
typedef enum status backend_scan_open(struct store_tx *tx, const struct scan_plan *plan,
                                      struct store_scan **ret_scan, struct why *why);
typedef enum status backend_scan_next(struct store_scan *scan, void *row, struct arena *mem,
                                      bool *ret_more, struct why *why);
typedef void backend_scan_close(struct store_scan *scan);
typedef enum status backend_count(struct store_tx *tx, const struct scan_plan *plan, size_t max,
                                  size_t *ret_n, struct why *why);
typedef enum status backend_check(struct store_db *db, struct why *why);
typedef void backend_tidy(struct store_db *db);
typedef void backend_stats(struct store_db *db, struct store_stats *ret_stats);
typedef void backend_close(struct store_db *db);

struct store_backend {
    const char *name;

    backend_tx_begin *view_begin;
    backend_tx_end *view_end;

    backend_tx_begin *write_begin;
    backend_tx_step *commit;
    backend_tx_end *rollback;
    backend_tx_step *mark;
    backend_tx_step *undo;
    backend_tx_step *release;

    backend_row_read *get; /* columns are never 0 */
    backend_row_write *insert;
    backend_row_write *put;
    backend_row_write *delete;
    backend_row_update *update; /* columns are never 0, and none of the key */

    backend_scan_open *scan_open; /* keeps nothing of the plan's pointers */
    backend_scan_next *scan_next;
    backend_scan_close *scan_close;
    backend_count *count;

    backend_check *check;
    backend_tidy *tidy;   /* on the writer thread between transactions: checkpoints and the like */
    backend_stats *stats; /* fills file_bytes, wal_bytes, wal_held; any thread */
    backend_close *close; /* no transaction is open */
};

/* Opens one; options as for store_open. */
MUST_USE enum status memory_open(struct store_db **ret_db, struct why *why);
MUST_USE enum status sqlite_open(const struct store_options *options, struct store_db **ret_db,
                                 struct why *why);

/* Makes a store of an open backend, which belongs to it from then on, also when this fails. */
MUST_USE enum status store_start(struct store_db *db, size_t group_max, struct store **ret_store,
                                 struct why *why);

#endif
