#include "account/outbox.h"

#include "iam_fixture.h"
#include "topic_fixture.h"

#define ALARMS TOPIC_ARN("alarms")

static struct str add(struct fixture *f, const char *kind, const char *topic, const char *role)
{
    const struct outbox_message message = {str_from(kind), str_from(topic), str_from(role),
                                           STR_ABSENT, STR("{}")};
    struct str id;
    CHECK_OK(WRITE(f, outbox_add(&f->ctx, &message, &id, &f->why)));
    return id;
}

static struct outbox_spread spread(struct fixture *f, struct str id, struct str elsewhere)
{
    struct outbox_spread result;
    CHECK_OK(WRITE(f, outbox_spread(&f->ctx, id, elsewhere, &result, &f->why)));
    return result;
}

static void a_message_becomes_a_delivery_for_each_confirmed_subscription(void **state)
{
    struct fixture *f = *state;
    struct subscription row;
    struct outbox *rows = NULL;
    CHECK_OK(try_topic(f, "alarms"));
    CHECK_OK(try_subscribe(f, ALARMS, "http", "http://a/1", true, &row));
    CHECK_OK(try_subscribe(f, ALARMS, "http", "http://a/2", true, &row));
    CHECK_OK(try_subscribe(f, ALARMS, "mqtt", "alarms", false, &row));
    struct str id = add(f, "PUBLISH", ALARMS, NULL);
    struct outbox_spread result = spread(f, id, STR_ABSENT);
    assert_int_equal(result.n, 2);
    assert_int_equal(outbox_rows(f, OUTBOX_PENDING, &rows), 2);
    for (size_t i = 0; i < 2; i++) {
        assert_true(str_eq(rows[i].message, id));
        assert_false(str_eq(rows[i].id, id));
        CHECK_STR(rows[i].body, "{}");
        assert_true(str_starts(rows[i].endpoint, STR("http://a/")));
    }
    assert_int_equal(spread(f, id, STR_ABSENT).n, 0);         /* it is gone */
    assert_int_equal(spread(f, rows[0].id, STR_ABSENT).n, 0); /* this one is a delivery */
}

static void what_nobody_listens_to_is_gone(void **state)
{
    struct fixture *f = *state;
    struct outbox *rows = NULL;
    CHECK_OK(try_topic(f, "alarms"));
    assert_int_equal(spread(f, add(f, "PUBLISH", ALARMS, NULL), STR_ABSENT).n, 0);
    assert_int_equal(outbox_rows(f, OUTBOX_PENDING, &rows), 0);
}

static void a_topic_that_is_not_held_here_goes_elsewhere_or_is_given_up(void **state)
{
    struct fixture *f = *state;
    struct outbox *rows = NULL;
    struct outbox row;
    struct str id = add(f, "AUDIT", "arn:aws:sns:us-east-1:210987654321:alarms", NULL);
    struct outbox_spread result = spread(f, id, STR_ABSENT);
    assert_true(result.dead);
    assert_int_equal(outbox_rows(f, OUTBOX_DEAD, &rows), 1);
    assert_non_null(strstr(rows[0].last_error.ptr, "is not held here"));
    f->now += 1;
    CHECK_OK(WRITE(f, outbox_resend(&f->ctx, id, &row, &f->why)));
    assert_int_equal(row.queued, f->now);
    result = spread(f, id, STR("http://sns.example"));
    assert_int_equal(result.n, 1);
    CHECK_OK(READ(f, outbox_get(&f->ctx, id, &row, &f->why)));
    CHECK_STR(row.endpoint, "http://sns.example");
    assert_true(str_absent(row.subscription));
}

static void the_role_of_an_audit_is_asked_where_it_is_held(void **state)
{
    struct fixture *f = *state;
    struct subscription subscription;
    struct outbox *rows = NULL;
    struct outbox row;
    CHECK_OK(try_topic(f, "alarms"));
    CHECK_OK(try_subscribe(f, ALARMS, "http", "http://a/1", true, &subscription));
    struct outbox_spread result = spread(f, add(f, "AUDIT", ALARMS, ROLE_ARN("none")), STR_ABSENT);
    assert_true(result.role_unknown);
    assert_int_equal(result.n, 1);

    CHECK_OK(try_role(f, "notifier", NULL, TRUST_IOT));
    struct str id = add(f, "AUDIT", ALARMS, ROLE_ARN("notifier"));
    result = spread(f, id, STR_ABSENT);
    assert_true(result.dead);
    assert_int_equal(outbox_rows(f, OUTBOX_DEAD, &rows), 1);
    assert_non_null(strstr(rows[0].last_error.ptr, "allows sns:Publish"));

    CHECK_OK(
        try_inline(f, IAM_ROLE, "notifier", "p", POLICY(GRANT("Allow", "sns:Publish", ALARMS))));
    CHECK_OK(WRITE(f, outbox_resend(&f->ctx, id, &row, &f->why)));
    result = spread(f, id, STR_ABSENT);
    assert_false(result.dead);
    assert_false(result.role_unknown);
    assert_int_equal(result.n, 1);
}

