/* sqlite_row.c: single rows, and how cells become parameters and columns become cells. */
#include <string.h>

#include "store/sqlite_pack.h"

#include "base/banned.h"

enum { PACK_MEMORY = 16 << 20 }; /* one row of a packed table */

int bind_cell(sqlite3_stmt *stmt, int at, const struct column *column, const void *row, bool copy)
{
    sqlite3_destructor_type life = copy ? SQLITE_TRANSIENT : SQLITE_STATIC;
    if (column->type == COLUMN_INT) {
        return sqlite3_bind_int64(stmt, at, *row_int(row, column));
    }
    struct bytes blob = row_blob(row, column);
    if (column->type == COLUMN_TEXT) {
        return sqlite3_bind_text64(stmt, at, (const char *)blob.ptr, blob.len, life, SQLITE_UTF8);
    }
    return sqlite3_bind_blob64(stmt, at, blob.ptr, blob.len, life);
}

/* The bytes of a result's column; an empty value is not NULL. */
static struct bytes column_bytes(sqlite3_stmt *stmt, int at)
{
    if (sqlite3_column_type(stmt, at) == SQLITE_NULL) {
        return (struct bytes){NULL, 0};
    }
    const void *ptr = sqlite3_column_blob(stmt, at);
    size_t len = (size_t)sqlite3_column_bytes(stmt, at);
    return (struct bytes){ptr == NULL ? (const uint8_t *)"" : ptr, len};
}

static enum status read_cell(sqlite3_stmt *stmt, int at, const struct column *column, void *row,
                             struct arena *mem, struct why *why)
{
    if (column->type == COLUMN_INT) {
        *(int64_t *)row_cell(row, column) = sqlite3_column_int64(stmt, at);
        return STATUS_OK;
    }
    struct bytes copy;
    TRY(bytes_dup(mem, column_bytes(stmt, at), &copy, why));
    if (column->type == COLUMN_TEXT) {
        *(struct str *)row_cell(row, column) = str_of_bytes(copy);
    } else {
        *(struct bytes *)row_cell(row, column) = copy;
    }
    return STATUS_OK;
}

static enum status read_packed(sqlite3_stmt *stmt, const struct table *table, uint64_t columns,
                               void *row, struct arena *mem, struct why *why)
{
    struct packed_row kept = {.key = STR_ABSENT};
    uint64_t stored = pack_columns(table, columns);
    int at = 0;
    if ((stored & 1) != 0) {
        kept.key = str_of_bytes(column_bytes(stmt, at++));
    }
    if ((stored & 2) != 0) {
        kept.rest = column_bytes(stmt, at);
    }
    return row_unpack(table, &kept, columns, row, mem, why);
}

enum status read_columns(sqlite3_stmt *stmt, const struct table *table, uint64_t columns, void *row,
                         struct arena *mem, struct why *why)
{
    int at = 0;
    if (table_is_packed(table)) {
        return read_packed(stmt, table, columns, row, mem, why);
    }
    for (size_t i = 0; i < table->n_columns; i++) {
        if ((columns & (UINT64_C(1) << i)) != 0) {
            TRY(read_cell(stmt, at++, &table->columns[i], row, mem, why));
        }
    }
    return STATUS_OK;
}

/* Binds the columns of the mask from parameter *at on, which goes on behind them. */
static enum status bind_columns(struct sqlite_conn *conn, sqlite3_stmt *stmt,
                                const struct table *table, uint64_t columns, const void *row,
                                int *at, struct why *why)
{
    for (size_t i = 0; columns >> i != 0; i++) {
        if ((columns >> i & 1) == 0) {
            continue;
        }
        int rc = bind_cell(stmt, (*at)++, &table->columns[i], row, false);
        if (rc != SQLITE_OK) {
            sqlite3_clear_bindings(stmt);
            return conn_fail(conn, rc, "binding", table->columns[i].name, why);
        }
    }
    return STATUS_OK;
}

/* The row's bytes are not the statement's beyond the call. */
static void rest(sqlite3_stmt *stmt)
{
    sqlite3_reset(stmt);
    sqlite3_clear_bindings(stmt);
}

enum status sqlite_get(struct store_tx *tx, const struct table *table, uint64_t columns, void *row,
                       struct arena *mem, struct why *why)
{
    struct sqlite_conn *conn = ((struct sqlite_tx *)tx)->conn;
    sqlite3_stmt *stmt = NULL;
    int at = 1;
    const struct table *kept = table_stored(table);
    uint64_t stored = pack_columns(table, columns);
    if (stored == row_all_columns(kept)) {
        TRY(conn_row_statement(conn, kept, ROW_GET, &stmt, why));
    } else {
        TRY(conn_part_statement(conn, kept, stored, true, &stmt, why));
    }
    TRY(bind_columns(conn, stmt, kept, row_key_columns(kept), row, &at, why));
    int rc = sqlite3_step(stmt);
    enum status status = STATUS_OK;
    if (rc == SQLITE_ROW) {
        status = read_columns(stmt, table, columns, row, mem, why);
    } else if (rc == SQLITE_DONE) {
        status = why_set(why, STATUS_NOT_FOUND, "no such %s", table->name);
    } else {
        status = conn_fail(conn, rc, "reading", table->name, why);
    }
    rest(stmt);
    return status;
}

