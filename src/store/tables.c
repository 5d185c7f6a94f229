/* tables.c: the descriptors, each derived from its list in model/records.h. */
#include "store/tables.h"

#include "base/banned.h"

/* clang-format off */

#define COLUMN_T(t, column) {#column, COLUMN_TEXT, offsetof(struct t, column)},
#define COLUMN_I(t, column) {#column, COLUMN_INT, offsetof(struct t, column)},
#define COLUMN_B(t, column) {#column, COLUMN_BYTES, offsetof(struct t, column)},
#define COLUMNS_ROW(t, columns, n_key) \
    static const struct column columns_##t[] = {columns(COLUMN_T, COLUMN_I, COLUMN_B, t)};
RECORDS(COLUMNS_ROW)

#define INDEX_ROW(t, name, ...) \
    const struct table_index index_##t##_##name = { \
        #name, sizeof((const unsigned char[]){__VA_ARGS__}), {__VA_ARGS__}};
#define INDEX_ROWS(t, columns, n_key) INDEXES_##t(INDEX_ROW)
RECORDS(INDEX_ROWS)

/* The last pointer is NULL, so that a table without indexes has a list too. */
#define INDEX_POINTER(t, name, ...) &index_##t##_##name,
#define INDEX_LIST(t, columns, n_key) \
    static const struct table_index *const indexes_##t[] = {INDEXES_##t(INDEX_POINTER) NULL};
RECORDS(INDEX_LIST)

#define TABLE_ROW(t, list, key) \
    const struct table table_##t = { \
        .name = #t, \
        .columns = columns_##t, \
        .n_columns = COL_##t##__COUNT, \
        .n_key = (key), \
        .row_size = sizeof(struct t), \
        .indexes = indexes_##t, \
        .n_indexes = sizeof indexes_##t / sizeof indexes_##t[0] - 1, \
        .number = TABLE_NUMBER_##t, \
    };
RECORDS(TABLE_ROW)

#define TABLE_POINTER(t, columns, n_key) &table_##t,
const struct table *const tables[N_TABLES] = {RECORDS(TABLE_POINTER)};
