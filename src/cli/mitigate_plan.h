/* mitigate_plan.h: what mitigation actions would change in the account of a snapshot.
 */
#ifndef CLI_MITIGATE_PLAN_H
#define CLI_MITIGATE_PLAN_H

#include "collect/change.h"
#include "collect/journal.h"

enum { PLAN_PAIRS_MAX = 64, PLAN_GROUPS_MAX = 10, PLAN_RESOURCES_MAX = 64 };

/* CHECK=WORD[,WORD]... */
struct plan_pair {
    struct str check;
    struct str words;
};

struct plan_request {
    const char *snapshot;
    const char *config;                       /* settings of the daemon that plans, or NULL */
    struct plan_pair actions[PLAN_PAIRS_MAX]; /* kinds of action */
    size_t n_actions;
    struct plan_pair codes[PLAN_PAIRS_MAX]; /* reason codes */
    size_t n_codes;
    struct str resources[PLAN_RESOURCES_MAX]; /* none: all */
    size_t n_resources;
    struct str groups[PLAN_GROUPS_MAX];
    size_t n_groups;
    const char *logging_role;
    const char *log_level;
    const char *topic;
};

struct plan {
    struct str account;
    struct str region;
    struct change *changes;
    size_t n, cap;
    struct str *refused; /* sentences: steps that cannot be done */
    size_t n_refused, cap_refused;
    struct str *unjudged; /* sentences: checks that did not judge everything */
    size_t n_unjudged;
    int64_t untold; /* changes that are too many to be told */
};

/* All of it lies in mem. */
MUST_USE enum status plan_make(const struct plan_request *request, struct arena *mem,
                               struct plan *ret, struct why *why);

#endif
