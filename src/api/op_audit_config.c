/* op_audit_config.c: the account's audit configuration. */
#include "api/extension.h"
#include "audit/config.h"
#include "audit/permission.h"
#include "codec/json_write.h"

#include "base/banned.h"

/* ---- describing ------------------------------------------------------------------------------ */

static void reply_target(struct call *call, const struct audit_config *config)
{
    if (!config->has_target) {
        return;
    }
    reply_begin_map(call, M_auditNotificationTargetConfigurations);
    reply_begin_entry(call, config->target.kind);
    reply_str(call, M_targetArn, config->target.target_arn);
    reply_str(call, M_roleArn, config->target.role_arn);
    reply_bool(call, M_enabled, config->target.enabled != 0);
    reply_end_entry(call);
    reply_end_map(call);
}

static enum status reply_check(struct call *call, const struct audit_config *config, size_t id,
                               struct why *why)
{
    reply_begin_entry(call, check_rows[id].name);
    reply_bool(call, M_enabled, config->checks[id].enabled);
    if (config->checks[id].threshold_days != 0) {
        struct str days;
        TRY(str_fmt(call->mem, &days, why, "%lld", (long long)config->checks[id].threshold_days));
        reply_begin_map(call, M_configuration);
        reply_entry_str(call, check_rows[id].days_key, days);
        reply_end_map(call);
    }
    reply_end_entry(call);
    return STATUS_OK;
}

enum status op_DescribeAccountAuditConfiguration(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct audit_config config;
    TRY(audit_config_get(&ctx, &config, why));
    reply_str(call, M_roleArn, config.role_arn);
    reply_target(call, &config);
    reply_begin_map(call, M_auditCheckConfigurations);
    for (size_t id = 0; id < CHECK_COUNT; id++) {
        if (audit_config_offers(&ctx, (enum check_id)id)) {
            TRY(reply_check(call, &config, id, why));
        }
    }
    reply_end_map(call);
    return STATUS_OK;
}

enum status describe_audit_role(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    const struct role_opened *role = NULL;
    struct audit_config config;
    struct str unheld;
    TRY(audit_config_get(&ctx, &config, why));
    TRY(audit_role_open(&ctx, &role, &unheld, why));
    json_write_member(call->out, STR("roleArn"), config.role_arn);
    json_write_member_bool(call->out, STR("held"), role != NULL);
    return STATUS_OK;
}

/* ---- updating -------------------------------------------------------------------------------- */

static enum status read_days(const struct value *configuration, struct audit_config_check *check,
                             struct why *why)
{
    for (size_t i = 0; i < value_count(configuration); i++) {
        const struct check_row *row = &check_rows[check->id];
        struct str key = value_key(configuration, i);
        struct str text = value_text(value_at(configuration, i));
        if (!str_eq(key, row->days_key)) {
            return why_set(why, STATUS_INVALID, "%.*s is not a configuration of %.*s", STR_ARG(key),
                           STR_ARG(row->name));
        }
        if (str_to_int64(text, &check->threshold_days.value) != STATUS_OK) {
            return why_set(why, STATUS_INVALID, "%.*s of %.*s is '%.*s'; it must be a whole number",
                           STR_ARG(key), STR_ARG(row->name), STR_ARG(str_slice(text, 0, 64)));
        }
        check->threshold_days.given = true;
    }
    return STATUS_OK;
}

static enum status read_checks(struct call *call, struct audit_config_update *in, struct why *why)
{
    const struct value *map = arg_get(call, M_auditCheckConfigurations);
    struct audit_config_check *checks =
        NEW_ARRAY(call->mem, struct audit_config_check, value_count(map));
    TRY_PTR(checks);
    for (size_t i = 0; i < value_count(map); i++) {
        const struct value *entry = value_at(map, i);
        if (!check_find(value_key(map, i), &checks[i].id)) {
            return why_set(why, STATUS_INVALID, "auditCheckConfigurations: there is no check %.*s",
                           STR_ARG(str_slice(value_key(map, i), 0, 128)));
        }
        checks[i].enabled.given = value_has(entry, M_enabled);
        checks[i].enabled.value = value_bool(entry, M_enabled, false);
        TRY(read_days(value_get(entry, M_configuration), &checks[i], why));
    }
    in->checks = checks;
    in->n_checks = value_count(map);
    return STATUS_OK;
}

enum status op_UpdateAccountAuditConfiguration(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct audit_config_update in = {.role_arn = arg_str(call, M_roleArn)};
    TRY(read_checks(call, &in, why));
    const struct value *targets = arg_get(call, M_auditNotificationTargetConfigurations);
    for (size_t i = 0; i < value_count(targets); i++) {
        const struct value *target = value_at(targets, i);
        in.has_target = true;
        in.target.target_arn = value_str(target, M_targetArn);
        in.target.role_arn = value_str(target, M_roleArn);
        in.target_enabled.given = value_has(target, M_enabled);
        in.target_enabled.value = value_bool(target, M_enabled, false);
    }
    return audit_config_update(&ctx, &in, why);
}

enum status op_DeleteAccountAuditConfiguration(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    return audit_config_delete(&ctx, arg_bool(call, M_deleteScheduledAudits, false), why);
}
