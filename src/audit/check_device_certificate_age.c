/* DEVICE_CERTIFICATE_AGE_CHECK: a device certificate has been in use for longer than the threshold.
 *
 * SPEC: docs.aws.amazon.com/iot-device-defender, "Device certificate age check": age >= threshold.
 * Age is counted in whole days from the registry's creation date. */
#include <inttypes.h>

#include "audit/checks_priv.h"
#include "audit/verdict.h"

#include "base/banned.h"

static enum status judge(const struct audit_facts *facts, const void *row, struct arena *mem,
                         struct audit_verdicts *ret, struct why *why)
{
    const struct certificate *cert = row;
    int64_t age = days_between(cert->created, facts->now);
    if (age < facts->threshold_days) {
        return STATUS_OK;
    }
    char since[TIME_TEXT_MAX];
    time_format(cert->created, since);
    return verdict_add(ret, mem, STR("CERTIFICATE_PAST_AGE_THRESHOLD"), why,
                       "Certificate is past its age threshold: registered %s, %" PRId64
                       " days ago (the threshold is %" PRId64 ").",
                       since, age, facts->threshold_days);
}

const struct audit_check check_device_certificate_age = {
    .id = CHECK_DEVICE_CERTIFICATE_AGE,
    .subject = SUBJECT_DEVICE_CERTIFICATE,
    .judge = judge,
};
