/* import_read.c: see import_read.h. */
#include "api/import_read.h"

#include "base/buf.h"
#include "base/limits.h"
#include "codec/uri.h"

#include "base/banned.h"

enum { PATH_MAX_BYTES = 512, PLACES_MAX = 8 };

enum status import_fault(struct import_read *read, const struct import_place *at,
                         enum status status)
{
    const struct import_place *steps[PLACES_MAX];
    size_t n = 0;
    struct buf out;
    if (!str_absent(read->path)) {
        return status;
    }
    for (; at != NULL && n < PLACES_MAX; at = at->up) {
        steps[n++] = at;
    }
    buf_init(&out, read->mem, PATH_MAX_BYTES);
    while (n-- > 0) {
        if (str_absent(steps[n]->member)) {
            buf_put_fmt(&out, "[%zu]", steps[n]->index);
        } else {
            buf_put_fmt(&out, ".%.*s", STR_ARG(str_slice(steps[n]->member, 0, 64)));
        }
    }
    read->path = buf_status(&out) == STATUS_OK ? buf_view(&out) : STR("");
    return status;
}

static enum status fault_of(struct import_read *read, const struct import_place *at,
                            struct str member, enum status status)
{
    const struct import_place here = {at, member, 0};
    return import_fault(read, &here, status);
}

/* *ret is NULL for a member that is absent and may be. */
static enum status get(struct import_read *read, const struct import_place *at,
                       const struct json_value *object, struct str member, bool needed,
                       enum json_type type, const struct json_value **ret, struct why *why)
{
    const struct json_value *value = json_tree_get(object, member);
    if (value != NULL && value->type == JSON_NULL) {
        value = NULL;
    }
    if (value == NULL && needed) {
        return fault_of(read, at, member, why_set(why, STATUS_INVALID, "it is missing"));
    }
    if (value != NULL && type != JSON_BROKEN && value->type != type) {
        return fault_of(read, at, member,
                        why_set(why, STATUS_INVALID, "it is %s and must be %s",
                                json_type_name(value->type), json_type_name(type)));
    }
    *ret = value;
    return STATUS_OK;
}

enum status import_text(struct import_read *read, const struct import_place *at,
                        const struct json_value *object, struct str member, bool needed,
                        struct str *ret, struct why *why)
{
    const struct json_value *value;
    TRY(get(read, at, object, member, needed, JSON_STRING, &value, why));
    *ret = value == NULL ? STR_ABSENT : value->text;
    if (needed && ret->len == 0) {
        return fault_of(read, at, member, why_set(why, STATUS_INVALID, "it is empty"));
    }
    return STATUS_OK;
}

enum status import_flag(struct import_read *read, const struct import_place *at,
                        const struct json_value *object, struct str member, bool *ret,
                        struct why *why)
{
    const struct json_value *value;
    TRY(get(read, at, object, member, false, JSON_BOOL, &value, why));
    *ret = value != NULL && value->boolean;
    return STATUS_OK;
}

enum status import_time(struct import_read *read, const struct import_place *at,
                        const struct json_value *object, struct str member, bool needed,
                        int64_t *ret, struct why *why)
{
    const struct json_value *value;
    double seconds = 0;
    TRY(get(read, at, object, member, needed, JSON_BROKEN, &value, why));
    *ret = TIME_NEVER;
    if (value == NULL) {
        return STATUS_OK;
    }
    if (value->type == JSON_STRING) {
        enum status status = time_parse(value->text, ret, why);
        return status == STATUS_OK ? STATUS_OK : fault_of(read, at, member, status);
    }
    if (value->type != JSON_NUMBER || json_number_double(value->text, &seconds, NULL) != 0 ||
        seconds < 0 || seconds > 1e11) {
        return fault_of(
            read, at, member,
            why_set(why, STATUS_INVALID, "it must be a date and time, or seconds since 1970"));
    }
    *ret = (int64_t)(seconds * SECOND_MS + 0.5);
    return STATUS_OK;
}

enum status import_list(struct import_read *read, const struct import_place *at,
                        const struct json_value *object, struct str member,
                        const struct json_value **ret, struct why *why)
{
    return get(read, at, object, member, false, JSON_ARRAY, ret, why);
}

enum status import_compact(struct import_read *read, const struct json_value *value,
                           struct str *ret, struct why *why)
{
    struct buf out;
    struct json_write w;
    if (value == NULL) {
        *ret = STR_ABSENT;
        return STATUS_OK;
    }
    buf_init(&out, read->mem, LIMIT_BODY_BYTES);
    json_write_init(&w, &out);
    json_tree_write(&w, value);
    json_write_finish(&w);
    return buf_finish(&out, ret, why);
}

/* The tree of a document that came as text. */
static enum status read_text(struct import_read *read, struct str text,
                             const struct json_value **ret, struct why *why)
{
    if (str_starts(text, STR("%"))) {
        TRY(uri_decode(read->mem, text, &text, why));
    }
    return json_tree_read(text, read->mem, ret, why);
}

enum status import_document(struct import_read *read, const struct import_place *at,
                            const struct json_value *object, struct str member, struct str *ret,
                            struct why *why)
{
    const struct json_value *value;
    enum status status = STATUS_OK;
    TRY(get(read, at, object, member, true, JSON_BROKEN, &value, why));
    if (value->type == JSON_STRING) {
        status = read_text(read, value->text, &value, why);
    } else if (value->type != JSON_OBJECT) {
        status = why_set(why, STATUS_INVALID, "it is %s and must be a policy document",
                         json_type_name(value->type));
    }
    if (status == STATUS_OK) {
        status = import_compact(read, value, ret, why);
    }
    return status == STATUS_OK ? STATUS_OK : fault_of(read, at, member, status);
}

static enum status read_tag(struct import_read *read, const struct import_place *at,
                            const struct json_value *value, struct tag_pair *ret, struct why *why)
{
    TRY(import_text(read, at, value, STR("Key"), true, &ret->key, why));
    TRY(import_text(read, at, value, STR("Value"), false, &ret->value, why));
    ret->value = str_absent(ret->value) ? STR("") : ret->value;
    return STATUS_OK;
}

enum status import_tags(struct import_read *read, const struct import_place *at,
                        const struct json_value *object, struct str member, struct tags *ret,
                        struct why *why)
{
    const struct json_value *list;
    const struct import_place here = {at, member, 0};
    size_t n = 0;
    TRY(import_list(read, at, object, member, &list, why));
    struct tag_pair *items = NEW_ARRAY(read->mem, struct tag_pair, list == NULL ? 0 : list->n);
    TRY_PTR(items);
    for (const struct json_value *v = JSON_FIRST(list); v != NULL; v = v->next, n++) {
        const struct import_place item = {&here, STR_ABSENT, n};
        TRY(read_tag(read, &item, v, &items[n], why));
    }
    *ret = (struct tags){items, n};
    return STATUS_OK;
}
