#include "broker/server.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "broker/listener_priv.h"
#include "broker/peer_priv.h"
#include "broker/trust.h"

#include "base/banned.h"

enum {
    SERVER_MEMORY = 64 << 20,
    TURN_MS = 500,     /* how long nobody may look whether something waits for the clock */
    TROUBLE_MS = 1000, /* rest after a view could not be had */
    ORPHANS_MAX = 4 * BROKER_PEERS_MAX,
    CUTS_MAX = 4096,
};

const int64_t broker_cut_bounds_ms[BROKER_CUT_BUCKETS - 1] = {10, 50, 100, 250, 500, 1000, 5000};

struct cut {
    struct cut *next;
    struct link_cut message;
};

struct broker_server {
    struct broker_options options;
    uint8_t instance[LINK_ID_BYTES];
    struct listener listener;
    int wake; /* an eventfd */
    struct journal *journal;
    struct store_watch watch;
    struct arena *mem; /* of one slice told */
    pthread_t thread;
    bool started;
    atomic_bool stop;
    atomic_uint there; /* brokers that have said hello */

    pthread_mutex_t lock; /* of what others ask: */
    struct broker_publish *asked, **asked_last;
    size_t n_publishes; /* asked and pending */
    struct cut *cuts, **cuts_last;
    size_t n_cuts;

    /* The thread's own: */
    struct peer peers[BROKER_PEERS_MAX];
    struct batch *orphans[ORPHANS_MAX]; /* in flight, of connections that are closed */
    struct broker_publish *pending;
    uint64_t last_id;
    int64_t rest_until; /* of the monotonic clock: no view could be had */
    struct trust *trust;
    uint64_t trusted; /* the folder is as of this number of the journal; 0: not filled yet */
};

static void tell(const struct broker_server *server, const struct broker_event *event)
{
    if (server->options.told != NULL) {
        server->options.told(server->options.told_ctx, event);
    }
}

static void wake(struct broker_server *server)
{
    eventfd_write(server->wake, 1);
}

static void hear(void *ctx, const struct store_change *changes, size_t n, bool all)
{
    struct broker_server *server = ctx;
    journal_note(server->journal, changes, n, all);
    wake(server);
}

static struct account_ctx context(const struct broker_server *server, struct store_tx *tx)
{
    const struct broker_options *o = &server->options;
    return (struct account_ctx){
        .id = o->account, .clock = o->clock, .rnd = o->rnd, .mem = server->mem, .tx = tx};
}

/* ---- hello ----------------------------------------------------------------------------------- */

static bool is_name(struct str name)
{
    bool fine = name.len > 0 && name.len <= BROKER_NAME_MAX;
    for (size_t i = 0; i < name.len && fine; i++) {
        char c = name.ptr[i];
        fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.';
    }
    return fine;
}

static enum status check_hello(const struct link_hello *hello, struct why *why)
{
    if (hello->protocol != LINK_PROTOCOL) {
        return why_set(why, STATUS_UNSUPPORTED,
                       "its plugin speaks version %" PRIu64 " of the link, this daemon %d",
                       hello->protocol, LINK_PROTOCOL);
    }
    if (!is_name(hello->broker)) {
        return why_set(why, STATUS_INVALID,
                       "its name must be 1 to %d letters, digits, '-', '_' and '.'",
                       BROKER_NAME_MAX);
    }
    if (hello->epoch.ptr == NULL) {
        return why_set(why, STATUS_INVALID, "it does not tell which life of its broker it is");
    }
    return STATUS_OK;
}

static void replace_namesake(struct broker_server *server, const struct peer *peer)
{
    for (size_t i = 0; i < BROKER_PEERS_MAX; i++) {
        struct peer *other = &server->peers[i];
        if (other != peer && other->fd >= 0 && other->greeted &&
            str_eq(peer_name(other), peer_name(peer))) {
            struct why why;
            why_fill(&why, STATUS_CONFLICT, 0, "another broker of its name has come");
            peer_fail(other, &why);
        }
    }
}

