/* fuzz_connection.c: each line of a history of connections is read or refused; what was read can
 * have happened, and lies in its line or in the arena. */
#include <stdint.h>
#include <stdlib.h>

#include "api/connection_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FUZZ_MEMORY = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *mem = arena_new(FUZZ_MEMORY);
    struct str rest = {(const char *)data, size};
    struct str line;
    while (mem != NULL && str_next(&rest, '\n', &line)) {
        struct session_event event = {.at = TIME_NEVER};
        struct why why = {.code = STATUS_OK};
        bool is_event = false;
        enum status status = connection_line_read(line, mem, &event, &is_event, &why);
        if (status == STATUS_OK && is_event && session_check(&event, NULL) != STATUS_OK) {
            abort();
        }
        if (status != STATUS_OK && (why.code != status || why.text[0] == '\0')) {
            abort();
        }
        arena_clear(mem);
    }
    arena_free(mem);
    return 0;
}
