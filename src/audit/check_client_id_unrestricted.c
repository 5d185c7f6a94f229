/* CLIENT_ID_UNRESTRICTED_CHECK, an extension: all policies that a device has, taken together, let
 * it connect under whatever client id it likes. IOT_POLICY_OVERLY_PERMISSIVE_CHECK looks at each
 * policy by itself; here a Deny of another one counts, and the finding names the certificate. */
#include "audit/checks_priv.h"
#include "audit/device_rights.h"

#include "base/banned.h"

static enum status judge(const struct audit_facts *facts, const void *row, struct arena *mem,
                         struct audit_verdicts *ret, struct why *why)
{
    (void)facts;
    (void)mem;
    (void)why;
    const struct device_rights *rights = row;
    *ret = rights->any_client_id;
    return STATUS_OK;
}

const struct audit_check check_client_id_unrestricted = {
    .id = CHECK_CLIENT_ID_UNRESTRICTED,
    .subject = SUBJECT_DEVICE_RIGHTS,
    .judge = judge,
};
