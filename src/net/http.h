/* http.h: one HTTP exchange as everybody above the wire sees it.
 *
 * A server (http_server.h) reads a whole request, within the bounds of base/limits.h, into an
 * exchange with an arena of its own, and calls the handler once on an I/O thread. The handler fills
 * reply, at once or later from any thread, and calls http_finish exactly once; then the exchange,
 * its arena and everything in it belong to the server again. Nothing in a request is decoded: path
 * and query are the bytes of the request line, which is what SigV4 signs.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include "base/arena.h"
#include "base/str.h"

struct http_header {
    struct str name; /* as sent; compare with str_eq_nocase */
    struct str value;
};

struct http_request {
    struct str method; /* "GET" */
    struct str path;   /* raw: before the first '?', not percent-decoded */
    struct str query;  /* raw: after the first '?', absent when there is none */
    const struct http_header *headers;
    size_t n_headers;
    struct str body;
    struct str peer; /* numeric address of the client, without port */
    bool loopback;   /* peer is a loopback address */
    bool tls;
};

enum { HTTP_REPLY_HEADERS_MAX = 8 };

struct http_reply {
    int status; /* 200 */
    struct http_header headers[HTTP_REPLY_HEADERS_MAX];
    size_t n_headers;
    struct str body; /* in the exchange's arena, or static */
};

struct http_exchange {
    struct http_request request;
    struct http_reply reply;
    struct arena *mem;  /* at most LIMIT_REQUEST_MEMORY */
    int64_t started_ms; /* monotonic, when the first byte of the request was read */
    void (*finish)(
        struct http_exchange *exchange); /* what http_finish does; tests have their own */
    void *server_state;                  /* the server's own */
};

/* The value of a header, or absent. */
struct str http_header_get(const struct http_request *request, struct str name);

/* Adds a header to the reply; beyond HTTP_REPLY_HEADERS_MAX it is dropped (a fault of ours). */
void http_reply_header(struct http_reply *reply, struct str name, struct str value);

/* The reply is complete. May be called from any thread, exactly once; the exchange is gone after.
 */
void http_finish(struct http_exchange *exchange);

#endif
