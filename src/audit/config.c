/* config.c: see config.h. */
#include "audit/config.h"

#include <inttypes.h>

#include "account/role_alias.h"
#include "audit/check.h"
#include "audit/schedule.h"

#include "base/banned.h"

/* The setting that holds the role, and says by being there that there is a configuration. */
#define ROLE_SETTING STR("audit-role")
#define TARGET_KIND  STR("SNS")

/* ---- reading --------------------------------------------------------------------------------- */

static enum status get_role(const struct account_ctx *ctx, struct audit_config *config,
                            struct why *why)
{
    struct setting role = {.name = ROLE_SETTING};
    enum status status = store_get(ctx->tx, TABLE(setting), &role, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(status);
    config->configured = true;
    config->role_arn = role.value;
    return STATUS_OK;
}

static enum status get_target(const struct account_ctx *ctx, struct audit_config *config,
                              struct why *why)
{
    config->target = (struct audit_target){.kind = TARGET_KIND};
    enum status status = store_get(ctx->tx, TABLE(audit_target), &config->target, ctx->mem, why);
    config->has_target = status == STATUS_OK;
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

enum status audit_config_get(const struct account_ctx *ctx, struct audit_config *ret,
                             struct why *why)
{
    struct audit_config config = {.configured = false};
    TRY(get_role(ctx, &config, why));
    TRY(get_target(ctx, &config, why));
    const struct store_range all = {.index = NULL};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(audit_setting), &all, &scan, why));
    for (bool more = true; more;) {
        struct audit_setting row = {.name = STR_ABSENT};
        enum check_id id;
        TRY(store_scan_next(scan, &row, ctx->mem, &more, why));
        if (more && check_find(row.name, &id)) {
            config.checks[id].enabled = row.enabled != 0 && audit_config_offers(ctx, id);
            config.checks[id].threshold_days = row.threshold_days;
        }
    }
    *ret = config;
    return STATUS_OK;
}

bool audit_config_offers(const struct account_ctx *ctx, enum check_id id)
{
    return ctx->extensions || !check_rows[id].extension;
}

int64_t audit_config_days(const struct audit_config *config, enum check_id id)
{
    int64_t days = config->checks[id].threshold_days;
    return days != 0 ? days : check_rows[id].days_default;
}

/* ---- updating -------------------------------------------------------------------------------- */

static enum status check_unused(const struct account_ctx *ctx, enum check_id id, struct why *why)
{
    struct str schedule;
    TRY(schedule_using(ctx, id, &schedule, why));
    if (!str_absent(schedule)) {
        return why_set(why, STATUS_INVALID,
                       "%.*s cannot be disabled: scheduled audit %.*s names it; take it out there, "
                       "or delete that schedule, first",
                       STR_ARG(check_rows[id].name), STR_ARG(schedule));
    }
    return STATUS_OK;
}

static enum status check_one(const struct account_ctx *ctx, const struct audit_config_check *check,
                             struct why *why)
{
    const struct check_row *row = &check_rows[check->id];
    if (check->enabled.given && !check->enabled.value) {
        TRY(check_unused(ctx, check->id, why));
    }
    if (!audit_config_offers(ctx, check->id)) {
        return why_set(why, STATUS_INVALID,
                       "%.*s is a check that AWS IoT Device Defender does not have; it is offered "
                       "where bulwarkd runs with --extensions",
                       STR_ARG(row->name));
    }
    if (check->enabled.given && check->enabled.value && audit_checks[check->id] == NULL) {
        return why_set(why, STATUS_INVALID,
                       "%.*s cannot be enabled: Bulwark does not have this check yet, and will not "
                       "pretend that it passes",
                       STR_ARG(row->name));
    }
    if (!check->threshold_days.given) {
        return STATUS_OK;
    }
    if (row->days_key.len == 0) {
        return why_set(why, STATUS_INVALID, "%.*s has no configuration", STR_ARG(row->name));
    }
    int64_t days = check->threshold_days.value;
    if (days < row->days_min || days > CHECK_DAYS_MAX) {
        return why_set(
            why, STATUS_INVALID, "%.*s of %.*s is %" PRId64 "; it must be from %d to %d days",
            STR_ARG(row->days_key), STR_ARG(row->name), days, row->days_min, CHECK_DAYS_MAX);
    }
    return STATUS_OK;
}

static enum status check_update(const struct account_ctx *ctx, const struct audit_config *now,
                                const struct audit_config_update *in, struct why *why)
{
    uint64_t seen = 0;
    bool enables = false;
    for (size_t i = 0; i < in->n_checks; i++) {
        const struct audit_config_check *check = &in->checks[i];
        TRY(check_one(ctx, check, why));
        if (seen & (UINT64_C(1) << check->id)) {
            return why_set(why, STATUS_INVALID,
                           "auditCheckConfigurations names %.*s twice, once by an alias",
                           STR_ARG(check_rows[check->id].name));
        }
        seen |= UINT64_C(1) << check->id;
        enables = enables || (check->enabled.given && check->enabled.value);
    }
    if (!now->configured && (str_absent(in->role_arn) || !enables)) {
        return why_set(why, STATUS_INVALID,
                       "the first audit configuration must have a roleArn and enable at least one "
                       "check");
    }
    return str_absent(in->role_arn) ? STATUS_OK
                                    : role_arn_check_own(ctx, "roleArn", in->role_arn, why);
}

