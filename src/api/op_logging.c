/* op_logging.c: logging options of both generations, and where devices connect. */
#include "account/endpoint.h"
#include "account/logging.h"
#include "api/handlers.h"
#include "api/page.h"
#include "api/unpack.h"

#include "base/banned.h"

enum status op_DescribeEndpoint(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct str address;
    TRY(endpoint_get(&ctx, arg_str(call, M_endpointType), &address, why));
    reply_str(call, M_endpointAddress, address);
    return STATUS_OK;
}

enum status op_SetLoggingOptions(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    const struct value *options = arg_get(call, M_loggingOptionsPayload);
    return logging_v1_set(&ctx, value_str(options, M_roleArn), value_str(options, M_logLevel), why);
}

enum status op_GetLoggingOptions(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct logging_v1 options;
    TRY(logging_v1_get(&ctx, &options, why));
    reply_str(call, M_roleArn, options.role_arn);
    reply_str(call, M_logLevel, options.level);
    return STATUS_OK;
}

static enum status unpack_events(const struct call *call, struct logging_v2 *ret, struct why *why)
{
    const struct value *list = arg_get(call, M_eventConfigurations);
    size_t n = value_count(list);
    struct logging_event *events = NEW_ARRAY(call->mem, struct logging_event, n);
    TRY_PTR(events);
    for (size_t i = 0; i < n; i++) {
        const struct value *one = value_at(list, i);
        events[i] = (struct logging_event){value_str(one, M_eventType), value_str(one, M_logLevel),
                                           value_str(one, M_logDestination)};
    }
    ret->events = events;
    ret->n_events = n;
    return STATUS_OK;
}

enum status op_SetV2LoggingOptions(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct logging_v2 in = {.role_arn = arg_str(call, M_roleArn),
                            .level = arg_str(call, M_defaultLogLevel),
                            .disable_all = arg_bool(call, M_disableAllLogs, false)};
    TRY(unpack_events(call, &in, why));
    return logging_v2_set(&ctx, &in, arg_has(call, M_eventConfigurations), why);
}

/* verbose asks for the types of event that are not configured too; they have no settings of their
 * own here, so both answers are the same. */
enum status op_GetV2LoggingOptions(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct logging_v2 options;
    TRY(logging_v2_get(&ctx, &options, why));
    reply_str(call, M_roleArn, options.role_arn);
    reply_str(call, M_defaultLogLevel, options.level);
    reply_bool(call, M_disableAllLogs, options.disable_all);
    reply_begin_list(call, M_eventConfigurations);
    for (size_t i = 0; i < options.n_events; i++) {
        reply_begin_item(call);
        reply_str(call, M_eventType, options.events[i].type);
        reply_str(call, M_logLevel, options.events[i].level);
        reply_str(call, M_logDestination, options.events[i].destination);
        reply_end_item(call);
    }
    reply_end_list(call);
    return STATUS_OK;
}

enum status op_SetV2LoggingLevel(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    const struct value *target = arg_get(call, M_logTarget);
    return log_level_set(&ctx, value_str(target, M_targetType), value_str(target, M_targetName),
                         arg_str(call, M_logLevel), why);
}

enum status op_DeleteV2LoggingLevel(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return log_level_delete(&ctx, arg_str(call, M_targetType), arg_str(call, M_targetName), why);
}

enum status op_ListV2LoggingLevels(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct page page;
    struct page_rows rows;
    TRY(call_page(call, &page, why));
    TRY(log_levels_list(&ctx, arg_str(call, M_targetType), &page, &rows, why));
    const struct log_target *targets = rows.rows;
    reply_begin_list(call, M_logTargetConfigurations);
    for (size_t i = 0; i < rows.n; i++) {
        reply_begin_item(call);
        reply_begin(call, M_logTarget);
        reply_str(call, M_targetType, targets[i].target_type);
        if (targets[i].target_name.len > 0) {
            reply_str(call, M_targetName, targets[i].target_name);
        }
        reply_end(call);
        reply_str(call, M_logLevel, targets[i].level);
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}
