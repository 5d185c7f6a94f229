#include "api/validate.h"

#include <stdio.h>

#include "base/buf.h"

#include "base/banned.h"

enum { FAULTS_NAMED = 10, WORDS_MAX = 4096 };

/* Where the walker is; frames lie on the C stack. */
struct spot {
    const struct spot *parent; /* NULL: the whole request */
    struct str name;           /* of a member or a map's key; absent: an element */
    size_t index;
    bool key; /* name is a map's key: what the client sent, as it stands */
};

struct walk {
    const struct pattern_set *set;
    struct arena *mem;
    size_t faults;
    struct buf text; /* the faults that fit into a why */
};

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* The name of the outermost member begins with a capital. */
static bool is_capitalized(const struct spot *spot)
{
    while (spot->parent != NULL && spot->parent->parent != NULL) {
        spot = spot->parent;
    }
    return spot->name.len > 0 && is_capital(spot->name.ptr[0]);
}

static void put_name(struct buf *out, const struct spot *spot, bool lower)
{
    struct str name = str_slice(spot->name, 0, VALUE_SHOWN);
    if (lower && !spot->key && name.len > 0 && is_capital(name.ptr[0])) {
        buf_put_char(out, (char)(name.ptr[0] - 'A' + 'a'));
        name = str_slice(name, 1, name.len);
    }
    buf_put_str(out, name);
}

static void put_spot(struct buf *out, const struct spot *spot, bool lower)
{
    if (spot->parent != NULL && spot->parent->parent != NULL) {
        put_spot(out, spot->parent, lower);
        buf_put_char(out, '.');
    }
    if (spot->name.ptr != NULL) {
        put_name(out, spot, lower);
    } else {
        buf_put_fmt(out, "%zu.member", spot->index + 1);
    }
}

/* At most VALUE_SHOWN bytes, cut between two characters. */
static struct str shown(struct str text)
{
    if (text.len <= VALUE_SHOWN) {
        return text;
    }
    size_t end = VALUE_SHOWN;
    while (end > 0 && ((unsigned char)text.ptr[end] & 0xC0) == 0x80) {
        end--;
    }
    return str_slice(text, 0, end);
}

static void put_shown_value(struct buf *out, const struct value *value)
{
    if (value == NULL) {
        return;
    }
    switch (value_type(value)) {
    case TYPE_STRING:
    case TYPE_ENUM:
        buf_put_fmt(out, " '%.*s%s'", STR_ARG(shown(value->text)),
                    value->text.len > VALUE_SHOWN ? "..." : "");
        break;
    case TYPE_INTEGER:
    case TYPE_LONG:
        buf_put_fmt(out, " '%lld'", (long long)value->integer);
        break;
    case TYPE_DOUBLE:
        buf_put_fmt(out, " '%g'", value->number);
        break;
    default: /* lists, maps, blobs: the place says enough */
        break;
    }
}

/* One fault: counted, and named while there is room. */
static void fault(struct walk *walk, const struct spot *spot, const struct value *value,
                  const char *rule, const char *bound)
{
    if (++walk->faults > FAULTS_NAMED) {
        return;
    }
    struct buf one;
    buf_init(&one, walk->mem, WHY_TEXT_MAX);
    buf_put_str(&one, walk->faults > 1 ? STR("; Value") : STR("Value"));
    if (value == NULL || !shapes[value->shape].secret) {
        put_shown_value(&one, value);
    }
    buf_put_str(&one, STR(" at '"));
    put_spot(&one, spot, is_capitalized(spot));
    buf_put_fmt(&one, "' failed to satisfy constraint: Member must %s%s", rule, bound);
    if (buf_status(&one) == STATUS_OK || walk->faults == 1) {
        buf_put_str(&walk->text, buf_view(&one));
    }
}

static void bound_fault(struct walk *walk, const struct spot *spot, const struct value *value,
                        const char *what, const char *than, double bound)
{
    char rule[64], number[32];
    snprintf(rule, sizeof(rule), "have %s %s than or equal to ", what, than);
    snprintf(number, sizeof(number), "%.15g", bound);
    fault(walk, spot, value, rule, number);
}

/* The bounds of a shape that are numbers; `size` is what they bound. */
static void check_bounds(struct walk *walk, const struct spot *spot, const struct value *value,
                         const char *what, double size)
{
    const struct shape *shape = &shapes[value->shape];
    if (size < shape->min) {
        bound_fault(walk, spot, value, what, "greater", shape->min);
    }
    if (size > shape->max) {
        bound_fault(walk, spot, value, what, "less", shape->max);
    }
}

static enum status check_text(struct walk *walk, const struct spot *spot, const struct value *value,
                              struct why *why)
{
    const struct shape *shape = &shapes[value->shape];
    check_bounds(walk, spot, value, "length", (double)str_utf8_length(value->text));
    /* A text far beyond its length is not searched as well. */
    if (shape->pattern == P_NONE || (double)value->text.len > 4 * shape->max) {
        return STATUS_OK;
    }
    bool matches = false;
    TRY(pattern_matches(walk->set, (enum pattern_id)shape->pattern, value->text, walk->mem,
                        &matches, why));
    if (!matches) {
        fault(walk, spot, value,
              "satisfy regular expression pattern: ", patterns[shape->pattern].java);
    }
    return STATUS_OK;
}

