/* json_tree.c: one loop and an explicit stack of open containers, so depth costs no C stack. */
#include "codec/json_tree.h"

#include <stdlib.h>

#include "base/limits.h"

#include "base/banned.h"

/* Objects up to this many members are compared pairwise, larger ones sorted. No hash: whoever sends
 * the text chooses the keys, and could choose them to collide. */
enum { FEW_MEMBERS = 16 };

struct open {
    struct json_value *value;
    struct json_value *last; /* newest child */
};

static enum status twice(const struct json_value *value, struct why *why)
{
    struct str shown = str_slice(value->key, 0, 40);
    return why_at(why, STATUS_MALFORMED, value->offset,
                  "the member \"%.*s\" occurs twice in one object (byte %zu)", STR_ARG(shown),
                  value->offset);
}

static int by_key(const void *a, const void *b)
{
    const struct json_value *x = *(const struct json_value *const *)a;
    const struct json_value *y = *(const struct json_value *const *)b;
    int order = str_cmp(x->key, y->key);
    return order != 0 ? order : (x->offset > y->offset) - (x->offset < y->offset);
}

static enum status check_many(const struct json_value *object, struct arena *mem, struct why *why)
{
    size_t n = 0;
    const struct json_value **sorted = NEW_ARRAY(mem, const struct json_value *, object->n);
    TRY_PTR(sorted);
    for (const struct json_value *v = object->first; v != NULL; v = v->next) {
        sorted[n++] = v;
    }
    qsort(sorted, n, sizeof *sorted, by_key);
    for (size_t i = 1; i < n; i++) {
        if (str_eq(sorted[i - 1]->key, sorted[i]->key)) {
            return twice(sorted[i], why);
        }
    }
    return STATUS_OK;
}

/* No key occurs twice among the members of a complete value. */
static enum status check_keys(const struct json_value *value, struct arena *mem, struct why *why)
{
    if (value->type != JSON_OBJECT) {
        return STATUS_OK;
    }
    if (value->n > FEW_MEMBERS) {
        return check_many(value, mem, why);
    }
    for (const struct json_value *v = value->first; v != NULL; v = v->next) {
        for (const struct json_value *w = v->next; w != NULL; w = w->next) {
            if (str_eq(v->key, w->key)) {
                return twice(w, why);
            }
        }
    }
    return STATUS_OK;
}

static enum status read_scalar(struct json_read *r, struct json_value *value, struct why *why)
{
    switch (value->type) {
    case JSON_STRING:
        return json_read_string(r, &value->text, why);
    case JSON_NUMBER:
        return json_read_number(r, &value->text, why);
    case JSON_BOOL:
        return json_read_bool(r, &value->boolean, why);
    default:
        /* Also what begins no value: the reader says so. */
        return value->type == JSON_NULL ? json_read_null(r, why) : json_read_skip(r, why);
    }
}

static void hang(struct open *parent, struct json_value *value)
{
    if (parent->last == NULL) {
        parent->value->first = value;
    } else {
        parent->last->next = value;
    }
    parent->last = value;
    parent->value->n++;
}

/* Reads the next value, without the children of a container, and hangs it under parent. */
static enum status read_one(struct json_read *r, struct open *parent, struct json_value **ret,
                            struct why *why)
{
    struct json_value *value = NEW(r->mem, struct json_value);
    TRY_PTR(value);
    if (parent != NULL && parent->value->type == JSON_OBJECT) {
        TRY(json_read_key(r, &value->key, why));
    }
    value->type = json_read_type(r);
    value->offset = json_read_offset(r);
    if (value->type == JSON_OBJECT) {
        TRY(json_read_object(r, why));
    } else if (value->type == JSON_ARRAY) {
        TRY(json_read_array(r, why));
    } else {
        TRY(read_scalar(r, value, why));
    }
    if (parent != NULL) {
        hang(parent, value);
    }
    *ret = value;
    return STATUS_OK;
}

enum status json_tree_read(struct str text, struct arena *mem, const struct json_value **ret,
                           struct why *why)
{
    struct open stack[LIMIT_JSON_DEPTH];
    struct json_value *root = NULL;
    struct json_read r;
    size_t n = 1;
    json_read_init(&r, text, mem);
    TRY(read_one(&r, NULL, &root, why));
    size_t depth = r.depth;
    stack[0] = (struct open){.value = root};
    while (depth > 0) {
        struct json_value *value = NULL;
        if (!json_read_more(&r)) {
            depth--;
            TRY(check_keys(stack[depth].value, mem, why));
            continue;
        }
        if (++n > LIMIT_JSON_VALUES) {
            return why_at(why, STATUS_TOO_LARGE, json_read_offset(&r), "more than %d values",
                          LIMIT_JSON_VALUES);
        }
        TRY(read_one(&r, &stack[depth - 1], &value, why));
        if (r.depth > depth) {
            stack[depth++] = (struct open){.value = value};
        }
    }
    TRY(json_read_finish(&r, why));
    *ret = root;
    return STATUS_OK;
}

const struct json_value *json_tree_get(const struct json_value *value, struct str key)
{
    if (value == NULL || value->type != JSON_OBJECT) {
        return NULL;
    }
    for (const struct json_value *v = value->first; v != NULL; v = v->next) {
        if (str_eq(v->key, key)) {
            return v;
        }
    }
    return NULL;
}

void json_tree_write(struct json_write *w, const struct json_value *value)
{
    switch (value->type) {
    case JSON_OBJECT:
    case JSON_ARRAY:
        if (value->type == JSON_OBJECT) {
            json_write_object(w);
        } else {
            json_write_array(w);
        }
        for (const struct json_value *child = value->first; child != NULL; child = child->next) {
            if (value->type == JSON_OBJECT) {
                json_write_key(w, child->key);
            }
            json_tree_write(w, child); /* the tree is at most LIMIT_JSON_DEPTH deep */
        }
        json_write_end(w);
        break;
    case JSON_STRING:
        json_write_string(w, value->text);
        break;
    case JSON_NUMBER:
        json_write_raw(w, value->text);
        break;
    case JSON_BOOL:
        json_write_bool(w, value->boolean);
        break;
    default:
        json_write_null(w);
    }
}
