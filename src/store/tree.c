#include "store/tree_priv.h"

#include <string.h>

#include "base/banned.h"

struct tree_node {
    atomic_size_t refs;
    uint64_t weight; /* random; a parent's is not less than its children's */
    struct tree_node *left, *right;
    struct record *record;
};

static enum status pool_take(struct tree_pool *pool, size_t size, void **ret, struct why *why)
{
    size_t used = atomic_fetch_add(&pool->bytes, size);
    if (size > pool->max || used > pool->max - size) {
        atomic_fetch_sub(&pool->bytes, size);
        return why_set(why, STATUS_TOO_LARGE, "the memory store has reached its %zu bytes",
                       pool->max);
    }
    *ret = mem_alloc(size);
    if (*ret == NULL) {
        atomic_fetch_sub(&pool->bytes, size);
        return why_no_memory(why);
    }
    return STATUS_OK;
}

static void pool_give(struct tree_pool *pool, void *ptr, size_t size)
{
    atomic_fetch_sub(&pool->bytes, size);
    mem_free(ptr);
}

/* ---- records --------------------------------------------------------------------------------- */

/* Copies one text or bytes cell behind the row; a terminating zero costs nothing to readers. */
static void record_take_blob(const struct column *column, const void *src, void *dst,
                             unsigned char **at)
{
    struct bytes blob = row_blob(src, column);
    if (blob.ptr == NULL) {
        return;
    }
    if (blob.len > 0) {
        memcpy(*at, blob.ptr, blob.len);
    }
    if (column->type == COLUMN_TEXT) {
        *(struct str *)row_cell(dst, column) = (struct str){(const char *)*at, blob.len};
    } else {
        *(struct bytes *)row_cell(dst, column) = (struct bytes){*at, blob.len};
    }
    *at += blob.len + 1;
}

enum status record_new(struct tree_pool *pool, const struct table *table, const void *row,
                       struct record **ret_record, struct why *why)
{
    size_t size =
        sizeof(struct record) + table->row_size + row_blob_bytes(table, row) + table->n_columns;
    void *space = NULL;
    TRY(pool_take(pool, size, &space, why));
    struct record *record = space;
    atomic_init(&record->refs, 1);
    record->size = size;
    unsigned char *at = record->row + table->row_size;
    for (size_t i = 0; i < table->n_columns; i++) {
        const struct column *column = &table->columns[i];
        if (column->type == COLUMN_INT) {
            *(int64_t *)row_cell(record->row, column) = *row_int(row, column);
        } else {
            record_take_blob(column, row, record->row, &at);
        }
    }
    *ret_record = record;
    return STATUS_OK;
}

void record_drop(struct tree_pool *pool, struct record *record)
{
    if (record != NULL && atomic_fetch_sub(&record->refs, 1) == 1) {
        pool_give(pool, record, record->size);
    }
}

/* ---- nodes ----------------------------------------------------------------------------------- */

static enum status node_new(struct tree_pool *pool, struct record *record, uint64_t weight,
                            struct tree_node **ret_node, struct why *why)
{
    void *space = NULL;
    TRY(pool_take(pool, sizeof(struct tree_node), &space, why));
    struct tree_node *node = space;
    atomic_init(&node->refs, 1);
    node->weight = weight;
    atomic_fetch_add(&record->refs, 1);
    node->record = record;
    *ret_node = node;
    return STATUS_OK;
}

struct tree_node *tree_keep(struct tree_node *root)
{
    if (root != NULL) {
        atomic_fetch_add(&root->refs, 1);
    }
    return root;
}

/* The depth of the recursion is that of the tree: logarithmic, by its random weights. */
void tree_drop(struct tree_pool *pool, struct tree_node *root)
{
    while (root != NULL && atomic_fetch_sub(&root->refs, 1) == 1) {
        struct tree_node *right = root->right;
        tree_drop(pool, root->left);
        record_drop(pool, root->record);
        pool_give(pool, root, sizeof *root);
        root = right;
    }
}

/* Makes the node at slot the writer's own. All nodes above it must be already. */
static enum status node_own(struct tree_pool *pool, struct tree_node **slot, struct why *why)
{
    struct tree_node *shared = *slot;
    if (atomic_load(&shared->refs) == 1) {
        return STATUS_OK;
    }
    struct tree_node *copy = NULL;
    TRY(node_new(pool, shared->record, shared->weight, &copy, why));
    copy->left = tree_keep(shared->left);
    copy->right = tree_keep(shared->right);
    *slot = copy;
    tree_drop(pool, shared);
    return STATUS_OK;
}

