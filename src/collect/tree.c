/* tree.c: see tree.h. */
#include "collect/tree.h"

#include <inttypes.h>

#include "base/banned.h"

static void begin(struct tree *tree, struct arena *mem, enum json_type type)
{
    *tree = (struct tree){.mem = mem, .root = NEW(mem, struct json_value)};
    tree->failed = tree->root == NULL;
    if (!tree->failed) {
        tree->root->type = type;
        tree->last = &tree->root->first;
    }
}

void tree_object(struct tree *tree, struct arena *mem)
{
    begin(tree, mem, JSON_OBJECT);
}

void tree_array(struct tree *tree, struct arena *mem)
{
    begin(tree, mem, JSON_ARRAY);
}

void tree_add(struct tree *tree, const char *key, const struct json_value *value)
{
    if (value == NULL || tree->failed) {
        return;
    }
    struct json_value *copy = NEW(tree->mem, struct json_value);
    if (copy == NULL) {
        tree->failed = true;
        return;
    }
    *copy = *value;
    copy->key = str_from(key);
    copy->next = NULL;
    *tree->last = copy;
    tree->last = &copy->next;
    tree->root->n++;
}

void tree_add_text(struct tree *tree, const char *key, struct str text)
{
    const struct json_value value = {.type = JSON_STRING, .text = text};
    if (!str_absent(text)) {
        tree_add(tree, key, &value);
    }
}

void tree_add_int(struct tree *tree, const char *key, int64_t number)
{
    struct json_value value = {.type = JSON_NUMBER};
    if (str_fmt(tree->mem, &value.text, NULL, "%" PRId64, number) != STATUS_OK) {
        tree->failed = true;
        return;
    }
    tree_add(tree, key, &value);
}

enum status tree_finish(const struct tree *tree, const struct json_value **ret, struct why *why)
{
    if (tree->failed) {
        return why_no_memory(why);
    }
    *ret = tree->root;
    return STATUS_OK;
}

struct str tree_text(const struct json_value *object, const char *key)
{
    const struct json_value *value = json_tree_get(object, str_from(key));
    return value != NULL && value->type == JSON_STRING ? value->text : STR_ABSENT;
}
