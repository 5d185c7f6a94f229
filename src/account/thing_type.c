/* thing_type.c: see thing_type.h. */
#include "account/thing_type.h"

#include <inttypes.h>

#include "account/quotas.h"
#include "base/limits.h"
#include "codec/json_write.h"

#include "base/banned.h"

static const struct str KIND = STR_INIT("thingtype");

enum status thing_type_get(const struct account_ctx *ctx, struct str name, struct thing_type *ret,
                           struct why *why)
{
    struct thing_type row = {.name = name};
    enum status status = store_get(ctx->tx, TABLE(thing_type), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_resource(why, ctx, KIND, name,
                            why_set(why, status, "no thing type is named %.*s", STR_ARG(name)));
    }
    TRY(status);
    *ret = row;
    return STATUS_OK;
}

enum status thing_type_assignable(const struct account_ctx *ctx, struct str name, struct why *why)
{
    struct thing_type type;
    TRY(thing_type_get(ctx, name, &type, why));
    if (type.deprecated) {
        return why_resource(why, ctx, KIND, name,
                            why_set(why, STATUS_INVALID,
                                    "thing type %.*s is deprecated: no further thing may have it",
                                    STR_ARG(name)));
    }
    return STATUS_OK;
}

/* ---- properties -------------------------------------------------------------------------------
 */

static enum status searchable_check(struct str name, const struct thing_type_properties *in,
                                    struct why *why)
{
    if (in->n_searchable > QUOTA_SEARCHABLE_ATTRIBUTES) {
        return why_set(why, STATUS_INVALID,
                       "thing type %.*s would have %zu searchable attributes; it may have %d",
                       STR_ARG(name), in->n_searchable, QUOTA_SEARCHABLE_ATTRIBUTES);
    }
    for (size_t i = 1; i < in->n_searchable; i++) {
        for (size_t j = 0; j < i; j++) {
            if (str_eq(in->searchable[i], in->searchable[j])) {
                return why_set(why, STATUS_INVALID,
                               "searchable attribute %.*s of thing type %.*s is given twice",
                               STR_ARG(in->searchable[i]), STR_ARG(name));
            }
        }
    }
    return STATUS_OK;
}

static enum status propagating_check_one(struct str name, const struct thing_type_properties *in,
                                         size_t i, struct why *why)
{
    const struct propagating *one = &in->propagating[i];
    if (str_absent(one->user_property)) {
        return why_set(why, STATUS_INVALID,
                       "propagating attribute %zu of thing type %.*s has no userPropertyKey", i + 1,
                       STR_ARG(name));
    }
    if (str_absent(one->thing_attribute) == str_absent(one->connection_attribute)) {
        return why_set(why, STATUS_INVALID,
                       "user property %.*s of thing type %.*s needs a thingAttribute or a "
                       "connectionAttribute, and not both",
                       STR_ARG(one->user_property), STR_ARG(name));
    }
    for (size_t j = 0; j < i; j++) {
        if (str_eq(one->user_property, in->propagating[j].user_property)) {
            return why_set(why, STATUS_INVALID,
                           "user property %.*s of thing type %.*s is given twice",
                           STR_ARG(one->user_property), STR_ARG(name));
        }
    }
    return STATUS_OK;
}

static enum status propagating_check(struct str name, const struct thing_type_properties *in,
                                     struct why *why)
{
    if (in->n_propagating > QUOTA_PROPAGATING_ATTRIBUTES) {
        return why_set(why, STATUS_INVALID,
                       "thing type %.*s would have %zu propagating attributes; it may have %d",
                       STR_ARG(name), in->n_propagating, QUOTA_PROPAGATING_ATTRIBUTES);
    }
    for (size_t i = 0; i < in->n_propagating; i++) {
        TRY(propagating_check_one(name, in, i, why));
    }
    return STATUS_OK;
}

static enum status searchable_json(struct arena *mem, const struct thing_type_properties *in,
                                   struct str *ret, struct why *why)
{
    struct buf text;
    struct json_write w;
    buf_init(&text, mem, LIMIT_BODY_BYTES);
    json_write_init(&w, &text);
    json_write_array(&w);
    for (size_t i = 0; i < in->n_searchable; i++) {
        json_write_string(&w, in->searchable[i]);
    }
    json_write_end(&w);
    json_write_finish(&w);
    return buf_finish(&text, ret, why);
}

/* The mqtt5Configuration object as the API has it, members sorted. */
static enum status mqtt5_json(struct arena *mem, const struct thing_type_properties *in,
                              struct str *ret, struct why *why)
{
    struct buf text;
    struct json_write w;
    buf_init(&text, mem, LIMIT_BODY_BYTES);
    json_write_init(&w, &text);
    json_write_object(&w);
    json_write_key(&w, STR("propagatingAttributes"));
    json_write_array(&w);
    for (size_t i = 0; i < in->n_propagating; i++) {
        json_write_object(&w);
        json_write_member(&w, STR("connectionAttribute"), in->propagating[i].connection_attribute);
        json_write_member(&w, STR("thingAttribute"), in->propagating[i].thing_attribute);
        json_write_member(&w, STR("userPropertyKey"), in->propagating[i].user_property);
        json_write_end(&w);
    }
    json_write_end(&w);
    json_write_end(&w);
    json_write_finish(&w);
    return buf_finish(&text, ret, why);
}

