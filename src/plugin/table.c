/* table.c: see table.h. */
#include "plugin/table.h"

#include "base/arena.h"

#include "base/banned.h"

enum { CAP_FIRST = 64, MOVES = 8 };

const char table_gone = 0;

void table_release(struct table *table)
{
    mem_free(table->slots);
    mem_free(table->old);
    *table = (struct table){0};
}

static void place(struct table *table, uint64_t hash, void *value)
{
    size_t mask = table->cap - 1;
    size_t i = (size_t)hash & mask;
    while (table->slots[i].value != NULL) {
        i = (i + 1) & mask;
    }
    table->slots[i] = (struct table_slot){hash, value};
    table->used++;
}

/* Moves at most `moves` of the old slots. */
static void move_some(struct table *table, size_t moves)
{
    for (; table->old != NULL && moves > 0; moves--) {
        struct table_slot *slot = &table->old[table->old_at];
        if (slot->value != NULL && slot->value != TABLE_GONE) {
            place(table, slot->hash, slot->value);
            *slot = (struct table_slot){TABLE_GONE_HASH, TABLE_GONE};
        }
        if (++table->old_at == table->old_cap) {
            mem_free(table->old);
            table->old = NULL;
            table->old_cap = 0;
        }
    }
}

/* One slot in four stays empty. Values taken out fill slots too; when they are many, the new slots
 * are as many as the old. */
static enum status make_room(struct table *table, struct why *why)
{
    if (table->used + 1 <= table->cap / 4 * 3) {
        return STATUS_OK;
    }
    move_some(table, SIZE_MAX); /* long done, by MOVES a change */
    size_t cap = table->cap == 0 ? CAP_FIRST : table->cap;
    while (table->n + 1 > cap / 8 * 3) {
        cap *= 2;
    }
    struct table_slot *slots = mem_alloc(cap * sizeof *slots);
    if (slots == NULL) {
        return why_no_memory(why);
    }
    table->old = table->slots;
    table->old_cap = table->cap;
    table->old_at = 0;
    table->slots = slots;
    table->cap = cap;
    table->used = 0;
    return STATUS_OK;
}

enum status table_add(struct table *table, uint64_t hash, void *value, struct why *why)
{
    TRY(make_room(table, why));
    place(table, hash, value);
    table->n++;
    move_some(table, MOVES);
    return STATUS_OK;
}

static struct table_slot *slot_of(struct table_slot *slots, size_t cap, uint64_t hash,
                                  const void *value)
{
    for (size_t i = (size_t)hash & (cap - 1); cap > 0 && slots[i].value != NULL;
         i = (i + 1) & (cap - 1)) {
        if (slots[i].value == value) {
            return &slots[i];
        }
    }
    return NULL;
}

void table_remove(struct table *table, uint64_t hash, const void *value)
{
    struct table_slot *slot = slot_of(table->slots, table->cap, hash, value);
    if (slot == NULL) {
        slot = slot_of(table->old, table->old_cap, hash, value);
    }
    if (slot != NULL) {
        *slot = (struct table_slot){TABLE_GONE_HASH, TABLE_GONE};
        table->n--;
    }
    move_some(table, MOVES);
}

static void *find_in(const struct table_slot *slots, size_t cap, uint64_t hash, table_is *is,
                     const void *key)
{
    for (size_t i = (size_t)hash & (cap - 1); cap > 0 && slots[i].value != NULL;
         i = (i + 1) & (cap - 1)) {
        if (slots[i].hash == hash && slots[i].value != TABLE_GONE && is(slots[i].value, key)) {
            return slots[i].value;
        }
    }
    return NULL;
}

void *table_find(const struct table *table, uint64_t hash, table_is *is, const void *key)
{
    void *found = find_in(table->slots, table->cap, hash, is, key);
    return found != NULL || table->old == NULL ? found
                                               : find_in(table->old, table->old_cap, hash, is, key);
}

static bool is_any(const void *value, const void *key)
{
    (void)value;
    (void)key;
    return true;
}

void *table_find_number_old(const struct table *table, uint64_t hash)
{
    return find_in(table->old, table->old_cap, hash, is_any, NULL);
}

/* ---- SipHash-1-3 ----------------------------------------------------------------------------- */

static uint64_t rotate(uint64_t x, unsigned bits)
{
    return (x << bits) | (x >> (64 - bits));
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

uint64_t hash_keyed(const struct hash_key *key, struct str text)
{
    uint64_t v[4] = {key->k0 ^ UINT64_C(0x736f6d6570736575), key->k1 ^ UINT64_C(0x646f72616e646f6d),
                     key->k0 ^ UINT64_C(0x6c7967656e657261),
                     key->k1 ^ UINT64_C(0x7465646279746573)};
    for (size_t at = 0; at <= text.len; at += 8) {
        size_t n = text.len - at < 8 ? text.len - at : 8;
        uint64_t word = n < 8 ? (uint64_t)text.len << 56 : 0;
        for (size_t i = 0; i < n; i++) {
            word |= (uint64_t)(uint8_t)text.ptr[at + i] << (8 * i);
        }
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    v[2] ^= 0xff;
    sip_round(v);
    sip_round(v);
    sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
