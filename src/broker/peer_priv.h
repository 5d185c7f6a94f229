/* peer_priv.h: one broker at the other end of the link.
 *
 * What it tells is gathered into a batch; one batch at a time is with the store, the next one fills
 * meanwhile, and when that is full nothing more is read. All of it runs on the server's thread, but
 * batch_work and batch_done, which are the store's.
 */
#ifndef BROKER_PEER_PRIV_H
#define BROKER_PEER_PRIV_H

#include "broker/feed.h"
#include "broker/server.h"

/* Frames on their way into the account. */
struct batch {
    struct store_job job; /* first: the job is the batch */
    const struct broker_options *options;
    int wake; /* an eventfd that is told of its end */
    struct intake_batch in;
    char broker[BROKER_NAME_MAX];
    char version[BROKER_NAME_MAX];
    uint8_t *ptr; /* its frames */
    size_t len, cap;
    atomic_bool settled;
    int64_t retry_at; /* of the monotonic clock; 0: it is with the store */
};

void batch_free(struct batch *batch);

struct peer {
    int fd; /* -1: nobody */
    unsigned slot;
    bool greeted;
    bool gone; /* to be closed, for this reason: */
    struct why why;
    int64_t uid;
    char name[BROKER_NAME_MAX];
    size_t name_len;
    char version[BROKER_NAME_MAX];
    size_t version_len;
    uint8_t epoch[LINK_ID_BYTES];
    uint8_t *in; /* bytes that make no whole frame yet */
    size_t in_len, in_cap;
    struct outbound out;
    struct feed feed;
    struct batch *filling, *flying;
    int64_t last_batch; /* of the monotonic clock */
    bool stale;         /* an empty batch is due */
};

/* What the server does with frames that are not (only) for the store. */
struct peer_calls {
    void (*hello)(struct broker_server *server, struct peer *peer, const struct link_hello *hello);
    void (*published)(struct broker_server *server, struct peer *peer,
                      const struct link_published *published);
    void (*cut_done)(struct broker_server *server, struct peer *peer,
                     const struct link_cut_done *done);
    struct broker_server *server;
    const struct broker_options *options;
    int wake;
};

static inline struct str peer_name(const struct peer *peer)
{
    return (struct str){peer->name, peer->name_len};
}

/* The peer is to be closed; the first reason counts. */
void peer_fail(struct peer *peer, const struct why *why);

/* Whether there is room for what would be read. */
bool peer_may_read(const struct peer *peer);

/* Reads what is there, as far as there is room. */
void peer_read(struct peer *peer, const struct peer_calls *calls);

/* Gives the store what was gathered, when nothing of this peer is with it. */
void peer_flush(struct peer *peer, const struct peer_calls *calls);

/* The batch in flight, when it has become durable, to be looked at and freed; NULL: there is none,
 * or it failed and is tried again. trouble is set to why. */
struct batch *peer_settled(struct peer *peer, struct why *trouble);

/* Forgets the connection; a batch in flight is given to *ret_orphan, or NULL. */
void peer_close(struct peer *peer, struct batch **ret_orphan);

#endif
