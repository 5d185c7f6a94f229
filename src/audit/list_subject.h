/* list_subject.h: the revocation lists of the fleet as audits go through them: issuer by issuer,
 * each with the lists that it signed; and one by one those of which nobody knows whose they are.
 */
#ifndef AUDIT_LIST_SUBJECT_H
#define AUDIT_LIST_SUBJECT_H

#include "audit/revocation.h"

struct list_subject {
    const struct cert *issuer; /* NULL: a list that could not be had, read or verified */
    struct str lack;           /* why; with an issuer absent */
    const struct revocation_list_seen **lists; /* those of the issuer, as gathered */
    size_t n;
};

/* All of them, in mem. */
MUST_USE enum status list_subjects(const struct revocation *rev, struct arena *mem,
                                   struct list_subject **ret, size_t *ret_n, struct why *why);

#endif