static void check_word(struct walk *walk, const struct spot *spot, const struct value *value)
{
    const struct shape *shape = &shapes[value->shape];
    struct buf words;
    buf_init(&words, walk->mem, WORDS_MAX);
    for (size_t i = 0; i < shape->n; i++) {
        if (str_eq(value->text, str_from(shape->values[i]))) {
            return;
        }
        buf_put_fmt(&words, "%s%s", i == 0 ? "[" : ", ", shape->values[i]);
    }
    if (enum_word_also_taken((enum shape_id)value->shape, value->text)) {
        return;
    }
    buf_put_str(&words, STR("]"));
    buf_put_char(&words, '\0');
    fault(walk, spot, value, "satisfy enum value set: ",
          buf_status(&words) == STATUS_OK ? buf_view(&words).ptr : "(too many to name)");
}

static enum status check_value(struct walk *walk, const struct spot *spot,
                               const struct value *value, struct why *why);

static enum status check_members(struct walk *walk, const struct spot *spot,
                                 const struct value *value, struct why *why)
{
    const struct shape *shape = &shapes[value->shape];
    for (size_t i = 0; i < shape->n; i++) {
        const struct shape_member *member = &shape->members[i];
        struct spot here = {.parent = spot, .name = member_names[member->member]};
        if (value->fields[i].shape != S_NONE) {
            TRY(check_value(walk, &here, &value->fields[i], why));
        } else if (member->required) {
            fault(walk, &here, NULL, "not be null", "");
        }
    }
    return STATUS_OK;
}

static enum status check_elements(struct walk *walk, const struct spot *spot,
                                  const struct value *value, struct why *why)
{
    check_bounds(walk, spot, value, "length", value->count);
    for (size_t i = 0; i < value->count; i++) {
        struct spot here = {.parent = spot, .index = i};
        TRY(check_value(walk, &here, &value->elements[i], why));
    }
    return STATUS_OK;
}

static enum status check_entries(struct walk *walk, const struct spot *spot,
                                 const struct value *value, struct why *why)
{
    check_bounds(walk, spot, value, "length", value->count);
    for (size_t i = 0; i < value->count; i++) {
        const struct value_entry *entry = &value->entries[i];
        struct spot here = {.parent = spot, .name = entry->key, .key = true};
        struct value key = {.shape = shapes[value->shape].key, .text = entry->key};
        TRY(check_value(walk, &here, &key, why));
        TRY(check_value(walk, &here, &entry->value, why));
    }
    return STATUS_OK;
}

static enum status check_value(struct walk *walk, const struct spot *spot,
                               const struct value *value, struct why *why)
{
    switch (value_type(value)) {
    case TYPE_STRUCT:
        return check_members(walk, spot, value, why);
    case TYPE_LIST:
        return check_elements(walk, spot, value, why);
    case TYPE_MAP:
        return check_entries(walk, spot, value, why);
    case TYPE_STRING:
        return check_text(walk, spot, value, why);
    case TYPE_ENUM:
        check_word(walk, spot, value);
        return STATUS_OK;
    case TYPE_INTEGER:
    case TYPE_LONG:
        check_bounds(walk, spot, value, "value", (double)value->integer);
        return STATUS_OK;
    case TYPE_DOUBLE:
        check_bounds(walk, spot, value, "value", value->number);
        return STATUS_OK;
    case TYPE_BLOB:
        check_bounds(walk, spot, value, "length", (double)value->text.len);
        return STATUS_OK;
    default:
        return STATUS_OK;
    }
}

enum status validate_value(const struct pattern_set *set, const struct value *value,
                           struct arena *mem, struct why *why)
{
    struct walk walk = {.set = set, .mem = mem};
    struct spot root = {.parent = NULL};
    buf_init(&walk.text, mem, WHY_TEXT_MAX);
    TRY(check_value(&walk, &root, value, why));
    if (walk.faults == 0) {
        return STATUS_OK;
    }
    return why_set(why, STATUS_OUT_OF_BOUNDS, "%zu validation error%s detected: %.*s", walk.faults,
                   walk.faults == 1 ? "" : "s", STR_ARG(buf_view(&walk.text)));
}

enum status validate_reply(const struct pattern_set *set, const struct operation *op,
                           struct str body, struct arena *mem, struct why *why)
{
    if (op->output == S_NONE) {
        return body.len == 0
                   ? STATUS_OK
                   : why_set(why, STATUS_INTERNAL, "%s: the reply has a body", op->name.ptr);
    }
    struct value value;
    struct why inner = {0};
    enum status status =
        value_from_json(body, (enum shape_id)op->output, true, mem, &value, &inner);
    if (status == STATUS_OK) {
        status = validate_value(set, &value, mem, &inner);
    }
    if (status == STATUS_OK || status == STATUS_NO_MEMORY) {
        return status;
    }
    return why_set(why, STATUS_INTERNAL, "%s: the reply does not fit its shape: %s", op->name.ptr,
                   inner.text);
}
