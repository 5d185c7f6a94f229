/* unpack.h: parts of requests that several operations have in common, as the account wants them,
 * and of replies. */
#ifndef API_UNPACK_H
#define API_UNPACK_H

#include "account/attributes.h"
#include "account/tags.h"
#include "api/call.h"

/* A list of Tag; absent: none. */
MUST_USE enum status unpack_tags(const struct call *call, enum member_id member, struct tags *ret,
                                 struct why *why);

/* An AttributePayload; NULL is no change. */
MUST_USE enum status unpack_attributes(const struct call *call, const struct value *payload,
                                       struct attributes_change *ret, struct why *why);

/* A list of texts; NULL: none. */
MUST_USE enum status unpack_texts(const struct call *call, const struct value *list,
                                  const struct str **ret, size_t *ret_n, struct why *why);

/* The member validity of a certificate's description: the time in which it holds. */
void reply_validity(struct call *call, int64_t not_before, int64_t not_after);

/* The id of a certificate and its ARN; type is "cert" or "cacert". */
MUST_USE enum status reply_certificate_ids(struct call *call, struct str type, struct str id,
                                           struct why *why);

static inline struct maybe_int unpack_int(const struct call *call, enum member_id member)
{
    return (struct maybe_int){arg_has(call, member), arg_int(call, member, 0)};
}

static inline struct maybe_bool unpack_bool(const struct call *call, enum member_id member)
{
    return (struct maybe_bool){arg_has(call, member), arg_bool(call, member, false)};
}

#endif
