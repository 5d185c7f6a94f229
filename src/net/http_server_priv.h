/* http_server_priv.h: what the three parts of the server share.
 *
 * http_server.c starts and stops; http_loop.c has an I/O thread that waits for descriptors, for
 * exchanges finished elsewhere and for time; http_connection.c carries one connection from its
 * first byte to its end. A connection belongs to the one loop that accepted it and is touched by no
 * other thread, with one exception: http_finish (see hand).
 *
 * Descriptors are watched by edges, registered once: an event only notes that something may move,
 * and the connection notes when nothing moves any more.
 */
#ifndef NET_HTTP_SERVER_PRIV_H
#define NET_HTTP_SERVER_PRIV_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "base/clock.h"
#include "net/cidr.h"
#include "net/http_chunks.h"
#include "net/http_head.h"
#include "net/http_places.h"
#include "net/http_server.h"
#include "net/stream.h"

/* What a connection is at; says who may move it and which bound of time holds. */
enum http_phase {
    PHASE_HANDSHAKE,
    PHASE_WAITING, /* for the first byte of a request */
    PHASE_HEAD,
    PHASE_BODY,
    PHASE_WORKING, /* with the handler; never freed, never timed */
    PHASE_WRITING,
    PHASE_LINGERING, /* answered and closed by us; what still comes is read and dropped, or the
                      * kernel would tear the answer up (RFC 9112, section 9.6) */
    PHASE_DEAD,
};

/* Where an exchange is. An exchange that the handler has not finished when it returns is suspended;
 * who comes second, the I/O thread that suspends or the thread that finishes, goes on with it. */
enum http_hand { HAND_HANDLER, HAND_SUSPENDED, HAND_FINISHED };

struct http_loop;

struct http_connection {
    struct http_connection *next; /* of the loop */
    struct http_connection *prev;
    struct http_connection *next_finished;
    struct http_connection *next_ready;
    struct http_connection *next_dead;
    struct http_loop *loop;
    struct stream stream;
    struct address address;
    char peer[INET6_ADDRSTRLEN];
    bool loopback;

    enum http_phase phase;
    int64_t
        since; /* monotonic ms: the phase's beginning; of HEAD and BODY, the first byte's time */
    int64_t moved; /* when bytes last moved */
    bool readable;
    bool writable;
    bool ended; /* the peer has closed its side: reads go on to the end */
    bool is_ready;
    bool timed_out;
    bool closes;  /* after the reply */
    bool counted; /* in server->busy */

    char *in; /* limits.header_bytes + 1: so many bytes and no end of the head is too many */
    size_t in_len;
    struct http_head_search search;
    struct http_framing framing;
    struct http_chunks chunks;
    struct buf body;
    size_t body_read;                   /* also what was too much and is dropped */
    const struct http_refusal *refusal; /* NULL: none; told when the body is read */
    struct http_exchange exchange;
    struct str out[2]; /* still to be written: the head and maybe the body, the body */
    atomic_int hand;
};

struct http_loop {
    struct http_server *server;
    int epoll_fd;
    int wake_fd;
    pthread_t thread;
    bool started;
    bool listening; /* the listening socket is watched */
    bool knocked;   /* somebody wants to connect */
    bool stalled;   /* the machine has no descriptors; accepts again at the next tick */
    int64_t now;    /* monotonic ms */
    int64_t swept;
    int64_t date_second; /* of the text */
    char date[32];
    struct http_connection *connections;
    struct http_connection *ready; /* have more to do, after the others' turns */
    struct http_connection *dead;  /* freed at the end of the turn */
    pthread_mutex_t lock;
    struct http_connection *finished; /* under lock: by other threads */
};

struct http_server {
    struct http_server_limits limits;
    void (*handle)(struct http_exchange *exchange, void *ctx);
    void *ctx;
    void (*tell_rejected)(void *ctx, const struct http_rejection *rejection);
    void *rejected_ctx;
    struct rnd rnd;
    struct clock clock; /* now NULL: none */
    struct http_places *places;
    struct stream_tls *tls; /* NULL without TLS, as the next three */
    struct tls_keys *keys;  /* under lock */
    char *cert_file;
    char *key_file;
    int listen_fd;
    uint16_t port;
    pthread_mutex_t lock;
    struct http_loop *loops;
    unsigned n_loops;
    atomic_bool stopping; /* no new connections, no new requests */
    atomic_bool ending;   /* the loops end */
    atomic_uint busy;     /* from the call of the handler until the reply is sent, or cannot be */
    _Atomic uint64_t accepted, refused, requests, rejected, timeouts, bytes_in, bytes_out;
};

/* http_connection.c */

/* A connection of this loop, over an accepted descriptor that becomes its own; its place is given
 * back with it. NULL when out of memory: then the caller still has both. */
struct http_connection *http_connection_new(struct http_loop *loop, int fd,
                                            const struct sockaddr *peer,
                                            const struct address *address);
void http_connection_free(struct http_connection *connection);

/* Moves on until nothing moves, or others must have their turn. */
void http_connection_run(struct http_connection *connection);

/* The handler has finished the exchange that was suspended. */
void http_connection_resume(struct http_connection *connection);

/* Ends what is idle, or too slow in all. */
void http_connection_tick(struct http_connection *connection);

/* http_loop.c */

/* All loops are opened before the first starts, and stopped before the first is closed: they wake
 * each other. */
MUST_USE enum status http_loop_open(struct http_loop *loop, struct http_server *server,
                                    struct why *why);
MUST_USE enum status http_loop_start(struct http_loop *loop, struct why *why);
void http_loop_stop(struct http_loop *loop);  /* waits for its thread, which server->ending ends */
void http_loop_close(struct http_loop *loop); /* and all of its connections */
void http_loop_wake(struct http_loop *loop);

/* The exchange of a suspended connection is finished; from any thread. */
void http_loop_finished(struct http_loop *loop, struct http_connection *connection);
/* For the loop's own thread: has more to do; is over. */
void http_loop_ready(struct http_loop *loop, struct http_connection *connection);
void http_loop_bury(struct http_loop *loop, struct http_connection *connection);

/* The Date of now, absent when the server was given no clock; valid until the next call. */
struct str http_loop_date(struct http_loop *loop);

#endif
