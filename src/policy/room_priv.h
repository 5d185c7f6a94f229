/* room_priv.h: memory for the parts of one document, cut from blocks of the arena.
 *
 * A document is some twenty short lists. Each is written straight at the free end of the room,
 * where it may still grow, and kept once it is complete; the next one begins behind it. So a list
 * costs neither a copy nor a call of the arena. Only one list is open at a time, and nothing is
 * taken meanwhile.
 */
#ifndef POLICY_ROOM_PRIV_H
#define POLICY_ROOM_PRIV_H

#include "base/arena.h"

enum { POLICY_ROOM_ALIGN = 8, POLICY_ROOM_BLOCK = 1536 };

struct policy_room {
    struct arena *mem;
    char *at;    /* the free end, aligned; what lies there is zero, but for an open list */
    size_t left; /* bytes from there on, a multiple of the alignment */
};

static inline struct policy_room policy_room_of(struct arena *mem)
{
    return (struct policy_room){mem, (char *)mem, 0}; /* any place is good for no bytes */
}

/* The slow half of policy_room_reserve. */
MUST_USE bool policy_room_renew(struct policy_room *room, size_t used, size_t want);

/* True when want bytes are free at room->at, and were made free in a new block if need be; the
 * first `used` of them, those of the open list, are carried along. False when out of memory. */
MUST_USE static inline bool policy_room_reserve(struct policy_room *room, size_t used, size_t want)
{
    return want <= room->left || policy_room_renew(room, used, want);
}

/* Closes the open list: its size bytes, reserved before, are kept. */
static inline void policy_room_keep(struct policy_room *room, size_t size)
{
    size_t whole = (size + POLICY_ROOM_ALIGN - 1) / POLICY_ROOM_ALIGN * POLICY_ROOM_ALIGN;
    room->at += whole;
    room->left -= whole;
}

/* size zeroed bytes; NULL when out of memory. size 0 gives a valid pointer. */
MUST_USE static inline void *policy_room_take(struct policy_room *room, size_t size)
{
    if (!policy_room_reserve(room, 0, size)) {
        return NULL;
    }
    void *taken = room->at;
    policy_room_keep(room, size);
    return taken;
}

/* new_size bytes that begin with the old_size at ptr, and are zero behind; NULL when out of memory.
 * For lists that stay open while others are written. */
MUST_USE void *policy_room_grow(struct policy_room *room, const void *ptr, size_t old_size,
                                size_t new_size);

#endif
