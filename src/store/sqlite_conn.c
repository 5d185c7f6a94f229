/* sqlite_conn.c: connections and their statements. */
#include <string.h>

#include "store/sqlite_priv.h"

#include "base/banned.h"

enum {
    BUSY_MS = 5000,       /* another program looks into the file */
    SQL_MEMORY = 1 << 16, /* one statement's text, made in an arena */
    SQL_TEXT_MAX = 1 << 14,
    SCAN_COUNTS = 1,
    SCAN_STRICT = 2,
    SCAN_DESCENDS = 4,
};

static const char *const fixed_sql[N_FIXED_STATEMENTS] = {
    [SQL_VIEW_BEGIN] = "BEGIN DEFERRED",
    [SQL_SNAPSHOT] = "SELECT 1 FROM sqlite_schema LIMIT 1",
    [SQL_VIEW_END] = "COMMIT",
    [SQL_WRITE_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_MARK] = "SAVEPOINT job",
    [SQL_UNDO] = "ROLLBACK TO job",
    [SQL_RELEASE] = "RELEASE job",
};

static enum status status_of(int rc)
{
    switch (rc & 0xff) {
    case SQLITE_NOMEM:
        return STATUS_NO_MEMORY;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return STATUS_BUSY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
        return STATUS_CORRUPT;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return STATUS_IO;
    case SQLITE_TOOBIG:
        return STATUS_TOO_LARGE;
    default:
        return STATUS_INTERNAL;
    }
}

enum status conn_fail(const struct sqlite_conn *conn, int rc, const char *doing, const char *what,
                      struct why *why)
{
    char reason[128] = "";
    int number = (rc & 0xff) == SQLITE_IOERR && conn->handle != NULL
                     ? sqlite3_system_errno(conn->handle)
                     : 0;
    return why_set(why, status_of(rc), "%s %s: %s%s%s", doing, what,
                   conn->handle == NULL ? sqlite3_errstr(rc) : sqlite3_errmsg(conn->handle),
                   number == 0 ? "" : ", ",
                   number == 0 ? "" : strerror_r(number, reason, sizeof reason));
}

/* ---- life ------------------------------------------------------------------------------------ */

/* FULL: a commit is on the disk before it is said. Foreign keys are off: which rows may point to
 * which is a rule of the account, and none is declared. The file may hold anything when somebody
 * else wrote it, hence the distrust. */
static const char settings[] = "PRAGMA synchronous=FULL;"
                               "PRAGMA foreign_keys=OFF;"
                               "PRAGMA trusted_schema=OFF;"
                               "PRAGMA cell_size_check=ON;"
                               "PRAGMA temp_store=MEMORY;"
                               "PRAGMA wal_autocheckpoint=0;"; /* sqlite.c decides when */

