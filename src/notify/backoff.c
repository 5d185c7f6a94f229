/* backoff.c: see backoff.h. */
#include "notify/backoff.h"

#include "base/banned.h"

enum { DOUBLINGS_MAX = 20 };

int64_t backoff_ms(int64_t failures, const struct rnd *rnd)
{
    uint32_t bits = 0;
    int64_t doublings = failures - 1 < DOUBLINGS_MAX ? failures - 1 : DOUBLINGS_MAX;
    int64_t ms = INT64_C(1000) << (doublings < 0 ? 0 : doublings);
    ms = ms < BACKOFF_LAST_MS ? ms : BACKOFF_LAST_MS;
    rnd_fill(rnd, &bits, sizeof bits);
    return ms - bits % (ms / 2 + 1);
}

bool backoff_is_over(int64_t now, int64_t queued, int64_t attempts, int64_t failing_since)
{
    return now - queued >= BACKOFF_GIVE_UP_MS &&
           (attempts >= BACKOFF_TRIES_MIN || now - failing_since >= BACKOFF_DOWN_MS);
}
