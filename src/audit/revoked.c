/* revoked.c: see revoked_priv.h. */
#include "audit/revoked_priv.h"
#include "audit/verdict.h"

#include "base/banned.h"

/* A key id of its own, or none: with another's it is a namesake of its issuer. */
static bool self_issued(const struct certificate *cert)
{
    return cert->subject_hash.len > 0 && str_eq(cert->subject_hash, cert->issuer_hash) &&
           (str_absent(cert->authority_key_id) ||
            str_eq(cert->authority_key_id, cert->subject_key_id));
}

struct revocation_subject revocation_subject_device(const struct certificate *cert)
{
    return (struct revocation_subject){.id = cert->id,
                                       .serial = cert->serial,
                                       .issuer = cert->issuer,
                                       .issuer_hash = cert->issuer_hash,
                                       .authority_key_id = cert->authority_key_id,
                                       .crl_urls = cert->crl_urls,
                                       .crl_skipped = cert->crl_skipped,
                                       .issuer_urls = cert->issuer_urls,
                                       .ca = false,
                                       .self_issued = self_issued(cert)};
}

struct revocation_subject revocation_subject_ca(const struct ca_certificate *ca)
{
    return (struct revocation_subject){.id = ca->id,
                                       .serial = ca->serial,
                                       .issuer = ca->issuer,
                                       .issuer_hash = ca->issuer_hash,
                                       .authority_key_id = ca->authority_key_id,
                                       .crl_urls = ca->crl_urls,
                                       .crl_skipped = ca->crl_skipped,
                                       .issuer_urls = ca->issuer_urls,
                                       .ca = true};
}

/* SPEC: docs.aws.amazon.com/iot-device-defender, "Revoked device certificate still active". */
enum status judge_revoked(struct revocation *lists, const struct revocation_subject *subject,
                          struct arena *mem, struct audit_verdicts *ret, struct why *why)
{
    struct revocation_word word;
    TRY(revocation_ask(lists, subject, &word, why));
    if (word.answer == REVOCATION_UNKNOWN) {
        verdict_unknown(ret, word.lack);
    }
    if (word.answer != REVOCATION_YES) {
        return STATUS_OK;
    }
    char when[TIME_TEXT_MAX];
    return verdict_add(ret, mem, STR("CERTIFICATE_REVOKED_BY_ISSUER"), why,
                       "Certificate was revoked by its issuer on %s (%s): serial %.*s is on the "
                       "list %.*s, and the certificate is still active.",
                       time_format(word.revoked_at, when), word.reason, STR_ARG(subject->serial),
                       STR_ARG(word.source));
}
