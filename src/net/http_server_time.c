/* http_server_time.c: what takes too long is cut, and who has gone is noticed. */
#include "net/http_server_priv.h"

#include <stdio.h>
#include <sys/socket.h>
#include <time.h>

#include "base/banned.h"

enum { SWEEP_MS_MAX = 250 };

static void send_timeout(int fd, const char *request_id)
{
    char body[REFUSAL_BODY_MAX];
    char text[sizeof body + 256];
    size_t len = refusal_body(&refused_time, body);
    int n = snprintf(text, sizeof text,
                     "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n"
                     "Content-Type: application/json\r\nContent-Length: %zu\r\n"
                     "x-amzn-ErrorType: %.*s\r\nx-amzn-RequestId: %s\r\n\r\n%.*s",
                     len, STR_ARG(refused_time.exception), request_id, (int)len, body);
    (void)send(fd, text, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Cuts a connection that takes too long in all. While a request is being read nobody else writes,
 * so a plain connection is told why. */
static void cut(struct connection *c, enum phase phase)
{
    atomic_fetch_add(&c->server->timeouts, 1);
    if (phase == PHASE_READING || phase == PHASE_WAITING) {
        char id[UUID_TEXT + 1];
        rnd_uuid(&c->server->rnd, id);
        refusal_tell(c, &refused_time, id);
        if (c->keys == NULL) {
            send_timeout(c->fd, id);
        }
    }
    shutdown(c->fd, SHUT_RDWR);
    c->cut = true;
}

/* Wakes the library for a client that has closed. It hears of descriptors by edges and stops at a
 * short read, so an end that arrives together with the last bytes is never read, and the connection
 * would keep its place until the idle time. A shutdown of the reading side, where nothing is left
 * to read, changes nothing but makes an edge: the library then reads the end, drops a request that
 * is not whole, and answers one that is. */
static void nudge_if_closed(const struct connection *c)
{
    char byte;
    if (recv(c->fd, &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT) == 0) {
        shutdown(c->fd, SHUT_RD);
    }
}

/* Under the lock. Before the first line of a request is read, idle time is allowed on top: the
 * library ends what does not move, this what moves too slowly. */
static void sweep(struct http_server *server)
{
    int64_t now = clock_monotonic_ms();
    for (struct connection *c = server->connections; c != NULL; c = c->next) {
        enum phase phase = (enum phase)atomic_load(&c->phase);
        int64_t allowed = server->limits.request_ms;
        if (phase == PHASE_WAITING) {
            allowed += (int64_t)server->limits.idle_seconds * SECOND_MS;
        }
        if (c->cut || phase == PHASE_WORKING) {
            continue;
        }
        if (now - atomic_load(&c->since) > allowed) {
            cut(c, phase);
        } else if (phase != PHASE_WRITING) {
            nudge_if_closed(c);
        }
    }
}

void *time_sweep(void *ctx)
{
    struct http_server *server = ctx;
    unsigned every = server->limits.request_ms / 4 + 1;
    every = every > SWEEP_MS_MAX ? SWEEP_MS_MAX : every;
    pthread_mutex_lock(&server->lock);
    while (!server->ending) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        int64_t ns = until.tv_nsec + (int64_t)every * 1000000;
        until.tv_sec += ns / 1000000000;
        until.tv_nsec = ns % 1000000000;
        pthread_cond_timedwait(&server->wake, &server->lock, &until);
        sweep(server);
    }
    pthread_mutex_unlock(&server->lock);
    return NULL;
}
