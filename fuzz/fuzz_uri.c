/* fuzz_uri.c: what is encoded decodes to itself, and what decodes has one canonical spelling. */
#include <stdint.h>
#include <stdlib.h>

#include "base/limits.h"
#include "codec/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static struct str encode(struct arena *mem, struct str text)
{
    struct buf out;
    struct str encoded;
    buf_init(&out, mem, 3 * text.len + 1);
    uri_encode(&out, text, URI_ENCODE_SLASH);
    must(buf_finish(&out, &encoded, NULL) == STATUS_OK);
    must(str_find_char(encoded, '/', 0) == encoded.len);
    return encoded;
}

static void check_query(struct arena *mem, struct str text)
{
    struct uri_query query = {NULL, 7};
    enum status status = uri_query_read(mem, text, &query, NULL);
    if (status != STATUS_OK) {
        must(query.n == 7 && (status == STATUS_MALFORMED || status == STATUS_TOO_LARGE));
        return;
    }
    must(query.n <= LIMIT_QUERY_PARAMETERS);
    for (size_t i = 0; i < query.n; i++) {
        must(!str_absent(query.params[i].name) && !str_absent(query.params[i].value));
        must(!str_absent(uri_query_get(&query, query.params[i].name)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct str decoded = STR("kept");
    struct str again;
    struct why why = {0};
    struct arena *mem = arena_new(16 << 20);
    must(mem != NULL);
    must(uri_decode(mem, encode(mem, text), &again, NULL) == STATUS_OK && str_eq(again, text));
    if (uri_decode(mem, text, &decoded, &why) == STATUS_OK) {
        must(decoded.len <= size);
        must(uri_decode(mem, encode(mem, decoded), &again, NULL) == STATUS_OK);
        must(str_eq(again, decoded));
    } else {
        must(why.offset < size && text.ptr[why.offset] == '%' && str_eq(decoded, STR("kept")));
    }
    check_query(mem, text);
    arena_free(mem);
    return 0;
}
