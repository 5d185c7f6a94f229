/* page.h: the tokens by which the outside goes through a list.
 *
 * A position in a list (account/page.h) is a text of ours. What leaves the door is a token: it
 * binds the position to the operation and to every other member of the request (the filters), so
 * that a token given to another list is refused rather than misread; and it carries a MAC, so that
 * nobody makes one up. A token is good for PAGE_TOKEN_HOURS.
 *
 *     struct page page;
 *     TRY(call_page(call, &page, why));
 *     TRY(things_list(&ctx, &filter, &page, &rows, why));
 *     ... reply_begin_list(call, M_things); ... reply_end_list(call);
 *     return reply_next(call, rows.next, why);
 */
#ifndef API_PAGE_H
#define API_PAGE_H

#include "account/page.h"
#include "api/call.h"

enum { PAGE_SIZE_DEFAULT = 25, PAGE_TOKEN_HOURS = 24, PAGE_KEY_BYTES = 32 };

/* Secret of this daemon; a token made under another key is refused. */
struct page_key {
    uint8_t bytes[PAGE_KEY_BYTES];
};

/* What the request asks for: maxResults or pageSize, as the operation has it (when not given,
 * PAGE_SIZE_DEFAULT, or what the service gives without: 100 in IAM and SNS, 50 in Logs), the
 * position of its token, and descending unless ascendingOrder is true (false where the operation
 * has no such member). INVALID: a token that is not ours, too old, or of another request. */
MUST_USE enum status call_page(const struct call *call, struct page *ret, struct why *why);

/* Writes nextToken or nextMarker, as the operation has it; nothing for an absent position. Where
 * the reply has IsTruncated, writes that too: call it once for each page. */
MUST_USE enum status reply_next(struct call *call, struct str position, struct why *why);

#endif
