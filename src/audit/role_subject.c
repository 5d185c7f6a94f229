/* role_subject.c: see role_subject.h. */
#include "audit/role_subject.h"

#include "base/banned.h"

enum status role_alias_subject_get(const struct account_ctx *ctx, const struct role_alias *row,
                                   const struct role_alias_subject **ret, struct why *why)
{
    struct role_alias_subject *seen = NEW(ctx->mem, struct role_alias_subject);
    TRY_PTR(seen);
    seen->alias = row->alias;
    TRY(account_arn(ctx, STR("rolealias"), row->alias, &seen->arn, why));
    TRY(role_facts_get(ctx, row->role_arn, &seen->role, why));
    TRY(role_alias_uses_get(ctx, row->alias, &seen->uses, &seen->n_uses, why));
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
        if (alias->uses[i].last >= now - ROLE_ALIAS_USED_DAYS * (int64_t)DAY_MS) {
            used[n++] = alias->uses[i].service;
        }
    }
    *ret = used;
    *ret_n = n;
    return STATUS_OK;
}
