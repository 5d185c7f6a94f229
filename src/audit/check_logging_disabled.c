/* LOGGING_DISABLED_CHECK: the account logs nothing.
 *
 * SPEC: docs.aws.amazon.com/iot-device-defender, "Logging disabled": V1 and V2 both count. What is
 * on for single groups while the account's level is off does not (a rule of ours). */
#include "audit/checks_priv.h"
#include "audit/verdict.h"

#include "base/banned.h"

static enum status judge(const struct audit_facts *facts, const void *row, struct arena *mem,
                         struct audit_verdicts *ret, struct why *why)
{
    (void)facts;
    const struct account_subject *account = row;
    if (account->logging) {
        return STATUS_OK;
    }
    return verdict_add(
        ret, mem, STR("LOGGING_DISABLED"), why,
        "Logging is disabled: neither V1 nor V2 logging has a level for the account.");
}

const struct audit_check check_logging_disabled = {
    .id = CHECK_LOGGING_DISABLED,
    .subject = SUBJECT_ACCOUNT,
    .judge = judge,
};
