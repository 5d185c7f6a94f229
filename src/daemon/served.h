/* served.h: the certificates by which this daemon shows itself, for audits that ask whether they
 * end. Audits begin before the server does and go on while it reads its files again or ends, so
 * what is asked is the server as it is at that moment.
 */
#ifndef DAEMON_SERVED_H
#define DAEMON_SERVED_H

#include <pthread.h>

#include "audit/server_subject.h"
#include "net/http_server.h"

struct served {
    pthread_mutex_t lock;
    bool tls;                   /* the API is to be served over TLS */
    struct http_server *server; /* NULL: not yet, or not any more */
};

void served_init(struct served *served, bool tls);

/* Who serves; NULL before the server ends. When it returns, nobody asks the one before. */
void served_set(struct served *served, struct http_server *server);

/* The function of struct server_watch; ctx is a struct served. BUSY while nobody serves. */
MUST_USE enum status served_get(void *ctx, struct arena *mem, const struct server_shown **ret,
                                size_t *ret_n, struct why *why);

#endif
