/* reply.h: what an exchange answers: a body, or an error, as the service's protocol says it.
 *
 * An error is the exception's name and a sentence. In the JSON protocols the name stands in the
 * header x-amzn-ErrorType too:
 *     {"__type":"ResourceNotFoundException","message":"no thing is named lamp-7"}
 * An exception of AWS IoT about a resource in the way carries resourceId and resourceArn. In the
 * Query protocol it is XML:
 *     <ErrorResponse xmlns="..."><Error><Type>Sender</Type><Code>NoSuchEntity</Code>
 *     <Message>...</Message></Error><RequestId>...</RequestId></ErrorResponse>
 * Faults of ours (5xx) say what happened to the log, not to the client: the request id joins the
 * two. Every reply has x-amzn-RequestId.
 */
#ifndef API_REPLY_H
#define API_REPLY_H

#include "api/value.h"
#include "base/err.h"
#include "contract/errors.h"
#include "net/http.h"

/* A success: JSON or XML, or no body at all (empty). */
void reply_success(struct http_exchange *exchange, enum service_id service, struct str request_id,
                   struct str body);

/* An error; why->text is the message. */
void reply_error(struct http_exchange *exchange, enum service_id service, struct str request_id,
                 enum status status, const struct why *why);

/* The XML body of a success of the Query protocol: members is a value of the shape op->output, or
 * NULL when the reply has none. INTERNAL: a text that XML cannot say. */
MUST_USE enum status reply_xml(const struct operation *op, const struct value *members,
                               struct str request_id, struct arena *mem, struct str *ret,
                               struct why *why);

#endif
