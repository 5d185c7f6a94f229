/* server_subject.h: the certificates by which servers show themselves to devices and operators, as
 * audits go through them: what the API serves by now, what lies in files, and what other servers,
 * the broker say, show to whoever connects.
 *
 * A certificate is one subject, wherever it is shown; a place of which nothing can be had or read
 * is one too. A chain's intermediates count as well: with one of them ended, nobody can verify it.
 * Servers are asked through the audit's fetcher, under its address rule, side by side, and nothing
 * is sent to them but the greeting.
 */
#ifndef AUDIT_SERVER_SUBJECT_H
#define AUDIT_SERVER_SUBJECT_H

#include "audit/fetch.h"
#include "x509/cert.h"

/* A certificate chain that this program serves itself, the server's own first. */
struct server_shown {
    struct str place; /* "the API" */
    const struct bytes *der;
    size_t n;
};

struct server_watch {
    struct str
        places; /* files (names with a '/') and HOST:PORT, separated by commas; absent: none */
    /* What is served by now, in mem; an IO failure is that of the place "this program". NULL:
     * nothing is. */
    enum status (*served)(void *ctx, struct arena *mem, const struct server_shown **ret,
                          size_t *ret_n, struct why *why);
    void *served_ctx;
};

/* INVALID names the first place that is neither, or says that there are more than
 * LIMIT_SERVER_PLACES. Whether they can be read or reached is seen by each audit. */
MUST_USE enum status server_places_check(struct str places, struct why *why);

struct server_subject {
    const struct cert *cert; /* NULL: nothing could be had of a place */
    struct str places;       /* where it is shown, as prose */
    struct str lack;         /* without a certificate: why */
};

struct server_env {
    const struct server_watch *watch;
    const struct fetcher *fetcher; /* NULL: the network is not asked */
    bool (*canceled)(void *ctx);
    void *cancel_ctx;
};

/* All of them, in mem. CANCELED when the audit was. */
MUST_USE enum status server_subjects(const struct server_env *env, struct arena *mem,
                                     struct server_subject **ret, size_t *ret_n, struct why *why);

#endif
