/* op_sns_topic.c: topics, and what is published to them. */
#include <inttypes.h>
#include <stdio.h>

#include "account/outbox.h"
#include "account/subscription.h"
#include "api/handlers.h"
#include "api/page.h"
#include "api/unpack.h"
#include "contract/errors.h"
#include "notify/notifier.h"

#include "base/banned.h"

enum { SUBJECT_MAX = 100, NUMBER_TEXT = 24 };

static enum status reply_topic_arn(struct call *call, const struct topic *topic, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct str arn;
    TRY(topic_arn(&ctx, topic, &arn, why));
    reply_str(call, M_TopicArn, arn);
    return STATUS_OK;
}

enum status op_sns_CreateTopic(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    const struct value *map = arg_get(call, M_Attributes);
    size_t n = value_count(map);
    struct topic_attribute *attributes = NEW_ARRAY(call->mem, struct topic_attribute, n);
    struct topic topic;
    struct tags tags;
    TRY_PTR(attributes);
    for (size_t i = 0; i < n; i++) {
        attributes[i] = (struct topic_attribute){value_key(map, i), value_text(value_at(map, i))};
    }
    if (arg_has(call, M_DataProtectionPolicy)) {
        return why_set(why, STATUS_INVALID,
                       "Invalid parameter: DataProtectionPolicy: it is not offered");
    }
    TRY(unpack_tags(call, M_Tags, &tags, why));
    TRY(topic_create(&ctx, arg_str(call, M_Name), attributes, n, tags, &topic, why));
    return reply_topic_arn(call, &topic, why);
}

enum status op_sns_DeleteTopic(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return topic_delete(&ctx, arg_str(call, M_TopicArn), why);
}

