#include "api/sigv4.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "codec/digest.h"
#include "codec/hex.h"
#include "codec/httpdate.h"
#include "codec/uri.h"

#include "base/banned.h"

enum { CANONICAL_BYTES_MAX = 16 * LIMIT_HEADER_BYTES, MOMENT_TEXT = 16, KEY_TEXT_MAX = 128 };

#define ALGORITHM  "AWS4-HMAC-SHA256"
#define TERMINATOR "aws4_request"

static enum status incomplete(struct why *why, const char *what)
{
    return why_set(why, STATUS_SIGNATURE_INCOMPLETE, "%s", what);
}

/* Reading. */

static bool is_word(struct str s, size_t max)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '-' || c == '_';
        if (!fine) {
            return false;
        }
    }
    return s.len > 0 && s.len <= max;
}

/* "AKID/20260102/us-east-1/iot/aws4_request" */
static enum status read_credential(struct str text, struct sigv4 *ret, struct why *why)
{
    struct str parts[5];
    size_t n = 0;
    struct str part;
    while (str_next(&text, '/', &part)) {
        if (n == 5) {
            return incomplete(why, "Credential has more than five parts");
        }
        parts[n++] = part;
    }
    if (n != 5 || !is_word(parts[0], KEY_TEXT_MAX) || parts[1].len != 8 || !is_word(parts[1], 8) ||
        !is_word(parts[2], 64) || !is_word(parts[3], 64) || !str_eq(parts[4], STR(TERMINATOR))) {
        return incomplete(why, "Credential is not KEY/DATE/REGION/SERVICE/" TERMINATOR);
    }
    ret->access_key = parts[0];
    ret->date = parts[1];
    ret->region = parts[2];
    ret->service = parts[3];
    return STATUS_OK;
}

static bool is_digits(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') {
            return false;
        }
    }
    return true;
}

/* "20260102T030405Z" */
static enum status read_moment(struct str text, int64_t *ret, struct why *why)
{
    char iso[] = "0000-00-00T00:00:00Z";
    static const unsigned char places[] = {0, 1, 2, 3, 5, 6, 8, 9, 10, 11, 12, 14, 15, 17, 18, 19};
    if (text.len != MOMENT_TEXT || !is_digits(str_slice(text, 0, 8)) || text.ptr[8] != 'T' ||
        !is_digits(str_slice(text, 9, 15)) || text.ptr[15] != 'Z') {
        return incomplete(why, "the date is not of the form 20260102T030405Z");
    }
    for (size_t i = 0; i < MOMENT_TEXT; i++) {
        iso[places[i]] = text.ptr[i];
    }
    if (time_parse(str_from(iso), ret, NULL) != STATUS_OK) {
        return incomplete(why, "the date does not exist");
    }
    return STATUS_OK;
}

/* The value of a header that may be there once. */
static enum status only_header(const struct http_request *request, struct str name, struct str *ret,
                               struct why *why)
{
    struct str value = STR_ABSENT;
    for (size_t i = 0; i < request->n_headers; i++) {
        if (str_eq_nocase(request->headers[i].name, name)) {
            if (!str_absent(value)) {
                return why_set(why, STATUS_SIGNATURE_INCOMPLETE, "the header %.*s is there twice",
                               STR_ARG(name));
            }
            value = request->headers[i].value;
        }
    }
    *ret = value;
    return STATUS_OK;
}

static struct str trim(struct str s)
{
    while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\t')) {
        s = str_slice(s, 1, s.len);
    }
    while (s.len > 0 && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t')) {
        s.len--;
    }
    return s;
}

/* The moment of a signature in headers: X-Amz-Date, else Date in either spelling. */
static enum status read_header_moment(const struct http_request *request, struct arena *mem,
                                      struct sigv4 *ret, struct why *why)
{
    struct str text;
    TRY(only_header(request, STR("X-Amz-Date"), &text, why));
    if (str_absent(text)) {
        TRY(only_header(request, STR("Date"), &text, why));
    }
    text = trim(text);
    if (httpdate_parse(text, &ret->moment_ms, NULL) == STATUS_OK) {
        struct civil c = time_to_civil(ret->moment_ms);
        return str_fmt(mem, &ret->moment, why, "%04d%02d%02dT%02d%02d%02dZ", c.year, c.month, c.day,
                       c.hour, c.minute, c.second);
    }
    ret->moment = text;
    return read_moment(text, &ret->moment_ms, why);
}

