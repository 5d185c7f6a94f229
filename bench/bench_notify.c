/* bench_notify.c: notifications delivered from a durable outbox to a receiver on loopback.
 *
 * Each message is a row that is spread to its one subscription, posted as an SNS envelope, answered
 * with 200, and removed, in synced transactions. The reference posts bodies of the same size to the
 * same receiver with libcurl on one connection kept open, and keeps nothing. Both sides are counted
 * in CPU seconds of the whole process, the receiver with them; wall times are on standard error.
 *
 * The second figure is the rate at which one receiver hears while another, for which as much waits,
 * never answers, against the rate when it is alone. It is of wall time.
 *
 *     bench_notify [--messages N] [--reps N] [--gate] */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "account/subscription.h"
#include "account/topic.h"
#include "bench.h"
#include "net/http_server.h"
#include "notify/notifier.h"

enum {
    MESSAGES = 1000,
    REPS = 3,
    REPS_MAX = 32,
    MEMORY = 64 << 20,
    BODY = 600, /* an audit's end */
    TURN_MS = 20,
    HELD_MAX = NOTIFY_FLIGHTS,
    URL_MAX = 64
};

static _Noreturn void die(const char *what, const char *why)
{
    fprintf(stderr, "bench_notify: %s: %s\n", what, why);
    exit(2);
}

static void must(enum status status, const struct why *why)
{
    if (status != STATUS_OK) {
        die(status_name(status), why->text);
    }
}

static double process_seconds(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* ---- the receiver ---------------------------------------------------------------------------- */

struct sink {
    struct http_server *server;
    struct http_exchange *held[HELD_MAX]; /* what is never answered */
    size_t n_held;
    size_t n_taken;
};

/* One I/O thread: no lock is needed; the counts are read when nothing is under way. */
static void handle(struct http_exchange *x, void *ctx)
{
    struct sink *sink = ctx;
    x->reply.body = STR("");
    x->reply.status = 200;
    if (str_eq(x->request.path, STR("/never")) && sink->n_held < HELD_MAX) {
        sink->held[sink->n_held++] = x;
        return;
    }
    __atomic_fetch_add(&sink->n_taken, 1, __ATOMIC_RELAXED);
    http_finish(x);
}

static size_t taken(const struct sink *sink)
{
    return __atomic_load_n(&sink->n_taken, __ATOMIC_RELAXED);
}

static void url_of(const struct sink *sink, const char *path, char url[URL_MAX])
{
    snprintf(url, URL_MAX, "http://127.0.0.1:%u%s", http_server_port(sink->server), path);
}

/* ---- the account ----------------------------------------------------------------------------- */

static const struct fetch_rule loopback = {.allow_loopback = true};

struct site {
    struct store *store;
    struct arena *mem;
    struct sink *sink;
    const char *topic; /* that is being made, or published to */
    const char *path;  /* of its subscription */
    size_t n;          /* messages */
};

static struct account_ctx context(const struct site *site, struct store_tx *tx)
{
    return (struct account_ctx){.id = {STR("123456789012"), STR("us-east-1")},
                                .clock = clock_system(),
                                .rnd = rnd_system(),
                                .mem = site->mem,
                                .tx = tx};
}

static enum status arn_of(const struct account_ctx *ctx, const char *topic, struct str *ret,
                          struct why *why)
{
    const struct topic row = {.name = str_from(topic)};
    return topic_arn(ctx, &row, ret, why);
}

static enum status make_topic(struct store_tx *tx, void *arg, struct why *why)
{
    const struct site *site = arg;
    const struct account_ctx ctx = context(site, tx);
    struct topic topic;
    struct subscription made;
    char url[URL_MAX];
    struct subscribe in = {.protocol = STR("http"), .confirmed = true};
    url_of(site->sink, site->path, url);
    in.endpoint = str_from(url);
    TRY(topic_create(&ctx, str_from(site->topic), NULL, 0, (struct tags){NULL, 0}, &topic, why));
    TRY(arn_of(&ctx, site->topic, &in.topic_arn, why));
    return subscription_create(&ctx, &in, &made, why);
}

static enum status publish_all(struct store_tx *tx, void *arg, struct why *why)
{
    const struct site *site = arg;
    const struct account_ctx ctx = context(site, tx);
    char body[BODY];
    struct str id;
    struct outbox_message message = {.kind = STR("AUDIT"), .body = {body, sizeof body}};
    memset(body, 'x', sizeof body);
    TRY(arn_of(&ctx, site->topic, &message.topic_arn, why));
    for (size_t i = 0; i < site->n; i++) {
        TRY(outbox_add(&ctx, &message, &id, why));
    }
    return STATUS_OK;
}

static void in_store(struct site *site, store_work *work)
{
    struct why why;
    must(store_write(site->store, work, site, &why), &why);
    arena_clear(site->mem);
}

static void topic_at(struct site *site, const char *topic, const char *path)
{
    site->topic = topic;
    site->path = path;
    in_store(site, make_topic);
}

static void publish(struct site *site, const char *topic)
{
    site->topic = topic;
    in_store(site, publish_all);
}

/* ---- the two sides --------------------------------------------------------------------------- */

struct rates {
    double cpu, wall; /* a second */
};

static struct notifier *open_notifier(const struct site *site)
{
    struct notifier *notifier = NULL;
    struct why why;
    const struct notifier_options options = {.store = site->store,
                                             .account = {STR("123456789012"), STR("us-east-1")},
                                             .clock = clock_system(),
                                             .rnd = rnd_system(),
                                             .rule = &loopback};
    must(notifier_new(&options, &notifier, &why), &why);
    return notifier;
}

/* Until the quick receiver has taken as many as were published to it. */
static struct rates deliver(const struct site *site, struct notifier *notifier)
{
    size_t until = taken(site->sink) + site->n;
    double wall = bench_wall_seconds();
    double cpu = process_seconds();
    while (taken(site->sink) < until) {
        notifier_turn(notifier, STR("http://127.0.0.1:8480"), TURN_MS);
    }
    return (struct rates){(double)site->n / (process_seconds() - cpu),
                          (double)site->n / (bench_wall_seconds() - wall)};
}

static struct rates plain_posts(const struct site *site)
{
    char url[URL_MAX];
    char body[BODY + 400]; /* an envelope around it */
    CURL *curl = curl_easy_init();
    memset(body, 'x', sizeof body);
    url_of(site->sink, "/plain", url);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)sizeof body);
    double wall = bench_wall_seconds();
    double cpu = process_seconds();
    for (size_t i = 0; i < site->n; i++) {
        if (curl_easy_perform(curl) != CURLE_OK) {
            die("curl", "a post failed");
        }
    }
    struct rates rates = {(double)site->n / (process_seconds() - cpu),
                          (double)site->n / (bench_wall_seconds() - wall)};
    curl_easy_cleanup(curl);
    return rates;
}

