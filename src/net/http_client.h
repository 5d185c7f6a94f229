/* http_client.h: HTTP as a client, for fetches whose address a stranger chose and for calls of the
 * operator's own.
 *
 * Everything is bounded: the bytes of the reply, the time in all, three redirects, and those only
 * within the scheme of the address given. The address rule (cidr.h) is asked about the address that
 * is about to be connected to, after the name was resolved and after each redirect, so no name, no
 * redirect and no change of the DNS gets around it. Proxies of the environment are not used:
 * they would connect where we must not. Certificates of servers are verified.
 *
 * Failures: INVALID, the address is not an http(s) URL; DENIED, the rule refuses where it leads;
 * TOO_LARGE; IO, everything that the network or the server did otherwise, a status other than 200
 * included; CANCELED; NO_MEMORY.
 */
#ifndef NET_HTTP_CLIENT_H
#define NET_HTTP_CLIENT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "net/cidr.h"
#include "net/http.h"

/* How far a fetch got that failed. */
enum http_reach {
    HTTP_ANSWERED, /* the server answered it, if only with an error */
    HTTP_CUT,      /* no whole answer came, though somebody was there */
    HTTP_UNREACHED /* no connection was made */
};

/* One GET. */
struct http_fetch {
    struct str url;
    size_t max_bytes;
    /* Not the page: the certificates that the server of the https address shows, as PEM, whatever
     * they are worth. Nothing is sent but the greeting of TLS. */
    bool certificate;
    struct arena *mem; /* where the body goes; one arena may serve many items */
    /* filled */
    enum status status;
    struct str body;
    struct why why; /* when status is not OK */
    enum http_reach reach;
};

struct http_fetch_options {
    const struct fetch_rule *rule;
    unsigned timeout_ms;         /* of one item; 0: LIMIT_FETCH_SECONDS */
    unsigned parallel;           /* 0: 8 */
    bool (*canceled)(void *ctx); /* asked at least four times a second; NULL: never */
    void *cancel_ctx;
};

/* Fetches all, side by side, on the calling thread; returns when each item has its status. Once
 * canceled, those not done are CANCELED. */
void http_fetch_all(const struct http_fetch_options *options, struct http_fetch *items, size_t n);

/* AWS Signature Version 4 of a call. The path must consist of unreserved characters and the query
 * of encoded parameters in the order of their names: it is signed as it stands. */
struct http_sign {
    struct str access_key; /* absent: unsigned */
    struct str secret;
    struct str security_token; /* absent: none */
    struct str region;
    struct str service;
};

/* Connections that stay open between calls, for whoever makes many to one place. Not shared between
 * threads. The owner frees it after the last call; NULL is accepted. */
struct http_kept;
MUST_USE enum status http_kept_new(struct http_kept **ret, struct why *why);
void http_kept_free(struct http_kept *kept);

/* A request of the operator's own, to any address. */
struct http_call {
    struct str method; /* "POST" */
    struct str url;
    const struct http_header *headers;
    size_t n_headers;
    struct str body; /* absent: none */
    struct http_sign sign;
    struct str ca_file;     /* PEM of authorities trusted besides the system's; absent: none */
    size_t max_bytes;       /* of the reply; 0: LIMIT_REPLY_BYTES */
    unsigned timeout_ms;    /* 0: LIMIT_FETCH_SECONDS */
    struct http_kept *kept; /* NULL: a connection of its own */
};

struct http_answer {
    int status;
    struct str body;
    struct str error_type; /* of the header x-amzn-ErrorType; absent without */
};

/* Sends it and reads the reply, whatever its status, into mem. Redirects are not followed. Of the
 * failures of the network, two have a status of their own: NOT_FOUND, nobody listens there;
 * UNAUTHENTICATED, the server's certificate chains to no authority trusted, or is for another name.
 */
MUST_USE enum status http_call(const struct http_call *call, struct arena *mem,
                               struct http_answer *ret, struct why *why);

#endif
