/* fuzz_log_filter.c: the first line is a filter pattern, the others are records. A pattern is read
 * or refused with a place inside of it; one that was read says the same of a record every time. */
#include <stdint.h>
#include <stdlib.h>

#include "filter/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FUZZ_MEMORY = 8 << 20, RECORDS_MAX = 16 };

static bool says(const struct filter *filter, struct str record, struct arena *mem)
{
    bool found = false;
    if (filter_matches(filter, record, mem, &found, NULL) != STATUS_OK && found) {
        abort();
    }
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_ARENA *mem = arena_new(FUZZ_MEMORY);
    AUTO_ARENA *scratch = arena_new(FUZZ_MEMORY);
    struct str rest = {(const char *)data, size};
    struct str pattern = STR_ABSENT;
    struct str record;
    struct why why = {.code = STATUS_OK};
    const struct filter *filter;
    if (mem == NULL || scratch == NULL || !str_next(&rest, '\n', &pattern)) {
        return 0;
    }
    enum status status = filter_compile(pattern, mem, &filter, &why);
    if (status != STATUS_OK) {
        if (why.code != status || why.text[0] == '\0' || why.offset > pattern.len) {
            abort();
        }
        return 0;
    }
    for (int i = 0; i < RECORDS_MAX && str_next(&rest, '\n', &record); i++) {
        bool once = says(filter, record, scratch);
        arena_clear(scratch);
        if (says(filter, record, scratch) != once) {
            abort();
        }
        arena_clear(scratch);
    }
    return 0;
}
