/* page.h: lists, a page at a time, at a cost that does not depend on how long the list is.
 *
 * A page begins strictly after a position, which is the order columns of the last row of the page
 * before, written as one text. Rows added or removed between two pages neither shift nor double the
 * others. The text is ours and opaque: whoever hands it to the outside signs it (api/page.h); here
 * it is checked for form only.
 */
#ifndef ACCOUNT_PAGE_H
#define ACCOUNT_PAGE_H

#include "account/account.h"

enum {
    PAGE_ROWS_DEFAULT = 100,  /* when the request names no size */
    PAGE_ROWS_MAX = 250,      /* the service model's largest page size */
    PAGE_SCAN_MAX = 4096,     /* rows looked at for one page of a filtered list */
    PAGE_BYTES_MAX = 4 << 20, /* memory taken by one page; the reply must hold it */
};

struct page {
    size_t max; /* rows wanted; 0: PAGE_ROWS_DEFAULT; above PAGE_ROWS_MAX: that */
    bool descending;
    struct str after; /* a former page's next; absent: from the start */
};

/* What a list gives back: n records of the table scanned, in ctx->mem. A filtered list that has
 * looked at PAGE_SCAN_MAX rows ends its page there, with a next, even when it has found nothing; so
 * does any list when its rows have taken PAGE_BYTES_MAX. */
struct page_rows {
    void *rows;
    size_t n;
    struct str next; /* absent: that was all */
};

/* Which rows of a range a list shows. Returning false in *ret_keep skips the row; *ret_stop ends
 * the list before the row (the range is over). Both come in as true and false. */
struct page_filter {
    enum status (*look)(const struct account_ctx *ctx, const void *row, const void *arg,
                        bool *ret_keep, bool *ret_stop, struct why *why);
    const void *arg;
};

/* Reads a page of range (whose after and descending are page's). filter may be NULL. INVALID when
 * the position is none of this order. */
MUST_USE enum status page_read(const struct account_ctx *ctx, const struct table *table,
                               const struct store_range *range, const struct page *page,
                               const struct page_filter *filter, struct page_rows *ret,
                               struct why *why);

/* Positions by hand, for lists that are not one scan: n texts as one, and back. INVALID when text
 * does not hold exactly n. */
MUST_USE enum status page_position_make(struct arena *mem, const struct str *parts, size_t n,
                                        struct str *ret, struct why *why);
MUST_USE enum status page_position_read(struct str text, struct str *ret_parts, size_t n,
                                        struct why *why);

/* The size that applies. */
static inline size_t page_size(const struct page *page)
{
    if (page->max == 0) {
        return PAGE_ROWS_DEFAULT;
    }
    return page->max > PAGE_ROWS_MAX ? PAGE_ROWS_MAX : page->max;
}

#endif