/* How far its events are in already; what it need not send again. */
static enum status acknowledge_known(struct broker_server *server, struct peer *peer,
                                     struct why *why)
{
    uint64_t sequence = 0;
    AUTO_VIEW *view = NULL;
    TRY(store_read_begin(server->options.store, &view, why));
    arena_clear(server->mem);
    const struct account_ctx ctx = context(server, view);
    TRY(intake_sequence(&ctx, peer_name(peer), peer->epoch, &sequence, why));
    const struct link_ack ack = {{peer->epoch, LINK_ID_BYTES}, sequence};
    return sequence == 0 ? STATUS_OK : outbound_put(&peer->out, LINK_ACK, &ack, why);
}

static enum status greet(struct broker_server *server, struct peer *peer,
                         const struct link_hello *hello, struct why *why)
{
    const struct broker_options *o = &server->options;
    bool ours = hello->instance.ptr != NULL &&
                memcmp(hello->instance.ptr, server->instance, LINK_ID_BYTES) == 0;
    bool whole = false;
    TRY(check_hello(hello, why));
    peer->name_len = hello->broker.len;
    memcpy(peer->name, hello->broker.ptr, hello->broker.len);
    struct str version = str_slice(hello->version, 0, BROKER_NAME_MAX);
    peer->version_len = version.len;
    memcpy(peer->version, version.len == 0 ? "" : version.ptr, version.len);
    memcpy(peer->epoch, hello->epoch.ptr, LINK_ID_BYTES);
    feed_begin(&peer->feed, server->journal, ours ? hello->state : 0, &whole);
    const struct link_welcome welcome = {.protocol = LINK_PROTOCOL,
                                         .instance = {server->instance, LINK_ID_BYTES},
                                         .account = o->account.account,
                                         .region = o->account.region,
                                         .now = clock_now(&o->clock),
                                         .whole = whole};
    TRY(outbound_put(&peer->out, LINK_WELCOME, &welcome, why));
    TRY(outbound_put(&peer->out, LINK_SETTINGS, &o->settings, why));
    TRY(acknowledge_known(server, peer, why));
    replace_namesake(server, peer);
    peer->greeted = true;
    peer->stale = true; /* its first batch says that it is here */
    atomic_fetch_add(&server->there, 1);
    atomic_fetch_add(&o->counters->peers, 1);
    tell(server,
         &(struct broker_event){
             .what = BROKER_JOINED, .broker = peer_name(peer), .text = version, .number = whole});
    return STATUS_OK;
}

static void on_hello(struct broker_server *server, struct peer *peer,
                     const struct link_hello *hello)
{
    struct why why;
    if (greet(server, peer, hello, &why) != STATUS_OK) {
        peer_fail(peer, &why);
    }
}

/* ---- publishing ------------------------------------------------------------------------------ */

static void end_publish(struct broker_server *server, struct broker_publish *publish,
                        enum status status, const char *text)
{
    struct broker_publish **at = &server->pending;
    while (*at != NULL && *at != publish) {
        at = &(*at)->next;
    }
    if (*at == publish) {
        *at = publish->next;
    }
    pthread_mutex_lock(&server->lock);
    server->n_publishes--;
    pthread_mutex_unlock(&server->lock);
    publish->status = status;
    why_fill(&publish->why, status, 0, "%s", text);
    atomic_fetch_add(status == STATUS_OK ? &server->options.counters->published
                                         : &server->options.counters->publish_failed,
                     1);
    publish->done(publish);
}

static void send_publish(struct broker_server *server, struct broker_publish *publish)
{
    publish->message.id = ++server->last_id;
    publish->until = clock_monotonic_ms() + BROKER_PUBLISH_MS;
    publish->waiting = 0;
    for (size_t i = 0; i < BROKER_PEERS_MAX; i++) {
        struct peer *peer = &server->peers[i];
        if (peer->fd >= 0 && peer->greeted && !peer->gone &&
            outbound_put(&peer->out, LINK_PUBLISH, &publish->message, NULL) == STATUS_OK) {
            publish->waiting |= 1u << i;
        }
    }
    publish->next = server->pending;
    server->pending = publish;
    if (publish->waiting == 0) {
        end_publish(server, publish, STATUS_BUSY, "no broker is there that could publish");
    }
}

/* One of those asked will not answer any more. */
static void stop_waiting(struct broker_server *server, struct broker_publish *publish,
                         const struct peer *peer, const char *text)
{
    publish->waiting &= ~(1u << peer->slot);
    if (publish->waiting == 0) {
        end_publish(server, publish, STATUS_IO, text);
    }
}

