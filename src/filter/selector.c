/* selector.c: which values of a JSON object a condition is about. */
#include <ctype.h>

#include "filter/filter_priv.h"

#include "base/banned.h"

/* ---- reading --------------------------------------------------------------------------------- */

static bool in_name(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-' || (unsigned char)c >= 0x80;
}

static enum status parse_name(struct parse *p, struct str *ret, struct why *why)
{
    size_t from = p->at;
    while (in_name(parse_peek(p))) {
        p->at++;
    }
    if (p->at == from) {
        return parse_refuse(p, why,
                            "a member's name is missing; one with other signs than letters, "
                            "digits, _ and - is written ['the name']");
    }
    *ret = str_slice(p->text, from, p->at);
    return STATUS_OK;
}

static enum status parse_element(struct parse *p, size_t *ret, struct why *why)
{
    int64_t element;
    size_t from = p->at;
    while (isdigit((unsigned char)parse_peek(p))) {
        p->at++;
    }
    if (str_to_int64(str_slice(p->text, from, p->at), &element) != STATUS_OK) {
        return why_at(why, STATUS_INVALID, from,
                      "[ stands before an element's number, * or a 'name'");
    }
    *ret = (size_t)element;
    return STATUS_OK;
}

/* Behind a [. */
static enum status parse_bracket(struct parse *p, struct step *ret, struct why *why)
{
    parse_spaces(p);
    if (parse_peek(p) == '\'' || parse_peek(p) == '"') {
        const struct str *name;
        size_t n;
        char quote = parse_peek(p);
        p->at++;
        TRY(parse_quoted(p, quote, false, &name, &n, why));
        *ret = (struct step){.kind = STEP_MEMBER, .name = name[0]};
    } else if (parse_take(p, "*")) {
        *ret = (struct step){.kind = STEP_EACH_ELEMENT};
    } else {
        *ret = (struct step){.kind = STEP_ELEMENT};
        TRY(parse_element(p, &ret->element, why));
    }
    parse_spaces(p);
    return parse_take(p, "]") ? STATUS_OK : parse_refuse(p, why, "a [ of a selector lacks its ]");
}

/* A step, if one stands here. */
static enum status parse_step(struct parse *p, struct step *ret, bool *ret_found, struct why *why)
{
    *ret_found = true;
    if (parse_take(p, "[")) {
        return parse_bracket(p, ret, why);
    }
    if (!parse_take(p, ".")) {
        *ret_found = false;
        return STATUS_OK;
    }
    if (parse_take(p, "[")) {
        return parse_bracket(p, ret, why);
    }
    if (parse_take(p, "*")) {
        *ret = (struct step){.kind = STEP_EACH_MEMBER};
        return STATUS_OK;
    }
    *ret = (struct step){.kind = STEP_MEMBER};
    return parse_name(p, &ret->name, why);
}

enum status parse_selector(struct parse *p, struct selector *ret, struct why *why)
{
    size_t most = p->text.len - p->at;
    size_t n_wild = 0;
    size_t n = 0;
    if (!parse_take(p, "$")) {
        return parse_refuse(p, why, "a selector begins with $., as in $.clientId");
    }
    /* Counted first: a selector has no more steps than it has dots and brackets. */
    size_t signs = 0;
    for (size_t i = p->at; i < p->at + most - 1; i++) {
        signs += p->text.ptr[i] == '.' || p->text.ptr[i] == '[';
    }
    struct step *steps = NEW_ARRAY(p->mem, struct step, signs + 1);
    TRY_PTR(steps);
    for (bool found = true; found;) {
        size_t from = p->at;
        TRY(parse_step(p, &steps[n], &found, why));
        n += found;
        n_wild += found && steps[n - 1].kind >= STEP_EACH_MEMBER;
        if (n_wild > 1) {
            return why_at(why, STATUS_INVALID, from, "a selector has one * at most");
        }
    }
    if (n == 0) {
        return parse_refuse(p, why, "$ selects nothing; a member follows it, as in $.clientId");
    }
    *ret = (struct selector){steps, n};
    return STATUS_OK;
}

/* ---- selecting ------------------------------------------------------------------------------- */

static const struct json_value *element_of(const struct json_value *list, size_t element)
{
    if (list->type != JSON_ARRAY || element >= list->n) {
        return NULL;
    }
    const struct json_value *value = list->first;
    for (; element > 0; element--) {
        value = value->next;
    }
    return value;
}

bool selector_any(const struct selector *selector, const struct json_value *root,
                  bool (*holds)(const void *arg, const struct json_value *value), const void *arg)
{
    const struct json_value *value = root;
    for (size_t i = 0; i < selector->n && value != NULL; i++) {
        const struct step *step = &selector->steps[i];
        if (step->kind == STEP_MEMBER) {
            value = value->type == JSON_OBJECT ? json_tree_get(value, step->name) : NULL;
        } else if (step->kind == STEP_ELEMENT) {
            value = element_of(value, step->element);
        } else {
            enum json_type type = step->kind == STEP_EACH_MEMBER ? JSON_OBJECT : JSON_ARRAY;
            const struct selector rest = {step + 1, selector->n - i - 1};
            bool any = false;
            for (const struct json_value *v = value->type == type ? value->first : NULL;
                 v != NULL && !any; v = v->next) {
                any = selector_any(&rest, v, holds, arg);
            }
            return any;
        }
    }
    return value != NULL && holds(arg, value);
}
