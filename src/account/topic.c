/* topic.c: see topic.h. */
#include "account/topic.h"

#include "account/quotas.h"
#include "account/subscription.h"
#include "account/topic_policy.h"

#include "base/banned.h"

enum { NAME_MAX_CHARS = 256, DISPLAY_NAME_MAX = 100 };

/* ---- attributes ------------------------------------------------------------------------------ */

static enum status check_display_name(const struct account_ctx *ctx, struct str value,
                                      struct why *why)
{
    (void)ctx;
    if (str_utf8_length(value) > DISPLAY_NAME_MAX) {
        return why_set(why, STATUS_INVALID,
                       "Invalid parameter: DisplayName: it has %zu characters; at most %d",
                       str_utf8_length(value), DISPLAY_NAME_MAX);
    }
    return STATUS_OK;
}

static const struct {
    struct str name;
    size_t offset;
    enum status (*check)(const struct account_ctx *ctx, struct str value, struct why *why);
} attributes_kept[] = {
    {STR_INIT("DisplayName"), offsetof(struct topic, display_name), check_display_name},
    {STR_INIT("Policy"), offsetof(struct topic, policy), topic_policy_check},
};

/* Where the topic keeps it, the value checked. */
static enum status attribute_place(const struct account_ctx *ctx, struct topic *topic,
                                   const struct topic_attribute *attribute, struct str **ret,
                                   struct why *why)
{
    for (size_t i = 0; i < sizeof attributes_kept / sizeof attributes_kept[0]; i++) {
        if (str_eq(attributes_kept[i].name, attribute->name)) {
            if (attribute->value.len > 0) {
                TRY(attributes_kept[i].check(ctx, attribute->value, why));
            }
            *ret = (struct str *)((char *)topic + attributes_kept[i].offset);
            return STATUS_OK;
        }
    }
    return why_set(why, STATUS_INVALID,
                   "Invalid parameter: Attributes: %.*s is not offered; DisplayName and Policy are",
                   STR_ARG(str_slice(attribute->name, 0, 64)));
}

static struct str value_or_none(struct str value)
{
    return value.len == 0 ? STR_ABSENT : value;
}

/* ---- making ---------------------------------------------------------------------------------- */

static enum status check_name(struct str name, struct why *why)
{
    bool fine = name.len >= 1 && name.len <= NAME_MAX_CHARS;
    if (str_ends(name, STR(".fifo"))) {
        return why_set(why, STATUS_INVALID,
                       "Invalid parameter: Topic Name: FIFO topics are not "
                       "offered");
    }
    for (size_t i = 0; i < name.len && fine; i++) {
        char c = name.ptr[i];
        fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    }
    return fine ? STATUS_OK
                : why_set(why, STATUS_INVALID,
                          "Invalid parameter: Topic Name: \"%.*s\" must be 1 to %d letters, "
                          "digits, '-' and '_'",
                          STR_ARG(str_slice(name, 0, 64)), NAME_MAX_CHARS);
}

static enum status check_same(const struct account_ctx *ctx, const struct topic *topic,
                              const struct topic_attribute *attributes, size_t n, struct why *why)
{
    struct topic is = *topic;
    for (size_t i = 0; i < n; i++) {
        struct str *place = NULL;
        TRY(attribute_place(ctx, &is, &attributes[i], &place, why));
        if (!str_eq(*place, attributes[i].value)) {
            return why_set(why, STATUS_INVALID,
                           "Invalid parameter: Attributes Reason: Topic already exists with "
                           "different attributes");
        }
    }
    return STATUS_OK;
}

static enum status insert(const struct account_ctx *ctx, struct topic *row,
                          const struct topic_attribute *attributes, size_t n, struct tags tags,
                          struct why *why)
{
    const struct store_range all = {.index = NULL};
    size_t count = 0;
    struct str arn;
    TRY(store_count(ctx->tx, TABLE(topic), &all, QUOTA_TOPICS, &count, why));
    if (count >= QUOTA_TOPICS) {
        return why_set(why, STATUS_LIMIT, "the account already has %d topics, the most",
                       QUOTA_TOPICS);
    }
    for (size_t i = 0; i < n; i++) {
        struct str *place = NULL;
        TRY(attribute_place(ctx, row, &attributes[i], &place, why));
        *place = value_or_none(attributes[i].value);
    }
    row->created = clock_now(&ctx->clock);
    TRY(store_insert(ctx->tx, TABLE(topic), row, why));
    TRY(topic_arn(ctx, row, &arn, why));
    return tags_put_arn(ctx, arn, tags, why);
}

enum status topic_create(const struct account_ctx *ctx, struct str name,
                         const struct topic_attribute *attributes, size_t n, struct tags tags,
                         struct topic *ret, struct why *why)
{
    struct topic row = {.name = name};
    TRY(check_name(name, why));
    enum status status = store_get(ctx->tx, TABLE(topic), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        status = insert(ctx, &row, attributes, n, tags, why);
    } else if (status == STATUS_OK) {
        status = check_same(ctx, &row, attributes, n, why);
    }
    TRY(status);
    *ret = row;
    return STATUS_OK;
}

