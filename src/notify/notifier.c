/* notifier.c: see notifier.h. */
#include "notify/notifier.h"

#include <pthread.h>

#include "account/subscription.h"
#include "net/http_client_posts.h"
#include "notify/backoff.h"
#include "notify/envelope.h"
#include "notify/places.h"

#include "base/banned.h"

enum {
    TURN_MEMORY = 64 << 20,
    FLIGHT_MEMORY = 8 << 20,
    SPREAD_MAX = 32,   /* messages spread in one turn */
    GIVE_UP_MAX = 64,  /* deliveries given up at once */
    IDLE_MS = 500,     /* how long nobody may be asked what is due */
    TROUBLE_MS = 5000, /* rest after the store refused */
    ENDPOINT_MAX = 2048,
    ERROR_MAX = 300,
    STOP_LOOK_MS = 50, /* between looks whether the last publish has ended */
};

enum { PUBLISH_NONE, PUBLISH_UNDER_WAY, PUBLISH_ENDED };

struct flight {
    bool taken;
    bool ended;
    bool dropped; /* nobody wants it any more */
    struct arena *mem;
    struct outbox row;
    struct http_post post;
    bool to_broker; /* then by publish; post has its status and why all the same */
    struct notify_publish publish;
    /* of an end */
    bool delivered;
    struct str error;
    int64_t next_try; /* TIME_NEVER: given up */
    bool down;        /* its endpoint has been failing for long */
    size_t given_up;  /* of others that waited for it */
};

struct notifier {
    struct notifier_options options;
    struct http_posts *posts;
    struct arena *mem; /* of one turn */
    struct places places;
    struct flight flights[NOTIFY_FLIGHTS];
    char cursor[ENDPOINT_MAX]; /* the endpoint that had the last turn */
    size_t cursor_len;
    int64_t rest_until; /* of the monotonic clock */
    struct str url;
    pthread_t thread;
    bool started;
    atomic_bool stop;
    pthread_mutex_t lock; /* of the ends of publishes: who has told of one is done with us */
};

static struct account_ctx context(const struct notifier *n, struct arena *mem, struct store_tx *tx)
{
    return (struct account_ctx){.id = n->options.account,
                                .clock = n->options.clock,
                                .rnd = n->options.rnd,
                                .mem = mem,
                                .tx = tx};
}

static void tell(const struct notifier *n, const struct notify_event *event)
{
    if (n->options.told != NULL) {
        n->options.told(n->options.told_ctx, event);
    }
}

static void rest(struct notifier *n, const struct why *why)
{
    const struct notify_event event = {
        .what = NOTIFY_TROUBLE, .text = str_from(why->text), .number = TROUBLE_MS};
    n->rest_until = clock_monotonic_ms() + TROUBLE_MS;
    tell(n, &event);
}

/* ---- messages to deliveries ------------------------------------------------------------------ */

struct spreading {
    struct str elsewhere;
    const struct outbox *rows;
    struct outbox_spread spreads[SPREAD_MAX];
    size_t n;
    size_t n_done; /* fewer than n: there is no room for more deliveries */
};

/* All in one transaction: a message costs no sync of its own. */
static enum status spread_all(const struct account_ctx *ctx, void *arg, struct why *why)
{
    struct spreading *work = arg;
    work->n_done = 0;
    for (size_t i = 0; i < work->n; i++) {
        TRY(outbox_spread(ctx, work->rows[i].id, work->elsewhere, &work->spreads[i], why));
        if (work->spreads[i].full) {
            break;
        }
        work->n_done++;
    }
    return STATUS_OK;
}

static void tell_spread(const struct notifier *n, const struct outbox *row,
                        const struct outbox_spread *spread)
{
    struct notify_event event = {.id = row->id, .kind = row->kind, .endpoint = row->topic_arn};
    if (spread->role_unknown) {
        event.what = NOTIFY_ROLE_UNKNOWN;
        event.text = row->role_arn;
        tell(n, &event);
    }
    if (spread->dead) {
        event.what = NOTIFY_DEAD;
        event.text = spread->error;
        event.number = 1;
        tell(n, &event);
    }
}

