/* map.c: open addressing over indexes into a list in order of insertion. */
#include "base/map.h"

#include "base/banned.h"

void map_init(struct map *map, struct arena *mem, size_t max)
{
    *map = (struct map){.mem = mem, .max = max < UINT32_MAX - 1 ? max : UINT32_MAX - 1};
}

/* The slot of key, or the empty slot where it would go. n_slots is a power of two, never full. */
static uint32_t *map_slot(const struct map *map, struct str key)
{
    size_t at = (size_t)str_hash(key) & (map->n_slots - 1);
    while (map->slots[at] != 0 && !str_eq(map->entries[map->slots[at] - 1].key, key)) {
        at = (at + 1) & (map->n_slots - 1);
    }
    return &map->slots[at];
}

static enum status map_widen(struct map *map, struct why *why)
{
    size_t cap = map->cap == 0 ? 8 : map->cap * 2;
    struct map_entry *entries =
        arena_grow(map->mem, map->entries, map->cap * sizeof *entries, cap * sizeof *entries);
    TRY_PTR(entries);
    uint32_t *slots = NEW_ARRAY(map->mem, uint32_t, cap * 2);
    TRY_PTR(slots);
    map->entries = entries;
    map->slots = slots;
    map->cap = cap;
    map->n_slots = cap * 2;
    for (size_t i = 0; i < map->n; i++) {
        *map_slot(map, map->entries[i].key) = (uint32_t)i + 1;
    }
    return STATUS_OK;
}

enum status map_put(struct map *map, struct str key, void *value, struct why *why)
{
    if (map->n == map->cap) {
        TRY(map_widen(map, why));
    }
    uint32_t *slot = map_slot(map, key);
    if (*slot != 0) {
        map->entries[*slot - 1].value = value;
        return STATUS_OK;
    }
    if (map->n >= map->max) {
        return why_set(why, STATUS_TOO_LARGE, "more than %zu entries", map->max);
    }
    map->entries[map->n] = (struct map_entry){key, value};
    map->n++;
    *slot = (uint32_t)map->n;
    return STATUS_OK;
}

void *map_get(const struct map *map, struct str key)
{
    if (map->n == 0) {
        return NULL;
    }
    uint32_t index = *map_slot(map, key);
    return index == 0 ? NULL : map->entries[index - 1].value;
}