static enum status properties_apply(const struct account_ctx *ctx,
                                    const struct thing_type_properties *in, struct thing_type *row,
                                    struct why *why)
{
    TRY(searchable_check(row->name, in, why));
    TRY(propagating_check(row->name, in, why));
    if (!str_absent(in->description)) {
        row->description = in->description;
    }
    if (in->has_searchable) {
        TRY(searchable_json(ctx->mem, in, &row->searchable, why));
    }
    if (in->has_mqtt5) {
        row->mqtt5 = STR_ABSENT;
    }
    if (in->n_propagating > 0) {
        TRY(mqtt5_json(ctx->mem, in, &row->mqtt5, why));
    }
    return STATUS_OK;
}

/* ---- life -------------------------------------------------------------------------------------
 */

static bool same_configuration(const struct thing_type *a, const struct thing_type *b)
{
    return str_eq(a->description, b->description) && str_eq(a->searchable, b->searchable) &&
           str_eq(a->mqtt5, b->mqtt5);
}

enum status thing_type_create(const struct account_ctx *ctx, struct str name,
                              const struct thing_type_properties *in, struct tags tags,
                              struct thing_type *ret, struct why *why)
{
    struct thing_type row = {.name = name,
                             .searchable = STR("[]"),
                             .created = clock_now(&ctx->clock),
                             .deprecated_at = TIME_NEVER};
    TRY(properties_apply(ctx, in, &row, why));
    struct thing_type old;
    enum status status = thing_type_get(ctx, name, &old, why);
    if (status == STATUS_OK && same_configuration(&old, &row)) {
        *ret = old;
        return STATUS_OK;
    }
    if (status == STATUS_OK) {
        return why_resource(why, ctx, KIND, name,
                            why_set(why, STATUS_EXISTS,
                                    "thing type %.*s exists with other properties", STR_ARG(name)));
    }
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    TRY(account_uuid(ctx, &row.type_id, why));
    TRY(store_insert(ctx->tx, TABLE(thing_type), &row, why));
    TRY(tags_put(ctx, KIND, name, tags, why));
    *ret = row;
    return STATUS_OK;
}

enum status thing_type_update(const struct account_ctx *ctx, struct str name,
                              const struct thing_type_properties *in, struct why *why)
{
    struct thing_type row;
    TRY(thing_type_get(ctx, name, &row, why));
    TRY(properties_apply(ctx, in, &row, why));
    return store_put(ctx->tx, TABLE(thing_type), &row, why);
}

enum status thing_type_deprecate(const struct account_ctx *ctx, struct str name, bool undo,
                                 struct why *why)
{
    struct thing_type row;
    TRY(thing_type_get(ctx, name, &row, why));
    if (row.deprecated == !undo) {
        return STATUS_OK;
    }
    row.deprecated = !undo;
    row.deprecated_at = undo ? TIME_NEVER : clock_now(&ctx->clock);
    return store_put(ctx->tx, TABLE(thing_type), &row, why);
}

static enum status deletable(const struct account_ctx *ctx, const struct thing_type *type,
                             struct why *why)
{
    if (!type->deprecated) {
        return why_set(why, STATUS_INVALID,
                       "thing type %.*s is not deprecated; only a deprecated type can be deleted",
                       STR_ARG(type->name));
    }
    int64_t waited = clock_now(&ctx->clock) - type->deprecated_at;
    int64_t needed = (int64_t)QUOTA_TYPE_DELETE_MINUTES * MINUTE_MS;
    if (waited < needed) {
        return why_set(why, STATUS_INVALID,
                       "thing type %.*s was deprecated %" PRId64
                       " seconds ago; it can be deleted %d minutes after, in %" PRId64 " seconds",
                       STR_ARG(type->name), waited / SECOND_MS, QUOTA_TYPE_DELETE_MINUTES,
                       (needed - waited + SECOND_MS - 1) / SECOND_MS);
    }
    struct thing prefix = {.type_name = type->name};
    struct store_range range = {.index = INDEX(thing, by_type), .prefix = &prefix, .n_prefix = 1};
    size_t n;
    TRY(store_count(ctx->tx, TABLE(thing), &range, 1, &n, why));
    if (n > 0) {
        return why_set(why, STATUS_INVALID,
                       "thing type %.*s cannot be deleted while things have it",
                       STR_ARG(type->name));
    }
    return STATUS_OK;
}

enum status thing_type_delete(const struct account_ctx *ctx, struct str name, struct why *why)
{
    struct thing_type row;
    TRY(thing_type_get(ctx, name, &row, why));
    TRY(deletable(ctx, &row, why));
    TRY(tags_drop(ctx, KIND, name, why));
    return store_delete(ctx->tx, TABLE(thing_type), &row, why);
}

enum status thing_types_list(const struct account_ctx *ctx, struct str name,
                             const struct page *page, struct page_rows *ret, struct why *why)
{
    struct thing_type key = {.name = name};
    struct store_range range = {0};
    if (!str_absent(name)) {
        range = (struct store_range){.prefix = &key, .n_prefix = 1};
    }
    return page_read(ctx, TABLE(thing_type), &range, page, NULL, ret, why);
}
