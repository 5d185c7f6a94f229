/* permission.c: see permission.h. */
#include "mitigate/permission.h"

#include "account/role.h"

#include "base/banned.h"

void permissions_init(struct permissions *permissions, const struct account_ctx *ctx)
{
    permissions->ctx = *ctx;
    permissions->n_known = 0;
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

/* ---- all resources of a type ----------------------------------------------------------------- */

static const struct permission_known *find_known(const struct permissions *permissions,
                                                 const struct definition *action, struct str what,
                                                 struct str type)
{
    for (size_t i = 0; i < permissions->n_known; i++) {
        const struct permission_known *known = &permissions->known[i];
        if (known->action == action && str_eq(known->what, what) && str_eq(known->type, type)) {
            return known;
        }
    }
    return NULL;
}

/* Asks once about all of the type, when the role knows no difference between them. */
static enum status learn(struct permissions *permissions, struct arena *mem,
                         const struct definition *action, struct str what, struct str type,
                         struct permission_known *ret, struct why *why)
{
    const struct role_opened *role = NULL;
    struct access_decision decision = {.allowed = false};
    struct account_ctx ctx = permissions->ctx;
    struct role_use use = {.source_arn = action->arn, .action = what};
    ctx.mem = mem;
    TRY(account_arn(&ctx, type, STR(""), &use.resource, why)); /* how the ARNs of all begin */
    TRY(open_role(permissions, action->role_arn, &role, why));
    *ret = (struct permission_known){.action = action, .what = what, .type = type};
    ret->alike = role_answers_alike(role, &use);
    if (ret->alike) {
        TRY(role_ask(&ctx, role, &use, &decision, why));
        ret->allowed = decision.allowed;
    }
    return STATUS_OK;
}

enum status permission_of(struct permissions *permissions, struct arena *mem,
                          const struct definition *action, struct str what, struct str type,
                          struct str name, struct why *why)
{
    struct str arn;
    const struct permission_known *known = find_known(permissions, action, what, type);
    if (known == NULL && permissions->n_known < PERMISSIONS_KNOWN) {
        struct permission_known *place = &permissions->known[permissions->n_known];
        TRY(learn(permissions, mem, action, what, type, place, why));
        permissions->n_known++;
        known = place;
    }
    if (known != NULL && known->alike && known->allowed) {
        return STATUS_OK;
    }
    struct account_ctx ctx = permissions->ctx;
    ctx.mem = mem;
    TRY(account_arn(&ctx, type, name, &arn, why));
    return permission_check(permissions, mem, action, what, arn, why);
}
