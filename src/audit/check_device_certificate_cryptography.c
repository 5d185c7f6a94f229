/* DEVICE_CERTIFICATE_CRYPTOGRAPHY_CHECK, an extension: a device certificate has a short or odd key,
 * or a signature that can be forged. What that means exactly is cryptography.h. */
#include "audit/checks_priv.h"
#include "audit/cryptography.h"

#include "base/banned.h"

static enum status judge(const struct audit_facts *facts, const void *row, struct arena *mem,
                         struct audit_verdicts *ret, struct why *why)
{
    (void)facts;
    const struct certificate *cert = row;
    const struct cryptography seen = {
        .key_kind = cert->key_kind,
        .key_bits = cert->key_bits,
        .key_curve = cert->key_curve,
        .exponent = cert->key_exponent,
        .signature = cert->signature,
        .digest = cert->signature_digest,
        .self_issued = cert->subject_hash.len > 0 && str_eq(cert->subject_hash, cert->issuer_hash),
    };
    return judge_cryptography(&seen, mem, ret, why);
}

const struct audit_check check_device_certificate_cryptography = {
    .id = CHECK_DEVICE_CERTIFICATE_CRYPTOGRAPHY,
    .subject = SUBJECT_DEVICE_CRYPTOGRAPHY,
    .judge = judge,
};
