/* value_json.c: JSON to a tree of values that fits a shape, and back. */
#include "api/value.h"

#include <math.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/map.h"
#include "codec/base64.h"
#include "codec/json_read.h"
#include "codec/json_write.h"

#include "base/banned.h"

/* Seconds from the epoch to the years that time_format can say, 0001 and 9999. */
static const double first_second = -62135596800.0, last_second = 253402300800.0;

/* ---- reading --------------------------------------------------------------------------------- */

struct reader {
    struct json_read json;
    struct arena *mem;
    bool strict; /* an unknown member is a fault */
};

/* Where the reader stands, for sentences; frames lie on the C stack. */
struct spot {
    const struct spot *parent;
    struct str name; /* absent: an element */
    size_t index;
};

static enum status read_value(struct reader *r, const struct spot *spot, enum shape_id id,
                              struct value *ret, struct why *why);

static void put_spot(struct buf *out, const struct spot *spot)
{
    if (spot->parent != NULL) {
        put_spot(out, spot->parent);
        buf_put_char(out, '.');
    }
    if (spot->name.ptr != NULL) {
        buf_put_str(out, str_slice(spot->name, 0, 128));
    } else {
        buf_put_fmt(out, "%zu", spot->index + 1);
    }
}

static struct str place_name(struct reader *r, const struct spot *spot)
{
    struct buf place;
    buf_init(&place, r->mem, LIMIT_REPLY_BYTES);
    if (spot != NULL) {
        put_spot(&place, spot);
    } else {
        buf_put_str(&place, STR("the body"));
    }
    return buf_view(&place);
}

/* "attributePayload.attributes: an object is expected, and a string is sent" */
static enum status misfit(struct reader *r, const struct spot *spot, const char *expected,
                          const char *found, struct why *why)
{
    return why_at(why, STATUS_UNREADABLE, json_read_offset(&r->json),
                  "%.*s: %s is expected, and %s is sent", STR_ARG(place_name(r, spot)), expected,
                  found);
}

static enum status sent_twice(struct reader *r, const struct spot *spot, struct why *why)
{
    return why_at(why, STATUS_UNREADABLE, json_read_offset(&r->json),
                  "%.*s: this member is sent twice", STR_ARG(place_name(r, spot)));
}

static enum status expect(struct reader *r, const struct spot *spot, enum json_type type,
                          struct why *why)
{
    enum json_type found = json_read_type(&r->json);
    if (found == type || found == JSON_BROKEN) { /* the read that follows says what is broken */
        return STATUS_OK;
    }
    return misfit(r, spot, json_type_name(type), json_type_name(found), why);
}

static enum status read_whole_number(struct reader *r, const struct spot *spot,
                                     const struct shape *shape, int64_t *ret, struct why *why)
{
    struct str text;
    int64_t number;
    TRY(expect(r, spot, JSON_NUMBER, why));
    TRY(json_read_number(&r->json, &text, why));
    if (json_number_int64(text, &number, NULL) != STATUS_OK ||
        (shape->type == TYPE_INTEGER && (number < INT32_MIN || number > INT32_MAX))) {
        return misfit(r, spot,
                      shape->type == TYPE_INTEGER ? "a whole number of 32 bits"
                                                  : "a whole number of 64 bits",
                      "another number", why);
    }
    *ret = number;
    return STATUS_OK;
}

/* Bodies carry epoch seconds with a fraction; texts of RFC 3339 are understood too. */
static enum status read_time(struct reader *r, const struct spot *spot, int64_t *ret,
                             struct why *why)
{
    if (json_read_type(&r->json) == JSON_STRING) {
        struct str text;
        TRY(json_read_string(&r->json, &text, why));
        if (time_parse(text, ret, NULL) != STATUS_OK) {
            return misfit(r, spot, "a time", "another text", why);
        }
        return STATUS_OK;
    }
    double seconds;
    TRY(expect(r, spot, JSON_NUMBER, why));
    TRY(json_read_double(&r->json, &seconds, why));
    if (!(seconds >= first_second && seconds < last_second)) {
        return misfit(r, spot, "a time in the years 1 to 9999", "another number", why);
    }
    *ret = llround(seconds * SECOND_MS);
    return STATUS_OK;
}

static enum status read_blob(struct reader *r, const struct spot *spot, struct str *ret,
                             struct why *why)
{
    struct str text;
    struct bytes bytes;
    TRY(expect(r, spot, JSON_STRING, why));
    TRY(json_read_string(&r->json, &text, why));
    enum status status = base64_decode(r->mem, BASE64_STANDARD, text, &bytes, why);
    if (status == STATUS_NO_MEMORY) {
        return status;
    }
    if (status != STATUS_OK) {
        return misfit(r, spot, "base64", "another text", why);
    }
    *ret = str_of_bytes(bytes);
    return STATUS_OK;
}

