/* op_audit_schedule.c: audits that run by themselves. */
#include "api/handlers.h"
#include "api/page.h"
#include "api/unpack.h"
#include "api/unpack_audit.h"
#include "audit/schedule.h"

#include "base/banned.h"

static enum status reply_arn(struct call *call, struct str name, struct why *why)
{
    struct str arn;
    TRY(call_arn(call, STR("scheduledaudit"), name, &arn, why));
    reply_str(call, M_scheduledAuditArn, arn);
    return STATUS_OK;
}

static enum status read_request(const struct call *call, struct schedule_request *ret,
                                struct why *why)
{
    struct schedule_request in = {.name = arg_str(call, M_scheduledAuditName),
                                  .frequency = arg_str(call, M_frequency),
                                  .day_of_month = arg_str(call, M_dayOfMonth),
                                  .day_of_week = arg_str(call, M_dayOfWeek),
                                  .checks_given = arg_has(call, M_targetCheckNames),
                                  .time_of_day = call->env->schedule_time};
    TRY(unpack_checks(call, M_targetCheckNames, &in.checks, &in.n_checks, why));
    *ret = in;
    return STATUS_OK;
}

enum status op_CreateScheduledAudit(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct schedule_request in;
    TRY(read_request(call, &in, why));
    TRY(unpack_tags(call, M_tags, &in.tags, why));
    TRY(schedule_create(&ctx, &in, why));
    return reply_arn(call, in.name, why);
}

enum status op_UpdateScheduledAudit(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct schedule_request in;
    TRY(read_request(call, &in, why));
    TRY(schedule_update(&ctx, &in, why));
    return reply_arn(call, in.name, why);
}

enum status op_DeleteScheduledAudit(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    return schedule_delete(&ctx, arg_str(call, M_scheduledAuditName), why);
}

/* What Describe and List have in common. */
static enum status reply_schedule(struct call *call, const struct scheduled_audit *schedule,
                                  struct why *why)
{
    reply_str(call, M_frequency, schedule->frequency);
    reply_str(call, M_dayOfMonth, schedule->day_of_month);
    reply_str(call, M_dayOfWeek, schedule->day_of_week);
    reply_str(call, M_scheduledAuditName, schedule->name);
    return reply_arn(call, schedule->name, why);
}

enum status op_DescribeScheduledAudit(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct scheduled_audit schedule;
    enum check_id id;
    TRY(schedule_get(&ctx, arg_str(call, M_scheduledAuditName), &schedule, why));
    TRY(reply_schedule(call, &schedule, why));
    reply_begin_list(call, M_targetCheckNames);
    while (schedule_next_check(&schedule.checks, &id)) {
        reply_item_str(call, check_rows[id].name);
    }
    reply_end_list(call);
    return STATUS_OK;
}

enum status op_ListScheduledAudits(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct page page;
    struct page_rows rows;
    TRY(call_page(call, &page, why));
    TRY(schedule_list(&ctx, &page, &rows, why));
    const struct scheduled_audit *schedules = rows.rows;
    reply_begin_list(call, M_scheduledAudits);
    for (size_t i = 0; i < rows.n; i++) {
        reply_begin_item(call);
        TRY(reply_schedule(call, &schedules[i], why));
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}
