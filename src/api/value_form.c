/* value_form.c: see value_form.h.
 *
 * Parameters are sorted by the parts of their names, numbers as numbers, so that all that belongs
 * to one member, element or entry stands together; then the shape is walked over ranges of them. */
#include "api/value_form.h"

#include <stdlib.h>

#include "base/map.h"
#include "codec/base64.h"
#include "codec/json_number.h"

#include "base/banned.h"

struct parameter {
    struct str name; /* whole, for sentences */
    struct str text;
    uint32_t number; /* in the order of the request */
};

/* Parameters that begin alike, and how much of their names is used up, in bytes. */
struct range {
    const struct parameter *first;
    size_t n;
    size_t used;
};

struct reader {
    struct arena *mem;
};

static enum status read_value(struct reader *r, struct range range, enum shape_id id,
                              struct value *ret, struct why *why);

/* ---- names ----------------------------------------------------------------------------------- */

static bool is_number(struct str part)
{
    for (size_t i = 0; i < part.len; i++) {
        if (part.ptr[i] < '0' || part.ptr[i] > '9') {
            return false;
        }
    }
    return part.len > 0 && part.len <= 9 && part.ptr[0] != '0';
}

/* Numbers first; of two without leading zeros the longer one is larger. */
static int part_order(struct str one, struct str other)
{
    bool first = is_number(one), second = is_number(other);
    if (first != second) {
        return first ? -1 : 1;
    }
    if (first && one.len != other.len) {
        return one.len < other.len ? -1 : 1;
    }
    return str_cmp(one, other);
}

static int by_name(const void *a, const void *b)
{
    const struct parameter *x = a, *y = b;
    struct str left = x->name, right = y->name, one, other;
    for (;;) {
        bool more_left = str_next(&left, '.', &one), more_right = str_next(&right, '.', &other);
        if (!more_left || !more_right) {
            int order = (int)more_left - (int)more_right;
            return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
        }
        int order = part_order(one, other);
        if (order != 0) {
            return order;
        }
    }
}

/* The part of a name after `used` bytes, the last of which is a dot; absent at the name's end. */
static struct str part_at(const struct parameter *parameter, size_t used)
{
    struct str name = parameter->name;
    return name.len < used ? STR_ABSENT : str_slice(name, used, str_find_char(name, '.', used));
}

/* Takes those off the range that have the same next part, gives the part. */
static bool take_group(struct range *range, struct range *ret_group, struct str *ret_part)
{
    if (range->n == 0) {
        return false;
    }
    struct str part = part_at(range->first, range->used);
    size_t n = 1;
    while (n < range->n && str_eq(part_at(&range->first[n], range->used), part)) {
        n++;
    }
    *ret_group = (struct range){range->first, n, range->used + part.len + 1};
    *ret_part = part;
    range->first += n;
    range->n -= n;
    return true;
}

/* ---- faults ---------------------------------------------------------------------------------- */

static enum status unreadable(const struct parameter *parameter, const char *what, struct why *why)
{
    return why_set(why, STATUS_UNREADABLE, "%.*s: %s", STR_ARG(str_slice(parameter->name, 0, 128)),
                   what);
}

static enum status not_a(const struct parameter *parameter, const char *what, struct why *why)
{
    return why_set(why, STATUS_UNREADABLE, "%.*s: \"%.*s\" is not %s",
                   STR_ARG(str_slice(parameter->name, 0, 128)),
                   STR_ARG(str_slice(parameter->text, 0, 64)), what);
}

/* ---- values ---------------------------------------------------------------------------------- */

static enum status read_whole_number(const struct parameter *parameter, bool small, int64_t *ret,
                                     struct why *why)
{
    int64_t number;
    if (str_to_int64(parameter->text, &number) != STATUS_OK ||
        (small && (number < INT32_MIN || number > INT32_MAX))) {
        return not_a(parameter, small ? "a whole number of 32 bits" : "a whole number of 64 bits",
                     why);
    }
    *ret = number;
    return STATUS_OK;
}

static enum status read_blob(struct reader *r, const struct parameter *parameter, struct str *ret,
                             struct why *why)
{
    struct bytes bytes;
    enum status status = base64_decode(r->mem, BASE64_STANDARD, parameter->text, &bytes, why);
    if (status != STATUS_OK && status != STATUS_NO_MEMORY) {
        return not_a(parameter, "base64", why);
    }
    TRY(status);
    *ret = str_of_bytes(bytes);
    return STATUS_OK;
}

