#include "api/value_xml.h"

#include <stdio.h>

#include "codec/base64.h"
#include "codec/json_write.h"

#include "base/banned.h"

static void write_named(struct xml_write *out, struct str name, const struct value *value,
                        struct arena *mem)
{
    xml_write_begin(out, name);
    value_to_xml(out, value, mem);
    xml_write_end(out);
}

static void write_map(struct xml_write *out, const struct value *map, struct arena *mem)
{
    const struct shape *shape = &shapes[map->shape];
    bool named = shape->entry != NULL;
    for (size_t i = 0; i < map->count; i++) {
        xml_write_begin(out, STR("entry"));
        xml_write_leaf(out, named ? str_from(shape->entry[0]) : STR("key"), map->entries[i].key);
        write_named(out, named ? str_from(shape->entry[1]) : STR("value"), &map->entries[i].value,
                    mem);
        xml_write_end(out);
    }
}

static void write_struct(struct xml_write *out, const struct value *value, struct arena *mem)
{
    const struct shape *shape = &shapes[value->shape];
    for (size_t i = 0; i < shape->n; i++) {
        if (value->fields[i].shape != S_NONE) {
            write_named(out, member_wire(&shape->members[i]), &value->fields[i], mem);
        }
    }
}

static void write_double(struct xml_write *out, double number, struct arena *mem)
{
    struct buf text;
    struct json_write w;
    buf_init(&text, mem, 64);
    json_write_init(&w, &text);
    json_write_double(&w, number);
    if (buf_status(&text) != STATUS_OK) {
        buf_fail(out->out, buf_status(&text));
    }
    xml_write_text(out, buf_view(&text));
}

static void write_blob(struct xml_write *out, struct str blob, struct arena *mem)
{
    struct str text = STR("");
    enum status status = base64_encode(mem, BASE64_STANDARD, bytes_of_str(blob), &text, NULL);
    if (status != STATUS_OK) {
        buf_fail(out->out, status);
    }
    xml_write_text(out, text);
}

static void write_number(struct xml_write *out, int64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)number);
    xml_write_text(out, str_from(text));
}

void value_to_xml(struct xml_write *out, const struct value *value, struct arena *mem)
{
    char time[TIME_TEXT_MAX];
    switch (value_type(value)) {
    case TYPE_STRUCT:
        write_struct(out, value, mem);
        break;
    case TYPE_LIST:
        for (size_t i = 0; i < value->count; i++) {
            write_named(out, STR("member"), &value->elements[i], mem);
        }
        break;
    case TYPE_MAP:
        write_map(out, value, mem);
        break;
    case TYPE_INTEGER:
    case TYPE_LONG:
        write_number(out, value->integer);
        break;
    case TYPE_BOOLEAN:
        xml_write_text(out, value->integer != 0 ? STR("true") : STR("false"));
        break;
    case TYPE_TIMESTAMP:
        xml_write_text(out, str_from(time_format(value->integer, time)));
        break;
    case TYPE_DOUBLE:
        write_double(out, value->number, mem);
        break;
    case TYPE_BLOB:
        write_blob(out, value->text, mem);
        break;
    default:
        xml_write_text(out, value->text);
    }
}
