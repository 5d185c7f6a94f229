#include "notify/backoff.h"

#include "lib/check.h"

static void waits_double_up_to_ten_minutes_and_are_cut_by_up_to_a_half(void **state)
{
    (void)state;
    uint64_t seed = 7;
    const struct rnd rnd = rnd_seeded_for_tests(&seed);
    bool differs = false;
    for (int64_t failures = 1; failures <= 200; failures++) {
        int64_t whole = failures <= 10 ? INT64_C(1000) << (failures - 1) : BACKOFF_LAST_MS;
        whole = whole < BACKOFF_LAST_MS ? whole : BACKOFF_LAST_MS;
        for (int i = 0; i < 20; i++) {
            int64_t ms = backoff_ms(failures, &rnd);
            assert_in_range(ms, whole / 2, whole);
            differs = differs || ms != whole;
        }
    }
    assert_true(differs);
    assert_in_range(backoff_ms(INT64_MAX, &rnd), BACKOFF_LAST_MS / 2, BACKOFF_LAST_MS);
}

static void nothing_is_given_up_within_a_day(void **state)
{
    (void)state;
    assert_false(backoff_is_over(DAY_MS - 1, 0, 1000, 0));
    assert_true(backoff_is_over(DAY_MS, 0, 1, 0));
}

static void what_waited_while_we_were_off_gets_its_tries(void **state)
{
    (void)state;
    int64_t now = 30 * (int64_t)DAY_MS;
    assert_false(backoff_is_over(now, 0, 1, now));
    assert_false(backoff_is_over(now, 0, BACKOFF_TRIES_MIN - 1, now - BACKOFF_DOWN_MS + 1));
    assert_true(backoff_is_over(now, 0, 1, now - BACKOFF_DOWN_MS));
    assert_true(backoff_is_over(now, 0, BACKOFF_TRIES_MIN, now));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_double_up_to_ten_minutes_and_are_cut_by_up_to_a_half),
        cmocka_unit_test(nothing_is_given_up_within_a_day),
        cmocka_unit_test(what_waited_while_we_were_off_gets_its_tries),
    };
    return RUN_TESTS("notify/backoff", tests);
}
