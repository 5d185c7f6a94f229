/* step_ca_certificate.c: UPDATE_CA_CERTIFICATE: a CA certificate becomes INACTIVE. */
#include "account/ca_certificate.h"
#include "mitigate/steps_priv.h"

#include "base/banned.h"

#define INACTIVE STR("INACTIVE")

static enum status plan_ca(const struct step *step, struct step_plan *plan, struct why *why)
{
    struct ca_certificate row;
    struct str id, arn;
    TRY(step_resource(step, "caCertificateId", &id, NULL, why));
    TRY(account_arn(step->ctx, STR("cacert"), id, &arn, why));
    TRY(permission_check(step->permissions, step->ctx->mem, step->action,
                         STR("iot:UpdateCACertificate"), arn, why));
    TRY(ca_certificate_get(step->ctx, id, &row, why));
    if (str_eq(row.status, INACTIVE)) {
        return STATUS_OK;
    }
    const struct mitigation_change change = {.resource = row.id,
                                             .part = row.generation_id,
                                             .before = row.status,
                                             .after = INACTIVE,
                                             .version = row.version + 1};
    return step_add(step, plan, &change, NULL, why);
}

static enum status set_status(const struct account_ctx *ctx, struct str id, struct str status,
                              struct why *why)
{
    const struct ca_certificate_change change = {.status = status};
    return ca_certificate_update(ctx, id, &change, why);
}

static enum status apply(const struct account_ctx *ctx, const struct definition *action,
                         struct step_change *change, struct why *why)
{
    (void)action;
    return set_status(ctx, change->row.resource, INACTIVE, why);
}

static enum status undo(const struct account_ctx *ctx, const struct mitigation_change *change,
                        struct str *ret_kept, struct why *why)
{
    struct ca_certificate row;
    enum status status = ca_certificate_get(ctx, change->resource, &row, why);
    if (status == STATUS_NOT_FOUND) {
        *ret_kept = STR("the CA certificate was deleted since");
        return STATUS_OK;
    }
    TRY(status);
    if (!str_eq(row.generation_id, change->part)) {
        *ret_kept = STR("the CA certificate was deleted and registered anew since");
        return STATUS_OK;
    }
    if (row.version != change->version) {
        return str_fmt(ctx->mem, ret_kept, why,
                       "the CA certificate was changed since: it is %.*s in version %lld, and the "
                       "task left it in version %lld",
                       STR_ARG(row.status), (long long)row.version, (long long)change->version);
    }
    return set_status(ctx, row.id, change->before, why);
}

const struct step_kind step_ca_certificate = {plan_ca, apply, undo};
