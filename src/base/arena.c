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
    bool secret; /* wipe what was handed out */
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

/* Blocks are multiples of the strictest alignment. Rounding a size up must not wrap: SIZE_MAX and
 * its neighbours round down, to what no arena has. */
static size_t round_up(size_t size)
{
    const size_t align = alignof(max_align_t);
    return size > SIZE_MAX - align ? SIZE_MAX - SIZE_MAX % align
                                   : (size + align - 1) / align * align;
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

void arena_hold_secret(struct arena *arena)
{
    arena->secret = true;
}

static void chunk_forget(struct chunk *chunk, bool secret)
{
    if (secret) {
        mem_wipe(chunk->bytes, chunk->used);
    }
    chunk->used = 0;
}

static void chunks_free(struct chunk *chunk, bool secret)
{
    while (chunk != NULL) {
        struct chunk *next = chunk->next;
        chunk_forget(chunk, secret);
        free(chunk);
        chunk = next;
    }
}

void arena_free(struct arena *arena)
{
    if (arena != NULL) {
        chunks_free(arena->newest, arena->secret);
        free(arena);
    }
}

void arena_clear(struct arena *arena)
{
    struct chunk *newest = arena->newest;
    if (newest != NULL) {
        chunks_free(newest->next, arena->secret);
        newest->next = NULL;
        chunk_forget(newest, arena->secret);
    }
    arena->used = 0;
    arena->secret = false;
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

/* Blocks are charged whole, so that many small ones cannot take more than max; the last one may
 * end within its block. */
static void arena_charge(struct arena *arena, size_t rounded)
{
    size_t left = arena->max - arena->used;
    arena->used += rounded < left ? rounded : left;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t rounded = round_up(size);
    if (rounded < size || size > arena->max - arena->used) {
        return NULL;
    }
    struct chunk *chunk = arena->newest;
    if (chunk == NULL || chunk->size - chunk->used < rounded) {
        if (!arena_add_chunk(arena, rounded)) {
            return NULL;
        }
        chunk = arena->newest;
    }
    void *ptr = chunk->bytes + chunk->used;
    chunk->used += rounded;
    arena_charge(arena, rounded);
    return memset(ptr, 0, rounded);
}

/* Makes the last block handed out, of size bytes, larger by extra, of which need will be used. */
static bool arena_extend(struct arena *arena, void *ptr, size_t size, size_t extra, size_t need)
{
    struct chunk *chunk = arena->newest;
    if (chunk == NULL || ptr == NULL || size > chunk->used ||
        (unsigned char *)ptr != chunk->bytes + (chunk->used - size) ||
        extra > chunk->size - chunk->used || need > arena->max - arena->used) {
        return false;
    }
    memset((unsigned char *)ptr + size, 0, extra);
    chunk->used += extra;
    arena_charge(arena, extra);
    return true;
}

void *arena_grow(struct arena *arena, void *ptr, size_t old_size, size_t new_size)
{
    size_t old_rounded = round_up(old_size);
    size_t new_rounded = round_up(new_size);
    if (ptr != NULL && new_size <= old_size) {
        return ptr;
    }
    size_t need = new_size > old_rounded ? new_size - old_rounded : 0;
    if (new_rounded >= new_size &&
        arena_extend(arena, ptr, old_rounded, new_rounded - old_rounded, need)) {
        memset((unsigned char *)ptr + old_size, 0, old_rounded - old_size);
        return ptr;
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
