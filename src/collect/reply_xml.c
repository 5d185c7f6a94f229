/* reply_xml.c: see reply_xml.h. */
#include "collect/reply_xml.h"

#include "base/banned.h"

static enum status convert(const struct xml_node *node, const struct shape *shape,
                           struct arena *mem, struct json_value *into, struct why *why);

/* A child of into, behind *last. */
static enum status add_child(struct json_value *into, const struct json_value ***last,
                             struct str key, const struct xml_node *node, const struct shape *shape,
                             struct arena *mem, struct why *why)
{
    struct json_value *child = NEW(mem, struct json_value);
    TRY_PTR(child);
    child->key = key;
    TRY(convert(node, shape, mem, child, why));
    **last = child;
    *last = &child->next;
    into->n++;
    return STATUS_OK;
}

static enum status convert_struct(const struct xml_node *node, const struct shape *shape,
                                  struct arena *mem, struct json_value *into, struct why *why)
{
    const struct json_value **last = &into->first;
    for (const struct xml_node *child = node->first; child != NULL; child = child->next) {
        const struct shape_member *member = shape_member_sent(shape, PLACE_BODY, child->name);
        if (member != NULL && json_tree_get(into, child->name) == NULL) {
            TRY(add_child(into, &last, member_names[member->member], child, &shapes[member->shape],
                          mem, why));
        }
    }
    return STATUS_OK;
}

static enum status convert_list(const struct xml_node *node, const struct shape *shape,
                                struct arena *mem, struct json_value *into, struct why *why)
{
    const struct json_value **last = &into->first;
    for (const struct xml_node *child = node->first; child != NULL; child = child->next) {
        if (str_eq(child->name, STR("member"))) {
            TRY(add_child(into, &last, STR_ABSENT, child, &shapes[shape->element], mem, why));
        }
    }
    return STATUS_OK;
}

static enum status convert_map(const struct xml_node *node, const struct shape *shape,
                               struct arena *mem, struct json_value *into, struct why *why)
{
    const struct json_value **last = &into->first;
    struct str key_name = shape->entry != NULL ? str_from(shape->entry[0]) : STR("key");
    struct str value_name = shape->entry != NULL ? str_from(shape->entry[1]) : STR("value");
    for (const struct xml_node *entry = node->first; entry != NULL; entry = entry->next) {
        struct str key = xml_child_text(entry, key_name);
        const struct xml_node *value = xml_child(entry, value_name);
        if (!str_absent(key) && value != NULL && json_tree_get(into, key) == NULL) {
            TRY(add_child(into, &last, key, value, &shapes[shape->element], mem, why));
        }
    }
    return STATUS_OK;
}

static enum status convert(const struct xml_node *node, const struct shape *shape,
                           struct arena *mem, struct json_value *into, struct why *why)
{
    switch (shape->type) {
    case TYPE_STRUCT:
        into->type = JSON_OBJECT;
        return convert_struct(node, shape, mem, into, why);
    case TYPE_LIST:
        into->type = JSON_ARRAY;
        return convert_list(node, shape, mem, into, why);
    case TYPE_MAP:
        into->type = JSON_OBJECT;
        return convert_map(node, shape, mem, into, why);
    default:
        into->type = JSON_STRING;
        into->text = node->text;
        return STATUS_OK;
    }
}

enum status reply_xml_tree(const struct xml_node *root, const struct operation *op,
                           struct arena *mem, const struct json_value **ret, struct why *why)
{
    struct json_value *tree = NEW(mem, struct json_value);
    struct str name;
    TRY_PTR(tree);
    tree->type = JSON_OBJECT;
    TRY(str_fmt(mem, &name, why, "%.*sResult", STR_ARG(op->name)));
    const struct xml_node *result = xml_child(root, name);
    if (result != NULL && op->output != S_NONE) {
        TRY(convert(result, &shapes[op->output], mem, tree, why));
    }
    *ret = tree;
    return STATUS_OK;
}
