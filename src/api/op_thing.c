/* op_thing.c: things. */
#include "account/thing.h"
#include "api/handlers.h"
#include "api/page.h"
#include "api/unpack.h"

#include "base/banned.h"

enum status op_CreateThing(struct call *call, struct why *why)
{
    if (arg_has(call, M_billingGroupName)) {
        return why_set(why, STATUS_UNSUPPORTED,
                       "billingGroupName cannot be given: billing groups are not offered here");
    }
    struct account_ctx ctx = call_account(call);
    struct thing_create in = {.name = arg_str(call, M_thingName),
                              .type_name = arg_str(call, M_thingTypeName)};
    struct thing thing;
    struct str arn;
    TRY(unpack_attributes(call, arg_get(call, M_attributePayload), &in.attributes, why));
    TRY(thing_create(&ctx, &in, &thing, why));
    TRY(call_arn(call, STR("thing"), thing.name, &arn, why));
    reply_str(call, M_thingName, thing.name);
    reply_str(call, M_thingArn, arn);
    reply_str(call, M_thingId, thing.thing_id);
    return STATUS_OK;
}

enum status op_UpdateThing(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct thing_update in = {.name = arg_str(call, M_thingName),
                              .type_name = arg_str(call, M_thingTypeName),
                              .remove_type = arg_bool(call, M_removeThingType, false),
                              .expected_version = unpack_int(call, M_expectedVersion)};
    TRY(unpack_attributes(call, arg_get(call, M_attributePayload), &in.attributes, why));
    return thing_update(&ctx, &in, why);
}

enum status op_DeleteThing(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return thing_delete(&ctx, arg_str(call, M_thingName), unpack_int(call, M_expectedVersion), why);
}

/* What DescribeThing and ListThings both show. */
static enum status reply_thing(struct call *call, const struct thing *thing, struct why *why)
{
    struct str arn;
    TRY(call_arn(call, STR("thing"), thing->name, &arn, why));
    reply_str(call, M_thingName, thing->name);
    reply_str(call, M_thingArn, arn);
    if (thing->type_name.len > 0) {
        reply_str(call, M_thingTypeName, thing->type_name);
    }
    reply_json(call, M_attributes, thing->attributes);
    reply_int(call, M_version, thing->version);
    return STATUS_OK;
}

enum status op_DescribeThing(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct thing thing;
    TRY(thing_get(&ctx, arg_str(call, M_thingName), &thing, why));
    reply_str(call, M_defaultClientId, thing.name);
    reply_str(call, M_thingId, thing.thing_id);
    return reply_thing(call, &thing, why);
}

enum status op_ListThings(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct things_filter filter = {.type_name = arg_str(call, M_thingTypeName),
                                   .attribute = arg_str(call, M_attributeName),
                                   .value = arg_str(call, M_attributeValue),
                                   .prefix = arg_bool(call, M_usePrefixAttributeValue, false)};
    struct page page;
    struct page_rows rows;
    TRY(call_page(call, &page, why));
    TRY(things_list(&ctx, &filter, &page, &rows, why));
    const struct thing *things = rows.rows;
    reply_begin_list(call, M_things);
    for (size_t i = 0; i < rows.n; i++) {
        reply_begin_item(call);
        TRY(reply_thing(call, &things[i], why));
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}
