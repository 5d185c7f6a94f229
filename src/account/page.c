/* page.c: pages of any order of any table, by its columns. */
#include "account/page.h"

#include <inttypes.h>

#include "base/buf.h"
#include "base/limits.h"

#include "base/banned.h"

enum { ORDER_COLUMNS_MAX = INDEX_COLUMNS_MAX + 4 };

/* ---- positions: "5:thing-", one length-prefixed part after another ----------------------------
 */

enum status page_position_make(struct arena *mem, const struct str *parts, size_t n,
                               struct str *ret, struct why *why)
{
    struct buf text;
    buf_init(&text, mem, LIMIT_URI_BYTES);
    for (size_t i = 0; i < n; i++) {
        if (str_absent(parts[i])) {
            buf_put_char(&text, '-');
        } else {
            buf_put_fmt(&text, "%zu:", parts[i].len);
            buf_put_str(&text, parts[i]);
        }
    }
    return buf_finish(&text, ret, why);
}

/* Takes one part off *rest; false when none stands there. */
static bool position_part(struct str *rest, struct str *ret_part)
{
    if (rest->len > 0 && rest->ptr[0] == '-') {
        *ret_part = STR_ABSENT;
        *rest = str_slice(*rest, 1, rest->len);
        return true;
    }
    size_t colon = str_find_char(*rest, ':', 0);
    int64_t len;
    if (colon == rest->len || str_to_int64(str_slice(*rest, 0, colon), &len) != STATUS_OK ||
        len < 0 || (uint64_t)len > rest->len - colon - 1) {
        return false;
    }
    *ret_part = str_slice(*rest, colon + 1, colon + 1 + (size_t)len);
    *rest = str_slice(*rest, colon + 1 + (size_t)len, rest->len);
    return true;
}

enum status page_position_read(struct str text, struct str *ret_parts, size_t n, struct why *why)
{
    struct str rest = text;
    bool read = true;
    for (size_t i = 0; i < n && read; i++) {
        read = position_part(&rest, &ret_parts[i]);
    }
    if (!read || rest.len != 0) {
        return why_set(why, STATUS_INVALID, "the position is none of this list");
    }
    return STATUS_OK;
}

/* ---- the order's columns of a row -------------------------------------------------------------
 */

/* The columns of the whole order, as store/tables.h defines it: the index's, then the key's. */
static size_t order_columns(const struct table *table, const struct table_index *index,
                            size_t columns[ORDER_COLUMNS_MAX])
{
    size_t n = 0;
    for (size_t i = 0; index != NULL && i < index->n; i++) {
        columns[n++] = index->columns[i];
    }
    size_t n_index = n;
    for (size_t key = 0; key < table->n_key; key++) {
        bool listed = false;
        for (size_t i = 0; i < n_index; i++) {
            listed = listed || columns[i] == key;
        }
        if (!listed) {
            columns[n++] = key;
        }
    }
    return n;
}

static void *column_of(const struct table *table, void *row, size_t column)
{
    return (char *)row + table->columns[column].offset;
}

static const void *column_in(const struct table *table, const void *row, size_t column)
{
    return (const char *)row + table->columns[column].offset;
}

/* The position of a row: what its order columns say, without those that the range fixes. */
static enum status position_of_row(struct arena *mem, const struct table *table,
                                   const struct store_range *range, const void *row,
                                   struct str *ret, struct why *why)
{
    size_t columns[ORDER_COLUMNS_MAX];
    size_t n = order_columns(table, range->index, columns);
    struct str parts[ORDER_COLUMNS_MAX];
    size_t n_parts = 0;
    for (size_t i = range->n_prefix; i < n; i++) {
        const void *value = column_in(table, row, columns[i]);
        if (table->columns[columns[i]].type == COLUMN_INT) {
            TRY(str_fmt(mem, &parts[n_parts], why, "%" PRId64, *(const int64_t *)value));
        } else {
            parts[n_parts] = *(const struct str *)value;
        }
        n_parts++;
    }
    return page_position_make(mem, parts, n_parts, ret, why);
}