static enum status read_struct(struct reader *r, const struct spot *spot, const struct shape *shape,
                               struct value *ret, struct why *why)
{
    struct value *fields = NEW_ARRAY(r->mem, struct value, shape->n);
    TRY_PTR(fields);
    TRY(expect(r, spot, JSON_OBJECT, why));
    TRY(json_read_object(&r->json, why));
    while (json_read_more(&r->json)) {
        struct spot here = {.parent = spot};
        TRY(json_read_key(&r->json, &here.name, why));
        const struct shape_member *member = shape_member_sent(shape, PLACE_BODY, here.name);
        if (member == NULL) {
            if (r->strict) {
                return misfit(r, &here, "no such member", "one", why);
            }
            TRY(json_read_skip(&r->json, why));
            continue;
        }
        struct value *field = &fields[member - shape->members];
        if (field->shape != S_NONE) {
            return sent_twice(r, &here, why);
        }
        if (json_read_type(&r->json) == JSON_NULL) { /* as if it were not there */
            TRY(json_read_null(&r->json, why));
            continue;
        }
        TRY(read_value(r, &here, (enum shape_id)member->shape, field, why));
    }
    ret->fields = fields;
    ret->count = shape->n;
    return STATUS_OK;
}

static enum status read_list(struct reader *r, const struct spot *spot, const struct shape *shape,
                             struct value *ret, struct why *why)
{
    struct value *elements = NULL;
    size_t n = 0, room = 0;
    TRY(expect(r, spot, JSON_ARRAY, why));
    TRY(json_read_array(&r->json, why));
    while (json_read_more(&r->json)) {
        if (n == room) {
            size_t more = room == 0 ? 8 : room * 2;
            elements =
                arena_grow(r->mem, elements, room * sizeof(*elements), more * sizeof(*elements));
            TRY_PTR(elements);
            room = more;
        }
        struct spot here = {.parent = spot, .index = n};
        elements[n] = (struct value){.shape = S_NONE};
        TRY(read_value(r, &here, (enum shape_id)shape->element, &elements[n], why));
        n++;
    }
    ret->elements = elements;
    ret->count = (uint32_t)n;
    return STATUS_OK;
}

static enum status read_map(struct reader *r, const struct spot *spot, const struct shape *shape,
                            struct value *ret, struct why *why)
{
    struct map keys;
    struct value_entry *entries = NULL;
    size_t n = 0, room = 0;
    map_init(&keys, r->mem, LIMIT_BODY_BYTES);
    TRY(expect(r, spot, JSON_OBJECT, why));
    TRY(json_read_object(&r->json, why));
    while (json_read_more(&r->json)) {
        if (n == room) {
            size_t more = room == 0 ? 8 : room * 2;
            entries = arena_grow(r->mem, entries, room * sizeof(*entries), more * sizeof(*entries));
            TRY_PTR(entries);
            room = more;
        }
        struct value_entry *entry = &entries[n];
        *entry = (struct value_entry){.value = {.shape = S_NONE}};
        TRY(json_read_key_new(&r->json, &keys, &entry->key, why));
        struct spot here = {.parent = spot, .name = entry->key};
        TRY(read_value(r, &here, (enum shape_id)shape->element, &entry->value, why));
        n++;
    }
    ret->entries = entries;
    ret->count = (uint32_t)n;
    return STATUS_OK;
}

static enum status read_scalar(struct reader *r, const struct spot *spot, const struct shape *shape,
                               struct value *ret, struct why *why)
{
    bool yes = false;
    switch ((enum shape_type)shape->type) {
    case TYPE_INTEGER:
    case TYPE_LONG:
        return read_whole_number(r, spot, shape, &ret->integer, why);
    case TYPE_DOUBLE:
        TRY(expect(r, spot, JSON_NUMBER, why));
        return json_read_double(&r->json, &ret->number, why);
    case TYPE_BOOLEAN:
        TRY(expect(r, spot, JSON_BOOL, why));
        TRY(json_read_bool(&r->json, &yes, why));
        ret->integer = yes;
        return STATUS_OK;
    case TYPE_TIMESTAMP:
        return read_time(r, spot, &ret->integer, why);
    case TYPE_BLOB:
        return read_blob(r, spot, &ret->text, why);
    default:
        TRY(expect(r, spot, JSON_STRING, why));
        return json_read_string(&r->json, &ret->text, why);
    }
}

