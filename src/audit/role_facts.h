/* role_facts.h: what the policies of a role were found to say, for the checks that judge roles.
 *
 * A role that the account does not hold, and one with a policy that cannot be read or is too
 * entangled to be judged, has a lack instead: such a resource is unknown, never compliant.
 */
#ifndef AUDIT_ROLE_FACTS_H
#define AUDIT_ROLE_FACTS_H

#include "account/account.h"
#include "audit/verdict.h"
#include "policy/role.h"

struct role_facts {
    struct str arn;
    struct str name; /* as it was made with; absent: the account does not hold it */
    struct str lack; /* why it could not be judged; absent: it was */
    struct policy_role role;
    const struct policy_role_fact *facts;
    size_t n;
};

/* All lies in ctx->mem. */
MUST_USE enum status role_facts_get(const struct account_ctx *ctx, struct str role_arn,
                                    const struct role_facts **ret, struct why *why);

/* One code of a check: which rights it is about, and how they are called. A list of them says what
 * the check means by each class of actions. */
struct role_rule {
    struct str code;
    unsigned rights;  /* set of 1 << enum policy_right */
    const char *what; /* "broad access to IoT data plane actions" */
};
#define ROLE_RIGHT(name) (1u << POLICY_RIGHT_##name)

/* The rules of authenticated Cognito roles, which are those of role aliases too, and of
 * unauthenticated Cognito roles, which may do less. SPEC: developer guide, "Authenticated Cognito
 * role overly permissive" (whose prose counts the data plane, though its list of codes omits it),
 * "Unauthenticated Cognito role overly permissive", "Role alias overly permissive". */
enum { ROLE_RULES = 4, ROLE_RULES_UNAUTHENTICATED = 2 };
extern const struct role_rule role_rules[ROLE_RULES];
extern const struct role_rule role_rules_unauthenticated[ROLE_RULES_UNAUTHENTICATED];

/* A verdict for each rule by which the role has a right; or unknown. */
MUST_USE enum status role_judge(const struct role_facts *role, const struct role_rule *rules,
                                size_t n_rules, struct arena *mem, struct audit_verdicts *ret,
                                struct why *why);

/* Every verdict has the role as its related resource. Call it last. */
MUST_USE enum status role_relate(const struct role_facts *role, struct arena *mem,
                                 struct audit_verdicts *ret, struct why *why);

#endif
