/* policy_facts.h: what a policy's text was found to say, once per text.
 *
 * Fleets have many policies of few texts. Texts are told apart by their digest; what was found is
 * kept for as long as it fits POLICY_FACTS_MEMORY, then forgotten all at once.
 */
#ifndef AUDIT_POLICY_FACTS_H
#define AUDIT_POLICY_FACTS_H

#include "audit/check.h"

struct policy_facts {
    struct audit_verdicts permissive; /* IOT_POLICY_OVERLY_PERMISSIVE_CHECK */
    struct audit_verdicts misconfigured;
};

struct policy_memory; /* texts judged so far */

struct policy_memory *policy_memory_new(void); /* NULL: out of memory */
void policy_memory_free(struct policy_memory *memory);

/* What the text says; lives until the next call. A text that cannot be read (stored by an older
 * version, say) is unknown in both. */
MUST_USE enum status policy_facts_get(struct policy_memory *memory, struct str document,
                                      struct str document_hash, const struct policy_facts **ret,
                                      struct why *why);

#endif
