#include "base/clock.h"

#include <time.h>

#include "lib/check.h"

static void known_moments_are_written_and_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } moments[] = {
        {"1970-01-01T00:00:00.000Z", 0},
        {"1969-12-31T23:59:59.999Z", -1},
        {"2000-02-29T12:34:56.789Z", 951827696789},
        {"2038-01-19T03:14:08.000Z", 2147483648000},
        {"0001-01-01T00:00:00.000Z", -62135596800000},
        {"9999-12-31T23:59:59.999Z", 253402300799999},
        {"1900-03-01T00:00:00.000Z", -2203891200000},
    };
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        char text[TIME_TEXT_MAX];
        int64_t ms = 0;
        assert_string_equal(time_format(moments[i].ms, text), moments[i].text);
        CHECK_OK(time_parse(str_from(moments[i].text), &ms, NULL));
        assert_true(ms == moments[i].ms);
    }
}

/* Every day of the years 1 to 9999 against the C library, at a time of day that varies. */
static void every_day_agrees_with_the_c_library(void **state)
{
    (void)state;
    int64_t first = -62135596800000;
    int64_t last = 253402300799999;
    int64_t step = DAY_MS + 3 * HOUR_MS + 7 * MINUTE_MS + 11 * SECOND_MS + 13;
    size_t n = 0;
    for (int64_t ms = first; ms <= last; ms += step, n++) {
        struct civil c = time_to_civil(ms);
        int64_t millis = ((ms % 1000) + 1000) % 1000;
        time_t seconds = (time_t)((ms - millis) / 1000);
        struct tm tm;
        gmtime_r(&seconds, &tm);
        bool same = c.year == tm.tm_year + 1900 && c.month == tm.tm_mon + 1 &&
                    c.day == tm.tm_mday && c.hour == tm.tm_hour && c.minute == tm.tm_min &&
                    c.second == tm.tm_sec && c.ms == millis;
        if (!same || time_from_civil(c) != ms) {
            fail_msg("%lld ms", (long long)ms);
        }
    }
    assert_true(n > 3000000);
}

static void what_is_written_is_read_as_the_same_moment(void **state)
{
    (void)state;
    int64_t step = 365 * (int64_t)DAY_MS / 7 + 12345677;
    for (int64_t ms = -62135596800000; ms <= 253402300799999; ms += step) {
        char text[TIME_TEXT_MAX];
        int64_t again = 0;
        CHECK_OK(time_parse(str_from(time_format(ms, text)), &again, NULL));
        assert_true(again == ms);
    }
}

static void each_form_of_rfc_3339_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *same;
    } forms[] = {
        {"2026-01-02", "2026-01-02T00:00:00.000Z"},
        {"2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z"},
        {"2026-01-02t03:04:05z", "2026-01-02T03:04:05.000Z"},
        {"2026-01-02 03:04:05Z", "2026-01-02T03:04:05.000Z"},
        {"2026-01-02T03:04:05.6Z", "2026-01-02T03:04:05.600Z"},
        {"2026-01-02T03:04:05.6789Z", "2026-01-02T03:04:05.678Z"},
        {"2026-01-02T03:04:05.678999999Z", "2026-01-02T03:04:05.678Z"},
        {"2026-01-02T03:04:05+00:00", "2026-01-02T03:04:05.000Z"},
        {"2026-01-02T03:04:05-00:00", "2026-01-02T03:04:05.000Z"},
        {"2026-01-02T03:04:05+05:30", "2026-01-01T21:34:05.000Z"},
        {"2026-12-31T23:00:00-02:15", "2027-01-01T01:15:00.000Z"},
        {"2024-02-29T23:59:59+23:59", "2024-02-29T00:00:59.000Z"},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        char text[TIME_TEXT_MAX];
        int64_t ms = 0;
        CHECK_OK(time_parse(str_from(forms[i].text), &ms, NULL));
        assert_string_equal(time_format(ms, text), forms[i].same);
    }
}

