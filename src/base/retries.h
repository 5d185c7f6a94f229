/* retries.h: which tasks failed for passing troubles, how often, and when each is tried again.
 *
 * A disk that is full or memory that is short for a moment must not end a task, and a trouble
 * that stays must not hold up the tasks behind it: each task waits longer after each failure, the
 * others go on meanwhile, and after RETRY_TRIES failures the task is given up. Kept in memory: a
 * restart begins to count anew.
 */
#ifndef BASE_RETRIES_H
#define BASE_RETRIES_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/str.h"

enum {
    RETRY_TRIES = 6,
    RETRY_FIRST_SECONDS = 5, /* then twice as long each time */
    RETRY_LAST_SECONDS = 60,
    RETRY_TASKS_MAX = 128, /* beyond the quotas of tasks in progress */
    RETRY_ID_MAX = 128,
};

struct retry {
    char id[RETRY_ID_MAX];
    size_t id_len;
    int failures;
    int64_t due;
};

struct retries {
    struct retry rows[RETRY_TASKS_MAX];
    size_t n;
};

/* Notes a failure: how many seconds the task waits now. *ret_given_up when it has been tried often
 * enough; it waits all the same, for the case that giving it up fails too. */
int retries_failed(struct retries *retries, struct str id, int64_t now, bool *ret_given_up);

/* The task has done what it could and waits until then for the rest: no failure. It is looked at
 * again after at most RETRY_LAST_SECONDS. */
void retries_wait(struct retries *retries, struct str id, int64_t now, int64_t until);

/* The task has ended. */
void retries_forget(struct retries *retries, struct str id);

/* When the task may be tried: at most `now` when at once. */
int64_t retries_due(const struct retries *retries, struct str id, int64_t now);

#endif
