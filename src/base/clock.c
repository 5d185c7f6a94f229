/* clock.c: the system clock, and the proleptic Gregorian calendar without the C library's globals.
 */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

#include "base/banned.h"

static int64_t system_now(void *ctx)
{
    (void)ctx;
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

struct clock clock_system(void)
{
    return (struct clock){system_now, NULL};
}

int64_t clock_monotonic_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t fixed_now(void *ctx)
{
    return __atomic_load_n((const int64_t *)ctx, __ATOMIC_RELAXED);
}

struct clock clock_fixed(const int64_t *ms)
{
    return (struct clock){fixed_now, (void *)(uintptr_t)ms};
}

/* Days since 1970-01-01 of a civil date: years begin in March, so that the leap day is the last day
 * of a year, and 400 years are one era of 146,097 days. */
static int64_t days_from_civil(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

struct civil time_to_civil(int64_t ms)
{
    int64_t days = ms / DAY_MS;
    int64_t rest = ms % DAY_MS;
    if (rest < 0) {
        rest += DAY_MS;
        days -= 1;
    }
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;
    int month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    return (struct civil){
        .year = (int)(year_of_era + era * 400 + (month <= 2)),
        .month = month,
        .day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1),
        .hour = (int)(rest / HOUR_MS),
        .minute = (int)(rest / MINUTE_MS % 60),
        .second = (int)(rest / SECOND_MS % 60),
        .ms = (int)(rest % SECOND_MS),
    };
}

int64_t time_from_civil(struct civil c)
{
    return days_from_civil(c.year, c.month, c.day) * DAY_MS + (int64_t)c.hour * HOUR_MS +
           (int64_t)c.minute * MINUTE_MS + (int64_t)c.second * SECOND_MS + c.ms;
}

const char *time_format(int64_t ms, char text[TIME_TEXT_MAX])
{
    if (ms == TIME_NEVER) {
        snprintf(text, TIME_TEXT_MAX, "never");
        return text;
    }
    struct civil c = time_to_civil(ms);
    snprintf(text, TIME_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", c.year, c.month, c.day,
             c.hour, c.minute, c.second, c.ms);
    return text;
}

/* Takes exactly n digits off the front of *s. */
static bool take_digits(struct str *s, size_t n, int *ret)
{
    int value = 0;
    if (s->len < n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (s->ptr[i] < '0' || s->ptr[i] > '9') {
            return false;
        }
        value = value * 10 + (s->ptr[i] - '0');
    }
    *s = str_slice(*s, n, s->len);
    *ret = value;
    return true;
}

static bool take_char(struct str *s, const char *allowed)
{
    if (s->len == 0 || s->ptr[0] == '\0' || strchr(allowed, s->ptr[0]) == NULL) {
        return false;
    }
    *s = str_slice(*s, 1, s->len);
    return true;
}

static bool take_fraction(struct str *s, int *ret_ms)
{
    int ms = 0;
    size_t n = 0;
    while (n < s->len && s->ptr[n] >= '0' && s->ptr[n] <= '9') {
        if (n < 3) {
            ms = ms * 10 + (s->ptr[n] - '0');
        }
        n++;
    }
    for (size_t i = n; i < 3; i++) {
        ms *= 10;
    }
    *s = str_slice(*s, n, s->len);
    *ret_ms = ms;
    return n >= 1 && n <= 9;
}

static bool take_offset(struct str *s, int64_t *ret_ms)
{
    if (take_char(s, "Zz")) {
        *ret_ms = 0;
        return true;
    }
    int64_t sign = s->len > 0 && s->ptr[0] == '-' ? -1 : 1;
    int hours = 0;
    int minutes = 0;
    if (!take_char(s, "+-") || !take_digits(s, 2, &hours) || !take_char(s, ":") ||
        !take_digits(s, 2, &minutes) || hours > 23 || minutes > 59) {
        return false;
    }
    *ret_ms = sign * (hours * (int64_t)HOUR_MS + minutes * (int64_t)MINUTE_MS);
    return true;
}

static bool civil_exists(struct civil c)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (c.year < 1 || c.month < 1 || c.month > 12 || c.hour > 23 || c.minute > 59 ||
        c.second > 59) {
        return false;
    }
    bool leap = (c.year % 4 == 0 && c.year % 100 != 0) || c.year % 400 == 0;
    return c.day >= 1 && c.day <= days[c.month - 1] + (leap && c.month == 2);
}

static bool take_time(struct str *s, struct civil *c, int64_t *offset)
{
    return take_char(s, "Tt ") && take_digits(s, 2, &c->hour) && take_char(s, ":") &&
           take_digits(s, 2, &c->minute) && take_char(s, ":") && take_digits(s, 2, &c->second) &&
           (!take_char(s, ".") || take_fraction(s, &c->ms)) && take_offset(s, offset);
}

enum status time_parse(struct str s, int64_t *ret_ms, struct why *why)
{
    struct str rest = s;
    struct civil c = {0};
    int64_t offset = 0;
    bool read = take_digits(&rest, 4, &c.year) && take_char(&rest, "-") &&
                take_digits(&rest, 2, &c.month) && take_char(&rest, "-") &&
                take_digits(&rest, 2, &c.day);
    if (read && rest.len > 0) {
        read = take_time(&rest, &c, &offset);
    }
    if (!read || rest.len > 0 || !civil_exists(c)) {
        return why_set(why, STATUS_INVALID, "'%.*s' is not an RFC 3339 time",
                       STR_ARG(str_slice(s, 0, 64)));
    }
    *ret_ms = time_from_civil(c) - offset;
    return STATUS_OK;
}
