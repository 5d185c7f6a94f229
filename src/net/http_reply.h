/* http_reply.h: a reply as bytes: status line, headers, and what they say of the body. */
#ifndef NET_HTTP_REPLY_H
#define NET_HTTP_REPLY_H

#include "base/buf.h"
#include "net/http.h"

/* What the connection adds to a reply. */
struct http_reply_form {
    struct str date; /* absent: no Date */
    bool closes;
    bool bodiless; /* the answer to HEAD: the length is told, the body is not sent */
};

/* Writes the head. A header of the reply that would split it (a control character in name or value)
 * is left out, since nothing of ours writes one; a status that is none becomes 500. */
void http_reply_write(const struct http_reply *reply, const struct http_reply_form *form,
                      struct buf *out);

#endif
