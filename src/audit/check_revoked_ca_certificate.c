/* REVOKED_CA_CERTIFICATE_STILL_ACTIVE_CHECK: the CA's own issuer has revoked it. */
#include "audit/checks_priv.h"
#include "audit/revoked_priv.h"

#include "base/banned.h"

static enum status judge(const struct audit_facts *facts, const void *row, struct arena *mem,
                         struct audit_verdicts *ret, struct why *why)
{
    struct revocation_subject subject = revocation_subject_ca(row);
    return judge_revoked(facts->lists, &subject, mem, ret, why);
}

const struct audit_check check_revoked_ca_certificate = {
    .id = CHECK_REVOKED_CA_CERTIFICATE_STILL_ACTIVE,
    .subject = SUBJECT_CA_CERTIFICATE,
    .judge = judge,
    .needs_lists = true,
};
