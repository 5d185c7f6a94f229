/* op_iam_policy.c: managed policies and their versions. */
#include "account/iam_policy.h"

#include <inttypes.h>

#include "api/unpack_iam.h"

#include "base/banned.h"

/* A Policy as one is described alone: with what lists leave out. */
static enum status reply_whole_policy(struct call *call, const struct iam_managed *policy,
                                      struct why *why)
{
    reply_begin(call, M_Policy);
    TRY(reply_iam_policy(call, policy, why));
    reply_str(call, M_Description, policy->description);
    TRY(reply_iam_tags(call, policy->arn, false, why));
    reply_end(call);
    return STATUS_OK;
}

enum status op_iam_CreatePolicy(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct iam_policy_create in = {.name = arg_str(call, M_PolicyName),
                                   .path = arg_str(call, M_Path),
                                   .document = arg_str(call, M_PolicyDocument),
                                   .description = arg_str(call, M_Description)};
    struct iam_managed policy;
    TRY(unpack_tags(call, M_Tags, &in.tags, why));
    TRY(iam_policy_create(&ctx, &in, &policy, why));
    return reply_whole_policy(call, &policy, why);
}

enum status op_iam_GetPolicy(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct iam_managed policy;
    TRY(iam_policy_get(&ctx, arg_str(call, M_PolicyArn), &policy, why));
    return reply_whole_policy(call, &policy, why);
}

enum status op_iam_DeletePolicy(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return iam_policy_delete(&ctx, arg_str(call, M_PolicyArn), why);
}

enum status op_iam_ListPolicies(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct str scope = arg_str(call, M_Scope);
    /* No boundary is ever set, so no policy is used as one. */
    bool none = str_eq(arg_str(call, M_PolicyUsageFilter), STR("PermissionsBoundary"));
    const struct iam_policies_wanted wanted = {.not_aws = none || str_eq(scope, STR("Local")),
                                               .not_local = none || str_eq(scope, STR("AWS")),
                                               .attached = arg_bool(call, M_OnlyAttached, false),
                                               .prefix = arg_str(call, M_PathPrefix)};
    struct page page;
    struct iam_policies list;
    TRY(call_iam_page(call, &page, why));
    TRY(iam_policies_list(&ctx, &wanted, &page, &list, why));
    reply_begin_list(call, M_Policies);
    for (size_t i = 0; i < list.n; i++) {
        reply_begin_item(call);
        TRY(reply_iam_policy(call, &list.at[i], why));
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, list.next, why);
}

/* ---- versions -------------------------------------------------------------------------------- */

static void reply_version(struct call *call, const struct iam_policy_version *version,
                          int64_t default_version)
{
    reply_iam_version(call, M_VersionId, version->version);
    reply_bool(call, M_IsDefaultVersion, version->version == default_version);
    reply_time(call, M_CreateDate, version->created);
}

enum status op_iam_CreatePolicyVersion(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    bool set_as_default = arg_bool(call, M_SetAsDefault, false);
    struct iam_policy_version version;
    TRY(iam_policy_version_create(&ctx, arg_str(call, M_PolicyArn), arg_str(call, M_PolicyDocument),
                                  set_as_default, &version, why));
    reply_begin(call, M_PolicyVersion);
    reply_version(call, &version, set_as_default ? version.version : 0);
    reply_end(call);
    return STATUS_OK;
}

enum status op_iam_GetPolicyVersion(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct iam_managed policy;
    struct iam_policy_version version;
    TRY(iam_policy_version_get(&ctx, arg_str(call, M_PolicyArn), arg_str(call, M_VersionId),
                               &policy, &version, why));
    reply_begin(call, M_PolicyVersion);
    TRY(reply_iam_document(call, M_Document, version.document, why));
    reply_version(call, &version, policy.default_version);
    reply_end(call);
    return STATUS_OK;
}

/* Where a page of versions begins: after the version that its position names; newest first. */
static enum status page_begin(const struct page *page, const struct iam_policy_versions *versions,
                              size_t *ret, struct why *why)
{
    struct str text;
    int64_t last = INT64_MAX;
    size_t from = 0;
    if (!str_absent(page->after)) {
        TRY(page_position_read(page->after, &text, 1, why));
        if (str_to_int64(text, &last) != STATUS_OK) {
            return why_set(why, STATUS_INVALID, "the position is none of this list");
        }
    }
    while (from < versions->n && versions->at[from].version >= last) {
        from++;
    }
    *ret = from;
    return STATUS_OK;
}

