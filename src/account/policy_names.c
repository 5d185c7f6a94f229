/* policy_names.c: see policy_names.h. */
#include "account/policy_names.h"

#include "base/banned.h"

enum status policy_names_get(const struct account_ctx *ctx, struct str target,
                             struct policy_names *ret, struct why *why)
{
    struct policy_target prefix = {.target = target};
    struct store_range range = {
        .index = INDEX(policy_target, by_target), .prefix = &prefix, .n_prefix = 1};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(policy_target), &range, &scan, why));
    struct policy_names names = {.n = 0};
    while (names.n < QUOTA_POLICIES_OF_TARGET) {
        struct policy_target row;
        bool more;
        TRY(store_scan_next(scan, &row, ctx->mem, &more, why));
        if (!more) {
            break;
        }
        names.at[names.n++] = row.policy;
    }
    *ret = names;
    return STATUS_OK;
}

enum status policy_names_drop(const struct account_ctx *ctx, struct str target,
                              const struct policy_names *names, struct why *why)
{
    for (size_t i = 0; i < names->n; i++) {
        struct policy_target row = {.policy = names->at[i], .target = target};
        TRY(store_delete(ctx->tx, TABLE(policy_target), &row, why));
    }
    return STATUS_OK;
}