/* Messages that are due, without their bodies. */
static enum status read_messages(struct notifier *n, struct outbox *rows, size_t *ret_n,
                                 struct why *why)
{
    const struct outbox like = {.state = OUTBOX_PENDING, .endpoint = STR("")};
    const struct store_range range = {
        .index = INDEX(outbox, by_endpoint),
        .prefix = &like,
        .n_prefix = 2,
        .columns = COLUMN_BIT(COL_outbox__id) | COLUMN_BIT(COL_outbox__kind) |
                   COLUMN_BIT(COL_outbox__topic_arn) | COLUMN_BIT(COL_outbox__role_arn)};
    AUTO_VIEW *view = NULL;
    AUTO_SCAN *scan = NULL;
    TRY(store_read_begin(n->options.store, &view, why));
    TRY(store_scan_open(view, TABLE(outbox), &range, &scan, why));
    bool more = true;
    while (more && *ret_n < SPREAD_MAX) {
        TRY(store_scan_next(scan, &rows[*ret_n], n->mem, &more, why));
        *ret_n += more;
    }
    return STATUS_OK;
}

static enum status spread_messages(struct notifier *n, bool *ret_any, struct why *why)
{
    struct outbox rows[SPREAD_MAX];
    struct spreading work = {.elsewhere = n->options.elsewhere, .rows = rows};
    struct account_ctx ctx = context(n, n->mem, NULL);
    struct account_call call = {.ctx = &ctx, .run = spread_all, .arg = &work};
    TRY(read_messages(n, rows, &work.n, why));
    if (work.n > 0) {
        TRY(store_write(n->options.store, account_call_run, &call, why));
    }
    for (size_t i = 0; i < work.n_done; i++) {
        tell_spread(n, &rows[i], &work.spreads[i]);
    }
    *ret_any = work.n_done > 0;
    return STATUS_OK;
}

/* ---- beginning ------------------------------------------------------------------------------- */

static struct flight *free_flight(struct notifier *n)
{
    for (size_t i = 0; i < NOTIFY_FLIGHTS; i++) {
        if (!n->flights[i].taken) {
            return &n->flights[i];
        }
    }
    return NULL;
}

static bool is_under_way(const struct notifier *n, struct str id)
{
    for (size_t i = 0; i < NOTIFY_FLIGHTS; i++) {
        if (n->flights[i].taken && str_eq(n->flights[i].row.id, id)) {
            return true;
        }
    }
    return false;
}

static void flight_release(struct flight *flight)
{
    arena_free(flight->mem);
    *flight = (struct flight){.taken = false};
}

/* The call of a row; *ret_wanted is false when its subscription does not want it any more. */
static enum status make_call(struct notifier *n, struct store_tx *view, struct flight *flight,
                             bool *ret_wanted, struct why *why)
{
    const struct account_ctx ctx = context(n, flight->mem, view);
    struct http_call *call = &flight->post.call;
    struct subscription subscription;
    *ret_wanted = true;
    if (str_absent(flight->row.subscription)) {
        TRY(envelope_publish(flight->mem, &flight->row, &n->options.sign, call, why));
        call->ca_file = n->options.ca_file;
        return STATUS_OK;
    }
    enum status status = subscription_of_arn(&ctx, flight->row.subscription, &subscription, why);
    bool gone = status == STATUS_NOT_FOUND;
    TRY(gone ? STATUS_OK : status);
    bool asking = str_eq(flight->row.kind, STR("CONFIRMATION"));
    if (gone || (asking && subscription_is_confirmed(&subscription))) {
        *ret_wanted = false;
        return STATUS_OK;
    }
    flight->to_broker = str_eq(subscription.protocol, STR("mqtt"));
    flight->post.rule = n->options.rule;
    return envelope_make(flight->mem, &flight->row, &subscription, n->url, call, why);
}

static enum status begin_publish(struct notifier *n, struct flight *flight, struct why *why)
{
    const struct http_call *call = &flight->post.call;
    struct notify_publish *publish = &flight->publish;
    publish->topic = flight->row.endpoint;
    publish->payload = call->body;
    publish->headers = call->headers;
    publish->n_headers = call->n_headers;
    publish->notifier = n;
    atomic_store(&publish->state, PUBLISH_UNDER_WAY);
    enum status status = n->options.publish == NULL
                             ? why_set(why, STATUS_BUSY, "no broker is there that could publish")
                             : n->options.publish(n->options.publish_ctx, publish, why);
    if (status != STATUS_OK) {
        atomic_store(&publish->state, PUBLISH_NONE);
    }
    return status;
}

static enum status begin_call(struct notifier *n, struct flight *flight, struct why *why)
{
    flight->post.call.timeout_ms =
        n->options.timeout_ms == 0 ? NOTIFY_TIMEOUT_MS : n->options.timeout_ms;
    return flight->to_broker ? begin_publish(n, flight, why)
                             : http_posts_begin(n->posts, &flight->post, why);
}

