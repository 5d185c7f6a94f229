/* group_member.c: see group_member.h. */
#include "account/group_member.h"

#include "base/banned.h"

enum { DROP_BATCH = 512, DROP_MEMORY = 1 << 20 };

enum status group_members_of_thing(const struct account_ctx *ctx, struct str thing,
                                   struct group_member ret[QUOTA_GROUPS_OF_THING], size_t *ret_n,
                                   struct why *why)
{
    struct group_member prefix = {.thing = thing};
    struct store_range range = {
        .index = INDEX(group_member, by_thing), .prefix = &prefix, .n_prefix = 1};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(group_member), &range, &scan, why));
    size_t n = 0;
    bool more = true;
    while (n < QUOTA_GROUPS_OF_THING) {
        TRY(store_scan_next(scan, &ret[n], ctx->mem, &more, why));
        if (!more) {
            break;
        }
        n++;
    }
    *ret_n = n;
    return STATUS_OK;
}

enum status group_members_after(const struct account_ctx *ctx, struct str group, struct str after,
                                struct group_member *rows, size_t max, size_t *ret_n,
                                struct why *why)
{
    struct group_member key = {.group_name = group, .thing = after};
    struct store_range range = {
        .prefix = &key, .n_prefix = 1, .after = str_absent(after) ? NULL : &key};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(group_member), &range, &scan, why));
    size_t n = 0;
    bool more = true;
    while (n < max) {
        TRY(store_scan_next(scan, &rows[n], ctx->mem, &more, why));
        if (!more) {
            break;
        }
        n++;
    }
    *ret_n = n;
    return STATUS_OK;
}

enum status group_members_drop_thing(const struct account_ctx *ctx, struct str thing,
                                     struct why *why)
{
    struct group_member rows[QUOTA_GROUPS_OF_THING];
    size_t n;
    TRY(group_members_of_thing(ctx, thing, rows, &n, why));
    for (size_t i = 0; i < n; i++) {
        TRY(store_delete(ctx->tx, TABLE(group_member), &rows[i], why));
    }
    return STATUS_OK;
}

/* In batches, in memory of its own: a group may have any number of members, and rows cannot be
 * deleted while they are scanned. */
enum status group_members_drop_group(const struct account_ctx *ctx, struct str group,
                                     struct why *why)
{
    AUTO_ARENA *mem = arena_new(DROP_MEMORY);
    TRY_PTR(mem);
    struct account_ctx in = *ctx;
    in.mem = mem;
    size_t n;
    do {
        arena_clear(mem);
        struct group_member *rows = NEW_ARRAY(mem, struct group_member, DROP_BATCH);
        TRY_PTR(rows);
        TRY(group_members_after(&in, group, STR_ABSENT, rows, DROP_BATCH, &n, why));
        for (size_t i = 0; i < n; i++) {
            TRY(store_delete(ctx->tx, TABLE(group_member), &rows[i], why));
        }
    } while (n == DROP_BATCH);
    return STATUS_OK;
}
