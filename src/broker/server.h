/* server.h: the daemon's side of the link to the brokers: a socket, a thread, a queue for each.
 *
 *     DIR/broker.sock (0660) -> accept: the peer's user is one of those named -> HELLO -> WELCOME,
 *     SETTINGS, the state (feed.h) -> changes as they become durable; events up -> one transaction
 *     a batch (intake.h) -> ACK
 * Invariants
 *  1. A change is on its way to the brokers when the API's answer to it is: the store tells of it
 *     before it tells the caller (store_watch), and the thread is woken at once.
 *  2. Nothing is acknowledged that is not durable.
 *  3. Everything that waits is bounded. A broker that does not read is told no more than
 *     OUTBOUND_FULL, and cut at OUTBOUND_MAX; one that tells faster than the store takes it is not
 *     read further than a batch in flight and a batch in hand.
 *  4. Of several brokers each has its own name; a connection with the name of another replaces it.
 */
#ifndef BROKER_SERVER_H
#define BROKER_SERVER_H

#include <stdatomic.h>
#include <sys/types.h>

#include "broker/intake.h"
#include "model/arn.h"

enum { BROKER_PEERS_MAX = 16, BROKER_USERS_MAX = 8, BROKER_NAME_MAX = 64 };

struct broker_server;

/* What happened, for the log; called on the server's thread. */
struct broker_event {
    enum broker_what {
        BROKER_JOINED,      /* text: version; number: 1 when it is told the whole state, else 0 */
        BROKER_LEFT,        /* text: why */
        BROKER_TURNED_AWAY, /* text: why; number: its user id */
        BROKER_TROUBLE,     /* text: what the store, or the system, refuses; it is tried again */
        BROKER_REFUSED,     /* text: the last reason; number: frames passed over */
        BROKER_DROPPED,     /* number: events that the broker had no room for */
        BROKER_CUT,         /* number: connections; ms: from the decision */
    } what;
    struct str broker;
    struct str text;
    int64_t number;
    int64_t ms;
};

enum { BROKER_CUT_BUCKETS = 8 }; /* of broker_cut_bounds_ms, and one for all */
extern const int64_t broker_cut_bounds_ms[BROKER_CUT_BUCKETS - 1];

/* What is counted, for /metrics. */
struct broker_counters {
    atomic_uint_fast64_t peers;                 /* now */
    atomic_uint_fast64_t frames[LINK_TYPE_END]; /* upward, taken in */
    atomic_uint_fast64_t rows;                  /* downward */
    atomic_uint_fast64_t batches;
    atomic_uint_fast64_t again, refused, dropped;
    atomic_uint_fast64_t sent, received, auth_failures; /* messages and denials of clients */
    atomic_uint_fast64_t published, publish_failed;
    atomic_uint_fast64_t cut;                            /* connections */
    atomic_uint_fast64_t cut_ms;                         /* sum, from decision to cut */
    atomic_uint_fast64_t cut_within[BROKER_CUT_BUCKETS]; /* decisions, by the bound they kept */
};

struct broker_options {
    struct store *store;
    struct account_id account;
    struct clock clock;
    struct rnd rnd;
    struct str path;               /* of the socket */
    struct str trust_folder;       /* trust.h; absent: none is kept */
    struct bytes local_ca;         /* DER of the local authority; absent: none */
    uid_t users[BROKER_USERS_MAX]; /* besides our own */
    size_t n_users;
    struct link_settings settings;
    void (*told)(void *ctx, const struct broker_event *event); /* may be NULL */
    void *told_ctx;
    struct broker_counters *counters;
    enum status (*stranger)(void *ctx, const struct account_ctx *account,
                            const struct link_stranger *stranger, struct why *why);
    void *stranger_ctx; /* as in intake.h */
};

/* Listens, and starts the thread. What options point to outlives the server. INVALID: the path is
 * too long, or something else than a socket is there; IO. */
MUST_USE enum status broker_server_start(const struct broker_options *options,
                                         struct broker_server **ret, struct why *why);

/* Lets batches in flight finish, ends the thread, removes the socket. Accepts NULL. */
void broker_server_stop(struct broker_server *server);

/* Whether a broker is there now. */
bool broker_is_there(struct broker_server *server);

/* ---- asking brokers to do something; from any thread ------------------------------------------
 */

/* A message to be published by every broker that is there. done is called once on the server's
 * thread: OK when one of them has; BUSY: none is there, or too much waits; IO: it refused, or left;
 * CANCELED: it took longer than BROKER_PUBLISH_MS. */
enum { BROKER_PUBLISH_MS = 5000, BROKER_PUBLISHES_MAX = 1024 };
struct broker_publish {
    struct link_publish message; /* its id is set by the server; what it points to outlives done */
    void (*done)(struct broker_publish *publish);
    void *ctx;
    enum status status;
    struct why why;
    /* the server's own */
    struct broker_publish *next;
    int64_t until;
    unsigned waiting; /* brokers that have not answered */
};
MUST_USE enum status broker_publish_begin(struct broker_server *server,
                                          struct broker_publish *publish, struct why *why);

/* The same, and waits for the end. Never on the store's thread or the server's. */
MUST_USE enum status broker_publish(struct broker_server *server,
                                    const struct link_publish *message, struct why *why);

/* Has the brokers end a client's connection; without waiting. BUSY: no broker is there. */
MUST_USE enum status broker_cut(struct broker_server *server, struct str client,
                                enum link_end reason, bool will, struct why *why);

#endif
