/* IOT_POLICY_POTENTIAL_MISCONFIGURATION_CHECK: a Deny that denies less than it seems to
 * (policy/misconfig.h). A warning: what the author meant is a guess. */
#include "audit/checks_priv.h"
#include "audit/policy_facts.h"

#include "base/banned.h"

static enum status judge(const struct audit_facts *facts, const void *row, struct arena *mem,
                         struct audit_verdicts *ret, struct why *why)
{
    (void)facts;
    (void)mem;
    (void)why;
    const struct policy_subject *policy = row;
    *ret = policy->facts->misconfigured;
    return STATUS_OK;
}

const struct audit_check check_iot_policy_potential_misconfiguration = {
    .id = CHECK_IOT_POLICY_POTENTIAL_MISCONFIGURATION,
    .subject = SUBJECT_POLICY,
    .judge = judge,
};