/* One that cannot even begin has ended. Only what the store says is a failure here. */
static enum status begin(struct notifier *n, struct store_tx *view, struct str id, struct why *why)
{
    struct flight *flight = free_flight(n);
    struct place *place = NULL;
    bool wanted = true;
    *flight = (struct flight){.taken = true, .mem = arena_new(FLIGHT_MEMORY), .row = {.id = id}};
    enum status status =
        flight->mem == NULL ? why_no_memory(why) : str_dup(flight->mem, id, &flight->row.id, why);
    if (status == STATUS_OK) {
        status = store_get(view, TABLE(outbox), &flight->row, flight->mem, why);
    }
    place = status == STATUS_OK ? places_take(&n->places, flight->row.endpoint) : NULL;
    if (place == NULL) {
        flight_release(flight);
        return status == STATUS_OK ? why_no_memory(why) : status;
    }
    place->flights++;
    flight->post.mem = flight->mem;
    status = make_call(n, view, flight, &wanted, &flight->post.why);
    flight->dropped = !wanted;
    if (status == STATUS_OK && wanted) {
        status = begin_call(n, flight, &flight->post.why);
    }
    flight->post.status = status;
    flight->ended = status != STATUS_OK || !wanted;
    return STATUS_OK;
}

/* What is due for one endpoint, as far as it has room. */
static enum status begin_at(struct notifier *n, struct store_tx *view, struct str endpoint,
                            int64_t now, size_t *ret_begun, struct why *why)
{
    const struct outbox like = {.state = OUTBOX_PENDING, .endpoint = endpoint};
    const struct store_range range = {.index = INDEX(outbox, by_endpoint),
                                      .prefix = &like,
                                      .n_prefix = 2,
                                      .columns = COLUMN_BIT(COL_outbox__id) |
                                                 COLUMN_BIT(COL_outbox__next_try)};
    const struct place *place = places_find(&n->places, endpoint);
    unsigned room = place_room(place, now, NOTIFY_FLIGHTS_EACH, BACKOFF_LAST_MS);
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(view, TABLE(outbox), &range, &scan, why));
    for (bool more = true; more && room > 0 && free_flight(n) != NULL;) {
        struct outbox row = {.id = STR_ABSENT};
        TRY(store_scan_next(scan, &row, n->mem, &more, why));
        more = more && row.next_try <= now;
        if (more && !is_under_way(n, row.id)) {
            TRY(begin(n, view, row.id, why));
            room--;
            (*ret_begun)++;
        }
    }
    return STATUS_OK;
}

/* The first endpoint after that one for which something waits; absent: there is none. */
static enum status next_endpoint(struct notifier *n, struct store_tx *view, struct str after,
                                 struct str *ret, struct why *why)
{
    const struct outbox like = {.state = OUTBOX_PENDING};
    const struct outbox last = {
        .state = OUTBOX_PENDING, .endpoint = after, .next_try = INT64_MAX, .id = STR("\x7f")};
    const struct store_range range = {.index = INDEX(outbox, by_endpoint),
                                      .prefix = &like,
                                      .n_prefix = 1,
                                      .after = &last,
                                      .columns = COLUMN_BIT(COL_outbox__endpoint)};
    struct outbox row = {.endpoint = STR_ABSENT};
    bool more = false;
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(view, TABLE(outbox), &range, &scan, why));
    TRY(store_scan_next(scan, &row, n->mem, &more, why));
    *ret = more ? row.endpoint : STR_ABSENT;
    return STATUS_OK;
}

/* From the endpoint after the last one that had its turn, once around. */
static enum status begin_due(struct notifier *n, size_t *ret_begun, struct why *why)
{
    int64_t now = clock_now(&n->options.clock);
    struct str start;
    AUTO_VIEW *view = NULL;
    TRY(store_read_begin(n->options.store, &view, why));
    TRY(str_dup(n->mem, (struct str){n->cursor, n->cursor_len}, &start, why));
    for (int lap = 0; lap < 2; lap++) {
        struct str at = lap == 0 ? start : STR("");
        for (;;) {
            TRY(next_endpoint(n, view, at, &at, why));
            if (str_absent(at) || free_flight(n) == NULL || (lap == 1 && str_cmp(at, start) > 0)) {
                break;
            }
            size_t before = *ret_begun;
            TRY(begin_at(n, view, at, now, ret_begun, why));
            if (*ret_begun > before && at.len <= ENDPOINT_MAX) {
                memcpy(n->cursor, at.ptr, at.len);
                n->cursor_len = at.len;
            }
        }
    }
    return STATUS_OK;
}

/* ---- ends ------------------------------------------------------------------------------------ */

