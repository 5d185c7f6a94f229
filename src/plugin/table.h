/* table.h: values found by a hash, in open addressing that never stops the broker to grow.
 *
 * The table holds pointers that it does not own; whoever asks says what an equal value is. When it
 * grows, the old slots are moved a few with each change, so that no call costs more than a few
 * hundred nanoseconds, however many values there are. Hashes are 64 bits; who can choose the keys
 * must not be able to choose the hashes (hash_keyed).
 */
#ifndef PLUGIN_TABLE_H
#define PLUGIN_TABLE_H

#include "base/err.h"
#include "base/str.h"

struct table_slot {
    uint64_t hash;
    void *value; /* NULL: empty and ends a search; TABLE_GONE: taken out */
};

/* Stands in a slot whose value was taken out, so that searches go on behind it. */
extern const char table_gone;
#define TABLE_GONE      ((void *)(uintptr_t)&table_gone)
#define TABLE_GONE_HASH 0 /* of the number 0 alone, which nobody looks for by table_find_number */

struct table {
    struct table_slot *slots;
    size_t cap;  /* a power of two, or 0 */
    size_t used; /* slots that are not empty */
    size_t n;    /* values, in both */
    struct table_slot *old;
    size_t old_cap;
    size_t old_at; /* those before it have moved */
};

/* A table of zeros is an empty one. Frees the slots, not the values. */
void table_release(struct table *table);

/* Adds a value that is not there. NO_MEMORY: nothing has changed. */
MUST_USE enum status table_add(struct table *table, uint64_t hash, void *value, struct why *why);

/* Takes out a value that is there. */
void table_remove(struct table *table, uint64_t hash, const void *value);

typedef bool table_is(const void *value, const void *key);

/* The value with that hash for which is(value, key) holds; NULL: there is none. */
void *table_find(const struct table *table, uint64_t hash, table_is *is, const void *key);

/* A hash for texts that others choose: 64 bits that depend on 128 random bits of the key
 * (SipHash-1-3 of Aumasson and Bernstein). */
struct hash_key {
    uint64_t k0, k1;
};
uint64_t hash_keyed(const struct hash_key *key, struct str text);

/* For keys that nobody chooses: numbers of our making, addresses in memory. Different numbers have
 * different hashes. */
static inline uint64_t hash_number(uint64_t number)
{
    number *= UINT64_C(0x9e3779b97f4a7c15);
    return number ^ (number >> 32);
}

/* The value whose hash is hash_number of that number, which is not 0; NULL: there is none. Fit for
 * every message: only while the table grows is there more to it than a look or two. */
void *table_find_number_old(const struct table *table, uint64_t hash);
static inline void *table_find_number(const struct table *table, uint64_t number)
{
    const uint64_t hash = hash_number(number);
    const size_t mask = table->cap - 1;
    if (table->cap > 0) {
        const struct table_slot *slot = &table->slots[(size_t)hash & mask];
        for (; slot->value != NULL;
             slot = &table->slots[(size_t)(slot - table->slots + 1) & mask]) {
            if (slot->hash == hash) {
                return slot->value;
            }
        }
    }
    return table->old == NULL ? NULL : table_find_number_old(table, hash);
}

#endif