static enum status read_value(struct reader *r, const struct spot *spot, enum shape_id id,
                              struct value *ret, struct why *why)
{
    const struct shape *shape = &shapes[id];
    switch ((enum shape_type)shape->type) {
    case TYPE_STRUCT:
        TRY(read_struct(r, spot, shape, ret, why));
        break;
    case TYPE_LIST:
        TRY(read_list(r, spot, shape, ret, why));
        break;
    case TYPE_MAP:
        TRY(read_map(r, spot, shape, ret, why));
        break;
    default:
        TRY(read_scalar(r, spot, shape, ret, why));
    }
    ret->shape = (uint16_t)id;
    return STATUS_OK;
}

enum status value_from_json(struct str json, enum shape_id shape, bool strict, struct arena *mem,
                            struct value *ret, struct why *why)
{
    struct reader r = {.mem = mem, .strict = strict};
    struct value value = {.shape = S_NONE};
    json_read_init(&r.json, json, mem);
    enum status status = read_value(&r, NULL, shape, &value, why);
    if (status == STATUS_OK) {
        status = json_read_finish(&r.json, why);
    }
    if (status == STATUS_OK) {
        *ret = value;
        return STATUS_OK;
    }
    if (status == STATUS_NO_MEMORY || why == NULL) {
        return status == STATUS_NO_MEMORY ? status : STATUS_UNREADABLE;
    }
    why->code = STATUS_UNREADABLE; /* the JSON reader's sentence stands */
    return STATUS_UNREADABLE;
}

/* ---- writing --------------------------------------------------------------------------------- */

static int entry_order(const void *a, const void *b)
{
    const struct value_entry *const *left = a, *const *right = b;
    return str_cmp((*left)->key, (*right)->key);
}

static void write_value(struct json_write *out, struct arena *mem, const struct value *value);

static void write_map(struct json_write *out, struct arena *mem, const struct value *map)
{
    const struct value_entry **sorted = NEW_ARRAY(mem, const struct value_entry *, map->count);
    if (sorted == NULL) {
        buf_fail(out->out, STATUS_NO_MEMORY);
        return;
    }
    for (size_t i = 0; i < map->count; i++) {
        sorted[i] = &map->entries[i];
    }
    qsort(sorted, map->count, sizeof(*sorted), entry_order);
    json_write_object(out);
    for (size_t i = 0; i < map->count; i++) {
        json_write_key(out, sorted[i]->key);
        write_value(out, mem, &sorted[i]->value);
    }
    json_write_end(out);
}

static void write_struct(struct json_write *out, struct arena *mem, const struct value *value)
{
    const struct shape *shape = &shapes[value->shape];
    json_write_object(out);
    for (size_t i = 0; i < shape->n; i++) {
        if (value->fields[i].shape != S_NONE) {
            json_write_key(out, member_names[shape->members[i].member]);
            write_value(out, mem, &value->fields[i]);
        }
    }
    json_write_end(out);
}

static void write_blob(struct json_write *out, struct arena *mem, struct str blob)
{
    struct str text = STR_ABSENT;
    enum status status = base64_encode(mem, BASE64_STANDARD, bytes_of_str(blob), &text, NULL);
    if (status != STATUS_OK) {
        buf_fail(out->out, status);
    }
    json_write_string(out, text);
}

static void write_list(struct json_write *out, struct arena *mem, const struct value *list)
{
    json_write_array(out);
    for (size_t i = 0; i < list->count; i++) {
        write_value(out, mem, &list->elements[i]);
    }
    json_write_end(out);
}

static void write_value(struct json_write *out, struct arena *mem, const struct value *value)
{
    switch (value_type(value)) {
    case TYPE_INTEGER:
    case TYPE_LONG:
        json_write_int64(out, value->integer);
        break;
    case TYPE_DOUBLE:
        json_write_double(out, value->number);
        break;
    case TYPE_BOOLEAN:
        json_write_bool(out, value->integer != 0);
        break;
    case TYPE_TIMESTAMP:
        json_write_time(out, value->integer);
        break;
    case TYPE_BLOB:
        write_blob(out, mem, value->text);
        break;
    case TYPE_LIST:
        write_list(out, mem, value);
        break;
    case TYPE_MAP:
        write_map(out, mem, value);
        break;
    case TYPE_STRUCT:
        write_struct(out, mem, value);
        break;
    default:
        json_write_string(out, value->text);
    }
}

enum status value_to_json(const struct value *value, struct arena *mem, struct str *ret,
                          struct why *why)
{
    if (value == NULL) {
        *ret = STR_ABSENT;
        return STATUS_OK;
    }
    struct buf text;
    struct json_write out;
    buf_init(&text, mem, LIMIT_REPLY_BYTES);
    json_write_init(&out, &text);
    write_value(&out, mem, value);
    json_write_finish(&out);
    return buf_finish(&text, ret, why);
}
