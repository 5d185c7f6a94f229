/* import_pools.c: identity pools, as `aws cognito-identity describe-identity-pool` and
 * `get-identity-pool-roles` show them.
 *
 * They are read by the shapes of the service's replies, which name what is of another type.
 */
#include "account/identity_pool.h"
#include "api/import_documents.h"
#include "api/value.h"

#include "base/banned.h"

struct pool_element {
    struct identity_pool row;
    struct tags tags;
};

struct roles_element {
    struct str id;
    struct identity_pool_roles roles;
};

static enum status read_shape(struct import_read *read, const struct json_value *value,
                              enum shape_id shape, struct value *ret, struct why *why)
{
    struct str text;
    TRY(import_compact(read, value, &text, why));
    return value_from_json(text, shape, false, read->mem, ret, why);
}

static enum status refuse_missing(struct import_read *read, const struct value *value,
                                  enum member_id member, struct str name, struct why *why)
{
    const struct import_place at = {NULL, name, 0};
    return value_str(value, member).len > 0
               ? STATUS_OK
               : import_fault(read, &at, why_set(why, STATUS_INVALID, "it is missing"));
}

static enum status read_pool(const struct account_ctx *ctx, struct import_read *read,
                             const struct json_value *json, void *ret, struct import_left_out *left,
                             struct why *why)
{
    struct value value;
    struct pool_element *pool = ret;
    struct arena *mem = ctx->mem;
    (void)left;
    TRY(read_shape(read, json, S_cognito_IdentityPool, &value, why));
    TRY(refuse_missing(read, &value, M_IdentityPoolId, STR("IdentityPoolId"), why));
    TRY(refuse_missing(read, &value, M_IdentityPoolName, STR("IdentityPoolName"), why));
    const struct value *tags = value_get(&value, M_IdentityPoolTags);
    struct tag_pair *items = NEW_ARRAY(mem, struct tag_pair, value_count(tags));
    TRY_PTR(items);
    for (size_t i = 0; i < value_count(tags); i++) {
        items[i] = (struct tag_pair){value_key(tags, i), value_text(value_at(tags, i))};
    }
    *pool = (struct pool_element){
        .row = {.id = value_str(&value, M_IdentityPoolId),
                .name = value_str(&value, M_IdentityPoolName),
                .unauthenticated = value_bool(&value, M_AllowUnauthenticatedIdentities, false),
                .classic = value_bool(&value, M_AllowClassicFlow, false),
                .developer = value_str(&value, M_DeveloperProviderName)},
        .tags = {items, value_count(tags)}};
    struct identity_pool *row = &pool->row;
    TRY(value_to_json(value_get(&value, M_CognitoIdentityProviders), mem, &row->providers, why));
    TRY(value_to_json(value_get(&value, M_OpenIdConnectProviderARNs), mem, &row->openid, why));
    TRY(value_to_json(value_get(&value, M_SamlProviderARNs), mem, &row->saml, why));
    return value_to_json(value_get(&value, M_SupportedLoginProviders), mem, &row->logins, why);
}

static enum status take_pool(struct import_run *run, const void *element, enum import_change *ret,
                             struct why *why)
{
    const struct pool_element *pool = element;
    run->id = pool->row.id;
    return identity_pool_import(&run->ctx, &pool->row, pool->tags, run->dry, ret, why);
}

static enum status read_roles(const struct account_ctx *ctx, struct import_read *read,
                              const struct json_value *json, void *ret,
                              struct import_left_out *left, struct why *why)
{
    struct value value;
    struct roles_element *element = ret;
    (void)left;
    TRY(read_shape(read, json, S_cognito_GetIdentityPoolRolesResponse, &value, why));
    TRY(refuse_missing(read, &value, M_IdentityPoolId, STR("IdentityPoolId"), why));
    const struct value *map = value_get(&value, M_Roles);
    *element = (struct roles_element){
        .id = value_str(&value, M_IdentityPoolId),
        .roles = {.authenticated = value_text(value_find(map, STR("authenticated"))),
                  .unauthenticated = value_text(value_find(map, STR("unauthenticated")))}};
    return value_to_json(value_get(&value, M_RoleMappings), ctx->mem, &element->roles.mappings,
                         why);
}

static enum status take_roles(struct import_run *run, const void *element, enum import_change *ret,
                              struct why *why)
{
    const struct roles_element *roles = element;
    run->id = roles->id;
    return identity_pool_roles_import(&run->ctx, roles->id, &roles->roles, run->dry,
                                      import_is_assumed(run, roles->id), ret, why);
}

const struct import_row import_pools_row = {STR_INIT("IdentityPools"), sizeof(struct pool_element),
                                            read_pool, take_pool};
const struct import_row import_pool_roles_row = {
    STR_INIT("IdentityPoolRoles"), sizeof(struct roles_element), read_roles, take_roles};