/* A role that the account does not hold is somebody all the same. */
static void a_topic_may_refuse_a_role_that_is_not_held(void **state)
{
    struct fixture *f = *state;
    struct subscription subscription;
    struct outbox *rows = NULL;
    const struct topic_attribute policy = {
        STR("Policy"),
        STR("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\","
            "\"Principal\":\"*\",\"Action\":\"SNS:Publish\",\"Resource\":\"*\","
            "\"Condition\":{\"ArnEquals\":{\"aws:PrincipalArn\":"
            "\"" ROLE_ARN("stranger") "\"},\"StringEquals\":"
                                      "{\"aws:SourceAccount\":\"123456789012\"}}}]}")};
    CHECK_OK(try_topic(f, "alarms"));
    CHECK_OK(try_subscribe(f, ALARMS, "http", "http://a/1", true, &subscription));
    CHECK_OK(WRITE(f, topic_set(&f->ctx, STR(ALARMS), &policy, &f->why)));
    struct outbox_spread result = spread(f, add(f, "AUDIT", ALARMS, ROLE_ARN("none")), STR_ABSENT);
    assert_int_equal(result.n, 1);
    result = spread(f, add(f, "AUDIT", ALARMS, ROLE_ARN("stranger")), STR_ABSENT);
    assert_true(result.dead);
    assert_int_equal(outbox_rows(f, OUTBOX_DEAD, &rows), 1);
    assert_non_null(strstr(rows[0].last_error.ptr, "denies sns:Publish to " ROLE_ARN("stranger")));
}

static void a_failed_try_is_noted_and_one_too_many_gives_it_up(void **state)
{
    struct fixture *f = *state;
    struct outbox row;
    struct str id = add(f, "PUBLISH", ALARMS, NULL);
    CHECK_REFUSED(f, STATUS_INVALID, "only one that is DEAD",
                  WRITE(f, outbox_resend(&f->ctx, id, &row, &f->why)));
    CHECK_OK(WRITE(f, outbox_failed(&f->ctx, id, STR("503"), f->now + 1000, &f->why)));
    CHECK_OK(READ(f, outbox_get(&f->ctx, id, &row, &f->why)));
    CHECK_STR(row.state, "PENDING");
    CHECK_STR(row.last_error, "503");
    assert_int_equal(row.attempts, 1);
    assert_int_equal(row.next_try, f->now + 1000);
    CHECK_OK(WRITE(f, outbox_failed(&f->ctx, id, STR("504"), TIME_NEVER, &f->why)));
    CHECK_OK(READ(f, outbox_get(&f->ctx, id, &row, &f->why)));
    CHECK_STR(row.state, "DEAD");
    CHECK_STR(row.last_error, "504");
    assert_int_equal(row.attempts, 2);
    CHECK_OK(WRITE(f, outbox_done(&f->ctx, id, &f->why)));
    CHECK_OK(WRITE(f, outbox_done(&f->ctx, id, &f->why)));
    CHECK_OK(WRITE(f, outbox_failed(&f->ctx, id, STR("x"), TIME_NEVER, &f->why)));
    CHECK_REFUSED(f, STATUS_NOT_FOUND, "no notification",
                  READ(f, outbox_get(&f->ctx, id, &row, &f->why)));
}

static void what_waits_too_long_for_an_endpoint_is_given_up_and_pruned(void **state)
{
    struct fixture *f = *state;
    struct subscription row;
    struct outbox *rows = NULL;
    size_t n = 0;
    CHECK_OK(try_topic(f, "alarms"));
    CHECK_OK(try_subscribe(f, ALARMS, "http", "http://a/1", true, &row));
    CHECK_OK(try_subscribe(f, ALARMS, "http", "http://a/2", true, &row));
    (void)spread(f, add(f, "PUBLISH", ALARMS, NULL), STR_ABSENT);
    f->now += HOUR_MS;
    (void)spread(f, add(f, "PUBLISH", ALARMS, NULL), STR_ABSENT);
    CHECK_OK(
        WRITE(f, outbox_give_up(&f->ctx, STR("http://a/1"), f->now, STR("gone"), 8, &n, &f->why)));
    assert_int_equal(n, 1);
    assert_int_equal(outbox_rows(f, OUTBOX_DEAD, &rows), 1);
    CHECK_STR(rows[0].endpoint, "http://a/1");
    assert_int_equal(outbox_rows(f, OUTBOX_PENDING, &rows), 3);
    CHECK_OK(WRITE(f, outbox_prune(&f->ctx, f->now, 8, &n, &f->why)));
    assert_int_equal(n, 0);
    CHECK_OK(WRITE(f, outbox_prune(&f->ctx, f->now + 1, 8, &n, &f->why)));
    assert_int_equal(n, 1);
    assert_int_equal(outbox_rows(f, OUTBOX_DEAD, &rows), 0);
}

static void a_message_is_spread_wholly_or_not_at_all(void **state)
{
    struct fixture *f = *state;
    struct subscription row;
    struct outbox_spread result;
    CHECK_OK(try_topic(f, "alarms"));
    CHECK_OK(try_subscribe(f, ALARMS, "http", "http://a/1", true, &row));
    CHECK_OK(try_subscribe(f, ALARMS, "http", "http://a/2", true, &row));
    struct str id = add(f, "PUBLISH", ALARMS, NULL);
    CHECK_ALL_OR_NOTHING(f, outbox_spread(&f->ctx, id, STR_ABSENT, &result, &f->why));
    assert_int_equal(result.n, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_message_becomes_a_delivery_for_each_confirmed_subscription),
        TEST(what_nobody_listens_to_is_gone),
        TEST(a_topic_that_is_not_held_here_goes_elsewhere_or_is_given_up),
        TEST(the_role_of_an_audit_is_asked_where_it_is_held),
        TEST(a_topic_may_refuse_a_role_that_is_not_held),
        TEST(a_failed_try_is_noted_and_one_too_many_gives_it_up),
        TEST(what_waits_too_long_for_an_endpoint_is_given_up_and_pruned),
        TEST(a_message_is_spread_wholly_or_not_at_all),
    };
    return RUN_TESTS("account/outbox", tests);
}
