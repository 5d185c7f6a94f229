/* profile_use.c: see profile_use.h. */
#include "detect/profile_use.h"

#include "base/banned.h"

enum status profile_use_add(const struct account_ctx *ctx, struct str kind, struct str name,
                            struct str profile, struct why *why)
{
    const struct profile_use row = {.kind = kind, .name = name, .profile = profile};
    return store_put(ctx->tx, TABLE(profile_use), &row, why);
}

/* Any row of the range; *ret_there false when there is none. */
static enum status any(const struct account_ctx *ctx, const struct store_range *range,
                       bool *ret_there, struct profile_use *ret, struct why *why)
{
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(profile_use), range, &scan, why));
    return store_scan_next(scan, ret, ctx->mem, ret_there, why);
}

enum status profile_use_drop(const struct account_ctx *ctx, struct str profile, struct why *why)
{
    const struct profile_use like = {.profile = profile};
    const struct store_range range = {
        .index = INDEX(profile_use, by_profile), .prefix = &like, .n_prefix = 1};
    for (;;) {
        struct profile_use row;
        bool there;
        TRY(any(ctx, &range, &there, &row, why));
        if (!there) {
            return STATUS_OK;
        }
        TRY(store_delete(ctx->tx, TABLE(profile_use), &row, why));
    }
}

enum status profile_use_none(const struct account_ctx *ctx, struct str kind, struct str name,
                             struct why *why)
{
    const struct profile_use like = {.kind = kind, .name = name};
    const struct store_range range = {.prefix = &like, .n_prefix = 2};
    struct profile_use row;
    bool there;
    TRY(any(ctx, &range, &there, &row, why));
    if (!there) {
        return STATUS_OK;
    }
    return why_set(why, STATUS_INVALID,
                   "%.*s %.*s cannot be deleted while security profile %.*s names it; take it out "
                   "there first (update-security-profile)",
                   STR_ARG(kind), STR_ARG(name), STR_ARG(row.profile));
}

enum status profile_use_list(const struct account_ctx *ctx, struct str kind, struct str name,
                             const struct page *page, struct page_rows *ret, struct why *why)
{
    const struct profile_use like = {.kind = kind, .name = name};
    const struct store_range range = {.prefix = &like, .n_prefix = 2};
    return page_read(ctx, TABLE(profile_use), &range, page, NULL, ret, why);
}
