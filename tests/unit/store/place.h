/* place.h: a folder for one test's database file. */
#ifndef TESTS_UNIT_STORE_PLACE_H
#define TESTS_UNIT_STORE_PLACE_H

#include "base/arena.h"
#include "store/store.h"

struct place {
    struct arena *mem;
    const char *folder;
    const char *path; /* of the database, which is not there yet */
};

void place_make(struct place *place);
void place_remove(struct place *place);

/* Opens, or fails the running test with the reason. */
struct store *place_open(const struct place *place);

/* store_open with the place's path. */
MUST_USE enum status place_try_open(const struct place *place, struct store **ret_store,
                                    struct why *why);

#endif
