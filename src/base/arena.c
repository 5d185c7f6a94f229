/* arena.c: chunks that double from 4 KiB to 1 MiB; a block larger than that gets its own chunk. */
#define BANNED_ALLOW_MALLOC
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

enum { CHUNK_FIRST = 4096, CHUNK_LARGEST = 1 << 20 };

struct chunk {
    struct chunk *next; /* the older one */
    size_t size;
    size_t used;
    alignas(max_align_t) unsigned char bytes[];
};

struct arena {
    struct chunk *newest;
    size_t max;
    size_t used;
    size_t next_chunk;
};

/* The hook is per thread: a test fails its own allocations, not those of a server beside it. */
static _Thread_local struct {
    bool (*ask)(void *ctx);
    void *ctx;
} fault;

void mem_fault_hook(bool (*hook)(void *ctx), void *ctx)
{
    fault.ask = hook;
    fault.ctx = ctx;
}

static bool fault_denies(void)
{
    return fault.ask != NULL && !fault.ask(fault.ctx);
}

void *mem_alloc(size_t size)
{
    return fault_denies() ? NULL : calloc(1, size == 0 ? 1 : size);
}

void *mem_grow(void *ptr, size_t new_size)
{
    return fault_denies() ? NULL : realloc(ptr, new_size == 0 ? 1 : new_size);
}

void mem_free(void *ptr)
{
    free(ptr);
}

void mem_wipe(void *ptr, size_t size)
{
    explicit_bzero(ptr, size);
}

struct arena *arena_new(size_t max)
{
    struct arena *arena = mem_alloc(sizeof *arena);
    if (arena != NULL) {
        arena->max = max;
        arena->next_chunk = CHUNK_FIRST;
    }
    return arena;
}

static void chunks_free(struct chunk *chunk)
{
    while (chunk != NULL) {
        struct chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
}

void arena_free(struct arena *arena)
{
    if (arena != NULL) {
        chunks_free(arena->newest);
        free(arena);
    }
}

void arena_clear(struct arena *arena)
{
    struct chunk *newest = arena->newest;
    if (newest != NULL) {
        chunks_free(newest->next);
        newest->next = NULL;
        newest->used = 0;
    }
    arena->used = 0;
}

static bool arena_add_chunk(struct arena *arena, size_t size)
{
    size_t want = size > arena->next_chunk ? size : arena->next_chunk;
    if (want > SIZE_MAX - sizeof(struct chunk) || fault_denies()) {
        return false;
    }
    struct chunk *chunk = malloc(sizeof *chunk + want);
    if (chunk == NULL) {
        return false;
    }
    chunk->size = want;
    chunk->used = 0;
    chunk->next = arena->newest;
    arena->newest = chunk;
    if (arena->next_chunk < CHUNK_LARGEST) {
        arena->next_chunk *= 2;
    }
    return true;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);
    if (size > arena->max - arena->used || size > SIZE_MAX - align) {
        return NULL;
    }
    size_t rounded = (size + align - 1) / align * align;
    struct chunk *chunk = arena->newest;
    if (chunk == NULL || chunk->size - chunk->used < rounded) {
        if (!arena_add_chunk(arena, rounded)) {
            return NULL;
        }
        chunk = arena->newest;
    }
    void *ptr = chunk->bytes + chunk->used;
    chunk->used += rounded;
    arena->used += size;
    return memset(ptr, 0, rounded);
}

void *arena_array(struct arena *arena, size_t n, size_t size)
{
    size_t total = 0;
    return __builtin_mul_overflow(n, size, &total) ? NULL : arena_alloc(arena, total);
}

void *arena_grow(struct arena *arena, void *ptr, size_t old_size, size_t new_size)
{
    const size_t align = alignof(max_align_t);
    size_t old_rounded = (old_size + align - 1) / align * align;
    struct chunk *chunk = arena->newest;
    if (new_size <= old_size) {
        return ptr;
    }
    bool last = chunk != NULL && ptr != NULL && old_rounded <= chunk->used &&
                (unsigned char *)ptr == chunk->bytes + (chunk->used - old_rounded);
    if (last && new_size <= SIZE_MAX - align && new_size - old_size <= arena->max - arena->used) {
        size_t extra = (new_size + align - 1) / align * align - old_rounded;
        if (extra <= chunk->size - chunk->used) {
            memset((unsigned char *)ptr + old_size, 0, old_rounded - old_size + extra);
            chunk->used += extra;
            arena->used += new_size - old_size;
            return ptr;
        }
    }
    void *copy = arena_alloc(arena, new_size);
    if (copy != NULL && ptr != NULL) {
        memcpy(copy, ptr, old_size);
    }
    return copy;
}

size_t arena_used(const struct arena *arena)
{
    return arena->used;
}

size_t arena_max(const struct arena *arena)
{
    return arena->max;
}
