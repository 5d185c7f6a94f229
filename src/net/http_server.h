/* http_server.h: the daemon's HTTP/1.1 server, plain or TLS (1.2 and later).
 *
 * A server listens on one address and runs its own I/O threads. Each whole request becomes an
 * exchange (http.h) and one call of the handler, on an I/O thread, which must not block: it either
 * finishes the exchange at once or hands it to another thread, which does.
 *
 * What a client may cost is bounded before the handler hears of it:
 * - the request line and headers (431), the body (413; a body somewhat too large is read to its end
 *   and answered on the same connection, a huge one closes it);
 * - connections in all (more wait in the kernel's queue) and for one address (closed at once);
 * - a connection on which nothing moves is closed after the idle time; a request or reply that
 *   moves, but takes longer than the request time in all, is answered 408 where possible and cut;
 * - a client that closes before its request is whole gives its place back within half a second.
 * Contradictory framing (two lengths, a length and a transfer coding) and targets that are no path
 * are 400. Texts that are no HTTP at all, and headers beyond four times the bound, are answered by
 * the library, in its own words (libmicrohttpd 0.9.75 writes the head of some of these twice, as
 * when Host is missing or Content-Length is no length: it queues its refusal and then walks on to
 * the state that writes a head. No callback of ours comes between; the connection closes after it).
 *
 * What the server itself answers looks like any error of the API: the exception's name in
 * x-amzn-ErrorType and as "__type", {"message":...}, and x-amzn-RequestId, which config.rejected is
 * told for the log. The names are AWS's where AWS has one (413 as in the IoT data plane's API, 408
 * and 503 as in its "Common errors"):
 *     400, 431  InvalidRequestException         413  RequestEntityTooLargeException
 *     408       RequestTimeoutException         503  ServiceUnavailableException (out of memory)
 */
#ifndef NET_HTTP_SERVER_H
#define NET_HTTP_SERVER_H

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
    /* Called for each, on any thread, under a lock: writes a line, no more. May be NULL. */
    void (*rejected)(void *ctx, const struct http_rejection *rejection);
    void *rejected_ctx;
    struct rnd rnd; /* request ids */
};

/* Since the start. */
struct http_server_counters {
    uint64_t connections; /* accepted */
    uint64_t refused;     /* closed at once: too many from one address */
    uint64_t requests;    /* given to the handler */
    uint64_t rejected;    /* answered by the server itself: 400, 413, 431 */
    uint64_t timeouts;    /* cut: idle, or too slow in all */
    uint64_t bytes_in;    /* request lines, headers and bodies as read */
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

/* The certificates that new connections are shown, as DER in mem, the server's own first; none
 * without TLS. */
MUST_USE enum status http_server_certificates(struct http_server *server, struct arena *mem,
                                              const struct bytes **ret, size_t *ret_n,
                                              struct why *why);

void http_server_counters(struct http_server *server, struct http_server_counters *ret);

/* Stops listening at once, waits up to grace_ms until every exchange in hand is finished and its
 * reply sent, then closes what is open and frees the server. When an exchange is still with the
 * handler after that, the server cannot be freed without pulling the exchange away under it: gives
 * false, and everything stays allocated, for a program that is about to end. Accepts NULL. */
bool http_server_stop(struct http_server *server, unsigned grace_ms);

#endif
