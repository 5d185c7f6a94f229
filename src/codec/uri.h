/* uri.h: percent-encoding and queries, RFC 3986.
 *
 * Decoding is strict (a '%' is followed by two digits) and gives bytes: whether they are UTF-8, or
 * hold a NUL, is the caller's question. A '+' is a plus sign, as every AWS SDK means it. Encoding
 * is SigV4's: all but A-Z a-z 0-9 - . _ ~ becomes %XY in uppercase.
 */
#ifndef CODEC_URI_H
#define CODEC_URI_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* A view of the input when there is nothing to decode, else a copy in mem. MALFORMED with the
 * offset of the '%' in the way. An absent text stays absent. */
MUST_USE enum status uri_decode(struct arena *mem, struct str text, struct str *ret,
                                struct why *why);

enum uri_slash { URI_ENCODE_SLASH, URI_KEEP_SLASH };
void uri_encode(struct buf *out, struct str text, enum uri_slash slash);

struct uri_param {
    struct str name;  /* decoded */
    struct str value; /* decoded; empty, not absent, when there is no '=' */
};

struct uri_query {
    const struct uri_param *params; /* in the order of the query */
    size_t n;
};

/* Splits what stands behind the '?' at each '&', skips empty parts, and splits and decodes the rest
 * at the first '='. TOO_LARGE beyond LIMIT_QUERY_PARAMETERS, MALFORMED as uri_decode. An absent
 * query has no parameters. */
MUST_USE enum status uri_query_read(struct arena *mem, struct str query, struct uri_query *ret,
                                    struct why *why);

/* The value of the first parameter of that name, or absent. */
struct str uri_query_get(const struct uri_query *query, struct str name);

#endif
