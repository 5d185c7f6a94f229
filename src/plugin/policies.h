/* policies.h: the policies that rule here, each compiled once and shared by all who hold it.
 *
 * A policy is known by the daemon's number. It may be held before its document has come, and after
 * it is gone; whoever holds one that has no readable document may do nothing, since nobody can say
 * what it denies. A new document takes the place of the old one for all holders at once.
 */
#ifndef PLUGIN_POLICIES_H
#define PLUGIN_POLICIES_H

#include "plugin/table.h"
#include "policy/evaluate.h"

/* The beginnings of the ARNs that are asked for, "arn:aws:iot:us-east-1:123456789012:topic/". */
enum { ARN_PREFIX_MAX = 96 };
struct arn_prefix {
    char text[ARN_PREFIX_MAX];
    size_t len;
};
struct arn_prefixes {
    struct arn_prefix of[POLICY_TYPE_COUNT];
};

/* INVALID when account or region are longer than any. */
MUST_USE enum status arn_prefixes_make(struct str account, struct str region,
                                       struct arn_prefixes *ret, struct why *why);

struct connection;

/* One connection that holds a policy. */
struct holding {
    struct held_policy *policy;
    struct connection *holder;
    struct holding *prev, *next; /* of the same policy */
};

struct held_policy {
    uint64_t id;
    struct arena *mem;            /* of doc */
    const struct policy_doc *doc; /* NULL: not come, gone, or unreadable */
    uint64_t always;              /* actions that it allows on every resource, always */
    uint64_t denies;              /* actions that some statement denies somewhere */
    bool timed;                   /* what it says may change with the clock */
    bool asks_certificate;        /* for what the certificate says */
    uint64_t generation;          /* of the whole state that named it */
    struct holding *holders;
    struct held_policy *prev, *next;
};

struct policies {
    struct table by_id;
    struct held_policy *first; /* all of them */
    size_t n;
};

void policies_release(struct policies *policies);

/* Sets the document of a policy, for all holders. An unreadable one is set as none, and why says
 * what is wrong with it: the status is that of policy_doc_read. NO_MEMORY. *ret_policy is the
 * policy also on failure, unless there is no memory for it (NULL). */
MUST_USE enum status policies_set(struct policies *policies, uint64_t id, struct str document,
                                  uint64_t generation, const struct arn_prefixes *prefixes,
                                  struct held_policy **ret_policy, struct why *why);

/* NULL when nothing has named it. */
struct held_policy *policies_find(const struct policies *policies, uint64_t id);

/* Takes its document away; frees it once nobody holds it. */
void policies_drop(struct policies *policies, struct held_policy *policy);

/* Makes holding one of the policy (which need not have come). NO_MEMORY. */
MUST_USE enum status policies_hold(struct policies *policies, uint64_t id,
                                   struct connection *holder, struct holding *holding,
                                   struct why *why);
void policies_let_go(struct policies *policies, struct holding *holding);

#endif
