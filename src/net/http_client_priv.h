/* http_client_priv.h: one exchange with libcurl, for the files of the client. */
#ifndef NET_HTTP_CLIENT_PRIV_H
#define NET_HTTP_CLIENT_PRIV_H

#include <netinet/in.h>

#include <curl/curl.h>

#include "base/buf.h"
#include "net/http_client.h"

struct transfer {
    CURL *easy;
    const struct fetch_rule *rule; /* NULL: every address */
    const char *refused;           /* what the rule said no to */
    char refused_text[INET6_ADDRSTRLEN];
    struct buf body;
    struct curl_slist *headers;
    struct arena *mem;
    struct str error_type;
    char message[CURL_ERROR_SIZE];
};

/* Makes t->easy ready for a call; t has its mem and rule. After a failure too, transfer_release. */
MUST_USE enum status call_begin(const struct http_call *call, struct transfer *t, struct why *why);

/* What became of it, given what libcurl says. */
MUST_USE enum status call_end(const struct http_call *call, struct transfer *t, CURLcode code,
                              struct http_answer *ret, struct why *why);

void transfer_release(struct transfer *t);

#endif
