#include "broker/seen.h"

#include "account/group.h"
#include "account/group_member.h"
#include "account/policy_names.h"
#include "base/map.h"
#include "codec/digest.h"

#include "base/banned.h"

static enum status names_dup(const struct account_ctx *ctx, const struct policy_names *names,
                             struct str **ret, size_t *ret_n, struct why *why)
{
    struct str *all = NEW_ARRAY(ctx->mem, struct str, names->n);
    TRY_PTR(all);
    for (size_t i = 0; i < names->n; i++) {
        all[i] = names->at[i];
    }
    *ret = all;
    *ret_n = names->n;
    return STATUS_OK;
}

/* ---- policies of groups ---------------------------------------------------------------------- */

static enum status add_group(const struct account_ctx *ctx, struct str group, struct map *policies,
                             struct why *why)
{
    struct str arn;
    struct policy_names names;
    TRY(account_arn(ctx, STR("thinggroup"), group, &arn, why));
    TRY(policy_names_get(ctx, arn, &names, why));
    for (size_t i = 0; i < names.n && policies->n < SEEN_POLICIES_MAX; i++) {
        TRY(map_put(policies, names.at[i], (void *)(uintptr_t)names.at[i].ptr, why));
    }
    return STATUS_OK;
}

/* The group's, and those of all above it. A group that is gone in the same view gives none. */
static enum status add_group_line(const struct account_ctx *ctx, struct str name,
                                  struct map *policies, struct why *why)
{
    struct thing_group group;
    struct group_path path;
    enum status status = group_get(ctx, name, &group, why);
    if (status == STATUS_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(status);
    TRY(group_path_get(ctx, &group, &path, why));
    TRY(add_group(ctx, name, policies, why));
    for (size_t i = 0; i < path.n; i++) {
        TRY(add_group(ctx, path.names[i], policies, why));
    }
    return STATUS_OK;
}

static enum status thing_policies(const struct account_ctx *ctx, struct seen_thing *thing,
                                  bool *ret_cut, struct why *why)
{
    struct group_member rows[QUOTA_GROUPS_OF_THING];
    struct map policies;
    size_t n = 0;
    map_init(&policies, ctx->mem, SEEN_POLICIES_MAX);
    TRY(group_members_of_thing(ctx, thing->name, rows, &n, why));
    for (size_t i = 0; i < n; i++) {
        TRY(add_group_line(ctx, rows[i].group_name, &policies, why));
    }
    thing->policies = NEW_ARRAY(ctx->mem, struct str, policies.n);
    TRY_PTR(thing->policies);
    for (size_t i = 0; i < policies.n; i++) {
        thing->policies[i] = map_at(&policies, i)->key;
    }
    thing->n_policies = policies.n;
    *ret_cut |= policies.n == SEEN_POLICIES_MAX;
    return STATUS_OK;
}

/* ---- things ---------------------------------------------------------------------------------- */

static enum status see_thing(const struct account_ctx *ctx, const struct principal_thing *pair,
                             struct seen_principal *seen, struct why *why)
{
    struct thing row = {.name = pair->thing};
    enum status status = store_get(ctx->tx, TABLE(thing), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(status);
    struct seen_thing *thing = &seen->things[seen->n_things++];
    *thing = (struct seen_thing){.name = row.name,
                                 .type = row.type_name,
                                 .attributes = row.attributes,
                                 .exclusive = str_eq(pair->kind, STR("EXCLUSIVE_THING"))};
    return thing_policies(ctx, thing, &seen->cut, why);
}

static enum status see_things(const struct account_ctx *ctx, struct str arn,
                              struct seen_principal *seen, struct why *why)
{
    const struct principal_thing like = {.principal = arn};
    const struct store_range range = {.prefix = &like, .n_prefix = 1};
    struct principal_thing pair;
    AUTO_SCAN *scan = NULL;
    size_t n = 0;
    TRY(store_count(ctx->tx, TABLE(principal_thing), &range, SEEN_THINGS_MAX, &n, why));
    seen->things = NEW_ARRAY(ctx->mem, struct seen_thing, n);
    TRY_PTR(seen->things);
    seen->cut = n == SEEN_THINGS_MAX;
    TRY(store_scan_open(ctx->tx, TABLE(principal_thing), &range, &scan, why));
    for (bool more = true; more && n > 0; n--) {
        TRY(store_scan_next(scan, &pair, ctx->mem, &more, why));
        if (more) {
            TRY(see_thing(ctx, &pair, seen, why));
        }
    }
    return STATUS_OK;
}

/* ---- the principal --------------------------------------------------------------------------- */

static enum status see_revocation(const struct account_ctx *ctx, struct seen_principal *seen,
                                  struct why *why)
{
    struct revoked row = {.certificate = seen->id};
    enum status status = store_get(ctx->tx, TABLE(revoked), &row, ctx->mem, why);
    if (status != STATUS_NOT_FOUND) {
        TRY(status);
        seen->revoked = row.since;
    }
    return STATUS_OK;
}

enum status seen_principal_get(const struct account_ctx *ctx, struct str id,
                               struct seen_principal *ret, struct why *why)
{
    struct certificate row = {.id = id};
    struct policy_names names;
    struct str arn;
    TRY(store_get(ctx->tx, TABLE(certificate), &row, ctx->mem, why));
    struct seen_principal seen = {.id = id,
                                  .status = row.status,
                                  .not_before = row.not_before,
                                  .not_after = row.not_after,
                                  .revoked = TIME_NEVER};
    TRY(account_arn(ctx, STR("cert"), id, &arn, why));
    TRY(policy_names_get(ctx, arn, &names, why));
    TRY(names_dup(ctx, &names, &seen.policies, &seen.n_policies, why));
    TRY(see_things(ctx, arn, &seen, why));
    TRY(see_revocation(ctx, &seen, why));
    *ret = seen;
    return STATUS_OK;
}

enum status policy_number(struct str name, uint64_t *ret, struct why *why)
{
    uint8_t sum[SHA256_BYTES];
    uint64_t number = 0;
    TRY(digest_sha256(bytes_of_str(name), sum, why));
    for (size_t i = 0; i < sizeof number; i++) {
        number = number << 8 | sum[i];
    }
    *ret = number == 0 ? 1 : number;
    return STATUS_OK;
}
