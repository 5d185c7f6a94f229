/* descriptors.h: as many open files as the daemon's own bounds can come to.
 *
 * The usual soft limit of 1024 (kept low for programs with select()) is below what the bounds of
 * limits.h allow together; the hard limit is what the operator permits.
 */
#ifndef DAEMON_DESCRIPTORS_H
#define DAEMON_DESCRIPTORS_H

#include <stddef.h>

#include "base/err.h"

/* What so many connections need beside the store's views and the rest of the daemon. */
size_t descriptors_needed(size_t connections);

/* Raises the soft limit to `need`, never lowers it, never beyond the hard limit. LIMIT: the hard
 * limit is lower; then the soft one is at the hard one, and why names both. */
MUST_USE enum status descriptors_raise(size_t need, struct why *why);

#endif
