/* actions.h: the actions that a policy can name, as rows.
 *
 * Only actions that mean something to a device, or that an audit asks about by name, have a number;
 * a statement keeps the set of those it covers as one 64-bit word, so that asking "does it cover
 * Publish?" is one AND. The other administrative actions (class N) are names only.
 *
 * Names are compared without regard to case. The four job actions are written with the prefix
 * iot: in older documents and iotjobsdata: today; both mean the same action.
 */
#ifndef POLICY_ACTIONS_H
#define POLICY_ACTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* What a resource ARN of an action begins with after its fifth colon. */
enum policy_type {
    POLICY_TYPE_NONE, /* the action knows no resource but "*" */
    POLICY_TYPE_CLIENT,
    POLICY_TYPE_TOPIC,
    POLICY_TYPE_TOPICFILTER,
    POLICY_TYPE_THING,
    POLICY_TYPE_ROLEALIAS,
    POLICY_TYPE_COUNT
};

/* Classes of actions as the audit checks of Device Defender distinguish them. */
enum policy_class {
    POLICY_CLASS_DATA,       /* a device acts: Connect ... UpdateJobExecution, RetainPublish */
    POLICY_CLASS_RECEIVE,    /* data plane, and never too broad by itself */
    POLICY_CLASS_READ,       /* thing administration, reading */
    POLICY_CLASS_WRITE,      /* thing administration, writing and listing */
    POLICY_CLASS_UNASSIGNED, /* data plane, in no class of the checks */
    POLICY_CLASS_COUNT
};

/* enum, name after "iot:", class, type of its resource, also written iotjobsdata: */
#define POLICY_ACTION_LIST(X)                                                                      \
    X(CONNECT, "Connect", DATA, CLIENT, false)                                                     \
    X(PUBLISH, "Publish", DATA, TOPIC, false)                                                      \
    X(SUBSCRIBE, "Subscribe", DATA, TOPICFILTER, false)                                            \
    X(RECEIVE, "Receive", RECEIVE, TOPIC, false)                                                   \
    X(RETAIN_PUBLISH, "RetainPublish", DATA, TOPIC, false)                                         \
    X(GET_SHADOW, "GetThingShadow", DATA, THING, false)                                            \
    X(UPDATE_SHADOW, "UpdateThingShadow", DATA, THING, false)                                      \
    X(DELETE_SHADOW, "DeleteThingShadow", DATA, THING, false)                                      \
    X(DESCRIBE_JOB, "DescribeJobExecution", DATA, THING, true)                                     \
    X(PENDING_JOBS, "GetPendingJobExecutions", DATA, THING, true)                                  \
    X(START_JOB, "StartNextPendingJobExecution", DATA, THING, true)                                \
    X(UPDATE_JOB, "UpdateJobExecution", DATA, THING, true)                                         \
    X(DELETE_CONNECTION, "DeleteConnection", UNASSIGNED, CLIENT, false)                            \
    X(GET_RETAINED, "GetRetainedMessage", UNASSIGNED, TOPIC, false)                                \
    X(LIST_RETAINED, "ListRetainedMessages", UNASSIGNED, NONE, false)                              \
    X(LIST_SHADOWS, "ListNamedShadowsForThing", UNASSIGNED, NONE, false)                           \
    X(ASSUME_ROLE, "AssumeRoleWithCertificate", UNASSIGNED, ROLEALIAS, false)                      \
    X(DESCRIBE_THING, "DescribeThing", READ, THING, false)                                         \
    X(LIST_JOBS_FOR_THING, "ListJobExecutionsForThing", READ, THING, false)                        \
    X(LIST_GROUPS_FOR_THING, "ListThingGroupsForThing", READ, THING, false)                        \
    X(LIST_THING_PRINCIPALS, "ListThingPrincipals", READ, THING, false)                            \
    X(ADD_TO_GROUP, "AddThingToThingGroup", WRITE, THING, false)                                   \
    X(ATTACH_PRINCIPAL, "AttachThingPrincipal", WRITE, NONE, false)                                \
    X(CREATE_THING, "CreateThing", WRITE, THING, false)                                            \
    X(DELETE_THING, "DeleteThing", WRITE, THING, false)                                            \
    X(DETACH_PRINCIPAL, "DetachThingPrincipal", WRITE, NONE, false)                                \
    X(LIST_THINGS, "ListThings", WRITE, NONE, false)                                               \
    X(LIST_THINGS_IN_GROUP, "ListThingsInThingGroup", WRITE, NONE, false)                          \
    X(REGISTER_THING, "RegisterThing", WRITE, NONE, false)                                         \
    X(REMOVE_FROM_GROUP, "RemoveThingFromThingGroup", WRITE, THING, false)                         \
    X(UPDATE_THING, "UpdateThing", WRITE, THING, false)                                            \
    X(UPDATE_GROUPS, "UpdateThingGroupsForThing", WRITE, THING, false)

enum policy_action {
#define POLICY_ACTION_ENUM(name, text, class, type, jobs) POLICY_##name,
    POLICY_ACTION_LIST(POLICY_ACTION_ENUM)
#undef POLICY_ACTION_ENUM
        POLICY_ACTION_COUNT
};
_Static_assert(POLICY_ACTION_COUNT < 64, "a set of actions is one word");

/* The set of all of them. */
#define POLICY_ACTIONS_ALL ((UINT64_C(1) << POLICY_ACTION_COUNT) - 1)

struct policy_action_row {
    struct str name; /* "Connect", without prefix */
    enum policy_class class;
    enum policy_type type;
    bool jobs;
};

extern const struct policy_action_row policy_actions[POLICY_ACTION_COUNT];

/* The set of one action, and of all actions of a class. */
static inline uint64_t policy_action_bit(enum policy_action action)
{
    return UINT64_C(1) << action;
}
uint64_t policy_class_set(enum policy_class class);

/* The numbered actions that one string of an Action element covers: "*", "iot:*", "iot:Get*",
 * "iot:publish". Wildcards are `*` and `?`. An unknown name covers none. */
uint64_t policy_actions_covered(struct str pattern);

/* True when the pattern covers the action named, prefix included ("iot:CreateJob"). */
bool policy_action_matches(struct str pattern, struct str name);

/* Class N: the administrative actions, which are the operations of AWS IoT's service model
 * (contract/) that have no number. The next one's name, without prefix and in alphabetical order;
 * absent: that was all. *at begins as 0 and is moved on. */
struct str policy_admin_next(size_t *at);

/* "client/", "topic/"; "" for NONE. */
struct str policy_type_prefix(enum policy_type type);

#endif
