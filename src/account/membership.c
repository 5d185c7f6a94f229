/* membership.c: see membership.h. */
#include "account/membership.h"

#include "account/group_member.h"
#include "account/thing.h"

#include "base/banned.h"

/* ---- who is meant -----------------------------------------------------------------------------
 */

/* The one name that a name, an ARN or both say. kind is for sentences: "thing group". */
static enum status name_of(const struct account_ctx *ctx, const char *kind, struct str type,
                           struct str name, struct str arn, struct str *ret, struct why *why)
{
    struct str arn_name = STR_ABSENT;
    if (!str_absent(arn) && !arn_is_ours(&ctx->id, arn, type, &arn_name)) {
        return why_set(why, STATUS_INVALID, "'%.*s' is not the ARN of a %s of account %.*s in %.*s",
                       STR_ARG(str_slice(arn, 0, 256)), kind, STR_ARG(ctx->id.account),
                       STR_ARG(ctx->id.region));
    }
    if (str_absent(name) && str_absent(arn_name)) {
        return why_set(why, STATUS_INVALID, "the %s is missing: its name or its ARN must be given",
                       kind);
    }
    if (!str_absent(name) && !str_absent(arn_name) && !str_eq(name, arn_name)) {
        return why_set(why, STATUS_INVALID, "two different %ss are given: name %.*s and ARN %.*s",
                       kind, STR_ARG(name), STR_ARG(arn));
    }
    *ret = str_absent(name) ? arn_name : name;
    return STATUS_OK;
}

static enum status resolve(const struct account_ctx *ctx, const struct membership *in,
                           struct str *ret_thing, struct thing_group *ret_group, struct why *why)
{
    struct str thing_name;
    struct str group_name;
    struct thing thing;
    TRY(name_of(ctx, "thing", STR("thing"), in->thing_name, in->thing_arn, &thing_name, why));
    TRY(name_of(ctx, "thing group", STR("thinggroup"), in->group_name, in->group_arn, &group_name,
                why));
    TRY(thing_get(ctx, thing_name, &thing, why));
    TRY(group_get(ctx, group_name, ret_group, why));
    *ret_thing = thing_name;
    return STATUS_OK;
}

/* ---- adding and removing ----------------------------------------------------------------------
 */

/* Rule 2 for one group that the thing is in. */
static enum status hierarchy_check(const struct account_ctx *ctx, struct str thing,
                                   const struct thing_group *wanted, struct str group,
                                   struct why *why)
{
    struct thing_group present;
    TRY(group_get(ctx, group, &present, why));
    if (str_eq(present.root, wanted->root)) {
        return why_set(why, STATUS_INVALID,
                       "thing %.*s cannot be added to group %.*s: it is in %.*s of the same "
                       "hierarchy (root %.*s), and a thing may be in one group of a hierarchy",
                       STR_ARG(thing), STR_ARG(wanted->name), STR_ARG(group),
                       STR_ARG(wanted->root));
    }
    return STATUS_OK;
}

/* The groups of a thing, and those it is to come into. */
struct groups {
    struct group_member rows[QUOTA_GROUPS_OF_THING];
    size_t n;
};

/* Rules 1 to 3 for one group more, which is then among them. */
static enum status groups_add(const struct account_ctx *ctx, struct str thing,
                              const struct thing_group *group, struct groups *groups,
                              bool *ret_missing, struct why *why)
{
    TRY(group_must_be_static(group, "its members follow from its query and cannot be added", why));
    *ret_missing = false;
    for (size_t i = 0; i < groups->n; i++) {
        if (str_eq(groups->rows[i].group_name, group->name)) {
            return STATUS_OK;
        }
    }
    for (size_t i = 0; i < groups->n; i++) {
        TRY(hierarchy_check(ctx, thing, group, groups->rows[i].group_name, why));
    }
    if (groups->n == QUOTA_GROUPS_OF_THING) {
        return why_set(why, STATUS_INVALID,
                       "thing %.*s cannot be added to group %.*s: it is in %d groups already, the "
                       "most",
                       STR_ARG(thing), STR_ARG(group->name), QUOTA_GROUPS_OF_THING);
    }
    *ret_missing = true;
    groups->rows[groups->n++] = (struct group_member){group->name, thing, clock_now(&ctx->clock)};
    return STATUS_OK;
}

static enum status add_one(const struct account_ctx *ctx, struct str thing,
                           const struct thing_group *group, struct why *why)
{
    struct groups groups;
    bool missing = false;
    TRY(group_members_of_thing(ctx, thing, groups.rows, &groups.n, why));
    TRY(groups_add(ctx, thing, group, &groups, &missing, why));
    return missing ? store_insert(ctx->tx, TABLE(group_member), &groups.rows[groups.n - 1], why)
                   : STATUS_OK;
}

enum status memberships_check(const struct account_ctx *ctx, struct str thing,
                              const struct str *groups, size_t n, bool *ret_missing,
                              struct why *why)
{
    struct thing row;
    struct groups present;
    TRY(thing_get(ctx, thing, &row, why));
    TRY(group_members_of_thing(ctx, thing, present.rows, &present.n, why));
    for (size_t i = 0; i < n; i++) {
        struct thing_group group;
        TRY(group_get(ctx, groups[i], &group, why));
        TRY(groups_add(ctx, thing, &group, &present, &ret_missing[i], why));
    }
    return STATUS_OK;
}

