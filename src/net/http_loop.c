/* http_loop.c: an I/O thread: who connects, whose descriptor moved, whose exchange is finished. */
#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "codec/httpdate.h"
#include "net/http_server_priv.h"

#include "base/banned.h"

enum {
    EVENTS = 64,
    ACCEPTS_OF_A_TURN = 16,
    TICK_MS = 250, /* how exact the bounds of time are; less where they are short */
};

static int tick_ms(const struct http_loop *loop)
{
    unsigned quarter = loop->server->limits.request_ms / 4 + 1;
    return quarter < TICK_MS ? (int)quarter : TICK_MS;
}

struct str http_loop_date(struct http_loop *loop)
{
    const struct clock *clock = &loop->server->clock;
    if (clock->now == NULL) {
        return STR_ABSENT;
    }
    int64_t second = clock_now(clock) / SECOND_MS;
    if (second != loop->date_second) {
        loop->date_second = second;
        httpdate_format(second * SECOND_MS, loop->date);
    }
    return str_from(loop->date);
}

/* Who is in which list. */

void http_loop_ready(struct http_loop *loop, struct http_connection *c)
{
    if (!c->is_ready) {
        c->is_ready = true;
        c->next_ready = loop->ready;
        loop->ready = c;
    }
}

void http_loop_bury(struct http_loop *loop, struct http_connection *c)
{
    c->phase = PHASE_DEAD;
    c->next_dead = loop->dead;
    loop->dead = c;
}

void http_loop_wake(struct http_loop *loop)
{
    const uint64_t one = 1;
    /* Full means that it is awake. */
    ssize_t n = write(loop->wake_fd, &one, sizeof one);
    (void)n;
}

void http_loop_finished(struct http_loop *loop, struct http_connection *c)
{
    pthread_mutex_lock(&loop->lock);
    bool first = loop->finished == NULL;
    c->next_finished = loop->finished;
    loop->finished = c;
    /* Under the lock: once it is released and the list empty, the server may be gone. */
    if (first) {
        http_loop_wake(loop);
    }
    pthread_mutex_unlock(&loop->lock);
}

static void wake_all(struct http_server *server)
{
    for (unsigned i = 0; i < server->n_loops; i++) {
        http_loop_wake(&server->loops[i]);
    }
}

static void unlink_free(struct http_loop *loop, struct http_connection *c)
{
    struct http_server *server = loop->server;
    struct address address = c->address;
    if (c->prev != NULL) {
        c->prev->next = c->next;
    } else {
        loop->connections = c->next;
    }
    if (c->next != NULL) {
        c->next->prev = c->prev;
    }
    http_connection_free(c);
    if (http_places_leave(server->places, &address)) {
        wake_all(server);
    }
}

/* Whoever connects. */

static bool admit(struct http_loop *loop, int fd, const struct sockaddr *peer,
                  const struct address *address)
{
    struct http_connection *c = http_connection_new(loop, fd, peer, address);
    if (c == NULL) {
        return false;
    }
    c->next = loop->connections;
    if (c->next != NULL) {
        c->next->prev = c;
    }
    loop->connections = c;
    atomic_fetch_add(&loop->server->accepted, 1);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = c};
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
        http_loop_bury(loop, c);
    } else {
        /* In the next turn: one that is served, leaves and comes back must not be met here again
         * before it is seen to have left. */
        http_loop_ready(loop, c);
    }
    return true;
}

/* One that waits in the kernel's queue; false when there is none, or none can be taken. */
static bool accept_one(struct http_loop *loop)
{
    struct http_server *server = loop->server;
    struct sockaddr_storage peer;
    socklen_t len = sizeof peer;
    struct address address;
    if (!http_places_free_one(server->places)) {
        return false;
    }
    int fd =
        accept4(server->listen_fd, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        loop->stalled = errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS;
        return false;
    }
    bool known = address_of((struct sockaddr *)&peer, &address);
    enum http_place place =
        known ? http_places_take(server->places, &address) : HTTP_PLACE_TOO_MANY_OF_ONE;
    if (place != HTTP_PLACE_GIVEN) {
        atomic_fetch_add(&server->refused, 1);
        close(fd);
    } else if (!admit(loop, fd, (struct sockaddr *)&peer, &address)) {
        close(fd);
        (void)http_places_leave(server->places, &address);
    }
    return true;
}

/* Watches the listening socket as long as there is a place: who comes later waits in the kernel. */
static void watch_listener(struct http_loop *loop)
{
    struct http_server *server = loop->server;
    bool wanted =
        !atomic_load(&server->stopping) && !loop->stalled && http_places_free_one(server->places);
    if (wanted == loop->listening) {
        return;
    }
    struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data.ptr = loop};
    if (epoll_ctl(loop->epoll_fd, wanted ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, server->listen_fd,
                  &event) == 0) {
        loop->listening = wanted;
    }
}

