/* sqlite_row.c: single rows, and how cells become parameters and columns become cells. */
#include "store/sqlite_priv.h"

#include "base/banned.h"

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

enum status read_columns(sqlite3_stmt *stmt, const struct table *table, uint64_t columns, void *row,
                         struct arena *mem, struct why *why)
{
    int at = 0;
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
    if (columns == row_all_columns(table)) {
        TRY(conn_row_statement(conn, table, ROW_GET, &stmt, why));
    } else {
        TRY(conn_part_statement(conn, table, columns, true, &stmt, why));
    }
    TRY(bind_columns(conn, stmt, table, row_key_columns(table), row, &at, why));
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

enum status sqlite_insert(struct store_tx *tx, const struct table *table, const void *row,
                          struct why *why)
{
    return write_row(((struct sqlite_tx *)tx)->conn, table, ROW_INSERT, row_all_columns(table), row,
                     why);
}

enum status sqlite_put(struct store_tx *tx, const struct table *table, const void *row,
                       struct why *why)
{
    return write_row(((struct sqlite_tx *)tx)->conn, table, ROW_PUT, row_all_columns(table), row,
                     why);
}

enum status sqlite_delete(struct store_tx *tx, const struct table *table, const void *row,
                          struct why *why)
{
    struct sqlite_conn *conn = ((struct sqlite_tx *)tx)->conn;
    TRY(write_row(conn, table, ROW_DELETE, row_key_columns(table), row, why));
    if (sqlite3_changes(conn->handle) == 0) {
        return why_set(why, STATUS_NOT_FOUND, "no such %s", table->name);
    }
    return STATUS_OK;
}

enum status sqlite_update(struct store_tx *tx, const struct table *table, uint64_t columns,
                          const void *row, struct why *why)
{
    struct sqlite_conn *conn = ((struct sqlite_tx *)tx)->conn;
    sqlite3_stmt *stmt = NULL;
    int at = 1;
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
