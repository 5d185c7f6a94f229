#include "notify/envelope.h"

#include "lib/check.h"

#define TOPIC "arn:aws:sns:us-east-1:123456789012:alarms"

static const struct outbox row = {.id = STR_INIT("delivery"),
                                  .created = INT64_C(1767323045678),
                                  .kind = STR_INIT("PUBLISH"),
                                  .topic_arn = STR_INIT(TOPIC),
                                  .body = STR_INIT("a \"b\"\n"),
                                  .message = STR_INIT("m-1"),
                                  .subscription = STR_INIT(TOPIC ":s"),
                                  .endpoint = STR_INIT("http://a/x")};

static struct str header(const struct http_call *call, const char *name)
{
    for (size_t i = 0; i < call->n_headers; i++) {
        if (str_eq(call->headers[i].name, str_from(name))) {
            return call->headers[i].value;
        }
    }
    return STR_ABSENT;
}

static void a_notification_looks_as_sns_has_it(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    const struct subscription to = {.endpoint = STR("http://a/x")};
    struct outbox with = row;
    struct http_call call;
    CHECK_OK(envelope_make(mem, &row, &to, STR("http://b:1"), &call, NULL));
    CHECK_STR(call.method, "POST");
    CHECK_STR(call.url, "http://a/x");
    CHECK_STR(call.body,
              "{\"Type\":\"Notification\",\"MessageId\":\"m-1\",\"TopicArn\":\"" TOPIC
              "\",\"Message\":\"a \\\"b\\\"\\n\",\"Timestamp\":\"2026-01-02T03:04:05.678Z\","
              "\"UnsubscribeURL\":\"http://b:1/?Action=Unsubscribe&SubscriptionArn=arn%3Aaws%3Asns%"
              "3Aus-east-1%3A123456789012%3Aalarms%3As&Version=2010-03-31\"}");
    CHECK_STR(header(&call, "x-amz-sns-message-type"), "Notification");
    CHECK_STR(header(&call, "x-amz-sns-message-id"), "m-1");
    CHECK_STR(header(&call, "x-amz-sns-topic-arn"), TOPIC);
    CHECK_STR(header(&call, "x-amz-sns-subscription-arn"), TOPIC ":s");
    CHECK_STR(header(&call, "Content-Type"), "text/plain; charset=UTF-8");
    assert_true(str_absent(header(&call, "x-amz-sns-rawdelivery")));
    assert_true(str_absent(header(&call, "x-bulwark-signature")));
    with.subject = STR("S");
    CHECK_OK(envelope_make(mem, &with, &to, STR("http://b:1"), &call, NULL));
    assert_non_null(strstr(str_z(mem, call.body), ",\"Subject\":\"S\",\"Message\":"));
}

static void a_request_for_confirmation_carries_the_token_and_its_link(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    const struct subscription to = {.endpoint = STR("http://a/x"), .raw = 1};
    struct outbox asking = row;
    struct http_call call;
    asking.kind = STR("CONFIRMATION");
    asking.body = STR("t0k");
    CHECK_OK(envelope_make(mem, &asking, &to, STR("https://b"), &call, NULL));
    const char *body = str_z(mem, call.body);
    assert_non_null(strstr(body, "{\"Type\":\"SubscriptionConfirmation\",\"MessageId\":\"m-1\","
                                 "\"Token\":\"t0k\",\"TopicArn\":\"" TOPIC "\",\"Message\":"));
    assert_non_null(strstr(body,
                           "\"SubscribeURL\":\"https://b/?Action=ConfirmSubscription&TopicArn="
                           "arn%3Aaws%3Asns%3Aus-east-1%3A123456789012%3Aalarms&Token=t0k&"
                           "Version=2010-03-31\""));
    assert_null(strstr(body, "UnsubscribeURL"));
    CHECK_STR(header(&call, "x-amz-sns-message-type"), "SubscriptionConfirmation");
    assert_true(str_absent(header(&call, "x-amz-sns-subscription-arn")));
}

/* echo -n '{}' | openssl dgst -sha256 -hmac key */
static void raw_is_the_message_alone_and_a_secret_signs_it(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    const struct subscription to = {.endpoint = STR("http://a/x"), .raw = 1, .secret = STR("key")};
    struct outbox plain = row;
    struct http_call call;
    plain.body = STR("{}");
    CHECK_OK(envelope_make(mem, &plain, &to, STR("http://b"), &call, NULL));
    CHECK_STR(call.body, "{}");
    CHECK_STR(header(&call, "x-amz-sns-rawdelivery"), "true");
    CHECK_STR(header(&call, "x-bulwark-signature"),
              "sha256=a777724d943eb48dc69bca8a4a6d57a04db3f9ec7e1de4e581e860265bdf3032");
}

static void another_sns_is_asked_to_publish_it(void **state)
{
    (void)state;
    AUTO_ARENA *mem = arena_new(1 << 20);
    const struct http_sign sign = {.access_key = STR("AKID"), .secret = STR("s")};
    struct outbox far = row;
    struct http_call call;
    far.topic_arn = STR("arn:aws:sns:eu-west-1:210987654321:t");
    far.endpoint = STR("https://sns.example/");
    far.subject = STR("A & B");
    CHECK_OK(envelope_publish(mem, &far, &sign, &call, NULL));
    CHECK_STR(call.url, "https://sns.example/");
    CHECK_STR(call.body, "Action=Publish&Version=2010-03-31&TopicArn=arn%3Aaws%3Asns%3Aeu-west-1%"
                         "3A210987654321%3At&Message=a%20%22b%22%0A&Subject=A%20%26%20B");
    CHECK_STR(call.sign.region, "eu-west-1");
    CHECK_STR(call.sign.service, "sns");
    CHECK_STR(call.sign.access_key, "AKID");
    CHECK_STR(header(&call, "Content-Type"), "application/x-www-form-urlencoded");
    far.topic_arn = STR("alarms");
    CHECK_STATUS(envelope_publish(mem, &far, &sign, &call, NULL), STATUS_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_notification_looks_as_sns_has_it),
        cmocka_unit_test(a_request_for_confirmation_carries_the_token_and_its_link),
        cmocka_unit_test(raw_is_the_message_alone_and_a_secret_signs_it),
        cmocka_unit_test(another_sns_is_asked_to_publish_it),
    };
    return RUN_TESTS("notify/envelope", tests);
}
