#include "account/subscription.h"

#include "account/quotas.h"
#include "topic_fixture.h"

#define ALARMS TOPIC_ARN("alarms")

static enum status confirm(struct fixture *f, struct str token, struct subscription *ret)
{
    return WRITE(f, subscription_confirm(&f->ctx, STR(ALARMS), token, false, ret, &f->why));
}

static void a_subscription_is_pending_until_its_token_comes_back(void **state)
{
    struct fixture *f = *state;
    struct subscription row;
    struct subscription again;
    struct outbox *sent = NULL;
    struct str arn;
    CHECK_OK(try_topic(f, "alarms"));
    CHECK_OK(try_subscribe(f, ALARMS, "https", "https://hook.example/a", false, &row));
    assert_false(subscription_is_confirmed(&row));
    assert_int_equal(row.token.len, 64);
    assert_int_equal(outbox_rows(f, OUTBOX_PENDING, &sent), 1);
    CHECK_STR(sent[0].kind, "CONFIRMATION");
    CHECK_STR(sent[0].endpoint, "https://hook.example/a");
    assert_true(str_eq(sent[0].body, row.token));
    CHECK_OK(READ(f, subscription_arn(&f->ctx, &row, &arn, &f->why)));
    assert_true(str_eq(sent[0].subscription, arn));
    CHECK_REFUSED(f, STATUS_INVALID, "of no subscription", confirm(f, STR("wrong"), &again));
    CHECK_REFUSED(f, STATUS_INVALID, "of no subscription", confirm(f, STR(""), &again));
    CHECK_OK(confirm(f, row.token, &again));
    assert_true(subscription_is_confirmed(&again));
    assert_int_equal(again.authenticated, 0);
    f->now += 30 * (int64_t)DAY_MS;
    CHECK_OK(confirm(f, row.token, &again)); /* twice is once */
    assert_int_equal(again.confirmed, row.created);
    CHECK_OK(READ(f, subscription_of_arn(&f->ctx, arn, &again, &f->why)));
    CHECK_OK(WRITE(f, subscription_delete(&f->ctx, arn, &f->why)));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "Subscription does not exist",
                  READ(f, subscription_of_arn(&f->ctx, arn, &again, &f->why)));
}

static void a_token_grows_old_and_subscribing_again_sends_a_new_one(void **state)
{
    struct fixture *f = *state;
    struct subscription row;
    struct subscription again;
    struct outbox *sent = NULL;
    CHECK_OK(try_topic(f, "alarms"));
    CHECK_OK(try_subscribe(f, ALARMS, "http", "http://a/x", false, &row));
    f->now += SUBSCRIPTION_TOKEN_DAYS * (int64_t)DAY_MS + 1;
    CHECK_REFUSED(f, STATUS_INVALID, "older than 3 days", confirm(f, row.token, &again));
    CHECK_OK(try_subscribe(f, ALARMS, "http", "http://a/x", false, &again));
    assert_true(str_eq(again.id, row.id));
    assert_false(str_eq(again.token, row.token));
    assert_int_equal(outbox_rows(f, OUTBOX_PENDING, &sent), 2);
    CHECK_REFUSED(f, STATUS_INVALID, "of no subscription", confirm(f, row.token, &again));
    CHECK_OK(try_subscribe(f, ALARMS, "http", "http://a/x", true, &again));
    assert_true(subscription_is_confirmed(&again));
    CHECK_OK(try_subscribe(f, ALARMS, "http", "http://a/x", false, &again));
    assert_true(subscription_is_confirmed(&again));
    assert_int_equal(outbox_rows(f, OUTBOX_PENDING, &sent), 2);
}

static void protocols_and_endpoints_are_checked(void **state)
{
    struct fixture *f = *state;
    struct subscription row;
    static const struct {
        const char *protocol, *endpoint, *says;
    } wrong[] = {
        {"email", "a@b.example", "Protocol: email is not offered; http, https and mqtt are"},
        {"sqs", "arn:aws:sqs:us-east-1:123456789012:q", "sqs is not offered"},
        {"http", "https://a/x", "begins with http:// and a host"},
        {"https", "http://a/x", "begins with https:// and a host"},
        {"http", "http:///x", "begins with http:// and a host"},
        {"http", "http://a/\r\nX: y", "begins with http:// and a host"},
        {"http", "http://me:pw@a/x", "a user name in the URL"},
        {"http", "", "begins with http:// and a host"},
        {"mqtt", "alarms/#", "without wildcards"},
        {"mqtt", "", "without wildcards"},
        {"mqtt", "$aws/events/presence/connected/a", "must not begin with $"},
    };
    CHECK_OK(try_topic(f, "alarms"));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CHECK_REFUSED(f, STATUS_INVALID, wrong[i].says,
                      try_subscribe(f, ALARMS, wrong[i].protocol, wrong[i].endpoint, false, &row));
    }
    CHECK_OK(try_subscribe(f, ALARMS, "http", "http://a/x@y", false, &row));
    CHECK_OK(try_subscribe(f, ALARMS, "mqtt", "alarms/all", false, &row));
    assert_false(subscription_is_confirmed(&row));
    CHECK_OK(try_subscribe(f, ALARMS, "mqtt", "alarms/other", true, &row));
    assert_true(subscription_is_confirmed(&row));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "Topic does not exist",
                  try_subscribe(f, TOPIC_ARN("none"), "http", "http://a/x", false, &row));
}

