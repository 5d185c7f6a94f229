/* arena.h: memory by unit of work, and the only malloc of the program.
 *
 * Everything that a request, a report or a page of an audit allocates comes from that unit's arena
 * and goes with it: there is nothing to free by hand and nothing to leak. An arena is born with its
 * largest size and says no (NULL) beyond it. Not shared between threads.
 *
 * Objects that outlive every unit of work (the store, a server) use mem_alloc and mem_free.
 *
 * Fault injection: each allocation, of arena chunks and of mem_alloc, asks the fault hook first, so
 * a test can make the n-th one fail and loop until nothing fails any more (tests/lib/fault.h).
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct arena;

/* A new arena that hands out at most max bytes in all. Each block is charged as a multiple of the
 * strictest alignment (16 bytes), so many small ones cannot take more than max either. NULL when
 * out of memory.
 * The owner calls arena_free, which accepts NULL. */
struct arena *arena_new(size_t max);
void arena_free(struct arena *arena);

/* Forgets everything handed out; keeps the newest chunk for reuse. For loops over pages. */
void arena_clear(struct arena *arena);

/* From now on it holds a secret: everything it handed out is overwritten when it is cleared or
 * freed, copies that growing left behind included. Clearing ends this. */
void arena_hold_secret(struct arena *arena);

/* size zeroed bytes, aligned for any type; NULL when the arena or the machine has no more.
 * size 0 gives a valid pointer. */
MUST_USE void *arena_alloc(struct arena *arena, size_t size);

/* n objects of size bytes each; NULL also when n * size overflows. */
MUST_USE static inline void *arena_array(struct arena *arena, size_t n, size_t size)
{
    size_t total = 0;
    return __builtin_mul_overflow(n, size, &total) ? NULL : arena_alloc(arena, total);
}

/* Grows the block at ptr from old_size to new_size, in place when it was the last one handed out,
 * else by copy; what is added is zeroed. The old block stays valid. NULL on failure. ptr NULL is a
 * block of size 0; a new_size below old_size changes nothing. */
MUST_USE void *arena_grow(struct arena *arena, void *ptr, size_t old_size, size_t new_size);

/* Bytes charged since birth or the last clear, and the largest size. */
size_t arena_used(const struct arena *arena);
size_t arena_max(const struct arena *arena);

#define NEW(arena, type)          ((type *)arena_alloc((arena), sizeof(type)))
#define NEW_ARRAY(arena, type, n) ((type *)arena_array((arena), (n), sizeof(type)))

static inline void auto_arena(struct arena **arena)
{
    arena_free(*arena);
}
/* AUTO_ARENA *mem = arena_new(...);  freed at the end of the scope. */
#define AUTO_ARENA __attribute__((cleanup(auto_arena))) struct arena

/* Zeroed memory that outlives units of work. NULL when out of memory. mem_free accepts NULL. */
MUST_USE void *mem_alloc(size_t size);
MUST_USE void *mem_grow(void *ptr, size_t new_size); /* the grown part is not zeroed */
void mem_free(void *ptr);

/* Overwrites a secret so that the compiler cannot leave it behind. */
void mem_wipe(void *ptr, size_t size);

/* Tests only: hook(ctx) is asked before each allocation on this thread; false makes it fail.
 * NULL removes it. */
void mem_fault_hook(bool (*hook)(void *ctx), void *ctx);

#endif