/* Puts value where the parameter name belongs; false for an unknown or a second one. */
static bool take_parameter(struct str name, struct str value, struct str *credential,
                           struct sigv4 *ret)
{
    struct str *place = str_eq(name, STR("Credential"))      ? credential
                        : str_eq(name, STR("SignedHeaders")) ? &ret->signed_headers
                        : str_eq(name, STR("Signature"))     ? &ret->signature
                                                             : NULL;
    if (place == NULL || !str_absent(*place)) {
        return false;
    }
    *place = value;
    return true;
}

static enum status read_authorization(struct str text, struct sigv4 *ret, struct why *why)
{
    struct str credential = STR_ABSENT;
    struct str part;
    size_t space = str_find_char(text, ' ', 0);
    if (!str_eq(str_slice(text, 0, space), STR(ALGORITHM))) {
        return incomplete(why, "the Authorization header does not begin with " ALGORITHM);
    }
    struct str rest = str_slice(text, space, text.len);
    while (str_next(&rest, ',', &part)) {
        part = trim(part);
        size_t equals = str_find_char(part, '=', 0);
        if (!take_parameter(str_slice(part, 0, equals), str_slice(part, equals + 1, part.len),
                            &credential, ret)) {
            return incomplete(why, "the Authorization header is not Credential=..., "
                                   "SignedHeaders=..., Signature=..., each once");
        }
    }
    if (str_absent(credential) || str_absent(ret->signed_headers) || str_absent(ret->signature)) {
        return incomplete(why,
                          "the Authorization header lacks Credential, SignedHeaders or Signature");
    }
    return read_credential(credential, ret, why);
}

/* The value of a parameter that must be there once. */
static enum status only_param(const struct uri_query *query, struct str name, bool required,
                              struct str *ret, struct why *why)
{
    unsigned n = 0;
    for (size_t i = 0; i < query->n; i++) {
        if (str_eq(query->params[i].name, name)) {
            *ret = query->params[i].value;
            n++;
        }
    }
    if (n > 1 || (n == 0 && required)) {
        return why_set(why, STATUS_SIGNATURE_INCOMPLETE, "the query parameter %.*s is %s",
                       STR_ARG(name), n > 1 ? "there twice" : "missing");
    }
    return STATUS_OK;
}

static enum status read_presigned(const struct uri_query *query, struct sigv4 *ret, struct why *why)
{
    struct str algorithm;
    struct str credential;
    struct str expires;
    TRY(only_param(query, STR("X-Amz-Algorithm"), true, &algorithm, why));
    TRY(only_param(query, STR("X-Amz-Credential"), true, &credential, why));
    TRY(only_param(query, STR("X-Amz-Date"), true, &ret->moment, why));
    TRY(only_param(query, STR("X-Amz-Expires"), true, &expires, why));
    TRY(only_param(query, STR("X-Amz-SignedHeaders"), true, &ret->signed_headers, why));
    TRY(only_param(query, STR("X-Amz-Signature"), true, &ret->signature, why));
    TRY(only_param(query, STR("X-Amz-Security-Token"), false, &ret->security_token, why));
    ret->presigned = true;
    if (!str_eq(algorithm, STR(ALGORITHM))) {
        return incomplete(why, "X-Amz-Algorithm is not " ALGORITHM);
    }
    if (!is_digits(expires) || str_to_int64(expires, &ret->expires_seconds) != STATUS_OK ||
        ret->expires_seconds < 1 || ret->expires_seconds > SIGV4_EXPIRES_MAX) {
        return incomplete(why, "X-Amz-Expires is not between 1 and 604800 seconds");
    }
    TRY(read_moment(ret->moment, &ret->moment_ms, why));
    return read_credential(credential, ret, why);
}

