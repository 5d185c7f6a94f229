#include "store/faulty.h"

#include "base/banned.h"

struct faulty_db {
    struct store_db base;
    struct store_db *inner;
    struct faulty_plan *plan;
};

struct faulty_tx {
    struct store_tx base;
    struct store_tx *inner;
};

struct faulty_scan {
    struct store_scan base;
    struct store_scan *inner;
    struct faulty_db *db;
};

void faulty_plan_set(struct faulty_plan *plan, size_t fail_at, enum status status)
{
    atomic_store(&plan->calls, 0);
    atomic_store(&plan->struck, false);
    plan->status = status;
    atomic_store(&plan->fail_at, fail_at);
}

static struct faulty_db *db_of(struct store_db *db)
{
    return (struct faulty_db *)db;
}

static struct store_tx *inner_of(struct store_tx *tx)
{
    return ((struct faulty_tx *)tx)->inner;
}

/* Every call passes here first. */
static enum status pass(struct faulty_db *db, const char *verb, struct why *why)
{
    struct faulty_plan *plan = db->plan;
    size_t call = atomic_fetch_add(&plan->calls, 1);
    size_t fail_at = atomic_load(&plan->fail_at);
    if (call == fail_at || (call > fail_at && atomic_load(&plan->keep_failing))) {
        atomic_store(&plan->struck, true);
        return why_set(why, plan->status, "%s fails on command", verb);
    }
    return STATUS_OK;
}

static enum status tx_begin(struct faulty_db *db, backend_tx_begin *begin, struct store_tx **ret_tx,
                            struct why *why)
{
    struct faulty_tx *tx = mem_alloc(sizeof *tx);
    TRY_PTR(tx);
    tx->base.db = &db->base;
    enum status status = begin(db->inner, &tx->inner, why);
    if (status != STATUS_OK) {
        mem_free(tx);
        return status;
    }
    *ret_tx = &tx->base;
    return STATUS_OK;
}

static enum status faulty_view_begin(struct store_db *db, struct store_tx **ret_tx, struct why *why)
{
    TRY(pass(db_of(db), "view_begin", why));
    return tx_begin(db_of(db), db_of(db)->inner->backend->view_begin, ret_tx, why);
}

static void faulty_view_end(struct store_tx *tx)
{
    db_of(tx->db)->inner->backend->view_end(inner_of(tx));
    mem_free(tx);
}

static enum status faulty_write_begin(struct store_db *db, struct store_tx **ret_tx,
                                      struct why *why)
{
    TRY(pass(db_of(db), "write_begin", why));
    return tx_begin(db_of(db), db_of(db)->inner->backend->write_begin, ret_tx, why);
}

static void faulty_rollback(struct store_tx *tx)
{
    db_of(tx->db)->inner->backend->rollback(inner_of(tx));
    mem_free(tx);
}

static enum status faulty_commit(struct store_tx *tx, struct why *why)
{
    struct faulty_db *db = db_of(tx->db);
    enum status status = pass(db, "commit", why);
    if (status == STATUS_OK) {
        status = db->inner->backend->commit(inner_of(tx), why);
        mem_free(tx);
    } else {
        faulty_rollback(tx);
    }
    return status;
}

static enum status faulty_mark(struct store_tx *tx, struct why *why)
{
    TRY(pass(db_of(tx->db), "mark", why));
    return db_of(tx->db)->inner->backend->mark(inner_of(tx), why);
}

static enum status faulty_undo(struct store_tx *tx, struct why *why)
{
    TRY(pass(db_of(tx->db), "undo", why));
    return db_of(tx->db)->inner->backend->undo(inner_of(tx), why);
}

static enum status faulty_release(struct store_tx *tx, struct why *why)
{
    TRY(pass(db_of(tx->db), "release", why));
    return db_of(tx->db)->inner->backend->release(inner_of(tx), why);
}

static enum status faulty_get(struct store_tx *tx, const struct table *table, uint64_t columns,
                              void *row, struct arena *mem, struct why *why)
{
    TRY(pass(db_of(tx->db), "get", why));
    return db_of(tx->db)->inner->backend->get(inner_of(tx), table, columns, row, mem, why);
}

static enum status faulty_insert(struct store_tx *tx, const struct table *table, const void *row,
                                 struct why *why)
{
    TRY(pass(db_of(tx->db), "insert", why));
    return db_of(tx->db)->inner->backend->insert(inner_of(tx), table, row, why);
}

