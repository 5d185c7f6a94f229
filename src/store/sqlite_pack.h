/* sqlite_pack.h: tables of which SQLite keeps a row as its key and one value.
 *
 * What SQLite takes for a row goes with its columns as much as with its bytes. An audit may write a
 * finding for each device of a fleet, and asks SQLite for it by nothing but its id: so a finding is
 * stored as its id and `rest`, in which the other columns stand one after the other, in the order
 * of the descriptor: an integer    zigzag, in groups of seven bits, the lowest first, all but the
 * last marked by the eighth bit text, bytes   the length and one as such a number, then the bytes;
 * 0 when absent Columns behind the end of a rest are as in a zeroed row, so that columns may be
 * added at the end.
 *
 * The rest of the backend sees a table of two columns, table_stored(), and is as simple for it as
 * for any other.
 */
#ifndef STORE_SQLITE_PACK_H
#define STORE_SQLITE_PACK_H

#include "store/sqlite_priv.h"

/* Such a row as SQLite keeps it. The key is where it is in the row itself: at the beginning. */
struct packed_row {
    struct str key;
    struct bytes rest;
};

/* How SQLite keeps the table: the table itself, or the one of struct packed_row. */
const struct table *table_stored(const struct table *table);

static inline bool table_is_packed(const struct table *table)
{
    return table_stored(table) != table;
}

/* The columns of table_stored() in which those of the mask are. */
uint64_t pack_columns(const struct table *table, uint64_t columns);

/* The row of a packed table; the rest in mem, the key lent. */
MUST_USE enum status row_pack(const struct table *table, const void *row, struct arena *mem,
                              struct packed_row *ret, struct why *why);

/* Fills the columns of the mask from what is kept, texts copied into mem. CORRUPT. */
MUST_USE enum status row_unpack(const struct table *table, const struct packed_row *kept,
                                uint64_t columns, void *row, struct arena *mem, struct why *why);

/* Gives the connection the SQL function pack(...), which makes a rest of its arguments: for the
 * migrations that pack a table. Integers, texts and blobs, and NULL for an absent one. */
MUST_USE enum status pack_register(struct sqlite_conn *conn, struct why *why);

#endif
