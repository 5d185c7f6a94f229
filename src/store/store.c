/* store.c: the door. Checks what callers ask, brings ranges into one form, and hands on to the
 * backend; writes go through writer.c.
 */
#include "store/store.h"

#include <stdatomic.h>

#include "base/limits.h"
#include "store/backend.h"
#include "store/changes_priv.h"
#include "store/writer_priv.h"

#include "base/banned.h"

struct store {
    struct store_db *db;
    struct writer *writer;
    atomic_size_t views;
};

/* ---- life ------------------------------------------------------------------------------------ */

enum status store_start(struct store_db *db, size_t group_max, struct store **ret_store,
                        struct why *why)
{
    struct store *store = mem_alloc(sizeof *store);
    enum status status =
        store == NULL ? why_no_memory(why) : writer_new(db, group_max, &store->writer, why);
    if (status != STATUS_OK) {
        mem_free(store);
        db->backend->close(db);
        return status;
    }
    store->db = db;
    *ret_store = store;
    return STATUS_OK;
}

enum status store_open(const struct store_options *options, struct store **ret_store,
                       struct why *why)
{
    struct store_db *db = NULL;
    if (str_absent(options->path)) {
        TRY(memory_open(&db, why));
    } else {
        TRY(sqlite_open(options, &db, why));
    }
    return store_start(db, options->group_max, ret_store, why);
}

void store_close(struct store *store)
{
    if (store != NULL) {
        writer_free(store->writer);
        store->db->backend->close(store->db);
        mem_free(store);
    }
}

/* ---- reading --------------------------------------------------------------------------------- */

enum status store_read_begin(struct store *store, struct store_tx **ret_tx, struct why *why)
{
    if (atomic_fetch_add(&store->views, 1) >= LIMIT_STORE_VIEWS) {
        atomic_fetch_sub(&store->views, 1);
        return why_set(why, STATUS_BUSY, "%d views of the store are open already; try again",
                       LIMIT_STORE_VIEWS);
    }
    struct store_tx *tx = NULL;
    uint64_t watched = writer_watched(store->writer); /* before the view */
    enum status status = store->db->backend->view_begin(store->db, &tx, why);
    if (status != STATUS_OK) {
        atomic_fetch_sub(&store->views, 1);
        return status;
    }
    tx->store = store;
    tx->watched = watched;
    tx->scans = NULL;
    tx->writes = false;
    *ret_tx = tx;
    return STATUS_OK;
}

void store_read_end(struct store_tx *tx)
{
    if (tx == NULL) {
        return;
    }
    struct store *store = tx->store;
    while (tx->scans != NULL) {
        store_scan_close(tx->scans);
    }
    tx->db->backend->view_end(tx);
    atomic_fetch_sub(&store->views, 1);
}

uint64_t store_watched(const struct store_tx *view)
{
    return view->watched;
}

enum status store_get(struct store_tx *tx, const struct table *table, void *row, struct arena *mem,
                      struct why *why)
{
    return store_get_columns(tx, table, row_all_columns(table), row, mem, why);
}

enum status store_get_columns(struct store_tx *tx, const struct table *table, uint64_t columns,
                              void *row, struct arena *mem, struct why *why)
{
    if (columns == 0 || (columns & ~row_all_columns(table)) != 0) {
        return why_set(why, STATUS_INTERNAL, "%s has no such columns", table->name);
    }
    TRY(row_check(table, row_key_columns(table), row, why));
    return tx->db->backend->get(tx, table, columns, row, mem, why);
}

static bool has_index(const struct table *table, const struct table_index *index)
{
    for (size_t i = 0; i < table->n_indexes; i++) {
        if (table->indexes[i] == index) {
            return true;
        }
    }
    return index == NULL;
}

/* Of `from` and `after` the one that lies farther on in the order is the bound. */
static void plan_bound(struct scan_plan *plan, const struct store_range *range)
{
    bool from = range->from != NULL && range->n_from > plan->n_prefix;
    bool after = range->after != NULL;
    if (from && after) {
        int compared =
            order_compare(plan->table, &plan->order, range->n_from, range->after, range->from);
        after = range->descending ? compared <= 0 : compared >= 0;
    }
    if (after) {
        plan->bound = range->after;
        plan->n_bound = plan->order.n;
        plan->strict = true;
    } else if (from) {
        plan->bound = range->from;
        plan->n_bound = range->n_from;
    }
}

static enum status plan_make(const struct table *table, const struct store_range *range,
                             struct scan_plan *ret_plan, struct why *why)
{
    const struct store_range everything = {0};
    range = range == NULL ? &everything : range;
    if (!has_index(table, range->index)) {
        return why_set(why, STATUS_INTERNAL, "%s has no index of that kind (%s)", table->name,
                       range->index->name);
    }
    struct scan_plan plan = {.table = table, .index = range->index};
    plan.order = order_of(table, range->index);
    if (range->n_prefix > plan.order.n || range->n_from > plan.order.n ||
        (range->n_prefix > 0 && range->prefix == NULL)) {
        return why_set(why, STATUS_INTERNAL, "an order of %s has %zu columns, not %zu and %zu",
                       table->name, plan.order.n, range->n_prefix, range->n_from);
    }
    plan.prefix = range->prefix;
    plan.n_prefix = range->n_prefix;
    plan.descending = range->descending;
    uint64_t all = row_all_columns(table);
    plan.columns = (range->columns & all) == 0 ? all : range->columns & all;
    plan.ahead = range->ahead;
    plan_bound(&plan, range);
    *ret_plan = plan;
    return STATUS_OK;
}