static enum status read_scalar(struct reader *r, struct range range, const struct shape *shape,
                               struct value *ret, struct why *why)
{
    const struct parameter *parameter = range.first;
    struct str text = parameter->text;
    const struct parameter *last = &range.first[range.n - 1];
    if (!str_absent(part_at(last, range.used))) {
        return unreadable(last, "nothing can be inside of this value", why);
    }
    if (range.n > 1) {
        return unreadable(last, "this parameter is sent twice", why);
    }
    switch ((enum shape_type)shape->type) {
    case TYPE_INTEGER:
    case TYPE_LONG:
        return read_whole_number(parameter, shape->type == TYPE_INTEGER, &ret->integer, why);
    case TYPE_DOUBLE:
        return json_number_double(text, &ret->number, NULL) == STATUS_OK
                   ? STATUS_OK
                   : not_a(parameter, "a number", why);
    case TYPE_BOOLEAN:
        ret->integer = str_eq_nocase(text, STR("true"));
        return ret->integer || str_eq_nocase(text, STR("false"))
                   ? STATUS_OK
                   : not_a(parameter, "true or false", why);
    case TYPE_TIMESTAMP:
        return time_parse(text, &ret->integer, NULL) == STATUS_OK
                   ? STATUS_OK
                   : not_a(parameter, "a time as 2026-01-02T03:04:05Z", why);
    case TYPE_BLOB:
        return read_blob(r, parameter, &ret->text, why);
    default:
        ret->text = text;
        return STATUS_OK;
    }
}

static const struct shape_member *find_member(const struct shape *shape, struct str name)
{
    return shape_member_sent(shape, PLACE_BODY, name);
}

static enum status read_struct(struct reader *r, struct range range, const struct shape *shape,
                               struct value *ret, struct why *why)
{
    struct value *fields = NEW_ARRAY(r->mem, struct value, shape->n);
    struct range group;
    struct str name;
    TRY_PTR(fields);
    while (take_group(&range, &group, &name)) {
        if (str_absent(name)) {
            return unreadable(group.first, "members are expected after this name", why);
        }
        const struct shape_member *member = find_member(shape, name);
        if (member != NULL) {
            TRY(read_value(r, group, (enum shape_id)member->shape, &fields[member - shape->members],
                           why));
        }
    }
    ret->fields = fields;
    ret->count = shape->n;
    return STATUS_OK;
}

/* "Tags=" alone: a list or map without elements. */
static bool is_empty_mark(const struct range *range)
{
    return range->n == 1 && str_absent(part_at(range->first, range->used)) &&
           range->first->text.len == 0;
}

/* Enters ".member" or ".entry", which is all that may follow; then counts the numbered groups. */
static enum status enter_numbered(struct range *range, struct str word, size_t *ret_n,
                                  struct why *why)
{
    struct range all = *range, inner, group;
    struct str part;
    size_t n = 0;
    if (is_empty_mark(range)) {
        range->n = 0;
        *ret_n = 0;
        return STATUS_OK;
    }
    (void)take_group(&all, &inner, &part);
    if (!str_eq(part, word) || all.n > 0) {
        return why_set(why, STATUS_UNREADABLE, "%.*s: elements are sent as .%.*s.1, .%.*s.2, ...",
                       STR_ARG(str_slice(range->first->name, 0, 128)), STR_ARG(word),
                       STR_ARG(word));
    }
    *range = inner;
    while (take_group(&inner, &group, &part)) {
        int64_t number = 0;
        n++;
        if (!is_number(part) || str_to_int64(part, &number) != STATUS_OK || number != (int64_t)n) {
            return why_set(why, STATUS_UNREADABLE,
                           "%.*s: elements are numbered from 1 without a gap, and number %zu is "
                           "missing",
                           STR_ARG(str_slice(group.first->name, 0, 128)), n);
        }
    }
    *ret_n = n;
    return STATUS_OK;
}

