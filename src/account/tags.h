/* tags.h: keys and values that people put on resources to find and to bill them.
 *
 * What can be tagged: thing types, thing groups, policies, role aliases, CA certificates,
 * mitigation actions, scheduled audits, provisioning templates, security profiles, custom metrics,
 * dimensions (things and device certificates cannot, as in the AWS contract). A resource has at
 * most QUOTA_TAGS; keys that begin with "aws:" in any case are reserved; a key is there once.
 * Source: "Tagging your AWS IoT resources", developer guide. Tags go with their resource: whoever
 * deletes one calls tags_drop.
 */
#ifndef ACCOUNT_TAGS_H
#define ACCOUNT_TAGS_H

#include "account/account.h"

struct tag_pair {
    struct str key;
    struct str value; /* absent is stored as "" */
};
struct tags {
    const struct tag_pair *items;
    size_t n;
};

/* ---- for the create and delete functions of resources -----------------------------------------
 */

/* Adds tags to a resource that the caller has just made, or replaces values of keys that it has.
 * INVALID: a reserved key, or one twice in the request; LIMIT: more than QUOTA_TAGS. type and name
 * as in account_arn. */
MUST_USE enum status tags_put(const struct account_ctx *ctx, struct str type, struct str name,
                              struct tags tags, struct why *why);

/* Removes all tags of a resource. */
MUST_USE enum status tags_drop(const struct account_ctx *ctx, struct str type, struct str name,
                               struct why *why);

/* The same for resources of other services, whose ARN is not made of type and name; and what they
 * have. The caller has looked the resource up. */
MUST_USE enum status tags_put_arn(const struct account_ctx *ctx, struct str arn, struct tags tags,
                                  struct why *why);
MUST_USE enum status tags_drop_arn(const struct account_ctx *ctx, struct str arn, struct why *why);
MUST_USE enum status tags_get_arn(const struct account_ctx *ctx, struct str arn, struct tags *ret,
                                  struct why *why);

/* Exactly these, as they stand elsewhere: keys of AWS ("aws:...") too, and as many as there are. Of
 * a key that is there twice the last counts. */
MUST_USE enum status tags_replace_arn(const struct account_ctx *ctx, struct str arn,
                                      struct tags tags, struct why *why);

/* Whether a resource has exactly these. */
MUST_USE enum status tags_are(const struct account_ctx *ctx, struct str arn, struct tags tags,
                              bool *ret, struct why *why);

/* Removes the keys; those that are not there are no failure. */
MUST_USE enum status tags_remove_arn(const struct account_ctx *ctx, struct str arn,
                                     const struct str *keys, size_t n, struct why *why);

/* ---- the operations ---------------------------------------------------------------------------
 */

/* As tags_put, on a resource that must exist: NOT_FOUND; INVALID when the ARN names nothing that
 * can be tagged in this account. */
MUST_USE enum status tag_resource(const struct account_ctx *ctx, struct str arn, struct tags tags,
                                  struct why *why);

/* Removes the keys; those that are not there are no failure. */
MUST_USE enum status untag_resource(const struct account_ctx *ctx, struct str arn,
                                    const struct str *keys, size_t n, struct why *why);

/* All tags of a resource, by key. */
MUST_USE enum status tags_list(const struct account_ctx *ctx, struct str arn, struct tags *ret,
                               struct why *why);

#endif
