/* store.h: the door to where the account lives: typed rows, orders, transactions. No SQL above
 * here.
 *
 * Invariants
 *  1. A write transaction is all or nothing, and durable (synced) before anybody is told it is
 * done.
 *  2. Writes happen one after another, on the store's writer thread; each sees all earlier ones.
 * The writer groups waiting transactions into one commit; one that fails is undone alone.
 *  3. A read view never changes while it is open, and never waits for a writer or another reader.
 *  4. Rows are told apart by their key; insert refuses a key that is there, put replaces.
 *  5. A scan returns rows in one total order; a position (a row) is enough to go on from, later.
 *  6. A database of a newer schema is refused untouched; an older one is migrated, one transaction
 * a step, before anything reads it.
 *
 * Backends (backend.h): memory, SQLite in WAL mode, and `faulty`, which wraps one and fails the
 * n-th call. One conformance suite (tests/unit/store/) holds for all.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "store/tables.h"

struct store;
struct store_tx;   /* a read view, or the running write transaction */
struct store_scan; /* an open cursor of a tx */

struct store_options {
    struct str path;    /* SQLite file; absent: in memory, gone at close */
    bool check_on_open; /* full integrity check (seconds a gigabyte); else the quick one */
    size_t cache_bytes; /* page cache of the writer's connection; 0: 32 MiB */
    size_t group_max;   /* transactions in one commit; 0: 512 */
};

/* Opens, checks, migrates, starts the writer. UNSUPPORTED: a newer schema; CORRUPT: fails its
 * check; BUSY: another process has it open. The caller ends it with store_close. */
MUST_USE enum status store_open(const struct store_options *options, struct store **ret_store,
                                struct why *why);

/* Lets queued writes finish, checkpoints, closes. Accepts NULL. No view may be open. */
void store_close(struct store *store);

/* ---- reading --------------------------------------------------------------------------------- */

/* A consistent view; any thread, used by one at a time, ended by store_read_end. Views are pooled:
 * beginning one opens and parses nothing. BUSY when LIMIT_STORE_VIEWS are open at once. */
MUST_USE enum status store_read_begin(struct store *store, struct store_tx **ret_tx,
                                      struct why *why);
void store_read_end(struct store_tx *tx); /* accepts NULL */

/* How many commits have changed the watched tables (tables.h) that the view has seen for certain.
 * Two views of one number have the same rows there; what was read over one holds for the other. */
uint64_t store_watched(const struct store_tx *view);

/* Fills row, whose key columns the caller has set; texts are copied into mem. NOT_FOUND leaves row
 * alone and says "no such <table>"; callers say it better. */
MUST_USE enum status store_get(struct store_tx *tx, const struct table *table, void *row,
                               struct arena *mem, struct why *why);

/* The same, of some columns alone: COLUMN_BIT of each. Others stay as they are in the row. */
MUST_USE enum status store_get_columns(struct store_tx *tx, const struct table *table,
                                       uint64_t columns, void *row, struct arena *mem,
                                       struct why *why);

/* Which rows, in which order. The pointers are rows of the table, of which only columns of the
 * order are looked at. All zero: everything, by key, ascending. */
struct store_range {
    const struct table_index *index; /* NULL: by key */
    const void *prefix;              /* rows whose first n_prefix order columns equal these, */
    size_t n_prefix;
    const void *from; /* beginning with the first whose first n_from order columns (the prefix's
                         counted, but taken from prefix) are >= these (descending: <=), */
    size_t n_from;
    const void *after; /* and strictly after this row in the whole order: a page's last row */
    bool descending;
    uint64_t columns; /* COLUMN_BIT of each column to read; 0: all. Others stay zero in the row. */
    bool ahead; /* a hint: read to its end, and more than memory may hold, so that what comes is
                   asked of the disk beforehand. Has effect on a whole order, ascending. */
};

#define COLUMN_BIT(column) (UINT64_C(1) << (column))

/* Copies what range points to; nothing of it need outlive this call. */
MUST_USE enum status store_scan_open(struct store_tx *tx, const struct table *table,
                                     const struct store_range *range, struct store_scan **ret_scan,
                                     struct why *why);

/* The next row, texts copied into mem; *ret_more is false (and row untouched) when there is none.
 */
MUST_USE enum status store_scan_next(struct store_scan *scan, void *row, struct arena *mem,
                                     bool *ret_more, struct why *why);
void store_scan_close(struct store_scan *scan); /* accepts NULL */

/* How many rows a range has; counting stops at max (0: no bound). */
MUST_USE enum status store_count(struct store_tx *tx, const struct table *table,
                                 const struct store_range *range, size_t max, size_t *ret_n,
                                 struct why *why);