/* The row that a position stands for, of which only the order columns are set. */
static enum status row_of_position(struct arena *mem, const struct table *table,
                                   const struct store_range *range, struct str position,
                                   void **ret_row, struct why *why)
{
    size_t columns[ORDER_COLUMNS_MAX];
    size_t n = order_columns(table, range->index, columns);
    struct str parts[ORDER_COLUMNS_MAX];
    TRY(page_position_read(position, parts, n - range->n_prefix, why));
    void *row = arena_alloc(mem, table->row_size);
    TRY_PTR(row);
    if (range->n_prefix > 0) {
        memcpy(row, range->prefix, table->row_size);
    }
    for (size_t i = range->n_prefix; i < n; i++) {
        struct str part = parts[i - range->n_prefix];
        void *value = column_of(table, row, columns[i]);
        if (table->columns[columns[i]].type != COLUMN_INT) {
            *(struct str *)value = part;
        } else if (str_to_int64(part, value) != STATUS_OK) {
            return why_set(why, STATUS_INVALID, "the position is none of this list");
        }
    }
    *ret_row = row;
    return STATUS_OK;
}

/* ---- reading ----------------------------------------------------------------------------------
 */

/* One page while it is being filled. */
struct reading {
    const struct account_ctx *ctx;
    const struct table *table;
    const struct store_range *range;
    const struct page_filter *filter;
    size_t size;
    char *rows;  /* size + 1 of them */
    size_t n;    /* kept so far */
    size_t seen; /* looked at so far */
    char *last;  /* the row looked at before the one that ended the page */
    size_t used; /* of ctx->mem, before the first row */
};

/* The page must end here, however few rows it has. */
static bool reading_is_spent(const struct reading *r)
{
    return (r->filter != NULL && r->seen == PAGE_SCAN_MAX) ||
           arena_used(r->ctx->mem) - r->used > PAGE_BYTES_MAX;
}

static enum status look(const struct reading *r, const void *row, bool *ret_keep, bool *ret_stop,
                        struct why *why)
{
    *ret_keep = true;
    *ret_stop = false;
    return r->filter == NULL
               ? STATUS_OK
               : r->filter->look(r->ctx, row, r->filter->arg, ret_keep, ret_stop, why);
}

/* Takes rows off the scan until the page is full or the list is over; *ret_more when it is not. */
static enum status reading_fill(struct reading *r, struct store_scan *scan, bool *ret_more,
                                struct why *why)
{
    size_t row_size = r->table->row_size;
    for (;;) {
        char *row = r->rows + r->n * row_size;
        bool more;
        bool keep;
        bool stop;
        TRY(store_scan_next(scan, row, r->ctx->mem, &more, why));
        if (!more) {
            break;
        }
        TRY(look(r, row, &keep, &stop, why));
        if (stop) {
            break;
        }
        if (keep && r->n == r->size) {
            *ret_more = true;
            return STATUS_OK;
        }
        memcpy(r->last, row, row_size);
        r->n += keep ? 1 : 0;
        r->seen++;
        if (reading_is_spent(r)) {
            *ret_more = true;
            return STATUS_OK;
        }
    }
    *ret_more = false;
    return STATUS_OK;
}

enum status page_read(const struct account_ctx *ctx, const struct table *table,
                      const struct store_range *range, const struct page *page,
                      const struct page_filter *filter, struct page_rows *ret, struct why *why)
{
    struct store_range from = *range;
    from.descending = page->descending;
    if (!str_absent(page->after)) {
        void *after;
        TRY(row_of_position(ctx->mem, table, range, page->after, &after, why));
        from.after = after;
    }
    struct reading r = {ctx, table, range, filter, page_size(page), NULL, 0, 0, NULL, 0};
    r.rows = arena_array(ctx->mem, r.size + 1, table->row_size);
    TRY_PTR(r.rows);
    r.last = arena_alloc(ctx->mem, table->row_size);
    TRY_PTR(r.last);
    r.used = arena_used(ctx->mem);
    AUTO_SCAN *scan = NULL;
    bool more;
    TRY(store_scan_open(ctx->tx, table, &from, &scan, why));
    TRY(reading_fill(&r, scan, &more, why));
    struct str next = STR_ABSENT;
    if (more) {
        TRY(position_of_row(ctx->mem, table, range, r.last, &next, why));
    }
    *ret = (struct page_rows){r.rows, r.n, next};
    return STATUS_OK;
}