static enum status put_checks(const struct account_ctx *ctx, const struct audit_config *now,
                              const struct audit_config_update *in, struct why *why)
{
    for (size_t i = 0; i < in->n_checks; i++) {
        const struct audit_config_check *check = &in->checks[i];
        bool was = now->checks[check->id].enabled;
        bool enabled = check->enabled.given ? check->enabled.value : was;
        struct audit_setting row = {.name = check_rows[check->id].name,
                                    .enabled = enabled,
                                    .enabled_at = enabled ? clock_now(&ctx->clock) : TIME_NEVER,
                                    .threshold_days = check->threshold_days.given
                                                          ? check->threshold_days.value
                                                          : now->checks[check->id].threshold_days};
        struct audit_setting old = {.name = row.name};
        if (enabled && was &&
            store_get(ctx->tx, TABLE(audit_setting), &old, ctx->mem, NULL) == STATUS_OK) {
            row.enabled_at = old.enabled_at;
        }
        TRY(store_put(ctx->tx, TABLE(audit_setting), &row, why));
    }
    return STATUS_OK;
}

static enum status put_target(const struct account_ctx *ctx, const struct audit_config *now,
                              const struct audit_config_update *in, struct why *why)
{
    struct audit_target row = now->target;
    if (!str_absent(in->target.target_arn)) {
        row.target_arn = in->target.target_arn;
    }
    if (!str_absent(in->target.role_arn)) {
        TRY(role_arn_check_own(ctx, "roleArn", in->target.role_arn, why));
        row.role_arn = in->target.role_arn;
    }
    if (in->target_enabled.given) {
        row.enabled = in->target_enabled.value;
    }
    if (row.enabled && (str_absent(row.target_arn) || str_absent(row.role_arn))) {
        return why_set(why, STATUS_INVALID,
                       "an enabled SNS notification target needs a targetArn and a roleArn");
    }
    return store_put(ctx->tx, TABLE(audit_target), &row, why);
}

enum status audit_config_update(const struct account_ctx *ctx, const struct audit_config_update *in,
                                struct why *why)
{
    struct audit_config now;
    TRY(audit_config_get(ctx, &now, why));
    TRY(check_update(ctx, &now, in, why));
    if (!str_absent(in->role_arn)) {
        struct setting role = {
            .name = ROLE_SETTING, .value = in->role_arn, .modified = clock_now(&ctx->clock)};
        TRY(store_put(ctx->tx, TABLE(setting), &role, why));
    }
    TRY(put_checks(ctx, &now, in, why));
    return in->has_target ? put_target(ctx, &now, in, why) : STATUS_OK;
}

/* ---- adopting -------------------------------------------------------------------------------- */

enum status audit_config_adopt(const struct account_ctx *ctx, const struct audit_config *config,
                               struct why *why)
{
    struct setting role = {.name = ROLE_SETTING, .modified = clock_now(&ctx->clock)};
    bool any = false;
    role.value = config->role_arn;
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        any = any || config->checks[i].enabled;
    }
    if (str_absent(role.value)) {
        TRY(arn_make_iam(ctx->mem, &ctx->id, STR("role"), STR("/"), STR("bulwark-collect"),
                         &role.value, why));
    }
    TRY(store_put(ctx->tx, TABLE(setting), &role, why));
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        bool enabled = config->checks[i].enabled || (!any && !check_rows[i].extension);
        const struct audit_setting row = {.name = check_rows[i].name,
                                          .enabled = enabled && audit_checks[i] != NULL,
                                          .enabled_at =
                                              enabled ? clock_now(&ctx->clock) : TIME_NEVER,
                                          .threshold_days = config->checks[i].threshold_days};
        TRY(store_put(ctx->tx, TABLE(audit_setting), &row, why));
    }
    return STATUS_OK;
}

/* ---- deleting -------------------------------------------------------------------------------- */

static enum status delete_if_there(const struct account_ctx *ctx, const struct table *table,
                                   const void *row, struct why *why)
{
    enum status status = store_delete(ctx->tx, table, row, why);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status delete_schedules(const struct account_ctx *ctx, bool with_schedules,
                                    struct why *why)
{
    bool any = false;
    TRY(schedule_any(ctx, &any, why));
    if (any && !with_schedules) {
        return why_set(why, STATUS_INVALID,
                       "there are scheduled audits; delete them first, or pass "
                       "deleteScheduledAudits=true");
    }
    return schedule_delete_all(ctx, why);
}

enum status audit_config_delete(const struct account_ctx *ctx, bool with_schedules, struct why *why)
{
    struct audit_config now;
    TRY(audit_config_get(ctx, &now, why));
    if (!now.configured) {
        return why_set(why, STATUS_NOT_FOUND, "audits were never configured in this account");
    }
    TRY(delete_schedules(ctx, with_schedules, why));
    TRY(delete_if_there(ctx, TABLE(setting), &(struct setting){.name = ROLE_SETTING}, why));
    TRY(delete_if_there(ctx, TABLE(audit_target), &now.target, why));
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        struct audit_setting row = {.name = check_rows[i].name};
        TRY(delete_if_there(ctx, TABLE(audit_setting), &row, why));
    }
    return STATUS_OK;
}