enum status op_sns_ListTopics(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct page page;
    struct page_rows rows;
    TRY(call_page(call, &page, why));
    TRY(topics_list(&ctx, &page, &rows, why));
    reply_begin_list(call, M_Topics);
    for (size_t i = 0; i < rows.n; i++) {
        reply_begin_item(call);
        TRY(reply_topic_arn(call, (const struct topic *)rows.rows + i, why));
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}

static void reply_count(struct call *call, const char *key, size_t n)
{
    char text[NUMBER_TEXT];
    int len = snprintf(text, sizeof text, "%zu", n);
    reply_entry_str(call, str_from(key), (struct str){text, (size_t)len});
}

enum status op_sns_GetTopicAttributes(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct subscription *rows = NULL;
    struct topic topic;
    struct str policy;
    struct str arn;
    size_t n = 0;
    size_t confirmed = 0;
    TRY(topic_of_arn(&ctx, arg_str(call, M_TopicArn), &topic, why));
    TRY(topic_arn(&ctx, &topic, &arn, why));
    TRY(topic_policy(&ctx, &topic, &policy, why));
    TRY(subscriptions_of(&ctx, topic.name, &rows, &n, why));
    for (size_t i = 0; i < n; i++) {
        confirmed += subscription_is_confirmed(&rows[i]);
    }
    reply_begin_map(call, M_Attributes);
    reply_entry_str(call, STR("TopicArn"), arn);
    reply_entry_str(call, STR("Owner"), ctx.id.account);
    reply_entry_str(call, STR("DisplayName"),
                    str_absent(topic.display_name) ? STR("") : topic.display_name);
    reply_entry_str(call, STR("Policy"), policy);
    reply_count(call, "SubscriptionsConfirmed", confirmed);
    reply_count(call, "SubscriptionsPending", n - confirmed);
    reply_count(call, "SubscriptionsDeleted", 0);
    reply_end_map(call);
    return STATUS_OK;
}

enum status op_sns_SetTopicAttributes(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    const struct topic_attribute attribute = {arg_str(call, M_AttributeName),
                                              arg_str(call, M_AttributeValue)};
    return topic_set(&ctx, arg_str(call, M_TopicArn), &attribute, why);
}

/* ---- publishing ------------------------------------------------------------------------------ */

static enum status refuse_unoffered(const struct call *call, struct why *why)
{
    static const enum member_id unoffered[] = {M_MessageAttributes, M_MessageDeduplicationId,
                                               M_MessageGroupId, M_MessageStructure, M_PhoneNumber};
    for (size_t i = 0; i < sizeof unoffered / sizeof unoffered[0]; i++) {
        if (arg_has(call, unoffered[i])) {
            return why_set(why, STATUS_INVALID, "Invalid parameter: %s: it is not offered",
                           member_names[unoffered[i]].ptr);
        }
    }
    return STATUS_OK;
}

/* Source: Publish, SNS API reference. */
static enum status check_subject(struct str subject, struct why *why)
{
    bool fine = subject.len <= SUBJECT_MAX && (subject.len > 0 || str_absent(subject));
    for (size_t i = 0; i < subject.len && fine; i++) {
        fine = subject.ptr[i] >= 0x20 && subject.ptr[i] < 0x7f;
    }
    fine = fine && (subject.len == 0 || subject.ptr[0] != ' ');
    return fine ? STATUS_OK
                : why_set(why, STATUS_INVALID,
                          "Invalid parameter: Subject: it must be 1 to %d printable ASCII "
                          "characters, the first of them no space",
                          SUBJECT_MAX);
}

static enum status check_message(const struct call *call, struct why *why)
{
    struct str message = arg_str(call, M_Message);
    if (message.len == 0) {
        return why_set(why, STATUS_INVALID, "Invalid parameter: Empty message");
    }
    if (message.len > OUTBOX_BODY_MAX) {
        return why_set(why, STATUS_INVALID,
                       "Invalid parameter: Message too long: it has %zu "
                       "bytes; at most %d",
                       message.len, OUTBOX_BODY_MAX);
    }
    return check_subject(arg_str(call, M_Subject), why);
}

static void wake(const struct api_env *env, void *ctx)
{
    (void)ctx;
    notifier_wake(env->notifier);
}

enum status op_sns_Publish(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct outbox_message message = {.kind = STR("PUBLISH"),
                                     .subject = arg_str(call, M_Subject),
                                     .body = arg_str(call, M_Message)};
    struct topic topic;
    struct str id;
    bool target = arg_has(call, M_TargetArn);
    TRY(refuse_unoffered(call, why));
    if (target == arg_has(call, M_TopicArn)) {
        return why_set(why, STATUS_INVALID,
                       "Invalid parameter: exactly one of TopicArn and TargetArn is needed");
    }
    TRY(topic_of_arn(&ctx, arg_str(call, target ? M_TargetArn : M_TopicArn), &topic, why));
    TRY(check_message(call, why));
    TRY(outbox_room(&ctx, why));
    TRY(topic_arn(&ctx, &topic, &message.topic_arn, why));
    TRY(outbox_add(&ctx, &message, &id, why));
    call_after_commit(call, wake, NULL);
    reply_str(call, M_MessageId, id);
    return STATUS_OK;
}

/* ---- tags ------------------------------------------------------------------------------------ */

static enum status tagged_arn(const struct call *call, struct str *ret, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct topic topic;
    enum status status = topic_of_arn(&ctx, arg_str(call, M_ResourceArn), &topic, why);
    if (status == STATUS_NOT_FOUND) {
        return why_raise(why, status, X_sns_ResourceNotFound, "Resource does not exist");
    }
    TRY(status);
    return topic_arn(&ctx, &topic, ret, why);
}

enum status op_sns_TagResource(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct tags tags;
    struct str arn;
    TRY(tagged_arn(call, &arn, why));
    TRY(unpack_tags(call, M_Tags, &tags, why));
    return tags_put_arn(&ctx, arn, tags, why);
}

enum status op_sns_UntagResource(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    const struct str *keys = NULL;
    struct str arn;
    size_t n = 0;
    TRY(tagged_arn(call, &arn, why));
    TRY(unpack_texts(call, arg_get(call, M_TagKeys), &keys, &n, why));
    return tags_remove_arn(&ctx, arn, keys, n, why);
}

enum status op_sns_ListTagsForResource(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct tags tags;
    struct str arn;
    TRY(tagged_arn(call, &arn, why));
    TRY(tags_get_arn(&ctx, arn, &tags, why));
    reply_begin_list(call, M_Tags);
    for (size_t i = 0; i < tags.n; i++) {
        reply_begin_item(call);
        reply_str(call, M_Key, tags.items[i].key);
        reply_str(call, M_Value, tags.items[i].value);
        reply_end_item(call);
    }
    reply_end_list(call);
    return STATUS_OK;
}
