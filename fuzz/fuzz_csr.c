/* fuzz_csr.c: one certificate signing request. What is accepted has a key and a subject in UTF-8.
 */
#include <openssl/err.h>
#include <stdint.h>
#include <stdlib.h>

#include "x509/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *mem = arena_new(1 << 20);
    struct csr csr = {.subject = STR_ABSENT};
    struct why why;
    enum status status = csr_read(mem, (struct str){(const char *)data, size}, &csr, &why);
    bool ok = status == STATUS_OK
                  ? csr.key.spki.len > 0 && str_is_utf8(csr.subject) && csr.subject_der.len >= 2
                  : str_absent(csr.subject) && why.text[0] != 0;
    if (!ok || ERR_peek_error() != 0) {
        abort();
    }
    arena_free(mem);
    return 0;
}