static void on_published(struct broker_server *server, struct peer *peer,
                         const struct link_published *published)
{
    for (struct broker_publish *p = server->pending; p != NULL; p = p->next) {
        if (p->message.id == published->id && (p->waiting & 1u << peer->slot) != 0) {
            if (published->end == LINK_PUBLISH_DONE) {
                end_publish(server, p, STATUS_OK, "");
            } else {
                stop_waiting(server, p, peer, "the broker did not take the message");
            }
            return;
        }
    }
}

static void forget_peer(struct broker_server *server, const struct peer *peer)
{
    for (struct broker_publish *p = server->pending, *next; p != NULL; p = next) {
        next = p->next;
        if ((p->waiting & 1u << peer->slot) != 0) {
            stop_waiting(server, p, peer, "the broker went before it had published");
        }
    }
}

static void end_late_publishes(struct broker_server *server, int64_t now)
{
    for (struct broker_publish *p = server->pending, *next; p != NULL; p = next) {
        next = p->next;
        if (p->until <= now) {
            end_publish(server, p, STATUS_CANCELED, "the broker has not published in time");
        }
    }
}

enum status broker_publish_begin(struct broker_server *server, struct broker_publish *publish,
                                 struct why *why)
{
    if (server == NULL || atomic_load(&server->there) == 0) {
        return why_set(why, STATUS_BUSY, "no broker is there that could publish");
    }
    publish->next = NULL;
    pthread_mutex_lock(&server->lock);
    bool full = server->n_publishes >= BROKER_PUBLISHES_MAX;
    if (!full) {
        *server->asked_last = publish;
        server->asked_last = &publish->next;
        server->n_publishes++;
    }
    pthread_mutex_unlock(&server->lock);
    if (full) {
        return why_set(why, STATUS_BUSY, "%d messages wait to be published already; try again",
                       BROKER_PUBLISHES_MAX);
    }
    wake(server);
    return STATUS_OK;
}

static void publish_ended(struct broker_publish *publish)
{
    sem_post(publish->ctx);
}

enum status broker_publish(struct broker_server *server, const struct link_publish *message,
                           struct why *why)
{
    sem_t ended;
    struct broker_publish publish = {.message = *message, .done = publish_ended, .ctx = &ended};
    sem_init(&ended, 0, 0);
    enum status status = broker_publish_begin(server, &publish, why);
    if (status == STATUS_OK) {
        while (sem_wait(&ended) != 0) {
            /* a signal came in between */
        }
        status = publish.status;
        if (status != STATUS_OK && why != NULL) {
            *why = publish.why;
        }
    }
    sem_destroy(&ended);
    return status;
}

/* ---- cuts ------------------------------------------------------------------------------------ */

enum status broker_cut(struct broker_server *server, struct str client, enum link_end reason,
                       bool will, struct why *why)
{
    if (server == NULL || atomic_load(&server->there) == 0) {
        return why_set(why, STATUS_BUSY, "no broker is there");
    }
    struct cut *cut = mem_alloc(sizeof *cut + client.len);
    TRY_PTR(cut);
    char *text = (char *)(cut + 1);
    memcpy(text, client.ptr, client.len);
    cut->message = (struct link_cut){.client = {text, client.len},
                                     .reason = reason,
                                     .will = will,
                                     .decided = clock_now(&server->options.clock)};
    pthread_mutex_lock(&server->lock);
    bool full = server->n_cuts >= CUTS_MAX;
    if (!full) {
        *server->cuts_last = cut;
        server->cuts_last = &cut->next;
        server->n_cuts++;
    }
    pthread_mutex_unlock(&server->lock);
    if (full) {
        mem_free(cut);
        return why_set(why, STATUS_BUSY, "%d connections wait to be ended already", CUTS_MAX);
    }
    wake(server);
    return STATUS_OK;
}

static void on_cut_done(struct broker_server *server, struct peer *peer,
                        const struct link_cut_done *done)
{
    struct broker_counters *counters = server->options.counters;
    int64_t ms = done->cut > done->decided ? done->cut - done->decided : 0;
    size_t bucket = 0;
    if (done->n == 0) {
        return;
    }
    while (bucket < BROKER_CUT_BUCKETS - 1 && ms > broker_cut_bounds_ms[bucket]) {
        bucket++;
    }
    atomic_fetch_add(&counters->cut, done->n);
    atomic_fetch_add(&counters->cut_ms, (uint64_t)ms);
    atomic_fetch_add(&counters->cut_within[bucket], 1);
    tell(server,
         &(struct broker_event){
             .what = BROKER_CUT, .broker = peer_name(peer), .number = (int64_t)done->n, .ms = ms});
}

