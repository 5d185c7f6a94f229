/* op_thing_group.c: thing groups, static and dynamic, and who is in them. */
#include "account/membership.h"
#include "api/handlers.h"
#include "api/page.h"
#include "api/unpack.h"

#include "base/banned.h"

/* A group is shown as its name and its ARN in every list. */
static enum status reply_group_ref(struct call *call, struct str name, struct why *why)
{
    struct str arn;
    TRY(call_arn(call, STR("thinggroup"), name, &arn, why));
    reply_begin_item(call);
    reply_str(call, M_groupName, name);
    reply_str(call, M_groupArn, arn);
    reply_end_item(call);
    return STATUS_OK;
}

/* ---- making, changing, deleting ---------------------------------------------------------------
 */

static struct group_query unpack_query(const struct call *call)
{
    return (struct group_query){.query_string = arg_str(call, M_queryString),
                                .index_name = arg_str(call, M_indexName),
                                .query_version = arg_str(call, M_queryVersion)};
}

static enum status create(struct call *call, bool dynamic, struct thing_group *ret, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    const struct value *properties = arg_get(call, M_thingGroupProperties);
    struct group_create in = {.name = arg_str(call, M_thingGroupName),
                              .description = value_str(properties, M_thingGroupDescription),
                              .dynamic = dynamic};
    if (dynamic) {
        in.query = unpack_query(call);
    } else {
        in.parent = arg_str(call, M_parentGroupName);
    }
    struct str arn;
    TRY(unpack_attributes(call, value_get(properties, M_attributePayload), &in.attributes, why));
    TRY(unpack_tags(call, M_tags, &in.tags, why));
    TRY(group_create(&ctx, &in, ret, why));
    TRY(call_arn(call, STR("thinggroup"), ret->name, &arn, why));
    reply_str(call, M_thingGroupName, ret->name);
    reply_str(call, M_thingGroupArn, arn);
    reply_str(call, M_thingGroupId, ret->group_id);
    return STATUS_OK;
}

enum status op_CreateThingGroup(struct call *call, struct why *why)
{
    struct thing_group group;
    return create(call, false, &group, why);
}

enum status op_CreateDynamicThingGroup(struct call *call, struct why *why)
{
    struct thing_group group;
    TRY(create(call, true, &group, why));
    reply_str(call, M_indexName, group.index_name);
    reply_str(call, M_queryString, group.query_string);
    reply_str(call, M_queryVersion, group.query_version);
    return STATUS_OK;
}

static enum status update(struct call *call, bool dynamic, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    const struct value *properties = arg_get(call, M_thingGroupProperties);
    struct group_update in = {.name = arg_str(call, M_thingGroupName),
                              .dynamic = dynamic,
                              .description = value_str(properties, M_thingGroupDescription),
                              .expected_version = unpack_int(call, M_expectedVersion)};
    if (dynamic) {
        in.query = unpack_query(call);
    }
    int64_t version;
    TRY(unpack_attributes(call, value_get(properties, M_attributePayload), &in.attributes, why));
    TRY(group_update(&ctx, &in, &version, why));
    reply_int(call, M_version, version);
    return STATUS_OK;
}

enum status op_UpdateThingGroup(struct call *call, struct why *why)
{
    return update(call, false, why);
}

enum status op_UpdateDynamicThingGroup(struct call *call, struct why *why)
{
    return update(call, true, why);
}

enum status op_DeleteThingGroup(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return group_delete(&ctx, arg_str(call, M_thingGroupName), false,
                        unpack_int(call, M_expectedVersion), why);
}

enum status op_DeleteDynamicThingGroup(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return group_delete(&ctx, arg_str(call, M_thingGroupName), true,
                        unpack_int(call, M_expectedVersion), why);
}

/* ---- showing ----------------------------------------------------------------------------------
 */

