/* http_server_priv.h: the parts of the HTTP server: connections, exchanges, time, start and stop.
 *
 * libmicrohttpd, with the bounds that it lacks:
 * 1. A connection's struct is born in connection_notice STARTED and dies in CLOSED, which the
 *    library calls before it closes the socket. So whoever holds server->lock and finds a
 * connection in the list may use its descriptor.
 * 2. A connection has one exchange at a time; it is used again for the next request.
 * 3. The reply is queued when the library calls with the whole request, never on the first call
 *    (which would close the connection), except to refuse a request and be rid of the connection.
 * 4. An exchange that the handler has not finished when it returns is suspended. Who comes second,
 *    the I/O thread that suspended or the thread that finished, resumes; hand decides.
 * 5. server->busy counts from the call of the handler until the reply is sent, or cannot be.
 */
#ifndef NET_HTTP_SERVER_PRIV_H
#define NET_HTTP_SERVER_PRIV_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <microhttpd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/rnd.h"
#include "net/http_server.h"
#include "net/tls_keys.h"

/* What a connection is doing; says which bound of time holds. */
enum phase { PHASE_WAITING, PHASE_READING, PHASE_WORKING, PHASE_WRITING };

/* Where an exchange is; see 4. */
enum hand { HAND_HANDLER, HAND_SUSPENDED, HAND_FINISHED };

/* What the server itself answers; the table is in http_server.h. */
struct refusal {
    int status;
    struct str exception;
    struct str message;
};

struct connection {
    struct connection *next;
    struct connection *prev;
    struct http_server *server;
    struct MHD_Connection *mhd;
    struct tls_keys *keys;
    int fd;
    char peer[INET6_ADDRSTRLEN];
    bool loopback;
    atomic_int phase;
    _Atomic int64_t since; /* monotonic ms; of this phase, or of the first byte of the request */
    bool cut;              /* by the sweeper; under server->lock */

    struct http_exchange exchange;
    struct buf body;
    uintptr_t target_end; /* where the target ends in the library's buffer */
    bool headers_read;
    bool counted;                  /* in server->busy */
    const struct refusal *refusal; /* NULL: none */
    size_t swallowed;
    atomic_int hand;
};

struct http_server {
    struct http_server_limits limits;
    void (*handle)(struct http_exchange *exchange, void *ctx);
    void *ctx;
    void (*tell_rejected)(void *ctx, const struct http_rejection *rejection);
    void *rejected_ctx;
    struct rnd rnd;
    struct MHD_Daemon *daemon;
    struct tls_keys *keys; /* under lock */
    char *cert_file;       /* both NULL without TLS */
    char *key_file;
    int listen_fd;
    uint16_t port;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t sweeper;
    bool sweeping;
    bool ending;                    /* under lock */
    struct connection *connections; /* under lock */
    atomic_bool stopping;
    atomic_uint open;
    atomic_uint busy;
    _Atomic uint64_t accepted, refused, requests, rejected, timeouts, bytes_in, bytes_out;
};

static inline void phase_set(struct connection *c, enum phase phase)
{
    atomic_store(&c->since, clock_monotonic_ms());
    atomic_store(&c->phase, phase);
}

/* ---- connections: http_server_connection.c ----------------------------------------------------
 */

/* Callbacks of the library: whether one more from this address is welcome; one begins or ends;
 * which certificate its handshake shows. */
enum MHD_Result connection_accept(void *server, const struct sockaddr *address, socklen_t len);
void connection_notice(void *server, struct MHD_Connection *mhd, void **slot,
                       enum MHD_ConnectionNotificationCode code);
int connection_handshake(gnutls_session_t session, const gnutls_datum_t *authorities, int n,
                         const gnutls_pk_algorithm_t *algorithms, int n_algorithms,
                         gnutls_pcert_st **chain, unsigned *chain_n, gnutls_privkey_t *key);

/* NULL when there was no memory for it. */
struct connection *connection_of(struct MHD_Connection *mhd);

/* Takes it out of server->busy, where it may be. */
void connection_not_busy(struct connection *c);

/* ---- exchanges: http_server_exchange.c ---------------------------------------------------------
 */

/* Callbacks of the library, in the order of a request: its target, still as it was sent; its path,
 * which is left encoded; headers, body and end; that all is sent. */
void *exchange_target(void *cls, const char *target, struct MHD_Connection *mhd);
size_t exchange_unescape(void *cls, struct MHD_Connection *mhd, char *text);
enum MHD_Result exchange_request(void *cls, struct MHD_Connection *mhd, const char *url,
                                 const char *method, const char *version, const char *upload,
                                 size_t *upload_len, void **slot);
void exchange_completed(void *server, struct MHD_Connection *mhd, void **slot,
                        enum MHD_RequestTerminationCode code);

/* ---- refusals: http_server_refusal.c -----------------------------------------------------------
 */

extern const struct refusal refused_target, refused_bytes, refused_framing, refused_length,
    refused_time, refused_body, refused_headers, refused_memory, refused_end;

enum { REFUSAL_BODY_MAX = 256 };

/* {"__type": ..., "message": ...} into body; its length. */
size_t refusal_body(const struct refusal *refusal, char body[REFUSAL_BODY_MAX]);

/* Tells whoever wants to know. */
void refusal_tell(const struct connection *c, const struct refusal *refusal,
                  const char *request_id);

/* ---- time: http_server_time.c ------------------------------------------------------------------
 */

/* The thread that cuts what takes too long; ends when server->ending is set and wake signaled. */
void *time_sweep(void *server);

#endif