static enum status error_of(struct flight *flight, struct why *why)
{
    const struct http_post *post = &flight->post;
    struct str body = str_slice(post->answer.body, 0, ERROR_MAX);
    if (post->status != STATUS_OK) {
        return str_dup(flight->mem, str_from(post->why.text), &flight->error, why);
    }
    return str_fmt(flight->mem, &flight->error, why, "the receiver answered with status %d%s%.*s",
                   post->answer.status, body.len == 0 ? "" : ": ",
                   STR_ARG(str_is_utf8(body) ? body : STR("")));
}

static bool was_taken(const struct flight *flight)
{
    const struct http_post *post = &flight->post;
    bool yes = flight->to_broker || (post->answer.status >= 200 && post->answer.status < 300);
    return yes && post->status == STATUS_OK && !flight->dropped;
}

/* What an end means for its row and its endpoint. */
static void judge(struct notifier *n, struct flight *flight)
{
    int64_t now = clock_now(&n->options.clock);
    struct place *place = places_take(&n->places, flight->row.endpoint);
    flight->delivered = was_taken(flight);
    if (place == NULL) {
        flight->next_try = now + BACKOFF_LAST_MS;
        return;
    }
    place->flights--;
    if (flight->delivered) {
        place->failures = 0;
    } else if (!flight->dropped) {
        int64_t attempts = flight->row.attempts + 1;
        if (place->failures++ == 0) {
            place->failing_since = now;
        }
        place->due = now + backoff_ms(place->failures, &n->options.rnd);
        flight->down = now - place->failing_since >= BACKOFF_DOWN_MS;
        flight->next_try = backoff_is_over(now, flight->row.queued, attempts, place->failing_since)
                               ? TIME_NEVER
                               : now + backoff_ms(attempts, &n->options.rnd);
    }
    places_settle(&n->places, place);
}

static enum status note_one(const struct account_ctx *ctx, struct flight *flight, struct why *why)
{
    flight->given_up = 0;
    if (flight->delivered || flight->dropped) {
        return outbox_done(ctx, flight->row.id, why);
    }
    TRY(outbox_failed(ctx, flight->row.id, flight->error, flight->next_try, why));
    if (!flight->down) {
        return STATUS_OK;
    }
    return outbox_give_up(ctx, flight->row.endpoint, clock_now(&ctx->clock) - BACKOFF_GIVE_UP_MS,
                          flight->error, GIVE_UP_MAX, &flight->given_up, why);
}

static enum status note_ends(const struct account_ctx *ctx, void *arg, struct why *why)
{
    struct notifier *n = arg;
    for (size_t i = 0; i < NOTIFY_FLIGHTS; i++) {
        if (n->flights[i].ended) {
            TRY(note_one(ctx, &n->flights[i], why));
        }
    }
    return STATUS_OK;
}

static void tell_end(const struct notifier *n, const struct flight *flight)
{
    bool dead = !flight->delivered && flight->next_try == TIME_NEVER;
    struct notify_event event = {
        .what = flight->delivered ? NOTIFY_DELIVERED : NOTIFY_FAILED,
        .id = flight->row.id,
        .kind = flight->row.kind,
        .endpoint = flight->row.endpoint,
        .text = flight->error,
        .number = flight->row.attempts + 1,
    };
    if (flight->dropped) {
        return;
    }
    tell(n, &event);
    if (dead || flight->given_up > 0) {
        event.what = NOTIFY_DEAD;
        event.number = (int64_t)flight->given_up + dead;
        tell(n, &event);
    }
}

/* All ends in one transaction; then they are told. When the store refuses, what was delivered is
 * delivered once more, later: at least once. */
static enum status note(struct notifier *n, struct why *why)
{
    struct account_ctx ctx = context(n, n->mem, NULL);
    struct account_call call = {.ctx = &ctx, .run = note_ends, .arg = n};
    size_t ends = 0;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < NOTIFY_FLIGHTS && status == STATUS_OK; i++) {
        struct flight *flight = &n->flights[i];
        if (flight->ended) {
            ends++;
            judge(n, flight);
            status = flight->delivered || flight->dropped ? STATUS_OK : error_of(flight, why);
        }
    }
    if (ends > 0 && status == STATUS_OK) {
        status = store_write(n->options.store, account_call_run, &call, why);
    }
    for (size_t i = 0; i < NOTIFY_FLIGHTS; i++) {
        if (n->flights[i].ended) {
            if (status == STATUS_OK) {
                tell_end(n, &n->flights[i]);
            }
            flight_release(&n->flights[i]);
        }
    }
    return status;
}

