/* calendar.c: see calendar.h. */
#include "audit/calendar.h"

#include "base/clock.h"

#include "base/banned.h"

/* 1970-01-01 was a Thursday. */
enum { EPOCH_WEEKDAY = 4, WEEK = 7 };

static const char *const frequencies[] = {"DAILY", "WEEKLY", "BIWEEKLY", "MONTHLY"};
static const char *const weekdays[] = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

/* ---- reading --------------------------------------------------------------------------------- */

static bool find_word(const char *const *words, int n, struct str word, int *ret)
{
    for (int i = 0; i < n; i++) {
        if (str_eq(word, str_from(words[i]))) {
            *ret = i;
            return true;
        }
    }
    return false;
}

static enum status read_weekday(struct str frequency, struct str day, struct calendar *calendar,
                                struct why *why)
{
    if (str_absent(day)) {
        return why_set(why, STATUS_INVALID, "a %.*s audit needs a dayOfWeek (SUN to SAT)",
                       STR_ARG(frequency));
    }
    if (!find_word(weekdays, WEEK, day, &calendar->weekday)) {
        return why_set(why, STATUS_INVALID, "dayOfWeek is '%.*s'; it must be one of SUN to SAT",
                       STR_ARG(str_slice(day, 0, 32)));
    }
    return STATUS_OK;
}

static enum status read_day_of_month(struct str day, struct calendar *calendar, struct why *why)
{
    int64_t number = 0;
    if (str_absent(day)) {
        return why_set(why, STATUS_INVALID,
                       "a MONTHLY audit needs a dayOfMonth (1 to 31, or LAST)");
    }
    if (str_eq(day, STR("LAST"))) {
        number = DAY_OF_MONTH_LAST;
    } else if (str_to_int64(day, &number) != STATUS_OK || number < 1 || number > 31) {
        return why_set(why, STATUS_INVALID, "dayOfMonth is '%.*s'; it must be 1 to 31, or LAST",
                       STR_ARG(str_slice(day, 0, 32)));
    }
    calendar->day_of_month = (int)number;
    return STATUS_OK;
}

enum status calendar_read(struct str frequency, struct str day_of_week, struct str day_of_month,
                          struct calendar *ret, struct why *why)
{
    struct calendar calendar = {.frequency = FREQUENCY_DAILY};
    int found = 0;
    if (!find_word(frequencies, 4, frequency, &found)) {
        return why_set(why, STATUS_INVALID,
                       "frequency is '%.*s'; it must be DAILY, WEEKLY, BIWEEKLY or MONTHLY",
                       STR_ARG(str_slice(frequency, 0, 32)));
    }
    calendar.frequency = (enum frequency)found;
    if (calendar.frequency == FREQUENCY_WEEKLY || calendar.frequency == FREQUENCY_BIWEEKLY) {
        TRY(read_weekday(frequency, day_of_week, &calendar, why));
    } else if (calendar.frequency == FREQUENCY_MONTHLY) {
        TRY(read_day_of_month(day_of_month, &calendar, why));
    }
    *ret = calendar;
    return STATUS_OK;
}

/* ---- counting -------------------------------------------------------------------------------- */

static int64_t day_of(int64_t ms)
{
    return ms >= 0 ? ms / DAY_MS : -((-ms + DAY_MS - 1) / DAY_MS);
}

static int weekday_of(int64_t day)
{
    return (int)(((day + EPOCH_WEEKDAY) % WEEK + WEEK) % WEEK);
}

/* The first day from `day` on whose run lies after `after`. */
static int64_t first_day(const struct calendar *calendar, int64_t after)
{
    int64_t day = day_of(after);
    return day * DAY_MS + calendar->time_of_day > after ? day : day + 1;
}

static int64_t next_weekday(const struct calendar *calendar, int64_t after)
{
    int64_t day = first_day(calendar, after);
    return day + (calendar->weekday - weekday_of(day) + WEEK) % WEEK;
}

static int64_t next_fortnight(const struct calendar *calendar, int64_t after)
{
    int64_t first = next_weekday(calendar, calendar->anchor);
    int64_t day = next_weekday(calendar, after);
    return (day - first) % (2 * WEEK) == 0 ? day : day + WEEK;
}

/* Day 0 of the month after is the last of the month. */
static int days_in_month(int year, int month)
{
    struct civil first = {.year = year, .month = month, .day = 1};
    struct civil next = {
        .year = month == 12 ? year + 1 : year, .month = month == 12 ? 1 : month + 1, .day = 1};
    return (int)((time_from_civil(next) - time_from_civil(first)) / DAY_MS);
}

static int64_t next_month_day(const struct calendar *calendar, int64_t after)
{
    struct civil civil = time_to_civil(after);
    struct civil date = {.year = civil.year, .month = civil.month};
    for (;;) {
        int days = days_in_month(date.year, date.month);
        date.day = calendar->day_of_month < days ? calendar->day_of_month : days;
        int64_t midnight = time_from_civil(date);
        if (midnight + calendar->time_of_day > after) {
            return day_of(midnight);
        }
        date.year += date.month == 12;
        date.month = date.month == 12 ? 1 : date.month + 1;
    }
}

int64_t calendar_next(const struct calendar *calendar, int64_t after)
{
    int64_t from = after > calendar->anchor ? after : calendar->anchor;
    int64_t day = 0;
    switch (calendar->frequency) {
    case FREQUENCY_DAILY:
        day = first_day(calendar, from);
        break;
    case FREQUENCY_WEEKLY:
        day = next_weekday(calendar, from);
        break;
    case FREQUENCY_BIWEEKLY:
        day = next_fortnight(calendar, from);
        break;
    case FREQUENCY_MONTHLY:
        day = next_month_day(calendar, from);
        break;
    }
    return day * DAY_MS + calendar->time_of_day;
}
