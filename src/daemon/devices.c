/* devices.c: see devices.h. */
#include "daemon/devices.h"

#include <pthread.h>

#include "account/broker_message.h"
#include "base/runner.h"

#include "base/banned.h"

enum { MEET_MEMORY = 16 << 20, PUBLISH_MEMORY = 4 << 20, PUBLISH_STEP = 16 };

/* One that waits; its texts lie behind it. */
struct waiting {
    struct jit_stranger stranger;
};

struct devices {
    struct jit *jit;
    const struct log *log;
    struct runner *runner;
    pthread_mutex_t lock; /* of all below */
    struct broker_server *brokers;
    bool stopped;
    struct waiting *queue[DEVICES_QUEUE];
    size_t first;
    size_t n;
};

/* ---- the queue ------------------------------------------------------------------------------- */

static struct str keep(char **at, struct str text)
{
    char *to = *at;
    for (size_t i = 0; i < text.len; i++) {
        to[i] = text.ptr[i];
    }
    *at += text.len;
    return text.len == 0 ? STR_ABSENT : (struct str){to, text.len};
}

enum status devices_stranger(void *ctx, const struct account_ctx *account,
                             const struct link_stranger *stranger, struct why *why)
{
    struct devices *d = ctx;
    struct str der = str_of_bytes(stranger->certificate);
    (void)account;
    (void)why;
    struct waiting *one =
        mem_alloc(sizeof *one + der.len + stranger->address.len + stranger->client.len);
    if (one == NULL) {
        return STATUS_OK;
    }
    char *at = (char *)(one + 1);
    one->stranger = (struct jit_stranger){.certificate = keep(&at, der),
                                          .address = keep(&at, stranger->address),
                                          .client = keep(&at, stranger->client)};
    pthread_mutex_lock(&d->lock);
    bool room = d->n < DEVICES_QUEUE && !d->stopped;
    if (room) {
        d->queue[(d->first + d->n++) % DEVICES_QUEUE] = one;
        runner_wake(d->runner);
    }
    pthread_mutex_unlock(&d->lock);
    if (!room) {
        atomic_fetch_add_explicit(&d->jit->counts[JIT_HELD_BACK], 1, memory_order_relaxed);
        mem_free(one);
    }
    return STATUS_OK;
}

static struct waiting *take(struct devices *d)
{
    struct waiting *one = NULL;
    pthread_mutex_lock(&d->lock);
    if (d->n > 0) {
        one = d->queue[d->first];
        d->first = (d->first + 1) % DEVICES_QUEUE;
        d->n--;
    }
    pthread_mutex_unlock(&d->lock);
    return one;
}

/* ---- meeting --------------------------------------------------------------------------------- */

static void meet(struct devices *d, const struct waiting *one)
{
    struct jit_met met;
    struct why why = {.code = STATUS_OK};
    AUTO_ARENA *mem = arena_new(MEET_MEMORY);
    if (mem == NULL) {
        return;
    }
    if (jit_meet(d->jit, &one->stranger, mem, &met, &why) != STATUS_OK) {
        log_event(d->log, LOG_ERROR, "device.trouble", LOG_TEXT("why", why.text));
        return;
    }
    bool odd = met.outcome == JIT_FAILED || met.outcome == JIT_REFUSED;
    log_event(d->log, odd ? LOG_WARN : LOG_INFO, "device.met",
              LOG_STR("outcome", jit_outcome_name(met.outcome)),
              LOG_STR("certificate", met.certificate_id), LOG_STR("thing", met.thing),
              LOG_STR("address", one->stranger.address), LOG_STR("why", met.sentence));
}

/* ---- publishing ------------------------------------------------------------------------------ */

struct published {
    struct broker_message rows[PUBLISH_STEP];
    size_t n;
};

static enum status forget(const struct account_ctx *ctx, void *arg, struct why *why)
{
    const struct published *published = arg;
    for (size_t i = 0; i < published->n; i++) {
        TRY(broker_message_done(ctx, published->rows[i].id, why));
    }
    return STATUS_OK;
}

