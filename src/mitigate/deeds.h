/* deeds.h: what a page of steps, or of their undoing, did to the account (account/deed.h). */
#ifndef MITIGATE_DEEDS_H
#define MITIGATE_DEEDS_H

#include "account/deed.h"
#include "mitigate/mission.h"

/* Grows in the arena of the transaction. */
struct deeds {
    struct arena *mem;
    const struct account_id *account;
    struct deed *at;
    size_t n, cap;
};

/* A step that was made, with the changes it came to, or that was refused: outcome and its sentence.
 * A step that changed nothing has no deed. Changes are rows one behind the other, stride bytes
 * apart. */
MUST_USE enum status deeds_add_step(struct deeds *deeds, const struct mitigation_execution *row,
                                    const struct definition *action, const void *changes, size_t n,
                                    size_t stride, struct why *why);

/* A change that was taken back. */
MUST_USE enum status deeds_add_undone(struct deeds *deeds, const struct mitigation_change *change,
                                      struct why *why);

#endif
