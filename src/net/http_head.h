/* http_head.h: the head of a request: where it ends, and what it says.
 *
 * Pure functions over bytes. The reader is strict where two readers of one connection might come to
 * differ about where a request ends (RFC 9112, sections 2.2, 3, 5 and 6; the CVEs of request
 * smuggling): lines end with CRLF, names are tokens with the colon right behind them, values hold
 * no control characters and are never folded, one length or one coding and not both, one Host.
 */
#ifndef NET_HTTP_HEAD_H
#define NET_HTTP_HEAD_H

#include "net/http.h"
#include "net/http_refusal.h"

/* How far the end of a head was looked for; {0} at its beginning. */
struct http_head_search {
    size_t looked;
    bool line_whole; /* the request line stands there in full */
};

enum http_head_said {
    HTTP_HEAD_MORE,
    HTTP_HEAD_WHOLE,
    HTTP_HEAD_HOPELESS, /* the first line holds bytes that no request line holds: no HTTP */
};

/* Looks on for the empty line. text is all that has come of the head and what is behind it, and
 * grows from call to call; no byte is looked at more than twice. With WHOLE, *ret_len bytes of it
 * are the head. */
enum http_head_said http_head_find(struct http_head_search *search, struct str text,
                                   size_t *ret_len);

/* What the head says of the body and of the connection. */
struct http_framing {
    bool keep_alive; /* HTTP/1.1 and no "Connection: close" */
    bool chunked;
    bool waits;     /* for 100 Continue */
    int64_t length; /* of the body; 0 when there is none, or it is chunked */
};

/* Reads a whole head. The texts of the request are views into it; the headers' array is mem's.
 * Gives NULL, or what the request is refused with. */
const struct http_refusal *http_head_read(struct arena *mem, struct str head,
                                          struct http_request *request, struct http_framing *ret);

#endif
