/* stream.h: the bytes of an accepted connection, plain or under TLS 1.2 and later, without waiting.
 *
 * A stream has one thread. A reload of keys leaves open streams alone: each holds those it began
 * with.
 */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"
#include "net/tls_keys.h"

/* What all TLS streams of a server share. */
struct stream_tls;
MUST_USE enum status stream_tls_new(struct stream_tls **ret, struct why *why);
void stream_tls_free(struct stream_tls *tls); /* accepts NULL */

struct stream {
    int fd;
    void *session;         /* GnuTLS's; NULL for a plain stream */
    struct tls_keys *keys; /* held */
};

enum {
    STREAM_END = 0,
    STREAM_AGAIN = -1,  /* nothing moves now; the descriptor tells when */
    STREAM_BROKEN = -2, /* by the peer, or its TLS is none */
};

/* Takes over the descriptor, which must not block, also when it fails. keys absent (NULL): plain.
 */
MUST_USE enum status stream_open(struct stream *stream, int fd, const struct stream_tls *tls,
                                 struct tls_keys *keys);

/* 1 when done (at once for a plain stream), AGAIN or BROKEN. Nothing is read or written before. */
int stream_handshake(struct stream *stream);

/* Bytes read, END, AGAIN or BROKEN. */
ssize_t stream_read(struct stream *stream, char *ptr, size_t len);

/* Bytes taken, AGAIN or BROKEN. After AGAIN the same bytes must be offered again. */
ssize_t stream_write(struct stream *stream, struct str bytes);

/* Says that no more is written; reading goes on. */
void stream_finish(struct stream *stream);

void stream_close(struct stream *stream);

#endif
