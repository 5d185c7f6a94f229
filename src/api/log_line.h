/* log_line.h: a line of the log group AWSIotLogsV2, as a record that can be kept.
 *
 *     {"timestamp":"2017-08-10 15:37:23.476","logLevel":"ERROR","eventType":"Disconnect",
 *      "reason":"DUPLICATE_CLIENT_ID", ...}
 * What tells such a line from a lifecycle event is that its timestamp is a text. The line is kept
 * as it stands.
 *
 * SPEC: AWS IoT Core developer guide, "CloudWatch AWS IoT log entries".
 */
#ifndef API_LOG_LINE_H
#define API_LOG_LINE_H

#include "account/log.h"

/* *ret_is_log false: a JSON object of another kind. MALFORMED: no JSON object; INVALID: eventType
 * or timestamp cannot be. The record views line. */
MUST_USE enum status log_line_read(struct str line, struct arena *mem, struct log_record *ret,
                                   bool *ret_is_log, struct why *why);

#endif
