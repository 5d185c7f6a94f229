/* sign.c: see sign.h. */
#include "collect/sign.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "codec/digest.h"
#include "codec/hex.h"
#include "codec/uri.h"

#include "base/banned.h"

enum { CANONICAL_BYTES_MAX = 64 << 10, DATE_TEXT = 8 };

#define ALGORITHM  "AWS4-HMAC-SHA256"
#define TERMINATOR "aws4_request"

static void write_moment(int64_t now, char moment[24])
{
    struct civil c = time_to_civil(now);
    snprintf(moment, 24, "%04d%02d%02dT%02d%02d%02dZ", c.year % 10000, c.month % 100, c.day % 100,
             c.hour % 100, c.minute % 100, c.second % 100);
}

/* What is signed of the headers: by name, in lower case and in order. */
struct signed_headers {
    struct http_header at[SIGN_HEADERS_MAX + 3];
    size_t n;
    struct str names; /* "host;x-amz-date" */
};

static enum status lower(struct arena *mem, struct str text, struct str *ret, struct why *why)
{
    char *copy = arena_alloc(mem, text.len);
    TRY_PTR(copy);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        copy[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    *ret = (struct str){copy, text.len};
    return STATUS_OK;
}

static int by_name(const void *a, const void *b)
{
    return str_cmp(((const struct http_header *)a)->name, ((const struct http_header *)b)->name);
}

static enum status collect_headers(const struct sign_key *key, const struct sign_request *request,
                                   const char *moment, struct arena *mem,
                                   struct signed_headers *ret, struct why *why)
{
    struct buf names;
    size_t n = 0;
    if (request->n_headers > SIGN_HEADERS_MAX) {
        return why_set(why, STATUS_INTERNAL, "a request has too many headers to sign");
    }
    for (size_t i = 0; i < request->n_headers; i++) {
        TRY(lower(mem, request->headers[i].name, &ret->at[n].name, why));
        ret->at[n++].value = str_trim(request->headers[i].value);
    }
    ret->at[n++] = (struct http_header){STR("host"), request->host};
    ret->at[n++] = (struct http_header){STR("x-amz-date"), str_from(moment)};
    if (!str_absent(key->token)) {
        ret->at[n++] = (struct http_header){STR("x-amz-security-token"), key->token};
    }
    qsort(ret->at, n, sizeof ret->at[0], by_name);
    ret->n = n;
    buf_init(&names, mem, CANONICAL_BYTES_MAX);
    for (size_t i = 0; i < n; i++) {
        buf_put_fmt(&names, "%s%.*s", i == 0 ? "" : ";", STR_ARG(ret->at[i].name));
    }
    return buf_finish(&names, &ret->names, why);
}

static void put_headers(struct buf *out, const struct signed_headers *headers)
{
    for (size_t i = 0; i < headers->n; i++) {
        buf_put_fmt(out, "%.*s:%.*s\n", STR_ARG(headers->at[i].name),
                    STR_ARG(headers->at[i].value));
    }
    buf_put_fmt(out, "\n%.*s\n", STR_ARG(headers->names));
}

/* Hex SHA-256 of the canonical request. */
static enum status digest_of_request(const struct sign_request *request,
                                     const struct signed_headers *headers, struct arena *mem,
                                     char digest[SHA256_HEX + 1], struct why *why)
{
    struct buf out;
    struct str canonical;
    char body[SHA256_HEX + 1];
    TRY(digest_sha256_hex(bytes_of_str(request->body), body, why));
    buf_init(&out, mem, CANONICAL_BYTES_MAX);
    buf_put_fmt(&out, "%.*s\n", STR_ARG(request->method));
    uri_encode(&out, request->path, URI_KEEP_SLASH);
    buf_put_fmt(&out, "\n%.*s\n", STR_ARG(request->query));
    put_headers(&out, headers);
    buf_put_str(&out, (struct str){body, SHA256_HEX});
    TRY(buf_finish(&out, &canonical, why));
    return digest_sha256_hex(bytes_of_str(canonical), digest, why);
}

static enum status derive_key(const struct sign_key *key, const struct sign_request *request,
                              struct str date, struct arena *mem, uint8_t ret[SHA256_BYTES],
                              struct why *why)
{
    const struct str steps[] = {date, request->region, request->service, STR(TERMINATOR)};
    struct str first;
    TRY(str_fmt(mem, &first, why, "AWS4%.*s", STR_ARG(key->secret)));
    struct bytes with = bytes_of_str(first);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        TRY(digest_hmac_sha256(with, bytes_of_str(steps[i]), ret, why));
        with = (struct bytes){ret, SHA256_BYTES};
    }
    return STATUS_OK;
}

enum status sign_request(const struct sign_key *key, const struct sign_request *request,
                         struct arena *mem, struct signature *ret, struct why *why)
{
    char digest[SHA256_HEX + 1];
    uint8_t secret[SHA256_BYTES];
    uint8_t mac[SHA256_BYTES];
    struct str scope;
    struct str text;
    struct str hex;
    struct signed_headers headers;
    write_moment(request->now, ret->moment);
    struct str date = str_slice(str_from(ret->moment), 0, DATE_TEXT);
    TRY(collect_headers(key, request, ret->moment, mem, &headers, why));
    TRY(digest_of_request(request, &headers, mem, digest, why));
    TRY(str_fmt(mem, &scope, why, "%.*s/%.*s/%.*s/" TERMINATOR, STR_ARG(date),
                STR_ARG(request->region), STR_ARG(request->service)));
    TRY(str_fmt(mem, &text, why, ALGORITHM "\n%s\n%.*s\n%s", ret->moment, STR_ARG(scope), digest));
    TRY(derive_key(key, request, date, mem, secret, why));
    enum status status =
        digest_hmac_sha256((struct bytes){secret, SHA256_BYTES}, bytes_of_str(text), mac, why);
    mem_wipe(secret, sizeof secret);
    TRY(status);
    TRY(hex_dup(mem, (struct bytes){mac, SHA256_BYTES}, &hex, why));
    return str_fmt(mem, &ret->authorization, why,
                   ALGORITHM " Credential=%.*s/%.*s, SignedHeaders=%.*s, Signature=%.*s",
                   STR_ARG(key->access_key), STR_ARG(scope), STR_ARG(headers.names), STR_ARG(hex));
}
