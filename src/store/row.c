#include <stdbool.h>

#include "store/row_priv.h"

#include "base/banned.h"

static bool order_has(const struct order *order, unsigned char column)
{
    for (size_t i = 0; i < order->n; i++) {
        if (order->columns[i] == column) {
            return true;
        }
    }
    return false;
}

static bool order_is_total(const struct order *order, const struct table *table)
{
    for (unsigned char key = 0; key < table->n_key; key++) {
        if (!order_has(order, key)) {
            return false;
        }
    }
    return true;
}

struct order order_of(const struct table *table, const struct table_index *index)
{
    struct order order = {0};
    for (size_t i = 0; index != NULL && i < index->n && !order_is_total(&order, table); i++) {
        order.columns[order.n++] = index->columns[i];
    }
    for (unsigned char key = 0; key < table->n_key; key++) {
        if (!order_has(&order, key)) {
            order.columns[order.n++] = key;
        }
    }
    return order;
}

struct bytes row_blob(const void *row, const struct column *column)
{
    if (column->type == COLUMN_TEXT) {
        return bytes_of_str(*row_text(row, column));
    }
    return column->type == COLUMN_BYTES ? *row_bytes(row, column) : (struct bytes){NULL, 0};
}

static int cell_compare(const struct column *column, const void *a, const void *b)
{
    if (column->type == COLUMN_INT) {
        int64_t x = *row_int(a, column);
        int64_t y = *row_int(b, column);
        return (x > y) - (x < y);
    }
    return str_cmp(str_of_bytes(row_blob(a, column)), str_of_bytes(row_blob(b, column)));
}

int order_compare(const struct table *table, const struct order *order, size_t n, const void *a,
                  const void *b)
{
    for (size_t i = 0; i < n; i++) {
        int compared = cell_compare(&table->columns[order->columns[i]], a, b);
        if (compared != 0) {
            return compared;
        }
    }
    return 0;
}

size_t row_blob_bytes(const struct table *table, const void *row)
{
    size_t total = 0;
    for (size_t i = 0; i < table->n_columns; i++) {
        total += row_blob(row, &table->columns[i]).len;
    }
    return total;
}

uint64_t row_all_columns(const struct table *table)
{
    return UINT64_MAX >> (64 - table->n_columns);
}

uint64_t row_key_columns(const struct table *table)
{
    return UINT64_MAX >> (64 - table->n_key);
}

enum status row_copy(const struct table *table, uint64_t columns, const void *src, void *dst,
                     struct arena *mem, struct why *why)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        const struct column *column = &table->columns[i];
        if ((columns & (UINT64_C(1) << i)) == 0) {
            continue;
        }
        if (column->type == COLUMN_INT) {
            *(int64_t *)row_cell(dst, column) = *row_int(src, column);
        } else if (column->type == COLUMN_TEXT) {
            TRY(str_dup(mem, *row_text(src, column), row_cell(dst, column), why));
        } else {
            TRY(bytes_dup(mem, *row_bytes(src, column), row_cell(dst, column), why));
        }
    }
    return STATUS_OK;
}

void row_take(const struct table *table, uint64_t columns, const void *src, void *dst)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        const struct column *column = &table->columns[i];
        if ((columns & (UINT64_C(1) << i)) == 0) {
            continue;
        }
        if (column->type == COLUMN_INT) {
            *(int64_t *)row_cell(dst, column) = *row_int(src, column);
        } else if (column->type == COLUMN_TEXT) {
            *(struct str *)row_cell(dst, column) = *row_text(src, column);
        } else {
            *(struct bytes *)row_cell(dst, column) = *row_bytes(src, column);
        }
    }
}

static enum status check_order(const struct table *table, const struct table_index *index,
                               uint64_t columns, const void *row, struct why *why)
{
    struct order order = order_of(table, index);
    for (size_t i = 0; i < order.n; i++) {
        const struct column *column = &table->columns[order.columns[i]];
        bool asked = (columns & (UINT64_C(1) << order.columns[i])) != 0;
        if (asked && column->type != COLUMN_INT && row_blob(row, column).ptr == NULL) {
            return why_set(why, STATUS_INTERNAL,
                           "%s.%s belongs to the %s %s and cannot be absent; none is \"\"",
                           table->name, column->name, index == NULL ? "key" : "index",
                           index == NULL ? "of its table" : index->name);
        }
    }
    return STATUS_OK;
}

enum status row_check(const struct table *table, uint64_t columns, const void *row, struct why *why)
{
    uint64_t key = row_key_columns(table);
    TRY(check_order(table, NULL, key, row, why));
    for (size_t i = 0; (columns & ~key) != 0 && i < table->n_indexes; i++) {
        TRY(check_order(table, table->indexes[i], columns, row, why));
    }
    return STATUS_OK;
}
