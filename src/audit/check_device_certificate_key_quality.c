/* DEVICE_CERTIFICATE_KEY_QUALITY_CHECK: the private key can be computed from the public one. */
#include "audit/checks_priv.h"
#include "audit/verdict.h"

#include "base/banned.h"

static enum status judge(const struct audit_facts *facts, const void *row, struct arena *mem,
                         struct audit_verdicts *ret, struct why *why)
{
    const struct certificate *cert = row;
    return judge_key(cert->key_bits, cert->key_roca != 0, cert->weak_key_hash, facts->weak_keys,
                     mem, ret, why);
}

const struct audit_check check_device_certificate_key_quality = {
    .id = CHECK_DEVICE_CERTIFICATE_KEY_QUALITY,
    .subject = SUBJECT_DEVICE_CERTIFICATE,
    .judge = judge,
};