enum status store_scan_open(struct store_tx *tx, const struct table *table,
                            const struct store_range *range, struct store_scan **ret_scan,
                            struct why *why)
{
    struct scan_plan plan;
    TRY(plan_make(table, range, &plan, why));
    struct store_scan *scan = NULL;
    TRY(tx->db->backend->scan_open(tx, &plan, &scan, why));
    scan->tx = tx;
    scan->table = table;
    scan->next = tx->scans;
    tx->scans = scan;
    *ret_scan = scan;
    return STATUS_OK;
}

enum status store_scan_next(struct store_scan *scan, void *row, struct arena *mem, bool *ret_more,
                            struct why *why)
{
    return scan->tx->db->backend->scan_next(scan, row, mem, ret_more, why);
}

void store_scan_close(struct store_scan *scan)
{
    if (scan == NULL) {
        return;
    }
    struct store_scan **at = &scan->tx->scans;
    while (*at != scan) {
        at = &(*at)->next;
    }
    *at = scan->next;
    scan->tx->db->backend->scan_close(scan);
}

enum status store_count(struct store_tx *tx, const struct table *table,
                        const struct store_range *range, size_t max, size_t *ret_n, struct why *why)
{
    struct scan_plan plan;
    TRY(plan_make(table, range, &plan, why));
    return tx->db->backend->count(tx, &plan, max, ret_n, why);
}

/* ---- writing --------------------------------------------------------------------------------- */

static bool is_watched(const struct table *table)
{
#define IS_WATCHED(t) case TABLE_NUMBER_##t:
    switch (table->number) {
        WATCHED_TABLES(IS_WATCHED)
        return true;
    default:
        return false;
    }
#undef IS_WATCHED
}

/* A write that failed may have done half of its work; whatever the caller makes of the status, the
 * transaction must not become durable. EXISTS and NOT_FOUND have changed nothing. */
static enum status settle(struct store_tx *tx, enum status status, const struct why *why)
{
    if (status != STATUS_OK && status != STATUS_EXISTS && status != STATUS_NOT_FOUND &&
        tx->broken == STATUS_OK) {
        tx->broken = status;
        tx->why = *why;
    }
    return status;
}

static enum status may_write(struct store_tx *tx, const struct table *table, uint64_t columns,
                             const void *row, struct why *why)
{
    if (!tx->writes) {
        return why_set(why, STATUS_INTERNAL, "a read view does not write (%s)", table->name);
    }
    for (const struct store_scan *scan = tx->scans; scan != NULL; scan = scan->next) {
        if (scan->table == table) {
            return why_set(why, STATUS_INTERNAL, "%s is written while a scan of it is open",
                           table->name);
        }
    }
    return row_check(table, columns, row, why);
}

static enum status row_write(struct store_tx *tx, backend_row_write *write,
                             const struct table *table, uint64_t columns, const void *row,
                             struct why *why)
{
    struct why own;
    why = why == NULL ? &own : why;
    enum status status = may_write(tx, table, columns, row, why);
    if (status == STATUS_OK) {
        tx->bytes += table->row_size + row_blob_bytes(table, row);
        tx->touches |= is_watched(table);
        status = write(tx, table, row, why);
    }
    if (status == STATUS_OK) {
        changes_note(tx->changes, table, row);
    }
    return settle(tx, status, why);
}

enum status store_insert(struct store_tx *tx, const struct table *table, const void *row,
                         struct why *why)
{
    return row_write(tx, tx->db->backend->insert, table, row_all_columns(table), row, why);
}

enum status store_put(struct store_tx *tx, const struct table *table, const void *row,
                      struct why *why)
{
    return row_write(tx, tx->db->backend->put, table, row_all_columns(table), row, why);
}

enum status store_delete(struct store_tx *tx, const struct table *table, const void *row,
                         struct why *why)
{
    return row_write(tx, tx->db->backend->delete, table, row_key_columns(table), row, why);
}

enum status store_update(struct store_tx *tx, const struct table *table, uint64_t columns,
                         const void *row, struct why *why)
{
    struct why own;
    why = why == NULL ? &own : why;
    uint64_t free = row_all_columns(table) & ~row_key_columns(table);
    enum status status = STATUS_OK;
    if (columns == 0 || (columns & ~free) != 0) {
        status =
            why_set(why, STATUS_INTERNAL, "%s has no such columns beside its key", table->name);
    }
    status = status == STATUS_OK ? may_write(tx, table, columns, row, why) : status;
    if (status == STATUS_OK) {
        tx->bytes += table->row_size;
        tx->touches |= is_watched(table);
        status = tx->db->backend->update(tx, table, columns, row, why);
    }
    if (status == STATUS_OK) {
        changes_note(tx->changes, table, row);
    }
    return settle(tx, status, why);
}

bool store_is_awaited(const struct store_tx *tx)
{
    return tx->writes && atomic_load_explicit(tx->waiting, memory_order_relaxed) > 0;
}

enum status store_write(struct store *store, store_work *work, void *ctx, struct why *why)
{
    return writer_run(store->writer, work, ctx, why);
}

enum status store_submit(struct store *store, struct store_job *job, struct why *why)
{
    return writer_submit(store->writer, job, why);
}

enum status store_watch(struct store *store, const struct store_watch *watch, struct why *why)
{
    return writer_watch(store->writer, watch, why);
}

/* ---- care ------------------------------------------------------------------------------------ */

enum status store_check(struct store *store, struct why *why)
{
    return store->db->backend->check(store->db, why);
}

enum status store_health(struct store *store, struct why *why)
{
    return writer_health(store->writer, why);
}

void store_stats_get(struct store *store, struct store_stats *ret_stats)
{
    *ret_stats = (struct store_stats){0};
    writer_stats(store->writer, ret_stats);
    store->db->backend->stats(store->db, ret_stats);
    ret_stats->views = atomic_load(&store->views);
}
