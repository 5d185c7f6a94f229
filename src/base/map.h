/* map.h: text to pointer, in an arena, bounded.
 *
 * Keys are views: whoever puts one keeps its bytes alive as long as the map. Order of map_at is the
 * order of insertion. There is no removal: a map lives for one unit of work.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct map_entry {
    struct str key;
    void *value;
};

struct map {
    struct arena *mem;
    struct map_entry *entries;
    uint32_t *slots; /* index + 1 into entries, 0 for empty; open addressing */
    size_t n;
    size_t cap;
    size_t n_slots;
    size_t max;
};

/* At most max entries; TOO_LARGE beyond. No memory is taken before the first put. */
void map_init(struct map *map, struct arena *mem, size_t max);

/* Adds, or replaces the value of a key that is there. */
MUST_USE enum status map_put(struct map *map, struct str key, void *value, struct why *why);

/* The value, or NULL when absent (so store no NULL values). */
void *map_get(const struct map *map, struct str key);

static inline bool map_has(const struct map *map, struct str key)
{
    return map_get(map, key) != NULL;
}

/* The i-th entry, i < map->n. */
static inline const struct map_entry *map_at(const struct map *map, size_t i)
{
    return &map->entries[i];
}

#endif
