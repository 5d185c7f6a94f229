/* reply.h: what an exchange answers: a body, or an error as the AWS protocols say it.
 *
 * An error is the exception's name in the header x-amzn-ErrorType and a JSON body:
 *     {"__type":"ResourceNotFoundException","message":"no thing is named lamp-7"}
 * An exception of a resource in the way carries resourceId and resourceArn too. Faults of ours
 * (5xx) say what happened to the log, not to the client: the request id joins the two. Every reply
 * has x-amzn-RequestId.
 */
#ifndef API_REPLY_H
#define API_REPLY_H

#include "base/err.h"
#include "contract/errors.h"
#include "net/http.h"

/* A success: JSON, or no body at all (empty). */
void reply_success(struct http_exchange *exchange, struct str request_id, struct str body);

/* An error; why->text is the message. */
void reply_error(struct http_exchange *exchange, struct str request_id, enum status status,
                 const struct why *why);

#endif
