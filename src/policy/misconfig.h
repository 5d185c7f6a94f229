/* misconfig.h: Deny statements that do not do what they were written for.
 *
 * Two ways to deny less than one thinks, both from the same confusion: `+` and `#` are wildcards in
 * a filter that a device sends and plain characters in a policy, `*` and `?` the other way round.
 *  - A Deny whose resource holds `+` or `#` forbids exactly that one text and no other.
 *  - A Deny of Subscribe beside a wider Allow: the device subscribes to a wider filter
 * (building/#), which the Deny (building/control_room/ and `*`) does not describe, and receives all
 * the same, unless Receive is denied too. Reported only with a proof: a filter that may be
 * subscribed to, and a topic that it matches, that the Deny describes, and that may be received.
 *
 * Conditions of Deny statements are taken to hold: the question is what the author meant.
 */
#ifndef POLICY_MISCONFIG_H
#define POLICY_MISCONFIG_H

#include "policy/doc.h"

enum policy_misconfig_kind {
    POLICY_MQTT_WILDCARD_IN_DENY,
    POLICY_DENIED_TOPIC_RECEIVED,
    POLICY_MISCONFIG_COUNT
};

struct policy_misconfig_fact {
    enum policy_misconfig_kind kind;
    uint32_t statement;  /* index of the Deny statement */
    struct str resource; /* its resource, as written */
    /* POLICY_DENIED_TOPIC_RECEIVED */
    uint32_t allowed_by; /* index of the Allow statement that is wider */
    struct str filter;   /* may be subscribed to */
    struct str topic;    /* is received through it; variables appear as "${name}" */
};

/* At most one fact of each kind, the first of the document, in the order of the enum. Fails with
 * TOO_LARGE when the automata do not end within their bound, and with NO_MEMORY. */
MUST_USE enum status policy_misconfig_find(struct arena *mem, const struct policy_doc *doc,
                                           const struct policy_misconfig_fact **ret, size_t *ret_n,
                                           struct why *why);

#endif
