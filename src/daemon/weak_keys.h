/* weak_keys.h: the lists of weak keys, read from a folder once, at start. */
#ifndef DAEMON_WEAK_KEYS_H
#define DAEMON_WEAK_KEYS_H

#include "x509/keyq.h"

struct weak_keys;

/* Every file of the folder named blacklist.*; an empty dir gives NULL and OK. A file that cannot be
 * read is an error: an operator who asked for the test gets it or is told. */
MUST_USE enum status weak_keys_load(struct str dir, struct weak_keys **ret, struct why *why);
void weak_keys_free(struct weak_keys *keys); /* accepts NULL */

/* NULL for NULL. */
const struct keyq_list *weak_keys_get(const struct weak_keys *keys);

#endif
