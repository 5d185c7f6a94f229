/* iam_grant.h: the policies of a user or role: inline ones, its own, and managed ones attached.
 *
 * An entity has at most QUOTA_IAM_ATTACHED managed policies, and inline policies of at most
 * QUOTA_IAM_ROLE_INLINE or QUOTA_IAM_USER_INLINE characters together. Entities are named by their
 * names, managed policies by ARN; NOT_FOUND for what is not there. Source: the *RolePolicy and
 * *UserPolicy operations, IAM API reference.
 */
#ifndef ACCOUNT_IAM_GRANT_H
#define ACCOUNT_IAM_GRANT_H

#include "account/iam.h"
#include "account/page.h"

/* Adds, or replaces the one of that name. MALFORMED_POLICY, LIMIT. */
MUST_USE enum status iam_inline_put(const struct account_ctx *ctx, enum iam_kind kind,
                                    struct str name, struct str policy, struct str document,
                                    struct why *why);

MUST_USE enum status iam_inline_get(const struct account_ctx *ctx, enum iam_kind kind,
                                    struct str name, struct str policy, struct iam_inline *ret,
                                    struct why *why);

MUST_USE enum status iam_inline_delete(const struct account_ctx *ctx, enum iam_kind kind,
                                       struct str name, struct str policy, struct why *why);

/* A page of struct iam_inline by policy name. */
MUST_USE enum status iam_inline_list(const struct account_ctx *ctx, enum iam_kind kind,
                                     struct str name, const struct page *page,
                                     struct page_rows *ret, struct why *why);

/* Attached already: nothing changes. LIMIT. */
MUST_USE enum status iam_attach(const struct account_ctx *ctx, enum iam_kind kind, struct str name,
                                struct str policy_arn, struct why *why);

MUST_USE enum status iam_detach(const struct account_ctx *ctx, enum iam_kind kind, struct str name,
                                struct str policy_arn, struct why *why);

/* A page of struct iam_attached by ARN; those whose policy's path begins with prefix (absent: all).
 */
MUST_USE enum status iam_attached_list(const struct account_ctx *ctx, enum iam_kind kind,
                                       struct str name, struct str prefix, const struct page *page,
                                       struct page_rows *ret, struct why *why);

/* DELETE_CONFLICT when the entity still holds a policy. */
MUST_USE enum status iam_grants_refuse_any(const struct account_ctx *ctx, enum iam_kind kind,
                                           struct str folded, struct why *why);

/* One policy that an entity holds, as it counts today: of a managed one, its default version. */
struct iam_grant {
    struct str name;
    struct str arn; /* absent: inline */
    struct str document;
};
struct iam_grants {
    struct iam_grant *at;
    size_t n;
};

/* All of them, inline ones first. */
MUST_USE enum status iam_grants_get(const struct account_ctx *ctx, enum iam_kind kind,
                                    struct str folded, struct iam_grants *ret, struct why *why);

#endif