static enum status read_messages(struct devices *d, struct account_ctx *ctx, struct published *ret,
                                 struct why *why)
{
    AUTO_VIEW *view = NULL;
    TRY(store_read_begin(d->jit->store, &view, why));
    ctx->tx = view;
    return broker_message_next(ctx, STR_ABSENT, ret->rows, PUBLISH_STEP, &ret->n, why);
}

/* Those that wait, oldest first, until one is not taken; *ret_more: there may be further ones. */
static enum status publish(struct devices *d, const struct runner *self,
                           struct broker_server *brokers, bool *ret_more, struct why *why)
{
    struct published wait = {.n = 0};
    AUTO_ARENA *mem = arena_new(PUBLISH_MEMORY);
    TRY_PTR(mem);
    struct account_ctx ctx = {
        .id = d->jit->id, .clock = d->jit->clock, .rnd = d->jit->rnd, .mem = mem};
    TRY(read_messages(d, &ctx, &wait, why));
    size_t n = 0;
    for (; n < wait.n && !runner_stopping(self); n++) {
        const struct link_publish message = {.topic = wait.rows[n].topic,
                                             .payload = bytes_of_str(wait.rows[n].payload),
                                             .qos = (uint64_t)wait.rows[n].qos,
                                             .text = 1};
        if (broker_publish(brokers, &message, NULL) != STATUS_OK) {
            break;
        }
    }
    *ret_more = n == PUBLISH_STEP;
    wait.n = n;
    struct account_call call = {.ctx = &ctx, .run = forget, .arg = &wait};
    return n == 0 ? STATUS_OK : store_write(d->jit->store, account_call_run, &call, why);
}

static void publish_all(struct devices *d, const struct runner *self)
{
    pthread_mutex_lock(&d->lock);
    struct broker_server *brokers = d->brokers;
    pthread_mutex_unlock(&d->lock);
    struct why why = {.code = STATUS_OK};
    for (bool more = brokers != NULL && broker_is_there(brokers); more;) {
        if (publish(d, self, brokers, &more, &why) != STATUS_OK) {
            log_event(d->log, LOG_ERROR, "device.trouble", LOG_TEXT("why", why.text));
            more = false;
        }
    }
}

/* ---- the thread ------------------------------------------------------------------------------ */

static int64_t work(void *ctx, const struct runner *self)
{
    struct devices *d = ctx;
    struct waiting *one;
    while (!runner_stopping(self) && (one = take(d)) != NULL) {
        meet(d, one);
        mem_free(one);
    }
    if (!runner_stopping(self)) {
        publish_all(d, self);
    }
    return DEVICES_PUBLISH_MS;
}

enum status devices_start(struct jit *jit, const struct log *log, struct devices **ret,
                          struct why *why)
{
    struct devices *d = mem_alloc(sizeof *d);
    TRY_PTR(d);
    d->jit = jit;
    d->log = log;
    pthread_mutex_init(&d->lock, NULL);
    const struct runner_options options = {.work = work, .ctx = d};
    enum status status = runner_start(&options, &d->runner, why);
    if (status != STATUS_OK) {
        devices_free(d);
        return status;
    }
    *ret = d;
    return STATUS_OK;
}

void devices_publish_through(struct devices *devices, struct broker_server *brokers)
{
    pthread_mutex_lock(&devices->lock);
    devices->brokers = brokers;
    pthread_mutex_unlock(&devices->lock);
}

void devices_stop(struct devices *devices)
{
    if (devices != NULL) {
        pthread_mutex_lock(&devices->lock);
        devices->stopped = true;
        devices->brokers = NULL;
        pthread_mutex_unlock(&devices->lock);
        runner_stop(devices->runner);
        devices->runner = NULL;
    }
}

void devices_free(struct devices *devices)
{
    if (devices == NULL) {
        return;
    }
    devices_stop(devices);
    for (struct waiting *one; (one = take(devices)) != NULL;) {
        mem_free(one);
    }
    pthread_mutex_destroy(&devices->lock);
    mem_free(devices);
}
