/* DEVICE_CERTIFICATE_EXPIRING_CHECK: a device certificate has expired or will within the threshold.
 */
#include "audit/checks_priv.h"
#include "audit/verdict.h"

#include "base/banned.h"

static enum status judge(const struct audit_facts *facts, const void *row, struct arena *mem,
                         struct audit_verdicts *ret, struct why *why)
{
    const struct certificate *cert = row;
    return judge_expiry(cert->not_after, facts->threshold_days, facts->now, mem, ret, why);
}

const struct audit_check check_device_certificate_expiring = {
    .id = CHECK_DEVICE_CERTIFICATE_EXPIRING,
    .subject = SUBJECT_DEVICE_CERTIFICATE,
    .judge = judge,
};