static void attributes_change_how_it_is_delivered(void **state)
{
    struct fixture *f = *state;
    struct subscription row;
    struct str arn;
    CHECK_OK(try_topic(f, "alarms"));
    CHECK_OK(try_subscribe(f, ALARMS, "http", "http://a/x", true, &row));
    CHECK_OK(READ(f, subscription_arn(&f->ctx, &row, &arn, &f->why)));
    CHECK_OK(
        WRITE(f, subscription_set(&f->ctx, arn, STR("RawMessageDelivery"), STR("true"), &f->why)));
    CHECK_OK(WRITE(f, subscription_set(&f->ctx, arn, STR("BulwarkSecret"), STR("s3"), &f->why)));
    CHECK_OK(READ(f, subscription_of_arn(&f->ctx, arn, &row, &f->why)));
    assert_int_equal(row.raw, 1);
    CHECK_STR(row.secret, "s3");
    CHECK_REFUSED(
        f, STATUS_INVALID, "must be true or false",
        WRITE(f, subscription_set(&f->ctx, arn, STR("RawMessageDelivery"), STR("1"), &f->why)));
    CHECK_REFUSED(
        f, STATUS_INVALID, "FilterPolicy is not offered",
        WRITE(f, subscription_set(&f->ctx, arn, STR("FilterPolicy"), STR("{}"), &f->why)));
    const struct subscribe other = {.topic_arn = STR(ALARMS),
                                    .protocol = STR("http"),
                                    .endpoint = STR("http://a/x"),
                                    .raw = {true, false}};
    CHECK_REFUSED(f, STATUS_INVALID, "already exists with different attributes",
                  WRITE(f, subscription_create(&f->ctx, &other, &row, &f->why)));
}

static void a_topic_has_so_many_subscriptions(void **state)
{
    struct fixture *f = *state;
    struct subscription row;
    struct page_rows rows;
    const struct page page = {.max = PAGE_ROWS_MAX};
    CHECK_OK(try_topic(f, "alarms"));
    CHECK_OK(try_topic(f, "other"));
    for (int i = 0; i < QUOTA_TOPIC_SUBSCRIPTIONS; i++) {
        struct str url = fixture_name(f, "http://a/x", i);
        CHECK_OK(try_subscribe(f, ALARMS, "http", url.ptr, true, &row));
    }
    CHECK_REFUSED(f, STATUS_LIMIT, "200 subscriptions",
                  try_subscribe(f, ALARMS, "http", "http://a/more", true, &row));
    CHECK_OK(try_subscribe(f, TOPIC_ARN("other"), "http", "http://a/more", true, &row));
    CHECK_OK(READ(f, subscriptions_list(&f->ctx, STR("other"), &page, &rows, &f->why)));
    assert_int_equal(rows.n, 1);
    CHECK_OK(READ(f, subscriptions_list(&f->ctx, STR_ABSENT, &page, &rows, &f->why)));
    assert_int_equal(rows.n, QUOTA_TOPIC_SUBSCRIPTIONS + 1);
}

static void a_subscription_is_made_wholly_or_not_at_all(void **state)
{
    struct fixture *f = *state;
    struct subscription row;
    const struct subscribe in = {
        .topic_arn = STR(ALARMS), .protocol = STR("http"), .endpoint = STR("http://a/x")};
    CHECK_OK(try_topic(f, "alarms"));
    CHECK_ALL_OR_NOTHING(f, subscription_create(&f->ctx, &in, &row, &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_subscription_is_pending_until_its_token_comes_back),
        TEST(a_token_grows_old_and_subscribing_again_sends_a_new_one),
        TEST(protocols_and_endpoints_are_checked),
        TEST(attributes_change_how_it_is_delivered),
        TEST(a_topic_has_so_many_subscriptions),
        TEST(a_subscription_is_made_wholly_or_not_at_all),
    };
    return RUN_TESTS("account/subscription", tests);
}
