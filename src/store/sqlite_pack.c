/* sqlite_pack.c: see sqlite_pack.h. */
#include "store/sqlite_pack.h"

#include <string.h>

#include "base/banned.h"

enum { NUMBER_BYTES_MAX = 10, SEVEN_BITS = 0x7f, MORE = 0x80 };

static const struct column packed_finding_columns[] = {
    {"id", COLUMN_TEXT, offsetof(struct packed_row, key)},
    {"rest", COLUMN_BYTES, offsetof(struct packed_row, rest)},
};
static const struct table packed_finding = {
    .name = "finding",
    .columns = packed_finding_columns,
    .n_columns = 2,
    .n_key = 1,
    .row_size = sizeof(struct packed_row),
    .number = TABLE_NUMBER_finding,
};
_Static_assert(offsetof(struct finding, id) == offsetof(struct packed_row, key),
               "a finding is looked for by its id where a packed row has its key");

const struct table *table_stored(const struct table *table)
{
    return table == TABLE(finding) ? &packed_finding : table;
}

uint64_t pack_columns(const struct table *table, uint64_t columns)
{
    if (!table_is_packed(table)) {
        return columns;
    }
    uint64_t key = row_key_columns(table);
    return (columns & key) | ((columns & ~key) == 0 ? 0 : UINT64_C(1) << table->n_key);
}

/* ---- writing --------------------------------------------------------------------------------- */

static uint8_t *put_number(uint8_t *at, uint64_t number)
{
    for (; number > SEVEN_BITS; number >>= 7) {
        *at++ = (uint8_t)((number & SEVEN_BITS) | MORE);
    }
    *at++ = (uint8_t)number;
    return at;
}

static uint8_t *put_int(uint8_t *at, int64_t value)
{
    return put_number(at, (uint64_t)value << 1 ^ (uint64_t)(value >> 63));
}

static uint8_t *put_blob(uint8_t *at, struct bytes blob)
{
    at = put_number(at, blob.ptr == NULL ? 0 : (uint64_t)blob.len + 1);
    if (blob.len > 0) {
        memcpy(at, blob.ptr, blob.len);
    }
    return at + blob.len;
}

enum status row_pack(const struct table *table, const void *row, struct arena *mem,
                     struct packed_row *ret, struct why *why)
{
    size_t most = row_blob_bytes(table, row) + table->n_columns * NUMBER_BYTES_MAX;
    uint8_t *bytes = arena_alloc(mem, most);
    TRY_PTR(bytes);
    uint8_t *at = bytes;
    for (size_t i = table->n_key; i < table->n_columns; i++) {
        const struct column *column = &table->columns[i];
        at = column->type == COLUMN_INT ? put_int(at, *row_int(row, column))
                                        : put_blob(at, row_blob(row, column));
    }
    *ret = (struct packed_row){*row_text(row, &table->columns[0]), {bytes, (size_t)(at - bytes)}};
    return STATUS_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* False at the end, and when the number does not end. */
static bool take_number(struct bytes *in, uint64_t *ret)
{
    uint64_t number = 0;
    for (size_t i = 0; i < NUMBER_BYTES_MAX && i < in->len; i++) {
        number |= (uint64_t)(in->ptr[i] & SEVEN_BITS) << 7 * i;
        if ((in->ptr[i] & MORE) == 0) {
            *in = (struct bytes){in->ptr + i + 1, in->len - i - 1};
            *ret = number;
            return true;
        }
    }
    return false;
}

static bool take_blob(struct bytes *in, struct bytes *ret)
{
    uint64_t len = 0;
    if (!take_number(in, &len) || (len > 0 && len - 1 > in->len)) {
        return false;
    }
    *ret = len == 0 ? (struct bytes){NULL, 0} : (struct bytes){in->ptr, (size_t)len - 1};
    *in = (struct bytes){in->ptr + ret->len, in->len - ret->len};
    return true;
}

/* Takes one column off the rest, and keeps it when it is wanted. */
static enum status unpack_column(const struct table *table, const struct column *column,
                                 bool wanted, struct bytes *in, void *row, struct arena *mem,
                                 struct why *why)
{
    uint64_t number = 0;
    struct bytes blob = {NULL, 0};
    if (column->type == COLUMN_INT ? !take_number(in, &number) : !take_blob(in, &blob)) {
        return why_set(why, STATUS_CORRUPT, "reading %s: %s is cut off", table->name, column->name);
    }
    if (!wanted) {
        return STATUS_OK;
    }
    if (column->type == COLUMN_INT) {
        *(int64_t *)row_cell(row, column) = (int64_t)(number >> 1 ^ (0 - (number & 1)));
        return STATUS_OK;
    }
    struct bytes copy;
    TRY(bytes_dup(mem, blob, &copy, why));
    if (column->type == COLUMN_TEXT) {
        *(struct str *)row_cell(row, column) = str_of_bytes(copy);
    } else {
        *(struct bytes *)row_cell(row, column) = copy;
    }
    return STATUS_OK;
}

enum status row_unpack(const struct table *table, const struct packed_row *kept, uint64_t columns,
                       void *row, struct arena *mem, struct why *why)
{
    struct bytes in = kept->rest;
    if ((columns & 1) != 0) {
        TRY(str_dup(mem, kept->key, row_cell(row, &table->columns[0]), why));
    }
    for (size_t i = table->n_key; i < table->n_columns && in.len > 0; i++) {
        TRY(unpack_column(table, &table->columns[i], (columns >> i & 1) != 0, &in, row, mem, why));
    }
    return STATUS_OK;
}

/* ---- the SQL function ------------------------------------------------------------------------ */

static size_t most_of(int n, sqlite3_value **values)
{
    size_t most = 0;
    for (int i = 0; i < n; i++) {
        most += NUMBER_BYTES_MAX;
        most += sqlite3_value_type(values[i]) == SQLITE_INTEGER
                    ? 0
                    : (size_t)sqlite3_value_bytes(values[i]);
    }
    return most;
}

static void pack(sqlite3_context *sql, int n, sqlite3_value **values)
{
    uint8_t *bytes = sqlite3_malloc64(most_of(n, values));
    uint8_t *at = bytes;
    if (bytes == NULL) {
        sqlite3_result_error_nomem(sql);
        return;
    }
    for (int i = 0; i < n; i++) {
        int type = sqlite3_value_type(values[i]);
        if (type == SQLITE_INTEGER) {
            at = put_int(at, sqlite3_value_int64(values[i]));
        } else if (type == SQLITE_NULL) {
            at = put_number(at, 0);
        } else {
            const void *ptr = sqlite3_value_blob(values[i]);
            struct bytes blob = {ptr == NULL ? (const uint8_t *)"" : ptr,
                                 (size_t)sqlite3_value_bytes(values[i])};
            at = put_blob(at, blob);
        }
    }
    sqlite3_result_blob64(sql, bytes, (sqlite3_uint64)(at - bytes), sqlite3_free);
}

enum status pack_register(struct sqlite_conn *conn, struct why *why)
{
    int rc = sqlite3_create_function(conn->handle, "pack", -1,
                                     SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, NULL,
                                     pack, NULL, NULL);
    return rc == SQLITE_OK ? STATUS_OK : conn_fail(conn, rc, "preparing", "migrations", why);
}
