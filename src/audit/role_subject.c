/* role_subject.c: see role_subject.h. */
#include "audit/role_subject.h"

#include "account/role_alias_use.h"

#include "base/banned.h"

/* What the role did is known of the role alone: its aliases share it. */
static enum status uses_get(const struct account_ctx *ctx, const struct role_alias *row,
                            struct role_alias_subject *seen, struct why *why)
{
    struct iam_entity role;
    struct iam_uses uses = {NULL, 0};
    const struct role_alias_use *own = NULL;
    size_t n_own = 0;
    enum status status = iam_entity_of_arn(ctx, IAM_ROLE, row->role_arn, &role, why);
    if (status != STATUS_NOT_FOUND) {
        TRY(status);
        TRY(iam_own_uses_get(ctx, &role, &uses, why));
    }
    TRY(role_alias_uses_get(ctx, row->alias, &own, &n_own, why));
    struct iam_use *all = NEW_ARRAY(ctx->mem, struct iam_use, uses.n + n_own);
    TRY_PTR(all);
    for (size_t i = 0; i < uses.n; i++) {
        all[i] = uses.at[i];
    }
    for (size_t i = 0; i < n_own; i++) {
        all[uses.n + i] = (struct iam_use){own[i].service, own[i].last, STR_ABSENT};
    }
    seen->uses = all;
    seen->n_uses = uses.n + n_own;
    return STATUS_OK;
}

enum status role_alias_subject_get(const struct account_ctx *ctx, const struct role_alias *row,
                                   const struct role_alias_subject **ret, struct why *why)
{
    struct role_alias_subject *seen = NEW(ctx->mem, struct role_alias_subject);
    TRY_PTR(seen);
    seen->alias = row->alias;
    TRY(account_arn(ctx, STR("rolealias"), row->alias, &seen->arn, why));
    TRY(role_facts_get(ctx, row->role_arn, &seen->role, why));
    TRY(uses_get(ctx, row, seen, why));
    *ret = seen;
    return STATUS_OK;
}

enum status role_alias_used(const struct role_alias_subject *alias, int64_t now, struct arena *mem,
                            const struct str **ret, size_t *ret_n, struct why *why)
{
    (void)why;
    struct str *used = NEW_ARRAY(mem, struct str, alias->n_uses);
    size_t n = 0;
    TRY_PTR(used);
    for (size_t i = 0; i < alias->n_uses; i++) {
        const struct iam_use *use = &alias->uses[i];
        bool counts = use->last >= now - ROLE_ALIAS_USED_DAYS * (int64_t)DAY_MS;
        for (size_t k = 0; counts && k < n; k++) {
            counts = !str_eq(used[k], use->service);
        }
        if (counts) {
            used[n++] = use->service;
        }
    }
    *ret = used;
    *ret_n = n;
    return STATUS_OK;
}
