/* group_walk.c: the groups below a group, and lists of groups. */
#include "account/group.h"

#include "base/banned.h"

/* The first child of parent whose name is greater than after (absent: the first of all); absent in
 * *ret when there is none. */
static enum status child_after(const struct account_ctx *ctx, struct str parent, struct str after,
                               struct str *ret, struct why *why)
{
    struct thing_group key = {.parent = parent, .name = after};
    struct store_range range = {.index = INDEX(thing_group, by_parent),
                                .prefix = &key,
                                .n_prefix = 1,
                                .after = str_absent(after) ? NULL : &key,
                                .columns = COLUMN_BIT(COL_thing_group__name)};
    AUTO_SCAN *scan = NULL;
    struct thing_group row = {0};
    bool more;
    TRY(store_scan_open(ctx->tx, TABLE(thing_group), &range, &scan, why));
    TRY(store_scan_next(scan, &row, ctx->mem, &more, why));
    *ret = more ? row.name : STR_ABSENT;
    return STATUS_OK;
}

enum status group_walk_next(const struct account_ctx *ctx, struct group_walk *walk, struct why *why)
{
    struct str next = STR_ABSENT;
    if (walk->depth < QUOTA_GROUP_DEPTH) {
        TRY(child_after(ctx, group_walk_at(walk), STR_ABSENT, &next, why));
    }
    while (str_absent(next) && walk->depth > 1) {
        walk->depth--;
        TRY(child_after(ctx, group_walk_at(walk), walk->path[walk->depth], &next, why));
    }
    if (str_absent(next)) {
        walk->depth = 0;
    } else {
        walk->path[walk->depth++] = next;
    }
    return STATUS_OK;
}

enum status group_walk_save(const struct account_ctx *ctx, const struct group_walk *walk,
                            struct str extra, struct str *ret, struct why *why)
{
    struct str parts[QUOTA_GROUP_DEPTH] = {0};
    for (size_t i = 1; i < walk->depth; i++) {
        parts[i - 1] = walk->path[i];
    }
    parts[QUOTA_GROUP_DEPTH - 1] = extra;
    return page_position_make(ctx->mem, parts, QUOTA_GROUP_DEPTH, ret, why);
}

enum status group_walk_load(struct str position, struct str top, struct group_walk *ret,
                            struct str *ret_extra, struct why *why)
{
    struct str parts[QUOTA_GROUP_DEPTH];
    struct group_walk walk = {.path = {top}, .depth = 1};
    TRY(page_position_read(position, parts, QUOTA_GROUP_DEPTH, why));
    for (size_t i = 0; i < QUOTA_GROUP_DEPTH - 1 && !str_absent(parts[i]); i++) {
        walk.path[walk.depth++] = parts[i];
    }
    *ret = walk;
    *ret_extra = parts[QUOTA_GROUP_DEPTH - 1];
    return STATUS_OK;
}

/* ---- lists ------------------------------------------------------------------------------------
 */

/* Rows in the order of their names: past the prefix, the list is over. */
static enum status look_at_name(const struct account_ctx *ctx, const void *row, const void *arg,
                                bool *ret_keep, bool *ret_stop, struct why *why)
{
    (void)ctx;
    (void)ret_keep;
    (void)why;
    const struct groups_filter *filter = arg;
    *ret_stop = !str_starts(((const struct thing_group *)row)->name, filter->name_prefix);
    return STATUS_OK;
}

/* All groups, or the children of one ("" for the roots). */
static enum status list_flat(const struct account_ctx *ctx, const struct groups_filter *filter,
                             bool children, const struct page *page, struct page_rows *ret,
                             struct why *why)
{
    struct thing_group key = {.parent = str_absent(filter->parent) ? STR("") : filter->parent,
                              .name = filter->name_prefix};
    struct store_range range = {0};
    if (children) {
        range = (struct store_range){
            .index = INDEX(thing_group, by_parent), .prefix = &key, .n_prefix = 1};
    }
    range.columns = COLUMN_BIT(COL_thing_group__name);
    struct page_filter look = {look_at_name, filter};
    bool prefixed = filter->name_prefix.len > 0;
    if (prefixed) {
        range.from = &key;
        range.n_from = range.n_prefix + 1;
    }
    return page_read(ctx, TABLE(thing_group), &range, page, prefixed ? &look : NULL, ret, why);
}

static enum status list_below(const struct account_ctx *ctx, const struct groups_filter *filter,
                              const struct page *page, struct page_rows *ret, struct why *why)
{
    struct group_walk walk = {.path = {filter->parent}, .depth = 1};
    struct str extra;
    if (!str_absent(page->after)) {
        TRY(group_walk_load(page->after, filter->parent, &walk, &extra, why));
    }
    size_t size = page_size(page);
    struct thing_group *groups = NEW_ARRAY(ctx->mem, struct thing_group, size);
    TRY_PTR(groups);
    struct group_walk last = walk;
    size_t n = 0;
    TRY(group_walk_next(ctx, &walk, why));
    for (size_t seen = 0; walk.depth > 0 && seen < PAGE_SCAN_MAX; seen++) {
        bool wanted = str_starts(group_walk_at(&walk), filter->name_prefix);
        if (wanted && n == size) {
            break;
        }
        if (wanted) {
            groups[n++].name = group_walk_at(&walk);
        }
        last = walk;
        TRY(group_walk_next(ctx, &walk, why));
    }
    struct str next = STR_ABSENT;
    if (walk.depth > 0) {
        TRY(group_walk_save(ctx, &last, STR_ABSENT, &next, why));
    }
    *ret = (struct page_rows){groups, n, next};
    return STATUS_OK;
}

enum status groups_list(const struct account_ctx *ctx, const struct groups_filter *filter,
                        const struct page *page, struct page_rows *ret, struct why *why)
{
    if (str_absent(filter->parent)) {
        bool roots = filter->recursive.given && !filter->recursive.value;
        return list_flat(ctx, filter, roots, page, ret, why);
    }
    struct thing_group parent;
    TRY(group_get(ctx, filter->parent, &parent, why));
    return filter->recursive.value ? list_below(ctx, filter, page, ret, why)
                                   : list_flat(ctx, filter, true, page, ret, why);
}
