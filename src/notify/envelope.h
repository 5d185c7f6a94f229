/* envelope.h: what a delivery looks like on the wire.
 *
 * To a subscription of ours as SNS has it ("HTTP/HTTPS notification JSON format" and "HTTP/HTTPS
 * headers", SNS developer guide): a POST of a JSON object with Type, MessageId, TopicArn, Subject
 * (left out when there is none), Message, Timestamp and UnsubscribeURL, or, of a request for
 * confirmation, Token and SubscribeURL; raw delivery is the message alone. What is missing against
 * SNS is its signature (SignatureVersion, Signature, SigningCertURL), for which there is no
 * certificate of AWS here. Instead, a subscription with a secret gets the header
 *     x-bulwark-signature: sha256=<HMAC-SHA256 of the body under the secret, in hex>
 * To a topic that is held elsewhere it is a Publish of SNS, signed as AWS has it.
 */
#ifndef NOTIFY_ENVELOPE_H
#define NOTIFY_ENVELOPE_H

#include "model/records.h"
#include "net/http_client.h"

enum { ENVELOPE_BYTES_MAX = 2 << 20, ENVELOPE_REPLY_MAX = 1 << 20 };

/* The call that delivers row to the subscription; url is where this daemon is reached from outside,
 * without a slash at its end. Everything lies in mem or in what was given. */
MUST_USE enum status envelope_make(struct arena *mem, const struct outbox *row,
                                   const struct subscription *subscription, struct str url,
                                   struct http_call *ret, struct why *why);

/* The Publish of a row whose endpoint is another SNS; sign's region is that of the topic when
 * absent. */
MUST_USE enum status envelope_publish(struct arena *mem, const struct outbox *row,
                                      const struct http_sign *sign, struct http_call *ret,
                                      struct why *why);

#endif
