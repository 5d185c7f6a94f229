/* iam_role.h: roles: what services of ours may become, and what they may then do.
 *
 * A role has a trust policy (who may assume it) and identity policies (what it may do; inline and
 * attached, account/iam_grant.h). An account has at most QUOTA_IAM_ROLES. Whether a role may be
 * used is asked in account/role.h. Source: the *Role operations, IAM API reference.
 */
#ifndef ACCOUNT_IAM_ROLE_H
#define ACCOUNT_IAM_ROLE_H

#include "account/iam.h"
#include "account/page.h"
#include "account/tags.h"

enum { ROLE_SESSION_DEFAULT = 3600 };

struct iam_role_create {
    struct str name;
    struct str path; /* absent: "/" */
    struct str trust;
    struct str description;       /* absent: none */
    struct maybe_int max_session; /* seconds; not given: ROLE_SESSION_DEFAULT */
    struct tags tags;
};

/* EXISTS, LIMIT; MALFORMED_POLICY: the trust policy breaks the grammar, or names a user or role of
 * this account that is not there. */
MUST_USE enum status iam_role_create(const struct account_ctx *ctx,
                                     const struct iam_role_create *in, struct iam_role *ret,
                                     struct why *why);

MUST_USE enum status iam_role_get(const struct account_ctx *ctx, struct str name,
                                  struct iam_role *ret, struct why *why);

MUST_USE enum status iam_role_arn(const struct account_ctx *ctx, const struct iam_role *role,
                                  struct str *ret, struct why *why);

/* What is not given stays. */
MUST_USE enum status iam_role_update(const struct account_ctx *ctx, struct str name,
                                     struct str description, struct maybe_int max_session,
                                     struct why *why);

/* Failures as of iam_role_create. */
MUST_USE enum status iam_role_trust_set(const struct account_ctx *ctx, struct str name,
                                        struct str trust, struct why *why);

/* DELETE_CONFLICT: it still holds policies. */
MUST_USE enum status iam_role_delete(const struct account_ctx *ctx, struct str name,
                                     struct why *why);

/* A page of struct iam_role by name; those whose path begins with prefix (absent: all). */
MUST_USE enum status iam_roles_list(const struct account_ctx *ctx, struct str prefix,
                                    const struct page *page, struct page_rows *ret,
                                    struct why *why);

#endif
