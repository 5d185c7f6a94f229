/* http_refusal.h: an error that the HTTP server itself answers, in the form of the API's errors.
 *
 * Who posts a form to "/" speaks the Query protocol of IAM, STS or SNS, and is told in XML, by the
 * exception's name without "Exception"; everybody else in JSON.
 */
#ifndef NET_HTTP_REFUSAL_H
#define NET_HTTP_REFUSAL_H

#include "net/http.h"

/* Fills body and headers; reply->status is set. request is as much as was read of it; the texts are
 * plain ones, without quotes or markup. When mem has no more, the body is {} and the header still
 * names the error. request_id and exception live as long as the reply. */
void http_refusal_write(const struct http_request *request, struct str exception,
                        struct str message, struct str request_id, struct arena *mem,
                        struct http_reply *reply);

#endif
