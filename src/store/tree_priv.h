/* tree_priv.h: ordered trees that old readers keep while the writer goes on.
 *
 * A treap whose nodes are counted references. A root is a value: keeping it (tree_keep) freezes
 * everything below it, at the cost of one addition. The writer changes a node in place when it is
 * the only one who can reach it, and copies it otherwise, so a change costs the path from the root.
 *
 * Invariants
 *  1. A node that two references reach never changes again.
 *  2. A change that fails (no memory) leaves the same records in the same order.
 *  3. Counts are atomic: any thread may drop a root; one thread at a time changes through one.
 */
#ifndef STORE_TREE_PRIV_H
#define STORE_TREE_PRIV_H

#include <stdatomic.h>

#include "store/row_priv.h"

/* What all trees of one store may take together, and the source of their shape. */
struct tree_pool {
    size_t max;
    atomic_size_t bytes;
    uint64_t seed; /* the writer's */
};

/* A row that never changes, with its texts behind it. Shared by the trees of its table. */
struct record {
    atomic_size_t refs;
    size_t size;
    _Alignas(max_align_t) unsigned char row[];
};

/* NO_MEMORY, or TOO_LARGE when the pool has reached its largest size. The caller has one reference
 * and drops it. */
MUST_USE enum status record_new(struct tree_pool *pool, const struct table *table, const void *row,
                                struct record **ret_record, struct why *why);
void record_drop(struct tree_pool *pool, struct record *record); /* accepts NULL */

struct tree_node;

/* Another reference to a root; NULL is the empty tree. */
struct tree_node *tree_keep(struct tree_node *root);
void tree_drop(struct tree_pool *pool, struct tree_node *root);

/* Which rows a tree holds and how they lie. */
struct tree_order {
    struct tree_pool *pool;
    const struct table *table;
    const struct order *order;
};

/* The record that equals row in the whole order, lent by the tree; or NULL. */
struct record *tree_find(const struct tree_order *order, const struct tree_node *root,
                         const void *row);

/* The first record, going up or (descending) down, that is at row or behind it, compared by the
 * first n columns; strictly behind it when strict. NULL when there is none. */
struct record *tree_seek(const struct tree_order *order, const struct tree_node *root,
                         const void *row, size_t n, bool strict, bool descending);

/* Adds a record whose order is not in the tree yet; keeps a reference of its own. */
MUST_USE enum status tree_insert(const struct tree_order *order, struct tree_node **root,
                                 struct record *record, struct why *why);

/* Takes away the record that equals row, which must be there. */
MUST_USE enum status tree_delete(const struct tree_order *order, struct tree_node **root,
                                 const void *row, struct why *why);

/* Whether every record lies in its order. */
bool tree_is_sound(const struct tree_order *order, const struct tree_node *root);

#endif
