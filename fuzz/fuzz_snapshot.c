/* fuzz_snapshot.c: the head and lines of a snapshot are read or refused with a sentence; a line
 * that was read is written as one line, which reads as the same. */
#include <stdint.h>
#include <stdlib.h>

#include "collect/snapshot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FUZZ_MEMORY = 64 << 20 };

static void check(struct str text, struct arena *mem, struct snapshot_order *order)
{
    struct snapshot_line line, again;
    struct str written, twice;
    struct why why = {.code = STATUS_OK};
    enum status status = snapshot_line_read(text, mem, &line, &why);
    if (status != STATUS_OK) {
        if (why.code != status || why.text[0] == '\0') {
            abort();
        }
        return;
    }
    (void)!snapshot_order_next(order, &line, NULL);
    if (snapshot_line_write(line.kind, line.id, line.value, mem, &written, NULL) != STATUS_OK) {
        return; /* longer when it is escaped */
    }
    if (snapshot_line_read(written, mem, &again, NULL) != STATUS_OK || again.kind != line.kind ||
        !str_eq(again.id, line.id) ||
        snapshot_line_write(again.kind, again.id, again.value, mem, &twice, NULL) != STATUS_OK ||
        !str_eq(twice, written) || str_find_char(written, '\n', 0) < written.len) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *mem = arena_new(FUZZ_MEMORY);
    struct str rest = {(const char *)data, size};
    struct snapshot_order order = {.n = 0};
    struct snapshot_head head;
    struct str line;
    for (bool first = true; mem != NULL && str_next(&rest, '\n', &line); first = false) {
        if (first) {
            (void)!snapshot_head_read(line, mem, &head, NULL);
        }
        check(line, mem, &order);
        arena_clear(mem);
    }
    arena_free(mem);
    return 0;
}
