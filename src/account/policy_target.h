/* policy_target.h: what policies are attached to.
 *
 * A target is the ARN of a certificate of this account, the ARN of a static thing group of this
 * account, or an Amazon Cognito identity id ("eu-west-1:0f0c...", a uuid after the colon), which is
 * not looked up. A dynamic group carries no policies, and a target at most
 * QUOTA_POLICIES_OF_TARGET.
 */
#ifndef ACCOUNT_POLICY_TARGET_H
#define ACCOUNT_POLICY_TARGET_H

#include "account/page.h"

enum policy_target_kind { TARGET_CERTIFICATE, TARGET_GROUP, TARGET_COGNITO };

struct policy_target_is {
    enum policy_target_kind kind;
    struct str text; /* how the target is stored */
    struct str name; /* certificate id, group name, or the identity id */
};

/* What a target is, by its form. INVALID when it is none of the three. */
MUST_USE enum status policy_target_read(const struct account_ctx *ctx, struct str text,
                                        struct policy_target_is *ret, struct why *why);

/* The same, and it exists: NOT_FOUND otherwise. INVALID for a dynamic group. */
MUST_USE enum status policy_target_find(const struct account_ctx *ctx, struct str text,
                                        struct policy_target_is *ret, struct why *why);

/* Idempotent. NOT_FOUND: policy or target; LIMIT; INVALID: the certificate is being transferred. */
MUST_USE enum status policy_attach(const struct account_ctx *ctx, struct str policy,
                                   struct str target, struct why *why);

/* *ret_was says whether it was attached; that it was not is no failure. NOT_FOUND: no such policy;
 * INVALID. */
MUST_USE enum status policy_detach(const struct account_ctx *ctx, struct str policy,
                                   struct str target, bool *ret_was, struct why *why);

/* Rows of struct policy_target in the order of attaching, each policy once: those of the target
 * and, when recursive and it is a group, of its ancestors. INVALID, NOT_FOUND. */
MUST_USE enum status policy_list_attached(const struct account_ctx *ctx, struct str target,
                                          bool recursive, const struct page *page,
                                          struct page_rows *ret, struct why *why);

/* Rows of struct policy_target, by target. With principals_only, groups are left out. NOT_FOUND. */
MUST_USE enum status policy_list_targets(const struct account_ctx *ctx, struct str policy,
                                         bool principals_only, const struct page *page,
                                         struct page_rows *ret, struct why *why);

#endif
