/* bench_http.c: our HTTP server against libmicrohttpd alone, both answering {} to everything.
 *
 * One client thread keeps sixteen connections busy, one request on each at a time. The sides run in
 * turn, in wall time: client and server share the machine, so the figure is what both cost, and the
 * ratio of the pairs is what our bounds and arenas add.
 *
 *     bench_http [--half]
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <microhttpd.h>

#include "bench.h"
#include "net/http_server.h"

enum { CONNECTIONS = 16, PAIRS = 9 };

static const double RUN_SECONDS = 0.25;

static const char request[] = "GET /things/device-1 HTTP/1.1\r\nHost: localhost\r\n"
                              "Accept: */*\r\nX-Amz-Date: 20260102T030405Z\r\n\r\n";

static void ours(struct http_exchange *exchange, void *ctx)
{
    (void)ctx;
    exchange->reply.status = 200;
    exchange->reply.body = STR("{}");
    http_finish(exchange);
}

static enum MHD_Result reference(void *cls, struct MHD_Connection *connection, const char *url,
                                 const char *method, const char *version, const char *upload,
                                 size_t *upload_len, void **slot)
{
    static char seen;
    (void)cls;
    (void)url;
    (void)method;
    (void)version;
    (void)upload;
    (void)upload_len;
    if (*slot == NULL) {
        *slot = &seen;
        return MHD_YES;
    }
    struct MHD_Response *response =
        MHD_create_response_from_buffer(2, (void *)(uintptr_t) "{}", MHD_RESPMEM_PERSISTENT);
    enum MHD_Result queued = MHD_queue_response(connection, 200, response);
    MHD_destroy_response(response);
    return queued;
}

static void must(bool holds, const char *what)
{
    if (!holds) {
        perror(what);
        exit(2);
    }
}

static void dial_all(struct pollfd *fds, uint16_t port)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (int i = 0; i < CONNECTIONS; i++) {
        fds[i] = (struct pollfd){.fd = socket(AF_INET, SOCK_STREAM, 0), .events = POLLIN};
        must(fds[i].fd >= 0 && connect(fds[i].fd, (struct sockaddr *)&to, sizeof to) == 0,
             "connect");
    }
}

static void ask(int fd)
{
    must(send(fd, request, sizeof request - 1, MSG_NOSIGNAL) == sizeof request - 1, "send");
}

/* Requests a second over a run. */
static double run(uint16_t port)
{
    struct pollfd fds[CONNECTIONS];
    char reply[4096];
    size_t n = 0;
    dial_all(fds, port);
    for (int i = 0; i < CONNECTIONS; i++) {
        ask(fds[i].fd);
    }
    double started = bench_wall_seconds();
    double took = 0;
    while ((took = bench_wall_seconds() - started) < RUN_SECONDS) {
        must(poll(fds, CONNECTIONS, 1000) > 0, "poll");
        for (int i = 0; i < CONNECTIONS; i++) {
            if (fds[i].revents != 0) {
                ssize_t got = recv(fds[i].fd, reply, sizeof reply, 0);
                must(got > 2 && memcmp(reply + got - 2, "{}", 2) == 0, "a whole reply");
                n++;
                ask(fds[i].fd);
            }
        }
    }
    for (int i = 0; i < CONNECTIONS; i++) {
        close(fds[i].fd);
    }
    return (double)n / took;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, PAIRS, sizeof *values, by_value);
    return values[PAIRS / 2];
}

int main(int argc, char **argv)
{
    struct http_server *server = NULL;
    struct why why = {0};
    double our_rates[PAIRS], their_rates[PAIRS], ratios[PAIRS];
    const struct http_server_config config = {
        .address = STR("127.0.0.1"), .handle = ours, .rnd = rnd_system()};
    bool half = argc == 2 && strcmp(argv[1], "--half") == 0;
    if (http_server_start(&config, &server, &why) != STATUS_OK) {
        fprintf(stderr, "%s\n", why.text);
        return 2;
    }
    struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL,
                                                 reference, NULL, MHD_OPTION_END);
    must(daemon != NULL, "libmicrohttpd");
    uint16_t port = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    for (int i = 0; i < PAIRS; i++) {
        our_rates[i] = run(http_server_port(server));
        their_rates[i] = run(port);
        ratios[i] = our_rates[i] / their_rates[i];
    }
    MHD_stop_daemon(daemon);
    must(http_server_stop(server, 1000), "stop");
    double mine = median(our_rates);
    double theirs = median(their_rates);
    return bench_print("P9", "http-empty-reply", mine, "libmicrohttpd-alone", theirs,
                       median(ratios), half ? 0.3 : 0.6)
               ? 0
               : 1;
}
