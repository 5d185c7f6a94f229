/* http_server.c: start and stop of the HTTP server; how it works is said in http_server_priv.h. */
#include "net/http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "net/http_server_priv.h"

#include "base/banned.h"

enum { LISTEN_QUEUE = 511, STOP_POLL_MS = 2 };

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

static enum status daemon_start(struct http_server *server, unsigned io_threads, struct why *why)
{
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
    struct MHD_OptionItem options[12] = {{MHD_OPTION_END, 0, NULL}};
    size_t n = 0;
    if (server->keys != NULL) {
        flags |= MHD_USE_TLS;
        options[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_CERT_CALLBACK, 0,
                                               (void *)(uintptr_t)connection_handshake};
        options[n++] = (struct MHD_OptionItem){
            MHD_OPTION_HTTPS_PRIORITIES, 0,
            (void *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"};
    }
    if (io_threads > 1) {
        options[n++] = (struct MHD_OptionItem){MHD_OPTION_THREAD_POOL_SIZE, io_threads, NULL};
    }
    options[n] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    server->daemon = MHD_start_daemon(
        flags, 0, connection_accept, server, exchange_request, server, MHD_OPTION_LISTEN_SOCKET,
        server->listen_fd, MHD_OPTION_CONNECTION_LIMIT, server->limits.connections,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, 4 * server->limits.header_bytes,
        MHD_OPTION_CONNECTION_TIMEOUT, server->limits.idle_seconds, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_URI_LOG_CALLBACK, exchange_target, server, MHD_OPTION_UNESCAPE_CALLBACK,
        exchange_unescape, NULL, MHD_OPTION_NOTIFY_CONNECTION, connection_notice, server,
        MHD_OPTION_NOTIFY_COMPLETED, exchange_completed, server, MHD_OPTION_ARRAY, options,
        MHD_OPTION_END);
    return server->daemon != NULL ? STATUS_OK
                                  : why_set(why, STATUS_IO, "the HTTP server does not start: %s",
                                            strerrordesc_np(errno));
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

static void server_free(struct http_server *server)
{
    if (server->sweeping) {
        pthread_mutex_lock(&server->lock);
        server->ending = true;
        pthread_cond_signal(&server->wake);
        pthread_mutex_unlock(&server->lock);
        pthread_join(server->sweeper, NULL);
    }
    if (server->daemon != NULL) {
        MHD_stop_daemon(server->daemon);
    }
    if (server->listen_fd >= 0) {
        close(server->listen_fd);
    }
    tls_keys_release(server->keys);
    mem_free(server->cert_file);
    mem_free(server->key_file);
    pthread_cond_destroy(&server->wake);
    pthread_mutex_destroy(&server->lock);
    mem_free(server);
}

static void locks_init(struct http_server *server)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&server->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&server->lock, NULL);
}

static enum status server_open(struct http_server *server, const struct http_server_config *config,
                               struct why *why)
{
    if (str_absent(config->cert_file) != str_absent(config->key_file)) {
        return why_set(why, STATUS_INVALID, "TLS needs both a certificate file and a key file");
    }
    if (!str_absent(config->cert_file)) {
        server->cert_file = text_keep(config->cert_file);
        TRY_PTR(server->cert_file);
        server->key_file = text_keep(config->key_file);
        TRY_PTR(server->key_file);
        TRY(tls_keys_read(config->cert_file, config->key_file, &server->keys, why));
    }
    TRY(listen_on(server, config->address, config->port, why));
    TRY(daemon_start(server, config->io_threads, why));
    if (pthread_create(&server->sweeper, NULL, time_sweep, server) != 0) {
        return why_set(why, STATUS_IO, "the HTTP server cannot start a thread");
    }
    server->sweeping = true;
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
    server->listen_fd = -1;
    locks_init(server);
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

enum status http_server_certificates(struct http_server *server, struct arena *mem,
                                     const struct bytes **ret, size_t *ret_n, struct why *why)
{
    pthread_mutex_lock(&server->lock);
    struct tls_keys *keys = server->keys == NULL ? NULL : tls_keys_hold(server->keys);
    pthread_mutex_unlock(&server->lock);
    *ret = NULL;
    *ret_n = 0;
    enum status status =
        keys == NULL ? STATUS_OK : tls_keys_certificates(keys, mem, ret, ret_n, why);
    tls_keys_release(keys);
    return status;
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
        .open = atomic_load(&server->open),
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
    MHD_quiesce_daemon(server->daemon);
    while (atomic_load(&server->busy) > 0) {
        if (clock_monotonic_ms() >= until) {
            return false;
        }
        nanosleep(&(struct timespec){.tv_nsec = STOP_POLL_MS * 1000000L}, NULL);
    }
    server_free(server);
    return true;
}