/* ---- the program ----------------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t n)
{
    qsort(values, n, sizeof values[0], by_size);
    return values[n / 2];
}

static size_t number_after(int argc, char **argv, const char *option, size_t fallback)
{
    for (int i = 1; i + 1 < argc; i++) {
        if (strcmp(argv[i], option) == 0) {
            return (size_t)strtoul(argv[i + 1], NULL, 10);
        }
    }
    return fallback;
}

static void remove_database(const char *path)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", ".lock"};
    char name[256];
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        unlink(name);
    }
}

static void open_site(struct site *site, struct sink *sink, const char *path)
{
    struct why why;
    const struct http_server_config config = {.address = STR("127.0.0.1"),
                                              .io_threads = 1,
                                              .limits = {.connections_per_address = 256},
                                              .handle = handle,
                                              .ctx = sink,
                                              .rnd = rnd_system()};
    must(http_server_start(&config, &sink->server, &why), &why);
    must(store_open(&(struct store_options){.path = str_from(path)}, &site->store, &why), &why);
    topic_at(site, "quick", "/quick");
    topic_at(site, "never", "/never");
}

/* The quick one beside the one that never answers; what that one keeps waiting goes with the
 * database. */
static double beside_a_stalling_one(struct site *site, struct notifier *notifier)
{
    publish(site, "never");
    publish(site, "quick");
    return deliver(site, notifier).wall;
}

static void let_go(struct sink *sink)
{
    for (size_t i = 0; i < sink->n_held; i++) {
        http_finish(sink->held[i]);
    }
}

static int measure(struct site *site, size_t reps)
{
    double ours[REPS_MAX], plain[REPS_MAX], ratios[REPS_MAX], alone[REPS_MAX], beside[REPS_MAX];
    double slowed[REPS_MAX];
    struct notifier *notifier = open_notifier(site);
    for (size_t i = 0; i < reps; i++) {
        publish(site, "quick");
        struct rates mine = deliver(site, notifier);
        struct rates theirs = plain_posts(site);
        fprintf(stderr, "%.0f deliveries a second of wall time, %.0f plain posts\n", mine.wall,
                theirs.wall);
        ours[i] = mine.cpu;
        plain[i] = theirs.cpu;
        ratios[i] = mine.cpu / theirs.cpu;
        alone[i] = mine.wall;
    }
    for (size_t i = 0; i < reps; i++) {
        beside[i] = beside_a_stalling_one(site, notifier);
        slowed[i] = beside[i] / alone[i];
    }
    let_go(site->sink);
    notifier_stop(notifier);
    bool fine = bench_print("notify", "deliver", median(ours, reps), "libcurl-posts",
                            median(plain, reps), median(ratios, reps), 0.15);
    return bench_print("notify", "deliver-beside-a-stalling-one", median(beside, reps), "alone",
                       median(alone, reps), median(slowed, reps), 0.5) &&
                   fine
               ? 0
               : 1;
}

int main(int argc, char **argv)
{
    char path[] = "/tmp/bench-notify-XXXXXX";
    size_t reps = number_after(argc, argv, "--reps", REPS);
    struct sink sink = {.n_held = 0};
    struct site site = {.mem = arena_new(MEMORY),
                        .sink = &sink,
                        .n = number_after(argc, argv, "--messages", MESSAGES)};
    if (bench_is_gate(argc, argv)) {
        return 0;
    }
    if (site.mem == NULL || close(mkstemp(path)) != 0 || reps == 0 || reps > REPS_MAX) {
        die("start", "no memory, no place in /tmp, or --reps not from 1 to 32");
    }
    open_site(&site, &sink, path);
    int status = measure(&site, reps);
    store_close(site.store);
    http_server_stop(sink.server, 1000);
    remove_database(path);
    return status;
}
