/* ring.c: see ring.h. */
#include "plugin/ring.h"

#include "base/arena.h"
#include "base/limits.h"

#include "base/banned.h"

enum { SLACK = LINK_LENGTH_BYTES + LIMIT_LINK_FRAME_BYTES };

static size_t within_bounds(size_t cap)
{
    return cap < RING_BYTES_MIN ? RING_BYTES_MIN : cap > RING_BYTES_MAX ? RING_BYTES_MAX : cap;
}

enum status ring_init(struct ring *ring, size_t cap, struct why *why)
{
    cap = within_bounds(cap);
    uint8_t *bytes = mem_alloc(cap + SLACK);
    TRY_PTR(bytes);
    *ring = (struct ring){.bytes = bytes, .cap = cap, .first = 1, .next = 1, .send_next = 1};
    return STATUS_OK;
}

void ring_release(struct ring *ring)
{
    mem_free(ring->bytes);
    ring->bytes = NULL;
}

void ring_resize(struct ring *ring, size_t cap)
{
    cap = within_bounds(cap);
    uint8_t *bytes = ring->used > 0 || cap == ring->cap ? NULL : mem_alloc(cap + SLACK);
    if (bytes != NULL) {
        mem_free(ring->bytes);
        ring->bytes = bytes;
        ring->cap = cap;
    }
}

/* ---- putting --------------------------------------------------------------------------------- */

static size_t frame_size(const uint8_t *frame)
{
    return LINK_LENGTH_BYTES + ((size_t)frame[0] | (size_t)frame[1] << 8 | (size_t)frame[2] << 16 |
                                (size_t)frame[3] << 24);
}

bool ring_has_room(const struct ring *ring, size_t size)
{
    if (size > ring->cap - ring->used) {
        return false;
    }
    if (ring->turned) {
        return ring->tail + size <= ring->head;
    }
    return ring->tail < ring->cap || size <= ring->head;
}

static void put_frame(struct ring *ring, enum link_type type, const void *message, size_t size)
{
    if (!ring->turned && ring->tail >= ring->cap) {
        ring->lap = ring->tail;
        ring->turned = true;
        ring->send = ring->send == ring->tail ? 0 : ring->send;
        ring->tail = 0;
    }
    struct link_out out = link_out_of(ring->bytes + ring->tail, size);
    bool fits = link_encode(&out, type, message);
    (void)fits; /* size is link_size of it */
    ring->tail += size;
    ring->used += size;
    ring->reports += type == LINK_REPORT ? size : 0;
    ring->next++;
}

static bool put_if_room(struct ring *ring, enum link_type type, void *message)
{
    *(uint64_t *)message = ring->next;
    size_t size = link_size(type, message);
    if (size == 0 || !ring_has_room(ring, size) ||
        (type == LINK_REPORT && ring->reports + size > ring->cap / 2)) {
        return false;
    }
    put_frame(ring, type, message, size);
    return true;
}

/* What was dropped is told before anything else. */
static void tell_dropped(struct ring *ring)
{
    for (unsigned type = 0; type < LINK_TYPE_END && ring->any_dropped; type++) {
        if (ring->dropped[type] == 0) {
            continue;
        }
        struct link_dropped dropped = {.kind = type, .n = ring->dropped[type]};
        if (!put_if_room(ring, LINK_DROPPED, &dropped)) {
            return;
        }
        ring->dropped[type] = 0;
    }
    ring->any_dropped = false;
}

void ring_drop(struct ring *ring, enum link_type type, uint64_t n)
{
    ring->dropped[type] += n;
    ring->any_dropped = true;
}

bool ring_put(struct ring *ring, enum link_type type, void *message)
{
    if (ring->any_dropped && ring->used < ring->cap / 4 * 3) {
        tell_dropped(ring);
    }
    if (!put_if_room(ring, type, message)) {
        ring_drop(ring, type, 1);
        return false;
    }
    return true;
}

/* ---- taking ---------------------------------------------------------------------------------- */

/* Frees the first frame, unless a part of it is sent: its rest must follow. */
static bool free_first(struct ring *ring)
{
    size_t size = frame_size(ring->bytes + ring->head);
    bool unsent = ring->send_next == ring->first;
    if (unsent && ring->send_in > 0) {
        return false;
    }
    ring->reports -= ring->bytes[ring->head + LINK_LENGTH_BYTES] == LINK_REPORT ? size : 0;
    ring->used -= size;
    ring->head += size;
    ring->first++;
    if (ring->turned && ring->head == ring->lap) {
        ring->head = 0;
        ring->turned = false;
    }
    if (unsent) {
        ring->send = ring->head;
        ring->send_next = ring->first;
    }
    return true;
}

static void trim(struct ring *ring)
{
    while (ring->first <= ring->acked && ring->first < ring->next && free_first(ring)) {
    }
    if (ring->first == ring->next) {
        ring->head = ring->tail = ring->send = 0;
        ring->turned = false;
    }
}

void ring_ack(struct ring *ring, uint64_t sequence)
{
    sequence = sequence >= ring->next ? ring->next - 1 : sequence;
    ring->acked = sequence > ring->acked ? sequence : ring->acked;
    trim(ring);
}

void ring_rewind(struct ring *ring)
{
    ring->send = ring->head;
    ring->send_in = 0;
    ring->send_next = ring->first;
    trim(ring);
}

struct bytes ring_unsent(const struct ring *ring)
{
    bool before_turn = ring->turned && ring->send >= ring->head;
    size_t end = before_turn ? ring->lap : ring->tail;
    size_t from = ring->send + ring->send_in;
    return (struct bytes){ring->bytes + from, end - from};
}

void ring_sent(struct ring *ring, size_t n)
{
    ring->send_in += n;
    while (ring->send_next < ring->next) {
        size_t size = frame_size(ring->bytes + ring->send);
        if (size > ring->send_in) {
            break;
        }
        ring->send_in -= size;
        ring->send += size;
        ring->send_next++;
        if (ring->turned && ring->send == ring->lap) {
            ring->send = 0;
        }
    }
    trim(ring);
}
