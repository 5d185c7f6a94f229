/* memory.c: the backend that keeps everything in memory and forgets it at close.
 *
 * Each order of each table is a tree (tree_priv.h); a version is the roots of all of them, never
 * changed once others see it. A view keeps the version that is current when it begins; a write
 * transaction works on a version of its own, a mark keeps a third one, and commit makes the new one
 * current. So a view costs an addition, an undo is dropping roots, and nobody waits for anybody.
 */
#include <pthread.h>
#include <string.h>

#include "base/limits.h"
#include "store/backend.h"
#include "store/tree_priv.h"

#include "base/banned.h"

enum { N_ORDERS = N_TABLES + N_INDEXES };

struct version {
    atomic_size_t refs;
    struct tree_node *roots[N_ORDERS];
};

struct memory_db {
    struct store_db base;
    struct tree_pool pool;
    struct order orders[N_ORDERS];
    size_t first_order[N_TABLES]; /* the key's; those of the indexes follow */
    pthread_mutex_t lock;         /* of current */
    struct version *current;
};

struct memory_tx {
    struct store_tx base;
    struct version *version; /* seen; of a write transaction its own */
    struct version *marked;  /* NULL: no mark */
};

struct memory_scan {
    struct store_scan base;
    struct scan_plan plan; /* prefix and bound lie in the records */
    struct record *prefix;
    struct record *bound;
    struct record *last; /* the row given last */
    struct tree_node *root;
    struct tree_order order;
};

static struct memory_db *db_of(const struct store_tx *tx)
{
    return (struct memory_db *)tx->db;
}

/* ---- versions -------------------------------------------------------------------------------- */

static struct version *version_keep(struct version *version)
{
    atomic_fetch_add(&version->refs, 1);
    return version;
}

static void version_drop(struct memory_db *db, struct version *version)
{
    if (version == NULL || atomic_fetch_sub(&version->refs, 1) != 1) {
        return;
    }
    for (size_t i = 0; i < N_ORDERS; i++) {
        tree_drop(&db->pool, version->roots[i]);
    }
    mem_free(version);
}

/* A version of one's own with the same rows. NULL when out of memory. */
static struct version *version_fork(const struct version *version)
{
    struct version *fork = mem_alloc(sizeof *fork);
    if (fork == NULL) {
        return NULL;
    }
    atomic_init(&fork->refs, 1);
    for (size_t i = 0; i < N_ORDERS; i++) {
        fork->roots[i] = tree_keep(version->roots[i]);
    }
    return fork;
}

static struct version *current_keep(struct memory_db *db)
{
    pthread_mutex_lock(&db->lock);
    struct version *version = version_keep(db->current);
    pthread_mutex_unlock(&db->lock);
    return version;
}

/* ---- transactions ---------------------------------------------------------------------------- */

static enum status tx_new(struct memory_db *db, struct memory_tx **ret_tx, struct why *why)
{
    struct memory_tx *tx = mem_alloc(sizeof *tx);
    TRY_PTR(tx);
    tx->base.db = &db->base;
    *ret_tx = tx;
    return STATUS_OK;
}

static void tx_free(struct memory_tx *tx)
{
    struct memory_db *db = db_of(&tx->base);
    version_drop(db, tx->version);
    version_drop(db, tx->marked);
    mem_free(tx);
}

static enum status memory_view_begin(struct store_db *db, struct store_tx **ret_tx, struct why *why)
{
    struct memory_tx *tx = NULL;
    TRY(tx_new((struct memory_db *)db, &tx, why));
    tx->version = current_keep((struct memory_db *)db);
    *ret_tx = &tx->base;
    return STATUS_OK;
}

static void memory_tx_end(struct store_tx *tx)
{
    tx_free((struct memory_tx *)tx);
}

/* Only the writer changes current, so it may look at it without the lock. */
static enum status memory_write_begin(struct store_db *db, struct store_tx **ret_tx,
                                      struct why *why)
{
    struct memory_tx *tx = NULL;
    TRY(tx_new((struct memory_db *)db, &tx, why));
    tx->version = version_fork(((struct memory_db *)db)->current);
    if (tx->version == NULL) {
        tx_free(tx);
        return why_no_memory(why);
    }
    *ret_tx = &tx->base;
    return STATUS_OK;
}

