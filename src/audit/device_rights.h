/* device_rights.h: what the effective policies of a certificate let its device do, judged once for
 * each set of policies.
 *
 * Fleets have many devices and few sets. A set is told by the policies that are attached to the
 * certificate and by the groups of its things; what was found of it is kept for as long as it fits
 * DEVICE_RIGHTS_MEMORY, then all is forgotten at once. All questions must be asked of one view.
 */
#ifndef AUDIT_DEVICE_RIGHTS_H
#define AUDIT_DEVICE_RIGHTS_H

#include "account/account.h"
#include "audit/check.h"

struct device_rights {
    struct audit_verdicts any_client_id; /* CLIENT_ID_UNRESTRICTED_CHECK */
};

struct device_rights_memory; /* sets judged so far */

struct device_rights_memory *device_rights_memory_new(void); /* NULL: out of memory */
void device_rights_memory_free(struct device_rights_memory *memory);

/* How many sets were judged, each time it was done. */
size_t device_rights_judged(const struct device_rights_memory *memory);

/* Those of a certificate; live until the next call. A set of which some policy cannot be read, or
 * which is beyond what the automata of policy/language.h decide, is unknown. */
MUST_USE enum status device_rights_get(struct device_rights_memory *memory,
                                       const struct account_ctx *ctx, struct str certificate,
                                       const struct device_rights **ret, struct why *why);

#endif
