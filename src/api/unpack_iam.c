/* unpack_iam.c: see unpack_iam.h. */
#include "api/unpack_iam.h"

#include <inttypes.h>
#include <stdio.h>

#include "account/iam_role.h"
#include "account/iam_user.h"
#include "codec/uri.h"

#include "base/banned.h"

enum { IAM_PAGE_DEFAULT = 100, VERSION_TEXT_MAX = 24, DOCUMENT_BYTES_MAX = 1 << 20 };

enum status call_iam_page(const struct call *call, struct page *ret, struct why *why)
{
    TRY(call_page(call, ret, why));
    if (!arg_has(call, M_MaxItems)) {
        ret->max = IAM_PAGE_DEFAULT;
    }
    return STATUS_OK;
}

enum status reply_iam_document(struct call *call, enum member_id member, struct str document,
                               struct why *why)
{
    struct buf out;
    struct str text;
    buf_init(&out, call->mem, DOCUMENT_BYTES_MAX);
    uri_encode(&out, document, URI_ENCODE_SLASH);
    TRY(buf_finish(&out, &text, why));
    reply_str(call, member, text);
    return STATUS_OK;
}

void reply_iam_version(struct call *call, enum member_id member, int64_t version)
{
    char text[VERSION_TEXT_MAX];
    int len = snprintf(text, sizeof text, "v%" PRId64, version);
    reply_str(call, member, (struct str){text, (size_t)len});
}

static void write_tags(struct call *call, struct tags tags)
{
    reply_begin_list(call, M_Tags);
    for (size_t i = 0; i < tags.n; i++) {
        reply_begin_item(call);
        reply_str(call, M_Key, tags.items[i].key);
        reply_str(call, M_Value, tags.items[i].value);
        reply_end_item(call);
    }
    reply_end_list(call);
}

enum status reply_iam_tags(struct call *call, struct str arn, bool always, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct tags tags;
    TRY(tags_get_arn(&ctx, arn, &tags, why));
    if (always || tags.n > 0) {
        write_tags(call, tags);
    }
    return STATUS_OK;
}

enum status reply_iam_user(struct call *call, const struct iam_user *user, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct str arn;
    TRY(iam_user_arn(&ctx, user, &arn, why));
    reply_str(call, M_Path, user->path);
    reply_str(call, M_UserName, user->name);
    reply_str(call, M_UserId, user->id);
    reply_str(call, M_Arn, arn);
    reply_time(call, M_CreateDate, user->created);
    return STATUS_OK;
}

enum status reply_iam_role(struct call *call, const struct iam_role *role, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct str arn;
    TRY(iam_role_arn(&ctx, role, &arn, why));
    reply_str(call, M_Path, role->path);
    reply_str(call, M_RoleName, role->name);
    reply_str(call, M_RoleId, role->id);
    reply_str(call, M_Arn, arn);
    reply_time(call, M_CreateDate, role->created);
    return reply_iam_document(call, M_AssumeRolePolicyDocument, role->trust, why);
}

enum status reply_iam_policy(struct call *call, const struct iam_managed *policy, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    size_t n;
    TRY(iam_policy_count_attached(&ctx, policy->arn, &n, why));
    reply_str(call, M_PolicyName, policy->name);
    reply_str(call, M_PolicyId, policy->id);
    reply_str(call, M_Arn, policy->arn);
    reply_str(call, M_Path, policy->path);
    reply_iam_version(call, M_DefaultVersionId, policy->default_version);
    reply_int(call, M_AttachmentCount, (int64_t)n);
    reply_int(call, M_PermissionsBoundaryUsageCount, 0);
    reply_bool(call, M_IsAttachable, true);
    reply_time(call, M_CreateDate, policy->created);
    reply_time(call, M_UpdateDate, policy->modified);
    return STATUS_OK;
}

enum status reply_iam_attached(struct call *call, const struct iam_attached *row, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct iam_managed policy;
    TRY(iam_policy_get(&ctx, row->policy_arn, &policy, why));
    reply_begin_item(call);
    reply_str(call, M_PolicyName, policy.name);
    reply_str(call, M_PolicyArn, policy.arn);
    reply_end_item(call);
    return STATUS_OK;
}

enum status refuse_boundary(const struct call *call, struct why *why)
{
    if (arg_has(call, M_PermissionsBoundary)) {
        return why_set(why, STATUS_INVALID,
                       "PermissionsBoundary is not offered: nothing here would keep to it; leave "
                       "it out, and give the policies that shall hold");
    }
    return STATUS_OK;
}

enum status call_iam_user(const struct call *call, struct str name, struct str *ret_arn,
                          struct str *ret_name, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct iam_entity entity;
    struct str arn = call->caller.arn;
    if (str_absent(name) && str_absent(arn)) {
        TRY(arn_make_root(call->mem, &ctx.id, &arn, why));
    }
    if (str_absent(name) && arn_is_root(&ctx.id, arn)) {
        *ret_arn = arn;
        *ret_name = STR("root");
        return STATUS_OK;
    }
    TRY(str_absent(name) ? iam_entity_of_arn(&ctx, IAM_USER, arn, &entity, why)
                         : iam_entity_get(&ctx, IAM_USER, name, &entity, why));
    TRY(iam_entity_arn(&ctx, &entity, ret_arn, why));
    *ret_name = entity.name;
    return STATUS_OK;
}

enum status iam_tags_list(struct call *call, struct str arn, struct why *why)
{
    TRY(reply_iam_tags(call, arn, true, why)); /* fifty at most: always one page */
    return reply_next(call, STR_ABSENT, why);
}

enum status iam_tags_put(struct call *call, struct str arn, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct tags tags;
    TRY(unpack_tags(call, M_Tags, &tags, why));
    return tags_put_arn(&ctx, arn, tags, why);
}

enum status iam_tags_remove(struct call *call, struct str arn, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    const struct str *keys;
    size_t n;
    TRY(unpack_texts(call, arg_get(call, M_TagKeys), &keys, &n, why));
    return tags_remove_arn(&ctx, arn, keys, n, why);
}