static enum status remove_one(const struct account_ctx *ctx, struct str thing,
                              const struct thing_group *group, struct why *why)
{
    TRY(group_must_be_static(group, "its members follow from its query and cannot be removed",
                             why));
    struct group_member row = {.group_name = group->name, .thing = thing};
    enum status status = store_delete(ctx->tx, TABLE(group_member), &row, why);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status membership_add(const struct account_ctx *ctx, const struct membership *in,
                           struct why *why)
{
    struct str thing;
    struct thing_group group;
    TRY(resolve(ctx, in, &thing, &group, why));
    return add_one(ctx, thing, &group, why);
}

enum status membership_remove(const struct account_ctx *ctx, const struct membership *in,
                              struct why *why)
{
    struct str thing;
    struct thing_group group;
    TRY(resolve(ctx, in, &thing, &group, why));
    return remove_one(ctx, thing, &group, why);
}

static enum status lists_check(const struct memberships_update *in, struct why *why)
{
    for (size_t i = 0; i < in->n_add; i++) {
        for (size_t j = 0; j < in->n_remove; j++) {
            if (str_eq(in->add[i], in->remove[j])) {
                return why_set(why, STATUS_INVALID,
                               "thing group %.*s is both to be added and to be removed",
                               STR_ARG(in->add[i]));
            }
        }
    }
    return STATUS_OK;
}

enum status memberships_update(const struct account_ctx *ctx, const struct memberships_update *in,
                               struct why *why)
{
    struct thing thing;
    struct thing_group group;
    if (str_absent(in->thing)) {
        return why_set(why, STATUS_INVALID, "the thing is missing: its name must be given");
    }
    TRY(lists_check(in, why));
    TRY(thing_get(ctx, in->thing, &thing, why));
    for (size_t i = 0; i < in->n_remove; i++) {
        TRY(group_get(ctx, in->remove[i], &group, why));
        TRY(remove_one(ctx, in->thing, &group, why));
    }
    for (size_t i = 0; i < in->n_add; i++) {
        TRY(group_get(ctx, in->add[i], &group, why));
        TRY(add_one(ctx, in->thing, &group, why));
    }
    return STATUS_OK;
}

/* ---- lists ------------------------------------------------------------------------------------
 */

enum status groups_of_thing(const struct account_ctx *ctx, struct str thing,
                            const struct page *page, struct page_rows *ret, struct why *why)
{
    struct thing row;
    TRY(thing_get(ctx, thing, &row, why));
    struct group_member prefix = {.thing = thing};
    struct store_range range = {
        .index = INDEX(group_member, by_thing), .prefix = &prefix, .n_prefix = 1};
    return page_read(ctx, TABLE(group_member), &range, page, NULL, ret, why);
}

/* Walks the groups from where the last page ended. A page ends when a row beyond it was seen, or
 * after PAGE_SCAN_MAX groups, many of which may be empty. */
static enum status list_below(const struct account_ctx *ctx, struct str top,
                              const struct page *page, struct page_rows *ret, struct why *why)
{
    struct group_walk walk = {.path = {top}, .depth = 1};
    struct str after = STR_ABSENT;
    if (!str_absent(page->after)) {
        TRY(group_walk_load(page->after, top, &walk, &after, why));
    }
    size_t size = page_size(page);
    struct group_member *rows = NEW_ARRAY(ctx->mem, struct group_member, size + 1);
    TRY_PTR(rows);
    struct group_walk last = walk;
    struct str last_thing = after;
    size_t n = 0;
    for (size_t seen = 0; walk.depth > 0 && n <= size && seen < PAGE_SCAN_MAX; seen++) {
        size_t taken;
        TRY(group_members_after(ctx, group_walk_at(&walk), after, rows + n, size + 1 - n, &taken,
                                why));
        n += taken;
        bool full = n > size;
        size_t fitting = full ? taken - 1 : taken;
        if (fitting > 0 || !full) {
            last = walk;
            last_thing = fitting > 0 ? rows[n - taken + fitting - 1].thing : after;
        }
        after = STR_ABSENT;
        if (!full) {
            TRY(group_walk_next(ctx, &walk, why));
        }
    }
    struct str next = STR_ABSENT;
    if (walk.depth > 0) {
        TRY(group_walk_save(ctx, &last, last_thing, &next, why));
    }
    *ret = (struct page_rows){rows, n > size ? size : n, next};
    return STATUS_OK;
}

enum status things_of_group(const struct account_ctx *ctx, struct str group, bool recursive,
                            const struct page *page, struct page_rows *ret, struct why *why)
{
    struct thing_group row;
    TRY(group_get(ctx, group, &row, why));
    if (row.dynamic) {
        return why_set(why, STATUS_UNSUPPORTED,
                       "the members of dynamic thing group %.*s are not known: there is no search "
                       "index yet",
                       STR_ARG(group));
    }
    if (recursive) {
        return list_below(ctx, group, page, ret, why);
    }
    struct group_member prefix = {.group_name = group};
    struct store_range range = {.prefix = &prefix, .n_prefix = 1};
    return page_read(ctx, TABLE(group_member), &range, page, NULL, ret, why);
}
