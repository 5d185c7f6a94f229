/* step_certificate.c: UPDATE_DEVICE_CERTIFICATE: device certificates become INACTIVE. Not REVOKED,
 * which nothing leads back from. */
#include "account/certificate.h"
#include "mitigate/steps_priv.h"

#include "base/banned.h"

#define INACTIVE STR("INACTIVE")

/* A related certificate that is gone or revoked since is no danger any more. */
static bool passed_over(const struct step_device *device, enum status status,
                        const struct certificate *row)
{
    return device->related && (status == STATUS_NOT_FOUND || str_eq(row->status, STR("REVOKED")));
}

static enum status plan_one(const struct step *step, const struct step_device *device,
                            struct step_plan *plan, void *ctx, struct why *why)
{
    (void)ctx;
    struct certificate *row = NEW(step->ctx->mem, struct certificate);
    TRY_PTR(row);
    TRY(permission_of(step->permissions, step->ctx->mem, step->action, STR("iot:UpdateCertificate"),
                      STR("cert"), device->id, why));
    enum status status = certificate_state(step->ctx, device->id, row, why);
    if (passed_over(device, status, row)) {
        return STATUS_OK;
    }
    TRY(status);
    TRY(certificate_may_become(row->status, INACTIVE, why));
    if (str_eq(row->status, INACTIVE)) {
        return STATUS_OK;
    }
    struct mitigation_change change = {.after = INACTIVE, .version = row->version + 1};
    if (device->related) { /* the row goes with the next one's */
        TRY(str_dup(plan->mem, row->id, &change.resource, why));
        TRY(str_dup(plan->mem, row->generation_id, &change.part, why));
        TRY(str_dup(plan->mem, row->status, &change.before, why));
        return step_add(step, plan, &change, NULL, why);
    }
    change.resource = row->id;
    change.part = row->generation_id;
    change.before = row->status;
    return step_add(step, plan, &change, row, why);
}

static enum status plan_certificates(const struct step *step, struct step_plan *plan,
                                     struct why *why)
{
    return step_each_device(step, plan, plan_one, NULL, why);
}

static enum status apply(const struct account_ctx *ctx, const struct definition *action,
                         struct step_change *change, struct why *why)
{
    (void)action;
    struct certificate *row = change->subject;
    if (row == NULL) {
        return certificate_update(ctx, change->row.resource, INACTIVE, why);
    }
    row->status = INACTIVE;
    return certificate_set(ctx, row, why);
}

static enum status undo(const struct account_ctx *ctx, const struct mitigation_change *change,
                        struct str *ret_kept, struct why *why)
{
    struct certificate row;
    enum status status = certificate_state(ctx, change->resource, &row, why);
    if (status == STATUS_NOT_FOUND) {
        *ret_kept = STR("the certificate was deleted since");
        return STATUS_OK;
    }
    TRY(status);
    if (!str_eq(row.generation_id, change->part)) {
        *ret_kept = STR("the certificate was deleted and registered anew since");
        return STATUS_OK;
    }
    if (row.version != change->version) {
        return str_fmt(ctx->mem, ret_kept, why,
                       "the certificate was changed since: it is %.*s in version %lld, and the "
                       "task left it in version %lld",
                       STR_ARG(row.status), (long long)row.version, (long long)change->version);
    }
    row.status = change->before;
    return certificate_set(ctx, &row, why);
}

const struct step_kind step_certificate = {plan_certificates, apply, undo};
