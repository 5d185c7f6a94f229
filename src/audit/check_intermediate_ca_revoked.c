/* INTERMEDIATE_CA_REVOKED_FOR_ACTIVE_DEVICE_CERTIFICATES_CHECK: an issuer in the chain of an active
 * device certificate has been revoked by the one above it.
 *
 * The finding is about the issuer, once; the device certificates are its related resources. Its
 * serial number stands in additionalInfo too, where it is never left out for its length.
 */
#include "audit/checks_priv.h"
#include "audit/revoked_priv.h"
#include "audit/verdict.h"

#include "base/banned.h"

static enum status name_issuer(const struct revoked_issuer *issuer, struct arena *mem,
                               struct audit_verdict *verdict, struct why *why)
{
    TRY(resource_issuer(mem, issuer->subject, issuer->id, issuer->serial, &verdict->resource, why));
    return str_fmt(mem, &verdict->info, why, "{\"ISSUER_CERTIFICATE_SERIAL_NUMBER\":\"%.*s\"}",
                   STR_ARG(issuer->serial));
}

static enum status judge(const struct audit_facts *facts, const void *row, struct arena *mem,
                         struct audit_verdicts *ret, struct why *why)
{
    struct revocation_subject subject = revocation_subject_device(row);
    struct revoked_issuer issuers[AUDIT_VERDICTS_MAX];
    size_t n = 0;
    TRY(revocation_chain(facts->lists, &subject, issuers, AUDIT_VERDICTS_MAX, &n, &ret->unknown,
                         &ret->lack, why));
    for (size_t i = 0; i < n; i++) {
        char when[TIME_TEXT_MAX];
        TRY(verdict_add(ret, mem, STR("INTERMEDIATE_CA_REVOKED_BY_ISSUER"), why,
                        "Intermediate CA %.*s was revoked by its issuer on %s (%s), says %.*s; "
                        "active device certificates depend on it.",
                        STR_ARG(issuers[i].subject), time_format(issuers[i].word.revoked_at, when),
                        issuers[i].word.reason, STR_ARG(issuers[i].word.source)));
        TRY(name_issuer(&issuers[i], mem, &ret->list[i], why));
    }
    return STATUS_OK;
}

const struct audit_check check_intermediate_ca_revoked = {
    .id = CHECK_INTERMEDIATE_CA_REVOKED_FOR_ACTIVE_DEVICE_CERTIFICATES,
    .subject = SUBJECT_DEVICE_CERTIFICATE,
    .judge = judge,
    .needs_lists = true,
    .points_outside = true,
};
