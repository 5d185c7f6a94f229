/* http_world.h: a server on loopback and rude clients, for the tests of the HTTP server's parts.
 *
 * Clients are raw sockets, so that they can be as rude as a client can be. Waits are for bytes or
 * for the end of a connection, with a bound; nothing sleeps. The server answers with what it saw:
 * "METHOD PATH?QUERY host=... peer=... body=LENGTH:START". /later is finished by another thread,
 * /hold when the test says so; /stall keeps the I/O thread as long as gate is locked; /large has a
 * body of LARGE_REPLY bytes.
 */
#ifndef TESTS_UNIT_NET_HTTP_WORLD_H
#define TESTS_UNIT_NET_HTTP_WORLD_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "lib/check.h"
#include "net/http_server.h"

enum { PATIENCE_MS = 4000, LARGE_REPLY = 20 << 20 };

struct world {
    struct http_server *server;
    struct http_exchange *held; /* by /hold; under lock */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    atomic_int rejected; /* the status of the last one told */
    char request_id[64];
    pthread_mutex_t gate;
};

struct world *world_start(struct http_server_limits limits);
struct world *world_start_with(struct http_server_limits limits, unsigned io_threads);
void world_stop(struct world *world);

/* The exchange that /hold holds, when it has come; finish_later answers it. */
struct http_exchange *wait_held(struct world *world);
void *finish_later(void *exchange);

int dial(struct world *world);
void say(int fd, const char *text);

/* Reads until want stands in what was read, or to the end of the connection when want is NULL.
 * Gives the text; empty when the connection was reset. */
const char *hear(int fd, const char *want);

struct http_server_counters counters(struct world *world);

/* The bounds of base/limits.h. */
extern const struct http_server_limits defaults;

#define CHECK_HAS(text, part)                                                                      \
    do {                                                                                           \
        if (strstr((text), (part)) == NULL) {                                                      \
            fail_msg("no \"%s\" in \"%s\"", (part), (text));                                       \
        }                                                                                          \
    } while (0)

#endif
