/* effective.c: see effective.h. */
#include "account/effective.h"

#include "account/group.h"
#include "account/policy.h"
#include "account/policy_names.h"
#include "account/policy_target.h"
#include "account/thing.h"

#include "base/banned.h"

void effective_init(const struct account_ctx *ctx, struct effective *ret)
{
    map_init(&ret->by_name, ctx->mem, EFFECTIVE_POLICIES_MAX);
}

enum status effective_add_policy(const struct account_ctx *ctx, struct effective *effective,
                                 struct str name, struct why *why)
{
    if (map_has(&effective->by_name, name)) {
        return STATUS_OK;
    }
    struct policy policy;
    struct policy_version *version = NEW(ctx->mem, struct policy_version);
    TRY_PTR(version);
    TRY(policy_get(ctx, name, &policy, version, why));
    return map_put(&effective->by_name, version->policy, version, why);
}

static enum status add_target(const struct account_ctx *ctx, struct effective *effective,
                              struct str target, struct why *why)
{
    struct policy_names names;
    TRY(policy_names_get(ctx, target, &names, why));
    for (size_t i = 0; i < names.n; i++) {
        TRY(effective_add_policy(ctx, effective, names.at[i], why));
    }
    return STATUS_OK;
}

static enum status add_group(const struct account_ctx *ctx, struct effective *effective,
                             struct str group, struct why *why)
{
    struct str arn;
    TRY(account_arn(ctx, STR("thinggroup"), group, &arn, why));
    return add_target(ctx, effective, arn, why);
}

/* Those of the group, then of its ancestors up to the root. */
static enum status add_group_line(const struct account_ctx *ctx, struct effective *effective,
                                  struct str name, struct why *why)
{
    struct thing_group group;
    struct group_path path;
    TRY(group_get(ctx, name, &group, why));
    TRY(group_path_get(ctx, &group, &path, why));
    TRY(add_group(ctx, effective, name, why));
    for (size_t i = path.n; i-- > 0;) {
        TRY(add_group(ctx, effective, path.names[i], why));
    }
    return STATUS_OK;
}

enum status effective_add_principal(const struct account_ctx *ctx, struct effective *effective,
                                    struct str principal, struct why *why)
{
    struct policy_target_is is;
    TRY(policy_target_find(ctx, principal, &is, why));
    if (is.kind == TARGET_GROUP) {
        return add_group_line(ctx, effective, is.name, why);
    }
    return add_target(ctx, effective, is.text, why);
}

enum status effective_add_thing(const struct account_ctx *ctx, struct effective *effective,
                                struct str thing, struct why *why)
{
    struct thing row;
    TRY(thing_get(ctx, thing, &row, why));
    struct group_member prefix = {.thing = thing};
    struct store_range range = {
        .index = INDEX(group_member, by_thing), .prefix = &prefix, .n_prefix = 1};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(group_member), &range, &scan, why));
    for (;;) {
        struct group_member member;
        bool more;
        TRY(store_scan_next(scan, &member, ctx->mem, &more, why));
        if (!more) {
            return STATUS_OK;
        }
        TRY(add_group_line(ctx, effective, member.group_name, why));
    }
}
