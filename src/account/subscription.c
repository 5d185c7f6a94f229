/* subscription.c: see subscription.h. */
#include "account/subscription.h"

#include "account/outbox.h"
#include "account/quotas.h"
#include "contract/errors.h"

#include "base/banned.h"

enum { ENDPOINT_BYTES_MAX = 2048, TOKEN_TEXT = 2 * HEX_ID_TEXT };

/* ---- endpoints ------------------------------------------------------------------------------- */

static enum status check_url(struct str protocol, struct str endpoint, struct why *why)
{
    struct str rest = str_slice(endpoint, protocol.len, endpoint.len);
    struct str host;
    bool fine = str_starts(endpoint, protocol) && str_starts(rest, STR("://"));
    rest = str_slice(rest, 3, rest.len);
    host = str_slice(rest, 0, str_find_char(rest, '/', 0));
    for (size_t i = 0; i < endpoint.len && fine; i++) {
        fine = (uint8_t)endpoint.ptr[i] > 0x20 && (uint8_t)endpoint.ptr[i] < 0x7f;
    }
    if (!fine || host.len == 0) {
        return why_set(why, STATUS_INVALID,
                       "Invalid parameter: Endpoint: \"%.*s\" must be a URL that begins with "
                       "%.*s:// and a host",
                       STR_ARG(str_slice(endpoint, 0, 128)), STR_ARG(protocol));
    }
    if (str_find_char(host, '@', 0) != host.len) {
        return why_set(why, STATUS_INVALID,
                       "Invalid parameter: Endpoint: a user name in the URL is not offered; use "
                       "BulwarkSecret, which signs what is delivered");
    }
    return STATUS_OK;
}

static enum status check_mqtt(struct str endpoint, struct why *why)
{
    bool fine = endpoint.len > 0 && str_is_utf8(endpoint);
    if (str_starts(endpoint, STR("$"))) {
        return why_set(
            why, STATUS_INVALID,
            "Invalid parameter: Endpoint: of mqtt it must not begin with $: those topics "
            "are the broker's and the service's own");
    }
    for (size_t i = 0; i < endpoint.len && fine; i++) {
        char c = endpoint.ptr[i];
        fine = c != '#' && c != '+' && (uint8_t)c >= 0x20;
    }
    return fine ? STATUS_OK
                : why_set(why, STATUS_INVALID,
                          "Invalid parameter: Endpoint: of mqtt it must be the name of a topic, "
                          "without wildcards");
}

static enum status check_endpoint(const struct subscribe *in, struct why *why)
{
    if (in->endpoint.len > ENDPOINT_BYTES_MAX) {
        return why_set(why, STATUS_INVALID,
                       "Invalid parameter: Endpoint: it has %zu bytes; at "
                       "most %d",
                       in->endpoint.len, ENDPOINT_BYTES_MAX);
    }
    if (str_eq(in->protocol, STR("http")) || str_eq(in->protocol, STR("https"))) {
        return check_url(in->protocol, in->endpoint, why);
    }
    if (str_eq(in->protocol, STR("mqtt"))) {
        return check_mqtt(in->endpoint, why);
    }
    return why_set(why, STATUS_INVALID,
                   "Invalid parameter: Protocol: %.*s is not offered; http, https and mqtt are",
                   STR_ARG(str_slice(in->protocol, 0, 64)));
}

enum status attribute_bool(struct str name, struct str value, bool *ret, struct why *why)
{
    bool yes = str_eq_nocase(value, STR("true"));
    if (!yes && !str_eq_nocase(value, STR("false"))) {
        return why_set(why, STATUS_INVALID,
                       "Invalid parameter: Attributes Reason: %.*s: \"%.*s\" must be true or false",
                       STR_ARG(name), STR_ARG(str_slice(value, 0, 64)));
    }
    *ret = yes;
    return STATUS_OK;
}

enum status attribute_secret(struct str value, struct why *why)
{
    if (value.len > SUBSCRIPTION_SECRET_MAX) {
        return why_set(why, STATUS_INVALID,
                       "Invalid parameter: Attributes Reason: BulwarkSecret: it has %zu bytes; at "
                       "most %d",
                       value.len, SUBSCRIPTION_SECRET_MAX);
    }
    return STATUS_OK;
}

/* ---- making ---------------------------------------------------------------------------------- */