enum status op_iam_ListPolicyVersions(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct iam_policy_versions versions;
    struct page page;
    struct str next = STR_ABSENT;
    size_t i;
    TRY(call_iam_page(call, &page, why));
    TRY(iam_policy_versions_get(&ctx, arg_str(call, M_PolicyArn), &versions, why));
    TRY(page_begin(&page, &versions, &i, why));
    size_t end = versions.n - i > page.max ? i + page.max : versions.n;
    reply_begin_list(call, M_Versions);
    for (; i < end; i++) {
        reply_begin_item(call);
        reply_version(call, &versions.at[i], versions.policy.default_version);
        reply_end_item(call);
    }
    reply_end_list(call);
    if (end < versions.n) {
        TRY(str_fmt(call->mem, &next, why, "%" PRId64, versions.at[end - 1].version));
        TRY(page_position_make(call->mem, &next, 1, &next, why));
    }
    return reply_next(call, next, why);
}

enum status op_iam_SetDefaultPolicyVersion(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return iam_policy_default_set(&ctx, arg_str(call, M_PolicyArn), arg_str(call, M_VersionId),
                                  why);
}

enum status op_iam_DeletePolicyVersion(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return iam_policy_version_delete(&ctx, arg_str(call, M_PolicyArn), arg_str(call, M_VersionId),
                                     why);
}

/* ---- who has it ------------------------------------------------------------------------------ */

static enum status reply_holders(struct call *call, const struct page_rows *rows,
                                 enum iam_kind kind, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    bool role = kind == IAM_ROLE;
    reply_begin_list(call, role ? M_PolicyRoles : M_PolicyUsers);
    for (size_t i = 0; i < rows->n; i++) {
        const struct iam_attached *row = (const struct iam_attached *)rows->rows + i;
        struct iam_entity entity;
        if (!str_eq(row->kind, iam_kind_text(kind))) {
            continue;
        }
        TRY(iam_entity_get(&ctx, kind, row->entity, &entity, why));
        reply_begin_item(call);
        reply_str(call, role ? M_RoleName : M_UserName, entity.name);
        reply_str(call, role ? M_RoleId : M_UserId, entity.id);
        reply_end_item(call);
    }
    reply_end_list(call);
    return STATUS_OK;
}

enum status op_iam_ListEntitiesForPolicy(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct str filter = arg_str(call, M_EntityFilter);
    bool none = str_eq(arg_str(call, M_PolicyUsageFilter), STR("PermissionsBoundary"));
    bool all = str_absent(filter);
    const struct iam_holders_wanted wanted = {
        .not_users = none || !(all || str_eq(filter, STR("User"))),
        .not_roles = none || !(all || str_eq(filter, STR("Role"))),
        .prefix = arg_str(call, M_PathPrefix)};
    struct page page;
    struct page_rows rows;
    TRY(call_iam_page(call, &page, why));
    TRY(iam_policy_holders_list(&ctx, arg_str(call, M_PolicyArn), &wanted, &page, &rows, why));
    reply_begin_list(call, M_PolicyGroups);
    reply_end_list(call);
    TRY(reply_holders(call, &rows, IAM_USER, why));
    TRY(reply_holders(call, &rows, IAM_ROLE, why));
    return reply_next(call, rows.next, why);
}

/* ---- tags ------------------------------------------------------------------------------------ */

/* Tags of AWS's own policies would be nobody's; there they are refused as everything is. */
static enum status own_policy(const struct call *call, struct str *ret, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct iam_managed policy;
    TRY(iam_policy_get(&ctx, arg_str(call, M_PolicyArn), &policy, why));
    if (policy.of_aws) {
        return why_set(why, STATUS_DENIED, "%.*s is a policy of AWS; nobody here may change it",
                       STR_ARG(policy.arn));
    }
    *ret = policy.arn;
    return STATUS_OK;
}

enum status op_iam_TagPolicy(struct call *call, struct why *why)
{
    struct str arn;
    TRY(own_policy(call, &arn, why));
    return iam_tags_put(call, arn, why);
}

enum status op_iam_UntagPolicy(struct call *call, struct why *why)
{
    struct str arn;
    TRY(own_policy(call, &arn, why));
    return iam_tags_remove(call, arn, why);
}

enum status op_iam_ListPolicyTags(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct iam_managed policy;
    TRY(iam_policy_get(&ctx, arg_str(call, M_PolicyArn), &policy, why));
    return iam_tags_list(call, policy.arn, why);
}
