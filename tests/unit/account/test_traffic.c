/* What clients did, window by window. */
#include "account/traffic.h"

#include "fixture.h"

static void add(struct fixture *f, int64_t at, int64_t sent, int64_t least, int64_t most)
{
    const struct traffic more = {.client = STR("lamp"),
                                 .principal = STR("p"),
                                 .address = STR("192.0.2.1"),
                                 .sent = sent,
                                 .bytes_min = least,
                                 .bytes_max = most,
                                 .bytes_sum = sent * least,
                                 .connects = 1};
    CHECK_OK(WRITE(f, traffic_add(&f->ctx, at, more, &f->why)));
}

static void increments_add_up_within_their_window(void **state)
{
    struct fixture *f = *state;
    struct traffic got;
    bool found = true;
    CHECK_OK(READ(f, traffic_now(&f->ctx, STR("lamp"), &got, &found, &f->why)));
    assert_false(found);
    f->now = traffic_window(f->now) + 1;
    add(f, f->now, 2, 10, 20);
    add(f, f->now, 0, 0, 0); /* no message: no least size either */
    add(f, f->now, 1, 5, 5);
    CHECK_OK(READ(f, traffic_now(&f->ctx, STR("lamp"), &got, &found, &f->why)));
    assert_true(found);
    assert_int_equal(got.sent, 3);
    assert_int_equal(got.bytes_min, 5);
    assert_int_equal(got.bytes_max, 20);
    assert_int_equal(got.bytes_sum, 25);
    assert_int_equal(got.connects, 3);
    assert_int_equal(got.window, f->now - 1);
    add(f, f->now, INT64_MAX, 1, 1);
    CHECK_OK(READ(f, traffic_now(&f->ctx, STR("lamp"), &got, &found, &f->why)));
    assert_true(got.sent == INT64_MAX); /* never below what it was */
}

static void a_window_before_is_shown_until_two_are_over_and_old_ones_go(void **state)
{
    struct fixture *f = *state;
    struct traffic got;
    bool found = false;
    size_t n = 0;
    add(f, f->now, 1, 1, 1);
    f->now += TRAFFIC_WINDOW_MS;
    CHECK_OK(READ(f, traffic_now(&f->ctx, STR("lamp"), &got, &found, &f->why)));
    assert_true(found);
    f->now += TRAFFIC_WINDOW_MS;
    CHECK_OK(READ(f, traffic_now(&f->ctx, STR("lamp"), &got, &found, &f->why)));
    assert_false(found);
    add(f, f->now, 1, 1, 1);
    CHECK_OK(WRITE(f, traffic_sweep(&f->ctx, traffic_window(f->now), 10, &n, &f->why)));
    assert_int_equal(n, 1);
    CHECK_OK(READ(f, traffic_now(&f->ctx, STR("lamp"), &got, &found, &f->why)));
    assert_true(found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(increments_add_up_within_their_window),
        TEST(a_window_before_is_shown_until_two_are_over_and_old_ones_go),
    };
    return RUN_TESTS("account/traffic", tests);
}
