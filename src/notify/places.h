/* places.h: what the notifier remembers of endpoints while calls are under way or fail.
 *
 * In memory alone: after a restart each endpoint gets a try at once. At most PLACES_MAX; when all
 * are taken, one that fails and is left alone is forgotten, and gets its next try early.
 */
#ifndef NOTIFY_PLACES_H
#define NOTIFY_PLACES_H

#include "base/arena.h"
#include "base/str.h"

enum { PLACES_MAX = 512 };

struct place {
    char *endpoint;
    size_t len;
    unsigned flights;      /* under way now */
    int64_t failures;      /* one after another; 0: it is fine */
    int64_t failing_since; /* of the first of them */
    int64_t due;           /* when it may be tried again */
};

struct places {
    struct place rows[PLACES_MAX];
    size_t n;
};

/* NULL: nothing is known, so all is well. Valid until the next call that changes places. */
struct place *places_find(struct places *places, struct str endpoint);

/* The same, made if need be; NULL when out of memory, or when calls are under way to all. */
struct place *places_take(struct places *places, struct str endpoint);

/* Forgets it when there is nothing to remember. */
void places_settle(struct places *places, struct place *place);

void places_release(struct places *places);

/* How many more calls may begin at `now`, of at most `most`; one while it fails, none before it is
 * due (nor longer than `rest_max` ms, should the clock have been set back). */
unsigned place_room(const struct place *place, int64_t now, unsigned most, int64_t rest_max);

#endif
