/* calendar.h: on which days a scheduled audit runs. Pure: no clock, no store.
 *
 * Source: API reference, CreateScheduledAudit, and the decisions where it is silent:
 *  - DAILY: each day; WEEKLY: each week on dayOfWeek; MONTHLY: on dayOfMonth, 1 to 31 or LAST, and
 *    a month that has no such day is served on its last;
 *  - BIWEEKLY: on dayOfWeek every 14 days, counted from the first such day after the anchor (when
 *    the schedule was made, or last changed);
 *  - the time of day is the daemon's setting, in UTC, so that there is no hour twice or never.
 */
#ifndef AUDIT_CALENDAR_H
#define AUDIT_CALENDAR_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum frequency { FREQUENCY_DAILY, FREQUENCY_WEEKLY, FREQUENCY_BIWEEKLY, FREQUENCY_MONTHLY };

enum { DAY_OF_MONTH_LAST = 31 };

struct calendar {
    enum frequency frequency;
    int weekday;         /* 0 Sunday to 6; of WEEKLY and BIWEEKLY */
    int day_of_month;    /* 1 to 31; of MONTHLY */
    int64_t time_of_day; /* ms after midnight UTC */
    int64_t anchor;      /* nothing runs before or at it */
};

/* From the API's words; a day that the frequency needs and that is absent is INVALID, one that it
 * does not need is ignored. time_of_day and anchor stay 0. */
MUST_USE enum status calendar_read(struct str frequency, struct str day_of_week,
                                   struct str day_of_month, struct calendar *ret, struct why *why);

/* The first run strictly after `after` (and after the anchor). */
int64_t calendar_next(const struct calendar *calendar, int64_t after);

#endif
