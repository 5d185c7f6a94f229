/* httpdate.c: reading is writing every candidate back: a text is a date when the moment that its
 * numbers name is written exactly so. */
#include "codec/httpdate.h"

#include <stdio.h>

#include "base/banned.h"

static const char day_names[] = "ThuFriSatSunMonTueWed"; /* 1970-01-01 was a Thursday */
static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

void httpdate_format(int64_t ms, char text[HTTPDATE_TEXT + 1])
{
    struct civil civil = time_to_civil(ms);
    civil.ms = 0;
    int64_t days = time_from_civil((struct civil){civil.year, civil.month, civil.day}) / DAY_MS;
    int weekday = (int)((days % 7 + 7) % 7);
    /* The casts bound the widths for the compiler; the calendar does so for us. */
    snprintf(text, HTTPDATE_TEXT + 1, "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT",
             day_names + 3 * weekday, (unsigned)civil.day % 100u,
             month_names + 3 * (civil.month - 1), (unsigned)civil.year % 10000u,
             (unsigned)civil.hour % 100u, (unsigned)civil.minute % 100u,
             (unsigned)civil.second % 100u);
}

/* n digits at text + at as a number; -1 when they are none. */
static int number_at(struct str text, size_t at, size_t n)
{
    int64_t value = -1;
    return str_to_int64(str_slice(text, at, at + n), &value) == STATUS_OK ? (int)value : -1;
}

enum status httpdate_parse(struct str text, int64_t *ret_ms, struct why *why)
{
    char again[HTTPDATE_TEXT + 1];
    struct civil civil = {0};
    for (int month = 0; month < 12 && text.len == HTTPDATE_TEXT; month++) {
        if (memcmp(text.ptr + 8, month_names + (size_t)3 * (size_t)month, 3) == 0) {
            civil.month = month + 1;
        }
    }
    if (civil.month != 0) {
        civil.day = number_at(text, 5, 2);
        civil.year = number_at(text, 12, 4);
        civil.hour = number_at(text, 17, 2);
        civil.minute = number_at(text, 20, 2);
        civil.second = number_at(text, 23, 2);
        bool sane = civil.day > 0 && civil.year > 0 && civil.hour >= 0 && civil.minute >= 0 &&
                    civil.second >= 0;
        int64_t ms = sane ? time_from_civil(civil) : 0;
        httpdate_format(ms, again);
        if (sane && memcmp(again, text.ptr, HTTPDATE_TEXT) == 0) {
            *ret_ms = ms;
            return STATUS_OK;
        }
    }
    return why_set(why, STATUS_INVALID,
                   "not a date as HTTP writes it (Sun, 06 Nov 1994 08:49:37 GMT)");
}
