/* unreachable.h: a fetcher that remembers who did not answer, so that audits do not each wait for
 * the same dead host.
 *
 * It stands before another fetcher. A host that could not be reached is not asked again for
 * UNREACHABLE_SECONDS, nor is an address whose answer was cut off or did not come in time; whoever
 * wants it meanwhile is told so at once, and since when it is so. A server that answers, if only
 * with an error, is always asked. Of many addresses of one host, the first few go ahead of the
 * others: when none of them gets an answer, the host counts as out of reach, and the others do not
 * wait for it.
 *
 * At most UNREACHABLE_MAX hosts and addresses are remembered, those tried last; nothing is written
 * down. Safe from several threads.
 */
#ifndef AUDIT_UNREACHABLE_H
#define AUDIT_UNREACHABLE_H

#include "audit/fetch.h"
#include "base/clock.h"

enum { UNREACHABLE_SECONDS = 300, UNREACHABLE_MAX = 1024, UNREACHABLE_AHEAD = 16 };

struct unreachable;

/* inner outlives it. The caller ends it with unreachable_free (accepts NULL). */
MUST_USE enum status unreachable_new(const struct fetcher *inner, struct clock clock,
                                     struct unreachable **ret, struct why *why);
void unreachable_free(struct unreachable *memory);

/* Lent; as long as the memory. */
const struct fetcher *unreachable_fetcher_get(struct unreachable *memory);

/* Whoever was unreachable is asked again the next time: the operator says that things changed. */
void unreachable_forget(struct unreachable *memory);

#endif
