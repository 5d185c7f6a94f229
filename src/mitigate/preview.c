/* preview.c: see preview.h. */
#include "mitigate/preview.h"

#include "account/session.h"
#include "base/limits.h"

#include "base/banned.h"

/* ---- who is touched -------------------------------------------------------------------------- */

/* Room is made by what is there already. */
static enum status touch(struct touched *touched, struct map *names, struct str name,
                         struct why *why)
{
    if (map_has(names, name)) {
        return STATUS_OK;
    }
    if (names->n == TOUCHED_MAX) {
        touched->more = true;
        return STATUS_OK;
    }
    return map_put(names, name, touched, why);
}

static enum status touch_things_of(const struct account_ctx *ctx, struct str principal,
                                   struct touched *touched, struct why *why)
{
    const struct principal_thing like = {.principal = principal};
    const struct store_range range = {.prefix = &like, .n_prefix = 1};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(principal_thing), &range, &scan, why));
    for (bool more = true; !touched->more;) {
        struct principal_thing row;
        TRY(store_scan_next(scan, &row, ctx->mem, &more, why));
        if (!more) {
            break;
        }
        TRY(touch(touched, &touched->things, row.thing, why));
    }
    return STATUS_OK;
}

/* The open connections of a certificate: those of the day that is none. */
static enum status touch_connections(const struct account_ctx *ctx, struct str certificate,
                                     struct touched *touched, struct why *why)
{
    const struct session like = {.ended_day = session_day(TIME_NEVER),
                                 .kind = SESSION_CERTIFICATE,
                                 .principal = certificate};
    const struct store_range range = {.index = INDEX(session, by_end),
                                      .prefix = &like,
                                      .n_prefix = 3,
                                      .columns = COLUMN_BIT(COL_session__client) |
                                                 COLUMN_BIT(COL_session__ended_day)};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(session), &range, &scan, why));
    for (bool more = true; !touched->more;) {
        struct session row;
        TRY(store_scan_next(scan, &row, ctx->mem, &more, why));
        if (!more) {
            break;
        }
        TRY(touch(touched, &touched->connections, row.client, why));
    }
    return STATUS_OK;
}

/* A principal of any kind, and what hangs on it. */
static enum status touch_principal(const struct account_ctx *ctx, struct str principal,
                                   struct touched *touched, struct why *why)
{
    struct str certificate;
    TRY(touch(touched, &touched->principals, principal, why));
    if (arn_is_ours(&ctx->id, principal, STR("cert"), &certificate)) {
        TRY(touch_connections(ctx, certificate, touched, why));
    }
    return touch_things_of(ctx, principal, touched, why);
}

static enum status touch_members(const struct account_ctx *ctx, struct str group,
                                 struct touched *touched, struct why *why)
{
    const struct group_member like = {.group_name = group};
    const struct store_range range = {.prefix = &like, .n_prefix = 1};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(group_member), &range, &scan, why));
    for (bool more = true; !touched->more;) {
        struct group_member row;
        TRY(store_scan_next(scan, &row, ctx->mem, &more, why));
        if (!more) {
            break;
        }
        TRY(touch(touched, &touched->things, row.thing, why));
    }
    return STATUS_OK;
}

static enum status touch_certificate(const struct account_ctx *ctx, struct str id,
                                     struct touched *touched, struct why *why)
{
    struct str arn;
    TRY(account_arn(ctx, STR("cert"), id, &arn, why));
    return touch_principal(ctx, arn, touched, why);
}

static enum status touch_policy(const struct account_ctx *ctx, struct str policy,
                                struct touched *touched, struct why *why)
{
    const struct policy_target like = {.policy = policy};
    const struct store_range range = {.prefix = &like, .n_prefix = 1};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(policy_target), &range, &scan, why));
    for (bool more = true; !touched->more;) {
        struct policy_target row;
        struct str group;
        TRY(store_scan_next(scan, &row, ctx->mem, &more, why));
        if (!more) {
            break;
        }
        if (arn_is_ours(&ctx->id, row.target, STR("thinggroup"), &group)) {
            TRY(touch_members(ctx, group, touched, why));
        } else {
            TRY(touch_principal(ctx, row.target, touched, why));
        }
    }
    return STATUS_OK;
}