/* ---- finding --------------------------------------------------------------------------------- */

enum status topic_arn_check(const char *member, struct str text, struct why *why)
{
    struct arn arn;
    bool fine = arn_parse(text, &arn, NULL) == STATUS_OK && str_starts(arn.partition, STR("aws")) &&
                str_eq(arn.service, STR("sns")) && arn.region.len > 0 && arn.account.len == 12 &&
                arn.type.len > 0 && str_absent(arn.name);
    if (!fine) {
        return why_set(why, STATUS_INVALID,
                       "%s '%.*s' is not the ARN of an SNS topic: "
                       "arn:aws:sns:REGION:ACCOUNT:NAME",
                       member, STR_ARG(str_slice(text, 0, 200)));
    }
    return STATUS_OK;
}

enum status topic_of_arn(const struct account_ctx *ctx, struct str arn, struct topic *ret,
                         struct why *why)
{
    struct arn parts;
    struct str subscription = STR_ABSENT;
    struct topic row = {.created = 0};
    if (arn_parse(arn, &parts, NULL) != STATUS_OK || !str_eq(parts.service, STR("sns"))) {
        return why_set(why, STATUS_INVALID,
                       "Invalid parameter: TopicArn: \"%.*s\" is not the ARN "
                       "of a topic",
                       STR_ARG(str_slice(arn, 0, 128)));
    }
    bool ours = arn_is_our_topic(&ctx->id, arn, &row.name, &subscription);
    enum status status = ours && str_absent(subscription)
                             ? store_get(ctx->tx, TABLE(topic), &row, ctx->mem, why)
                             : STATUS_NOT_FOUND;
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, status, "Topic does not exist");
    }
    TRY(status);
    *ret = row;
    return STATUS_OK;
}

enum status topic_arn(const struct account_ctx *ctx, const struct topic *topic, struct str *ret,
                      struct why *why)
{
    return arn_make_topic(ctx->mem, &ctx->id, topic->name, STR_ABSENT, ret, why);
}

/* Source: "Default topic policy", SNS developer guide. */
enum status topic_policy(const struct account_ctx *ctx, const struct topic *topic, struct str *ret,
                         struct why *why)
{
    struct str arn;
    if (!str_absent(topic->policy)) {
        *ret = topic->policy;
        return STATUS_OK;
    }
    TRY(topic_arn(ctx, topic, &arn, why));
    return str_fmt(
        ctx->mem, ret, why,
        "{\"Version\":\"2008-10-17\",\"Id\":\"__default_policy_ID\",\"Statement\":[{\"Sid\":"
        "\"__default_statement_ID\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":["
        "\"SNS:GetTopicAttributes\",\"SNS:SetTopicAttributes\",\"SNS:AddPermission\","
        "\"SNS:RemovePermission\",\"SNS:DeleteTopic\",\"SNS:Subscribe\","
        "\"SNS:ListSubscriptionsByTopic\",\"SNS:Publish\"],\"Resource\":\"%.*s\",\"Condition\":{"
        "\"StringEquals\":{\"AWS:SourceOwner\":\"%.*s\"}}}]}",
        STR_ARG(arn), STR_ARG(ctx->id.account));
}

enum status topic_set(const struct account_ctx *ctx, struct str arn,
                      const struct topic_attribute *attribute, struct why *why)
{
    struct topic row;
    struct str *place = NULL;
    TRY(topic_of_arn(ctx, arn, &row, why));
    TRY(attribute_place(ctx, &row, attribute, &place, why));
    *place = value_or_none(attribute->value);
    return store_put(ctx->tx, TABLE(topic), &row, why);
}

/* ---- deleting -------------------------------------------------------------------------------- */

static enum status delete_subscriptions(const struct account_ctx *ctx, struct str topic,
                                        struct why *why)
{
    struct subscription *rows = NULL;
    size_t n = 0;
    TRY(subscriptions_of(ctx, topic, &rows, &n, why));
    for (size_t i = 0; i < n; i++) {
        TRY(store_delete(ctx->tx, TABLE(subscription), &rows[i], why));
    }
    return STATUS_OK;
}

enum status topic_delete(const struct account_ctx *ctx, struct str arn, struct why *why)
{
    struct topic row;
    enum status status = topic_of_arn(ctx, arn, &row, why);
    if (status == STATUS_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(status);
    TRY(delete_subscriptions(ctx, row.name, why));
    TRY(tags_drop_arn(ctx, arn, why));
    return store_delete(ctx->tx, TABLE(topic), &row, why);
}

enum status topics_list(const struct account_ctx *ctx, const struct page *page,
                        struct page_rows *ret, struct why *why)
{
    const struct store_range all = {.index = NULL};
    return page_read(ctx, TABLE(topic), &all, page, NULL, ret, why);
}
