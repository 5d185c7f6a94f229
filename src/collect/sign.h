/* sign.h: AWS Signature Version 4 of a request that we send.
 *
 * The path is signed as AWS services but S3 want it: each segment, as it stands in the request
 * line, encoded once more. curl's own signer signs the path as it stands, which fails for names
 * with '=', ',', '+', ':' or '@' in them (docs/decisions).
 * Source: IAM user guide, "Create a signed AWS API request".
 */
#ifndef COLLECT_SIGN_H
#define COLLECT_SIGN_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"
#include "net/http.h"

enum { SIGN_HEADERS_MAX = 8 };

struct sign_key {
    struct str access_key;
    struct str secret;
    struct str token; /* absent: none */
};

struct sign_request {
    struct str method;
    struct str host;  /* as in the Host header: with its port unless that is the scheme's own */
    struct str path;  /* as in the request line, encoded */
    struct str query; /* encoded, in the order of names and values; "" without */
    struct str body;
    const struct http_header *headers; /* that are signed besides the host, date and token */
    size_t n_headers;                  /* at most SIGN_HEADERS_MAX */
    struct str region;
    struct str service;
    int64_t now;
};

struct signature {
    char moment[24]; /* X-Amz-Date: 20260102T030405Z */
    struct str authorization;
};

/* The values of the two headers, in mem; X-Amz-Security-Token, where there is a token, is signed
 * with them and is the caller's to send. */
MUST_USE enum status sign_request(const struct sign_key *key, const struct sign_request *request,
                                  struct arena *mem, struct signature *ret, struct why *why);

#endif