/* ---- what others asked ------------------------------------------------------------------------
 */

static void send_asked(struct broker_server *server)
{
    pthread_mutex_lock(&server->lock);
    struct broker_publish *publishes = server->asked;
    struct cut *cuts = server->cuts;
    server->asked = NULL;
    server->asked_last = &server->asked;
    server->cuts = NULL;
    server->cuts_last = &server->cuts;
    server->n_cuts = 0;
    pthread_mutex_unlock(&server->lock);
    for (struct cut *cut = cuts, *next; cut != NULL; cut = next) {
        next = cut->next;
        cut->message.id = ++server->last_id;
        for (size_t i = 0; i < BROKER_PEERS_MAX; i++) {
            struct peer *peer = &server->peers[i];
            struct why why;
            if (peer->fd >= 0 && peer->greeted &&
                outbound_put(&peer->out, LINK_CUT, &cut->message, &why) != STATUS_OK) {
                peer_fail(peer, &why); /* a cut must not be lost */
            }
        }
        mem_free(cut);
    }
    for (struct broker_publish *publish = publishes, *next; publish != NULL; publish = next) {
        next = publish->next;
        send_publish(server, publish);
    }
}

/* ---- batches that are durable -----------------------------------------------------------------
 */

static void count_batch(struct broker_server *server, const struct peer *peer,
                        const struct intake_counts *counts)
{
    struct broker_counters *c = server->options.counters;
    for (size_t i = 0; i < LINK_TYPE_END; i++) {
        if (counts->frames[i] > 0) {
            atomic_fetch_add(&c->frames[i], counts->frames[i]);
        }
    }
    atomic_fetch_add(&c->batches, 1);
    atomic_fetch_add(&c->again, counts->again);
    atomic_fetch_add(&c->refused, counts->refused);
    atomic_fetch_add(&c->dropped, counts->dropped);
    atomic_fetch_add(&c->sent, counts->sent);
    atomic_fetch_add(&c->received, counts->received);
    atomic_fetch_add(&c->auth_failures, counts->auth_failures);
    if (counts->refused > 0) {
        tell(server, &(struct broker_event){.what = BROKER_REFUSED,
                                            .broker = peer_name(peer),
                                            .text = str_from(counts->refusal),
                                            .number = (int64_t)counts->refused});
    }
    if (counts->dropped > 0) {
        tell(server, &(struct broker_event){.what = BROKER_DROPPED,
                                            .broker = peer_name(peer),
                                            .number = (int64_t)counts->dropped});
    }
}

/* Events first: who reads the acknowledgement has been told them. They may be lost to a broker that
 * does not read, and to nobody else. */
static void settle(struct broker_server *server, struct peer *peer, const struct batch *batch)
{
    const struct outbound *publish = &batch->in.publish;
    const struct link_ack ack = {{peer->epoch, LINK_ID_BYTES}, batch->in.sequence};
    struct why why;
    for (size_t i = 0; i < BROKER_PEERS_MAX && outbound_waiting(publish) > 0; i++) {
        struct peer *other = &server->peers[i];
        const struct bytes frames = {publish->ptr + publish->start, outbound_waiting(publish)};
        if (other->fd >= 0 && other->greeted &&
            outbound_put_bytes(&other->out, frames, &why) != STATUS_OK) {
            tell(server, &(struct broker_event){.what = BROKER_TROUBLE,
                                                .broker = peer_name(other),
                                                .text = str_from(why.text)});
        }
    }
    if (batch->in.n > 0 && outbound_put(&peer->out, LINK_ACK, &ack, &why) != STATUS_OK) {
        peer_fail(peer, &why);
    }
    peer->stale |= batch->in.stale;
    count_batch(server, peer, &batch->in.counts);
}

