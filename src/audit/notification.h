/* notification.h: who is told that an audit has ended, and what.
 *
 * When the account's SNS target is enabled, one message for its topic is written into the outbox in
 * the transaction that ends the task (COMPLETED, FAILED or CANCELED): either both are there or
 * neither is. The payload is that of "SNS notifications", AWS IoT Device Defender developer guide
 * (schema arn:aws:iot:::schema:auditnotification/1.0): unlike in the API, taskStartTime is an
 * integer of milliseconds, and auditDetails an array. Names of checks are the canonical ones.
 */
#ifndef AUDIT_NOTIFICATION_H
#define AUDIT_NOTIFICATION_H

#include "audit/task.h"

/* Of a task whose rows say that it has ended; its statistics are not looked at. */
MUST_USE enum status audit_notify(const struct account_ctx *ctx,
                                  const struct audit_described *audit, struct why *why);

#endif