/* Of 256 random bits: who knows it was sent it. */
static enum status make_token(const struct account_ctx *ctx, struct subscription *row,
                              struct why *why)
{
    uint8_t bits[TOKEN_TEXT / 2];
    char text[TOKEN_TEXT];
    static const char digits[] = "0123456789abcdef";
    rnd_fill(&ctx->rnd, bits, sizeof bits);
    for (size_t i = 0; i < sizeof bits; i++) {
        text[2 * i] = digits[bits[i] >> 4];
        text[2 * i + 1] = digits[bits[i] & 15];
    }
    row->token_made = clock_now(&ctx->clock);
    return str_dup(ctx->mem, (struct str){text, sizeof text}, &row->token, why);
}

/* Gives a pending one a token, and has it sent. */
static enum status ask(const struct account_ctx *ctx, struct subscription *row, struct why *why)
{
    TRY(make_token(ctx, row, why));
    TRY(store_put(ctx->tx, TABLE(subscription), row, why));
    return outbox_ask(ctx, row, why);
}

static enum status again(const struct account_ctx *ctx, const struct subscribe *in,
                         struct subscription *row, struct why *why)
{
    bool other = (in->raw.given && in->raw.value != (row->raw != 0)) ||
                 (!str_absent(in->secret) && !str_eq(in->secret, row->secret));
    if (other) {
        return why_set(why, STATUS_INVALID,
                       "Invalid parameter: Attributes Reason: Subscription already exists with "
                       "different attributes");
    }
    if (subscription_is_confirmed(row)) {
        return STATUS_OK;
    }
    if (in->confirmed) {
        row->confirmed = clock_now(&ctx->clock);
        row->authenticated = 1;
        return store_put(ctx->tx, TABLE(subscription), row, why);
    }
    return ask(ctx, row, why);
}

static enum status insert(const struct account_ctx *ctx, const struct subscribe *in,
                          struct subscription *row, struct why *why)
{
    row->protocol = in->protocol;
    row->endpoint = in->endpoint;
    row->raw = in->raw.given && in->raw.value;
    row->secret = in->secret;
    row->created = clock_now(&ctx->clock);
    row->confirmed = in->confirmed ? row->created : TIME_NEVER;
    row->authenticated = in->confirmed;
    TRY(account_uuid(ctx, &row->id, why));
    return in->confirmed ? store_insert(ctx->tx, TABLE(subscription), row, why)
                         : ask(ctx, row, why);
}

enum status subscription_create(const struct account_ctx *ctx, const struct subscribe *in,
                                struct subscription *ret, struct why *why)
{
    struct topic topic;
    struct subscription *rows = NULL;
    size_t n = 0;
    TRY(topic_of_arn(ctx, in->topic_arn, &topic, why));
    TRY(check_endpoint(in, why));
    TRY(attribute_secret(in->secret, why));
    TRY(subscriptions_of(ctx, topic.name, &rows, &n, why));
    for (size_t i = 0; i < n; i++) {
        if (str_eq(rows[i].protocol, in->protocol) && str_eq(rows[i].endpoint, in->endpoint)) {
            TRY(again(ctx, in, &rows[i], why));
            *ret = rows[i];
            return STATUS_OK;
        }
    }
    if (n == QUOTA_TOPIC_SUBSCRIPTIONS) {
        return why_raise(why, STATUS_LIMIT, X_sns_SubscriptionLimitExceeded,
                         "topic %.*s already has %d subscriptions, the most", STR_ARG(topic.name),
                         QUOTA_TOPIC_SUBSCRIPTIONS);
    }
    struct subscription row = {.topic = topic.name};
    TRY(insert(ctx, in, &row, why));
    *ret = row;
    return STATUS_OK;
}

enum status subscription_confirm(const struct account_ctx *ctx, struct str topic_arn,
                                 struct str token, bool authenticated, struct subscription *ret,
                                 struct why *why)
{
    struct topic topic;
    struct subscription *rows = NULL;
    size_t n = 0;
    size_t i = 0;
    TRY(topic_of_arn(ctx, topic_arn, &topic, why));
    TRY(subscriptions_of(ctx, topic.name, &rows, &n, why));
    while (i < n && !bytes_eq_secret(bytes_of_str(rows[i].token), bytes_of_str(token))) {
        i++;
    }
    if (i == n || token.len == 0) {
        return why_set(why, STATUS_INVALID,
                       "Invalid parameter: Token: it is of no subscription of "
                       "this topic");
    }
    if (!subscription_is_confirmed(&rows[i])) {
        int64_t age = clock_now(&ctx->clock) - rows[i].token_made;
        if (age > (int64_t)SUBSCRIPTION_TOKEN_DAYS * DAY_MS) {
            return why_set(why, STATUS_INVALID,
                           "Invalid parameter: Token: it is older than %d days; subscribe again",
                           SUBSCRIPTION_TOKEN_DAYS);
        }
        rows[i].confirmed = clock_now(&ctx->clock);
        rows[i].authenticated = authenticated;
        TRY(store_put(ctx->tx, TABLE(subscription), &rows[i], why));
    }
    *ret = rows[i];
    return STATUS_OK;
}

