/* Days on which scheduled audits run. */
#include "audit/calendar.h"

#include "base/clock.h"
#include "lib/check.h"

#define TWO_O_CLOCK ((int64_t)2 * HOUR_MS)

static int64_t at(const char *text)
{
    int64_t ms = 0;
    CHECK_OK(time_parse(str_from(text), &ms, NULL));
    return ms;
}

static struct calendar rule(const char *frequency, const char *weekday, const char *day)
{
    struct calendar calendar = {0};
    CHECK_OK(calendar_read(str_from(frequency), weekday ? str_from(weekday) : STR_ABSENT,
                           day ? str_from(day) : STR_ABSENT, &calendar, NULL));
    calendar.time_of_day = TWO_O_CLOCK;
    calendar.anchor = TIME_NEVER;
    return calendar;
}

static void runs(const struct calendar *calendar, const char *after, const char *expected)
{
    char text[TIME_TEXT_MAX];
    assert_string_equal(time_format(calendar_next(calendar, at(after)), text), expected);
}

static void daily_is_the_next_time_of_day(void **state)
{
    (void)state;
    struct calendar daily = rule("DAILY", NULL, NULL);
    runs(&daily, "2026-11-21T01:59:59.999Z", "2026-11-21T02:00:00.000Z");
    runs(&daily, "2026-11-21T02:00:00Z", "2026-11-22T02:00:00.000Z");
    runs(&daily, "2026-12-31T23:00:00Z", "2027-01-01T02:00:00.000Z");
}

static void weekly_is_that_day_of_the_week(void **state)
{
    (void)state;
    struct calendar weekly = rule("WEEKLY", "SAT", NULL); /* 2026-11-21 is a Saturday */
    runs(&weekly, "2026-11-21T01:00:00Z", "2026-11-21T02:00:00.000Z");
    runs(&weekly, "2026-11-21T02:00:00Z", "2026-11-28T02:00:00.000Z");
    struct calendar sunday = rule("WEEKLY", "SUN", NULL);
    runs(&sunday, "2026-11-21T03:00:00Z", "2026-11-22T02:00:00.000Z");
}

static void every_fortnight_counts_from_the_anchor(void **state)
{
    (void)state;
    struct calendar rule_ = rule("BIWEEKLY", "MON", NULL);
    rule_.anchor = at("2026-11-21T12:00:00Z");
    runs(&rule_, "2026-11-21T12:00:00Z", "2026-11-23T02:00:00.000Z");
    runs(&rule_, "2026-11-23T02:00:00Z", "2026-12-07T02:00:00.000Z");
    runs(&rule_, "2026-11-30T02:00:00Z", "2026-12-07T02:00:00.000Z");
    runs(&rule_, "2027-03-01T03:00:00Z", "2027-03-15T02:00:00.000Z");
    runs(&rule_, "2026-01-01T00:00:00Z", "2026-11-23T02:00:00.000Z"); /* not before the anchor */
}

static void a_short_month_is_served_on_its_last_day(void **state)
{
    (void)state;
    struct calendar last = rule("MONTHLY", NULL, "LAST");
    struct calendar thirty = rule("MONTHLY", NULL, "30");
    struct calendar first = rule("MONTHLY", NULL, "1");
    runs(&last, "2026-02-10T00:00:00Z", "2026-02-28T02:00:00.000Z");
    runs(&last, "2028-02-10T00:00:00Z", "2028-02-29T02:00:00.000Z");
    runs(&last, "2026-04-30T02:00:00Z", "2026-05-31T02:00:00.000Z");
    runs(&thirty, "2026-02-01T00:00:00Z", "2026-02-28T02:00:00.000Z");
    runs(&thirty, "2026-12-30T02:00:00Z", "2027-01-30T02:00:00.000Z");
    runs(&first, "2026-12-01T02:00:00Z", "2027-01-01T02:00:00.000Z");
}

/* Against the plainest way to say it: walk day by day. */
static void each_run_is_the_first_day_that_fits(void **state)
{
    (void)state;
    const char *const words[] = {"1", "15", "29", "30", "31", "LAST"};
    for (size_t w = 0; w < sizeof words / sizeof words[0]; w++) {
        struct calendar monthly = rule("MONTHLY", NULL, words[w]);
        int64_t now = at("2027-12-25T05:00:00Z");
        for (int i = 0; i < 30; i++) {
            int64_t day = now - now % DAY_MS + TWO_O_CLOCK;
            for (bool fits = false; !fits;) {
                day += day <= now ? DAY_MS : 0;
                struct civil civil = time_to_civil(day);
                bool ends = time_to_civil(day + DAY_MS).day == 1;
                fits = day > now && (civil.day == monthly.day_of_month ||
                                     (ends && civil.day < monthly.day_of_month));
                day += fits ? 0 : DAY_MS;
            }
            assert_int_equal(calendar_next(&monthly, now), day);
            now = day;
        }
    }
}

static void days_that_are_needed_must_be_there(void **state)
{
    (void)state;
    struct calendar ret;
    const struct {
        const char *frequency, *weekday, *day;
        enum status status;
    } rows[] = {
        {"DAILY", "MON", "3", STATUS_OK},           {"WEEKLY", NULL, "3", STATUS_INVALID},
        {"BIWEEKLY", NULL, NULL, STATUS_INVALID},   {"MONTHLY", "MON", NULL, STATUS_INVALID},
        {"WEEKLY", "MONDAY", NULL, STATUS_INVALID}, {"MONTHLY", NULL, "0", STATUS_INVALID},
        {"MONTHLY", NULL, "32", STATUS_INVALID},    {"MONTHLY", NULL, "31", STATUS_OK},
        {"HOURLY", NULL, NULL, STATUS_INVALID},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_STATUS(calendar_read(str_from(rows[i].frequency),
                                   rows[i].weekday ? str_from(rows[i].weekday) : STR_ABSENT,
                                   rows[i].day ? str_from(rows[i].day) : STR_ABSENT, &ret, NULL),
                     rows[i].status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(daily_is_the_next_time_of_day),
        cmocka_unit_test(weekly_is_that_day_of_the_week),
        cmocka_unit_test(every_fortnight_counts_from_the_anchor),
        cmocka_unit_test(a_short_month_is_served_on_its_last_day),
        cmocka_unit_test(each_run_is_the_first_day_that_fits),
        cmocka_unit_test(days_that_are_needed_must_be_there),
    };
    return RUN_TESTS("audit/calendar", tests);
}
