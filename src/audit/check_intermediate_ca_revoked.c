/* INTERMEDIATE_CA_REVOKED_FOR_ACTIVE_DEVICE_CERTIFICATES_CHECK: an issuer in the chain of an active
 * device certificate has been revoked by the one above it.
 *
 * The finding is about the issuer, once; the device certificates are its related resources.
 *
 * The service model bounds what names an issuer: a subject of printable ASCII, at most 1,000
 * characters; a hexadecimal issuer id of at most 64, for which we give the certificate's id; a
 * serial number of at most 20 characters, though RFC 5280 allows 40 digits. A longer one stands in
 * additionalInfo only.
 */
#include "audit/checks_priv.h"
#include "audit/revoked_priv.h"
#include "audit/verdict.h"
#include "base/buf.h"

#include "base/banned.h"

enum { SUBJECT_MAX = 1000, SERIAL_MAX = 20 };

/* Other bytes than printable ASCII as RFC 4514 (2.4) escapes them: "\\C3\\B6". */
static enum status subject_text(struct str subject, struct arena *mem, struct str *ret,
                                struct why *why)
{
    struct buf out;
    buf_init(&out, mem, SUBJECT_MAX);
    for (size_t i = 0; i < subject.len && buf_view(&out).len + 3 <= SUBJECT_MAX; i++) {
        uint8_t c = (uint8_t)subject.ptr[i];
        if (c >= ' ' && c <= '~') {
            buf_put_char(&out, (char)c);
        } else {
            buf_put_fmt(&out, "\\%02X", c);
        }
    }
    return buf_finish(&out, ret, why);
}

static enum status name_issuer(const struct revoked_issuer *issuer, struct arena *mem,
                               struct audit_verdict *verdict, struct why *why)
{
    verdict->resource = (struct resource_id){
        .kind = RESOURCE_ISSUER_CERTIFICATE,
        .extra = issuer->id,
        .serial = issuer->serial.len <= SERIAL_MAX ? issuer->serial : STR_ABSENT};
    TRY(subject_text(issuer->subject, mem, &verdict->resource.id, why));
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
