/* group.c: the life of a thing group. */
#include "account/group.h"

#include "account/group_member.h"
#include "account/thing.h"

#include "base/banned.h"

static const struct str KIND = STR_INIT("thinggroup");
static const struct str INDEX_NAME = STR_INIT("AWS_Things");
static const struct str QUERY_VERSION = STR_INIT("2017-09-30");

enum status group_get(const struct account_ctx *ctx, struct str name, struct thing_group *ret,
                      struct why *why)
{
    struct thing_group row = {.name = name};
    enum status status = store_get(ctx->tx, TABLE(thing_group), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_resource(why, ctx, KIND, name,
                            why_set(why, status, "no thing group is named %.*s", STR_ARG(name)));
    }
    TRY(status);
    *ret = row;
    return STATUS_OK;
}

enum status group_must_be_static(const struct thing_group *group, const char *refusal,
                                 struct why *why)
{
    if (group->dynamic) {
        return why_set(why, STATUS_INVALID, "thing group %.*s is dynamic: %s", STR_ARG(group->name),
                       refusal);
    }
    return STATUS_OK;
}

/* Rule 2: the operation of one kind on a group of the other. */
static enum status kind_check(const struct thing_group *group, bool dynamic, struct why *why)
{
    if (dynamic && !group->dynamic) {
        return why_set(why, STATUS_INVALID,
                       "thing group %.*s is static: use the operations of static thing groups",
                       STR_ARG(group->name));
    }
    return dynamic ? STATUS_OK
                   : group_must_be_static(group, "use the operations of dynamic thing groups", why);
}

enum status group_path_get(const struct account_ctx *ctx, const struct thing_group *group,
                           struct group_path *ret, struct why *why)
{
    struct group_path up = {.n = 0};
    struct thing_group at = *group;
    while (at.parent.len > 0) {
        if (up.n == QUOTA_GROUP_DEPTH) {
            return why_set(why, STATUS_CORRUPT, "thing group %.*s is deeper than %d levels",
                           STR_ARG(group->name), QUOTA_GROUP_DEPTH);
        }
        up.names[up.n++] = at.parent;
        TRY(group_get(ctx, at.parent, &at, why));
    }
    ret->n = up.n;
    for (size_t i = 0; i < up.n; i++) {
        ret->names[i] = up.names[up.n - 1 - i];
    }
    return STATUS_OK;
}

/* ---- queries ----------------------------------------------------------------------------------
 */

/* Sets what the query gives; index and version can only be the ones there are. */
static enum status query_apply(const struct group_query *query, struct thing_group *row,
                               struct why *why)
{
    if (!str_absent(query->index_name) && !str_eq(query->index_name, INDEX_NAME)) {
        return why_set(why, STATUS_INVALID,
                       "index %.*s of dynamic thing group %.*s does not exist; the one index is "
                       "%.*s",
                       STR_ARG(query->index_name), STR_ARG(row->name), STR_ARG(INDEX_NAME));
    }
    if (!str_absent(query->query_version) && !str_eq(query->query_version, QUERY_VERSION)) {
        return why_set(why, STATUS_INVALID,
                       "query version %.*s of dynamic thing group %.*s does not exist; the one "
                       "version is %.*s",
                       STR_ARG(query->query_version), STR_ARG(row->name), STR_ARG(QUERY_VERSION));
    }
    row->index_name = INDEX_NAME;
    row->query_version = QUERY_VERSION;
    if (!str_absent(query->query_string)) {
        row->query_string = query->query_string;
    }
    row->status = STR("BUILDING");
    return STATUS_OK;
}

/* ---- making -----------------------------------------------------------------------------------
 */

static enum status attributes_set(const struct account_ctx *ctx,
                                  const struct attributes_change *change, struct thing_group *row,
                                  struct why *why)
{
    struct attributes attributes;
    TRY(attributes_apply(ctx->mem, row->attributes, change, &attributes, &row->attributes, why));
    return attributes_check(attributes, QUOTA_GROUP_ATTRIBUTES, "thing group", row->name, why);
}

