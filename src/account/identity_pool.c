/* identity_pool.c: see identity_pool.h. */
#include "account/identity_pool.h"

#include "account/quotas.h"
#include "account/role_alias.h"

#include "base/banned.h"

static const struct str SERVICE = STR_INIT("cognito-identity");
static const struct str KIND = STR_INIT("identitypool");

enum status identity_pool_arn(const struct account_ctx *ctx, struct str id, struct str *ret,
                              struct why *why)
{
    return arn_make_of(ctx->mem, &ctx->id, SERVICE, STR("identitypool/"), id, ret, why);
}

enum status identity_pool_of_arn(const struct account_ctx *ctx, struct str arn, struct str *ret_id,
                                 struct why *why)
{
    struct arn parts;
    struct identity_pool row;
    if (arn_parse(arn, &parts, NULL) != STATUS_OK || !str_eq(parts.service, SERVICE) ||
        !str_eq(parts.region, ctx->id.region) || !str_eq(parts.account, ctx->id.account) ||
        !str_eq(parts.type, KIND) || parts.name.len == 0) {
        return why_set(why, STATUS_INVALID,
                       "'%.*s' is not the ARN of an identity pool of this account: "
                       "arn:aws:cognito-identity:REGION:ACCOUNT:identitypool/ID",
                       STR_ARG(str_slice(arn, 0, 256)));
    }
    TRY(identity_pool_get(ctx, parts.name, &row, why));
    *ret_id = parts.name;
    return STATUS_OK;
}

enum status identity_pool_create(const struct account_ctx *ctx, const struct identity_pool *row,
                                 struct tags tags, struct identity_pool *ret, struct why *why)
{
    const struct store_range all = {.index = NULL};
    struct identity_pool made = *row;
    char uuid[UUID_TEXT + 1];
    struct str arn;
    size_t n = 0;
    TRY(store_count(ctx->tx, TABLE(identity_pool), &all, QUOTA_IDENTITY_POOLS, &n, why));
    if (n >= QUOTA_IDENTITY_POOLS) {
        return why_set(why, STATUS_LIMIT, "the account already has %d identity pools, the most",
                       QUOTA_IDENTITY_POOLS);
    }
    rnd_uuid(&ctx->rnd, uuid);
    TRY(str_fmt(ctx->mem, &made.id, why, "%.*s:%s", STR_ARG(ctx->id.region), uuid));
    made.authenticated_role = STR_ABSENT;
    made.unauthenticated_role = STR_ABSENT;
    made.role_mappings = STR_ABSENT;
    made.created = clock_now(&ctx->clock);
    made.modified = made.created;
    TRY(store_insert(ctx->tx, TABLE(identity_pool), &made, why));
    TRY(identity_pool_arn(ctx, made.id, &arn, why));
    TRY(tags_put_arn(ctx, arn, tags, why));
    *ret = made;
    return STATUS_OK;
}

enum status identity_pool_get(const struct account_ctx *ctx, struct str id,
                              struct identity_pool *ret, struct why *why)
{
    struct identity_pool row = {.id = id};
    enum status status = store_get(ctx->tx, TABLE(identity_pool), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, status, "IdentityPool '%.*s' not found.",
                       STR_ARG(str_slice(id, 0, 64)));
    }
    TRY(status);
    *ret = row;
    return STATUS_OK;
}

static enum status replace_tags(const struct account_ctx *ctx, struct str id, struct tags tags,
                                struct why *why)
{
    struct str arn;
    TRY(identity_pool_arn(ctx, id, &arn, why));
    TRY(tags_drop_arn(ctx, arn, why));
    return tags_put_arn(ctx, arn, tags, why);
}

enum status identity_pool_update(const struct account_ctx *ctx, const struct identity_pool *row,
                                 bool has_tags, struct tags tags, struct identity_pool *ret,
                                 struct why *why)
{
    struct identity_pool old;
    struct identity_pool made = *row;
    TRY(identity_pool_get(ctx, row->id, &old, why));
    if (!str_absent(old.developer) && !str_eq(old.developer, row->developer)) {
        return why_set(why, STATUS_INVALID,
                       "DeveloperProviderName of identity pool %.*s is %.*s and cannot be changed",
                       STR_ARG(old.id), STR_ARG(old.developer));
    }
    made.authenticated_role = old.authenticated_role;
    made.unauthenticated_role = old.unauthenticated_role;
    made.role_mappings = old.role_mappings;
    made.created = old.created;
    made.modified = clock_now(&ctx->clock);
    if (has_tags) {
        TRY(replace_tags(ctx, old.id, tags, why));
    }
    TRY(store_put(ctx->tx, TABLE(identity_pool), &made, why));
    *ret = made;
    return STATUS_OK;
}

enum status identity_pool_delete(const struct account_ctx *ctx, struct str id, struct why *why)
{
    struct identity_pool row;
    struct str arn;
    TRY(identity_pool_get(ctx, id, &row, why));
    TRY(identity_pool_arn(ctx, id, &arn, why));
    TRY(tags_drop_arn(ctx, arn, why));
    return store_delete(ctx->tx, TABLE(identity_pool), &row, why);
}

static enum status role_check(struct str arn, struct why *why)
{
    return str_absent(arn) ? STATUS_OK : role_arn_check(arn, why);
}

enum status identity_pool_roles_set(const struct account_ctx *ctx, struct str id,
                                    const struct identity_pool_roles *roles, struct why *why)
{
    struct identity_pool row;
    TRY(identity_pool_get(ctx, id, &row, why));
    TRY(role_check(roles->authenticated, why));
    TRY(role_check(roles->unauthenticated, why));
    row.authenticated_role = roles->authenticated;
    row.unauthenticated_role = roles->unauthenticated;
    row.role_mappings = roles->mappings;
    row.modified = clock_now(&ctx->clock);
    return store_put(ctx->tx, TABLE(identity_pool), &row, why);
}

enum status identity_pools_list(const struct account_ctx *ctx, const struct page *page,
                                struct page_rows *ret, struct why *why)
{
    const struct store_range all = {.index = NULL};
    return page_read(ctx, TABLE(identity_pool), &all, page, NULL, ret, why);
}
