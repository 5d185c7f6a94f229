/* role_alias_use.c: see role_alias_use.h. */
#include "account/role_alias_use.h"

#include "account/iam_access.h"
#include "account/role_alias.h"

#include "base/banned.h"

static enum status refuse_too_many(const struct account_ctx *ctx, struct str alias, struct why *why)
{
    const struct role_alias_use of = {.alias = alias};
    const struct store_range range = {.prefix = &of, .n_prefix = 1};
    size_t n;
    TRY(store_count(ctx->tx, TABLE(role_alias_use), &range, ROLE_ALIAS_SERVICES_MAX, &n, why));
    if (n >= ROLE_ALIAS_SERVICES_MAX) {
        return why_set(why, STATUS_LIMIT,
                       "role alias %.*s already has uses of %d services, the most", STR_ARG(alias),
                       ROLE_ALIAS_SERVICES_MAX);
    }
    return STATUS_OK;
}

enum status role_alias_use_note(const struct account_ctx *ctx, struct str alias, struct str service,
                                int64_t at, struct why *why)
{
    struct role_alias known;
    struct role_alias_use use = {.alias = alias, .service = service};
    TRY(iam_service_check(service, why));
    TRY(role_alias_get(ctx, alias, &known, why));
    enum status status = store_get(ctx->tx, TABLE(role_alias_use), &use, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        TRY(refuse_too_many(ctx, alias, why));
    } else {
        TRY(status);
        if (use.last >= at) {
            return STATUS_OK;
        }
    }
    use.last = at;
    return store_put(ctx->tx, TABLE(role_alias_use), &use, why);
}

enum status role_alias_uses_get(const struct account_ctx *ctx, struct str alias,
                                const struct role_alias_use **ret, size_t *ret_n, struct why *why)
{
    const struct role_alias_use of = {.alias = alias};
    const struct store_range range = {.prefix = &of, .n_prefix = 1};
    size_t most = 0;
    size_t n = 0;
    AUTO_SCAN *scan = NULL;
    TRY(store_count(ctx->tx, TABLE(role_alias_use), &range, 0, &most, why));
    struct role_alias_use *uses = NEW_ARRAY(ctx->mem, struct role_alias_use, most);
    TRY_PTR(uses);
    TRY(store_scan_open(ctx->tx, TABLE(role_alias_use), &range, &scan, why));
    for (bool more = true; n < most; n++) {
        TRY(store_scan_next(scan, &uses[n], ctx->mem, &more, why));
        if (!more) {
            break;
        }
    }
    *ret = uses;
    *ret_n = n;
    return STATUS_OK;
}

enum status role_alias_uses_drop(const struct account_ctx *ctx, struct str alias, struct why *why)
{
    const struct role_alias_use *uses = NULL;
    size_t n = 0;
    TRY(role_alias_uses_get(ctx, alias, &uses, &n, why));
    for (size_t i = 0; i < n; i++) {
        TRY(store_delete(ctx->tx, TABLE(role_alias_use), &uses[i], why));
    }
    return STATUS_OK;
}
