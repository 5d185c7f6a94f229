/* test_clock.h: the system's time plus an offset that a test may change while the daemon runs.
 *
 * The offset is a file of eight bytes, little-endian milliseconds, mapped and read at each
 * question.
 */
#ifndef DAEMON_TEST_CLOCK_H
#define DAEMON_TEST_CLOCK_H

#include "base/clock.h"

/* IO when the file is not there or has not eight bytes. The mapping lasts as long as the process.
 */
MUST_USE enum status test_clock_open(const char *path, struct clock *ret, struct why *why);

#endif
