/* policy.h: IoT policies and their versions.
 *
 *  1. A document is held against the grammar (policy/doc.h) when it comes in, and is kept as it was
 *     sent. It has at most POLICY_SIZE_MAX characters that are not white space.
 *  2. A policy has 1 to QUOTA_POLICY_VERSIONS versions, one of which is the default: the one in
 *     effect. Numbers count up from 1 and are never used again.
 *  3. The default version is not deleted but with the policy; a policy with other versions, or that
 *     is attached to anything, is not deleted.
 *
 * Where a policy is attached is policy_target.h.
 */
#ifndef ACCOUNT_POLICY_H
#define ACCOUNT_POLICY_H

#include "account/page.h"
#include "account/tags.h"

/* MALFORMED_POLICY with the byte at which reading stopped, or for its size (invariant 1). Pure: it
 * runs off the writer thread, before the functions below, which do not check the document again. */
MUST_USE enum status policy_document_check(struct arena *mem, struct str document, struct why *why);

/* Version 1, the default. EXISTS (resource: its ARN), and as tags_put. */
MUST_USE enum status policy_create(const struct account_ctx *ctx, struct str name,
                                   struct str document, struct tags tags, struct policy *ret,
                                   struct why *why);

/* A further version. NOT_FOUND, VERSIONS_LIMIT. */
MUST_USE enum status policy_version_create(const struct account_ctx *ctx, struct str name,
                                           struct str document, bool set_as_default,
                                           struct policy_version *ret, struct why *why);

/* NOT_FOUND. ret_default may be NULL. */
MUST_USE enum status policy_get(const struct account_ctx *ctx, struct str name, struct policy *ret,
                                struct policy_version *ret_default, struct why *why);

/* NOT_FOUND for either; number is the text of a policyVersionId. ret_policy may be NULL. */
MUST_USE enum status policy_version_get(const struct account_ctx *ctx, struct str name,
                                        struct str number, struct policy *ret_policy,
                                        struct policy_version *ret, struct why *why);

/* Rows of struct policy in order of creation. */
MUST_USE enum status policy_list(const struct account_ctx *ctx, const struct page *page,
                                 struct page_rows *ret, struct why *why);

/* All versions of a policy, by number; documents are not filled. NOT_FOUND. */
struct policy_versions {
    struct policy policy;
    struct policy_version *at;
    size_t n;
};
MUST_USE enum status policy_version_list(const struct account_ctx *ctx, struct str name,
                                         struct policy_versions *ret, struct why *why);

/* NOT_FOUND. */
MUST_USE enum status policy_set_default(const struct account_ctx *ctx, struct str name,
                                        struct str number, struct why *why);

/* NOT_FOUND; DELETE_CONFLICT: the default version. */
MUST_USE enum status policy_version_delete(const struct account_ctx *ctx, struct str name,
                                           struct str number, struct why *why);

/* NOT_FOUND; DELETE_CONFLICT (invariant 3). */
MUST_USE enum status policy_delete(const struct account_ctx *ctx, struct str name, struct why *why);

#endif