static enum status read_list(struct reader *r, struct range range, const struct shape *shape,
                             struct value *ret, struct why *why)
{
    size_t n = 0;
    struct range group;
    struct str part;
    TRY(enter_numbered(&range, STR("member"), &n, why));
    struct value *elements = NEW_ARRAY(r->mem, struct value, n);
    TRY_PTR(elements);
    for (size_t i = 0; i < n && take_group(&range, &group, &part); i++) {
        TRY(read_value(r, group, (enum shape_id)shape->element, &elements[i], why));
    }
    ret->elements = elements;
    ret->count = (uint32_t)n;
    return STATUS_OK;
}

/* The key and the value of one entry, in either order, each once. */
static enum status read_entry(struct reader *r, struct range range, const struct shape *shape,
                              struct value_entry *ret, struct why *why)
{
    struct str names[] = {str_from(shape->entry == NULL ? "key" : shape->entry[0]),
                          str_from(shape->entry == NULL ? "value" : shape->entry[1])};
    const struct parameter *first = range.first;
    struct value key = {.shape = S_NONE};
    struct range group;
    struct str part;
    while (take_group(&range, &group, &part)) {
        if (str_eq(part, names[0])) {
            TRY(read_value(r, group, (enum shape_id)shape->key, &key, why));
        } else if (str_eq(part, names[1])) {
            TRY(read_value(r, group, (enum shape_id)shape->element, &ret->value, why));
        }
    }
    if (key.shape == S_NONE || ret->value.shape == S_NONE) {
        return why_set(why, STATUS_UNREADABLE, "%.*s: an entry is a %.*s and a %.*s",
                       STR_ARG(str_slice(first->name, 0, 128)), STR_ARG(names[0]),
                       STR_ARG(names[1]));
    }
    ret->key = key.text;
    return STATUS_OK;
}

static enum status read_map(struct reader *r, struct range range, const struct shape *shape,
                            struct value *ret, struct why *why)
{
    size_t n = 0;
    struct range group;
    struct str part;
    struct map keys;
    TRY(enter_numbered(&range, STR("entry"), &n, why));
    struct value_entry *entries = NEW_ARRAY(r->mem, struct value_entry, n);
    TRY_PTR(entries);
    map_init(&keys, r->mem, n);
    for (size_t i = 0; i < n && take_group(&range, &group, &part); i++) {
        TRY(read_entry(r, group, shape, &entries[i], why));
        if (map_get(&keys, entries[i].key) != NULL) {
            return unreadable(group.first, "this key is sent twice", why);
        }
        TRY(map_put(&keys, entries[i].key, &entries[i], why));
    }
    ret->entries = entries;
    ret->count = (uint32_t)n;
    return STATUS_OK;
}

static enum status read_value(struct reader *r, struct range range, enum shape_id id,
                              struct value *ret, struct why *why)
{
    const struct shape *shape = &shapes[id];
    struct value value = {.shape = (uint16_t)id};
    switch ((enum shape_type)shape->type) {
    case TYPE_STRUCT:
        TRY(read_struct(r, range, shape, &value, why));
        break;
    case TYPE_LIST:
        TRY(read_list(r, range, shape, &value, why));
        break;
    case TYPE_MAP:
        TRY(read_map(r, range, shape, &value, why));
        break;
    default:
        TRY(read_scalar(r, range, shape, &value, why));
    }
    *ret = value;
    return STATUS_OK;
}

/* Shapes may hold themselves; names may not go on for ever. */
static bool is_deep(struct str name)
{
    size_t n = 0;
    struct str part;
    while (str_next(&name, '.', &part)) {
        n++;
    }
    return n > FORM_DEPTH_MAX;
}

enum status value_from_form(const struct uri_query *form, enum shape_id shape, struct arena *mem,
                            struct value *ret, struct why *why)
{
    struct reader r = {.mem = mem};
    struct parameter *sorted = NEW_ARRAY(mem, struct parameter, form->n);
    TRY_PTR(sorted);
    for (size_t i = 0; i < form->n; i++) {
        sorted[i] = (struct parameter){form->params[i].name, form->params[i].value, (uint32_t)i};
        if (is_deep(sorted[i].name)) {
            return unreadable(&sorted[i], "this name has too many parts", why);
        }
    }
    qsort(sorted, form->n, sizeof *sorted, by_name);
    return read_value(&r, (struct range){sorted, form->n, 0}, shape, ret, why);
}
