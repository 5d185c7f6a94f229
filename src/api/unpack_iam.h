/* unpack_iam.h: what the operations of IAM have in common.
 *
 * Documents of policies leave URL-encoded (RFC 3986), as clients of IAM expect them; versions
 * are called v1, v2.
 */
#ifndef API_UNPACK_IAM_H
#define API_UNPACK_IAM_H

#include "account/iam.h"
#include "account/iam_policy.h"
#include "account/tags.h"
#include "api/handlers.h"
#include "api/page.h"
#include "api/unpack.h"

/* As call_page; a hundred when the request names no size. */
MUST_USE enum status call_iam_page(const struct call *call, struct page *ret, struct why *why);

MUST_USE enum status reply_iam_document(struct call *call, enum member_id member,
                                        struct str document, struct why *why);

void reply_iam_version(struct call *call, enum member_id member, int64_t version);

/* The list Tags, left out when it would be empty unless always. */
MUST_USE enum status reply_iam_tags(struct call *call, struct str arn, bool always,
                                    struct why *why);

/* The members of a User, a Role or a Policy, into the object that is being written. */
MUST_USE enum status reply_iam_user(struct call *call, const struct iam_user *user,
                                    struct why *why);
MUST_USE enum status reply_iam_role(struct call *call, const struct iam_role *role,
                                    struct why *why);
MUST_USE enum status reply_iam_policy(struct call *call, const struct iam_managed *policy,
                                      struct why *why);

/* An AttachedPolicy of the list that is being written. */
MUST_USE enum status reply_iam_attached(struct call *call, const struct iam_attached *row,
                                        struct why *why);

/* A permissions boundary is refused: nothing here would keep to it. */
MUST_USE enum status refuse_boundary(const struct call *call, struct why *why);

/* The ARN of the user of that name; an absent one is who asks, *ret_name "root" for the root. */
MUST_USE enum status call_iam_user(const struct call *call, struct str name, struct str *ret_arn,
                                   struct str *ret_name, struct why *why);

/* Lists, puts and removes tags of what has that ARN: the requests of Tag*, Untag* and List*Tags. */
MUST_USE enum status iam_tags_list(struct call *call, struct str arn, struct why *why);
MUST_USE enum status iam_tags_put(struct call *call, struct str arn, struct why *why);
MUST_USE enum status iam_tags_remove(struct call *call, struct str arn, struct why *why);

#endif
