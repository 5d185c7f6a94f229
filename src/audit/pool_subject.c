/* pool_subject.c: see pool_subject.h. */
#include "audit/pool_subject.h"

#include "account/identity_pool.h"
#include "audit/window.h"

#include "base/banned.h"

bool pool_is_used(const struct pool_use *use, int64_t now)
{
    return use->last >= now - WINDOW_DAYS * (int64_t)DAY_MS;
}

static enum status facts_of(const struct account_ctx *ctx, struct str role_arn,
                            const struct role_facts **ret, struct why *why)
{
    return str_absent(role_arn) ? STATUS_OK : role_facts_get(ctx, role_arn, ret, why);
}

enum status pool_subject_get(const struct account_ctx *ctx, struct str id,
                             const struct pool_subject **ret, struct why *why)
{
    struct identity_pool pool;
    struct pool_subject *seen = NEW(ctx->mem, struct pool_subject);
    TRY_PTR(seen);
    seen->id = id;
    seen->lack = STR_ABSENT;
    enum status status = identity_pool_get(ctx, id, &pool, why);
    if (status == STATUS_NOT_FOUND) {
        *ret = seen;
        return str_fmt(ctx->mem, &seen->lack, why,
                       "identity pool %.*s is not among the account's identity pools", STR_ARG(id));
    }
    TRY(status);
    TRY(facts_of(ctx, pool.authenticated_role, &seen->authenticated, why));
    TRY(facts_of(ctx, pool.unauthenticated_role, &seen->unauthenticated, why));
    *ret = seen;
    return STATUS_OK;
}
