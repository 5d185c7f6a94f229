/* sqlite_scan.c: ranges. A scan is a prepared statement that stands on a row of an index. */
#include "store/sqlite_ahead.h"
#include "store/sqlite_pack.h"

#include "base/banned.h"

struct sqlite_scan {
    struct store_scan base;
    struct sqlite_conn *conn;
    sqlite3_stmt *stmt;
    uint64_t columns;
    const struct table *table;
    bool ended;
    struct ahead *ahead; /* NULL: nothing is read ahead */
    uint64_t rows;       /* so far */
    uint64_t before;     /* pages that the connection had read before */
};

enum { FOLLOW_ROWS = 32 }; /* so often is looked how far the scan has come */

static int bind_order(sqlite3_stmt *stmt, int at, const struct scan_plan *plan, size_t column,
                      const void *row)
{
    return bind_cell(stmt, at, &plan->table->columns[plan->order.columns[column]], row, true);
}

/* A statement for the plan with everything bound; the next free parameter is *ret_next. */
static enum status take_bound(struct sqlite_conn *conn, const struct scan_plan *plan, bool counting,
                              sqlite3_stmt **ret_stmt, int *ret_next, struct why *why)
{
    sqlite3_stmt *stmt = NULL;
    TRY(conn_scan_take(conn, plan, counting, &stmt, why));
    int rc = SQLITE_OK;
    int at = 1;
    for (size_t i = 0; i < plan->n_prefix && rc == SQLITE_OK; i++) {
        rc = bind_order(stmt, at++, plan, i, plan->prefix);
    }
    for (size_t i = plan->n_prefix; i < plan->n_bound && rc == SQLITE_OK; i++) {
        rc = bind_order(stmt, at++, plan, i, plan->bound);
    }
    if (rc != SQLITE_OK) {
        enum status status = conn_fail(conn, rc, "binding a range of", plan->table->name, why);
        conn_scan_give(conn, stmt);
        return status;
    }
    *ret_stmt = stmt;
    *ret_next = at;
    return STATUS_OK;
}

/* The plan for the table as SQLite keeps it. Its rows are looked at where the key is: a packed
 * table has no other order. */
static struct scan_plan plan_stored(const struct scan_plan *plan)
{
    struct scan_plan kept = *plan;
    kept.table = table_stored(plan->table);
    kept.columns = pack_columns(plan->table, plan->columns);
    return kept;
}

/* Pages that the connection has read from the file. */
static uint64_t pages_read(struct sqlite_conn *conn)
{
    int now = 0;
    int most = 0;
    sqlite3_db_status(conn->handle, SQLITE_DBSTATUS_CACHE_MISS, &now, &most, 0);
    return (uint64_t)(unsigned)now;
}

/* Without it a scan is slower and says the same, so that nothing which fails here is told. */
static void read_ahead(struct sqlite_scan *scan, const struct scan_plan *plan)
{
    char sql[256];
    int64_t root = 0;
    if (scan->conn->ahead < 0 || plan->n_prefix > 0 || plan->n_bound > 0 || plan->descending) {
        return;
    }
    sqlite3_snprintf(sizeof sql, sql, "SELECT rootpage FROM sqlite_schema WHERE name='%q%s%q'",
                     plan->table->name, plan->index == NULL ? "" : "_",
                     plan->index == NULL ? "" : plan->index->name);
    if (conn_number(scan->conn, sql, &root, NULL) == STATUS_OK && root > 0 && root <= UINT32_MAX) {
        scan->ahead = ahead_start(scan->conn->ahead, (uint32_t)root);
        scan->before = pages_read(scan->conn);
    }
}

static void follow(struct sqlite_scan *scan)
{
    if (scan->ahead != NULL && scan->rows++ % FOLLOW_ROWS == 0) {
        ahead_follow(scan->ahead, pages_read(scan->conn) - scan->before);
    }
}

enum status sqlite_scan_open(struct store_tx *tx, const struct scan_plan *plan,
                             struct store_scan **ret_scan, struct why *why)
{
    struct sqlite_scan *scan = mem_alloc(sizeof *scan);
    TRY_PTR(scan);
    scan->conn = ((struct sqlite_tx *)tx)->conn;
    scan->columns = plan->columns;
    scan->table = plan->table;
    int next = 0;
    const struct scan_plan kept = plan_stored(plan);
    enum status status = take_bound(scan->conn, &kept, false, &scan->stmt, &next, why);
    if (status != STATUS_OK) {
        mem_free(scan);
        return status;
    }
    if (plan->ahead) {
        read_ahead(scan, plan);
    }
    *ret_scan = &scan->base;
    return STATUS_OK;
}

enum status sqlite_scan_next(struct store_scan *base, void *row, struct arena *mem, bool *ret_more,
                             struct why *why)
{
    struct sqlite_scan *scan = (struct sqlite_scan *)base;
    follow(scan);
    int rc = scan->ended ? SQLITE_DONE : sqlite3_step(scan->stmt);
    if (rc == SQLITE_ROW) {
        TRY(read_columns(scan->stmt, scan->table, scan->columns, row, mem, why));
    } else {
        scan->ended = true; /* a further step would begin again */
        if (rc != SQLITE_DONE) {
            return conn_fail(scan->conn, rc, "reading", scan->table->name, why);
        }
    }
    *ret_more = rc == SQLITE_ROW;
    return STATUS_OK;
}

void sqlite_scan_close(struct store_scan *base)
{
    struct sqlite_scan *scan = (struct sqlite_scan *)base;
    conn_scan_give(scan->conn, scan->stmt);
    ahead_stop(scan->ahead);
    mem_free(scan);
}

enum status sqlite_count(struct store_tx *tx, const struct scan_plan *plan, size_t max,
                         size_t *ret_n, struct why *why)
{
    struct sqlite_conn *conn = ((struct sqlite_tx *)tx)->conn;
    sqlite3_stmt *stmt = NULL;
    int next = 0;
    const struct scan_plan kept = plan_stored(plan);
    TRY(take_bound(conn, &kept, true, &stmt, &next, why));
    int rc = sqlite3_bind_int64(stmt, next, max == 0 ? -1 : (sqlite3_int64)max);
    rc = rc == SQLITE_OK ? sqlite3_step(stmt) : rc;
    enum status status = STATUS_OK;
    if (rc == SQLITE_ROW) {
        *ret_n = (size_t)sqlite3_column_int64(stmt, 0);
    } else {
        status = conn_fail(conn, rc, "counting", plan->table->name, why);
    }
    conn_scan_give(conn, stmt);
    return status;
}
