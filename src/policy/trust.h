/* trust.h: which services may use a role on behalf of strangers?
 *
 * A service acts for many accounts. When somebody of another account names a role to it, the
 * service presents itself to the role's trust policy and says for whom it acts: aws:SourceAccount
 * and aws:SourceArn. A trust policy that lets the service in whatever these say makes it a confused
 * deputy: the role works for everybody.
 *     https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
 *
 * The question is put to evaluate.h, as requests of a stranger: an account that is not ours, and
 * sources of it, shaped after the values of the policy's own conditions, so that a value which is
 * wide in one place ("arn:aws:iot:*", "1*") is met there. Whatever takes the service back, a Deny
 * or another condition, counts. An answer is a proof, since it shows a request that is allowed; a
 * value without wildcards names somebody on purpose, and is taken at its word.
 *
 * This states facts. That it is a fault is said by the audit.
 */
#ifndef POLICY_TRUST_H
#define POLICY_TRUST_H

#include "policy/doc.h"

struct policy_trust_fact {
    struct str service;        /* "iot.amazonaws.com"; that one too where everybody is let in */
    uint32_t statement;        /* that lets it in */
    bool limited;              /* the statement has a condition on aws:SourceArn, aws:SourceAccount
                                  or both, and this is a source that it describes all the same */
    struct str source_arn;     /* of the request that is allowed */
    struct str source_account; /* twelve digits */
};

/* One fact for each service that may assume the role for a stranger, in the order in which the
 * policy names them. doc was read as POLICY_OF_TRUST; account is the role's own. The list lies in
 * the arena. Fails with NO_MEMORY. */
MUST_USE enum status policy_trust_find(struct arena *mem, const struct policy_doc *doc,
                                       struct str account, const struct policy_trust_fact **ret,
                                       size_t *ret_n, struct why *why);

#endif
