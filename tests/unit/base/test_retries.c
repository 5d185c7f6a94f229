/* How long a task that failed waits, and when it is given up. */
#include "base/retries.h"

#include <stdio.h>

#include "lib/check.h"

enum { NOW = 1000000 };

static void waits_double_up_to_a_minute_until_it_is_given_up(void **state)
{
    (void)state;
    static const int seconds[] = {5, 10, 20, 40, 60, 60, 60};
    struct retries retries = {.n = 0};
    for (int i = 0; i < 7; i++) {
        bool given_up = false;
        assert_int_equal(retries_failed(&retries, STR("a"), NOW, &given_up), seconds[i]);
        assert_int_equal(given_up, i + 1 >= RETRY_TRIES);
        assert_true(retries_due(&retries, STR("a"), NOW) == NOW + seconds[i] * (int64_t)SECOND_MS);
    }
    assert_int_equal(retries.n, 1);
}

static void tasks_wait_for_themselves(void **state)
{
    (void)state;
    struct retries retries = {.n = 0};
    bool given_up = false;
    retries_failed(&retries, STR("a"), NOW, &given_up);
    retries_failed(&retries, STR("a"), NOW, &given_up);
    retries_failed(&retries, STR("b"), NOW, &given_up);
    assert_true(retries_due(&retries, STR("a"), NOW) == NOW + 10 * SECOND_MS);
    assert_true(retries_due(&retries, STR("b"), NOW) == NOW + 5 * SECOND_MS);
    assert_true(retries_due(&retries, STR("c"), NOW) == NOW);
    retries_forget(&retries, STR("a"));
    retries_forget(&retries, STR("c"));
    assert_true(retries_due(&retries, STR("a"), NOW) == NOW);
    assert_true(retries_due(&retries, STR("b"), NOW) == NOW + 5 * SECOND_MS);
}

static void a_clock_set_back_keeps_nothing_waiting(void **state)
{
    (void)state;
    struct retries retries = {.n = 0};
    bool given_up = false;
    retries_failed(&retries, STR("a"), NOW, &given_up);
    int64_t before = NOW - (int64_t)DAY_MS;
    assert_true(retries_due(&retries, STR("a"), before) == before);
}

static void the_longest_forgotten_gives_its_place(void **state)
{
    (void)state;
    struct retries retries = {.n = 0};
    bool given_up = false;
    char id[16];
    for (int i = 0; i <= RETRY_TASKS_MAX; i++) {
        snprintf(id, sizeof id, "task-%d", i);
        retries_failed(&retries, str_from(id), NOW + i, &given_up);
    }
    assert_int_equal(retries.n, RETRY_TASKS_MAX);
    assert_true(retries_due(&retries, STR("task-0"), NOW) == NOW);
    assert_true(retries_due(&retries, STR("task-1"), NOW) > NOW);
    assert_true(retries_due(&retries, str_from(id), NOW) > NOW);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_double_up_to_a_minute_until_it_is_given_up),
        cmocka_unit_test(tasks_wait_for_themselves),
        cmocka_unit_test(a_clock_set_back_keeps_nothing_waiting),
        cmocka_unit_test(the_longest_forgotten_gives_its_place),
    };
    return RUN_TESTS("retries", tests);
}
