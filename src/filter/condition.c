/* condition.c: conditions joined by && and ||, on members of JSON or on one word. */
#include "filter/filter_priv.h"

#include "base/banned.h"

/* ---- reading --------------------------------------------------------------------------------- */

static enum status parse_or(struct parse *p, const struct node **ret, struct why *why);

/* Behind a selector: IS ..., NOT EXISTS. *ret_found false: a comparison. */
static enum status parse_keyword(struct parse *p, struct node *node, bool *ret_found,
                                 struct why *why)
{
    parse_spaces(p);
    *ret_found = true;
    if (parse_take_word(p, "EXISTS")) {
        return parse_refuse(p, why, "there is no condition EXISTS; != \"\" and NOT EXISTS are");
    }
    if (parse_take_word(p, "NOT")) {
        parse_spaces(p);
        node->kind = NODE_NOT_EXISTS;
        return parse_take_word(p, "EXISTS")
                   ? STATUS_OK
                   : parse_refuse(p, why, "NOT stands before EXISTS and nothing else");
    }
    if (!parse_take_word(p, "IS")) {
        *ret_found = false;
        return STATUS_OK;
    }
    parse_spaces(p);
    if (parse_take_word(p, "NULL")) {
        node->kind = NODE_IS_NULL;
        return STATUS_OK;
    }
    node->kind = NODE_IS_BOOL;
    node->truth = parse_take_word(p, "TRUE");
    if (!node->truth && !parse_take_word(p, "FALSE")) {
        return parse_refuse(p, why, "IS stands before NULL, TRUE or FALSE; there is no IS NOT");
    }
    return STATUS_OK;
}

static enum status parse_json_test(struct parse *p, struct node *node, struct why *why)
{
    bool keyword;
    TRY(parse_selector(p, &node->selector, why));
    TRY(parse_keyword(p, node, &keyword, why));
    if (keyword) {
        return STATUS_OK;
    }
    TRY(parse_comparison(p, &node->comparison, why));
    return parse_operand(p, node->comparison, &node->operand, why);
}

static enum status parse_word_test(struct parse *p, struct node *node, struct why *why)
{
    if (!parse_take(p, p->field.ptr)) {
        return parse_refuse(p, why, "conditions at this place are on %s", p->field.ptr);
    }
    TRY(parse_comparison(p, &node->comparison, why));
    return parse_operand(p, node->comparison, &node->operand, why);
}

static enum status parse_group(struct parse *p, const struct node **ret, struct why *why)
{
    if (++p->depth > FILTER_DEPTH_MAX) {
        return why_at(why, STATUS_TOO_LARGE, p->at, "parentheses are nested more than %d deep",
                      FILTER_DEPTH_MAX);
    }
    TRY(parse_or(p, ret, why));
    p->depth--;
    return parse_take(p, ")") ? STATUS_OK : parse_refuse(p, why, "a ( lacks its )");
}

static enum status parse_test(struct parse *p, const struct node **ret, struct why *why)
{
    parse_spaces(p);
    if (parse_take(p, "(")) {
        return parse_group(p, ret, why);
    }
    struct node *node = NEW(p->mem, struct node);
    TRY_PTR(node);
    node->kind = NODE_COMPARE;
    TRY(parse_count_test(p, why));
    TRY(str_absent(p->field) ? parse_json_test(p, node, why) : parse_word_test(p, node, why));
    *ret = node;
    return STATUS_OK;
}

/* One and then others, joined by sign. */
static enum status parse_joined(struct parse *p, const char *sign, enum node_kind kind,
                                enum status (*one)(struct parse *p, const struct node **ret,
                                                   struct why *why),
                                const struct node **ret, struct why *why)
{
    const struct node *left;
    TRY(one(p, &left, why));
    for (parse_spaces(p); parse_take(p, sign); parse_spaces(p)) {
        struct node *both = NEW(p->mem, struct node);
        TRY_PTR(both);
        both->kind = kind;
        both->left = left;
        TRY(one(p, &both->right, why));
        left = both;
    }
    *ret = left;
    return STATUS_OK;
}

static enum status parse_and(struct parse *p, const struct node **ret, struct why *why)
{
    return parse_joined(p, "&&", NODE_AND, parse_test, ret, why);
}

static enum status parse_or(struct parse *p, const struct node **ret, struct why *why)
{
    return parse_joined(p, "||", NODE_OR, parse_and, ret, why);
}

enum status parse_conditions(struct parse *p, const struct node **ret, struct why *why)
{
    return parse_or(p, ret, why);
}

/* ---- judging --------------------------------------------------------------------------------- */

static bool compare(const void *arg, const struct json_value *value)
{
    const struct node *node = arg;
    if (value->type != JSON_STRING && value->type != JSON_NUMBER && value->type != JSON_BOOL) {
        return false;
    }
    return operand_holds(&node->operand, node->comparison, value->type, value->text);
}

static bool is_null(const void *arg, const struct json_value *value)
{
    (void)arg;
    return value->type == JSON_NULL;
}

static bool is_bool(const void *arg, const struct json_value *value)
{
    const struct node *node = arg;
    return value->type == JSON_BOOL && value->boolean == node->truth;
}

static bool is_there(const void *arg, const struct json_value *value)
{
    (void)arg;
    (void)value;
    return true;
}

/* Chains lean to the left, and are as deep as they have conditions: FILTER_TESTS_MAX. */
bool node_holds_json(const struct node *node, const struct json_value *root)
{
    switch (node->kind) {
    case NODE_AND:
        return node_holds_json(node->left, root) && node_holds_json(node->right, root);
    case NODE_OR:
        return node_holds_json(node->left, root) || node_holds_json(node->right, root);
    case NODE_COMPARE:
        return selector_any(&node->selector, root, compare, node);
    case NODE_IS_NULL:
        return selector_any(&node->selector, root, is_null, node);
    case NODE_IS_BOOL:
        return selector_any(&node->selector, root, is_bool, node);
    case NODE_NOT_EXISTS:
        return !selector_any(&node->selector, root, is_there, node);
    }
    return false;
}

bool node_holds_word(const struct node *node, struct str word)
{
    if (node->kind == NODE_AND) {
        return node_holds_word(node->left, word) && node_holds_word(node->right, word);
    }
    if (node->kind == NODE_OR) {
        return node_holds_word(node->left, word) || node_holds_word(node->right, word);
    }
    return operand_holds(&node->operand, node->comparison, JSON_BROKEN, word);
}
