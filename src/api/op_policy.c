/* op_policy.c: policies and their versions. */
#include <stdio.h>

#include "account/policy.h"
#include "api/handlers.h"
#include "api/page.h"
#include "api/unpack.h"

#include "base/banned.h"

enum { VERSION_TEXT_MAX = 24 };

static void reply_version(struct call *call, enum member_id member, int64_t version)
{
    char text[VERSION_TEXT_MAX];
    int len = snprintf(text, sizeof text, "%lld", (long long)version);
    reply_str(call, member, (struct str){text, (size_t)len});
}

static enum status reply_policy_arn(struct call *call, struct str name, struct why *why)
{
    struct str arn;
    TRY(call_arn(call, STR("policy"), name, &arn, why));
    reply_str(call, M_policyArn, arn);
    return STATUS_OK;
}

/* ---- creating -------------------------------------------------------------------------------- */

enum status prepare_CreatePolicy(struct call *call, struct why *why)
{
    return policy_document_check(call->mem, arg_str(call, M_policyDocument), why);
}

enum status op_CreatePolicy(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct str document = arg_str(call, M_policyDocument);
    struct policy policy;
    struct tags tags;
    TRY(unpack_tags(call, M_tags, &tags, why));
    TRY(policy_create(&ctx, arg_str(call, M_policyName), document, tags, &policy, why));
    reply_str(call, M_policyName, policy.name);
    TRY(reply_policy_arn(call, policy.name, why));
    reply_str(call, M_policyDocument, document);
    reply_version(call, M_policyVersionId, policy.default_version);
    return STATUS_OK;
}

enum status prepare_CreatePolicyVersion(struct call *call, struct why *why)
{
    return policy_document_check(call->mem, arg_str(call, M_policyDocument), why);
}

enum status op_CreatePolicyVersion(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    bool set_as_default = arg_bool(call, M_setAsDefault, false);
    struct policy_version version;
    TRY(policy_version_create(&ctx, arg_str(call, M_policyName), arg_str(call, M_policyDocument),
                              set_as_default, &version, why));
    TRY(reply_policy_arn(call, version.policy, why));
    reply_str(call, M_policyDocument, version.document);
    reply_version(call, M_policyVersionId, version.version);
    reply_bool(call, M_isDefaultVersion, set_as_default);
    return STATUS_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

enum status op_GetPolicy(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct policy policy;
    struct policy_version version;
    TRY(policy_get(&ctx, arg_str(call, M_policyName), &policy, &version, why));
    reply_str(call, M_policyName, policy.name);
    TRY(reply_policy_arn(call, policy.name, why));
    reply_str(call, M_policyDocument, version.document);
    reply_version(call, M_defaultVersionId, policy.default_version);
    reply_time(call, M_creationDate, policy.created);
    reply_time(call, M_lastModifiedDate, policy.modified);
    reply_str(call, M_generationId, policy.generation_id);
    return STATUS_OK;
}

enum status op_GetPolicyVersion(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct policy policy;
    struct policy_version version;
    TRY(policy_version_get(&ctx, arg_str(call, M_policyName), arg_str(call, M_policyVersionId),
                           &policy, &version, why));
    TRY(reply_policy_arn(call, policy.name, why));
    reply_str(call, M_policyName, policy.name);
    reply_str(call, M_policyDocument, version.document);
    reply_version(call, M_policyVersionId, version.version);
    reply_bool(call, M_isDefaultVersion, version.version == policy.default_version);
    reply_time(call, M_creationDate, version.created);
    reply_time(call, M_lastModifiedDate, version.created);
    reply_str(call, M_generationId, policy.generation_id);
    return STATUS_OK;
}

enum status op_ListPolicies(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct page page;
    struct page_rows listed;
    TRY(call_page(call, &page, why));
    TRY(policy_list(&ctx, &page, &listed, why));
    const struct policy *rows = listed.rows;
    reply_begin_list(call, M_policies);
    for (size_t i = 0; i < listed.n; i++) {
        reply_begin_item(call);
        reply_str(call, M_policyName, rows[i].name);
        TRY(reply_policy_arn(call, rows[i].name, why));
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, listed.next, why);
}

enum status op_ListPolicyVersions(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct policy_versions versions;
    TRY(policy_version_list(&ctx, arg_str(call, M_policyName), &versions, why));
    reply_begin_list(call, M_policyVersions);
    for (size_t i = 0; i < versions.n; i++) {
        reply_begin_item(call);
        reply_version(call, M_versionId, versions.at[i].version);
        reply_bool(call, M_isDefaultVersion,
                   versions.at[i].version == versions.policy.default_version);
        reply_time(call, M_createDate, versions.at[i].created);
        reply_end_item(call);
    }
    reply_end_list(call);
    return STATUS_OK;
}

/* ---- changing -------------------------------------------------------------------------------- */

enum status op_SetDefaultPolicyVersion(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return policy_set_default(&ctx, arg_str(call, M_policyName), arg_str(call, M_policyVersionId),
                              why);
}

enum status op_DeletePolicyVersion(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return policy_version_delete(&ctx, arg_str(call, M_policyName),
                                 arg_str(call, M_policyVersionId), why);
}

enum status op_DeletePolicy(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return policy_delete(&ctx, arg_str(call, M_policyName), why);
}
