/* import_usage.c: reports of IAM, as `aws iam get-service-last-accessed-details` shows them.
 *
 * The report itself does not say whose it is when nothing was used; a member Arn of ours does.
 */
#include "account/iam_access.h"
#include "api/import_documents.h"

#include "base/banned.h"

struct usage {
    enum iam_kind kind;
    struct str arn;
    struct iam_use *uses;
    size_t n;
};

static enum status read_arn(const struct account_ctx *ctx, struct import_read *read,
                            const struct json_value *value, struct usage *usage, struct why *why)
{
    struct str path;
    struct str name;
    const struct import_place at = {NULL, STR("Arn"), 0};
    TRY(import_text(read, NULL, value, at.member, true, &usage->arn, why));
    if (arn_is_our_iam(&ctx->id, usage->arn, STR("role"), &path, &name)) {
        usage->kind = IAM_ROLE;
    } else if (arn_is_our_iam(&ctx->id, usage->arn, STR("user"), &path, &name)) {
        usage->kind = IAM_USER;
    } else {
        return import_fault(
            read, &at,
            why_set(why, STATUS_INVALID, "%.*s is not the ARN of a role or user of account %.*s",
                    STR_ARG(str_slice(usage->arn, 0, 256)), STR_ARG(ctx->id.account)));
    }
    return STATUS_OK;
}

/* A service that was never used has no moment. */
static enum status read_service(struct import_read *read, const struct import_place *at,
                                const struct json_value *value, struct usage *usage,
                                struct why *why)
{
    struct iam_use *use = &usage->uses[usage->n];
    const struct import_place here = {at, STR("ServiceNamespace"), 0};
    TRY(import_text(read, at, value, here.member, true, &use->service, why));
    enum status status = iam_service_check(use->service, why);
    if (status != STATUS_OK) {
        return import_fault(read, &here, status);
    }
    TRY(import_time(read, at, value, STR("LastAuthenticated"), false, &use->last, why));
    TRY(import_text(read, at, value, STR("LastAuthenticatedRegion"), false, &use->region, why));
    for (size_t i = 0; i < usage->n; i++) {
        if (str_eq(usage->uses[i].service, use->service)) {
            return import_fault(read, &here,
                                why_set(why, STATUS_INVALID, "the service is there twice"));
        }
    }
    usage->n += use->last != TIME_NEVER;
    return STATUS_OK;
}

static enum status read_usage(const struct account_ctx *ctx, struct import_read *read,
                              const struct json_value *value, void *ret,
                              struct import_left_out *left, struct why *why)
{
    struct usage *usage = ret;
    struct str state;
    const struct json_value *list;
    const struct import_place state_at = {NULL, STR("JobStatus"), 0};
    const struct import_place list_at = {NULL, STR("ServicesLastAccessed"), 0};
    size_t index = 0;
    (void)left;
    *usage = (struct usage){.n = 0};
    TRY(read_arn(ctx, read, value, usage, why));
    TRY(import_text(read, NULL, value, state_at.member, true, &state, why));
    if (!str_eq(state, STR("COMPLETED"))) {
        return import_fault(read, &state_at,
                            why_set(why, STATUS_INVALID,
                                    "the report is %.*s; ask again until it is COMPLETED",
                                    STR_ARG(str_slice(state, 0, 32))));
    }
    TRY(import_list(read, NULL, value, list_at.member, &list, why));
    usage->uses = NEW_ARRAY(ctx->mem, struct iam_use, list == NULL ? 0 : list->n);
    TRY_PTR(usage->uses);
    for (const struct json_value *v = JSON_FIRST(list); v != NULL; v = v->next, index++) {
        const struct import_place at = {&list_at, STR_ABSENT, index};
        TRY(read_service(read, &at, v, usage, why));
    }
    return STATUS_OK;
}

static enum status take_usage(struct import_run *run, const void *element, enum import_change *ret,
                              struct why *why)
{
    const struct usage *usage = element;
    struct iam_entity entity;
    run->id = usage->arn;
    enum status status = iam_entity_of_arn(&run->ctx, usage->kind, usage->arn, &entity, why);
    if (status == STATUS_NOT_FOUND && import_is_assumed(run, usage->arn)) {
        *ret = usage->n > 0 ? IMPORT_NEW : IMPORT_KNOWN;
        return STATUS_OK;
    }
    if (status != STATUS_OK) {
        const struct import_place at = {NULL, STR("Arn"), 0};
        return import_fault(run->read, &at, status);
    }
    return iam_uses_note(&run->ctx, &entity, usage->uses, usage->n, run->dry, ret, why);
}

const struct import_row import_usage_row = {STR_INIT("ServiceLastAccessedDetails"),
                                            sizeof(struct usage), read_usage, take_usage};