enum status conn_open(struct sqlite_conn *conn, const char *path, size_t cache_bytes,
                      struct why *why)
{
    memset(conn, 0, sizeof *conn);
    conn->ahead = -1;
    int rc =
        sqlite3_open_v2(path, &conn->handle,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (rc != SQLITE_OK) {
        enum status status = conn_fail(conn, rc, "opening", path, why);
        conn_close(conn);
        return status;
    }
    sqlite3_busy_timeout(conn->handle, BUSY_MS);
    sqlite3_db_config(conn->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    char cache[64];
    sqlite3_snprintf(sizeof cache, cache, "PRAGMA cache_size=-%lld",
                     (long long)(cache_bytes / 1024));
    enum status status = conn_exec(conn, settings, "its settings", why);
    status = status == STATUS_OK ? conn_exec(conn, cache, "its settings", why) : status;
    if (status != STATUS_OK) {
        conn_close(conn);
    }
    return status;
}

void conn_close(struct sqlite_conn *conn)
{
    for (size_t i = 0; i < N_FIXED_STATEMENTS; i++) {
        sqlite3_finalize(conn->fixed[i]);
    }
    for (size_t verb = 0; verb < N_ROW_VERBS; verb++) {
        for (size_t t = 0; t < N_TABLES; t++) {
            sqlite3_finalize(conn->rows[verb][t]);
        }
    }
    for (size_t i = 0; i < PART_STATEMENTS; i++) {
        sqlite3_finalize(conn->parts[i].stmt);
    }
    for (size_t i = 0; i < SCAN_STATEMENTS; i++) {
        sqlite3_finalize(conn->scans[i].stmt);
    }
    sqlite3_close_v2(conn->handle);
    arena_free(conn->scratch);
    memset(conn, 0, sizeof *conn);
}

/* ---- plain text ------------------------------------------------------------------------------ */

enum status conn_exec(struct sqlite_conn *conn, const char *sql, const char *what, struct why *why)
{
    int rc = sqlite3_exec(conn->handle, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? STATUS_OK : conn_fail(conn, rc, "running", what, why);
}

enum status conn_number(struct sqlite_conn *conn, const char *sql, int64_t *ret, struct why *why)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(conn->handle, sql, -1, &stmt, NULL);
    rc = rc == SQLITE_OK ? sqlite3_step(stmt) : rc;
    enum status status = STATUS_OK;
    if (rc == SQLITE_ROW) {
        *ret = sqlite3_column_int64(stmt, 0);
    } else {
        status = conn_fail(conn, rc, "running", sql, why);
    }
    sqlite3_finalize(stmt);
    return status;
}

/* ---- statements ------------------------------------------------------------------------------ */

static enum status prepare(struct sqlite_conn *conn, struct str sql, sqlite3_stmt **ret_stmt,
                           struct why *why)
{
    int rc = sqlite3_prepare_v3(conn->handle, sql.ptr, (int)sql.len, SQLITE_PREPARE_PERSISTENT,
                                ret_stmt, NULL);
    if (rc == SQLITE_OK) {
        return STATUS_OK;
    }
    /* A column or an index that the descriptors have and the file has not. */
    if ((rc & 0xff) == SQLITE_ERROR) {
        return why_set(why, STATUS_CORRUPT, "the store's schema: %s", sqlite3_errmsg(conn->handle));
    }
    return conn_fail(conn, rc, "preparing", "a statement", why);
}

enum status conn_run(struct sqlite_conn *conn, enum fixed_statement which, struct why *why)
{
    if (conn->fixed[which] == NULL) {
        TRY(prepare(conn, str_from(fixed_sql[which]), &conn->fixed[which], why));
    }
    int rc = sqlite3_step(conn->fixed[which]);
    enum status status = STATUS_OK;
    if (rc != SQLITE_DONE && rc != SQLITE_ROW) {
        status = conn_fail(conn, rc, "running", fixed_sql[which], why);
    }
    sqlite3_reset(conn->fixed[which]);
    return status;
}

enum status conn_row_statement(struct sqlite_conn *conn, const struct table *table,
                               enum row_verb verb, sqlite3_stmt **ret_stmt, struct why *why)
{
    sqlite3_stmt **place = &conn->rows[verb][table->number];
    if (*place == NULL) {
        AUTO_ARENA *mem = arena_new(SQL_MEMORY);
        TRY_PTR(mem);
        struct buf sql;
        struct str text;
        buf_init(&sql, mem, SQL_TEXT_MAX);
        sql_row(&sql, table, verb);
        TRY(buf_finish(&sql, &text, why));
        TRY(prepare(conn, text, place, why));
    }
    *ret_stmt = *place;
    return STATUS_OK;
}

static enum status prepare_part(struct sqlite_conn *conn, const struct part_statement *part,
                                sqlite3_stmt **ret_stmt, struct why *why)
{
    AUTO_ARENA *mem = arena_new(SQL_MEMORY);
    TRY_PTR(mem);
    struct buf sql;
    struct str text;
    buf_init(&sql, mem, SQL_TEXT_MAX);
    sql_part(&sql, part->table, part->columns, part->get);
    TRY(buf_finish(&sql, &text, why));
    return prepare(conn, text, ret_stmt, why);
}

/* The place of that statement, or the last one, which then is free. */
static size_t part_place(struct sqlite_conn *conn, const struct part_statement *part)
{
    size_t at = 0;
    for (; at < PART_STATEMENTS && conn->parts[at].stmt != NULL; at++) {
        const struct part_statement *place = &conn->parts[at];
        if (place->table == part->table && place->columns == part->columns &&
            place->get == part->get) {
            return at;
        }
    }
    if (at == PART_STATEMENTS) {
        at--;
        sqlite3_finalize(conn->parts[at].stmt);
        conn->parts[at].stmt = NULL;
    }
    return at;
}

enum status conn_part_statement(struct sqlite_conn *conn, const struct table *table,
                                uint64_t columns, bool get, sqlite3_stmt **ret_stmt,
                                struct why *why)
{
    struct part_statement part = {.table = table, .columns = columns, .get = get};
    size_t at = part_place(conn, &part);
    part.stmt = conn->parts[at].stmt;
    if (part.stmt == NULL) {
        TRY(prepare_part(conn, &part, &part.stmt, why));
    }
    memmove(&conn->parts[1], &conn->parts[0], at * sizeof part);
    conn->parts[0] = part;
    *ret_stmt = part.stmt;
    return STATUS_OK;
}

static struct scan_shape shape_of(const struct scan_plan *plan, bool counting)
{
    return (struct scan_shape){
        .table = plan->table,
        .index = plan->index,
        .n_prefix = plan->n_prefix,
        .n_bound = plan->n_bound,
        .columns = counting ? 0 : plan->columns,
        .flags = (counting ? SCAN_COUNTS : 0u) | (plan->strict ? SCAN_STRICT : 0u) |
                 (plan->descending ? SCAN_DESCENDS : 0u),
    };
}

static bool same_shape(const struct scan_shape *a, const struct scan_shape *b)
{
    return a->table == b->table && a->index == b->index && a->n_prefix == b->n_prefix &&
           a->n_bound == b->n_bound && a->columns == b->columns && a->flags == b->flags;
}

/* The place of that shape; else the one not used for longest. NULL when all are taken. */
static struct scan_statement *find_place(struct sqlite_conn *conn, const struct scan_shape *shape)
{
    struct scan_statement *oldest = NULL;
    for (size_t i = 0; i < SCAN_STATEMENTS; i++) {
        struct scan_statement *place = &conn->scans[i];
        if (place->taken) {
            continue;
        }
        if (place->stmt != NULL && same_shape(&place->shape, shape)) {
            return place;
        }
        if (oldest == NULL || place->used_at < oldest->used_at) {
            oldest = place;
        }
    }
    return oldest;
}

static enum status prepare_scan(struct sqlite_conn *conn, const struct scan_plan *plan,
                                bool counting, sqlite3_stmt **ret_stmt, struct why *why)
{
    AUTO_ARENA *mem = arena_new(SQL_MEMORY);
    TRY_PTR(mem);
    struct buf sql;
    struct str text;
    buf_init(&sql, mem, SQL_TEXT_MAX);
    sql_scan(&sql, plan, counting);
    TRY(buf_finish(&sql, &text, why));
    return prepare(conn, text, ret_stmt, why);
}

enum status conn_scan_take(struct sqlite_conn *conn, const struct scan_plan *plan, bool counting,
                           sqlite3_stmt **ret_stmt, struct why *why)
{
    struct scan_shape shape = shape_of(plan, counting);
    struct scan_statement *place = find_place(conn, &shape);
    if (place == NULL) { /* so many scans at once: a statement for this one alone */
        return prepare_scan(conn, plan, counting, ret_stmt, why);
    }
    if (place->stmt == NULL || !same_shape(&place->shape, &shape)) {
        sqlite3_stmt *stmt = NULL;
        TRY(prepare_scan(conn, plan, counting, &stmt, why));
        sqlite3_finalize(place->stmt);
        place->stmt = stmt;
        place->shape = shape;
    }
    place->taken = true;
    place->used_at = ++conn->uses;
    *ret_stmt = place->stmt;
    return STATUS_OK;
}

void conn_scan_give(struct sqlite_conn *conn, sqlite3_stmt *stmt)
{
    for (size_t i = 0; i < SCAN_STATEMENTS; i++) {
        if (conn->scans[i].stmt == stmt) {
            sqlite3_reset(stmt);
            sqlite3_clear_bindings(stmt);
            conn->scans[i].taken = false;
            return;
        }
    }
    sqlite3_finalize(stmt);
}