static void settle_all(struct broker_server *server, struct peer *peer)
{
    struct why trouble = {.code = STATUS_OK};
    struct batch *batch = peer_settled(peer, &trouble);
    if (batch != NULL) {
        settle(server, peer, batch);
        batch_free(batch);
    } else if (trouble.code != STATUS_OK) {
        tell(server, &(struct broker_event){.what = BROKER_TROUBLE,
                                            .broker = peer_name(peer),
                                            .text = str_from(trouble.text)});
    }
}

static void free_orphans(struct broker_server *server)
{
    for (size_t i = 0; i < ORPHANS_MAX; i++) {
        struct batch *batch = server->orphans[i];
        if (batch != NULL && atomic_load(&batch->settled)) {
            batch_free(batch);
            server->orphans[i] = NULL;
        }
    }
}

static size_t count_orphans(const struct broker_server *server)
{
    size_t n = 0;
    for (size_t i = 0; i < ORPHANS_MAX; i++) {
        n += server->orphans[i] != NULL;
    }
    return n;
}

/* ---- telling the state ------------------------------------------------------------------------
 */

static void tell_state(struct broker_server *server, struct peer *peer)
{
    const struct account_ctx ctx = context(server, NULL);
    struct why why = {.code = STATUS_OK};
    size_t rows = peer->feed.rows;
    enum status status = feed_fill(&peer->feed, server->options.store, &ctx, &peer->out, &why);
    atomic_fetch_add(&server->options.counters->rows, peer->feed.rows - rows);
    if (status == STATUS_NOT_FOUND || status == STATUS_TOO_LARGE) {
        peer_fail(peer, &why); /* it comes again, and is told the whole */
    } else if (status != STATUS_OK) {
        server->rest_until = clock_monotonic_ms() + TROUBLE_MS;
        tell(server, &(struct broker_event){.what = BROKER_TROUBLE,
                                            .broker = peer_name(peer),
                                            .text = str_from(why.text)});
    }
}

/* True when there is more to be said at once. */
static bool serve(struct broker_server *server, struct peer *peer, const struct peer_calls *calls)
{
    struct why why;
    settle_all(server, peer);
    peer_flush(peer, calls);
    bool may_tell = peer->greeted && clock_monotonic_ms() >= server->rest_until;
    if (may_tell && !outbound_is_full(&peer->out) && feed_is_behind(&peer->feed)) {
        tell_state(server, peer);
    }
    if (outbound_write(&peer->out, peer->fd, &why) != STATUS_OK) {
        peer_fail(peer, &why);
    }
    return may_tell && !peer->gone && outbound_waiting(&peer->out) == 0 &&
           feed_is_behind(&peer->feed) && clock_monotonic_ms() >= server->rest_until;
}

/* ---- whom brokers trust -----------------------------------------------------------------------
 */

/* What changed since, one by one; all of it anew when that is forgotten. */
static enum status update_trust(struct broker_server *server, struct store_tx *view, uint64_t until,
                                struct why *why)
{
    const struct account_ctx ctx = context(server, view);
    struct change change;
    bool found = true;
    while (server->trusted != 0 && server->trusted < until) {
        arena_clear(server->mem);
        enum status status =
            journal_after(server->journal, server->trusted, server->mem, &change, &found, why);
        if (status == STATUS_NOT_FOUND) {
            server->trusted = 0;
            break;
        }
        TRY(status);
        if (change.kind == CHANGE_CA || change.kind == CHANGE_CERTIFICATE) {
            bool authority = change.kind == CHANGE_CA;
            TRY(trust_update(server->trust, &ctx, change.key, authority, why));
        }
        server->trusted = change.number;
    }
    if (server->trusted == 0) {
        arena_clear(server->mem);
        TRY(trust_fill(server->trust, &ctx, server->options.local_ca, why));
        server->trusted = until;
    }
    return STATUS_OK;
}

static void keep_trust(struct broker_server *server)
{
    uint64_t until = journal_number(server->journal);
    struct why why = {.code = STATUS_OK};
    if (server->trust == NULL || server->trusted == until ||
        clock_monotonic_ms() < server->rest_until) {
        return;
    }
    AUTO_VIEW *view = NULL;
    enum status status = store_read_begin(server->options.store, &view, &why);
    if (status == STATUS_OK) {
        status = update_trust(server, view, until, &why);
    }
    if (status != STATUS_OK) {
        server->rest_until = clock_monotonic_ms() + TROUBLE_MS;
        tell(server, &(struct broker_event){.what = BROKER_TROUBLE, .text = str_from(why.text)});
    }
}

