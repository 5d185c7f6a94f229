/* page.h: lists in pages, by opaque tokens.
 *
 * A token says where the page before ended: the order columns of its last row. It also binds the
 * operation and every other member of the request (the filters), so that a token used for another
 * list is refused rather than misread, and carries a MAC, so that nobody makes one up: SDKs treat
 * it as opaque, and so must everybody. A token is good for PAGE_TOKEN_HOURS. Going on by position
 * costs the same on every page, and rows that come or go meanwhile double or hide no others.
 *
 *     struct page page;
 *     struct thing row = {0};
 *     struct store_range range = {0};
 *     TRY(page_begin(call, &page, why));
 *     TRY(page_resume(&page, TABLE(thing), &range, &row, call->mem, why));
 *     TRY(store_scan_open(call->tx, TABLE(thing), &range, &scan, why));
 *     reply_begin_list(call, M_things);
 *     while (page_wants(&page)) {
 *         TRY(store_scan_next(scan, &row, call->mem, &more, why));
 *         if (!more) { break; }
 *         TRY(page_add(&page, TABLE(thing), range.index, &row, why));
 *         if (page_over(&page)) { break; }              one row beyond the page: there is a next
 *         ... reply_begin_item(call); ...
 *     }
 *     reply_end_list(call);
 *     return page_end(call, &page, why);                writes the token when there is a next page
 */
#ifndef API_PAGE_H
#define API_PAGE_H

#include "api/call.h"
#include "store/store.h"

enum { PAGE_DEFAULT = 25, PAGE_TOKEN_HOURS = 24, PAGE_KEY_BYTES = 32 };

/* Secret of this daemon; a token made under another key is refused. */
struct page_key {
    uint8_t bytes[PAGE_KEY_BYTES];
};

struct page {
    size_t size;         /* entries wanted: maxResults or pageSize, bounded by the model */
    size_t n;            /* rows seen by page_add */
    struct str position; /* of the token of this request; absent: the first page */
    struct str last;     /* position of the last row that fits the page */
    struct arena *mem;
};

/* Reads page size and token. INVALID: a token that is not ours, too old, or of another request. */
MUST_USE enum status page_begin(const struct call *call, struct page *ret, struct why *why);

/* On a later page, fills the order columns of *row and points range->after at it. range->index must
 * be set. On the first page nothing is changed. */
MUST_USE enum status page_resume(const struct page *page, const struct table *table,
                                 struct store_range *range, void *row, struct why *why);

/* True until one row more than the page holds was added. */
static inline bool page_wants(const struct page *page)
{
    return page->n <= page->size;
}

/* Counts the row that the scan gave, and remembers its position. */
MUST_USE enum status page_add(struct page *page, const struct table *table,
                              const struct table_index *index, const void *row, struct why *why);

/* The row just added lies beyond the page. */
static inline bool page_over(const struct page *page)
{
    return page->n > page->size;
}

/* For lists that are no scan of one table: the position is any text of the handler's own, which it
 * finds in page->position again. */
MUST_USE enum status page_add_text(struct page *page, struct str position, struct why *why);

/* Writes op->token_out when a row beyond the page was seen. */
MUST_USE enum status page_end(struct call *call, const struct page *page, struct why *why);

#endif
