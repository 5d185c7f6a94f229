#include "x509/cert.h"

#include <string.h>

#include "x509/sig_priv.h"

#include "base/banned.h"

static enum status check_signature(const struct cert *cert, struct why *why)
{
    struct sig_algorithm alg;
    TRY(sig_algorithm_read(cert->signature_alg_der, &alg, why));
    if (alg.supported) {
        return STATUS_OK;
    }
    return why_set(why, STATUS_CERT_INVALID,
                   "the certificate is signed with %s%s%s; SHA-256, SHA-384 or SHA-512 with RSA, "
                   "RSASSA-PSS or ECDSA, or DSA with SHA-256 is needed",
                   alg.name, alg.digest[0] == 0 ? "" : ", digest ", alg.digest);
}

static enum status check_critical(const struct cert *cert, struct why *why)
{
    if (str_absent(cert->unknown_critical)) {
        return STATUS_OK;
    }
    return why_set(why, STATUS_CERT_INVALID, "the critical extension %.*s is not known",
                   STR_ARG(cert->unknown_critical));
}

static enum status check_key(const struct cert *cert, struct why *why)
{
    return key_check_supported(&cert->key, why);
}

static enum status (*const flaw_checks[CERT_FLAW_COUNT])(const struct cert *cert,
                                                         struct why *why) = {
    [CERT_FLAW_KEY] = check_key,
    [CERT_FLAW_SIGNATURE] = check_signature,
    [CERT_FLAW_CRITICAL] = check_critical,
};

bool cert_may_have_crl_points(struct bytes der)
{
    static const uint8_t oid[] = {0x06, 0x03, 0x55, 0x1d, 0x1f}; /* id-ce-cRLDistributionPoints */
    return der.len > 0 && memmem(der.ptr, der.len, oid, sizeof oid) != NULL;
}

enum status cert_flaws(struct arena *mem, const struct cert *cert, struct cert_flaws *ret,
                       struct why *why)
{
    struct cert_flaws flaws = {.n = 0};
    for (size_t i = 0; i < CERT_FLAW_COUNT; i++) {
        struct why found;
        if (flaw_checks[i](cert, &found) != STATUS_OK) {
            TRY(str_dup(mem, str_from(found.text), &flaws.text[flaws.n], why));
            flaws.kind[flaws.n++] = (enum cert_flaw)i;
        }
    }
    *ret = flaws;
    return STATUS_OK;
}

enum status cert_check_supported(const struct cert *cert, struct why *why)
{
    for (size_t i = 0; i < CERT_FLAW_COUNT; i++) {
        TRY(flaw_checks[i](cert, why));
    }
    return STATUS_OK;
}

enum status cert_check_time(const struct cert *cert, int64_t now, struct why *why)
{
    char text[TIME_TEXT_MAX];
    if (now < cert->not_before) {
        return why_set(why, STATUS_CERT_INVALID, "the certificate is not valid before %s",
                       time_format(cert->not_before, text));
    }
    /* The last second belongs to the period. */
    if (now >= cert->not_after + SECOND_MS) {
        return why_set(why, STATUS_CERT_INVALID, "the certificate expired on %s",
                       time_format(cert->not_after, text));
    }
    return STATUS_OK;
}

struct str cert_subject_attr(const struct cert *cert, struct str name, size_t i)
{
    for (size_t k = 0; k < cert->n_subject_attrs; k++) {
        if (str_eq(cert->subject_attrs[k].name, name) && i-- == 0) {
            return cert->subject_attrs[k].value;
        }
    }
    return STR_ABSENT;
}
