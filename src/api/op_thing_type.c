/* op_thing_type.c: thing types. */
#include "account/thing_type.h"
#include "api/handlers.h"
#include "api/page.h"
#include "api/unpack.h"

#include "base/banned.h"

static enum status unpack_propagating(const struct call *call, const struct value *list,
                                      struct thing_type_properties *ret, struct why *why)
{
    size_t n = value_count(list);
    struct propagating *items = NEW_ARRAY(call->mem, struct propagating, n);
    TRY_PTR(items);
    for (size_t i = 0; i < n; i++) {
        const struct value *one = value_at(list, i);
        items[i] = (struct propagating){value_str(one, M_userPropertyKey),
                                        value_str(one, M_thingAttribute),
                                        value_str(one, M_connectionAttribute)};
    }
    ret->propagating = items;
    ret->n_propagating = n;
    return STATUS_OK;
}

static enum status unpack_properties(const struct call *call, struct thing_type_properties *ret,
                                     struct why *why)
{
    const struct value *in = arg_get(call, M_thingTypeProperties);
    const struct value *mqtt5 = value_get(in, M_mqtt5Configuration);
    *ret = (struct thing_type_properties){.description = value_str(in, M_thingTypeDescription),
                                          .has_searchable = value_has(in, M_searchableAttributes),
                                          .has_mqtt5 = mqtt5 != NULL};
    TRY(unpack_texts(call, value_get(in, M_searchableAttributes), &ret->searchable,
                     &ret->n_searchable, why));
    return unpack_propagating(call, value_get(mqtt5, M_propagatingAttributes), ret, why);
}

enum status op_CreateThingType(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct thing_type_properties properties;
    struct tags tags;
    struct thing_type type;
    struct str arn;
    TRY(unpack_properties(call, &properties, why));
    TRY(unpack_tags(call, M_tags, &tags, why));
    TRY(thing_type_create(&ctx, arg_str(call, M_thingTypeName), &properties, tags, &type, why));
    TRY(call_arn(call, STR("thingtype"), type.name, &arn, why));
    reply_str(call, M_thingTypeName, type.name);
    reply_str(call, M_thingTypeArn, arn);
    reply_str(call, M_thingTypeId, type.type_id);
    return STATUS_OK;
}

enum status op_UpdateThingType(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct thing_type_properties properties;
    TRY(unpack_properties(call, &properties, why));
    return thing_type_update(&ctx, arg_str(call, M_thingTypeName), &properties, why);
}

enum status op_DeprecateThingType(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return thing_type_deprecate(&ctx, arg_str(call, M_thingTypeName),
                                arg_bool(call, M_undoDeprecate, false), why);
}

enum status op_DeleteThingType(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return thing_type_delete(&ctx, arg_str(call, M_thingTypeName), why);
}

/* What DescribeThingType and ListThingTypes both show. */
static enum status reply_type(struct call *call, const struct thing_type *type, struct why *why)
{
    struct str arn;
    TRY(call_arn(call, STR("thingtype"), type->name, &arn, why));
    reply_str(call, M_thingTypeName, type->name);
    reply_str(call, M_thingTypeArn, arn);
    reply_begin(call, M_thingTypeProperties);
    reply_str(call, M_thingTypeDescription, type->description);
    reply_json(call, M_searchableAttributes, type->searchable);
    if (!str_absent(type->mqtt5)) {
        reply_json(call, M_mqtt5Configuration, type->mqtt5);
    }
    reply_end(call);
    reply_begin(call, M_thingTypeMetadata);
    reply_bool(call, M_deprecated, type->deprecated != 0);
    reply_time(call, M_deprecationDate, type->deprecated_at);
    reply_time(call, M_creationDate, type->created);
    reply_end(call);
    return STATUS_OK;
}

enum status op_DescribeThingType(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct thing_type type;
    TRY(thing_type_get(&ctx, arg_str(call, M_thingTypeName), &type, why));
    reply_str(call, M_thingTypeId, type.type_id);
    return reply_type(call, &type, why);
}

enum status op_ListThingTypes(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct page page;
    struct page_rows rows;
    TRY(call_page(call, &page, why));
    TRY(thing_types_list(&ctx, arg_str(call, M_thingTypeName), &page, &rows, why));
    const struct thing_type *types = rows.rows;
    reply_begin_list(call, M_thingTypes);
    for (size_t i = 0; i < rows.n; i++) {
        reply_begin_item(call);
        TRY(reply_type(call, &types[i], why));
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}