/* A turn. */

static void take_event(struct http_loop *loop, const struct epoll_event *event)
{
    struct http_connection *c = event->data.ptr;
    uint64_t count = 0;
    if (event->data.ptr == &loop->wake_fd) {
        ssize_t n = read(loop->wake_fd, &count, sizeof count);
        (void)n;
    } else if (event->data.ptr == loop) {
        loop->knocked = true;
    } else if (c->phase != PHASE_DEAD) {
        const uint32_t gone = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
        c->readable = c->readable || (event->events & (EPOLLIN | gone)) != 0;
        c->writable = c->writable || (event->events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0;
        c->ended = c->ended || (event->events & gone) != 0;
        http_connection_run(c);
    }
}

static void take_finished(struct http_loop *loop)
{
    pthread_mutex_lock(&loop->lock);
    struct http_connection *c = loop->finished;
    loop->finished = NULL;
    pthread_mutex_unlock(&loop->lock);
    while (c != NULL) {
        struct http_connection *next = c->next_finished;
        http_connection_resume(c);
        c = next;
    }
}

static void sweep(struct http_loop *loop)
{
    loop->swept = loop->now;
    loop->stalled = false;
    for (struct http_connection *c = loop->connections; c != NULL; c = c->next) {
        if (c->phase != PHASE_DEAD) {
            http_connection_tick(c);
        }
    }
}

static void take_ready(struct http_loop *loop)
{
    struct http_connection *c = loop->ready;
    loop->ready = NULL;
    while (c != NULL) {
        struct http_connection *next = c->next_ready;
        c->is_ready = false;
        if (c->phase != PHASE_DEAD) {
            http_connection_run(c);
        }
        c = next;
    }
}

/* After take_ready, so that nobody in that list is gone. */
static void bury_dead(struct http_loop *loop)
{
    while (loop->dead != NULL) {
        struct http_connection *c = loop->dead;
        loop->dead = c->next_dead;
        unlink_free(loop, c);
    }
}

/* After those who leave, so that who comes finds their places. */
static void take_knocks(struct http_loop *loop)
{
    for (int i = 0; loop->knocked && i < ACCEPTS_OF_A_TURN && accept_one(loop); i++) {
    }
    loop->knocked = false;
}

static int wait_ms(const struct http_loop *loop)
{
    if (loop->ready != NULL || loop->dead != NULL) {
        return 0;
    }
    return loop->connections != NULL || loop->stalled ? tick_ms(loop) : -1;
}

static void *loop_main(void *ctx)
{
    struct http_loop *loop = ctx;
    struct epoll_event events[EVENTS];
    while (!atomic_load(&loop->server->ending)) {
        watch_listener(loop);
        int n = epoll_wait(loop->epoll_fd, events, EVENTS, wait_ms(loop));
        loop->now = clock_monotonic_ms();
        for (int i = 0; i < n; i++) {
            take_event(loop, &events[i]);
        }
        take_finished(loop);
        if (loop->now - loop->swept >= tick_ms(loop)) {
            sweep(loop);
        }
        take_ready(loop);
        bury_dead(loop);
        take_knocks(loop);
    }
    return NULL;
}

/* Start and stop. */

void http_loop_close(struct http_loop *loop)
{
    while (loop->connections != NULL) {
        unlink_free(loop, loop->connections);
    }
    if (loop->epoll_fd >= 0) {
        close(loop->epoll_fd);
    }
    if (loop->wake_fd >= 0) {
        close(loop->wake_fd);
        loop->wake_fd = -1; /* a loop closed later still wakes all */
    }
    pthread_mutex_destroy(&loop->lock);
}

enum status http_loop_open(struct http_loop *loop, struct http_server *server, struct why *why)
{
    *loop = (struct http_loop){.server = server, .date_second = -1};
    pthread_mutex_init(&loop->lock, NULL);
    loop->now = clock_monotonic_ms();
    loop->swept = loop->now;
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &loop->wake_fd};
    if (loop->epoll_fd < 0 || loop->wake_fd < 0 ||
        epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, loop->wake_fd, &event) != 0) {
        enum status status =
            why_set(why, STATUS_IO, "the HTTP server does not start: %s", strerrordesc_np(errno));
        http_loop_close(loop);
        return status;
    }
    return STATUS_OK;
}

enum status http_loop_start(struct http_loop *loop, struct why *why)
{
    if (pthread_create(&loop->thread, NULL, loop_main, loop) != 0) {
        return why_set(why, STATUS_IO, "the HTTP server cannot start a thread");
    }
    loop->started = true;
    return STATUS_OK;
}

void http_loop_stop(struct http_loop *loop)
{
    if (loop->started) {
        http_loop_wake(loop);
        pthread_join(loop->thread, NULL);
        loop->started = false;
    }
}
