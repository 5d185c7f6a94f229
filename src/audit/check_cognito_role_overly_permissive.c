/* AUTHENTICATED_ and UNAUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE_CHECK: the role that identities
 * of a pool get, signed in or not, lets them act for others or administer. Pools are judged from
 * which an identity connected within the 31 days before the audit.
 *
 * SPEC: docs.aws.amazon.com/iot-device-defender, "Authenticated Cognito role overly permissive",
 * "Unauthenticated Cognito role overly permissive". The two differ in what they ask (role_facts.h).
 */
#include "audit/checks_priv.h"
#include "audit/pool_subject.h"

#include "base/banned.h"

/* A pool without such a role lets nobody in that way. */
static enum status judge_role(const struct pool_subject *pool, const struct role_facts *role,
                              const struct role_rule *rules, size_t n_rules, struct arena *mem,
                              struct audit_verdicts *ret, struct why *why)
{
    if (!str_absent(pool->lack)) {
        verdict_unknown(ret, pool->lack);
        return STATUS_OK;
    }
    if (role == NULL) {
        return STATUS_OK;
    }
    TRY(role_judge(role, rules, n_rules, mem, ret, why));
    return role_relate(role, mem, ret, why);
}

static enum status judge_authenticated(const struct audit_facts *facts, const void *row,
                                       struct arena *mem, struct audit_verdicts *ret,
                                       struct why *why)
{
    (void)facts;
    const struct pool_subject *pool = row;
    return judge_role(pool, pool->authenticated, role_rules, ROLE_RULES, mem, ret, why);
}

static enum status judge_unauthenticated(const struct audit_facts *facts, const void *row,
                                         struct arena *mem, struct audit_verdicts *ret,
                                         struct why *why)
{
    (void)facts;
    const struct pool_subject *pool = row;
    return judge_role(pool, pool->unauthenticated, role_rules_unauthenticated,
                      ROLE_RULES_UNAUTHENTICATED, mem, ret, why);
}

const struct audit_check check_authenticated_cognito_role_overly_permissive = {
    .id = CHECK_AUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE,
    .subject = SUBJECT_IDENTITY_POOL,
    .judge = judge_authenticated,
};

const struct audit_check check_unauthenticated_cognito_role_overly_permissive = {
    .id = CHECK_UNAUTHENTICATED_COGNITO_ROLE_OVERLY_PERMISSIVE,
    .subject = SUBJECT_IDENTITY_POOL,
    .judge = judge_unauthenticated,
};
