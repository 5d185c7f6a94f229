/* http_server_connection.c: connections: welcomed, kept in a list, told apart by their peers. */
#include "net/http_server_priv.h"

#include <netinet/tcp.h>
#include <string.h>

#include "net/cidr.h"

#include "base/banned.h"

/* Whether one more connection from this address is welcome. */
enum MHD_Result connection_accept(void *cls, const struct sockaddr *address, socklen_t len)
{
    struct http_server *server = cls;
    char text[INET6_ADDRSTRLEN];
    unsigned n = 0;
    (void)len;
    sockaddr_text(address, text);
    pthread_mutex_lock(&server->lock);
    for (struct connection *c = server->connections; c != NULL; c = c->next) {
        n += memcmp(c->peer, text, strlen(text) + 1) == 0;
    }
    pthread_mutex_unlock(&server->lock);
    if (n < server->limits.connections_per_address) {
        return MHD_YES;
    }
    atomic_fetch_add(&server->refused, 1);
    return MHD_NO;
}

static struct connection *connection_new(struct http_server *server, struct MHD_Connection *mhd)
{
    struct connection *c = mem_alloc(sizeof *c);
    if (c == NULL) {
        return NULL;
    }
    c->server = server;
    c->mhd = mhd;
    c->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    c->loopback = sockaddr_text(
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr, c->peer);
    phase_set(c, PHASE_WAITING);
    /* A reply is written at once; waiting for more would only add Nagle's delay to TLS. */
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    pthread_mutex_lock(&server->lock);
    c->keys = server->keys == NULL ? NULL : tls_keys_hold(server->keys);
    c->next = server->connections;
    if (c->next != NULL) {
        c->next->prev = c;
    }
    server->connections = c;
    pthread_mutex_unlock(&server->lock);
    atomic_fetch_add(&server->accepted, 1);
    atomic_fetch_add(&server->open, 1);
    return c;
}

void connection_not_busy(struct connection *c)
{
    if (c->counted) {
        c->counted = false;
        atomic_fetch_sub(&c->server->busy, 1);
    }
}

static void connection_free(struct connection *c)
{
    struct http_server *server = c->server;
    pthread_mutex_lock(&server->lock);
    if (c->prev != NULL) {
        c->prev->next = c->next;
    } else {
        server->connections = c->next;
    }
    if (c->next != NULL) {
        c->next->prev = c->prev;
    }
    pthread_mutex_unlock(&server->lock);
    tls_keys_release(c->keys);
    arena_free(c->exchange.mem);
    connection_not_busy(c);
    mem_free(c);
    atomic_fetch_sub(&server->open, 1);
}

void connection_notice(void *cls, struct MHD_Connection *mhd, void **slot,
                       enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *slot = connection_new(cls, mhd); /* NULL: its requests are refused */
    } else if (*slot != NULL) {
        connection_free(*slot);
        *slot = NULL;
    }
}

struct connection *connection_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info == NULL ? NULL : info->socket_context;
}

/* Which certificate a handshake uses: that of the connection. The library offers no closure, but
 * says whose session it is. */
int connection_handshake(gnutls_session_t session, const gnutls_datum_t *authorities, int n,
                         const gnutls_pk_algorithm_t *algorithms, int n_algorithms,
                         gnutls_pcert_st **chain, unsigned *chain_n, gnutls_privkey_t *key)
{
    struct MHD_Connection *mhd = gnutls_session_get_ptr(session);
    struct connection *c = mhd == NULL ? NULL : connection_of(mhd);
    (void)authorities;
    (void)n;
    (void)algorithms;
    (void)n_algorithms;
    if (c == NULL || c->keys == NULL) {
        return -1;
    }
    *chain = tls_keys_chain(c->keys, chain_n);
    *key = tls_keys_private(c->keys);
    return 0;
}
