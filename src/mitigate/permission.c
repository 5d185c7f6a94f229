/* permission.c: see permission.h. */
#include "mitigate/permission.h"

#include "account/role.h"

#include "base/banned.h"

void permissions_init(struct permissions *permissions, const struct account_ctx *ctx)
{
    permissions->ctx = *ctx;
    map_init(&permissions->roles, ctx->mem, QUOTA_MITIGATION_ACTIONS);
}

static enum status open_role(struct permissions *permissions, struct str arn,
                             const struct role_opened **ret, struct why *why)
{
    const struct role_opened *role = map_get(&permissions->roles, arn);
    if (role == NULL) {
        TRY(role_open(&permissions->ctx, arn, &role, why));
        TRY(map_put(&permissions->roles, arn, (void *)(uintptr_t)role, why));
    }
    *ret = role;
    return STATUS_OK;
}

enum status permission_check(struct permissions *permissions, struct arena *mem,
                             const struct definition *action, struct str what, struct str resource,
                             struct why *why)
{
    const struct role_opened *role = NULL;
    struct access_decision decision;
    struct account_ctx ctx = permissions->ctx;
    const struct role_use use = {.source_arn = action->arn, .action = what, .resource = resource};
    ctx.mem = mem;
    TRY(open_role(permissions, action->role_arn, &role, why));
    TRY(role_ask(&ctx, role, &use, &decision, why));
    if (!decision.allowed) {
        return why_set(why, STATUS_DENIED, "%.*s", STR_ARG(decision.sentence));
    }
    return STATUS_OK;
}
