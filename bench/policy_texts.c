/* policy_texts.c: prints policies of policy_text.h, each ended by a NUL, for references that are
 * programs.
 *
 *     policy_texts N
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"
#include "bench.h"
#include "policy_text.h"

int main(int argc, char **argv)
{
    uint64_t seed = 5;
    long n = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
    for (long i = 0; i < n; i++) {
        AUTO_ARENA *mem = arena_new(1 << 16);
        struct buf out;
        struct str text;
        buf_init(&out, mem, 4096);
        policy_text_put(&out, bench_random(&seed));
        if (mem == NULL || buf_finish(&out, &text, NULL) != STATUS_OK) {
            return 2;
        }
        fwrite(text.ptr, 1, text.len, stdout);
        putchar('\0');
    }
    return n > 0 ? 0 : 2;
}
