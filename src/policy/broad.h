/* broad.h: which actions does a policy allow on the resources of strangers?
 *
 * A stranger is a device that has nothing to do with the one that holds the policy. Its name begins
 * with a character that occurs nowhere in the document and goes on in any way: so "thing/MyThing*"
 * cannot name it, while "thing/" followed by "*", "?*" or "*-prod" can. The resources of a stranger
 * are
 *     client/<any>             Connect
 *     topic/$aws/things/<any>  Publish, RetainPublish (and Subscribe, as written in old examples)
 *     topicfilter/...          Subscribe: every filter that matches a topic $aws/things/<any>; a
 *                              shared one ("$share/NAME/...") is none, since reserved topics are
 *                              not shared
 *     thing/<any>              shadows, jobs, thing administration
 * An action is broad when some Allow describes one of these that no unconditional Deny describes.
 * Variables belong to the connecting device and never name a stranger, with one exception:
 * ${iot:ClientId} on Connect is whatever the device says, unless the statement demands that its
 * thing is attached.
 *
 * The common policy is judged by looking at the beginnings of its patterns; only where Deny or
 * NotResource matter are the automata of language.h walked, which may refuse with TOO_LARGE.
 *
 * This states facts. That broad data-plane access is a fault is said by the audit.
 */
#ifndef POLICY_BROAD_H
#define POLICY_BROAD_H

#include "policy/doc.h"

struct policy_broad_fact {
    enum policy_action action;
    uint32_t statement;  /* index of the Allow statement */
    bool not_resource;   /* that statement allows all but its resources */
    struct str resource; /* the pattern that describes the stranger, as written */
    struct str witness;  /* a stranger's resource that is allowed: "topic/$aws/things/<any>" */
};

/* The actions that check IOT_POLICY_OVERLY_PERMISSIVE_CHECK asks about. */
uint64_t policy_broad_data_plane(void);

/* One fact for each action of the set that is broad, in the order of enum policy_action, each with
 * the first statement that makes it so. The list lies in the arena. */
MUST_USE enum status policy_broad_find(struct arena *mem, const struct policy_doc *doc,
                                       uint64_t actions, const struct policy_broad_fact **ret,
                                       size_t *ret_n, struct why *why);

/* The resources of class W, R and N count wherever they point: true when a statement allows the
 * action at all (no unconditional Deny with resource "*" takes it back). For roles. */
bool policy_allows_anywhere(const struct policy_doc *doc, struct str action);

#endif
