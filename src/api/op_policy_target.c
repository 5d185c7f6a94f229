/* op_policy_target.c: where policies are attached, in today's words and in the older ones. */
#include "account/policy_target.h"
#include "api/handlers.h"
#include "api/page.h"

#include "base/banned.h"

/* ---- attaching ------------------------------------------------------------------------------- */

enum status op_AttachPolicy(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return policy_attach(&ctx, arg_str(call, M_policyName), arg_str(call, M_target), why);
}

enum status op_DetachPolicy(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    bool was;
    return policy_detach(&ctx, arg_str(call, M_policyName), arg_str(call, M_target), &was, why);
}

enum status op_AttachPrincipalPolicy(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct str principal = arg_str(call, M_principal);
    struct policy_target_is is;
    TRY(policy_target_read(&ctx, principal, &is, why));
    if (is.kind == TARGET_GROUP) {
        return why_set(why, STATUS_INVALID,
                       "a thing group is no principal; AttachPolicy attaches policies to it");
    }
    return policy_attach(&ctx, arg_str(call, M_policyName), principal, why);
}

/* Unlike DetachPolicy, this one lists ResourceNotFoundException. */
enum status op_DetachPrincipalPolicy(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct str policy = arg_str(call, M_policyName);
    struct str principal = arg_str(call, M_principal);
    bool was;
    TRY(policy_detach(&ctx, policy, principal, &was, why));
    if (!was) {
        return why_set(why, STATUS_NOT_FOUND, "policy %.*s is not attached to %.*s",
                       STR_ARG(policy), STR_ARG(principal));
    }
    return STATUS_OK;
}

/* ---- lists ----------------------------------------------------------------------------------- */

static enum status reply_policies(struct call *call, const struct page_rows *listed,
                                  struct why *why)
{
    const struct policy_target *rows = listed->rows;
    reply_begin_list(call, M_policies);
    for (size_t i = 0; i < listed->n; i++) {
        struct str arn;
        TRY(call_arn(call, STR("policy"), rows[i].policy, &arn, why));
        reply_begin_item(call);
        reply_str(call, M_policyName, rows[i].policy);
        reply_str(call, M_policyArn, arn);
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, listed->next, why);
}

static enum status list_attached(struct call *call, struct str target, bool recursive,
                                 struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct page page;
    struct page_rows listed;
    TRY(call_page(call, &page, why));
    TRY(policy_list_attached(&ctx, target, recursive, &page, &listed, why));
    return reply_policies(call, &listed, why);
}

enum status op_ListAttachedPolicies(struct call *call, struct why *why)
{
    return list_attached(call, arg_str(call, M_target), arg_bool(call, M_recursive, false), why);
}

enum status op_ListPrincipalPolicies(struct call *call, struct why *why)
{
    return list_attached(call, arg_str(call, M_principal), false, why);
}

static enum status list_targets(struct call *call, bool principals_only, enum member_id member,
                                struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct page page;
    struct page_rows listed;
    TRY(call_page(call, &page, why));
    TRY(policy_list_targets(&ctx, arg_str(call, M_policyName), principals_only, &page, &listed,
                            why));
    const struct policy_target *rows = listed.rows;
    reply_begin_list(call, member);
    for (size_t i = 0; i < listed.n; i++) {
        reply_item_str(call, rows[i].target);
    }
    reply_end_list(call);
    return reply_next(call, listed.next, why);
}

enum status op_ListTargetsForPolicy(struct call *call, struct why *why)
{
    return list_targets(call, false, M_targets, why);
}

enum status op_ListPolicyPrincipals(struct call *call, struct why *why)
{
    return list_targets(call, true, M_principals, why);
}
