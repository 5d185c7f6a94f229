/* fuzz_http.c: a request head in bytes, through the query and the signature.
 *
 * The input is "METHOD TARGET", then "Name: value" lines, an empty line, and the body, as the
 * server would hand it over. Whatever it says of its signature is read and held against the
 * request; what is accepted must not be accepted with another body or another secret.
 */
#include <stdint.h>
#include <stdlib.h>

#include "api/sigv4.h"
#include "codec/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEADERS_MAX = 64 };

static const int64_t moment = INT64_C(1767323045000); /* 2026-01-02T03:04:05Z */

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static enum status secret_of(void *ctx, struct str key, struct str *ret, struct why *why)
{
    (void)why;
    *ret = key.len > 0 && key.ptr[0] == 'A' ? str_from(ctx) : STR_ABSENT;
    return STATUS_OK;
}

static void read_head(struct str text, struct http_request *request, struct http_header *headers)
{
    struct str line = STR("");
    (void)str_next(&text, '\n', &line);
    size_t space = str_find_char(line, ' ', 0);
    struct str target = str_slice(line, space + 1, line.len);
    size_t mark = str_find_char(target, '?', 0);
    request->method = str_slice(line, 0, space);
    request->path = str_slice(target, 0, mark);
    request->query = mark < target.len ? str_slice(target, mark + 1, target.len) : STR_ABSENT;
    request->headers = headers;
    while (str_next(&text, '\n', &line) && line.len > 0 && request->n_headers < HEADERS_MAX) {
        size_t colon = str_find_char(line, ':', 0);
        headers[request->n_headers++] =
            (struct http_header){str_slice(line, 0, colon), str_slice(line, colon + 1, line.len)};
    }
    request->body = text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char secret[] = "not/a+real=secret0123456789abcdefghijklmn";
    static char other[] = "another";
    struct http_header headers[HEADERS_MAX];
    struct http_request request = {0};
    struct sigv4 sig;
    struct why why = {0};
    struct arena *mem = arena_new(32 << 20);
    must(mem != NULL);
    read_head((struct str){(const char *)data, size}, &request, headers);
    enum status read = sigv4_read(&request, mem, &sig, &why);
    enum status status = sigv4_verify(&request, moment, secret_of, secret, mem, &sig, &why);
    must(read == STATUS_OK || status != STATUS_OK);
    must(status == STATUS_OK || why.text[0] != '\0');
    /* A sentence may quote the request, never the secret. */
    must(strstr(why.text, secret) == NULL || memmem(data, size, secret, 8) != NULL);
    if (status == STATUS_OK) {
        must(sigv4_verify(&request, moment, secret_of, other, mem, &sig, NULL) ==
             STATUS_SIGNATURE_WRONG);
        request.body = str_eq(request.body, STR("x")) ? STR("y") : STR("x");
        must(sigv4_verify(&request, moment, secret_of, secret, mem, &sig, NULL) ==
             STATUS_SIGNATURE_WRONG);
    }
    arena_free(mem);
    return 0;
}