static enum status faulty_put(struct store_tx *tx, const struct table *table, const void *row,
                              struct why *why)
{
    TRY(pass(db_of(tx->db), "put", why));
    return db_of(tx->db)->inner->backend->put(inner_of(tx), table, row, why);
}

static enum status faulty_delete(struct store_tx *tx, const struct table *table, const void *row,
                                 struct why *why)
{
    TRY(pass(db_of(tx->db), "delete", why));
    return db_of(tx->db)->inner->backend->delete (inner_of(tx), table, row, why);
}

static enum status faulty_update(struct store_tx *tx, const struct table *table, uint64_t columns,
                                 const void *row, struct why *why)
{
    TRY(pass(db_of(tx->db), "update", why));
    return db_of(tx->db)->inner->backend->update(inner_of(tx), table, columns, row, why);
}

static enum status faulty_scan_open(struct store_tx *tx, const struct scan_plan *plan,
                                    struct store_scan **ret_scan, struct why *why)
{
    struct faulty_db *db = db_of(tx->db);
    TRY(pass(db, "scan_open", why));
    struct faulty_scan *scan = mem_alloc(sizeof *scan);
    TRY_PTR(scan);
    scan->db = db;
    enum status status = db->inner->backend->scan_open(inner_of(tx), plan, &scan->inner, why);
    if (status != STATUS_OK) {
        mem_free(scan);
        return status;
    }
    *ret_scan = &scan->base;
    return STATUS_OK;
}

static enum status faulty_scan_next(struct store_scan *base, void *row, struct arena *mem,
                                    bool *ret_more, struct why *why)
{
    struct faulty_scan *scan = (struct faulty_scan *)base;
    TRY(pass(scan->db, "scan_next", why));
    return scan->db->inner->backend->scan_next(scan->inner, row, mem, ret_more, why);
}

static void faulty_scan_close(struct store_scan *base)
{
    struct faulty_scan *scan = (struct faulty_scan *)base;
    scan->db->inner->backend->scan_close(scan->inner);
    mem_free(scan);
}

static enum status faulty_count(struct store_tx *tx, const struct scan_plan *plan, size_t max,
                                size_t *ret_n, struct why *why)
{
    TRY(pass(db_of(tx->db), "count", why));
    return db_of(tx->db)->inner->backend->count(inner_of(tx), plan, max, ret_n, why);
}

static enum status faulty_check(struct store_db *db, struct why *why)
{
    TRY(pass(db_of(db), "check", why));
    return db_of(db)->inner->backend->check(db_of(db)->inner, why);
}

static void faulty_tidy(struct store_db *db)
{
    db_of(db)->inner->backend->tidy(db_of(db)->inner);
}

static void faulty_stats(struct store_db *db, struct store_stats *ret_stats)
{
    db_of(db)->inner->backend->stats(db_of(db)->inner, ret_stats);
}

static void faulty_close(struct store_db *db)
{
    db_of(db)->inner->backend->close(db_of(db)->inner);
    mem_free(db);
}

static const struct store_backend faulty_backend = {
    .name = "faulty",
    .view_begin = faulty_view_begin,
    .view_end = faulty_view_end,
    .write_begin = faulty_write_begin,
    .commit = faulty_commit,
    .rollback = faulty_rollback,
    .mark = faulty_mark,
    .undo = faulty_undo,
    .release = faulty_release,
    .get = faulty_get,
    .insert = faulty_insert,
    .put = faulty_put,
    .delete = faulty_delete,
    .update = faulty_update,
    .scan_open = faulty_scan_open,
    .scan_next = faulty_scan_next,
    .scan_close = faulty_scan_close,
    .count = faulty_count,
    .check = faulty_check,
    .tidy = faulty_tidy,
    .stats = faulty_stats,
    .close = faulty_close,
};

enum status faulty_open(struct store_db *inner, struct faulty_plan *plan, struct store_db **ret_db,
                        struct why *why)
{
    struct faulty_db *db = mem_alloc(sizeof *db);
    if (db == NULL) {
        inner->backend->close(inner);
        return why_no_memory(why);
    }
    db->base.backend = &faulty_backend;
    db->inner = inner;
    db->plan = plan;
    *ret_db = &db->base;
    return STATUS_OK;
}
