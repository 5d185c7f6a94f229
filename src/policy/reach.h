/* reach.h: can a device with this policy ever do something with what a pattern describes?
 *
 * The pattern is written as in a policy (`*` and `?`) and describes topics (receive, publish),
 * topic filters (subscribe) or client ids (connect). "Ever" is taken at its word: whatever the
 * device is called, whichever conditions hold. So
 *  - a statement that allows under a condition allows, one that denies under a condition does not
 *    deny;
 *  - a variable is anything that its key can be: "topic/${iot:Connection.Thing.ThingName}/x"
 * reaches "pump-1/x", by the device of that name, and the answer says so;
 *  - receiving takes a filter that may be subscribed to, that matches the topic by the rules of
 *    MQTT, and the right to receive on the topic;
 *  - a shared filter "$share/NAME/FILTER" (NAME one level without `+` and `#`) brings what FILTER
 *    brings, by MQTT 5 section 4.8.2 and with brokers that know it for MQTT 3.1.1 too, but no topic
 *    below "$aws", which none of them shares. It is subscribed to under its whole name: an Allow
 *    or Deny of "topicfilter/FILTER" does not speak of it.
 * "Never" is a proof. "Reachable" comes with the word and the values of variables that make it so.
 * A question in between (variables so entangled that no value was found and none excluded) is
 * refused with TOO_LARGE, as is one that is too large for the automata of language.h.
 */
#ifndef POLICY_REACH_H
#define POLICY_REACH_H

#include "policy/doc.h"

enum policy_reach_kind {
    POLICY_REACH_RECEIVE,
    POLICY_REACH_PUBLISH,
    POLICY_REACH_SUBSCRIBE,
    POLICY_REACH_CONNECT,
};

/* Why never. */
enum policy_barrier {
    POLICY_BARRIER_NO_ALLOW,    /* no Allow of `action` describes any of it */
    POLICY_BARRIER_NO_DELIVERY, /* both are allowed, but no filter matches what may be received */
    POLICY_BARRIER_DENIED,      /* the statements in denied_by take back all that is allowed */
};

struct policy_reach_value {
    struct str key;   /* "iot:Connection.Thing.ThingName" */
    struct str value; /* that it has in the witness */
};

enum { POLICY_REACH_VALUES_MAX = 8 };

struct policy_reach {
    bool reachable;
    /* when it is */
    struct str word;        /* the topic, filter or client id */
    struct str filter;      /* RECEIVE: that brings it, a shared one with "$share/NAME/" */
    uint32_t allowed_by;    /* index of the statement that allows the word */
    uint32_t subscribed_by; /* RECEIVE: of the one that allows the filter */
    struct policy_reach_value values[POLICY_REACH_VALUES_MAX];
    size_t n_values;
    /* when it is not */
    enum policy_barrier barrier;
    enum policy_action action; /* NO_ALLOW */
    const uint32_t *denied_by;
    size_t n_denied_by;
};

/* Answers. INVALID when the pattern describes no topic (filter, client id) at all. */
MUST_USE enum status policy_reach(struct arena *mem, const struct policy_doc *doc,
                                  enum policy_reach_kind kind, struct str pattern,
                                  struct policy_reach *ret, struct why *why);

#endif
