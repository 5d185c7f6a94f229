#include "policy/room_priv.h"

#include <stdint.h>
#include <string.h>

#include "base/banned.h"

bool policy_room_renew(struct policy_room *room, size_t used, size_t want)
{
    if (want > SIZE_MAX / 4) {
        return false;
    }
    /* Twice what is wanted, so that a list that grows item by item does not move each time. */
    size_t size = want * 2 > POLICY_ROOM_BLOCK ? want * 2 : POLICY_ROOM_BLOCK;
    size = (size + POLICY_ROOM_ALIGN - 1) / POLICY_ROOM_ALIGN * POLICY_ROOM_ALIGN;
    char *block = arena_alloc(room->mem, size);
    if (block == NULL) {
        return false;
    }
    if (used > 0) {
        memcpy(block, room->at, used);
    }
    room->at = block;
    room->left = size;
    return true;
}

void *policy_room_grow(struct policy_room *room, const void *ptr, size_t old_size, size_t new_size)
{
    void *grown = policy_room_take(room, new_size);
    if (grown != NULL && old_size > 0) {
        memcpy(grown, ptr, old_size);
    }
    return grown;
}
