/* request.h: the request of an operation, by the rows of the contract: method, path, query, headers
 * and body, before it is signed.
 */
#ifndef COLLECT_REQUEST_H
#define COLLECT_REQUEST_H

#include "collect/aws.h"
#include "net/http.h"

enum { REQUEST_HEADERS_MAX = 8 };

struct request {
    struct str method;
    struct str path;  /* encoded */
    struct str query; /* encoded, in the order of names; "" without */
    struct str body;  /* absent: none */
    struct http_header headers[REQUEST_HEADERS_MAX];
    size_t n_headers;
};

/* INTERNAL: an argument that the operation's input does not have. */
MUST_USE enum status request_make(const struct operation *op, const struct aws_arg *args, size_t n,
                                  struct arena *mem, struct request *ret, struct why *why);

#endif
