/* op_identity_pool.c: Cognito identity pools, and the roles that their identities get. */
#include "account/identity_pool.h"

#include "api/handlers.h"
#include "api/page.h"
#include "api/unpack.h"

#include "base/banned.h"

/* ---- tags: a map, not a list ------------------------------------------------------------------
 */

static enum status unpack_tag_map(const struct call *call, enum member_id member, struct tags *ret,
                                  struct why *why)
{
    (void)why;
    const struct value *map = arg_get(call, member);
    size_t n = value_count(map);
    struct tag_pair *items = NEW_ARRAY(call->mem, struct tag_pair, n);
    TRY_PTR(items);
    for (size_t i = 0; i < n; i++) {
        items[i] = (struct tag_pair){value_key(map, i), value_text(value_at(map, i))};
    }
    *ret = (struct tags){items, n};
    return STATUS_OK;
}

static void reply_tag_map(struct call *call, enum member_id member, struct tags tags)
{
    reply_begin_map(call, member);
    for (size_t i = 0; i < tags.n; i++) {
        reply_entry_str(call, tags.items[i].key, tags.items[i].value);
    }
    reply_end_map(call);
}

/* ---- pools ----------------------------------------------------------------------------------- */

/* The members of CreateIdentityPool and UpdateIdentityPool. */
static enum status unpack_pool(const struct call *call, struct identity_pool *ret, struct why *why)
{
    struct arena *mem = call->mem;
    *ret = (struct identity_pool){.id = arg_str(call, M_IdentityPoolId),
                                  .name = arg_str(call, M_IdentityPoolName),
                                  .unauthenticated =
                                      arg_bool(call, M_AllowUnauthenticatedIdentities, false),
                                  .classic = arg_bool(call, M_AllowClassicFlow, false),
                                  .developer = arg_str(call, M_DeveloperProviderName)};
    TRY(value_to_json(arg_get(call, M_CognitoIdentityProviders), mem, &ret->providers, why));
    TRY(value_to_json(arg_get(call, M_OpenIdConnectProviderARNs), mem, &ret->openid, why));
    TRY(value_to_json(arg_get(call, M_SamlProviderARNs), mem, &ret->saml, why));
    return value_to_json(arg_get(call, M_SupportedLoginProviders), mem, &ret->logins, why);
}

static enum status reply_pool(struct call *call, const struct identity_pool *pool, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct tags tags;
    struct str arn;
    TRY(identity_pool_arn(&ctx, pool->id, &arn, why));
    TRY(tags_get_arn(&ctx, arn, &tags, why));
    reply_str(call, M_IdentityPoolId, pool->id);
    reply_str(call, M_IdentityPoolName, pool->name);
    reply_bool(call, M_AllowUnauthenticatedIdentities, pool->unauthenticated != 0);
    reply_bool(call, M_AllowClassicFlow, pool->classic != 0);
    reply_str(call, M_DeveloperProviderName, pool->developer);
    reply_json(call, M_CognitoIdentityProviders, pool->providers);
    reply_json(call, M_OpenIdConnectProviderARNs, pool->openid);
    reply_json(call, M_SamlProviderARNs, pool->saml);
    reply_json(call, M_SupportedLoginProviders, pool->logins);
    reply_tag_map(call, M_IdentityPoolTags, tags);
    return STATUS_OK;
}

enum status op_cognito_CreateIdentityPool(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct identity_pool pool;
    struct tags tags;
    TRY(unpack_pool(call, &pool, why));
    TRY(unpack_tag_map(call, M_IdentityPoolTags, &tags, why));
    TRY(identity_pool_create(&ctx, &pool, tags, &pool, why));
    return reply_pool(call, &pool, why);
}

enum status op_cognito_UpdateIdentityPool(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct identity_pool pool;
    struct tags tags;
    TRY(unpack_pool(call, &pool, why));
    TRY(unpack_tag_map(call, M_IdentityPoolTags, &tags, why));
    TRY(identity_pool_update(&ctx, &pool, arg_has(call, M_IdentityPoolTags), tags, &pool, why));
    return reply_pool(call, &pool, why);
}

enum status op_cognito_DeleteIdentityPool(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return identity_pool_delete(&ctx, arg_str(call, M_IdentityPoolId), why);
}

enum status op_cognito_DescribeIdentityPool(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct identity_pool pool;
    TRY(identity_pool_get(&ctx, arg_str(call, M_IdentityPoolId), &pool, why));
    return reply_pool(call, &pool, why);
}

enum status op_cognito_ListIdentityPools(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct page page;
    struct page_rows rows;
    TRY(call_page(call, &page, why));
    TRY(identity_pools_list(&ctx, &page, &rows, why));
    reply_begin_list(call, M_IdentityPools);
    for (size_t i = 0; i < rows.n; i++) {
        const struct identity_pool *pool = (const struct identity_pool *)rows.rows + i;
        reply_begin_item(call);
        reply_str(call, M_IdentityPoolId, pool->id);
        reply_str(call, M_IdentityPoolName, pool->name);
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}

/* ---- roles ----------------------------------------------------------------------------------- */

#define AUTHENTICATED   STR("authenticated")
#define UNAUTHENTICATED STR("unauthenticated")

enum status op_cognito_SetIdentityPoolRoles(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    const struct value *map = arg_get(call, M_Roles);
    struct identity_pool_roles roles = {.authenticated = value_text(value_find(map, AUTHENTICATED)),
                                        .unauthenticated =
                                            value_text(value_find(map, UNAUTHENTICATED))};
    TRY(value_to_json(arg_get(call, M_RoleMappings), call->mem, &roles.mappings, why));
    return identity_pool_roles_set(&ctx, arg_str(call, M_IdentityPoolId), &roles, why);
}

static void reply_role(struct call *call, struct str kind, struct str arn)
{
    if (!str_absent(arn)) {
        reply_entry_str(call, kind, arn);
    }
}

enum status op_cognito_GetIdentityPoolRoles(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct identity_pool pool;
    TRY(identity_pool_get(&ctx, arg_str(call, M_IdentityPoolId), &pool, why));
    reply_str(call, M_IdentityPoolId, pool.id);
    reply_begin_map(call, M_Roles);
    reply_role(call, AUTHENTICATED, pool.authenticated_role);
    reply_role(call, UNAUTHENTICATED, pool.unauthenticated_role);
    reply_end_map(call);
    reply_json(call, M_RoleMappings, pool.role_mappings);
    return STATUS_OK;
}

/* ---- tags ------------------------------------------------------------------------------------ */

/* The pool that the ARN names is there. */
static enum status pool_arn(const struct call *call, struct str *ret, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct str id;
    *ret = arg_str(call, M_ResourceArn);
    return identity_pool_of_arn(&ctx, *ret, &id, why);
}

enum status op_cognito_TagResource(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct tags tags;
    struct str arn;
    TRY(pool_arn(call, &arn, why));
    TRY(unpack_tag_map(call, M_Tags, &tags, why));
    return tags_put_arn(&ctx, arn, tags, why);
}

enum status op_cognito_UntagResource(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    const struct str *keys = NULL;
    size_t n = 0;
    struct str arn;
    TRY(pool_arn(call, &arn, why));
    TRY(unpack_texts(call, arg_get(call, M_TagKeys), &keys, &n, why));
    return tags_remove_arn(&ctx, arn, keys, n, why);
}

enum status op_cognito_ListTagsForResource(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct tags tags;
    struct str arn;
    TRY(pool_arn(call, &arn, why));
    TRY(tags_get_arn(&ctx, arn, &tags, why));
    reply_tag_map(call, M_Tags, tags);
    return STATUS_OK;
}
