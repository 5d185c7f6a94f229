/* fuzz_time.c: whatever time_parse accepts it must write back, and read again as the same. */
#include <stdint.h>
#include <stdlib.h>

#include "base/clock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t ms = 42;
    int64_t again = 0;
    char text[TIME_TEXT_MAX];
    struct why why = {0};
    if (time_parse((struct str){(const char *)data, size}, &ms, &why) != STATUS_OK) {
        if (ms != 42 || why.text[0] == '\0') {
            abort(); /* a refusal leaves the result alone and says why */
        }
        return 0;
    }
    /* An offset can move 0001-01-01 and 9999-12-31 out of the years that have four digits. */
    struct civil civil = time_to_civil(ms);
    if (time_from_civil(civil) != ms) {
        abort();
    }
    if (civil.year >= 1 && civil.year <= 9999 &&
        (time_parse(str_from(time_format(ms, text)), &again, NULL) != STATUS_OK || again != ms)) {
        abort();
    }
    return 0;
}
