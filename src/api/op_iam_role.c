/* op_iam_role.c: roles. */
#include "account/iam_role.h"

#include "api/unpack_iam.h"

#include "base/banned.h"

/* What a Role has beside what a RoleDetail has too. */
static enum status reply_role(struct call *call, const struct iam_role *role, struct why *why)
{
    TRY(reply_iam_role(call, role, why));
    if (role->description.len > 0) {
        reply_str(call, M_Description, role->description);
    }
    reply_int(call, M_MaxSessionDuration, role->max_session);
    return STATUS_OK;
}

static enum status reply_whole_role(struct call *call, const struct iam_role *role, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct str arn;
    TRY(iam_role_arn(&ctx, role, &arn, why));
    reply_begin(call, M_Role);
    TRY(reply_role(call, role, why));
    TRY(reply_iam_tags(call, arn, false, why));
    reply_end(call);
    return STATUS_OK;
}

enum status op_iam_CreateRole(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct iam_role_create in = {.name = arg_str(call, M_RoleName),
                                 .path = arg_str(call, M_Path),
                                 .trust = arg_str(call, M_AssumeRolePolicyDocument),
                                 .description = arg_str(call, M_Description),
                                 .max_session = unpack_int(call, M_MaxSessionDuration)};
    struct iam_role role;
    TRY(refuse_boundary(call, why));
    TRY(unpack_tags(call, M_Tags, &in.tags, why));
    TRY(iam_role_create(&ctx, &in, &role, why));
    return reply_whole_role(call, &role, why);
}

enum status op_iam_GetRole(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct iam_role role;
    TRY(iam_role_get(&ctx, arg_str(call, M_RoleName), &role, why));
    return reply_whole_role(call, &role, why);
}

enum status op_iam_ListRoles(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct page page;
    struct page_rows rows;
    TRY(call_iam_page(call, &page, why));
    TRY(iam_roles_list(&ctx, arg_str(call, M_PathPrefix), &page, &rows, why));
    reply_begin_list(call, M_Roles);
    for (size_t i = 0; i < rows.n; i++) {
        reply_begin_item(call);
        TRY(reply_role(call, (const struct iam_role *)rows.rows + i, why));
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}

enum status op_iam_UpdateRole(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return iam_role_update(&ctx, arg_str(call, M_RoleName), arg_str(call, M_Description),
                           unpack_int(call, M_MaxSessionDuration), why);
}

enum status op_iam_UpdateRoleDescription(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct iam_role role;
    TRY(iam_role_update(&ctx, arg_str(call, M_RoleName), arg_str(call, M_Description),
                        (struct maybe_int){.given = false}, why));
    TRY(iam_role_get(&ctx, arg_str(call, M_RoleName), &role, why));
    return reply_whole_role(call, &role, why);
}

enum status op_iam_UpdateAssumeRolePolicy(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return iam_role_trust_set(&ctx, arg_str(call, M_RoleName), arg_str(call, M_PolicyDocument),
                              why);
}

enum status op_iam_DeleteRole(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return iam_role_delete(&ctx, arg_str(call, M_RoleName), why);
}

/* ---- tags ------------------------------------------------------------------------------------ */

static enum status role_arn(const struct call *call, struct str *ret, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct iam_role role;
    TRY(iam_role_get(&ctx, arg_str(call, M_RoleName), &role, why));
    return iam_role_arn(&ctx, &role, ret, why);
}

enum status op_iam_TagRole(struct call *call, struct why *why)
{
    struct str arn;
    TRY(role_arn(call, &arn, why));
    return iam_tags_put(call, arn, why);
}

enum status op_iam_UntagRole(struct call *call, struct why *why)
{
    struct str arn;
    TRY(role_arn(call, &arn, why));
    return iam_tags_remove(call, arn, why);
}

enum status op_iam_ListRoleTags(struct call *call, struct why *why)
{
    struct str arn;
    TRY(role_arn(call, &arn, why));
    return iam_tags_list(call, arn, why);
}