/* Rule 1, for a child that is about to be made; *ret_root is the root of the hierarchy. */
static enum status parent_check(const struct account_ctx *ctx, const struct group_create *in,
                                struct str *ret_root, struct why *why)
{
    struct thing_group parent;
    struct group_path above;
    TRY(group_get(ctx, in->parent, &parent, why));
    TRY(group_must_be_static(&parent, "it cannot have child groups", why));
    TRY(group_path_get(ctx, &parent, &above, why));
    if (above.n + 2 > QUOTA_GROUP_DEPTH) {
        return why_set(why, STATUS_INVALID,
                       "thing group %.*s below %.*s would be on level %zu; a hierarchy may have %d "
                       "levels",
                       STR_ARG(in->name), STR_ARG(in->parent), above.n + 2, QUOTA_GROUP_DEPTH);
    }
    struct thing_group prefix = {.parent = in->parent};
    struct store_range range = {
        .index = INDEX(thing_group, by_parent), .prefix = &prefix, .n_prefix = 1};
    size_t n;
    TRY(store_count(ctx->tx, TABLE(thing_group), &range, QUOTA_GROUP_CHILDREN, &n, why));
    if (n >= QUOTA_GROUP_CHILDREN) {
        return why_set(why, STATUS_INVALID,
                       "thing group %.*s already has %d child groups, the most",
                       STR_ARG(in->parent), QUOTA_GROUP_CHILDREN);
    }
    *ret_root = parent.root;
    return STATUS_OK;
}

static enum status dynamic_quota(const struct account_ctx *ctx, struct why *why)
{
    struct thing_group prefix = {.dynamic = 1};
    struct store_range range = {
        .index = INDEX(thing_group, by_dynamic), .prefix = &prefix, .n_prefix = 1};
    size_t n;
    TRY(store_count(ctx->tx, TABLE(thing_group), &range, QUOTA_DYNAMIC_GROUPS, &n, why));
    if (n >= QUOTA_DYNAMIC_GROUPS) {
        return why_set(why, STATUS_LIMIT,
                       "the account already has %d dynamic thing groups, the most",
                       QUOTA_DYNAMIC_GROUPS);
    }
    return STATUS_OK;
}

static bool same_configuration(const struct thing_group *a, const struct thing_group *b)
{
    return a->dynamic == b->dynamic && str_eq(a->parent, b->parent) &&
           str_eq(a->description, b->description) && str_eq(a->attributes, b->attributes) &&
           str_eq(a->query_string, b->query_string);
}

static enum status group_make(const struct account_ctx *ctx, const struct group_create *in,
                              struct thing_group *row, struct why *why)
{
    row->root = in->name;
    if (row->parent.len > 0) {
        TRY(parent_check(ctx, in, &row->root, why));
    }
    if (in->dynamic) {
        TRY(dynamic_quota(ctx, why));
    }
    TRY(account_uuid(ctx, &row->group_id, why));
    TRY(store_insert(ctx->tx, TABLE(thing_group), row, why));
    return tags_put(ctx, KIND, in->name, in->tags, why);
}

enum status group_create(const struct account_ctx *ctx, const struct group_create *in,
                         struct thing_group *ret, struct why *why)
{
    struct thing_group row = {.name = in->name,
                              .parent = str_absent(in->parent) ? STR("") : in->parent,
                              .description = in->description,
                              .version = 1,
                              .created = clock_now(&ctx->clock),
                              .dynamic = in->dynamic};
    TRY(attributes_set(ctx, &in->attributes, &row, why));
    if (in->dynamic) {
        TRY(query_apply(&in->query, &row, why));
    }
    struct thing_group old;
    enum status status = group_get(ctx, in->name, &old, why);
    if (status == STATUS_OK && same_configuration(&old, &row)) {
        *ret = old;
        return STATUS_OK;
    }
    if (status == STATUS_OK) {
        return why_resource(why, ctx, KIND, in->name,
                            why_set(why, STATUS_EXISTS,
                                    "thing group %.*s exists in another configuration",
                                    STR_ARG(in->name)));
    }
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    TRY(group_make(ctx, in, &row, why));
    *ret = row;
    return STATUS_OK;
}

