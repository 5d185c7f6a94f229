/* finding_prefix.h: where the findings of an audit lie.
 *
 * A finding's id begins with its task, then its check, and the table is kept in the order of ids
 * (audit/finding.h): so the findings of a task, and of one of its checks, are one run of rows. Who
 * walks them compares the task too: an id holds only its first characters.
 */
#ifndef ACCOUNT_FINDING_PREFIX_H
#define ACCOUNT_FINDING_PREFIX_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum { FINDING_PREFIX_TASK_CHARS = 16 };

/* What the ids of a task's findings begin with, or of one of its checks; check may be absent. */
MUST_USE enum status finding_prefix(struct arena *mem, struct str task, struct str check,
                                    struct str *ret, struct why *why);

#endif