/* ---- finding, changing ----------------------------------------------------------------------- */

enum status subscription_of_arn(const struct account_ctx *ctx, struct str arn,
                                struct subscription *ret, struct why *why)
{
    struct arn parts;
    struct subscription row = {.created = 0};
    if (arn_parse(arn, &parts, NULL) != STATUS_OK || !str_eq(parts.service, STR("sns"))) {
        return why_set(why, STATUS_INVALID,
                       "Invalid parameter: SubscriptionArn: \"%.*s\" is not "
                       "the ARN of a subscription",
                       STR_ARG(str_slice(arn, 0, 128)));
    }
    bool ours = arn_is_our_topic(&ctx->id, arn, &row.topic, &row.id) && !str_absent(row.id);
    enum status status =
        ours ? store_get(ctx->tx, TABLE(subscription), &row, ctx->mem, why) : STATUS_NOT_FOUND;
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, status, "Subscription does not exist");
    }
    TRY(status);
    *ret = row;
    return STATUS_OK;
}

enum status subscription_arn(const struct account_ctx *ctx, const struct subscription *subscription,
                             struct str *ret, struct why *why)
{
    return arn_make_topic(ctx->mem, &ctx->id, subscription->topic, subscription->id, ret, why);
}

enum status subscription_set(const struct account_ctx *ctx, struct str arn, struct str name,
                             struct str value, struct why *why)
{
    struct subscription row;
    bool raw = false;
    TRY(subscription_of_arn(ctx, arn, &row, why));
    if (str_eq(name, STR("RawMessageDelivery"))) {
        TRY(attribute_bool(name, value, &raw, why));
        row.raw = raw;
    } else if (str_eq(name, STR("BulwarkSecret"))) {
        TRY(attribute_secret(value, why));
        row.secret = value.len == 0 ? STR_ABSENT : value;
    } else {
        return why_set(why, STATUS_INVALID,
                       "Invalid parameter: AttributeName: %.*s is not offered; RawMessageDelivery "
                       "and BulwarkSecret are",
                       STR_ARG(str_slice(name, 0, 64)));
    }
    return store_put(ctx->tx, TABLE(subscription), &row, why);
}

enum status subscription_delete(const struct account_ctx *ctx, struct str arn, struct why *why)
{
    struct subscription row;
    TRY(subscription_of_arn(ctx, arn, &row, why));
    return store_delete(ctx->tx, TABLE(subscription), &row, why);
}

/* ---- lists ----------------------------------------------------------------------------------- */

enum status subscriptions_list(const struct account_ctx *ctx, struct str topic,
                               const struct page *page, struct page_rows *ret, struct why *why)
{
    const struct subscription like = {.topic = topic};
    const struct store_range range = {.prefix = &like, .n_prefix = str_absent(topic) ? 0 : 1};
    return page_read(ctx, TABLE(subscription), &range, page, NULL, ret, why);
}

enum status subscriptions_of(const struct account_ctx *ctx, struct str topic,
                             struct subscription **ret, size_t *ret_n, struct why *why)
{
    const struct subscription like = {.topic = topic};
    const struct store_range range = {.prefix = &like, .n_prefix = 1};
    struct subscription *rows = NEW_ARRAY(ctx->mem, struct subscription, QUOTA_TOPIC_SUBSCRIPTIONS);
    size_t n = 0;
    AUTO_SCAN *scan = NULL;
    TRY_PTR(rows);
    TRY(store_scan_open(ctx->tx, TABLE(subscription), &range, &scan, why));
    for (bool more = true; more && n < QUOTA_TOPIC_SUBSCRIPTIONS; n += more) {
        TRY(store_scan_next(scan, &rows[n], ctx->mem, &more, why));
    }
    *ret = rows;
    *ret_n = n;
    return STATUS_OK;
}
