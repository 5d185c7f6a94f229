/* rnd.h: the one source of identifiers and of randomness.
 *
 * The system's source reads getrandom(2). A seeded one gives the same sequence every time, for
 * tests and benchmarks; it is not fit for keys and says so by its name.
 */
#ifndef BASE_RND_H
#define BASE_RND_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct rnd {
    void (*fill)(void *ctx, void *ptr, size_t len);
    void *ctx;
};

/* Thread-safe. Waits when the kernel has no randomness yet (early boot). */
struct rnd rnd_system(void);

/* Predictable: *state is the seed and is moved on. Not thread-safe. */
struct rnd rnd_seeded_for_tests(uint64_t *state);

static inline void rnd_fill(const struct rnd *rnd, void *ptr, size_t len)
{
    rnd->fill(rnd->ctx, ptr, len);
}

enum { UUID_TEXT = 36, HEX_ID_TEXT = 32 };

/* "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx" (RFC 4122, version 4) and NUL. */
void rnd_uuid(const struct rnd *rnd, char text[UUID_TEXT + 1]);

/* 32 lowercase hex digits and NUL, as AWS's task ids look. */
void rnd_hex_id(const struct rnd *rnd, char text[HEX_ID_TEXT + 1]);

#endif