static inline void auto_store_scan(struct store_scan **scan)
{
    store_scan_close(*scan);
}
#define AUTO_SCAN __attribute__((cleanup(auto_store_scan))) struct store_scan

static inline void auto_store_view(struct store_tx **tx)
{
    store_read_end(*tx);
}
#define AUTO_VIEW __attribute__((cleanup(auto_store_view))) struct store_tx

/* ---- writing: only inside a store_work ------------------------------------------------------- */

MUST_USE enum status store_insert(struct store_tx *tx, const struct table *table, const void *row,
                                  struct why *why); /* EXISTS */
MUST_USE enum status store_put(struct store_tx *tx, const struct table *table, const void *row,
                               struct why *why);
MUST_USE enum status store_delete(struct store_tx *tx, const struct table *table, const void *row,
                                  struct why *why); /* by key; NOT_FOUND */

/* Writes some columns, COLUMN_BIT of each and none of them of the key, of the row with row's key;
 * the others keep their values, and orders without any of the columns are not touched. NOT_FOUND.
 * What is changed often in wide rows is changed with this. */
MUST_USE enum status store_update(struct store_tx *tx, const struct table *table, uint64_t columns,
                                  const void *row, struct why *why);

/* Whether other transactions wait for this one: work that is done in large pieces, because large
 * transactions cost less, ends its piece then. */
bool store_is_awaited(const struct store_tx *tx);

/* One transaction. Any status but OK undoes what it wrote. Runs on the writer thread: no waiting,
 * no network, no key generation in here. Reads through tx see its own writes. Deleting or putting
 * rows of a table while a scan of that table is open in the same tx is refused (INTERNAL): collect
 * first. A write that failed, unless with EXISTS or NOT_FOUND, undoes the transaction even when
 * work goes on and says OK. */
typedef enum status store_work(struct store_tx *tx, void *ctx, struct why *why);

/* Runs work and returns when it is durable or undone. Never from inside a store_work. */
MUST_USE enum status store_write(struct store *store, store_work *work, void *ctx, struct why *why);

/* The same without waiting: done(job) is called exactly once on the writer thread, after the commit
 * that made it durable, or after it was undone. The caller owns the job and keeps it until done.
 * BUSY when LIMIT_STORE_QUEUE jobs wait; then done is not called. */
struct store_job {
    store_work *work;
    void (*done)(struct store_job *job);
    void *ctx;
    enum status status; /* what became of it, for done */
    struct why why;
    struct store_job *next; /* the store's own */
};
MUST_USE enum status store_submit(struct store *store, struct store_job *job, struct why *why);

/* ---- hearing of changes ---------------------------------------------------------------------- */

/* A row that a transaction has written or deleted: row has its key columns, the others are zero.
 * Whether the row is there, a view tells. */
struct store_change {
    const struct table *table;
    const void *row;
};

/* One who wants to know which rows of some tables were changed. changed is called on the writer
 * thread after the commit that made the changes durable and before anybody is told of it: a view
 * that is begun then shows them. It never waits, and does not write. The entries, in the order in
 * which they were made, live until it returns; a row may be among them more than once. With `all`,
 * they were too many to be kept (LIMIT_STORE_CHANGES_BYTES): anything may have changed. */
struct store_watch {
    bool tables[N_TABLES]; /* by TABLE(x)->number; the others cost nothing */
    void (*changed)(void *ctx, const struct store_change *changes, size_t n, bool all);
    void *ctx;
};

/* Sets the store's watcher, which outlives it; NULL: nobody. It hears of each transaction that
 * commits after this returns, and a view begun then shows all earlier ones; the former one is not
 * called any more. Never from inside a store_work. */
MUST_USE enum status store_watch(struct store *store, const struct store_watch *watch,
                                 struct why *why);

/* ---- care ------------------------------------------------------------------------------------ */

/* Full integrity check of everything stored. CORRUPT names the first fault. */
MUST_USE enum status store_check(struct store *store, struct why *why);

/* Whether writes become durable, as far as the last one tells: the status and sentence with which
 * the backend failed a write or a commit (a full disk, say), until a commit stands again. */
MUST_USE enum status store_health(struct store *store, struct why *why);

/* For /metrics. */
struct store_stats {
    uint64_t commits;      /* each is one sync */
    uint64_t transactions; /* that became durable */
    uint64_t undone;
    uint64_t queued; /* now */
    uint64_t views;  /* open now */
    uint64_t file_bytes;
    uint64_t wal_bytes;
    uint64_t wal_held; /* times the WAL stayed above its bound because an old view was open */
};
void store_stats_get(struct store *store, struct store_stats *ret_stats);

#endif
