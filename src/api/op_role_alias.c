/* op_role_alias.c: role aliases. */
#include "account/role_alias.h"
#include "api/handlers.h"
#include "api/page.h"
#include "api/unpack.h"

#include "base/banned.h"

static enum status reply_alias(struct call *call, struct str alias, struct why *why)
{
    struct str arn;
    TRY(call_arn(call, STR("rolealias"), alias, &arn, why));
    reply_str(call, M_roleAlias, alias);
    reply_str(call, M_roleAliasArn, arn);
    return STATUS_OK;
}

enum status op_CreateRoleAlias(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct tags tags;
    struct role_alias alias;
    TRY(unpack_tags(call, M_tags, &tags, why));
    TRY(role_alias_create(&ctx, arg_str(call, M_roleAlias), arg_str(call, M_roleArn),
                          unpack_int(call, M_credentialDurationSeconds), tags, &alias, why));
    return reply_alias(call, alias.alias, why);
}

enum status op_UpdateRoleAlias(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct str alias = arg_str(call, M_roleAlias);
    TRY(role_alias_update(&ctx, alias, arg_str(call, M_roleArn),
                          unpack_int(call, M_credentialDurationSeconds), why));
    return reply_alias(call, alias, why);
}

enum status op_DeleteRoleAlias(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return role_alias_delete(&ctx, arg_str(call, M_roleAlias), why);
}

enum status op_DescribeRoleAlias(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct role_alias alias;
    TRY(role_alias_get(&ctx, arg_str(call, M_roleAlias), &alias, why));
    reply_begin(call, M_roleAliasDescription);
    TRY(reply_alias(call, alias.alias, why));
    reply_str(call, M_roleArn, alias.role_arn);
    reply_str(call, M_owner, ctx.id.account);
    reply_int(call, M_credentialDurationSeconds, alias.duration_seconds);
    reply_time(call, M_creationDate, alias.created);
    reply_time(call, M_lastModifiedDate, alias.modified);
    reply_end(call);
    return STATUS_OK;
}

enum status op_ListRoleAliases(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct page page;
    struct page_rows rows;
    TRY(call_page(call, &page, why));
    TRY(role_aliases_list(&ctx, &page, &rows, why));
    const struct role_alias *aliases = rows.rows;
    reply_begin_list(call, M_roleAliases);
    for (size_t i = 0; i < rows.n; i++) {
        reply_item_str(call, aliases[i].alias);
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}