/* A row as it is to be written: packed, until the next one, or itself. */
static enum status row_stored(struct sqlite_conn *conn, const struct table *table, const void *row,
                              struct packed_row *packed, const void **ret, struct why *why)
{
    *ret = row;
    if (!table_is_packed(table)) {
        return STATUS_OK;
    }
    if (conn->scratch == NULL) {
        conn->scratch = arena_new(PACK_MEMORY);
        TRY_PTR(conn->scratch);
    }
    arena_clear(conn->scratch);
    *ret = packed;
    return row_pack(table, row, conn->scratch, packed, why);
}

static enum status write_row(struct sqlite_conn *conn, const struct table *table,
                             enum row_verb verb, uint64_t columns, const void *row, struct why *why)
{
    sqlite3_stmt *stmt = NULL;
    int at = 1;
    TRY(conn_row_statement(conn, table, verb, &stmt, why));
    TRY(bind_columns(conn, stmt, table, columns, row, &at, why));
    int rc = sqlite3_step(stmt);
    enum status status = STATUS_OK;
    if (rc == SQLITE_CONSTRAINT_PRIMARYKEY && verb == ROW_INSERT) {
        status = why_set(why, STATUS_EXISTS, "such a %s exists", table->name);
    } else if (rc != SQLITE_DONE) {
        status = conn_fail(conn, rc, "writing", table->name, why);
    }
    rest(stmt);
    return status;
}

static enum status write_whole(struct sqlite_conn *conn, const struct table *table,
                               enum row_verb verb, const void *row, struct why *why)
{
    const struct table *kept = table_stored(table);
    struct packed_row packed;
    const void *stored = NULL;
    TRY(row_stored(conn, table, row, &packed, &stored, why));
    return write_row(conn, kept, verb, row_all_columns(kept), stored, why);
}

enum status sqlite_insert(struct store_tx *tx, const struct table *table, const void *row,
                          struct why *why)
{
    return write_whole(((struct sqlite_tx *)tx)->conn, table, ROW_INSERT, row, why);
}

enum status sqlite_put(struct store_tx *tx, const struct table *table, const void *row,
                       struct why *why)
{
    return write_whole(((struct sqlite_tx *)tx)->conn, table, ROW_PUT, row, why);
}

enum status sqlite_delete(struct store_tx *tx, const struct table *table, const void *row,
                          struct why *why)
{
    struct sqlite_conn *conn = ((struct sqlite_tx *)tx)->conn;
    TRY(write_row(conn, table_stored(table), ROW_DELETE, row_key_columns(table), row, why));
    if (sqlite3_changes(conn->handle) == 0) {
        return why_set(why, STATUS_NOT_FOUND, "no such %s", table->name);
    }
    return STATUS_OK;
}

/* The rest is one value: it is read, changed and written whole. */
static enum status update_packed(struct store_tx *tx, const struct table *table, uint64_t columns,
                                 const void *row, struct why *why)
{
    AUTO_ARENA *mem = arena_new(PACK_MEMORY);
    TRY_PTR(mem);
    void *whole = arena_alloc(mem, table->row_size);
    TRY_PTR(whole);
    memset(whole, 0, table->row_size);
    *(struct str *)whole = *(const struct str *)row;
    TRY(sqlite_get(tx, table, row_all_columns(table), whole, mem, why));
    TRY(row_copy(table, columns, row, whole, mem, why));
    return sqlite_put(tx, table, whole, why);
}

enum status sqlite_update(struct store_tx *tx, const struct table *table, uint64_t columns,
                          const void *row, struct why *why)
{
    struct sqlite_conn *conn = ((struct sqlite_tx *)tx)->conn;
    sqlite3_stmt *stmt = NULL;
    int at = 1;
    if (table_is_packed(table)) {
        return update_packed(tx, table, columns, row, why);
    }
    TRY(conn_part_statement(conn, table, columns, false, &stmt, why));
    TRY(bind_columns(conn, stmt, table, columns, row, &at, why));
    TRY(bind_columns(conn, stmt, table, row_key_columns(table), row, &at, why));
    int rc = sqlite3_step(stmt);
    enum status status = STATUS_OK;
    if (rc != SQLITE_DONE) {
        status = conn_fail(conn, rc, "writing", table->name, why);
    } else if (sqlite3_changes(conn->handle) == 0) {
        status = why_set(why, STATUS_NOT_FOUND, "no such %s", table->name);
    }
    rest(stmt);
    return status;
}
