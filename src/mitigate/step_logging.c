/* step_logging.c: ENABLE_IOT_LOGGING: the account's V2 logging options are set. */
#include "account/logging.h"
#include "mitigate/steps_priv.h"

#include "base/banned.h"

static enum status plan_logging(const struct step *step, struct step_plan *plan, struct why *why)
{
    const struct action_params *params = &step->action->params;
    struct logging_v2 present = {.level = STR_ABSENT};
    struct mitigation_change change = {.resource = STR(""), .part = STR("")};
    TRY(permission_check(step->permissions, step->ctx->mem, step->action,
                         STR("iot:SetV2LoggingOptions"), STR("*"), why));
    TRY(permission_check(step->permissions, step->ctx->mem, step->action, STR("iam:PassRole"),
                         params->logging_role, why));
    enum status status = logging_v2_get(step->ctx, &present, why);
    if (status == STATUS_NOT_CONFIGURED) {
        return step_add(step, plan, &change, NULL, why);
    }
    TRY(status);
    if (str_eq(present.level, params->log_level) && !present.disable_all &&
        str_eq(present.role_arn, params->logging_role)) {
        return STATUS_OK;
    }
    TRY(logging_v2_text(step->ctx, &change.before, why));
    return step_add(step, plan, &change, NULL, why);
}

static enum status apply(const struct account_ctx *ctx, const struct definition *action,
                         struct step_change *change, struct why *why)
{
    const struct logging_v2 options = {.role_arn = action->params.logging_role,
                                       .level = action->params.log_level};
    TRY(logging_v2_set(ctx, &options, false, why));
    return logging_v2_text(ctx, &change->row.after, why);
}

static enum status undo(const struct account_ctx *ctx, const struct mitigation_change *change,
                        struct str *ret_kept, struct why *why)
{
    struct str present;
    TRY(logging_v2_text(ctx, &present, why));
    if (!str_eq(present, change->after)) {
        *ret_kept = STR("the logging options were changed since");
        return STATUS_OK;
    }
    enum status status = logging_v2_restore(ctx, change->before, why);
    if (status == STATUS_CONFLICT) {
        *ret_kept = STR("log levels of single targets were set since, which need logging options");
        return STATUS_OK;
    }
    return status;
}

const struct step_kind step_logging = {plan_logging, apply, undo};
