/* httpdate.h: moments as HTTP headers write them, "Sun, 06 Nov 1994 08:49:37 GMT".
 *
 * RFC 9110, section 5.6.7: the preferred form alone; the two obsolete ones are refused. Whole
 * seconds; the name of the day must be that of the date.
 */
#ifndef CODEC_HTTPDATE_H
#define CODEC_HTTPDATE_H

#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"

enum { HTTPDATE_TEXT = 29 };

/* Years 0001 to 9999. */
void httpdate_format(int64_t ms, char text[HTTPDATE_TEXT + 1]);

MUST_USE enum status httpdate_parse(struct str text, int64_t *ret_ms, struct why *why);

#endif
