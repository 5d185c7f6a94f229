/* asked.h: which service and which operation a request asks for.
 *
 * A signed request names its service in the signature's scope, and is that service's alone: a
 * signature for IAM asks nothing of SNS. An unsigned one says it by its protocol, which the
 * services other than AWS IoT speak at "/" alone: X-Amz-Target begins with the service's prefix, or
 * a form has Version. All else is AWS IoT's, by method and path (route.h).
 *
 *     PROTOCOL_QUERY   POST / with a form, or GET / with a query: Action=GetUser&Version=2010-05-08
 *     PROTOCOL_JSON    POST / with X-Amz-Target: Logs_20140328.DescribeLogGroups
 */
#ifndef API_ASKED_H
#define API_ASKED_H

#include "api/value.h"
#include "codec/uri.h"
#include "net/http.h"

struct asked {
    const struct service *service; /* never NULL */
    const struct operation *op;    /* NULL for AWS IoT */
    struct uri_query form;         /* PROTOCOL_QUERY: the parameters */
};

/* The service by the name in a signature's scope; by the protocol when that is absent. *ret is the
 * service to whose clients an answer is written, also when it fails: NO_OPERATION for a service
 * that is not offered. Reads a form at most to find its Version. */
MUST_USE enum status asked_service(const struct http_request *request, struct str scope,
                                   struct arena *mem, const struct service **ret, struct why *why);

/* The operation of a service other than AWS IoT. NO_OPERATION: it has no such, or not in this
 * version, or not by this method and path; UNREADABLE: a form that cannot be decoded. */
MUST_USE enum status asked_operation(const struct http_request *request,
                                     const struct service *service, struct arena *mem,
                                     struct asked *ret, struct why *why);

/* The links that messages of SNS carry are opened without a signature, as in SNS: what is known is
 * the token, or the id in the subscription's ARN. GET /?Action=ConfirmSubscription&..., or
 * Unsubscribe. */
bool asked_is_link(const struct http_request *request, struct arena *mem);

/* Its members: a value of the shape asked->op->input. As input.h says of AWS IoT. */
MUST_USE enum status asked_input(const struct http_request *request, const struct asked *asked,
                                 struct arena *mem, const struct value **ret, struct why *why);

#endif
