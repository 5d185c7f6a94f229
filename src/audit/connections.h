/* connections.h: connections as findings show them, for the checks that judge them. */
#ifndef AUDIT_CONNECTIONS_H
#define AUDIT_CONNECTIONS_H

#include "audit/check.h"
#include "audit/recent.h"

/* One connection as related resource: a client id (connections of a principal) or the principal
 * (connections of a client id), with CONNECTION_TIME and, once it has ended, DISCONNECTION_TIME in
 * ms as texts, and extra, which may be NULL, as a member more. */
struct connections_extra {
    const char *key;
    struct str value;
};
MUST_USE enum status connection_of_client(const struct recent_entry *entry,
                                          const struct connections_extra *extra, struct arena *mem,
                                          struct audit_related *ret, struct why *why);
MUST_USE enum status connection_of_principal(const struct recent_entry *entry, struct arena *mem,
                                             struct audit_related *ret, struct why *why);

/* The verdict that connections of different client ids overlapped: nothing when none did. whose
 * begins the sentence. */
MUST_USE enum status judge_overlap(const struct session_subject *subject, struct str code,
                                   const char *whose, const struct connections_extra *extra,
                                   struct arena *mem, struct audit_verdicts *ret, struct why *why);

#endif