static enum status reply_metadata(struct call *call, const struct thing_group *group,
                                  const struct group_path *above, struct why *why)
{
    reply_begin(call, M_thingGroupMetadata);
    if (above->n > 0) {
        reply_str(call, M_parentGroupName, group->parent);
        reply_begin_list(call, M_rootToParentThingGroups);
        for (size_t i = 0; i < above->n; i++) {
            TRY(reply_group_ref(call, above->names[i], why));
        }
        reply_end_list(call);
    }
    reply_time(call, M_creationDate, group->created);
    reply_end(call);
    return STATUS_OK;
}

enum status op_DescribeThingGroup(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct thing_group group;
    struct group_path above;
    struct str arn;
    TRY(group_get(&ctx, arg_str(call, M_thingGroupName), &group, why));
    TRY(group_path_get(&ctx, &group, &above, why));
    TRY(call_arn(call, STR("thinggroup"), group.name, &arn, why));
    reply_str(call, M_thingGroupName, group.name);
    reply_str(call, M_thingGroupId, group.group_id);
    reply_str(call, M_thingGroupArn, arn);
    reply_int(call, M_version, group.version);
    reply_begin(call, M_thingGroupProperties);
    reply_str(call, M_thingGroupDescription, group.description);
    reply_begin(call, M_attributePayload);
    reply_json(call, M_attributes, group.attributes);
    reply_end(call);
    reply_end(call);
    TRY(reply_metadata(call, &group, &above, why));
    reply_str(call, M_indexName, group.index_name);
    reply_str(call, M_queryString, group.query_string);
    reply_str(call, M_queryVersion, group.query_version);
    reply_str(call, M_status, group.status);
    return STATUS_OK;
}

enum status op_ListThingGroups(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct groups_filter filter = {.parent = arg_str(call, M_parentGroup),
                                   .name_prefix = arg_str(call, M_namePrefixFilter),
                                   .recursive = unpack_bool(call, M_recursive)};
    struct page page;
    struct page_rows rows;
    TRY(call_page(call, &page, why));
    TRY(groups_list(&ctx, &filter, &page, &rows, why));
    const struct thing_group *groups = rows.rows;
    reply_begin_list(call, M_thingGroups);
    for (size_t i = 0; i < rows.n; i++) {
        TRY(reply_group_ref(call, groups[i].name, why));
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}

/* ---- members ----------------------------------------------------------------------------------
 */

static struct membership unpack_membership(const struct call *call)
{
    return (struct membership){.thing_name = arg_str(call, M_thingName),
                               .thing_arn = arg_str(call, M_thingArn),
                               .group_name = arg_str(call, M_thingGroupName),
                               .group_arn = arg_str(call, M_thingGroupArn)};
}

enum status op_AddThingToThingGroup(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct membership in = unpack_membership(call);
    return membership_add(&ctx, &in, why);
}

enum status op_RemoveThingFromThingGroup(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct membership in = unpack_membership(call);
    return membership_remove(&ctx, &in, why);
}

enum status op_UpdateThingGroupsForThing(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct memberships_update in = {.thing = arg_str(call, M_thingName)};
    TRY(unpack_texts(call, arg_get(call, M_thingGroupsToAdd), &in.add, &in.n_add, why));
    TRY(unpack_texts(call, arg_get(call, M_thingGroupsToRemove), &in.remove, &in.n_remove, why));
    return memberships_update(&ctx, &in, why);
}

enum status op_ListThingGroupsForThing(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct page page;
    struct page_rows rows;
    TRY(call_page(call, &page, why));
    TRY(groups_of_thing(&ctx, arg_str(call, M_thingName), &page, &rows, why));
    const struct group_member *members = rows.rows;
    reply_begin_list(call, M_thingGroups);
    for (size_t i = 0; i < rows.n; i++) {
        TRY(reply_group_ref(call, members[i].group_name, why));
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}

enum status op_ListThingsInThingGroup(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct page page;
    struct page_rows rows;
    TRY(call_page(call, &page, why));
    TRY(things_of_group(&ctx, arg_str(call, M_thingGroupName), arg_bool(call, M_recursive, false),
                        &page, &rows, why));
    const struct group_member *members = rows.rows;
    reply_begin_list(call, M_things);
    for (size_t i = 0; i < rows.n; i++) {
        reply_item_str(call, members[i].thing);
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}