static void what_is_no_time_is_refused_and_quoted(void **state)
{
    (void)state;
    const char *bad[] = {
        "",
        "2026",
        "2026-01",
        "2026-1-02",
        "2026-01-02T",
        "2026-01-02T03:04Z",
        "2026-01-02T03:04:05",
        "2026-01-02T03:04:05.Z",
        "2026-01-02T03:04:05.1234567890Z",
        "2026-01-02T03:04:05,5Z",
        "2026-01-02T03:04:05ZZ",
        "2026-01-02T03:04:05 Z",
        "2026-01-02T03:04:05+0530",
        "2026-01-02T03:04:05+24:00",
        "2026-01-02T03:04:05+05:60",
        "2026-01-02T24:00:00Z",
        "2026-01-02T03:60:00Z",
        "2026-01-02T03:04:60Z",
        "2026-00-02",
        "2026-13-02",
        "2026-01-00",
        "2026-01-32",
        "2026-04-31",
        "2026-02-29",
        "1900-02-29",
        "0000-01-01",
        "-001-01-01",
        "+2026-01-02",
        " 2026-01-02",
        "2026-01-02 ",
        "20260102",
        "twothousand",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct why why;
        int64_t ms = 42;
        if (time_parse(str_from(bad[i]), &ms, &why) != STATUS_INVALID) {
            fail_msg("'%s' was accepted", bad[i]);
        }
        assert_true(ms == 42);
        assert_non_null(strstr(why.text, bad[i]));
    }
    CHECK_STATUS(time_parse(STR_ABSENT, &(int64_t){0}, &(struct why){0}), STATUS_INVALID);
    CHECK_STATUS(time_parse(STR("2026-01-02T03:04:05\0Z"), &(int64_t){0}, NULL), STATUS_INVALID);
}

static void leap_days_exist_in_leap_years_only(void **state)
{
    (void)state;
    for (int year = 1; year <= 9999; year++) {
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        char text[TIME_TEXT_MAX];
        int64_t ms = 0;
        snprintf(text, sizeof text, "%04d-02-29", year);
        enum status status = time_parse(str_from(text), &ms, NULL);
        if ((status == STATUS_OK) != leap) {
            fail_msg("%s", text);
        }
    }
}

static void moments_beyond_four_digit_years_do_not_pose_as_others(void **state)
{
    (void)state;
    char text[TIME_TEXT_MAX];
    assert_string_equal(time_format(TIME_NEVER, text), "never");
    assert_string_equal(time_format(253402300800000, text), "10000-01-01T00:00:00.000Z");
    assert_string_equal(time_format(INT64_MAX, text), "292278994-08-17T07:12:55.807Z");
    assert_string_equal(time_format(TIME_NEVER + 1, text), "-292275055-05-16T16:47:04.193Z");
}

static void a_fixed_clock_shows_what_it_is_told(void **state)
{
    (void)state;
    int64_t now = 1000;
    struct clock clock = clock_fixed(&now);
    assert_true(clock_now(&clock) == 1000);
    now = -5;
    assert_true(clock_now(&clock) == -5);
}

static void the_system_clock_is_the_systems(void **state)
{
    (void)state;
    struct clock clock = clock_system();
    int64_t before = (int64_t)time(NULL) * 1000;
    int64_t now = clock_now(&clock);
    /* time(2) may lag behind the clock by a tick. */
    assert_true(now >= before - 1000 && now < before + 60 * (int64_t)SECOND_MS);
    int64_t first = clock_monotonic_ms();
    assert_true(clock_monotonic_ms() >= first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_moments_are_written_and_read),
        cmocka_unit_test(every_day_agrees_with_the_c_library),
        cmocka_unit_test(what_is_written_is_read_as_the_same_moment),
        cmocka_unit_test(each_form_of_rfc_3339_is_read),
        cmocka_unit_test(what_is_no_time_is_refused_and_quoted),
        cmocka_unit_test(leap_days_exist_in_leap_years_only),
        cmocka_unit_test(moments_beyond_four_digit_years_do_not_pose_as_others),
        cmocka_unit_test(a_fixed_clock_shows_what_it_is_told),
        cmocka_unit_test(the_system_clock_is_the_systems),
    };
    return RUN_TESTS("clock", tests);
}
