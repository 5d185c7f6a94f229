/* step_groups.c: ADD_THINGS_TO_THING_GROUP: the things of a certificate come into thing groups, by
 * all the rules of membership.h, or none of them does. */
#include "account/certificate.h"
#include "account/membership.h"
#include "mitigate/steps_priv.h"

#include "base/banned.h"

/* The things already planned: several certificates may belong to one. */
struct planned {
    struct map things;
};

static enum status may_add(const struct step *step, struct str type, struct str name,
                           struct why *why)
{
    return permission_of(step->permissions, step->ctx->mem, step->action,
                         STR("iot:AddThingToThingGroup"), type, name, why);
}

static enum status plan_thing(const struct step *step, struct str name, struct planned *planned,
                              struct step_plan *plan, struct why *why)
{
    const struct action_params *params = &step->action->params;
    bool missing[ACTION_GROUPS_MAX];
    struct str thing;
    if (map_has(&planned->things, name)) {
        return STATUS_OK;
    }
    TRY(str_dup(plan->mem, name, &thing, why));
    TRY(map_put(&planned->things, thing, planned, why));
    TRY(may_add(step, STR("thing"), thing, why));
    for (size_t i = 0; i < params->n_groups; i++) {
        TRY(may_add(step, STR("thinggroup"), params->groups[i], why));
    }
    TRY(memberships_check(step->ctx, thing, params->groups, params->n_groups, missing, why));
    for (size_t i = 0; i < params->n_groups; i++) {
        const struct mitigation_change change = {.resource = thing,
                                                 .part = params->groups[i],
                                                 .after = STR("MEMBER"),
                                                 .version = clock_now(&step->ctx->clock)};
        if (missing[i]) {
            TRY(step_add(step, plan, &change, NULL, why));
        }
    }
    return STATUS_OK;
}

static enum status plan_device(const struct step *step, const struct step_device *device,
                               struct step_plan *plan, void *ctx, struct why *why)
{
    struct certificate row;
    struct principal_thing like = {.principal = STR_ABSENT};
    enum status status = certificate_state(step->ctx, device->id, &row, why);
    if (status == STATUS_NOT_FOUND && device->related) {
        return STATUS_OK;
    }
    TRY(status);
    TRY(account_arn(step->ctx, STR("cert"), device->id, &like.principal, why));
    const struct store_range range = {.prefix = &like, .n_prefix = 1};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(step->ctx->tx, TABLE(principal_thing), &range, &scan, why));
    for (;;) {
        struct principal_thing pair;
        bool more = false;
        TRY(store_scan_next(scan, &pair, step->ctx->mem, &more, why));
        if (!more) {
            return STATUS_OK;
        }
        TRY(plan_thing(step, pair.thing, ctx, plan, why));
    }
}

static enum status plan_groups(const struct step *step, struct step_plan *plan, struct why *why)
{
    struct planned planned;
    map_init(&planned.things, step->ctx->mem, STEP_CHANGES_MAX);
    TRY(permission_check(step->permissions, step->ctx->mem, step->action,
                         STR("iot:ListPrincipalThings"), STR("*"), why));
    return step_each_device(step, plan, plan_device, &planned, why);
}

static enum status apply(const struct account_ctx *ctx, const struct definition *action,
                         struct step_change *change, struct why *why)
{
    (void)action;
    const struct group_member row = {.group_name = change->row.part,
                                     .thing = change->row.resource,
                                     .added = change->row.version};
    return store_insert(ctx->tx, TABLE(group_member), &row, why);
}

static enum status undo(const struct account_ctx *ctx, const struct mitigation_change *change,
                        struct str *ret_kept, struct why *why)
{
    struct group_member row = {.group_name = change->part, .thing = change->resource};
    enum status status = store_get(ctx->tx, TABLE(group_member), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        *ret_kept = STR("the thing is no longer in the group");
        return STATUS_OK;
    }
    TRY(status);
    if (row.added != change->version) {
        *ret_kept = STR("the thing was removed from the group and added again since");
        return STATUS_OK;
    }
    return store_delete(ctx->tx, TABLE(group_member), &row, why);
}

const struct step_kind step_groups = {plan_groups, apply, undo};
