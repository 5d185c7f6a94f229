/* CA_CERTIFICATE_EXPIRING_CHECK: a registered CA certificate has expired or will within 30 days. */
#include "audit/checks_priv.h"
#include "audit/verdict.h"

#include "base/banned.h"

static enum status judge(const struct audit_facts *facts, const void *row, struct arena *mem,
                         struct audit_verdicts *ret, struct why *why)
{
    const struct ca_certificate *ca = row;
    return judge_expiry(ca->not_after, facts->threshold_days, facts->now, mem, ret, why);
}

const struct audit_check check_ca_certificate_expiring = {
    .id = CHECK_CA_CERTIFICATE_EXPIRING,
    .subject = SUBJECT_CA_CERTIFICATE,
    .judge = judge,
};