static enum status read_both(const struct http_request *request, const struct uri_query *query,
                             struct arena *mem, struct sigv4 *ret, struct why *why)
{
    struct str authorization;
    TRY(only_header(request, STR("Authorization"), &authorization, why));
    bool presigned = !str_absent(uri_query_get(query, STR("X-Amz-Algorithm"))) ||
                     !str_absent(uri_query_get(query, STR("X-Amz-Signature")));
    if (str_absent(authorization) && !presigned) {
        return why_set(why, STATUS_SIGNATURE_MISSING,
                       "the request has neither an Authorization header nor X-Amz-Signature");
    }
    if (!str_absent(authorization) && presigned) {
        return incomplete(why, "the request is signed twice, in its headers and in its query");
    }
    if (presigned) {
        TRY(read_presigned(query, ret, why));
    } else {
        TRY(read_authorization(trim(authorization), ret, why));
        TRY(read_header_moment(request, mem, ret, why));
        TRY(only_header(request, STR("X-Amz-Security-Token"), &ret->security_token, why));
    }
    if (!str_starts(ret->moment, ret->date)) {
        return why_set(why, STATUS_SIGNATURE_WRONG,
                       "the date %.*s of the credential scope is not that of the request, %.*s",
                       STR_ARG(ret->date), STR_ARG(ret->moment));
    }
    return STATUS_OK;
}

/* A query that cannot be decoded cannot have been signed. */
static enum status read_query(const struct http_request *request, struct arena *mem,
                              struct uri_query *ret, struct why *why)
{
    enum status status = uri_query_read(mem, request->query, ret, why);
    if (status == STATUS_MALFORMED && why != NULL) {
        why->code = STATUS_SIGNATURE_INCOMPLETE;
    }
    return status == STATUS_MALFORMED ? STATUS_SIGNATURE_INCOMPLETE : status;
}

enum status sigv4_read(const struct http_request *request, struct arena *mem, struct sigv4 *ret,
                       struct why *why)
{
    struct uri_query query;
    struct sigv4 sig = {0};
    TRY(read_query(request, mem, &query, why));
    TRY(read_both(request, &query, mem, &sig, why));
    *ret = sig;
    return STATUS_OK;
}

/* The canonical request. */

/* The path without empty and dot segments (RFC 3986, section 5.2.4), encoded once more. A ".."
 * takes back the segment before it. */
static enum status put_path(struct buf *out, struct arena *mem, struct str path, struct why *why)
{
    size_t n = 0;
    struct str rest = path;
    struct str part;
    struct str *segments = NEW_ARRAY(mem, struct str, path.len + 1);
    TRY_PTR(segments);
    while (str_next(&rest, '/', &part)) {
        if (str_eq(part, STR(".."))) {
            n -= n > 0;
        } else if (part.len > 0 && !str_eq(part, STR("."))) {
            segments[n++] = part;
        }
    }
    for (size_t i = 0; i < n; i++) {
        buf_put_char(out, '/');
        uri_encode(out, segments[i], URI_ENCODE_SLASH);
    }
    if (n == 0 || str_ends(path, STR("/"))) {
        buf_put_char(out, '/');
    }
    buf_put_char(out, '\n');
    return STATUS_OK;
}

static int by_name_and_value(const void *a, const void *b)
{
    const struct uri_param *x = a;
    const struct uri_param *y = b;
    int order = str_cmp(x->name, y->name);
    return order != 0 ? order : str_cmp(x->value, y->value);
}

static enum status encoded(struct arena *mem, struct str text, struct str *ret, struct why *why)
{
    struct buf out;
    buf_init(&out, mem, 3 * text.len + 1);
    uri_encode(&out, text, URI_ENCODE_SLASH);
    return buf_finish(&out, ret, why);
}

/* The parameters encoded and sorted, all but the signature itself. */
static enum status put_query(struct buf *out, struct arena *mem, const struct uri_query *query,
                             struct why *why)
{
    size_t n = 0;
    struct uri_param *sorted = NEW_ARRAY(mem, struct uri_param, query->n + 1);
    TRY_PTR(sorted);
    for (size_t i = 0; i < query->n; i++) {
        if (!str_eq(query->params[i].name, STR("X-Amz-Signature"))) {
            TRY(encoded(mem, query->params[i].name, &sorted[n].name, why));
            TRY(encoded(mem, query->params[i].value, &sorted[n].value, why));
            n++;
        }
    }
    qsort(sorted, n, sizeof *sorted, by_name_and_value);
    for (size_t i = 0; i < n; i++) {
        buf_put_str(out, i == 0 ? STR("") : STR("&"));
        buf_put_str(out, sorted[i].name);
        buf_put_char(out, '=');
        buf_put_str(out, sorted[i].value);
    }
    buf_put_char(out, '\n');
    return STATUS_OK;
}

