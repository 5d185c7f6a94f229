/* step_publish.c: PUBLISH_FINDING_TO_SNS: one message for each finding, into the outbox.
 *
 * SPEC: the message is the finding as AWS's own consumers of it read it: the members of the API's
 * finding, with times in epoch milliseconds, and relatedResources only when there are some. */
#include "account/outbox.h"
#include "codec/json_write.h"
#include "mitigate/steps_priv.h"

#include "base/banned.h"

enum { MESSAGE_BYTES_MAX = 256 << 10, RELATED_MAX = 10 }; /* the largest message of SNS */

static void put_resource(struct json_write *w, struct str type, struct str resource,
                         struct str info)
{
    json_write_object(w);
    if (!str_absent(info)) {
        json_write_key(w, STR("additionalInfo"));
        json_write_raw(w, info);
    }
    json_write_key(w, STR("resourceIdentifier"));
    json_write_raw(w, resource);
    json_write_member(w, STR("resourceType"), type);
    json_write_end(w);
}

/* SPEC: of the intermediate CA check the finding's own relatedResources is empty. */
static enum status put_related(const struct step *step, struct json_write *w, struct why *why)
{
    const struct related_resource like = {.finding = step->finding->id};
    const struct store_range range = {.prefix = &like, .n_prefix = 1};
    AUTO_SCAN *scan = NULL;
    if (str_eq(step->finding->resource_type, STR("ISSUER_CERTIFICATE"))) {
        return STATUS_OK;
    }
    TRY(store_scan_open(step->ctx->tx, TABLE(related_resource), &range, &scan, why));
    size_t n = 0;
    for (bool more = true; n < RELATED_MAX; n++) {
        struct related_resource row;
        TRY(store_scan_next(scan, &row, step->ctx->mem, &more, why));
        if (!more) {
            break;
        }
        if (n == 0) {
            json_write_key(w, STR("relatedResources"));
            json_write_array(w);
        }
        put_resource(w, row.resource_type, row.resource, row.info);
    }
    if (n > 0) {
        json_write_end(w);
    }
    return STATUS_OK;
}

/* The identifier's JSON is stored only when it says more than the key. */
static enum status resource_of(const struct step *step, struct str *ret, struct why *why)
{
    struct str key = step->finding->resource_key;
    size_t equals = str_find_char(key, '=', 0);
    if (!str_absent(step->finding->resource)) {
        *ret = step->finding->resource;
        return STATUS_OK;
    }
    struct buf out;
    struct json_write w;
    buf_init(&out, step->ctx->mem, MESSAGE_BYTES_MAX);
    json_write_init(&w, &out);
    json_write_object(&w);
    json_write_member(&w, str_slice(key, 0, equals), str_slice(key, equals + 1, key.len));
    json_write_end(&w);
    json_write_finish(&w);
    return buf_finish(&out, ret, why);
}

static enum status message_of(const struct step *step, struct str *ret, struct why *why)
{
    const struct finding *finding = step->finding;
    struct buf out;
    struct json_write w;
    struct str resource;
    TRY(resource_of(step, &resource, why));
    buf_init(&out, step->ctx->mem, MESSAGE_BYTES_MAX);
    json_write_init(&w, &out);
    json_write_object(&w);
    json_write_member(&w, STR("checkName"), finding->check_name);
    json_write_member(&w, STR("findingId"), finding->id);
    json_write_member_int64(&w, STR("findingTime"), finding->found);
    json_write_key(&w, STR("nonCompliantResource"));
    put_resource(&w, finding->resource_type, resource, finding->info);
    json_write_member(&w, STR("reasonForNonCompliance"), finding->reason);
    json_write_member(&w, STR("reasonForNonComplianceCode"), finding->reason_code);
    TRY(put_related(step, &w, why));
    json_write_member(&w, STR("severity"), finding->severity);
    json_write_member(&w, STR("taskId"), finding->task);
    json_write_member_int64(&w, STR("taskStartTime"), finding->task_started);
    json_write_end(&w);
    json_write_finish(&w);
    return buf_finish(&out, ret, why);
}

static enum status plan_publish(const struct step *step, struct step_plan *plan, struct why *why)
{
    struct outbox *message = NEW(step->ctx->mem, struct outbox);
    TRY_PTR(message);
    TRY(permission_check(step->permissions, step->ctx->mem, step->action, STR("sns:Publish"),
                         step->action->params.topic_arn, why));
    struct outbox_message in = {.kind = STR("FINDING"),
                                .topic_arn = step->action->params.topic_arn,
                                .role_arn = step->action->role_arn};
    TRY(outbox_room(step->ctx, why));
    TRY(message_of(step, &in.body, why));
    TRY(outbox_make(step->ctx, &in, message, why));
    const struct mitigation_change change = {.resource = message->id,
                                             .part = message->topic_arn,
                                             .after = STR("PUBLISHED"),
                                             .version = message->created};
    return step_add(step, plan, &change, message, why);
}

static enum status apply(const struct account_ctx *ctx, const struct definition *action,
                         struct step_change *change, struct why *why)
{
    (void)action;
    return outbox_write(ctx, change->subject, why);
}

static enum status undo(const struct account_ctx *ctx, const struct mitigation_change *change,
                        struct str *ret_kept, struct why *why)
{
    (void)ctx;
    (void)change;
    (void)why;
    *ret_kept = STR("a message that was published cannot be taken back");
    return STATUS_OK;
}

const struct step_kind step_publish = {plan_publish, apply, undo};
