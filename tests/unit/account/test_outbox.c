#include "account/outbox.h"

#include "base/limits.h"
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
    CHECK_OK(try_subscribe(f, ALARMS, "mqtt", "alarms", true, &row));
    struct str id = add(f, "PUBLISH", ALARMS, NULL);
    struct outbox_spread result = spread(f, id, STR_ABSENT);
    assert_int_equal(result.n, 3);
    assert_int_equal(outbox_rows(f, OUTBOX_PENDING, &rows), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_true(str_eq(rows[i].message, id));
        assert_false(str_eq(rows[i].id, id));
        CHECK_STR(rows[i].body, "{}");
        assert_true(str_starts(rows[i].endpoint, STR("http://a/")) ||
                    str_eq(rows[i].endpoint, STR("alarms")));
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

static struct outbox_counts counts(struct fixture *f)
{
    struct outbox_counts got;
    CHECK_OK(READ(f, outbox_counts_get(&f->ctx, &got, &f->why)));
    return got;
}

#define CHECK_COUNTS(f, want_pending, want_dead, want_dropped)                                     \
    do {                                                                                           \
        struct outbox_counts got_ = counts(f);                                                     \
        assert_int_equal(got_.pending, want_pending);                                              \
        assert_int_equal(got_.dead, want_dead);                                                    \
        assert_int_equal(got_.dropped, want_dropped);                                              \
    } while (0)

/* As if so many were there. */
static void pretend(struct fixture *f, struct str state, int64_t n)
{
    const struct outbox_count row = {.state = state, .n = n};
    CHECK_OK(WRITE(f, store_put(f->ctx.tx, TABLE(outbox_count), &row, &f->why)));
}

static void rows_are_counted_wherever_they_go(void **state)
{
    struct fixture *f = *state;
    struct subscription subscription;
    struct outbox *rows = NULL;
    struct outbox row;
    size_t n = 0;
    CHECK_COUNTS(f, 0, 0, 0);
    CHECK_OK(try_topic(f, "alarms"));
    CHECK_OK(try_subscribe(f, ALARMS, "http", "http://a/1", true, &subscription));
    CHECK_OK(try_subscribe(f, ALARMS, "http", "http://a/2", true, &subscription));
    CHECK_OK(try_subscribe(f, ALARMS, "http", "http://a/3", false, &subscription));
    CHECK_COUNTS(f, 1, 0, 0); /* who is asked to confirm */
    struct str id = add(f, "PUBLISH", ALARMS, NULL);
    CHECK_COUNTS(f, 2, 0, 0);
    spread(f, id, STR_ABSENT);
    CHECK_COUNTS(f, 3, 0, 0);
    assert_int_equal(outbox_rows(f, OUTBOX_PENDING, &rows), 3);
    CHECK_OK(WRITE(f, outbox_done(&f->ctx, rows[0].id, &f->why)));
    CHECK_OK(WRITE(f, outbox_done(&f->ctx, rows[0].id, &f->why)));
    CHECK_COUNTS(f, 2, 0, 0);
    CHECK_OK(WRITE(f, outbox_failed(&f->ctx, rows[1].id, STR("x"), f->now + 1, &f->why)));
    CHECK_COUNTS(f, 2, 0, 0);
    CHECK_OK(WRITE(f, outbox_failed(&f->ctx, rows[1].id, STR("x"), TIME_NEVER, &f->why)));
    CHECK_COUNTS(f, 1, 1, 0);
    CHECK_OK(WRITE(f, outbox_resend(&f->ctx, rows[1].id, &row, &f->why)));
    CHECK_COUNTS(f, 2, 0, 0);
    CHECK_OK(WRITE(f, outbox_failed(&f->ctx, rows[1].id, STR("x"), TIME_NEVER, &f->why)));
    f->now += DAY_MS;
    CHECK_OK(WRITE(f, outbox_prune(&f->ctx, f->now, 10, &n, &f->why)));
    assert_int_equal(n, 1);
    CHECK_COUNTS(f, 1, 0, 0);
}

static void when_it_is_full_no_message_is_taken_and_that_of_an_audit_is_dead(void **state)
{
    struct fixture *f = *state;
    struct subscription subscription;
    struct outbox *rows = NULL;
    struct outbox row;
    CHECK_OK(try_topic(f, "alarms"));
    pretend(f, OUTBOX_PENDING, LIMIT_OUTBOX_PENDING - 1);
    CHECK_OK(READ(f, outbox_room(&f->ctx, &f->why)));
    pretend(f, OUTBOX_PENDING, LIMIT_OUTBOX_PENDING);
    CHECK_REFUSED(f, STATUS_LIMIT, "100000 notifications wait to be delivered",
                  READ(f, outbox_room(&f->ctx, &f->why)));
    CHECK_REFUSED(f, STATUS_LIMIT, "100000 notifications wait to be delivered",
                  try_subscribe(f, ALARMS, "http", "http://a/1", false, &subscription));
    struct str id = add(f, "AUDIT", ALARMS, NULL);
    CHECK_COUNTS(f, LIMIT_OUTBOX_PENDING, 1, 0);
    assert_int_equal(outbox_rows(f, OUTBOX_DEAD, &rows), 1);
    assert_non_null(strstr(rows[0].last_error.ptr, "100000 notifications wait to be delivered"));
    CHECK_REFUSED(f, STATUS_LIMIT, "100000 notifications wait",
                  WRITE(f, outbox_resend(&f->ctx, id, &row, &f->why)));
    pretend(f, OUTBOX_PENDING, 0);
    CHECK_OK(WRITE(f, outbox_resend(&f->ctx, id, &row, &f->why)));
    CHECK_COUNTS(f, 1, 0, 0);
}

static void a_message_waits_while_there_would_be_too_many_deliveries(void **state)
{
    struct fixture *f = *state;
    struct subscription subscription;
    CHECK_OK(try_topic(f, "alarms"));
    CHECK_OK(try_subscribe(f, ALARMS, "http", "http://a/1", true, &subscription));
    struct str id = add(f, "PUBLISH", ALARMS, NULL);
    pretend(f, OUTBOX_PENDING, LIMIT_OUTBOX_SPREAD);
    assert_int_equal(spread(f, id, STR_ABSENT).n, 1); /* one for one: no more than before */
    CHECK_OK(try_subscribe(f, ALARMS, "http", "http://a/2", true, &subscription));
    pretend(f, OUTBOX_PENDING, 1);
    id = add(f, "PUBLISH", ALARMS, NULL);
    pretend(f, OUTBOX_PENDING, LIMIT_OUTBOX_SPREAD - 1);
    struct outbox_spread result = spread(f, id, STR_ABSENT);
    assert_true(result.full);
    assert_int_equal(result.n, 0);
    pretend(f, OUTBOX_PENDING, LIMIT_OUTBOX_SPREAD - 2);
    assert_int_equal(spread(f, id, STR_ABSENT).n, 2);
}

static void what_is_given_up_beyond_the_bound_is_gone_and_counted(void **state)
{
    struct fixture *f = *state;
    struct outbox row;
    struct str id = add(f, "PUBLISH", ALARMS, NULL);
    pretend(f, OUTBOX_DEAD, LIMIT_OUTBOX_DEAD);
    CHECK_OK(WRITE(f, outbox_failed(&f->ctx, id, STR("x"), TIME_NEVER, &f->why)));
    CHECK_COUNTS(f, 0, LIMIT_OUTBOX_DEAD, 1);
    CHECK_STATUS(READ(f, outbox_get(&f->ctx, id, &row, &f->why)), STATUS_NOT_FOUND);
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
        TEST(rows_are_counted_wherever_they_go),
        TEST(when_it_is_full_no_message_is_taken_and_that_of_an_audit_is_dead),
        TEST(a_message_waits_while_there_would_be_too_many_deliveries),
        TEST(what_is_given_up_beyond_the_bound_is_gone_and_counted),
        TEST(a_failed_try_is_noted_and_one_too_many_gives_it_up),
        TEST(what_waits_too_long_for_an_endpoint_is_given_up_and_pruned),
        TEST(a_message_is_spread_wholly_or_not_at_all),
    };
    return RUN_TESTS("account/outbox", tests);
}
