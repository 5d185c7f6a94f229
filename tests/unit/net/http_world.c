#include "http_world.h"

enum { REPLY_MAX = 1 << 16 };

const struct http_server_limits defaults;

/* Replies with what it saw of the request. */
static void echo(struct http_exchange *x)
{
    struct str text;
    struct str host = http_header_get(&x->request, STR("host"));
    CHECK_OK(str_fmt(x->mem, &text, NULL, "%.*s %.*s?%.*s host=%.*s peer=%.*s%s body=%zu:%.*s",
                     STR_ARG(x->request.method), STR_ARG(x->request.path),
                     STR_ARG(x->request.query), STR_ARG(host), STR_ARG(x->request.peer),
                     x->request.loopback ? " loopback" : "", x->request.body.len,
                     (int)(x->request.body.len > 20 ? 20 : x->request.body.len),
                     x->request.body.ptr));
    x->reply.status = 200;
    x->reply.body = text;
    http_reply_header(&x->reply, STR("X-Test"), STR("yes"));
}

void *finish_later(void *ctx)
{
    echo(ctx);
    http_finish(ctx);
    return NULL;
}

static void handle(struct http_exchange *x, void *ctx)
{
    struct world *world = ctx;
    pthread_t thread;
    if (str_starts(x->request.path, STR("/later"))) {
        assert_int_equal(pthread_create(&thread, NULL, finish_later, x), 0);
        pthread_detach(thread);
    } else if (str_eq(x->request.path, STR("/stall"))) {
        pthread_mutex_lock(&world->gate); /* keeps the I/O thread as well */
        pthread_mutex_unlock(&world->gate);
        echo(x);
        http_finish(x);
    } else if (str_eq(x->request.path, STR("/large"))) {
        static const char large[LARGE_REPLY];
        x->reply.status = 200;
        x->reply.body = (struct str){large, sizeof large};
        http_finish(x);
    } else if (str_eq(x->request.path, STR("/hold"))) {
        pthread_mutex_lock(&world->lock);
        world->held = x;
        pthread_cond_signal(&world->changed);
        pthread_mutex_unlock(&world->lock);
    } else {
        echo(x);
        http_finish(x);
    }
}

static void rejected(void *ctx, const struct http_rejection *rejection)
{
    struct world *world = ctx;
    assert_string_equal(rejection->peer.ptr, "127.0.0.1");
    assert_true(rejection->exception.len > 0 && rejection->message.len > 0);
    snprintf(world->request_id, sizeof world->request_id, "%.*s", STR_ARG(rejection->request_id));
    atomic_store(&world->rejected, rejection->status);
}

struct http_exchange *wait_held(struct world *world)
{
    pthread_mutex_lock(&world->lock);
    while (world->held == NULL) {
        pthread_cond_wait(&world->changed, &world->lock);
    }
    struct http_exchange *held = world->held;
    world->held = NULL;
    pthread_mutex_unlock(&world->lock);
    return held;
}

struct world *world_start_with(struct http_server_limits limits, unsigned io_threads)
{
    struct world *world = mem_alloc(sizeof *world);
    struct why why = {0};
    pthread_mutex_init(&world->lock, NULL);
    pthread_cond_init(&world->changed, NULL);
    pthread_mutex_init(&world->gate, NULL);
    struct http_server_config config = {.address = STR("127.0.0.1"),
                                        .limits = limits,
                                        .io_threads = io_threads,
                                        .handle = handle,
                                        .ctx = world,
                                        .rejected = rejected,
                                        .rejected_ctx = world,
                                        .rnd = rnd_system()};
    if (http_server_start(&config, &world->server, &why) != STATUS_OK) {
        fail_msg("%s", why.text);
    }
    assert_true(http_server_port(world->server) > 0);
    return world;
}

struct world *world_start(struct http_server_limits limits)
{
    return world_start_with(limits, 1);
}

void world_stop(struct world *world)
{
    assert_true(http_server_stop(world->server, PATIENCE_MS));
    mem_free(world);
}

int dial(struct world *world)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(http_server_port(world->server)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

void say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

const char *hear(int fd, const char *want)
{
    static char text[REPLY_MAX];
    size_t n = 0;
    text[0] = '\0';
    for (;;) {
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
        if (poll(&poll_fd, 1, PATIENCE_MS) != 1) {
            fail_msg("no \"%s\" in time; got \"%s\"", want == NULL ? "end" : want, text);
        }
        ssize_t got = recv(fd, text + n, sizeof text - 1 - n, 0);
        if (got <= 0) {
            if (want != NULL) {
                fail_msg("ended without \"%s\"; got \"%s\"", want, text);
            }
            return text;
        }
        n += (size_t)got;
        text[n] = '\0';
        if (want != NULL && strstr(text, want) != NULL) {
            return text;
        }
    }
}

struct http_server_counters counters(struct world *world)
{
    struct http_server_counters c;
    http_server_counters(world->server, &c);
    return c;
}
