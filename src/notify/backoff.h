/* backoff.h: how long a delivery that failed waits, and when it is given up.
 *
 * The n-th wait is 2^(n-1) seconds, at most BACKOFF_LAST_MS, of which a random half may fall away
 * so that what failed together does not come back together. A delivery is given up when a try has
 * failed BACKOFF_GIVE_UP_MS after it was queued and either its endpoint has been failing for
 * BACKOFF_DOWN_MS, or it itself has been tried BACKOFF_TRIES_MIN times: so what piled up while the
 * daemon itself was off still gets an hour of tries. Pure functions but for the random numbers.
 */
#ifndef NOTIFY_BACKOFF_H
#define NOTIFY_BACKOFF_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/rnd.h"

enum {
    BACKOFF_LAST_MS = 10 * MINUTE_MS,
    BACKOFF_GIVE_UP_MS = DAY_MS,
    BACKOFF_DOWN_MS = HOUR_MS,
    BACKOFF_TRIES_MIN = 20,
};

/* failures >= 1: ms until the next try. */
int64_t backoff_ms(int64_t failures, const struct rnd *rnd);

/* Whether a try that failed now was the last. attempts counts it. failing_since: of its endpoint.
 */
bool backoff_is_over(int64_t now, int64_t queued, int64_t attempts, int64_t failing_since);

#endif
