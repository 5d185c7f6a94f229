/* op_iam_grant.c: the policies of users and roles: one function for both, told apart by the kind.
 */
#include "account/iam_grant.h"

#include "api/unpack_iam.h"

#include "base/banned.h"

static enum member_id name_member(enum iam_kind kind)
{
    return kind == IAM_USER ? M_UserName : M_RoleName;
}

static struct str holder(const struct call *call, enum iam_kind kind)
{
    return arg_str(call, name_member(kind));
}

/* ---- inline ---------------------------------------------------------------------------------- */

static enum status put_inline(struct call *call, enum iam_kind kind, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return iam_inline_put(&ctx, kind, holder(call, kind), arg_str(call, M_PolicyName),
                          arg_str(call, M_PolicyDocument), why);
}

static enum status get_inline(struct call *call, enum iam_kind kind, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct iam_entity entity;
    struct iam_inline row;
    TRY(iam_entity_get(&ctx, kind, holder(call, kind), &entity, why));
    TRY(iam_inline_get(&ctx, kind, entity.name, arg_str(call, M_PolicyName), &row, why));
    reply_str(call, name_member(kind), entity.name);
    reply_str(call, M_PolicyName, row.policy);
    return reply_iam_document(call, M_PolicyDocument, row.document, why);
}

static enum status delete_inline(struct call *call, enum iam_kind kind, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return iam_inline_delete(&ctx, kind, holder(call, kind), arg_str(call, M_PolicyName), why);
}

static enum status list_inline(struct call *call, enum iam_kind kind, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct page page;
    struct page_rows rows;
    TRY(call_iam_page(call, &page, why));
    TRY(iam_inline_list(&ctx, kind, holder(call, kind), &page, &rows, why));
    reply_begin_list(call, M_PolicyNames);
    for (size_t i = 0; i < rows.n; i++) {
        reply_item_str(call, ((const struct iam_inline *)rows.rows)[i].policy);
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}

/* ---- attached -------------------------------------------------------------------------------- */

static enum status attach(struct call *call, enum iam_kind kind, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return iam_attach(&ctx, kind, holder(call, kind), arg_str(call, M_PolicyArn), why);
}

static enum status detach(struct call *call, enum iam_kind kind, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return iam_detach(&ctx, kind, holder(call, kind), arg_str(call, M_PolicyArn), why);
}

static enum status list_attached(struct call *call, enum iam_kind kind, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct page page;
    struct page_rows rows;
    TRY(call_iam_page(call, &page, why));
    TRY(iam_attached_list(&ctx, kind, holder(call, kind), arg_str(call, M_PathPrefix), &page, &rows,
                          why));
    reply_begin_list(call, M_AttachedPolicies);
    for (size_t i = 0; i < rows.n; i++) {
        TRY(reply_iam_attached(call, (const struct iam_attached *)rows.rows + i, why));
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}

/* ---- the operations -------------------------------------------------------------------------- */

#define OPERATION(name, run, kind)                                                                 \
    enum status op_iam_##name(struct call *call, struct why *why)                                  \
    {                                                                                              \
        return run(call, kind, why);                                                               \
    }

OPERATION(PutRolePolicy, put_inline, IAM_ROLE)
OPERATION(GetRolePolicy, get_inline, IAM_ROLE)
OPERATION(DeleteRolePolicy, delete_inline, IAM_ROLE)
OPERATION(ListRolePolicies, list_inline, IAM_ROLE)
OPERATION(AttachRolePolicy, attach, IAM_ROLE)
OPERATION(DetachRolePolicy, detach, IAM_ROLE)
OPERATION(ListAttachedRolePolicies, list_attached, IAM_ROLE)
OPERATION(PutUserPolicy, put_inline, IAM_USER)
OPERATION(GetUserPolicy, get_inline, IAM_USER)
OPERATION(DeleteUserPolicy, delete_inline, IAM_USER)
OPERATION(ListUserPolicies, list_inline, IAM_USER)
OPERATION(AttachUserPolicy, attach, IAM_USER)
OPERATION(DetachUserPolicy, detach, IAM_USER)
OPERATION(ListAttachedUserPolicies, list_attached, IAM_USER)
