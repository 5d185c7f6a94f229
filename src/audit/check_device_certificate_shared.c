/* DEVICE_CERTIFICATE_SHARED_CHECK: connections of different client ids with one certificate
 * overlapped.
 *
 * SPEC: docs.aws.amazon.com/iot-device-defender, "Device certificate shared". That the client ids
 * must differ is ours: the broker ends a connection whose client id connects again. A certificate
 * is judged by its history whether or not it is (still) registered here.
 */
#include "audit/checks_priv.h"
#include "audit/connections.h"

#include "base/banned.h"

static enum status judge(const struct audit_facts *facts, const void *row, struct arena *mem,
                         struct audit_verdicts *ret, struct why *why)
{
    (void)facts;
    return judge_overlap(row, STR("CERTIFICATE_SHARED_BY_MULTIPLE_DEVICES"), "Certificate", NULL,
                         mem, ret, why);
}

const struct audit_check check_device_certificate_shared = {
    .id = CHECK_DEVICE_CERTIFICATE_SHARED,
    .subject = SUBJECT_CERTIFICATE_SESSIONS,
    .judge = judge,
    .window = WINDOW_LAGGED,
};