/* A value trimmed, with runs of white space as one space. */
static void put_header_value(struct buf *out, struct str value)
{
    bool space = false;
    value = trim(value);
    for (size_t i = 0; i < value.len; i++) {
        bool blank = value.ptr[i] == ' ' || value.ptr[i] == '\t';
        if (!blank) {
            buf_put_str(out, space ? STR(" ") : STR(""));
            buf_put_char(out, value.ptr[i]);
        }
        space = blank;
    }
}

static enum status put_header(struct buf *out, const struct http_request *request, struct str name,
                              struct why *why)
{
    unsigned n = 0;
    buf_put_str(out, name);
    buf_put_char(out, ':');
    for (size_t i = 0; i < request->n_headers; i++) {
        if (str_eq_nocase(request->headers[i].name, name)) {
            buf_put_str(out, n++ == 0 ? STR("") : STR(","));
            put_header_value(out, request->headers[i].value);
        }
    }
    buf_put_char(out, '\n');
    if (n == 0) {
        return why_set(why, STATUS_SIGNATURE_INCOMPLETE,
                       "the header \"%.*s\" is listed as signed and was not sent", STR_ARG(name));
    }
    return STATUS_OK;
}

static bool is_lower(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        if ((name.ptr[i] >= 'A' && name.ptr[i] <= 'Z') || name.ptr[i] == '\n') {
            return false;
        }
    }
    return name.len > 0;
}

static bool is_listed(struct str list, struct str name)
{
    struct str part;
    while (str_next(&list, ';', &part)) {
        if (str_eq_nocase(part, name)) {
            return true;
        }
    }
    return false;
}

static enum status put_headers(struct buf *out, const struct http_request *request, struct str list,
                               struct why *why)
{
    struct str rest = list;
    struct str name;
    struct str before = STR("");
    unsigned n = 0;
    while (str_next(&rest, ';', &name)) {
        if (!is_lower(name) || str_cmp(before, name) >= 0 || ++n > SIGV4_SIGNED_HEADERS_MAX) {
            return incomplete(why, "SignedHeaders is not a sorted list of lowercase names, "
                                   "each once, at most 64");
        }
        before = name;
        TRY(put_header(out, request, name, why));
    }
    if (!is_listed(list, STR("host"))) {
        return why_set(why, STATUS_SIGNATURE_WRONG, "the header \"host\" is not signed");
    }
    for (size_t i = 0; i < request->n_headers; i++) {
        struct str sent = request->headers[i].name;
        if (str_eq_nocase(str_slice(sent, 0, 6), STR("x-amz-")) && !is_listed(list, sent)) {
            return why_set(why, STATUS_SIGNATURE_WRONG, "the header \"%.*s\" is not signed",
                           STR_ARG(sent));
        }
    }
    buf_put_char(out, '\n');
    buf_put_str(out, list);
    buf_put_char(out, '\n');
    return STATUS_OK;
}

/* The hash of the body; what the client says of it must be so. */
static enum status put_body(struct buf *out, const struct http_request *request, struct why *why)
{
    char hash[SHA256_HEX + 1];
    struct str claimed;
    TRY(digest_sha256_hex(bytes_of_str(request->body), hash, why));
    TRY(only_header(request, STR("X-Amz-Content-Sha256"), &claimed, why));
    if (!str_absent(claimed) && !str_eq(trim(claimed), str_from(hash))) {
        return why_set(why, STATUS_SIGNATURE_WRONG,
                       "X-Amz-Content-Sha256 is not the SHA-256 of the body, %s", hash);
    }
    buf_put_str(out, str_from(hash));
    return STATUS_OK;
}

