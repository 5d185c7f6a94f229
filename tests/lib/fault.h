/* fault.h: make the n-th allocation of this thread fail.
 *
 *     for (size_t n = 0; ; n++) {
 *         fault_start(n);
 *         enum status status = thing_under_test(...);
 *         if (!fault_stop()) { CHECK_OK(status); break; }     (nothing failed: the loop is done)
 *         assert_int_not_equal(status, STATUS_OK);            (a failed allocation is reported)
 *     }
 */
#ifndef TESTS_LIB_FAULT_H
#define TESTS_LIB_FAULT_H

#include <stdbool.h>
#include <stddef.h>

/* From now on, the allocation with index n (from 0) of this thread fails; later ones succeed. */
void fault_start(size_t n);

/* Removes the fault; true when it struck. */
bool fault_stop(void);

#endif