/* ---- coming and going -------------------------------------------------------------------------
 */

static void take_in(struct broker_server *server)
{
    for (;;) {
        struct why why = {.code = STATUS_OK};
        int64_t uid = -1;
        int fd = listener_accept(&server->listener, &uid, &why);
        struct peer *peer = NULL;
        for (size_t i = 0; i < BROKER_PEERS_MAX && peer == NULL; i++) {
            peer = server->peers[i].fd < 0 ? &server->peers[i] : NULL;
        }
        if (fd >= 0 && peer == NULL) {
            close(fd);
            fd = -1;
            why_fill(&why, STATUS_BUSY, 0, "%d brokers are there already", BROKER_PEERS_MAX);
        }
        if (fd < 0 && why.code != STATUS_OK) {
            tell(server, &(struct broker_event){.what = BROKER_TURNED_AWAY,
                                                .text = str_from(why.text),
                                                .number = uid});
            continue;
        }
        if (fd < 0) {
            return;
        }
        peer->fd = fd;
        peer->uid = uid;
        peer->last_batch = clock_monotonic_ms();
    }
}

static void keep_orphan(struct broker_server *server, struct batch *orphan)
{
    for (size_t i = 0; i < ORPHANS_MAX && orphan != NULL; i++) {
        if (server->orphans[i] == NULL) {
            server->orphans[i] = orphan;
            orphan = NULL;
        }
    }
}

static void let_go(struct broker_server *server, struct peer *peer)
{
    struct batch *orphan = NULL;
    const struct broker_event event = {.what = peer->greeted ? BROKER_LEFT : BROKER_TURNED_AWAY,
                                       .broker = peer->greeted ? peer_name(peer) : STR_ABSENT,
                                       .text = str_from(peer->why.text),
                                       .number = peer->uid};
    tell(server, &event);
    if (peer->greeted) {
        atomic_fetch_sub(&server->there, 1);
        atomic_fetch_sub(&server->options.counters->peers, 1);
    }
    forget_peer(server, peer);
    peer_close(peer, &orphan);
    keep_orphan(server, orphan);
}

/* ---- the thread ------------------------------------------------------------------------------ */

enum { FD_WAKE, FD_LISTEN, FD_PEERS, FD_COUNT = FD_PEERS + BROKER_PEERS_MAX };

static void wait_for_something(struct broker_server *server, bool at_once, struct pollfd *fds)
{
    bool room = count_orphans(server) < ORPHANS_MAX - BROKER_PEERS_MAX;
    fds[FD_WAKE] = (struct pollfd){.fd = server->wake, .events = POLLIN};
    fds[FD_LISTEN] = (struct pollfd){.fd = room ? server->listener.fd : -1, .events = POLLIN};
    for (size_t i = 0; i < BROKER_PEERS_MAX; i++) {
        const struct peer *peer = &server->peers[i];
        short events = (short)((peer_may_read(peer) ? POLLIN : 0) |
                               (outbound_waiting(&peer->out) > 0 ? POLLOUT : 0));
        fds[FD_PEERS + i] = (struct pollfd){.fd = peer->fd, .events = events};
    }
    poll(fds, FD_COUNT, at_once ? 0 : TURN_MS);
    eventfd_t ignored;
    if ((fds[FD_WAKE].revents & POLLIN) != 0) {
        eventfd_read(server->wake, &ignored);
    }
}

static bool turn(struct broker_server *server, const struct pollfd *fds,
                 const struct peer_calls *calls)
{
    bool more = false;
    if ((fds[FD_LISTEN].revents & POLLIN) != 0) {
        take_in(server);
    }
    send_asked(server);
    end_late_publishes(server, clock_monotonic_ms());
    for (size_t i = 0; i < BROKER_PEERS_MAX; i++) {
        struct peer *peer = &server->peers[i];
        if (peer->fd < 0) {
            continue;
        }
        if ((fds[FD_PEERS + i].revents & (POLLIN | POLLHUP | POLLERR)) != 0 || peer->in_len > 0) {
            peer_read(peer, calls);
        }
        more |= serve(server, peer, calls);
    }
    for (size_t i = 0; i < BROKER_PEERS_MAX; i++) {
        if (server->peers[i].fd >= 0 && server->peers[i].gone) {
            let_go(server, &server->peers[i]);
        }
    }
    keep_trust(server);
    free_orphans(server);
    return more;
}

