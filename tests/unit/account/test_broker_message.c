/* Messages for the broker: in order, gone once done, and never too many. */
#include "account/broker_message.h"

#include "account/quotas.h"
#include "fixture.h"

enum { ROWS = 8 };

static void add(struct fixture *f, const char *topic)
{
    CHECK_OK(WRITE(f, broker_message_add(&f->ctx, str_from(topic), STR("{}"), 1, &f->why)));
    f->now++;
}

static size_t next(struct fixture *f, struct str after, struct broker_message *rows)
{
    size_t n;
    CHECK_OK(READ(f, broker_message_next(&f->ctx, after, rows, ROWS, &n, &f->why)));
    return n;
}

static void messages_come_in_order_and_go_when_they_are_done(void **state)
{
    struct fixture *f = *state;
    struct broker_message rows[ROWS];
    uint64_t empty = fixture_digest(f);
    add(f, "a");
    add(f, "b");
    add(f, "c");
    assert_int_equal(next(f, STR_ABSENT, rows), 3);
    CHECK_STR(rows[0].topic, "a");
    CHECK_STR(rows[2].topic, "c");
    assert_int_equal(next(f, rows[1].id, rows), 1);
    CHECK_STR(rows[0].topic, "c");
    assert_int_equal(next(f, STR_ABSENT, rows), 3);
    for (int i = 0; i < 3; i++) {
        CHECK_OK(WRITE(f, broker_message_done(&f->ctx, rows[i].id, &f->why)));
    }
    CHECK_OK(WRITE(f, broker_message_done(&f->ctx, rows[0].id, &f->why)));
    assert_true(fixture_digest(f) == empty);
}

static enum status fill(struct fixture *f)
{
    for (int i = 0; i < QUOTA_BROKER_MESSAGES; i++) {
        const struct broker_message row = {
            .id = fixture_name(f, "0-", i), .topic = STR("old"), .payload = STR("")};
        enum status status = store_insert(f->ctx.tx, TABLE(broker_message), &row, &f->why);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

static void the_oldest_goes_when_too_many_wait(void **state)
{
    struct fixture *f = *state;
    const struct store_range all = {.index = NULL};
    struct broker_message rows[ROWS];
    size_t n;
    CHECK_OK(WRITE(f, fill(f)));
    assert_int_equal(next(f, STR_ABSENT, rows), ROWS);
    struct str oldest = rows[0].id;
    add(f, "new");
    CHECK_OK(READ(f, store_count(f->ctx.tx, TABLE(broker_message), &all, 0, &n, &f->why)));
    assert_int_equal(n, QUOTA_BROKER_MESSAGES);
    assert_int_equal(next(f, STR_ABSENT, rows), ROWS);
    assert_false(str_eq(rows[0].id, oldest));
}

static void adding_is_all_or_nothing(void **state)
{
    struct fixture *f = *state;
    CHECK_ALL_OR_NOTHING(f, broker_message_add(&f->ctx, STR("t"), STR("{}"), 0, &f->why));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(messages_come_in_order_and_go_when_they_are_done),
        TEST(the_oldest_goes_when_too_many_wait),
        TEST(adding_is_all_or_nothing),
    };
    return RUN_TESTS("account/broker_message", tests);
}