static enum status memory_commit(struct store_tx *base, struct why *why)
{
    (void)why;
    struct memory_tx *tx = (struct memory_tx *)base;
    struct memory_db *db = db_of(base);
    pthread_mutex_lock(&db->lock);
    struct version *old = db->current;
    db->current = tx->version;
    pthread_mutex_unlock(&db->lock);
    tx->version = old;
    tx_free(tx);
    return STATUS_OK;
}

static enum status memory_mark(struct store_tx *base, struct why *why)
{
    struct memory_tx *tx = (struct memory_tx *)base;
    tx->marked = version_fork(tx->version);
    TRY_PTR(tx->marked);
    return STATUS_OK;
}

static enum status memory_undo(struct store_tx *base, struct why *why)
{
    (void)why;
    struct memory_tx *tx = (struct memory_tx *)base;
    version_drop(db_of(base), tx->version);
    tx->version = tx->marked;
    tx->marked = NULL;
    return STATUS_OK;
}

static enum status memory_release(struct store_tx *base, struct why *why)
{
    (void)why;
    struct memory_tx *tx = (struct memory_tx *)base;
    version_drop(db_of(base), tx->marked);
    tx->marked = NULL;
    return STATUS_OK;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static struct tree_order order_at(struct memory_db *db, const struct table *table, size_t number)
{
    return (struct tree_order){&db->pool, table, &db->orders[number]};
}

/* The number of the order; index NULL: the key's. */
static size_t order_number(const struct memory_db *db, const struct table *table,
                           const struct table_index *index)
{
    size_t number = db->first_order[table->number];
    for (size_t i = 0; index != NULL && i < table->n_indexes; i++) {
        if (table->indexes[i] == index) {
            return number + 1 + i;
        }
    }
    return number;
}

static struct record *find(struct store_tx *tx, const struct table *table, const void *row)
{
    struct memory_db *db = db_of(tx);
    size_t number = db->first_order[table->number];
    struct tree_order order = order_at(db, table, number);
    struct tree_node *root = ((struct memory_tx *)tx)->version->roots[number];
    return tree_find(&order, root, row);
}

static enum status memory_get(struct store_tx *tx, const struct table *table, uint64_t columns,
                              void *row, struct arena *mem, struct why *why)
{
    const struct record *record = find(tx, table, row);
    if (record == NULL) {
        return why_set(why, STATUS_NOT_FOUND, "no such %s", table->name);
    }
    return row_copy(table, columns, record->row, row, mem, why);
}

static enum status add_to_orders(struct store_tx *tx, const struct table *table,
                                 struct record *record, struct why *why)
{
    struct memory_db *db = db_of(tx);
    struct tree_node **roots = ((struct memory_tx *)tx)->version->roots;
    size_t first = db->first_order[table->number];
    for (size_t i = first; i <= first + table->n_indexes; i++) {
        struct tree_order order = order_at(db, table, i);
        TRY(tree_insert(&order, &roots[i], record, why));
    }
    return STATUS_OK;
}

static enum status take_from_orders(struct store_tx *tx, const struct table *table,
                                    const struct record *record, struct why *why)
{
    struct memory_db *db = db_of(tx);
    struct tree_node **roots = ((struct memory_tx *)tx)->version->roots;
    size_t first = db->first_order[table->number];
    for (size_t i = first; i <= first + table->n_indexes; i++) {
        struct tree_order order = order_at(db, table, i);
        TRY(tree_delete(&order, &roots[i], record->row, why));
    }
    return STATUS_OK;
}

/* Adds the row; in the place of old when that is not NULL. */
static enum status replace(struct store_tx *tx, const struct table *table, struct record *old,
                           const void *row, struct why *why)
{
    struct tree_pool *pool = &db_of(tx)->pool;
    struct record *record = NULL;
    TRY(record_new(pool, table, row, &record, why));
    enum status status = STATUS_OK;
    if (old != NULL) {
        atomic_fetch_add(&old->refs, 1); /* the trees let go of it one by one */
        status = take_from_orders(tx, table, old, why);
        record_drop(pool, old);
    }
    if (status == STATUS_OK) {
        status = add_to_orders(tx, table, record, why);
    }
    record_drop(pool, record);
    return status;
}

static enum status memory_insert(struct store_tx *tx, const struct table *table, const void *row,
                                 struct why *why)
{
    if (find(tx, table, row) != NULL) {
        return why_set(why, STATUS_EXISTS, "such a %s exists", table->name);
    }
    return replace(tx, table, NULL, row, why);
}

static enum status memory_put(struct store_tx *tx, const struct table *table, const void *row,
                              struct why *why)
{
    return replace(tx, table, find(tx, table, row), row, why);
}

static enum status memory_delete(struct store_tx *tx, const struct table *table, const void *row,
                                 struct why *why)
{
    struct record *record = find(tx, table, row);
    if (record == NULL) {
        return why_set(why, STATUS_NOT_FOUND, "no such %s", table->name);
    }
    atomic_fetch_add(&record->refs, 1);
    enum status status = take_from_orders(tx, table, record, why);
    record_drop(&db_of(tx)->pool, record);
    return status;
}

static enum status memory_update(struct store_tx *tx, const struct table *table, uint64_t columns,
                                 const void *row, struct why *why)
{
    struct record *old = find(tx, table, row);
    if (old == NULL) {
        return why_set(why, STATUS_NOT_FOUND, "no such %s", table->name);
    }
    void *whole = mem_alloc(table->row_size);
    TRY_PTR(whole);
    memcpy(whole, old->row, table->row_size);
    row_take(table, columns, row, whole);
    enum status status = replace(tx, table, old, whole, why);
    mem_free(whole);
    return status;
}

/* ---- scans ----------------------------------------------------------------------------------- */

static void memory_scan_close(struct store_scan *base)
{
    struct memory_scan *scan = (struct memory_scan *)base;
    struct tree_pool *pool = scan->order.pool;
    tree_drop(pool, scan->root);
    record_drop(pool, scan->prefix);
    record_drop(pool, scan->bound);
    record_drop(pool, scan->last);
    mem_free(scan);
}

/* The bound's columns that belong to the prefix are the prefix's. */
static enum status scan_keep_rows(struct memory_scan *scan, const struct scan_plan *plan,
                                  struct why *why)
{
    struct tree_pool *pool = scan->order.pool;
    if (plan->n_prefix > 0) {
        TRY(record_new(pool, plan->table, plan->prefix, &scan->prefix, why));
        scan->plan.prefix = scan->prefix->row;
    }
    if (plan->n_bound > 0) {
        TRY(record_new(pool, plan->table, plan->bound, &scan->bound, why));
        scan->plan.bound = scan->bound->row;
    }
    for (size_t i = 0; plan->n_bound > 0 && i < plan->n_prefix; i++) {
        const struct column *column = &plan->table->columns[plan->order.columns[i]];
        size_t size = column->type == COLUMN_INT ? sizeof(int64_t) : sizeof(struct str);
        memcpy(row_cell(scan->bound->row, column), (const char *)scan->prefix->row + column->offset,
               size);
    }
    return STATUS_OK;
}

static enum status memory_scan_open(struct store_tx *tx, const struct scan_plan *plan,
                                    struct store_scan **ret_scan, struct why *why)
{
    struct memory_db *db = db_of(tx);
    size_t number = order_number(db, plan->table, plan->index);
    struct memory_scan *scan = mem_alloc(sizeof *scan);
    TRY_PTR(scan);
    scan->plan = *plan;
    scan->order = order_at(db, plan->table, number);
    scan->root = tree_keep(((struct memory_tx *)tx)->version->roots[number]);
    enum status status = scan_keep_rows(scan, plan, why);
    if (status != STATUS_OK) {
        memory_scan_close(&scan->base);
        return status;
    }
    *ret_scan = &scan->base;
    return STATUS_OK;
}

/* The next record, lent by the root that the scan keeps; NULL at the end. */
static struct record *scan_step(struct memory_scan *scan)
{
    const struct scan_plan *plan = &scan->plan;
    struct record *record = NULL;
    if (scan->last != NULL) {
        record = tree_seek(&scan->order, scan->root, scan->last->row, plan->order.n, true,
                           plan->descending);
    } else if (plan->n_bound > 0) {
        record = tree_seek(&scan->order, scan->root, plan->bound, plan->n_bound, plan->strict,
                           plan->descending);
    } else {
        record = tree_seek(&scan->order, scan->root, plan->prefix, plan->n_prefix, false,
                           plan->descending);
    }
    if (record == NULL ||
        order_compare(plan->table, &plan->order, plan->n_prefix, record->row, plan->prefix) != 0) {
        return NULL;
    }
    record_drop(scan->order.pool, scan->last);
    scan->last = record;
    atomic_fetch_add(&scan->last->refs, 1);
    return record;
}

static enum status memory_scan_next(struct store_scan *base, void *row, struct arena *mem,
                                    bool *ret_more, struct why *why)
{
    struct memory_scan *scan = (struct memory_scan *)base;
    const struct record *record = scan_step(scan);
    if (record != NULL) {
        TRY(row_copy(scan->plan.table, scan->plan.columns, record->row, row, mem, why));
    }
    *ret_more = record != NULL;
    return STATUS_OK;
}

static enum status memory_count(struct store_tx *tx, const struct scan_plan *plan, size_t max,
                                size_t *ret_n, struct why *why)
{
    struct store_scan *scan = NULL;
    TRY(memory_scan_open(tx, plan, &scan, why));
    size_t n = 0;
    while ((max == 0 || n < max) && scan_step((struct memory_scan *)scan) != NULL) {
        n++;
    }
    memory_scan_close(scan);
    *ret_n = n;
    return STATUS_OK;
}

/* ---- care ------------------------------------------------------------------------------------ */

static enum status memory_check(struct store_db *base, struct why *why)
{
    struct memory_db *db = (struct memory_db *)base;
    struct version *version = current_keep(db);
    enum status status = STATUS_OK;
    for (size_t t = 0; t < N_TABLES; t++) {
        for (size_t i = 0; i <= tables[t]->n_indexes; i++) {
            size_t number = db->first_order[t] + i;
            struct tree_order order = order_at(db, tables[t], number);
            if (!tree_is_sound(&order, version->roots[number])) {
                status =
                    why_set(why, STATUS_CORRUPT, "an order of %s is not in order", tables[t]->name);
            }
        }
    }
    version_drop(db, version);
    return status;
}

static void memory_tidy(struct store_db *db)
{
    (void)db;
}

static void memory_stats(struct store_db *db, struct store_stats *ret_stats)
{
    ret_stats->file_bytes = atomic_load(&((struct memory_db *)db)->pool.bytes);
}

static void memory_close(struct store_db *base)
{
    struct memory_db *db = (struct memory_db *)base;
    version_drop(db, db->current);
    pthread_mutex_destroy(&db->lock);
    mem_free(db);
}

static const struct store_backend memory_backend = {
    .name = "memory",
    .view_begin = memory_view_begin,
    .view_end = memory_tx_end,
    .write_begin = memory_write_begin,
    .commit = memory_commit,
    .rollback = memory_tx_end,
    .mark = memory_mark,
    .undo = memory_undo,
    .release = memory_release,
    .get = memory_get,
    .insert = memory_insert,
    .put = memory_put,
    .delete = memory_delete,
    .update = memory_update,
    .scan_open = memory_scan_open,
    .scan_next = memory_scan_next,
    .scan_close = memory_scan_close,
    .count = memory_count,
    .check = memory_check,
    .tidy = memory_tidy,
    .stats = memory_stats,
    .close = memory_close,
};

enum status memory_open(struct store_db **ret_db, struct why *why)
{
    struct memory_db *db = mem_alloc(sizeof *db);
    TRY_PTR(db);
    db->current = mem_alloc(sizeof *db->current);
    if (db->current == NULL) {
        mem_free(db);
        return why_no_memory(why);
    }
    atomic_init(&db->current->refs, 1);
    db->base.backend = &memory_backend;
    db->pool.max = LIMIT_STORE_MEMORY;
    pthread_mutex_init(&db->lock, NULL);
    size_t number = 0;
    for (size_t t = 0; t < N_TABLES; t++) {
        db->first_order[t] = number;
        db->orders[number++] = order_of(tables[t], NULL);
        for (size_t i = 0; i < tables[t]->n_indexes; i++) {
            db->orders[number++] = order_of(tables[t], tables[t]->indexes[i]);
        }
    }
    *ret_db = &db->base;
    return STATUS_OK;
}
