/* connection_line.h: one line of a history of connections, in either of the forms that AWS writes.
 *
 * Lifecycle events ($aws/events/presence/...):
 *     {"clientId":"lamp","timestamp":1573002230757,"eventType":"connected","sessionIdentifier":"...",
 *      "principalIdentifier":"<certificate id>","ipAddress":"192.0.2.1","versionNumber":0}
 *     ... "eventType":"disconnected","disconnectReason":"DUPLICATE_CLIENTID"
 * Log lines (AWSIotLogsV2):
 *     {"timestamp":"2017-08-10 15:37:23.476","status":"Success","eventType":"Connect",
 *      "clientId":"lamp","principalId":"<certificate id>","sourceIp":"192.0.2.1", ...}
 *     ... "eventType":"Disconnect","reason":"DUPLICATE_CLIENT_ID"
 * Both may carry a member of ours, cognitoIdentityPoolId. Unknown members are not looked at. Lines
 * of other event types, and connections that failed, are no connections and are skipped.
 *
 * SPEC: AWS IoT Core developer guide, "Lifecycle events" and "CloudWatch AWS IoT log entries". The
 * two spell the reason of a takeover differently; both are understood in both members.
 */
#ifndef API_CONNECTION_LINE_H
#define API_CONNECTION_LINE_H

#include "account/session.h"

/* *ret_is_event false: a line of something else. Texts are views of line or lie in mem. MALFORMED:
 * no JSON; INVALID: a member is missing or cannot be. */
MUST_USE enum status connection_line_read(struct str line, struct arena *mem,
                                          struct session_event *ret, bool *ret_is_event,
                                          struct why *why);

/* A timestamp of either form: ms as a number, or a date and time, with a space or a T between, and
 * UTC if it says nothing. INVALID otherwise. */
struct json_read;
MUST_USE enum status connection_line_moment(struct json_read *r, int64_t *ret, struct why *why);

#endif
