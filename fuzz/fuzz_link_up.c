/* fuzz_link_up.c: what the daemon reads from the broker link. */
#include "fuzz_link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_link(data, size, LINK_UP);
}
