/* tree.h: JSON trees that are put together of others. Nodes are copied shallowly: what they hold is
 * shared, and all lives as long as the arena.
 */
#ifndef COLLECT_TREE_H
#define COLLECT_TREE_H

#include "codec/json_tree.h"

/* A container under construction. */
struct tree {
    struct json_value *root; /* NULL: out of memory */
    const struct json_value **last;
    struct arena *mem;
    bool failed;
};

void tree_object(struct tree *tree, struct arena *mem);
void tree_array(struct tree *tree, struct arena *mem);

/* Sticky, like the writers; a NULL value and an absent text are left out. key is ignored in arrays.
 */
void tree_add(struct tree *tree, const char *key, const struct json_value *value);
void tree_add_text(struct tree *tree, const char *key, struct str text);
void tree_add_int(struct tree *tree, const char *key, int64_t number);

MUST_USE enum status tree_finish(const struct tree *tree, const struct json_value **ret,
                                 struct why *why);

/* The text of a member; absent when it is none. */
struct str tree_text(const struct json_value *object, const char *key);

#endif
