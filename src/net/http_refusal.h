/* http_refusal.h: what the HTTP server answers by itself, before any handler hears of a request.
 *
 * Each looks like any error of the API: the exception's name in x-amzn-ErrorType and as "__type",
 * {"message":...}, and a request id. The names are AWS's where AWS has one (413 as in the IoT data
 * plane's API, 408 and 503 as in its "Common errors"); what no service names is
 * InvalidRequestException, and 501 that of operations not offered. Which status a fault has is that
 * of RFC 9110 and 9112.
 */
#ifndef NET_HTTP_REFUSAL_H
#define NET_HTTP_REFUSAL_H

#include "net/http.h"

/* name, status, exception without its ending, sentence */
#define HTTP_REFUSALS(X)                                                                           \
    X(line, 400, "InvalidRequest", "The request line is not METHOD PATH HTTP/1.1.")                \
    X(target, 400, "InvalidRequest", "The request target is not a path.")                          \
    X(target_text, 400, "InvalidRequest", "The path holds bytes that must be percent-encoded.")    \
    X(header, 400, "InvalidRequest", "A header line is not NAME: VALUE.")                          \
    X(host, 400, "InvalidRequest", "The request does not name one host.")                          \
    X(framing, 400, "InvalidRequest", "The length of the request is not stated in one way.")       \
    X(length, 400, "InvalidRequest", "Content-Length is not a number.")                            \
    X(chunk, 400, "InvalidRequest", "The body is not framed in chunks as it says.")                \
    X(time, 408, "RequestTimeout", "The request did not arrive in time.")                          \
    X(body, 413, "RequestEntityTooLarge", "The request body is too large.")                        \
    X(long_line, 414, "InvalidRequest", "The request line is too large.")                          \
    X(expectation, 417, "InvalidRequest", "Nothing but 100-continue can be expected.")             \
    X(headers, 431, "InvalidRequest", "The request line and headers are too large.")               \
    X(coding, 501, "NotImplemented", "The one transfer coding known is chunked.")                  \
    X(memory, 503, "ServiceUnavailable", "Out of memory.")                                         \
    X(end, 503, "ServiceUnavailable", "The server is ending.")                                     \
    X(version, 505, "InvalidRequest", "HTTP/1.1 and HTTP/1.0 are the versions spoken.")

struct http_refusal {
    int status;
    struct str exception;
    struct str message;
};

#define HTTP_REFUSAL_DECLARE(name, status, exception, message)                                     \
    extern const struct http_refusal http_refused_##name;
HTTP_REFUSALS(HTTP_REFUSAL_DECLARE)
#undef HTTP_REFUSAL_DECLARE

/* Makes it a reply; the texts are the refusal's own, and request_id must live as long as ret. When
 * mem has no more, the body is {} and the header still names the error. */
void http_refusal_reply(const struct http_refusal *refusal, struct str request_id,
                        struct arena *mem, struct http_reply *ret);

#endif