/* Lifts the left (or right) child above the node at slot. Both are the writer's own. */
static void node_lift(struct tree_node **slot, bool left)
{
    struct tree_node *node = *slot;
    struct tree_node *child = left ? node->left : node->right;
    if (left) {
        node->left = child->right;
        child->right = node;
    } else {
        node->right = child->left;
        child->left = node;
    }
    *slot = child;
}

/* ---- looking --------------------------------------------------------------------------------- */

static int compare(const struct tree_order *order, size_t n, const struct tree_node *node,
                   const void *row)
{
    return order_compare(order->table, order->order, n, node->record->row, row);
}

struct record *tree_find(const struct tree_order *order, const struct tree_node *root,
                         const void *row)
{
    while (root != NULL) {
        int compared = compare(order, order->order->n, root, row);
        if (compared == 0) {
            return root->record;
        }
        root = compared > 0 ? root->left : root->right;
    }
    return NULL;
}

struct record *tree_seek(const struct tree_order *order, const struct tree_node *root,
                         const void *row, size_t n, bool strict, bool descending)
{
    struct record *best = NULL;
    while (root != NULL) {
        int compared = compare(order, n, root, row);
        bool behind = descending ? compared < 0 : compared > 0;
        if (behind || (compared == 0 && !strict)) {
            best = root->record;
            root = descending ? root->right : root->left;
        } else {
            root = descending ? root->left : root->right;
        }
    }
    return best;
}

/* ---- changing -------------------------------------------------------------------------------- */

/* splitmix64: shapes need no secrecy, since keys do not choose their weights. */
static uint64_t next_weight(struct tree_pool *pool)
{
    uint64_t z = pool->seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static enum status insert_below(const struct tree_order *order, struct tree_node **slot,
                                struct record *record, uint64_t weight, struct why *why)
{
    if (*slot == NULL) {
        return node_new(order->pool, record, weight, slot, why);
    }
    TRY(node_own(order->pool, slot, why));
    struct tree_node *node = *slot;
    bool left = compare(order, order->order->n, node, record->row) > 0;
    struct tree_node **side = left ? &node->left : &node->right;
    TRY(insert_below(order, side, record, weight, why));
    if ((*side)->weight > node->weight) {
        node_lift(slot, left);
    }
    return STATUS_OK;
}

enum status tree_insert(const struct tree_order *order, struct tree_node **root,
                        struct record *record, struct why *why)
{
    return insert_below(order, root, record, next_weight(order->pool), why);
}

/* Finds the slot of the row, owning every node down to it. */
static enum status own_path(const struct tree_order *order, struct tree_node **slot,
                            const void *row, struct tree_node ***ret_slot, struct why *why)
{
    for (;;) {
        if (*slot == NULL) {
            return why_set(why, STATUS_CORRUPT, "an order of %s lacks a row", order->table->name);
        }
        TRY(node_own(order->pool, slot, why));
        int compared = compare(order, order->order->n, *slot, row);
        if (compared == 0) {
            *ret_slot = slot;
            return STATUS_OK;
        }
        slot = compared > 0 ? &(*slot)->left : &(*slot)->right;
    }
}

/* The node sinks below its children until it has at most one, which takes its place. Every step
 * leaves all records in order, so a step that fails harms nothing but the balance. */
enum status tree_delete(const struct tree_order *order, struct tree_node **root, const void *row,
                        struct why *why)
{
    struct tree_node **slot = NULL;
    TRY(own_path(order, root, row, &slot, why));
    struct tree_node *node = *slot;
    while (node->left != NULL && node->right != NULL) {
        bool left = node->left->weight > node->right->weight;
        TRY(node_own(order->pool, left ? &node->left : &node->right, why));
        node_lift(slot, left);
        slot = left ? &(*slot)->right : &(*slot)->left;
    }
    *slot = node->left != NULL ? node->left : node->right;
    node->left = NULL;
    node->right = NULL;
    tree_drop(order->pool, node);
    return STATUS_OK;
}

/* ---- proof ----------------------------------------------------------------------------------- */

static bool sound_between(const struct tree_order *order, const struct tree_node *node,
                          const struct record *low, const struct record *high)
{
    if (node == NULL) {
        return true;
    }
    size_t n = order->order->n;
    if ((low != NULL && compare(order, n, node, low->row) <= 0) ||
        (high != NULL && compare(order, n, node, high->row) >= 0)) {
        return false;
    }
    return sound_between(order, node->left, low, node->record) &&
           sound_between(order, node->right, node->record, high);
}

bool tree_is_sound(const struct tree_order *order, const struct tree_node *root)
{
    return sound_between(order, root, NULL, NULL);
}
