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

/* ---- pools of an account elsewhere ----------------------------------------------------------- */

static enum status id_check(const struct account_ctx *ctx, struct str id, struct why *why)
{
    size_t colon = str_find_char(id, ':', 0);
    if (colon == id.len || str_slice(id, colon + 1, id.len).len != UUID_TEXT) {
        return why_set(why, STATUS_INVALID,
                       "'%.*s' is not the id of an identity pool: its region, ':' and a UUID",
                       STR_ARG(str_slice(id, 0, 64)));
    }
    if (!str_eq(str_slice(id, 0, colon), ctx->id.region)) {
        return why_set(why, STATUS_INVALID,
                       "identity pool %.*s is of another region; this server is for %.*s (bulwarkd "
                       "--region)",
                       STR_ARG(str_slice(id, 0, 64)), STR_ARG(ctx->id.region));
    }
    return STATUS_OK;
}

static bool same_pool(const struct identity_pool *a, const struct identity_pool *b)
{
    return str_eq(a->name, b->name) && a->unauthenticated == b->unauthenticated &&
           a->classic == b->classic && str_eq(a->developer, b->developer) &&
           str_eq(a->providers, b->providers) && str_eq(a->openid, b->openid) &&
           str_eq(a->saml, b->saml) && str_eq(a->logins, b->logins);
}

enum status identity_pool_import(const struct account_ctx *ctx, const struct identity_pool *row,
                                 struct tags tags, bool dry, enum import_change *ret,
                                 struct why *why)
{
    struct identity_pool made = *row;
    struct identity_pool old = {.id = row->id};
    const struct store_range all = {.index = NULL};
    struct str arn;
    bool same_tags = false;
    size_t n = 0;
    TRY(id_check(ctx, row->id, why));
    TRY(identity_pool_arn(ctx, row->id, &arn, why));
    TRY(tags_are(ctx, arn, tags, &same_tags, why));
    TRY(store_count(ctx->tx, TABLE(identity_pool), &all, QUOTA_IDENTITY_POOLS, &n, why));
    enum status status = store_get(ctx->tx, TABLE(identity_pool), &old, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        if (n >= QUOTA_IDENTITY_POOLS) {
            return why_set(why, STATUS_LIMIT, "the account already has %d identity pools, the most",
                           QUOTA_IDENTITY_POOLS);
        }
        *ret = IMPORT_NEW;
        made.created = clock_now(&ctx->clock);
    } else {
        TRY(status);
        *ret = same_tags && same_pool(row, &old) ? IMPORT_KNOWN : IMPORT_CHANGED;
        made.created = old.created;
    }
    if (dry || *ret == IMPORT_KNOWN) {
        return STATUS_OK;
    }
    made.authenticated_role = old.authenticated_role;
    made.unauthenticated_role = old.unauthenticated_role;
    made.role_mappings = old.role_mappings;
    made.modified = clock_now(&ctx->clock);
    TRY(store_put(ctx->tx, TABLE(identity_pool), &made, why));
    return tags_replace_arn(ctx, arn, tags, why);
}

enum status identity_pool_roles_import(const struct account_ctx *ctx, struct str id,
                                       const struct identity_pool_roles *roles, bool dry,
                                       bool coming, enum import_change *ret, struct why *why)
{
    struct identity_pool row = {.id = id};
    TRY(id_check(ctx, id, why));
    TRY(role_check(roles->authenticated, why));
    TRY(role_check(roles->unauthenticated, why));
    enum status status = identity_pool_get(ctx, id, &row, why);
    bool none = str_absent(row.authenticated_role) && str_absent(row.unauthenticated_role) &&
                str_absent(row.role_mappings);
    if (status == STATUS_NOT_FOUND && coming) {
        *ret = IMPORT_NEW;
        return STATUS_OK;
    }
    TRY(status);
    if (str_eq(row.authenticated_role, roles->authenticated) &&
        str_eq(row.unauthenticated_role, roles->unauthenticated) &&
        str_eq(row.role_mappings, roles->mappings)) {
        *ret = IMPORT_KNOWN;
        return STATUS_OK;
    }
    *ret = none ? IMPORT_NEW : IMPORT_CHANGED;
    return dry ? STATUS_OK : identity_pool_roles_set(ctx, id, roles, why);
}

/* ---- lists ----------------------------------------------------------------------------------- */

enum status identity_pools_list(const struct account_ctx *ctx, const struct page *page,
                                struct page_rows *ret, struct why *why)
{
    const struct store_range all = {.index = NULL};
    return page_read(ctx, TABLE(identity_pool), &all, page, NULL, ret, why);
}
