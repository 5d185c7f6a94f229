/* deeds.c: see deeds.h. */
#include "mitigate/deeds.h"

#include "base/banned.h"

enum { FIRST_DEEDS = 64, RESOURCES_OF_CHANGE = 2 };

/* What each kind of action does, in the words of IAM: doing, undoing, and the type of the resource
 * in its ARN; "" for what knows no resource. */
static const struct {
    struct str does;
    struct str undoes;
    struct str type;
} rows[ACTION_KIND_COUNT] = {
    [ACTION_UPDATE_DEVICE_CERTIFICATE] = {STR_INIT("iot:UpdateCertificate"),
                                          STR_INIT("iot:UpdateCertificate"), STR_INIT("cert")},
    [ACTION_UPDATE_CA_CERTIFICATE] = {STR_INIT("iot:UpdateCACertificate"),
                                      STR_INIT("iot:UpdateCACertificate"), STR_INIT("cacert")},
    [ACTION_ADD_THINGS_TO_THING_GROUP] = {STR_INIT("iot:AddThingToThingGroup"),
                                          STR_INIT("iot:RemoveThingFromThingGroup"),
                                          STR_INIT("thing")},
    [ACTION_REPLACE_DEFAULT_POLICY_VERSION] = {STR_INIT("iot:CreatePolicyVersion"),
                                               STR_INIT("iot:SetDefaultPolicyVersion"),
                                               STR_INIT("policy")},
    [ACTION_ENABLE_IOT_LOGGING] = {STR_INIT("iot:SetV2LoggingOptions"),
                                   STR_INIT("iot:SetV2LoggingOptions"), STR_INIT("")},
    [ACTION_PUBLISH_FINDING_TO_SNS] = {STR_INIT("sns:Publish"), STR_INIT("sns:Publish"),
                                       STR_INIT("")},
};

static enum status add(struct deeds *deeds, const struct deed *deed, struct why *why)
{
    if (deeds->n == deeds->cap) {
        size_t cap = deeds->cap == 0 ? FIRST_DEEDS : 2 * deeds->cap;
        struct deed *grown =
            arena_grow(deeds->mem, deeds->at, deeds->n * sizeof *grown, cap * sizeof *grown);
        TRY_PTR(grown);
        deeds->at = grown;
        deeds->cap = cap;
    }
    deeds->at[deeds->n++] = *deed;
    return STATUS_OK;
}

/* The ARNs of what one change touched: *ret_n is one or two. */
static enum status arns_of(struct deeds *deeds, enum action_kind kind, struct str topic,
                           const struct mitigation_change *change, struct str *ret, size_t *ret_n,
                           struct why *why)
{
    *ret_n = 1;
    if (kind == ACTION_PUBLISH_FINDING_TO_SNS) {
        ret[0] = topic;
        return STATUS_OK;
    }
    if (rows[kind].type.len == 0) {
        ret[0] = STR("*");
        return STATUS_OK;
    }
    TRY(arn_make(deeds->mem, deeds->account, rows[kind].type, change->resource, &ret[0], why));
    if (kind == ACTION_ADD_THINGS_TO_THING_GROUP) {
        *ret_n = 2;
        return arn_make(deeds->mem, deeds->account, STR("thinggroup"), change->part, &ret[1], why);
    }
    return STATUS_OK;
}

/* Texts of a row live in the step's memory. */
static enum status keep(struct deeds *deeds, struct deed *deed, struct why *why)
{
    TRY(str_dup(deeds->mem, deed->task, &deed->task, why));
    TRY(str_dup(deeds->mem, deed->finding, &deed->finding, why));
    TRY(str_dup(deeds->mem, deed->outcome, &deed->outcome, why));
    return str_dup(deeds->mem, deed->why, &deed->why, why);
}

enum status deeds_add_step(struct deeds *deeds, const struct mitigation_execution *row,
                           const struct definition *action, const void *changes, size_t n,
                           size_t stride, struct why *why)
{
    struct deed deed = {.cause = STR("mitigation"),
                        .task = row->task,
                        .finding = row->finding,
                        .name = action->name,
                        .role = action->role_arn,
                        .action = rows[action->params.kind].does,
                        .outcome = str_absent(row->error_code) ? STR("OK") : row->error_code,
                        .why = row->message};
    const char *at = changes;
    TRY(keep(deeds, &deed, why));
    if (!str_absent(row->error_code)) {
        return add(deeds, &deed, why);
    }
    while (n > 0) {
        size_t room = n * RESOURCES_OF_CHANGE;
        room = room < DEED_RESOURCES_MAX ? room : DEED_RESOURCES_MAX;
        struct str *resources = NEW_ARRAY(deeds->mem, struct str, room);
        TRY_PTR(resources);
        deed.n_resources = 0;
        for (; n > 0 && deed.n_resources + RESOURCES_OF_CHANGE <= room; n--, at += stride) {
            size_t more = 0;
            TRY(arns_of(deeds, action->params.kind, action->params.topic_arn,
                        (const struct mitigation_change *)(const void *)at,
                        resources + deed.n_resources, &more, why));
            deed.n_resources += more;
        }
        deed.resources = resources;
        TRY(add(deeds, &deed, why));
    }
    return STATUS_OK;
}

enum status deeds_add_undone(struct deeds *deeds, const struct mitigation_change *change,
                             struct why *why)
{
    enum action_kind kind;
    struct deed deed = {.cause = STR("undo"),
                        .task = change->task,
                        .finding = change->finding,
                        .name = STR_ABSENT,
                        .role = STR_ABSENT,
                        .outcome = STR("OK"),
                        .why = STR_ABSENT};
    struct str *resources = NEW_ARRAY(deeds->mem, struct str, RESOURCES_OF_CHANGE);
    TRY_PTR(resources);
    if (!action_kind_find(change->kind, &kind)) {
        return why_set(why, STATUS_CORRUPT, "a change is of the unknown kind %.*s",
                       STR_ARG(change->kind));
    }
    TRY(keep(deeds, &deed, why));
    TRY(arns_of(deeds, kind, STR("*"), change, resources, &deed.n_resources, why));
    deed.action = rows[kind].undoes;
    deed.resources = resources;
    return add(deeds, &deed, why);
}
