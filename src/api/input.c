#include "api/input.h"

#include "api/percent.h"
#include "base/limits.h"

#include "base/banned.h"

/* The value that is being filled: a struct of the operation's input shape. */
struct input {
    const struct shape *shape;
    struct value *fields;
    struct arena *mem;
};

static enum status not_a(const struct shape_member *member, struct str text, const char *what,
                         struct why *why)
{
    struct str wire = member_wire(member);
    return why_set(why, STATUS_UNREADABLE, "%.*s: \"%.*s\" is not %s", STR_ARG(wire),
                   STR_ARG(str_slice(text, 0, 64)), what);
}

static enum status text_to_whole_number(const struct shape_member *member, struct str text,
                                        int64_t *ret, struct why *why)
{
    bool small = shapes[member->shape].type == TYPE_INTEGER;
    int64_t number;
    if (str_to_int64(text, &number) != STATUS_OK ||
        (small && (number < INT32_MIN || number > INT32_MAX))) {
        return not_a(member, text,
                     small ? "a whole number of 32 bits" : "a whole number of 64 bits", why);
    }
    *ret = number;
    return STATUS_OK;
}

/* Outside bodies a time is a text of RFC 3339. */
static enum status text_to_value(const struct shape_member *member, struct str text,
                                 struct value *ret, struct why *why)
{
    switch ((enum shape_type)shapes[member->shape].type) {
    case TYPE_INTEGER:
    case TYPE_LONG:
        TRY(text_to_whole_number(member, text, &ret->integer, why));
        break;
    case TYPE_BOOLEAN:
        if (!str_eq(text, STR("true")) && !str_eq(text, STR("false"))) {
            return not_a(member, text, "true or false", why);
        }
        ret->integer = str_eq(text, STR("true"));
        break;
    case TYPE_TIMESTAMP:
        if (time_parse(text, &ret->integer, NULL) != STATUS_OK) {
            return not_a(member, text, "a time as 2026-01-02T03:04:05Z", why);
        }
        break;
    case TYPE_STRING:
    case TYPE_ENUM:
        ret->text = text;
        break;
    default: /* the model has none of these outside a body; tools/derive-contract refuses them */
        return why_set(why, STATUS_INTERNAL, "a member of this type cannot be sent here");
    }
    ret->shape = member->shape;
    return STATUS_OK;
}

static enum status read_labels(struct input *in, const struct route *route, struct why *why)
{
    for (size_t i = 0; i < route->n_labels; i++) {
        const struct shape_member *member = shape_member_find(in->shape, route->labels[i].member);
        struct value *field = &in->fields[member - in->shape->members];
        TRY(text_to_value(member, route->labels[i].text, field, why));
    }
    return STATUS_OK;
}

static enum status read_parameter(struct input *in, struct str pair, struct why *why)
{
    size_t equals = str_find_char(pair, '=', 0);
    struct str name, text;
    TRY(percent_text(str_slice(pair, 0, equals), "a query parameter's name", in->mem, &name, why));
    const struct shape_member *member = shape_member_sent(in->shape, PLACE_QUERY, name);
    if (member == NULL) {
        return STATUS_OK;
    }
    struct value *field = &in->fields[member - in->shape->members];
    if (field->shape != S_NONE) {
        return why_set(why, STATUS_UNREADABLE, "%.*s occurs twice in the query", STR_ARG(name));
    }
    TRY(percent_text(str_slice(pair, equals + 1, pair.len), member_names[member->member].ptr,
                     in->mem, &text, why));
    return text_to_value(member, text, field, why);
}

static enum status read_query(struct input *in, struct str query, struct why *why)
{
    struct str pair;
    size_t n = 0;
    while (str_next(&query, '&', &pair)) {
        if (++n > LIMIT_QUERY_PARAMETERS) {
            return why_set(why, STATUS_UNREADABLE, "the query has more than %d parameters",
                           LIMIT_QUERY_PARAMETERS);
        }
        if (pair.len > 0) {
            TRY(read_parameter(in, pair, why));
        }
    }
    return STATUS_OK;
}

static enum status read_header(struct input *in, const struct http_request *request, size_t i,
                               struct why *why)
{
    const struct shape_member *member = &in->shape->members[i];
    struct str wire = member_wire(member);
    struct str text = http_header_get(request, wire);
    if (str_absent(text)) {
        return STATUS_OK;
    }
    TRY(plain_text(text, wire.ptr, why));
    return text_to_value(member, text, &in->fields[i], why);
}

/* Members of the body are read into a value of their own: the fields that come from elsewhere are
 * empty there. */
static enum status read_body(struct input *in, enum shape_id id, struct str body, struct why *why)
{
    struct value value;
    TRY(value_from_json(body, id, false, in->mem, &value, why));
    for (size_t i = 0; i < in->shape->n; i++) {
        if (in->shape->members[i].place == PLACE_BODY) {
            in->fields[i] = value.fields[i];
        }
    }
    return STATUS_OK;
}

static enum status read_rest(struct input *in, const struct http_request *request, enum shape_id id,
                             struct why *why)
{
    bool body = false;
    for (size_t i = 0; i < in->shape->n; i++) {
        const struct shape_member *member = &in->shape->members[i];
        if (member->place == PLACE_HEADER) {
            TRY(read_header(in, request, i, why));
        } else if (member->place == PLACE_PAYLOAD && request->body.len > 0 &&
                   shapes[member->shape].type == TYPE_BLOB) {
            in->fields[i] = (struct value){.shape = member->shape, .text = request->body};
        } else if (member->place == PLACE_PAYLOAD && request->body.len > 0) {
            TRY(value_from_json(request->body, (enum shape_id)member->shape, false, in->mem,
                                &in->fields[i], why));
        }
        body |= member->place == PLACE_BODY;
    }
    return body && request->body.len > 0 ? read_body(in, id, request->body, why) : STATUS_OK;
}

enum status input_read(const struct http_request *request, const struct route *route,
                       struct arena *mem, const struct value **ret, struct why *why)
{
    enum shape_id id = (enum shape_id)route->op->input;
    struct value *value = NEW(mem, struct value);
    struct input in = {.shape = &shapes[id], .mem = mem};
    TRY_PTR(value);
    in.fields = NEW_ARRAY(mem, struct value, in.shape->n);
    TRY_PTR(in.fields);
    TRY(read_labels(&in, route, why));
    if (!str_absent(request->query)) {
        TRY(read_query(&in, request->query, why));
    }
    TRY(read_rest(&in, request, id, why));
    value->shape = (uint16_t)id;
    value->count = in.shape->n;
    value->fields = in.fields;
    *ret = value;
    return STATUS_OK;
}
