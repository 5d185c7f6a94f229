/* IOT_POLICY_OVERLY_PERMISSIVE_CHECK: the policy lets a device act for devices it has nothing to do
 * with. What that means exactly is policy/broad.h. */
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
    *ret = policy->facts->permissive;
    return STATUS_OK;
}

const struct audit_check check_iot_policy_overly_permissive = {
    .id = CHECK_IOT_POLICY_OVERLY_PERMISSIVE,
    .subject = SUBJECT_POLICY,
    .judge = judge,
};
