/* faulty.h: a backend that stands before another one and fails on command. For tests.
 *
 * Each verb that can fail counts as a call, on whatever thread. The call with number fail_at (from
 * 0) has the plan's status and does nothing; with keep_failing so have all later ones. A commit
 * that fails so rolls the inner transaction back, as backend.h wants it.
 */
#ifndef STORE_FAULTY_H
#define STORE_FAULTY_H

#include <stdatomic.h>
#include <stdint.h>

#include "store/backend.h"

#define FAULTY_NEVER SIZE_MAX

struct faulty_plan {
    atomic_size_t fail_at; /* FAULTY_NEVER: no call fails */
    atomic_bool keep_failing;
    enum status status;
    atomic_size_t calls; /* so far */
    atomic_bool struck;  /* a call has failed on command */
};

/* Forgets what happened and fails the n-th call from now on. */
void faulty_plan_set(struct faulty_plan *plan, size_t fail_at, enum status status);

/* Takes inner, also when this fails; plan outlives the backend. */
MUST_USE enum status faulty_open(struct store_db *inner, struct faulty_plan *plan,
                                 struct store_db **ret_db, struct why *why);

#endif