static enum status canonical_hash(const struct http_request *request, const struct uri_query *query,
                                  const struct sigv4 *sig, struct arena *mem,
                                  char hash[SHA256_HEX + 1], struct why *why)
{
    struct buf out;
    struct str text;
    buf_init(&out, mem, CANONICAL_BYTES_MAX);
    buf_put_str(&out, request->method);
    buf_put_char(&out, '\n');
    TRY(put_path(&out, mem, request->path, why));
    TRY(put_query(&out, mem, query, why));
    TRY(put_headers(&out, request, sig->signed_headers, why));
    TRY(put_body(&out, request, why));
    TRY(buf_finish(&out, &text, why));
    return digest_sha256_hex(bytes_of_str(text), hash, why);
}

/* The signature. */

static enum status sign(struct str secret, const struct sigv4 *sig, struct str text,
                        struct arena *mem, uint8_t out[SHA256_BYTES], struct why *why)
{
    const struct str steps[] = {sig->date, sig->region, sig->service, STR(TERMINATOR), text};
    struct bytes key = {out, SHA256_BYTES};
    struct str first;
    TRY(str_fmt(mem, &first, why, "AWS4%.*s", STR_ARG(secret)));
    enum status status = digest_hmac_sha256(bytes_of_str(first), bytes_of_str(steps[0]), out, why);
    mem_wipe((void *)(uintptr_t)first.ptr, first.len);
    for (size_t i = 1; i < sizeof steps / sizeof steps[0] && status == STATUS_OK; i++) {
        status = digest_hmac_sha256(key, bytes_of_str(steps[i]), out, why);
    }
    return status;
}

static enum status check_time(const struct sigv4 *sig, int64_t now_ms, struct why *why)
{
    char now[TIME_TEXT_MAX];
    int64_t lives = sig->presigned ? sig->expires_seconds * SECOND_MS : SIGV4_SKEW_MS;
    if (sig->moment_ms - now_ms > SIGV4_SKEW_MS) {
        return why_set(why, STATUS_SIGNATURE_WRONG,
                       "the signature of %.*s is not valid yet: it is %s here",
                       STR_ARG(sig->moment), time_format(now_ms, now));
    }
    if (now_ms - sig->moment_ms > lives) {
        return why_set(why, STATUS_SIGNATURE_WRONG, "the signature of %.*s expired: it is %s here",
                       STR_ARG(sig->moment), time_format(now_ms, now));
    }
    return STATUS_OK;
}

static enum status check_signature(const struct sigv4 *sig, struct str secret, const char *hash,
                                   struct arena *mem, struct why *why)
{
    uint8_t want[SHA256_BYTES];
    uint8_t got[SHA256_BYTES];
    struct str text;
    TRY(str_fmt(mem, &text, why, ALGORITHM "\n%.*s\n%.*s/%.*s/%.*s/" TERMINATOR "\n%s",
                STR_ARG(sig->moment), STR_ARG(sig->date), STR_ARG(sig->region),
                STR_ARG(sig->service), hash));
    if (hex_decode(sig->signature, got, sizeof got, NULL) != STATUS_OK) {
        return incomplete(why, "the signature is not 64 hexadecimal digits");
    }
    TRY(sign(secret, sig, text, mem, want, why));
    bool same = bytes_eq_secret((struct bytes){want, sizeof want}, (struct bytes){got, sizeof got});
    mem_wipe(want, sizeof want);
    if (!same) {
        return why_set(why, STATUS_SIGNATURE_WRONG,
                       "the signature is not that of this request with this key; the SHA-256 of "
                       "the canonical request is %s",
                       hash);
    }
    return STATUS_OK;
}

enum status sigv4_verify(const struct http_request *request, int64_t now_ms, sigv4_secret *secret,
                         void *ctx, struct arena *mem, struct sigv4 *ret, struct why *why)
{
    struct uri_query query;
    struct sigv4 sig = {0};
    struct str key = STR_ABSENT;
    char hash[SHA256_HEX + 1];
    TRY(read_query(request, mem, &query, why));
    TRY(read_both(request, &query, mem, &sig, why));
    TRY(canonical_hash(request, &query, &sig, mem, hash, why));
    TRY(check_time(&sig, now_ms, why));
    TRY(secret(ctx, sig.access_key, &key, why));
    if (str_absent(key)) {
        return why_set(why, STATUS_UNAUTHENTICATED, "the access key %.*s is not known here",
                       STR_ARG(sig.access_key));
    }
    TRY(check_signature(&sig, key, hash, mem, why));
    *ret = sig;
    return STATUS_OK;
}
