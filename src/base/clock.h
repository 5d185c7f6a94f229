/* clock.h: what time it is, said by one object that is handed down.
 *
 * Times are signed 64-bit milliseconds since 1970-01-01T00:00:00Z, UTC, without leap seconds, in
 * memory and in the store. Nothing below daemon/ asks the system; it asks the clock it was given,
 * so that tests move time instead of sleeping. A moment that does not exist is TIME_NEVER.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

#define TIME_NEVER INT64_MIN

enum {
    SECOND_MS = 1000,
    MINUTE_MS = 60 * SECOND_MS,
    HOUR_MS = 60 * MINUTE_MS,
    DAY_MS = 24 * HOUR_MS,
};

/* Shared by threads: now must be safe to call from any. */
struct clock {
    int64_t (*now)(void *ctx);
    void *ctx;
};

static inline int64_t clock_now(const struct clock *clock)
{
    return clock->now(clock->ctx);
}

/* The machine's wall clock. */
struct clock clock_system(void);

/* Milliseconds from an arbitrary start that never go back, for durations. */
int64_t clock_monotonic_ms(void);

/* A clock that shows *ms until somebody changes it: one moment for a unit of work, and tests. */
struct clock clock_fixed(const int64_t *ms);

enum { TIME_TEXT_MAX = 32 };

/* "2026-01-02T03:04:05.678Z" into text; TIME_NEVER gives "never". Returns text. Years outside 0000
 * to 9999 have as many digits as they need, and a sign: for people, not for time_parse. */
const char *time_format(int64_t ms, char text[TIME_TEXT_MAX]);

/* RFC 3339 date-time, with Z or a numeric offset and up to nine fraction digits (cut to ms), and
 * the date alone (midnight UTC). Years 0001 to 9999. INVALID otherwise. */
MUST_USE enum status time_parse(struct str s, int64_t *ret_ms, struct why *why);

/* Civil date of a moment in UTC and back; month 1..12, day 1..31. */
struct civil {
    int year, month, day, hour, minute, second, ms;
};
struct civil time_to_civil(int64_t ms);
int64_t time_from_civil(struct civil civil);

#endif
