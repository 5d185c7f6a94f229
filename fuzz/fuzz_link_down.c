/* fuzz_link_down.c: what the plugin reads from the broker link. */
#include "fuzz_link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_link(data, size, LINK_DOWN);
}
