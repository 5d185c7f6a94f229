/* sigv4.h: who signed a request, AWS Signature Version 4, as a server sees it.
 *
 * Pure functions over a request: whose secret a key has is asked of the caller, the time is given.
 * Both forms are read, the Authorization header and the presigned query (X-Amz-Algorithm ...).
 *
 * SPEC: "Create a signed AWS API request", IAM User Guide. As AWS's SDKs sign for every service but
 * S3: dot segments and empty segments leave the path, then what was sent is percent-encoded once
 * more; parameters are sorted; each x-amz-* header that is sent must be signed, and host always.
 * The body is always part of the signature: UNSIGNED-PAYLOAD and chunked signing are refused.
 *
 * Failures, which contract/errors.h gives AWS's names:
 *   SIGNATURE_MISSING     no signature at all
 *   SIGNATURE_INCOMPLETE  a part is missing, twice there, or cannot be read
 *   UNAUTHENTICATED       the access key is unknown
 *   SIGNATURE_WRONG       not the signature of this request, or not of this time; why tells the
 *                         SHA-256 of the canonical request, which a client can compare with its own
 */
#ifndef API_SIGV4_H
#define API_SIGV4_H

#include "base/clock.h"
#include "net/http.h"

enum {
    SIGV4_SKEW_MS = 15 * MINUTE_MS,
    SIGV4_EXPIRES_MAX = 7 * 24 * 60 * 60, /* seconds that a presigned request may live */
    SIGV4_SIGNED_HEADERS_MAX = 64,
};

/* What a signature says of itself; views into the request or the arena. */
struct sigv4 {
    struct str access_key;
    struct str date;           /* "20260102" */
    struct str region;         /* any */
    struct str service;        /* "iot" */
    struct str signed_headers; /* "host;x-amz-date" */
    struct str signature;      /* hexadecimal */
    struct str security_token; /* absent without X-Amz-Security-Token; for the caller to judge */
    struct str moment;         /* "20260102T030405Z" */
    int64_t moment_ms;
    bool presigned;
    int64_t expires_seconds; /* of a presigned one */
};

/* Reads what the request says of its signature, and believes nothing. For what is asked before the
 * signature is checked: which service a request is for. */
MUST_USE enum status sigv4_read(const struct http_request *request, struct arena *mem,
                                struct sigv4 *ret, struct why *why);

/* The secret of an access key; absent when there is no such key. The bytes stay valid until
 * sigv4_verify returns. A failure (of the store) is passed on. */
typedef enum status sigv4_secret(void *ctx, struct str access_key, struct str *ret,
                                 struct why *why);

/* Reads the signature and holds it against the request at the time now_ms. */
MUST_USE enum status sigv4_verify(const struct http_request *request, int64_t now_ms,
                                  sigv4_secret *secret, void *ctx, struct arena *mem,
                                  struct sigv4 *ret, struct why *why);

#endif
