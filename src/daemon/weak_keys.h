/* weak_keys.h: the lists of weak keys, read from a folder once, at start. */
#ifndef DAEMON_WEAK_KEYS_H
#define DAEMON_WEAK_KEYS_H

#include "x509/keyq.h"

/* Every file of the folder named blacklist.*; an empty dir gives NULL and OK. A file that cannot be
 * read is an error: an operator who asked for the test gets it or is told. The caller ends it with
 * keyq_list_free. */
MUST_USE enum status weak_keys_load(struct str dir, struct keyq_list **ret, struct why *why);

#endif
