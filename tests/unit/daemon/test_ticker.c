/* Timed work: due by the clock that is given, one failure does not stop the rest. */
#include "daemon/ticker.h"
#include "lib/check.h"

struct counted {
    int runs;
    int again;           /* how often it says that there is more */
    enum status outcome; /* of every run */
};

static enum status count_run(void *ctx, bool *ret_again, struct why *why)
{
    struct counted *counted = ctx;
    counted->runs++;
    *ret_again = counted->again > 0;
    counted->again -= *ret_again;
    return counted->outcome == STATUS_OK ? STATUS_OK : why_set(why, counted->outcome, "no luck");
}

static void count_failure(void *ctx, const struct ticker_job *job, const struct why *why)
{
    int *failures = ctx;
    (void)job;
    CHECK_STR(str_from(why->text), "no luck");
    (*failures)++;
}

static void a_job_is_due_by_the_clock_it_was_given(void **state)
{
    (void)state;
    int64_t now = 1000;
    struct counted often = {0};
    struct counted rare = {0};
    const struct ticker_job jobs[] = {{"often", 10, count_run, &often},
                                      {"rare", 1000, count_run, &rare}};
    const struct ticker_options options = {.clock = clock_fixed(&now), .jobs = jobs, .n_jobs = 2};
    struct ticker_state at;
    ticker_state_init(&at);
    assert_false(ticker_look(&options, &at));
    assert_int_equal(often.runs, 1);
    assert_int_equal(rare.runs, 1);
    now += 9;
    ticker_look(&options, &at);
    assert_int_equal(often.runs, 1);
    now += 1;
    ticker_look(&options, &at);
    assert_int_equal(often.runs, 2);
    assert_int_equal(rare.runs, 1);
    now -= 500; /* set back */
    ticker_look(&options, &at);
    assert_int_equal(rare.runs, 2);
}

static void one_that_has_more_to_do_goes_on_after_the_others(void **state)
{
    (void)state;
    int64_t now = 1000;
    struct counted long_one = {.again = 2};
    struct counted other = {0};
    const struct ticker_job jobs[] = {{"long", 1000, count_run, &long_one},
                                      {"other", 1000, count_run, &other}};
    const struct ticker_options options = {.clock = clock_fixed(&now), .jobs = jobs, .n_jobs = 2};
    struct ticker_state at;
    ticker_state_init(&at);
    assert_true(ticker_look(&options, &at));
    assert_true(ticker_look(&options, &at));
    assert_false(ticker_look(&options, &at));
    assert_false(ticker_look(&options, &at));
    assert_int_equal(long_one.runs, 3);
    assert_int_equal(other.runs, 1);
}

static void a_failure_is_told_and_waits_its_time(void **state)
{
    (void)state;
    int64_t now = 1000;
    int failures = 0;
    struct counted bad = {.outcome = STATUS_IO};
    struct counted good = {0};
    const struct ticker_job jobs[] = {{"bad", 10, count_run, &bad}, {"good", 10, count_run, &good}};
    const struct ticker_options options = {.clock = clock_fixed(&now),
                                           .jobs = jobs,
                                           .n_jobs = 2,
                                           .failed = count_failure,
                                           .failed_ctx = &failures};
    struct ticker_state at;
    ticker_state_init(&at);
    assert_false(ticker_look(&options, &at));
    assert_false(ticker_look(&options, &at));
    assert_int_equal(failures, 1);
    assert_int_equal(good.runs, 1);
    now += 10;
    ticker_look(&options, &at);
    assert_int_equal(failures, 2);
    assert_int_equal(good.runs, 2);
}

static void the_thread_runs_jobs_and_ends(void **state)
{
    (void)state;
    int64_t now = 1000;
    struct counted once = {0};
    const struct ticker_job jobs[] = {{"once", 1000, count_run, &once}};
    const struct ticker_options options = {.clock = clock_fixed(&now), .jobs = jobs, .n_jobs = 1};
    struct ticker *ticker = NULL;
    CHECK_OK(ticker_start(&options, &ticker, NULL));
    ticker_stop(ticker);
    assert_in_range(once.runs, 0, 1);
    ticker_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_is_due_by_the_clock_it_was_given),
        cmocka_unit_test(one_that_has_more_to_do_goes_on_after_the_others),
        cmocka_unit_test(a_failure_is_told_and_waits_its_time),
        cmocka_unit_test(the_thread_runs_jobs_and_ends),
    };
    return RUN_TESTS("daemon/ticker", tests);
}
