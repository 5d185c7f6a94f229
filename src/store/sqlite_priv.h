/* sqlite_priv.h: what the files of the SQLite backend share.
 *
 * One file, WAL mode. One connection writes, on the writer's thread; each view has a connection of
 * its own, from a pool. All SQL is made from the table descriptors (sqlite_sql.c) and prepared once
 * for each connection (sqlite_conn.c); ranges are scans of an index with row values, never OFFSET
 * (sqlite_scan.c), whose pages may be asked of the disk beforehand (sqlite_ahead.c). Rows are rows
 * of SQLite, but for a table whose rows are packed (sqlite_pack.c). sqlite_file.c sees to it that
 * one process has the file; sqlite_schema.c brings an older file up to date; sqlite.c is the
 * backend made of these.
 */
#ifndef STORE_SQLITE_PRIV_H
#define STORE_SQLITE_PRIV_H

#include <stdatomic.h>

#include <sqlite3.h>

#include "base/buf.h"
#include "base/embed.h"
#include "store/backend.h"

enum { PAGE_BYTES = 8192 }; /* rows of certificates fit without overflow pages */

/* ---- the file -------------------------------------------------------------------------------- */

/* Takes FILE.lock for this process, for as long as the descriptor is open, and makes FILE, mode
 * 0600, when it is not there; an existing one loses the rights of others. BUSY: another process. */
MUST_USE enum status sqlite_file_take(const char *path, int *ret_lock, struct why *why);

/* ---- text ------------------------------------------------------------------------------------ */

enum row_verb { ROW_GET, ROW_INSERT, ROW_PUT, ROW_DELETE, N_ROW_VERBS };

/* The statement of a verb. get and delete have the key's columns as parameters 1.., the others all
 * columns; get gives all columns. */
void sql_row(struct buf *out, const struct table *table, enum row_verb verb);

/* The same of some columns alone: get gives them; else they are set, and are the first parameters,
 * before the key's. */
void sql_part(struct buf *out, const struct table *table, uint64_t columns, bool get);

/* The statement of a range; parameters: the prefix's columns, then the bound's behind the prefix,
 * then the largest count when counting. Gives the columns of the plan in their order. */
void sql_scan(struct buf *out, const struct scan_plan *plan, bool counting);

/* ---- connections ----------------------------------------------------------------------------- */

enum fixed_statement {
    SQL_VIEW_BEGIN,
    SQL_SNAPSHOT, /* any read: it is what takes the snapshot */
    SQL_VIEW_END,
    SQL_WRITE_BEGIN,
    SQL_COMMIT,
    SQL_ROLLBACK,
    SQL_MARK,
    SQL_UNDO,
    SQL_RELEASE,
    N_FIXED_STATEMENTS,
};

/* Two scans of one shape have one statement. */
struct scan_shape {
    const struct table *table;
    const struct table_index *index;
    size_t n_prefix, n_bound;
    uint64_t columns;
    uint64_t flags;
};

enum { SCAN_STATEMENTS = 32, PART_STATEMENTS = 16 };

/* A statement on some columns of a row. */
struct part_statement {
    const struct table *table;
    uint64_t columns;
    bool get;
    sqlite3_stmt *stmt; /* NULL: the place is free */
};

struct scan_statement {
    struct scan_shape shape;
    sqlite3_stmt *stmt; /* NULL: the place is free */
    bool taken;
    uint64_t used_at;
};

struct sqlite_conn {
    sqlite3 *handle; /* NULL: not open */
    sqlite3_stmt *fixed[N_FIXED_STATEMENTS];
    sqlite3_stmt *rows[N_ROW_VERBS][N_TABLES];
    struct part_statement parts[PART_STATEMENTS]; /* the last ones used first */
    struct scan_statement scans[SCAN_STATEMENTS];
    uint64_t uses;
    struct arena *scratch; /* of the row that is being written; NULL until one needs it */
    int ahead;             /* the file, lent, to read ahead; -1: nothing is */
};

/* Opens; cache_bytes bounds its page cache. Nothing of the file is read. */
MUST_USE enum status conn_open(struct sqlite_conn *conn, const char *path, size_t cache_bytes,
                               struct why *why);
void conn_close(struct sqlite_conn *conn); /* all its statements are at rest; may be not open */

/* The status of a result code, and a sentence: "writing thing: database or disk is full". */
enum status conn_fail(const struct sqlite_conn *conn, int rc, const char *doing, const char *what,
                      struct why *why);

/* Statements without result, from text; what is what they are called in a sentence. */
MUST_USE enum status conn_exec(struct sqlite_conn *conn, const char *sql, const char *what,
                               struct why *why);

/* The first column of the first row, a number. */
MUST_USE enum status conn_number(struct sqlite_conn *conn, const char *sql, int64_t *ret,
                                 struct why *why);

/* Prepares once, runs to its end. */
MUST_USE enum status conn_run(struct sqlite_conn *conn, enum fixed_statement which,
                              struct why *why);

/* Lends the statement of a verb, at rest. */
MUST_USE enum status conn_row_statement(struct sqlite_conn *conn, const struct table *table,
                                        enum row_verb verb, sqlite3_stmt **ret_stmt,
                                        struct why *why);

/* Likewise of some columns. */
MUST_USE enum status conn_part_statement(struct sqlite_conn *conn, const struct table *table,
                                         uint64_t columns, bool get, sqlite3_stmt **ret_stmt,
                                         struct why *why);

/* Takes a statement for the plan out of the cache, or a new one; give it back at rest. */
MUST_USE enum status conn_scan_take(struct sqlite_conn *conn, const struct scan_plan *plan,
                                    bool counting, sqlite3_stmt **ret_stmt, struct why *why);
void conn_scan_give(struct sqlite_conn *conn, sqlite3_stmt *stmt);

/* ---- rows ------------------------------------------------------------------------------------ */

/* Binds one column of a row as parameter at. Nothing is copied unless copy. */
int bind_cell(sqlite3_stmt *stmt, int at, const struct column *column, const void *row, bool copy);

/* Reads the columns of the mask, which are the result's in their order. */
MUST_USE enum status read_columns(sqlite3_stmt *stmt, const struct table *table, uint64_t columns,
                                  void *row, struct arena *mem, struct why *why);

/* ---- the schema ------------------------------------------------------------------------------ */

extern const struct embedded migrations[];
extern const size_t n_migrations;

/* Refuses a file that is not ours or newer; changes nothing. *ret_version is 0 for an empty one. */
MUST_USE enum status schema_version(struct sqlite_conn *conn, const char *path,
                                    int64_t *ret_version, struct why *why);

/* Runs the migrations above version, each in one transaction. */
MUST_USE enum status schema_migrate(struct sqlite_conn *conn, int64_t version, struct why *why);

/* Every table of tables.h can be read and written as described, or CORRUPT. */
MUST_USE enum status schema_fits(struct sqlite_conn *conn, struct why *why);

/* ---- transactions and scans ------------------------------------------------------------------ */

struct sqlite_tx {
    struct store_tx base;
    struct sqlite_conn *conn;
    struct sqlite_tx *next; /* in the pool */
};

backend_row_read sqlite_get;
backend_row_write sqlite_insert;
backend_row_write sqlite_put;
backend_row_write sqlite_delete;
backend_row_update sqlite_update;
backend_scan_open sqlite_scan_open;
backend_scan_next sqlite_scan_next;
backend_scan_close sqlite_scan_close;
backend_count sqlite_count;

#endif
