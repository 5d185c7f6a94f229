/* row_priv.h: rows as the store handles them: any struct of model/records.h, by its descriptor.
 *
 * A row is a pointer to such a struct. An order is the list of columns by which rows are compared:
 * an index's, completed by the key's. Integers compare as numbers, texts and bytes bytewise, the
 * shorter first on a tie; this is what every backend must do.
 */
#ifndef STORE_ROW_PRIV_H
#define STORE_ROW_PRIV_H

#include "base/arena.h"
#include "base/err.h"
#include "store/tables.h"

enum { KEY_COLUMNS_MAX = 4, ORDER_COLUMNS_MAX = INDEX_COLUMNS_MAX + KEY_COLUMNS_MAX };

struct order {
    size_t n;
    unsigned char columns[ORDER_COLUMNS_MAX];
};

/* The whole order of an index of the table; NULL: that of the key. */
struct order order_of(const struct table *table, const struct table_index *index);

/* Compares by the first n columns of the order: <0, 0, >0. */
int order_compare(const struct table *table, const struct order *order, size_t n, const void *a,
                  const void *b);

static inline const struct str *row_text(const void *row, const struct column *column)
{
    return (const struct str *)(const void *)((const char *)row + column->offset);
}

static inline const struct bytes *row_bytes(const void *row, const struct column *column)
{
    return (const struct bytes *)(const void *)((const char *)row + column->offset);
}

static inline const int64_t *row_int(const void *row, const struct column *column)
{
    return (const int64_t *)(const void *)((const char *)row + column->offset);
}

static inline void *row_cell(void *row, const struct column *column)
{
    return (char *)row + column->offset;
}

/* The bytes of a text or bytes column; an integer has none. */
struct bytes row_blob(const void *row, const struct column *column);

/* How many bytes the texts and bytes of a row hold. */
size_t row_blob_bytes(const struct table *table, const void *row);

/* All columns of the table, as a mask. */
uint64_t row_all_columns(const struct table *table);

/* The columns of its key. */
uint64_t row_key_columns(const struct table *table);

/* Copies the columns of the mask, their bytes into mem. On failure dst is partly filled. */
MUST_USE enum status row_copy(const struct table *table, uint64_t columns, const void *src,
                              void *dst, struct arena *mem, struct why *why);

/* Sets the columns of the mask to the same values; texts and bytes are lent. */
void row_take(const struct table *table, uint64_t columns, const void *src, void *dst);

/* Refuses a row with an absent text in a column of the key, or of any order where that is one of
 * the columns of the mask. */
MUST_USE enum status row_check(const struct table *table, uint64_t columns, const void *row,
                               struct why *why);

#endif
