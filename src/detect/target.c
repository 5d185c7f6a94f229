/* target.c: see target.h. */
#include "detect/target.h"

#include "account/group.h"
#include "detect/profile.h"

#include "base/banned.h"

/* ---- what a target is ------------------------------------------------------------------------ */

/* *ret_group is the group's name, or absent: all things of a kind. */
static enum status read_target(const struct account_ctx *ctx, struct str target,
                               struct str *ret_group, struct why *why)
{
    static const struct str kinds[] = {STR_INIT("things"), STR_INIT("registered-things"),
                                       STR_INIT("unregistered-things")};
    struct str kind;
    if (arn_is_ours(&ctx->id, target, STR("thinggroup"), ret_group)) {
        return STATUS_OK;
    }
    *ret_group = STR_ABSENT;
    bool all = arn_is_ours(&ctx->id, target, STR("all"), &kind);
    for (size_t i = 0; all && i < sizeof kinds / sizeof kinds[0]; i++) {
        if (str_eq(kinds[i], kind)) {
            return STATUS_OK;
        }
    }
    return why_set(why, STATUS_INVALID,
                   "securityProfileTargetArn '%.*s' is neither a thing group of this account and "
                   "region nor arn:aws:iot:%.*s:%.*s:all/things, all/registered-things or "
                   "all/unregistered-things",
                   STR_ARG(str_slice(target, 0, 200)), STR_ARG(ctx->id.region),
                   STR_ARG(ctx->id.account));
}

static enum status find_target(const struct account_ctx *ctx, struct str target,
                               struct str *ret_group, struct why *why)
{
    struct thing_group group;
    TRY(read_target(ctx, target, ret_group, why));
    return str_absent(*ret_group) ? STATUS_OK : group_get(ctx, *ret_group, &group, why);
}

/* ---- attaching ------------------------------------------------------------------------------- */

static enum status check_room(const struct account_ctx *ctx, struct str target, struct why *why)
{
    const struct profile_target like = {.target = target};
    const struct store_range range = {
        .index = INDEX(profile_target, by_target), .prefix = &like, .n_prefix = 1};
    size_t n = 0;
    TRY(store_count(ctx->tx, TABLE(profile_target), &range, QUOTA_PROFILES_OF_TARGET, &n, why));
    if (n >= QUOTA_PROFILES_OF_TARGET) {
        return why_set(why, STATUS_LIMIT,
                       "%d security profiles are attached to %.*s; there can be no more",
                       QUOTA_PROFILES_OF_TARGET, STR_ARG(target));
    }
    return STATUS_OK;
}

enum status target_attach(const struct account_ctx *ctx, struct str profile, struct str target,
                          struct why *why)
{
    struct security_profile row;
    struct str group;
    struct profile_target pair = {.profile = profile, .target = target};
    TRY(profile_get(ctx, profile, &row, why));
    TRY(find_target(ctx, target, &group, why));
    enum status status = store_get(ctx->tx, TABLE(profile_target), &pair, ctx->mem, why);
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    TRY(check_room(ctx, target, why));
    return store_insert(ctx->tx, TABLE(profile_target), &pair, why);
}

enum status target_detach(const struct account_ctx *ctx, struct str profile, struct str target,
                          struct why *why)
{
    struct security_profile row;
    struct str group;
    const struct profile_target pair = {.profile = profile, .target = target};
    TRY(profile_get(ctx, profile, &row, why));
    TRY(read_target(ctx, target, &group, why));
    enum status status = store_delete(ctx->tx, TABLE(profile_target), &pair, why);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status target_drop_profile(const struct account_ctx *ctx, struct str profile, struct why *why)
{
    const struct profile_target like = {.profile = profile};
    const struct store_range range = {.prefix = &like, .n_prefix = 1};
    for (;;) {
        struct profile_target row;
        bool more;
        {
            AUTO_SCAN *scan = NULL;
            TRY(store_scan_open(ctx->tx, TABLE(profile_target), &range, &scan, why));
            TRY(store_scan_next(scan, &row, ctx->mem, &more, why));
        }
        if (!more) {
            return STATUS_OK;
        }
        TRY(store_delete(ctx->tx, TABLE(profile_target), &row, why));
    }
}

/* ---- lists ----------------------------------------------------------------------------------- */

enum status target_list(const struct account_ctx *ctx, struct str profile, const struct page *page,
                        struct page_rows *ret, struct why *why)
{
    struct security_profile row;
    const struct profile_target like = {.profile = profile};
    const struct store_range range = {.prefix = &like, .n_prefix = 1};
    TRY(profile_get(ctx, profile, &row, why));
    return page_read(ctx, TABLE(profile_target), &range, page, NULL, ret, why);
}

/* The profiles of one target after one (absent: from the first) into rows, at most max. */
static enum status profiles_after(const struct account_ctx *ctx, struct str target,
                                  struct str after, struct profile_target *rows, size_t max,
                                  size_t *n, struct why *why)
{
    const struct profile_target key = {.target = target, .profile = after};
    const struct store_range range = {.index = INDEX(profile_target, by_target),
                                      .prefix = &key,
                                      .n_prefix = 1,
                                      .after = str_absent(after) ? NULL : &key};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(profile_target), &range, &scan, why));
    while (*n < max) {
        bool more;
        TRY(store_scan_next(scan, &rows[*n], ctx->mem, &more, why));
        if (!more) {
            break;
        }
        ++*n;
    }
    return STATUS_OK;
}

/* A group and those below it, in the order of group_walk. A page may end early after
 * PAGE_SCAN_MAX groups; its position is the walk's, with the last profile shown there. */
static enum status list_below(const struct account_ctx *ctx, struct str group,
                              const struct page *page, struct page_rows *ret, struct why *why)
{
    struct group_walk walk = {.path = {group}, .depth = 1};
    struct str after = STR_ABSENT;
    size_t size = page_size(page);
    struct profile_target *rows = NEW_ARRAY(ctx->mem, struct profile_target, size);
    size_t n = 0;
    TRY_PTR(rows);
    if (!str_absent(page->after)) {
        TRY(group_walk_load(page->after, group, &walk, &after, why));
    }
    struct str next = STR_ABSENT;
    for (size_t seen = 0; walk.depth > 0; seen++) {
        struct str arn;
        if (seen == PAGE_SCAN_MAX) {
            TRY(group_walk_save(ctx, &walk, after, &next, why));
            break;
        }
        TRY(account_arn(ctx, STR("thinggroup"), group_walk_at(&walk), &arn, why));
        TRY(profiles_after(ctx, arn, after, rows, size, &n, why));
        if (n == size) {
            TRY(group_walk_save(ctx, &walk, rows[n - 1].profile, &next, why));
            break;
        }
        after = STR_ABSENT;
        TRY(group_walk_next(ctx, &walk, why));
    }
    *ret = (struct page_rows){rows, n, next};
    return STATUS_OK;
}

enum status target_profiles(const struct account_ctx *ctx, struct str target, bool recursive,
                            const struct page *page, struct page_rows *ret, struct why *why)
{
    struct str group;
    const struct profile_target like = {.target = target};
    const struct store_range range = {
        .index = INDEX(profile_target, by_target), .prefix = &like, .n_prefix = 1};
    TRY(find_target(ctx, target, &group, why));
    if (recursive && !str_absent(group)) {
        return list_below(ctx, group, page, ret, why);
    }
    return page_read(ctx, TABLE(profile_target), &range, page, NULL, ret, why);
}
