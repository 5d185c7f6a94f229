#include "api/value.h"

#include "base/banned.h"

const struct value *value_get(const struct value *in, enum member_id member)
{
    if (in == NULL) {
        return NULL;
    }
    const struct shape *shape = &shapes[in->shape];
    const struct shape_member *found = shape_member_find(shape, member);
    if (found == NULL) {
        return NULL;
    }
    const struct value *value = &in->fields[found - shape->members];
    return value->shape == S_NONE ? NULL : value;
}

struct str value_str(const struct value *in, enum member_id member)
{
    return value_text(value_get(in, member));
}

int64_t value_int(const struct value *in, enum member_id member, int64_t fallback)
{
    const struct value *value = value_get(in, member);
    return value == NULL ? fallback : value->integer;
}

bool value_bool(const struct value *in, enum member_id member, bool fallback)
{
    return value_int(in, member, fallback) != 0;
}

double value_double(const struct value *in, enum member_id member, double fallback)
{
    const struct value *value = value_get(in, member);
    return value == NULL ? fallback : value->number;
}

int64_t value_time(const struct value *in, enum member_id member)
{
    return value_int(in, member, TIME_NEVER);
}

const struct value *value_at(const struct value *value, size_t i)
{
    return value_type(value) == TYPE_MAP ? &value->entries[i].value : &value->elements[i];
}

struct str value_key(const struct value *map, size_t i)
{
    return map->entries[i].key;
}

const struct value *value_find(const struct value *map, struct str key)
{
    for (size_t i = 0; i < value_count(map); i++) {
        if (str_eq(map->entries[i].key, key)) {
            return &map->entries[i].value;
        }
    }
    return NULL;
}

struct str value_text(const struct value *value)
{
    return value == NULL ? STR_ABSENT : value->text;
}
