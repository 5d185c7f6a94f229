/* CA_CERTIFICATE_KEY_QUALITY_CHECK: the CA's private key can be computed from the public one. */
#include "audit/checks_priv.h"
#include "audit/verdict.h"

#include "base/banned.h"

static enum status judge(const struct audit_facts *facts, const void *row, struct arena *mem,
                         struct audit_verdicts *ret, struct why *why)
{
    const struct ca_certificate *ca = row;
    return judge_key(ca->key_bits, ca->key_roca != 0, ca->weak_key_hash, facts->weak_keys, mem, ret,
                     why);
}

const struct audit_check check_ca_certificate_key_quality = {
    .id = CHECK_CA_CERTIFICATE_KEY_QUALITY,
    .subject = SUBJECT_CA_CERTIFICATE,
    .judge = judge,
};
