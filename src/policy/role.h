/* role.h: what do the policies of a role let its holder do in AWS IoT, and in which other services?
 *
 * A role has several policies, and all of them count together: a Deny of one takes back what
 * another allows. So they are joined into one list of statements, on which the questions are those
 * of broad.h and language.h; what differs from a device's policy is which actions are asked about,
 * since a role may administer too.
 *
 * Every action of AWS IoT is in one class (actions.h): data plane, reading things, writing things,
 * and the rest, which is class N: each other operation of the service model, and the data-plane
 * actions that no list of the guides has. Patterns cover the union ("iot:*", "*", NotAction).
 *
 * A Deny counts as in broad.h: unconditional ones, exactly as far as they reach. Conditions of an
 * Allow neither help nor hurt.
 *
 * This states facts; what is a fault says the audit.
 */
#ifndef POLICY_ROLE_H
#define POLICY_ROLE_H

#include "policy/doc.h"

/* A policy of the role, read as POLICY_OF_IDENTITY. */
struct policy_role_part {
    struct str name;
    const struct policy_doc *doc;
};

/* Where a statement of the joined list stands. */
struct policy_role_place {
    struct str policy;
    uint32_t statement;
};

struct policy_role {
    struct policy_doc all;
    const struct policy_role_place *places; /* one for each statement of `all` */
};

/* The parts' documents must live as long as the role, which lies in the arena. */
MUST_USE enum status policy_role_join(struct arena *mem, const struct policy_role_part *parts,
                                      size_t n, struct policy_role *ret, struct why *why);

/* ---- AWS IoT --------------------------------------------------------------------------------- */

enum policy_right {
    POLICY_RIGHT_DATA_BROAD, /* data plane, on the resources of strangers */
    POLICY_RIGHT_READ_BROAD, /* reading things, of strangers */
    POLICY_RIGHT_READ,       /* the same, of any thing at all; so whatever is broad is here too */
    POLICY_RIGHT_WRITE,      /* writing and managing things, on any resource */
    POLICY_RIGHT_ADMIN,      /* class N, on any resource */
    POLICY_RIGHT_COUNT
};

struct policy_role_fact {
    enum policy_right right;
    struct str action;   /* without prefix: "CreateThing" */
    uint32_t statement;  /* the first one that allows it; index into `all` and `places` */
    bool not_resource;   /* that statement allows all but its resources */
    struct str resource; /* of it, as written */
    struct str witness;  /* what it allows: "thing/<any>"; the resource itself where no Deny is */
};

/* One fact for each right and action that the role has, in the order of the rights and, inside
 * one, of actions.h. Resources of other services than AWS IoT give no right to it. TOO_LARGE: the
 * automata would not fit (language.h). */
MUST_USE enum status policy_role_find(struct arena *mem, const struct policy_role *role,
                                      const struct policy_role_fact **ret, size_t *ret_n,
                                      struct why *why);

/* ---- services -------------------------------------------------------------------------------- */

struct policy_role_grant {
    uint32_t statement;
    bool not_action;
    struct str action; /* what allows it, as written; of NotAction the first exclusion */
};

/* Which actions are asked about. A service is the prefix of its actions, in lower case: "dynamodb".
 */
struct policy_role_question {
    struct str service;    /* absent: any */
    const struct str *but; /* not those of these services */
    size_t n_but;
    bool whole; /* only through what allows the whole service at once: "dynamodb:*", "*", a
                   NotAction that does not speak of it */
};

/* Whether the role allows such an action on some resource; the first statement that does. Resources
 * count only in a Deny, which must name "*" to take something back. */
MUST_USE enum status policy_role_may(const struct policy_role *role,
                                     const struct policy_role_question *question,
                                     struct policy_role_grant *ret, bool *ret_found,
                                     struct why *why);

/* The services that Allow statements name, each once, in the order met, in lower case. "*" and
 * NotAction name none. */
MUST_USE enum status policy_role_services(struct arena *mem, const struct policy_role *role,
                                          const struct str **ret, size_t *ret_n, struct why *why);

#endif
