/* SERVER_CERTIFICATE_EXPIRING_CHECK, an extension: a certificate by which the API, the broker or
 * another server that is watched shows itself has ended or ends within the threshold. Clients that
 * verify it then stay away, all at once. A place of which nothing can be had is not judged, and
 * said so. */
#include <inttypes.h>

#include "audit/checks_priv.h"
#include "audit/server_subject.h"
#include "audit/verdict.h"

#include "base/banned.h"

/* The subject is bounded, so that the end of the sentence is always there. */
static struct str named(const struct cert *cert)
{
    return cert->subject.len == 0 ? STR("(no subject)") : str_slice(cert->subject, 0, 200);
}

static enum status judge(const struct audit_facts *facts, const void *row, struct arena *mem,
                         struct audit_verdicts *ret, struct why *why)
{
    const struct server_subject *server = row;
    char when[TIME_TEXT_MAX];
    if (server->cert == NULL) {
        verdict_unknown(ret, server->lack);
        return STATUS_OK;
    }
    int64_t end = server->cert->not_after;
    time_format(end, when);
    if (end <= facts->now) {
        TRY(verdict_add(ret, mem, STR("CERTIFICATE_PAST_EXPIRATION"), why,
                        "The certificate %.*s, shown by %.*s, ended %s, %" PRId64
                        " days ago: clients that verify it do not connect.",
                        STR_ARG(named(server->cert)), STR_ARG(str_slice(server->places, 0, 500)),
                        when, days_between(end, facts->now)));
        return verdict_info(ret, mem, "EXPIRATION_TIME", end, why);
    }
    if (end - facts->now <= facts->threshold_days * DAY_MS) {
        TRY(verdict_add(ret, mem, STR("CERTIFICATE_APPROACHING_EXPIRATION"), why,
                        "The certificate %.*s, shown by %.*s, ends %s, in %" PRId64
                        " days (the threshold is %" PRId64 ").",
                        STR_ARG(named(server->cert)), STR_ARG(str_slice(server->places, 0, 500)),
                        when, days_between(facts->now, end), facts->threshold_days));
        return verdict_info(ret, mem, "EXPIRATION_TIME", end, why);
    }
    return STATUS_OK;
}

const struct audit_check check_server_certificate_expiring = {
    .id = CHECK_SERVER_CERTIFICATE_EXPIRING,
    .subject = SUBJECT_SERVER_CERTIFICATE,
    .judge = judge,
};