static enum status touch_change(const struct account_ctx *ctx, enum action_kind kind,
                                const struct mitigation_change *change, struct touched *touched,
                                struct why *why)
{
    switch (kind) {
    case ACTION_UPDATE_DEVICE_CERTIFICATE:
        return touch_certificate(ctx, change->resource, touched, why);
    case ACTION_ADD_THINGS_TO_THING_GROUP:
        return touch(touched, &touched->things, change->resource, why);
    case ACTION_REPLACE_DEFAULT_POLICY_VERSION:
        return touch_policy(ctx, change->resource, touched, why);
    default:
        return STATUS_OK;
    }
}

/* ---- steps ----------------------------------------------------------------------------------- */

struct previewing {
    const struct preview *preview;
    struct account_ctx ctx; /* mem: cleared for each step */
    struct permissions permissions;
};

static enum status plan_step(struct previewing *p, struct preview_step *out, struct why *why)
{
    const struct step step = {&p->ctx, &p->permissions, out->action, out->finding};
    enum action_kind kind = out->action->params.kind;
    struct step_plan plan = {.n = 0};
    struct touched touched = {.more = false};
    struct why refusal = {.code = STATUS_OK};
    arena_clear(p->ctx.mem);
    map_init(&touched.principals, p->ctx.mem, TOUCHED_MAX);
    map_init(&touched.things, p->ctx.mem, TOUCHED_MAX);
    map_init(&touched.connections, p->ctx.mem, TOUCHED_MAX);
    out->status = out->skipped ? STATUS_OK : step_plan(&step, &plan, &refusal);
    if (out->status != STATUS_OK) {
        if (!step_is_refused(out->status)) {
            return why_set(why, out->status, "%s", refusal.text);
        }
        out->message = str_from(refusal.text);
        plan.n = 0;
    }
    for (size_t i = 0; i < plan.n && !touched.more; i++) {
        TRY(touch_change(&p->ctx, kind, &plan.changes[i].row, &touched, why));
    }
    out->plan = &plan;
    out->touched = &touched;
    return p->preview->visit(p->preview->ctx, out, why);
}

static enum status plan_finding(struct previewing *p, const struct finding *finding,
                                struct why *why)
{
    enum check_id check;
    enum mission_part part = mission_part(p->preview->mission, finding, &check);
    if (part != PART_WANTED && part != PART_SUPPRESSED) {
        return STATUS_OK;
    }
    const struct mission_check *of = &p->preview->mission->checks[check];
    bool failed = false;
    for (size_t i = 0; i < of->n_actions; i++) {
        struct preview_step step = {.finding = finding,
                                    .action = of->actions[i],
                                    .skipped = failed || part == PART_SUPPRESSED};
        if (step.skipped) {
            step.message = failed ? STR("an earlier action on the finding would fail")
                                  : STR("the finding is suppressed");
        }
        TRY(plan_step(p, &step, why));
        failed = failed || step.status != STATUS_OK;
    }
    return STATUS_OK;
}

enum status preview_run(const struct account_ctx *ctx, const struct preview *preview,
                        struct str *ret_next, struct why *why)
{
    AUTO_ARENA *mem = arena_new(LIMIT_MITIGATION_MEMORY);
    struct previewing p = {.preview = preview, .ctx = *ctx};
    struct finding *findings = NEW_ARRAY(ctx->mem, struct finding, preview->max);
    size_t n = 0;
    TRY_PTR(mem);
    TRY_PTR(findings);
    p.ctx.mem = mem;
    permissions_init(&p.permissions, ctx);
    TRY(mission_findings(ctx, preview->mission, preview->after, findings, preview->max, &n, why));
    for (size_t i = 0; i < n; i++) {
        TRY(plan_finding(&p, &findings[i], why));
    }
    *ret_next = n > 0 && n == preview->max ? findings[n - 1].id : STR_ABSENT;
    return STATUS_OK;
}
