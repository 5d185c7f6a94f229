/* op_sns_subscription.c: who hears of what is published to a topic. */
#include "account/subscription.h"
#include "api/handlers.h"
#include "api/page.h"
#include "api/unpack.h"
#include "broker/server.h"

#include "base/banned.h"

/* ---- subscribing ----------------------------------------------------------------------------- */

static enum status unpack_attributes_map(const struct call *call, struct subscribe *in,
                                         struct why *why)
{
    const struct value *map = arg_get(call, M_Attributes);
    for (size_t i = 0; i < value_count(map); i++) {
        struct str name = value_key(map, i);
        struct str value = value_text(value_at(map, i));
        if (str_eq(name, STR("RawMessageDelivery"))) {
            in->raw.given = true;
            TRY(attribute_bool(name, value, &in->raw.value, why));
        } else if (str_eq(name, STR("BulwarkConfirmed"))) {
            TRY(attribute_bool(name, value, &in->confirmed, why));
        } else if (str_eq(name, STR("BulwarkSecret"))) {
            in->secret = value.len == 0 ? STR_ABSENT : value;
        } else {
            return why_set(why, STATUS_INVALID,
                           "Invalid parameter: Attributes Reason: %.*s is not offered; "
                           "RawMessageDelivery, BulwarkConfirmed and BulwarkSecret are",
                           STR_ARG(str_slice(name, 0, 64)));
        }
    }
    return STATUS_OK;
}

enum status op_sns_Subscribe(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct subscribe in = {.topic_arn = arg_str(call, M_TopicArn),
                           .protocol = arg_str(call, M_Protocol),
                           .endpoint = arg_str(call, M_Endpoint)};
    struct subscription row;
    struct str arn;
    TRY(unpack_attributes_map(call, &in, why));
    TRY(subscription_create(&ctx, &in, &row, why));
    TRY(subscription_arn(&ctx, &row, &arn, why));
    bool tell = subscription_is_confirmed(&row) || arg_bool(call, M_ReturnSubscriptionArn, false);
    reply_str(call, M_SubscriptionArn, tell ? arn : STR("pending confirmation"));
    return STATUS_OK;
}

enum status op_sns_ConfirmSubscription(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct subscription row;
    struct str arn;
    TRY(subscription_confirm(&ctx, arg_str(call, M_TopicArn), arg_str(call, M_Token),
                             !str_absent(call->caller.key_id), &row, why));
    TRY(subscription_arn(&ctx, &row, &arn, why));
    reply_str(call, M_SubscriptionArn, arn);
    return STATUS_OK;
}

enum status op_sns_Unsubscribe(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return subscription_delete(&ctx, arg_str(call, M_SubscriptionArn), why);
}

/* ---- attributes ------------------------------------------------------------------------------ */

static void reply_flag(struct call *call, struct str key, bool yes)
{
    reply_entry_str(call, key, yes ? STR("true") : STR("false"));
}

enum status op_sns_GetSubscriptionAttributes(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct subscription row;
    struct str topic;
    struct str arn;
    TRY(subscription_of_arn(&ctx, arg_str(call, M_SubscriptionArn), &row, why));
    TRY(subscription_arn(&ctx, &row, &arn, why));
    TRY(arn_make_topic(call->mem, &ctx.id, row.topic, STR_ABSENT, &topic, why));
    reply_begin_map(call, M_Attributes);
    reply_entry_str(call, STR("SubscriptionArn"), arn);
    reply_entry_str(call, STR("TopicArn"), topic);
    reply_entry_str(call, STR("Owner"), ctx.id.account);
    reply_entry_str(call, STR("Protocol"), row.protocol);
    reply_entry_str(call, STR("Endpoint"), row.endpoint);
    reply_flag(call, STR("ConfirmationWasAuthenticated"), row.authenticated != 0);
    reply_flag(call, STR("PendingConfirmation"), !subscription_is_confirmed(&row));
    if (str_eq(row.protocol, STR("mqtt")) && !broker_is_there(call->env->brokers)) {
        reply_entry_str(call, STR("BulwarkWaitsFor"), STR("broker"));
    }
    reply_flag(call, STR("RawMessageDelivery"), row.raw != 0);
    reply_flag(call, STR("BulwarkSigned"), !str_absent(row.secret));
    reply_end_map(call);
    return STATUS_OK;
}

enum status op_sns_SetSubscriptionAttributes(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return subscription_set(&ctx, arg_str(call, M_SubscriptionArn), arg_str(call, M_AttributeName),
                            arg_str(call, M_AttributeValue), why);
}

/* ---- lists ----------------------------------------------------------------------------------- */

static enum status reply_subscription(struct call *call, const struct subscription *row,
                                      struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct str topic;
    struct str arn;
    TRY(subscription_arn(&ctx, row, &arn, why));
    TRY(arn_make_topic(call->mem, &ctx.id, row->topic, STR_ABSENT, &topic, why));
    reply_begin_item(call);
    reply_str(call, M_SubscriptionArn,
              subscription_is_confirmed(row) ? arn : STR("PendingConfirmation"));
    reply_str(call, M_Owner, ctx.id.account);
    reply_str(call, M_Protocol, row->protocol);
    reply_str(call, M_Endpoint, row->endpoint);
    reply_str(call, M_TopicArn, topic);
    reply_end_item(call);
    return STATUS_OK;
}

static enum status reply_list(struct call *call, struct str topic, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct page page;
    struct page_rows rows;
    TRY(call_page(call, &page, why));
    TRY(subscriptions_list(&ctx, topic, &page, &rows, why));
    reply_begin_list(call, M_Subscriptions);
    for (size_t i = 0; i < rows.n; i++) {
        TRY(reply_subscription(call, (const struct subscription *)rows.rows + i, why));
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}

enum status op_sns_ListSubscriptions(struct call *call, struct why *why)
{
    return reply_list(call, STR_ABSENT, why);
}

enum status op_sns_ListSubscriptionsByTopic(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct topic topic;
    TRY(topic_of_arn(&ctx, arg_str(call, M_TopicArn), &topic, why));
    return reply_list(call, topic.name, why);
}
