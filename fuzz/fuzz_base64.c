/* fuzz_base64.c: bytes have one spelling and a text has one reading. */
#include <stdint.h>
#include <stdlib.h>

#include "codec/base64.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check(struct arena *mem, enum base64_kind kind, struct str in)
{
    struct str text;
    struct bytes bytes = {NULL, 7};
    struct why why = {0};
    must(base64_encode(mem, kind, bytes_of_str(in), &text, NULL) == STATUS_OK);
    must(base64_decode(mem, kind, text, &bytes, NULL) == STATUS_OK);
    must(str_eq(str_of_bytes(bytes), in));
    bytes = (struct bytes){NULL, 7};
    if (base64_decode(mem, kind, in, &bytes, &why) == STATUS_OK) {
        must(base64_encode(mem, kind, bytes, &text, NULL) == STATUS_OK && str_eq(text, in));
    } else {
        must(why.offset <= in.len && bytes.len == 7);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *mem = arena_new(16 << 20);
    must(mem != NULL);
    check(mem, BASE64_STANDARD, (struct str){(const char *)data, size});
    check(mem, BASE64_URL, (struct str){(const char *)data, size});
    arena_free(mem);
    return 0;
}
