/* http_server.c: start, stop, keys and counters; see http_server_priv.h for the rest. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "net/http_server_priv.h"

#include "base/banned.h"

enum {
    LISTEN_QUEUE = 511,
    STOP_POLL_MS = 2,
};

static enum status listen_on(struct http_server *server, struct str address, uint16_t port,
                             struct why *why)
{
    char host[INET6_ADDRSTRLEN + 1];
    char service[8];
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
    struct addrinfo *found = NULL;
    struct sockaddr_storage bound;
    socklen_t len = sizeof bound;
    snprintf(host, sizeof host, "%.*s", STR_ARG(address));
    snprintf(service, sizeof service, "%u", port);
    if (address.len == 0 || getaddrinfo(host, service, &hints, &found) != 0) {
        return why_set(why, STATUS_INVALID, "\"%.*s\" is not a numeric address to listen on",
                       STR_ARG(address));
    }
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool done = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) == 0 &&
                bind(fd, found->ai_addr, found->ai_addrlen) == 0 && listen(fd, LISTEN_QUEUE) == 0 &&
                getsockname(fd, (struct sockaddr *)&bound, &len) == 0;
    int code = errno;
    freeaddrinfo(found);
    server->listen_fd = fd;
    if (!done) {
        return why_set(why, STATUS_IO, "cannot listen on %s port %u: %s", host, port,
                       strerrordesc_np(code));
    }
    server->port =
        ntohs(bound.ss_family == AF_INET ? ((struct sockaddr_in *)(void *)&bound)->sin_port
                                         : ((struct sockaddr_in6 *)(void *)&bound)->sin6_port);
    return STATUS_OK;
}

static char *text_keep(struct str s)
{
    char *copy = mem_alloc(s.len + 1);
    if (copy != NULL) {
        memcpy(copy, s.ptr, s.len);
    }
    return copy;
}

static void limits_fill(struct http_server_limits *limits)
{
    const struct http_server_limits defaults = {
        .header_bytes = LIMIT_HEADER_BYTES,
        .body_bytes = LIMIT_BODY_BYTES,
        .connections = LIMIT_CONNECTIONS,
        .connections_per_address = LIMIT_CONNECTIONS_PER_ADDRESS,
        .idle_seconds = LIMIT_IDLE_SECONDS,
        .request_ms = LIMIT_REQUEST_SECONDS * SECOND_MS,
    };
#define FILL(field) limits->field = limits->field == 0 ? defaults.field : limits->field
    FILL(header_bytes);
    FILL(body_bytes);
    FILL(connections);
    FILL(connections_per_address);
    FILL(idle_seconds);
    FILL(request_ms);
#undef FILL
}

/* Stops the threads that stand, then frees what they shared. */
static void server_free(struct http_server *server)
{
    atomic_store(&server->stopping, true);
    atomic_store(&server->ending, true);
    for (unsigned i = 0; i < server->n_loops; i++) {
        http_loop_stop(&server->loops[i]);
    }
    for (unsigned i = 0; i < server->n_loops; i++) {
        http_loop_close(&server->loops[i]);
    }
    if (server->listen_fd >= 0) {
        close(server->listen_fd);
    }
    mem_free(server->loops);
    http_places_free(server->places);
    tls_keys_release(server->keys);
    stream_tls_free(server->tls);
    mem_free(server->cert_file);
    mem_free(server->key_file);
    pthread_mutex_destroy(&server->lock);
    mem_free(server);
}

static enum status tls_open(struct http_server *server, const struct http_server_config *config,
                            struct why *why)
{
    if (str_absent(config->cert_file) != str_absent(config->key_file)) {
        return why_set(why, STATUS_INVALID, "TLS needs both a certificate file and a key file");
    }
    if (str_absent(config->cert_file)) {
        return STATUS_OK;
    }
    server->cert_file = text_keep(config->cert_file);
    TRY_PTR(server->cert_file);
    server->key_file = text_keep(config->key_file);
    TRY_PTR(server->key_file);
    TRY(stream_tls_new(&server->tls, why));
    return tls_keys_read(config->cert_file, config->key_file, &server->keys, why);
}

static enum status server_open(struct http_server *server, const struct http_server_config *config,
                               struct why *why)
{
    unsigned n = config->io_threads == 0 ? 1 : config->io_threads;
    TRY(tls_open(server, config, why));
    TRY(listen_on(server, config->address, config->port, why));
    server->places =
        http_places_new(server->limits.connections, server->limits.connections_per_address);
    TRY_PTR(server->places);
    server->loops = mem_alloc(n * sizeof server->loops[0]);
    TRY_PTR(server->loops);
    for (unsigned i = 0; i < n; i++) {
        TRY(http_loop_open(&server->loops[i], server, why));
        server->n_loops++;
    }
    for (unsigned i = 0; i < n; i++) {
        TRY(http_loop_start(&server->loops[i], why));
    }
    return STATUS_OK;
}

enum status http_server_start(const struct http_server_config *config, struct http_server **ret,
                              struct why *why)
{
    struct http_server *server = mem_alloc(sizeof *server);
    TRY_PTR(server);
    server->limits = config->limits;
    limits_fill(&server->limits);
    server->handle = config->handle;
    server->ctx = config->ctx;
    server->tell_rejected = config->rejected;
    server->rejected_ctx = config->rejected_ctx;
    server->rnd = config->rnd;
    server->clock = config->clock;
    server->listen_fd = -1;
    pthread_mutex_init(&server->lock, NULL);
    enum status status = server_open(server, config, why);
    if (status != STATUS_OK) {
        server_free(server);
        return status;
    }
    *ret = server;
    return STATUS_OK;
}

uint16_t http_server_port(const struct http_server *server)
{
    return server->port;
}

enum status http_server_reload_tls(struct http_server *server, struct why *why)
{
    struct tls_keys *keys = NULL;
    if (server->cert_file == NULL) {
        return STATUS_OK;
    }
    TRY(tls_keys_read(str_from(server->cert_file), str_from(server->key_file), &keys, why));
    pthread_mutex_lock(&server->lock);
    struct tls_keys *before = server->keys;
    server->keys = keys;
    pthread_mutex_unlock(&server->lock);
    tls_keys_release(before);
    return STATUS_OK;
}

void http_server_counters(struct http_server *server, struct http_server_counters *ret)
{
    *ret = (struct http_server_counters){
        .connections = atomic_load(&server->accepted),
        .refused = atomic_load(&server->refused),
        .requests = atomic_load(&server->requests),
        .rejected = atomic_load(&server->rejected),
        .timeouts = atomic_load(&server->timeouts),
        .bytes_in = atomic_load(&server->bytes_in),
        .bytes_out = atomic_load(&server->bytes_out),
        .open = http_places_taken(server->places),
        .busy = atomic_load(&server->busy),
    };
}

bool http_server_stop(struct http_server *server, unsigned grace_ms)
{
    if (server == NULL) {
        return true;
    }
    int64_t until = clock_monotonic_ms() + grace_ms;
    atomic_store(&server->stopping, true);
    /* Who connects from now on is told so by the kernel; the loops look away from the socket. */
    shutdown(server->listen_fd, SHUT_RDWR);
    for (unsigned i = 0; i < server->n_loops; i++) {
        http_loop_wake(&server->loops[i]);
    }
    while (atomic_load(&server->busy) > 0) {
        if (clock_monotonic_ms() >= until) {
            return false;
        }
        nanosleep(&(struct timespec){.tv_nsec = STOP_POLL_MS * 1000000L}, NULL);
    }
    server_free(server);
    return true;
}
