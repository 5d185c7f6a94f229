/* retries.c: see retries.h. */
#include "base/retries.h"

#include <string.h>

#include "base/banned.h"

static struct retry *find(const struct retries *retries, struct str id)
{
    for (size_t i = 0; i < retries->n; i++) {
        const struct retry *row = &retries->rows[i];
        if (str_eq((struct str){row->id, row->id_len}, str_slice(id, 0, RETRY_ID_MAX))) {
            return (struct retry *)(uintptr_t)row;
        }
    }
    return NULL;
}

/* A row for a task that has none; when all are taken that of the task that waits no longer than the
 * others, which may have been canceled long since. */
static struct retry *take(struct retries *retries, struct str id)
{
    struct retry *row = &retries->rows[0];
    if (retries->n < RETRY_TASKS_MAX) {
        row = &retries->rows[retries->n++];
    } else {
        for (size_t i = 1; i < retries->n; i++) {
            row = retries->rows[i].due < row->due ? &retries->rows[i] : row;
        }
    }
    *row = (struct retry){.failures = 0};
    row->id_len = id.len < RETRY_ID_MAX ? id.len : RETRY_ID_MAX;
    memcpy(row->id, id.ptr, row->id_len);
    return row;
}

int retries_failed(struct retries *retries, struct str id, int64_t now, bool *ret_given_up)
{
    struct retry *row = find(retries, id);
    row = row != NULL ? row : take(retries, id);
    int seconds = RETRY_FIRST_SECONDS;
    for (int i = 0; i < row->failures && seconds < RETRY_LAST_SECONDS; i++) {
        seconds *= 2;
    }
    seconds = seconds < RETRY_LAST_SECONDS ? seconds : RETRY_LAST_SECONDS;
    row->failures += row->failures < RETRY_TRIES;
    row->due = now + seconds * (int64_t)SECOND_MS;
    *ret_given_up = row->failures == RETRY_TRIES;
    return seconds;
}

void retries_wait(struct retries *retries, struct str id, int64_t now, int64_t until)
{
    struct retry *row = find(retries, id);
    int64_t latest = now + RETRY_LAST_SECONDS * (int64_t)SECOND_MS;
    row = row != NULL ? row : take(retries, id);
    row->failures = 0;
    row->due = until < latest ? until : latest;
}

void retries_forget(struct retries *retries, struct str id)
{
    struct retry *row = find(retries, id);
    if (row != NULL) {
        *row = retries->rows[--retries->n];
    }
}

int64_t retries_due(const struct retries *retries, struct str id, int64_t now)
{
    const struct retry *row = find(retries, id);
    /* A clock that was set back must not make it wait for longer than it was told to. */
    bool waits = row != NULL && row->due - now <= RETRY_LAST_SECONDS * (int64_t)SECOND_MS;
    return waits ? row->due : now;
}