void notify_published(struct notify_publish *publish, enum status status, const struct why *why)
{
    struct notifier *n = publish->notifier;
    pthread_mutex_lock(&n->lock);
    publish->status = status;
    if (status != STATUS_OK) {
        publish->why = *why;
    }
    atomic_store(&publish->state, PUBLISH_ENDED);
    http_posts_wake(n->posts);
    pthread_mutex_unlock(&n->lock);
}

static size_t take_published(struct notifier *n)
{
    size_t ends = 0;
    for (size_t i = 0; i < NOTIFY_FLIGHTS; i++) {
        struct flight *flight = &n->flights[i];
        if (flight->taken && atomic_load(&flight->publish.state) == PUBLISH_ENDED) {
            atomic_store(&flight->publish.state, PUBLISH_NONE);
            flight->post.status = flight->publish.status;
            flight->post.why = flight->publish.why;
            flight->ended = true;
            ends++;
        }
    }
    return ends;
}

/* Whoever publishes still holds what points into a flight. */
static bool is_publishing(struct notifier *n)
{
    bool yes = false;
    pthread_mutex_lock(&n->lock);
    for (size_t i = 0; i < NOTIFY_FLIGHTS; i++) {
        yes = yes || atomic_load(&n->flights[i].publish.state) == PUBLISH_UNDER_WAY;
    }
    pthread_mutex_unlock(&n->lock);
    return yes;
}

/* Waits for an end, and takes those that have ended too. */
static size_t await(struct notifier *n, int ms)
{
    size_t ends = 0;
    for (struct http_post *post = http_posts_wait(n->posts, ms); post != NULL;
         post = http_posts_wait(n->posts, 0)) {
        struct flight *flight = (struct flight *)((char *)post - offsetof(struct flight, post));
        flight->ended = true;
        ends++;
    }
    return ends + take_published(n);
}

/* ---- turns ----------------------------------------------------------------------------------- */

bool notifier_turn(struct notifier *n, struct str url, int ms)
{
    struct why why = {.code = STATUS_OK};
    size_t begun = 0;
    bool spread = false;
    n->url = url;
    arena_clear(n->mem);
    enum status status = STATUS_OK;
    if (clock_monotonic_ms() >= n->rest_until) {
        status = spread_messages(n, &spread, &why);
        if (status == STATUS_OK) {
            status = begin_due(n, &begun, &why);
        }
    }
    size_t ends = await(n, spread ? 0 : ms);
    enum status noted = note(n, &why);
    if (status != STATUS_OK || noted != STATUS_OK) {
        rest(n, &why);
    }
    return spread || begun > 0 || ends > 0;
}

static void *notifier_main(void *arg)
{
    struct notifier *n = arg;
    while (!atomic_load(&n->stop)) {
        notifier_turn(n, n->url, IDLE_MS);
    }
    return NULL;
}

enum status notifier_new(const struct notifier_options *options, struct notifier **ret,
                         struct why *why)
{
    struct notifier *n = mem_alloc(sizeof *n);
    TRY_PTR(n);
    pthread_mutex_init(&n->lock, NULL);
    n->options = *options;
    n->mem = arena_new(TURN_MEMORY);
    enum status status = n->mem == NULL ? why_no_memory(why) : http_posts_new(&n->posts, why);
    if (status != STATUS_OK) {
        notifier_stop(n);
        return status;
    }
    *ret = n;
    return STATUS_OK;
}

enum status notifier_start(struct notifier *n, struct str url, struct why *why)
{
    n->url = url;
    if (pthread_create(&n->thread, NULL, notifier_main, n) != 0) {
        return why_set(why, STATUS_IO, "the thread that delivers notifications cannot be started");
    }
    n->started = true;
    return STATUS_OK;
}

void notifier_wake(struct notifier *n)
{
    if (n != NULL) {
        http_posts_wake(n->posts);
    }
}

void notifier_stop(struct notifier *n)
{
    if (n == NULL) {
        return;
    }
    if (n->started) {
        atomic_store(&n->stop, true);
        notifier_wake(n);
        pthread_join(n->thread, NULL);
    }
    while (is_publishing(n)) {
        (void)http_posts_wait(n->posts, STOP_LOOK_MS);
    }
    http_posts_free(n->posts);
    for (size_t i = 0; i < NOTIFY_FLIGHTS; i++) {
        arena_free(n->flights[i].mem);
    }
    places_release(&n->places);
    arena_free(n->mem);
    pthread_mutex_destroy(&n->lock);
    mem_free(n);
}
