/* http_chunks.h: a body in chunks, taken out of its framing as it arrives (RFC 9112, section 7.1).
 *
 * Pure. Extensions and trailers are read over, and count towards a bound of their own, so that
 * framing cannot be endless where the body is bounded. Lines end with CRLF, as in heads.
 */
#ifndef NET_HTTP_CHUNKS_H
#define NET_HTTP_CHUNKS_H

#include <stdint.h>

#include "base/str.h"

struct http_chunks {
    int state;
    uint64_t left;   /* of the chunk: to be read */
    unsigned digits; /* of its size */
    size_t framing;  /* bytes of lines since the last data */
    size_t framing_max;
    bool trailer_line; /* the line at hand holds something */
};

enum http_chunks_said {
    HTTP_CHUNKS_MORE, /* all was taken, and more must come */
    HTTP_CHUNKS_DATA, /* a piece of the body; call again */
    HTTP_CHUNKS_END,  /* the body is whole; the rest is behind it */
    HTTP_CHUNKS_BAD,
};

/* framing_max: bytes that a size with its extension, or all trailers, may have. */
void http_chunks_init(struct http_chunks *chunks, size_t framing_max);

/* Takes bytes off *rest. With DATA, *ret_data is a view into them. After END or BAD no more calls.
 */
enum http_chunks_said http_chunks_read(struct http_chunks *chunks, struct str *rest,
                                       struct str *ret_data);

#endif
