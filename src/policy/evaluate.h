/* evaluate.h: may this connection, user or role do that?
 *
 * The rule: nothing is allowed until a statement allows it, and a statement that denies wins over
 * all that allow.
 *     https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 * A statement matches when its actions cover the action, one of its resources describes the ARN
 * (or none does, with NotResource), one of its principals is who asks, and all of its conditions
 * hold. Statements of identity policies name no principal, those of trust policies no resource;
 * what is not named is not asked; those of a resource's policy name both.
 *
 * Nothing here takes memory: what TestAuthorization asks once, the broker's plugin asks for every
 * message.
 */
#ifndef POLICY_EVALUATE_H
#define POLICY_EVALUATE_H

#include "policy/doc.h"

struct policy_request {
    enum policy_action action;
    struct str resource;                /* the whole ARN, or "*" for actions without resource */
    const struct policy_values *values; /* what is known of the connection; may be NULL */
    struct str action_name;       /* "sns:Publish": asked instead of action, by name; absent: not */
    const struct policy_who *who; /* needed for policies with principals; else NULL */
};

enum policy_verdict { POLICY_IMPLICIT_DENY, POLICY_EXPLICIT_DENY, POLICY_ALLOWED };

/* What one policy of the set says: the first statement that allows, the first that denies. */
enum { POLICY_NO_STATEMENT = -1 };
struct policy_says {
    int32_t allows; /* index of a statement, or POLICY_NO_STATEMENT */
    int32_t denies;
};

/* Keys that statements on the action asked for and the connection did not have; each once. */
enum { POLICY_MISSING_MAX = 16 };
struct policy_missing {
    struct str keys[POLICY_MISSING_MAX];
    size_t n;
};

/* Decides the request over all documents together. ret_says has room for n_docs or is NULL;
 * ret_missing may be NULL. The keys in *ret_missing live as long as the documents. */
enum policy_verdict policy_evaluate(const struct policy_doc *const *docs, size_t n_docs,
                                    const struct policy_request *request,
                                    struct policy_says *ret_says,
                                    struct policy_missing *ret_missing);

/* True when the documents say the same of every resource that begins with request->resource, as far
 * as that is seen at once: each resource pattern of the statements on the action describes all of
 * them (it ends with a star and describes the beginning) or none (its literal beginning is
 * another). False says nothing. Conditions do not look at the resource. */
bool policy_says_alike(const struct policy_doc *const *docs, size_t n_docs,
                       const struct policy_request *request);

/* One condition, against what is known of the connection. A key that is absent makes positive
 * operators false and negated ones true; IfExists makes both true; Null asks for absence. A value
 * in the document that cannot be read as what the operator compares matches nothing. */
bool policy_condition_holds(const struct policy_condition *condition,
                            const struct policy_values *values);

/* False when the value of a document is none that the operator could compare ("10.0.0.0/64" of an
 * address), so that it matches nothing. */
bool policy_condition_reads(enum policy_operator op, struct str value);

/* "ALLOWED", "EXPLICIT_DENY", "IMPLICIT_DENY": the spelling of the API. */
const char *policy_verdict_name(enum policy_verdict verdict);

#endif
