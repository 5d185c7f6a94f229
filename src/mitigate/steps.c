/* steps.c: the table of kinds, and what all steps have in common. */
#include "codec/json_tree.h"
#include "contract/errors.h"
#include "mitigate/steps_priv.h"

#include "base/banned.h"

const struct step_kind *const step_kinds[ACTION_KIND_COUNT] = {
    [ACTION_UPDATE_DEVICE_CERTIFICATE] = &step_certificate,
    [ACTION_UPDATE_CA_CERTIFICATE] = &step_ca_certificate,
    [ACTION_ADD_THINGS_TO_THING_GROUP] = &step_groups,
    [ACTION_REPLACE_DEFAULT_POLICY_VERSION] = &step_policy,
    [ACTION_ENABLE_IOT_LOGGING] = &step_logging,
    [ACTION_PUBLISH_FINDING_TO_SNS] = &step_publish,
};

enum { FIRST_CHANGES = 4, RELATED_MEMORY = 32 << 20, RELATED_CLEAR = 64 };

/* ---- planning and applying ------------------------------------------------------------------- */

enum status step_plan(const struct step *step, struct step_plan *ret, struct why *why)
{
    *ret = (struct step_plan){.mem = step->ctx->mem};
    return step_kinds[step->action->params.kind]->plan(step, ret, why);
}

enum status step_apply(const struct step *step, struct step_plan *plan, struct str task,
                       int64_t seq, struct why *why)
{
    const struct step_kind *kind = step_kinds[step->action->params.kind];
    for (size_t i = 0; i < plan->n; i++) {
        struct step_change *change = &plan->changes[i];
        change->row.task = task;
        change->row.finding = step->finding->id;
        change->row.seq = seq;
        change->row.n = (int64_t)i;
        TRY(kind->apply(step->ctx, step->action, change, why));
        TRY(store_insert(step->ctx->tx, TABLE(mitigation_change), &change->row, why));
    }
    return STATUS_OK;
}

bool step_is_refused(enum status status)
{
    return status != STATUS_OK && status != STATUS_IO && status != STATUS_BUSY &&
           status != STATUS_NO_MEMORY && status != STATUS_CANCELED;
}

struct str step_error_code(enum status status)
{
    return status == STATUS_DENIED ? STR("INSUFFICIENT_PERMISSIONS")
                                   : api_error_of(SERVICE_iot, status).exception;
}

/* ---- for the kinds --------------------------------------------------------------------------- */

enum status step_add(const struct step *step, struct step_plan *plan,
                     const struct mitigation_change *row, void *subject, struct why *why)
{
    if (plan->n == STEP_CHANGES_MAX) {
        return why_set(why, STATUS_TOO_LARGE,
                       "the action would change more than %d resources for one finding",
                       STEP_CHANGES_MAX);
    }
    if (plan->n == plan->cap) {
        size_t cap = plan->cap == 0 ? FIRST_CHANGES : 2 * plan->cap;
        struct step_change *grown =
            arena_grow(plan->mem, plan->changes, plan->cap * sizeof *grown, cap * sizeof *grown);
        TRY_PTR(grown);
        plan->changes = grown;
        plan->cap = cap;
    }
    struct step_change *change = &plan->changes[plan->n++];
    *change = (struct step_change){*row, subject};
    change->row.kind = action_kind_name(step->action->params.kind);
    change->row.undone = STR("");
    change->row.undone_at = TIME_NEVER;
    return STATUS_OK;
}

/* Of "member=id", and of "member=id" with further parts a line each. */
enum status step_resource(const struct step *step, const char *member, struct str *ret,
                          struct str *ret_extra, struct why *why)
{
    struct str rest = step->finding->resource_key;
    size_t equals = str_find_char(rest, '=', 0);
    if (!str_eq(str_slice(rest, 0, equals), str_from(member)) || equals == rest.len) {
        return why_set(why, STATUS_CORRUPT, "the resource of finding %.*s has no %s",
                       STR_ARG(step->finding->id), member);
    }
    rest = str_slice(rest, equals + 1, rest.len);
    if (!str_next(&rest, '\n', ret)) {
        *ret = STR("");
    }
    if (ret_extra != NULL && !str_next(&rest, '\n', ret_extra)) {
        *ret_extra = STR("");
    }
    return STATUS_OK;
}

static enum status device_of_json(struct arena *mem, struct str json, struct str *ret,
                                  struct why *why)
{
    const struct json_value *tree = NULL;
    const struct json_value *id = NULL;
    enum status status = json_tree_read(json, mem, &tree, why);
    if (status == STATUS_NO_MEMORY) {
        return status;
    }
    if (status == STATUS_OK) {
        id = json_tree_get(tree, STR("deviceCertificateId"));
    }
    if (id == NULL) {
        return why_set(why, STATUS_CORRUPT, "a related resource has no deviceCertificateId");
    }
    *ret = id->text;
    return STATUS_OK;
}

static enum status each_related(const struct step *step, struct step_plan *plan, step_visit *visit,
                                void *ctx, struct why *why)
{
    AUTO_ARENA *mem = arena_new(RELATED_MEMORY);
    AUTO_ARENA *rows = arena_new(RELATED_MEMORY);
    AUTO_SCAN *scan = NULL;
    const struct related_resource like = {.finding = step->finding->id};
    const struct store_range range = {.prefix = &like, .n_prefix = 1};
    struct account_ctx passing = *step->ctx;
    struct step of = *step;
    TRY_PTR(mem);
    TRY_PTR(rows);
    passing.mem = mem;
    of.ctx = &passing;
    TRY(store_scan_open(step->ctx->tx, TABLE(related_resource), &range, &scan, why));
    for (size_t n = 0;; n++) {
        struct related_resource row;
        struct step_device device = {.related = true};
        bool more = false;
        if (n % RELATED_CLEAR == 0) {
            arena_clear(rows);
        }
        TRY(store_scan_next(scan, &row, rows, &more, why));
        if (!more) {
            return STATUS_OK;
        }
        if (str_eq(row.resource_type, STR("DEVICE_CERTIFICATE"))) {
            arena_clear(mem);
            TRY(device_of_json(mem, row.resource, &device.id, why));
            TRY(visit(&of, &device, plan, ctx, why));
        }
    }
}

enum status step_each_device(const struct step *step, struct step_plan *plan, step_visit *visit,
                             void *ctx, struct why *why)
{
    if (str_eq(step->finding->resource_type, STR("ISSUER_CERTIFICATE"))) {
        return each_related(step, plan, visit, ctx, why);
    }
    struct step_device device = {.related = false};
    TRY(step_resource(step, "deviceCertificateId", &device.id, NULL, why));
    return visit(step, &device, plan, ctx, why);
}
