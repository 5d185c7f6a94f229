#include "net/stream.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

#include "base/arena.h"

#include "base/banned.h"

static const char priorities[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

struct stream_tls {
    gnutls_certificate_credentials_t credentials;
    gnutls_priority_t priority;
};

/* Which certificate a handshake shows: that of the stream's keys. */
static int show_certificate(gnutls_session_t session, const gnutls_datum_t *authorities, int n,
                            const gnutls_pk_algorithm_t *algorithms, int n_algorithms,
                            gnutls_pcert_st **chain, unsigned *chain_n, gnutls_privkey_t *key)
{
    struct tls_keys *keys = gnutls_session_get_ptr(session);
    (void)authorities;
    (void)n;
    (void)algorithms;
    (void)n_algorithms;
    *chain = tls_keys_chain(keys, chain_n);
    *key = tls_keys_private(keys);
    return 0;
}

enum status stream_tls_new(struct stream_tls **ret, struct why *why)
{
    struct stream_tls *tls = mem_alloc(sizeof *tls);
    TRY_PTR(tls);
    if (gnutls_certificate_allocate_credentials(&tls->credentials) != 0 ||
        gnutls_priority_init(&tls->priority, priorities, NULL) != 0) {
        stream_tls_free(tls);
        return why_set(why, STATUS_INTERNAL, "TLS cannot be set up on this machine");
    }
    gnutls_certificate_set_retrieve_function2(tls->credentials, show_certificate);
    *ret = tls;
    return STATUS_OK;
}

void stream_tls_free(struct stream_tls *tls)
{
    if (tls == NULL) {
        return;
    }
    if (tls->priority != NULL) {
        gnutls_priority_deinit(tls->priority);
    }
    if (tls->credentials != NULL) {
        gnutls_certificate_free_credentials(tls->credentials);
    }
    mem_free(tls);
}

static bool session_begin(struct stream *stream, const struct stream_tls *tls)
{
    gnutls_session_t session = NULL;
    if (gnutls_init(&session, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) != 0) {
        return false;
    }
    stream->session = session;
    gnutls_session_set_ptr(session, stream->keys);
    gnutls_transport_set_int(session, stream->fd);
    return gnutls_priority_set(session, tls->priority) == 0 &&
           gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, tls->credentials) == 0;
}

enum status stream_open(struct stream *stream, int fd, const struct stream_tls *tls,
                        struct tls_keys *keys)
{
    *stream = (struct stream){.fd = fd};
    if (keys == NULL) {
        return STATUS_OK;
    }
    stream->keys = tls_keys_hold(keys);
    if (!session_begin(stream, tls)) {
        stream_close(stream);
        return STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}

/* GnuTLS's codes in our words. What is not fatal (a warning, a message of the handshake) is over
 * with the call, and the bytes behind it may be there already. */
static bool tls_call_again(ssize_t code)
{
    return code < 0 && code != GNUTLS_E_AGAIN && gnutls_error_is_fatal((int)code) == 0;
}

static ssize_t tls_said(ssize_t code)
{
    return code >= 0 ? code : code == GNUTLS_E_AGAIN ? STREAM_AGAIN : STREAM_BROKEN;
}

static ssize_t socket_said(ssize_t n)
{
    return n >= 0 ? n : errno == EAGAIN || errno == EINTR ? STREAM_AGAIN : STREAM_BROKEN;
}

int stream_handshake(struct stream *stream)
{
    int code = 0;
    if (stream->session == NULL) {
        return 1;
    }
    do {
        code = gnutls_handshake(stream->session);
    } while (tls_call_again(code));
    return code == 0 ? 1 : (int)tls_said(code);
}

ssize_t stream_read(struct stream *stream, char *ptr, size_t len)
{
    ssize_t n = 0;
    if (stream->session == NULL) {
        return socket_said(recv(stream->fd, ptr, len, 0));
    }
    do {
        n = gnutls_record_recv(stream->session, ptr, len);
    } while (tls_call_again(n));
    return tls_said(n);
}

ssize_t stream_write(struct stream *stream, struct str bytes)
{
    ssize_t n = 0;
    if (stream->session == NULL) {
        return socket_said(send(stream->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL));
    }
    do {
        n = gnutls_record_send(stream->session, bytes.ptr, bytes.len);
    } while (tls_call_again(n));
    return tls_said(n);
}

void stream_finish(struct stream *stream)
{
    if (stream->session != NULL) {
        (void)gnutls_bye(stream->session, GNUTLS_SHUT_WR);
    }
    shutdown(stream->fd, SHUT_WR);
}

void stream_close(struct stream *stream)
{
    if (stream->session != NULL) {
        gnutls_deinit(stream->session);
    }
    tls_keys_release(stream->keys);
    close(stream->fd);
    *stream = (struct stream){.fd = -1};
}
