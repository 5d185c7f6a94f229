/* op_mitigation_action.c: mitigation actions. */
#include "api/handlers.h"
#include "api/page.h"
#include "api/unpack.h"
#include "mitigate/action.h"

#include "base/banned.h"

/* ---- parameters ------------------------------------------------------------------------------ */

static const struct {
    enum member_id member;
    enum action_kind kind;
} params_members[] = {
    {M_updateDeviceCertificateParams, ACTION_UPDATE_DEVICE_CERTIFICATE},
    {M_updateCACertificateParams, ACTION_UPDATE_CA_CERTIFICATE},
    {M_addThingsToThingGroupParams, ACTION_ADD_THINGS_TO_THING_GROUP},
    {M_replaceDefaultPolicyVersionParams, ACTION_REPLACE_DEFAULT_POLICY_VERSION},
    {M_enableIoTLoggingParams, ACTION_ENABLE_IOT_LOGGING},
    {M_publishFindingToSnsParams, ACTION_PUBLISH_FINDING_TO_SNS},
};

static void unpack_groups(const struct value *of, struct action_params *params)
{
    const struct value *names = value_get(of, M_thingGroupNames);
    params->override_dynamic = value_bool(of, M_overrideDynamicGroups, false);
    for (size_t i = 0; i < value_count(names) && params->n_groups < ACTION_GROUPS_MAX; i++) {
        params->groups[params->n_groups++] = value_text(value_at(names, i));
    }
}

static enum status unpack_params(const struct call *call, struct action_params *ret,
                                 struct why *why)
{
    const struct value *in = arg_get(call, M_actionParams);
    struct action_params params = {.n_groups = 0};
    size_t given = 0;
    for (size_t i = 0; i < sizeof params_members / sizeof params_members[0]; i++) {
        const struct value *of = value_get(in, params_members[i].member);
        if (of == NULL) {
            continue;
        }
        given++;
        params.kind = params_members[i].kind;
        if (params.kind == ACTION_ADD_THINGS_TO_THING_GROUP) {
            unpack_groups(of, &params);
        } else if (params.kind == ACTION_ENABLE_IOT_LOGGING) {
            params.logging_role = value_str(of, M_roleArnForLogging);
            params.log_level = value_str(of, M_logLevel);
        } else if (params.kind == ACTION_PUBLISH_FINDING_TO_SNS) {
            params.topic_arn = value_str(of, M_topicArn);
        }
    }
    if (given != 1) {
        return why_set(why, STATUS_INVALID,
                       "actionParams must have the parameters of exactly one kind of action; it "
                       "has those of %zu",
                       given);
    }
    *ret = params;
    return STATUS_OK;
}

/* ---- the operations -------------------------------------------------------------------------- */

static enum status reply_name(struct call *call, const struct mitigation_action *action,
                              struct why *why)
{
    struct str arn;
    TRY(call_arn(call, STR("mitigationaction"), action->name, &arn, why));
    reply_str(call, M_actionArn, arn);
    return STATUS_OK;
}

static enum status reply_changed(struct call *call, const struct mitigation_action *action,
                                 struct why *why)
{
    TRY(reply_name(call, action, why));
    reply_str(call, M_actionId, action->action_id);
    return STATUS_OK;
}

enum status op_CreateMitigationAction(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct action_new in = {.name = arg_str(call, M_actionName),
                            .role_arn = arg_str(call, M_roleArn)};
    struct mitigation_action action;
    TRY(unpack_params(call, &in.params, why));
    TRY(unpack_tags(call, M_tags, &in.tags, why));
    TRY(action_create(&ctx, &in, &action, why));
    return reply_changed(call, &action, why);
}

enum status op_UpdateMitigationAction(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    bool has_params = arg_has(call, M_actionParams);
    struct action_params params;
    struct mitigation_action action;
    if (has_params) {
        TRY(unpack_params(call, &params, why));
    }
    TRY(action_update(&ctx, arg_str(call, M_actionName), arg_str(call, M_roleArn),
                      has_params ? &params : NULL, &action, why));
    return reply_changed(call, &action, why);
}

enum status op_DescribeMitigationAction(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct mitigation_action action;
    TRY(action_get(&ctx, arg_str(call, M_actionName), &action, why));
    reply_str(call, M_actionName, action.name);
    reply_str(call, M_actionType, action.kind);
    TRY(reply_changed(call, &action, why));
    reply_str(call, M_roleArn, action.role_arn);
    reply_json(call, M_actionParams, action.params);
    reply_time(call, M_creationDate, action.created);
    reply_time(call, M_lastModifiedDate, action.modified);
    return STATUS_OK;
}

enum status op_DeleteMitigationAction(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    return action_delete(&ctx, arg_str(call, M_actionName), why);
}

enum status op_ListMitigationActions(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct str kind = arg_str(call, M_actionType);
    enum action_kind known;
    struct page page;
    struct page_rows rows;
    if (!str_absent(kind) && action_kind_find(kind, &known)) {
        kind = action_kind_name(known);
    }
    TRY(call_page(call, &page, why));
    TRY(action_list(&ctx, kind, &page, &rows, why));
    const struct mitigation_action *actions = rows.rows;
    reply_begin_list(call, M_actionIdentifiers);
    for (size_t i = 0; i < rows.n; i++) {
        reply_begin_item(call);
        reply_str(call, M_actionName, actions[i].name);
        TRY(reply_name(call, &actions[i], why));
        reply_time(call, M_creationDate, actions[i].created);
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}
