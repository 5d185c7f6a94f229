/* http_server.h: the daemon's HTTP/1.1 server, plain or TLS (1.2 and later).
 *
 * A server listens on one address and runs its own I/O threads. Each whole request becomes an
 * exchange (http.h) and one call of the handler, on an I/O thread, which must not block: it either
 * finishes the exchange at once or hands it to another thread, which does.
 *
 * What a client may cost is bounded before the handler hears of it:
 * - the request line and headers (414, 431), the body (413; a body somewhat too large is read to
 *   its end and answered on the same connection, a huge one closes it);
 * - connections in all (more wait in the kernel's queue) and for one address (closed at once);
 * - a connection on which nothing moves is ended after the idle time, a request or reply that
 *   moves, but takes longer than the request time in all, after that: with 408 when a part of a
 *   request has come, else silently;
 * - a client that closes before its request is whole gives its place back at once.
 *
 * Whatever is no request, or states its length in two ways, is refused once and the connection
 * closed; http_head.h says how strictly, http_refusal.h what is answered. Nothing but the handler
 * and http_refusal.c writes a reply.
 */
#ifndef NET_HTTP_SERVER_H
#define NET_HTTP_SERVER_H

#include "base/clock.h"
#include "base/rnd.h"
#include "net/http.h"

/* 0 stands for the bound of base/limits.h. */
struct http_server_limits {
    size_t header_bytes;
    size_t body_bytes;
    unsigned connections;
    unsigned connections_per_address;
    unsigned idle_seconds;
    unsigned request_ms;
};

/* A request that the server itself answered. */
struct http_rejection {
    struct str peer;
    int status; /* 413 */
    struct str exception;
    struct str message;
    struct str request_id;
};

struct http_server_config {
    struct str address; /* numeric: "127.0.0.1", "::1", "0.0.0.0", "::" (both families) */
    uint16_t port;      /* 0: any free one; see http_server_port */
    unsigned io_threads;
    struct str
        cert_file;       /* PEM: the server's certificate, then its intermediates; absent: no TLS */
    struct str key_file; /* PEM */
    struct http_server_limits limits;
    void (*handle)(struct http_exchange *exchange, void *ctx);
    void *ctx;
    /* Called for each, on an I/O thread: writes a line, no more. May be NULL. */
    void (*rejected)(void *ctx, const struct http_rejection *rejection);
    void *rejected_ctx;
    struct rnd rnd;     /* request ids */
    struct clock clock; /* for Date; without one (now NULL), replies have none */
};

/* Since the start. */
struct http_server_counters {
    uint64_t connections; /* accepted */
    uint64_t refused;     /* closed at once: too many from one address */
    uint64_t requests;    /* given to the handler */
    uint64_t rejected;    /* answered by the server itself */
    uint64_t timeouts;    /* cut: idle, or too slow in all */
    uint64_t bytes_in;    /* as read, without TLS's own */
    uint64_t bytes_out;   /* bodies of replies */
    unsigned open;        /* connections now */
    unsigned busy;        /* requests given to the handler and not yet answered */
};

struct http_server;

/* Listens and serves. The texts of config need not outlive the call; ctx must outlive the server.
 * INVALID: an address that is none, unusable TLS files, or one of the two without the other; IO:
 * the address is in use or forbidden.
 */
MUST_USE enum status http_server_start(const struct http_server_config *config,
                                       struct http_server **ret, struct why *why);

/* The port it listens on. */
uint16_t http_server_port(const struct http_server *server);

/* Reads the TLS files again. New connections get the new certificate, open ones keep theirs. When
 * the files are unusable, nothing changes and why says which and how. Without TLS: nothing. */
MUST_USE enum status http_server_reload_tls(struct http_server *server, struct why *why);

void http_server_counters(struct http_server *server, struct http_server_counters *ret);

/* Stops listening at once, waits up to grace_ms until every exchange in hand is finished and its
 * reply sent, then closes what is open and frees the server. When an exchange is still with the
 * handler after that, the server cannot be freed without pulling the exchange away under it: gives
 * false, and everything stays allocated, for a program that is about to end. Accepts NULL. */
bool http_server_stop(struct http_server *server, unsigned grace_ms);

#endif
