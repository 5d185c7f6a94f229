/* envelope.c: see envelope.h. */
#include "notify/envelope.h"

#include "base/clock.h"
#include "codec/digest.h"
#include "codec/hex.h"
#include "codec/json_write.h"
#include "codec/uri.h"
#include "model/arn.h"

#include "base/banned.h"

enum { HEADERS_MAX = 8, URL_BYTES_MAX = 4096 };

static bool is_confirmation(const struct outbox *row)
{
    return str_eq(row->kind, STR("CONFIRMATION"));
}

/* ---- the body -------------------------------------------------------------------------------- */

static void put_parameter(struct buf *out, const char *name, struct str value)
{
    buf_put_fmt(out, "&%s=", name);
    uri_encode(out, value, URI_ENCODE_SLASH);
}

/* A link to an operation of this daemon's SNS. */
static enum status link_make(struct arena *mem, const struct outbox *row, struct str url,
                             struct str *ret, struct why *why)
{
    struct buf out;
    buf_init(&out, mem, URL_BYTES_MAX);
    buf_put_str(&out, url);
    if (is_confirmation(row)) {
        buf_put_str(&out, STR("/?Action=ConfirmSubscription"));
        put_parameter(&out, "TopicArn", row->topic_arn);
        put_parameter(&out, "Token", row->body);
    } else {
        buf_put_str(&out, STR("/?Action=Unsubscribe"));
        put_parameter(&out, "SubscriptionArn", row->subscription);
    }
    put_parameter(&out, "Version", STR("2010-03-31"));
    return buf_finish(&out, ret, why);
}

static enum status put_confirmation(struct arena *mem, struct json_write *w,
                                    const struct outbox *row, struct str link, struct why *why)
{
    struct str text;
    TRY(str_fmt(mem, &text, why,
                "You have chosen to subscribe to the topic %.*s.\nTo confirm the subscription, "
                "visit the SubscribeURL included in this message.",
                STR_ARG(row->topic_arn)));
    json_write_member(w, STR("Token"), row->body);
    json_write_member(w, STR("TopicArn"), row->topic_arn);
    json_write_member(w, STR("Message"), text);
    json_write_member(w, STR("SubscribeURL"), link);
    return STATUS_OK;
}

static enum status body_make(struct arena *mem, const struct outbox *row, struct str url,
                             struct str *ret, struct why *why)
{
    char time[TIME_TEXT_MAX];
    struct buf out;
    struct json_write w;
    struct str link;
    bool confirmation = is_confirmation(row);
    TRY(link_make(mem, row, url, &link, why));
    buf_init(&out, mem, ENVELOPE_BYTES_MAX);
    json_write_init(&w, &out);
    json_write_object(&w);
    json_write_member(&w, STR("Type"),
                      confirmation ? STR("SubscriptionConfirmation") : STR("Notification"));
    json_write_member(&w, STR("MessageId"), row->message);
    if (confirmation) {
        TRY(put_confirmation(mem, &w, row, link, why));
    } else {
        json_write_member(&w, STR("TopicArn"), row->topic_arn);
        json_write_member(&w, STR("Subject"), row->subject);
        json_write_member(&w, STR("Message"), row->body);
    }
    json_write_member(&w, STR("Timestamp"), str_from(time_format(row->created, time)));
    if (!confirmation) {
        json_write_member(&w, STR("UnsubscribeURL"), link);
    }
    json_write_end(&w);
    json_write_finish(&w);
    return buf_finish(&out, ret, why);
}

/* ---- the headers ----------------------------------------------------------------------------- */

struct headers {
    struct http_header *items;
    size_t n;
};

static void add(struct headers *headers, struct str name, struct str value)
{
    headers->items[headers->n++] = (struct http_header){name, value};
}

static enum status sign_body(struct arena *mem, struct str secret, struct str body,
                             struct headers *headers, struct why *why)
{
    uint8_t mac[SHA256_BYTES];
    struct str hex;
    struct str text;
    TRY(digest_hmac_sha256(bytes_of_str(secret), bytes_of_str(body), mac, why));
    TRY(hex_dup(mem, (struct bytes){mac, sizeof mac}, &hex, why));
    TRY(str_fmt(mem, &text, why, "sha256=%.*s", STR_ARG(hex)));
    add(headers, STR("x-bulwark-signature"), text);
    return STATUS_OK;
}

enum status envelope_make(struct arena *mem, const struct outbox *row,
                          const struct subscription *subscription, struct str url,
                          struct http_call *ret, struct why *why)
{
    struct headers headers = {NEW_ARRAY(mem, struct http_header, HEADERS_MAX), 0};
    struct http_call call = {
        .method = STR("POST"), .url = subscription->endpoint, .max_bytes = ENVELOPE_REPLY_MAX};
    bool confirmation = is_confirmation(row);
    bool raw = subscription->raw != 0 && !confirmation;
    TRY_PTR(headers.items);
    call.body = row->body;
    if (!raw) {
        TRY(body_make(mem, row, url, &call.body, why));
    }
    add(&headers, STR("Content-Type"), STR("text/plain; charset=UTF-8"));
    add(&headers, STR("x-amz-sns-message-type"),
        confirmation ? STR("SubscriptionConfirmation") : STR("Notification"));
    add(&headers, STR("x-amz-sns-message-id"), row->message);
    add(&headers, STR("x-amz-sns-topic-arn"), row->topic_arn);
    if (!confirmation) {
        add(&headers, STR("x-amz-sns-subscription-arn"), row->subscription);
    }
    if (raw) {
        add(&headers, STR("x-amz-sns-rawdelivery"), STR("true"));
    }
    if (!str_absent(subscription->secret)) {
        TRY(sign_body(mem, subscription->secret, call.body, &headers, why));
    }
    call.headers = headers.items;
    call.n_headers = headers.n;
    *ret = call;
    return STATUS_OK;
}

enum status envelope_publish(struct arena *mem, const struct outbox *row,
                             const struct http_sign *sign, struct http_call *ret, struct why *why)
{
    static const struct http_header form = {STR_INIT("Content-Type"),
                                            STR_INIT("application/x-www-form-urlencoded")};
    struct http_call call = {.method = STR("POST"),
                             .url = row->endpoint,
                             .headers = &form,
                             .n_headers = 1,
                             .sign = *sign,
                             .max_bytes = ENVELOPE_REPLY_MAX};
    struct arn arn;
    struct buf out;
    TRY(arn_parse(row->topic_arn, &arn, why));
    buf_init(&out, mem, ENVELOPE_BYTES_MAX);
    buf_put_str(&out, STR("Action=Publish&Version=2010-03-31"));
    put_parameter(&out, "TopicArn", row->topic_arn);
    put_parameter(&out, "Message", row->body);
    if (!str_absent(row->subject)) {
        put_parameter(&out, "Subject", row->subject);
    }
    TRY(buf_finish(&out, &call.body, why));
    call.sign.service = STR("sns");
    if (str_absent(call.sign.region)) {
        call.sign.region = arn.region;
    }
    *ret = call;
    return STATUS_OK;
}
