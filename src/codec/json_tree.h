/* json_tree.h: a whole JSON text as a tree in an arena, for small documents such as API bodies.
 *
 * As strict as json_read.h, and an object that has a key twice is refused as MALFORMED: two readers
 * of such a text may see two different things. Order is kept. Text views point into the input or
 * the arena; the tree never changes. At most LIMIT_JSON_VALUES values: TOO_LARGE beyond.
 */
#ifndef CODEC_JSON_TREE_H
#define CODEC_JSON_TREE_H

#include "codec/json_read.h"
#include "codec/json_write.h"

struct json_value {
    enum json_type type;
    bool boolean;    /* of JSON_BOOL */
    struct str key;  /* when a member of an object */
    struct str text; /* of JSON_STRING unescaped, of JSON_NUMBER as written */
    size_t offset;   /* of its first byte in the input */
    size_t n;        /* children of an array or object */
    const struct json_value *first;
    const struct json_value *next; /* sibling */
};

/* Reads text, which must outlive the tree, as one value. Failures as in json_read.h. */
MUST_USE enum status json_tree_read(struct str text, struct arena *mem,
                                    const struct json_value **ret, struct why *why);

/* The member of an object, or NULL: also when value is NULL or no object. */
const struct json_value *json_tree_get(const struct json_value *value, struct str key);

/* for (const struct json_value *v = JSON_FIRST(list); v != NULL; v = v->next) */
#define JSON_FIRST(value) ((value) == NULL ? NULL : (value)->first)

/* The tree as a value again: the same members in the same order, numbers as they were written. */
void json_tree_write(struct json_write *w, const struct json_value *value);

#endif
