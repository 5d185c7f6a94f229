/* notification.c: see notification.h. */
#include "audit/notification.h"

#include "account/outbox.h"
#include "audit/config.h"
#include "codec/json_write.h"

#include "base/banned.h"

static int64_t count(const struct audit_described *audit, struct str status)
{
    int64_t n = 0;
    for (size_t i = 0; i < audit->n_checks; i++) {
        n += str_eq(audit->checks[i].status, status);
    }
    return n;
}

static void put_check(struct json_write *w, const struct audit_check_run *run)
{
    json_write_object(w);
    json_write_member(w, STR("checkName"), run->name);
    json_write_member(w, STR("checkRunStatus"), run->status);
    json_write_member_int64(w, STR("nonCompliantResourcesCount"), run->non_compliant);
    json_write_member_int64(w, STR("totalResourcesCount"), run->total);
    json_write_member_int64(w, STR("suppressedNonCompliantResourcesCount"), run->suppressed);
    json_write_member(w, STR("message"), run->message);
    json_write_member(w, STR("errorCode"), run->error_code);
    json_write_end(w);
}

static enum status payload(const struct account_ctx *ctx, const struct audit_described *audit,
                           struct str *ret, struct why *why)
{
    const struct audit_task *task = &audit->task;
    struct buf out;
    struct json_write w;
    buf_init(&out, ctx->mem, OUTBOX_BODY_MAX);
    json_write_init(&w, &out);
    json_write_object(&w);
    json_write_member(&w, STR("accountId"), ctx->id.account);
    json_write_member(&w, STR("taskId"), task->id);
    json_write_member(&w, STR("taskStatus"), task->status);
    json_write_member(&w, STR("taskType"), task->kind);
    json_write_member(&w, STR("scheduledAuditName"), task->schedule);
    json_write_member_int64(&w, STR("failedChecksCount"), count(audit, STR("FAILED")));
    json_write_member_int64(&w, STR("canceledChecksCount"), count(audit, STR("CANCELED")));
    json_write_member_int64(&w, STR("nonCompliantChecksCount"),
                            count(audit, STR("COMPLETED_NON_COMPLIANT")));
    json_write_member_int64(&w, STR("compliantChecksCount"),
                            count(audit, STR("COMPLETED_COMPLIANT")));
    json_write_member_int64(&w, STR("totalChecksCount"), (int64_t)audit->n_checks);
    json_write_member_int64(&w, STR("taskStartTime"), task->started);
    json_write_key(&w, STR("auditDetails"));
    json_write_array(&w);
    for (size_t i = 0; i < audit->n_checks; i++) {
        put_check(&w, &audit->checks[i]);
    }
    json_write_end(&w);
    json_write_end(&w);
    json_write_finish(&w);
    return buf_finish(&out, ret, why);
}

enum status audit_notify(const struct account_ctx *ctx, const struct audit_described *audit,
                         struct why *why)
{
    struct audit_config config;
    struct str id;
    TRY(audit_config_get(ctx, &config, why));
    if (!config.has_target || !config.target.enabled || str_absent(config.target.target_arn)) {
        return STATUS_OK;
    }
    struct outbox_message message = {.kind = STR("AUDIT"),
                                     .topic_arn = config.target.target_arn,
                                     .role_arn = config.target.role_arn};
    TRY(payload(ctx, audit, &message.body, why));
    return outbox_add(ctx, &message, &id, why);
}