/* Nobody is left waiting for an answer, and nothing of ours is with the store. */
static void end_all(struct broker_server *server)
{
    struct why why;
    why_fill(&why, STATUS_CANCELED, 0, "the daemon stops");
    for (size_t i = 0; i < BROKER_PEERS_MAX; i++) {
        if (server->peers[i].fd >= 0) {
            peer_fail(&server->peers[i], &why);
            let_go(server, &server->peers[i]);
        }
    }
    send_asked(server); /* to nobody: each ends */
    while (count_orphans(server) > 0) {
        struct pollfd fd = {.fd = server->wake, .events = POLLIN};
        eventfd_t ignored;
        if (poll(&fd, 1, TURN_MS) > 0) {
            eventfd_read(server->wake, &ignored);
        }
        free_orphans(server);
    }
}

static void *server_main(void *arg)
{
    struct broker_server *server = arg;
    const struct peer_calls calls = {.hello = on_hello,
                                     .published = on_published,
                                     .cut_done = on_cut_done,
                                     .server = server,
                                     .options = &server->options,
                                     .wake = server->wake};
    bool more = false;
    keep_trust(server);
    while (!atomic_load(&server->stop)) {
        struct pollfd fds[FD_COUNT];
        wait_for_something(server, more, fds);
        more = turn(server, fds, &calls);
    }
    end_all(server);
    return NULL;
}

/* ---- life ------------------------------------------------------------------------------------ */

static void server_free(struct broker_server *server)
{
    if (server->wake >= 0) {
        close(server->wake);
    }
    journal_close(server->journal);
    trust_free(server->trust);
    arena_free(server->mem);
    pthread_mutex_destroy(&server->lock);
    mem_free(server);
}

static enum status server_begin(struct broker_server *server, struct why *why)
{
    const struct broker_options *o = &server->options;
    server->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    server->mem = arena_new(SERVER_MEMORY);
    if (server->wake < 0 || server->mem == NULL) {
        return why_no_memory(why);
    }
    rnd_fill(&o->rnd, server->instance, sizeof server->instance);
    TRY(journal_new(&server->options.account, o->clock, &server->journal, why));
    if (!str_absent(o->trust_folder)) {
        TRY(trust_new(o->trust_folder, &server->trust, why));
    }
    TRY(listener_open(&server->listener, o->path, o->users, o->n_users, why));
    server->watch = (struct store_watch){.changed = hear, .ctx = server};
    journal_tables(server->watch.tables);
    TRY(store_watch(o->store, &server->watch, why));
    if (pthread_create(&server->thread, NULL, server_main, server) != 0) {
        return why_set(why, STATUS_NO_MEMORY, "the thread of the broker link cannot be started");
    }
    server->started = true;
    return STATUS_OK;
}

enum status broker_server_start(const struct broker_options *options, struct broker_server **ret,
                                struct why *why)
{
    struct broker_server *server = mem_alloc(sizeof *server);
    TRY_PTR(server);
    server->options = *options;
    server->wake = -1;
    server->listener.fd = -1;
    server->asked_last = &server->asked;
    server->cuts_last = &server->cuts;
    pthread_mutex_init(&server->lock, NULL);
    for (size_t i = 0; i < BROKER_PEERS_MAX; i++) {
        server->peers[i] = (struct peer){.fd = -1, .slot = (unsigned)i};
    }
    enum status status = server_begin(server, why);
    if (status != STATUS_OK) {
        broker_server_stop(server);
        return status;
    }
    *ret = server;
    return STATUS_OK;
}

void broker_server_stop(struct broker_server *server)
{
    if (server == NULL) {
        return;
    }
    if (server->started) {
        atomic_store(&server->stop, true);
        wake(server);
        pthread_join(server->thread, NULL);
    }
    if (server->watch.changed != NULL &&
        store_watch(server->options.store, NULL, NULL) != STATUS_OK) {
        /* A store that takes no work tells nothing either; it is closed next. */
        server->journal = NULL;
    }
    listener_close(&server->listener);
    server_free(server);
}

bool broker_is_there(struct broker_server *server)
{
    return server != NULL && atomic_load(&server->there) > 0;
}