/* ---- changing ---------------------------------------------------------------------------------
 */

enum status group_update(const struct account_ctx *ctx, const struct group_update *in,
                         int64_t *ret_version, struct why *why)
{
    struct thing_group row;
    TRY(group_get(ctx, in->name, &row, why));
    TRY(kind_check(&row, in->dynamic, why));
    TRY(version_check(in->expected_version, row.version, "thing group", in->name, why));
    TRY(attributes_set(ctx, &in->attributes, &row, why));
    if (!str_absent(in->description)) {
        row.description = in->description;
    }
    if (in->dynamic) {
        TRY(query_apply(&in->query, &row, why));
    }
    row.version++;
    TRY(store_put(ctx->tx, TABLE(thing_group), &row, why));
    *ret_version = row.version;
    return STATUS_OK;
}

static enum status no_children(const struct account_ctx *ctx, struct str name, struct why *why)
{
    struct thing_group prefix = {.parent = name};
    struct store_range range = {
        .index = INDEX(thing_group, by_parent), .prefix = &prefix, .n_prefix = 1};
    size_t n;
    TRY(store_count(ctx->tx, TABLE(thing_group), &range, 1, &n, why));
    if (n > 0) {
        return why_set(why, STATUS_INVALID,
                       "thing group %.*s cannot be deleted while it has child groups; delete them "
                       "first (list-thing-groups --parent-group shows them)",
                       STR_ARG(name));
    }
    return STATUS_OK;
}

/* Deletes all rows of the range. They are few, and rows of a table that is being scanned cannot be
 * deleted: one scan a row. */
static enum status rows_drop(const struct account_ctx *ctx, const struct table *table,
                             const struct store_range *range, void *row, struct why *why)
{
    for (;;) {
        bool more;
        {
            AUTO_SCAN *scan = NULL;
            TRY(store_scan_open(ctx->tx, table, range, &scan, why));
            TRY(store_scan_next(scan, row, ctx->mem, &more, why));
        }
        if (!more) {
            return STATUS_OK;
        }
        TRY(store_delete(ctx->tx, table, row, why));
    }
}

/* Takes policies and security profiles off the group. */
static enum status attachments_drop(const struct account_ctx *ctx, struct str name, struct why *why)
{
    struct policy_target policy = {0}, policy_row;
    struct profile_target profile = {0}, profile_row;
    const struct store_range policies = {
        .index = INDEX(policy_target, by_target), .prefix = &policy, .n_prefix = 1};
    const struct store_range profiles = {
        .index = INDEX(profile_target, by_target), .prefix = &profile, .n_prefix = 1};
    TRY(account_arn(ctx, KIND, name, &policy.target, why));
    profile.target = policy.target;
    TRY(rows_drop(ctx, TABLE(policy_target), &policies, &policy_row, why));
    return rows_drop(ctx, TABLE(profile_target), &profiles, &profile_row, why);
}

static enum status log_level_drop(const struct account_ctx *ctx, struct str name, struct why *why)
{
    struct log_target row = {.target_type = STR("THING_GROUP"), .target_name = name};
    enum status status = store_delete(ctx->tx, TABLE(log_target), &row, why);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status group_delete(const struct account_ctx *ctx, struct str name, bool dynamic,
                         struct maybe_int expected_version, struct why *why)
{
    struct thing_group row;
    enum status status = group_get(ctx, name, &row, why);
    if (status == STATUS_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(status);
    TRY(kind_check(&row, dynamic, why));
    TRY(version_check(expected_version, row.version, "thing group", name, why));
    TRY(no_children(ctx, name, why));
    TRY(group_members_drop_group(ctx, name, why));
    TRY(attachments_drop(ctx, name, why));
    TRY(log_level_drop(ctx, name, why));
    TRY(tags_drop(ctx, KIND, name, why));
    return store_delete(ctx->tx, TABLE(thing_group), &row, why);
}
