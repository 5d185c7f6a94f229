/* report.h: log records of provisioning, in AWSIotLogsV2.
 *
 * SPEC: AWS IoT Core developer guide, "CloudWatch Logs: device provisioning log entries" (eventType
 * ProvisionDevice; provisioningTemplateName, deviceCertificateId) and "Common attributes".
 */
#ifndef PROVISION_REPORT_H
#define PROVISION_REPORT_H

#include "account/account.h"

struct provision_report {
    struct str event;          /* ProvisionDevice, RegisterCertificate */
    struct str failure;        /* why; absent: it succeeded */
    struct str certificate_id; /* those below: absent is left out */
    struct str ca_id;
    struct str template_name;
    struct str thing;
    struct str address;
    struct str client;
};

/* Writes it if the logging options want it now: Success is INFO, Failure ERROR. */
MUST_USE enum status provision_report_write(const struct account_ctx *ctx,
                                            const struct provision_report *report, struct why *why);

#endif
