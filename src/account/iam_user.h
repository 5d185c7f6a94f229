/* iam_user.h: users: people and programs that call the API with access keys of their own.
 *
 * A user may do what its policies allow (account/iam_grant.h, account/access.h) and nothing else.
 * The account's root, for whom the first access key is made, is no user: it may do everything. An
 * account has at most QUOTA_IAM_USERS users. Source: the *User operations, IAM API reference.
 */
#ifndef ACCOUNT_IAM_USER_H
#define ACCOUNT_IAM_USER_H

#include "account/iam.h"
#include "account/page.h"
#include "account/tags.h"

/* path absent: "/". EXISTS, LIMIT. */
MUST_USE enum status iam_user_create(const struct account_ctx *ctx, struct str name,
                                     struct str path, struct tags tags, struct iam_user *ret,
                                     struct why *why);

MUST_USE enum status iam_user_get(const struct account_ctx *ctx, struct str name,
                                  struct iam_user *ret, struct why *why);

MUST_USE enum status iam_user_arn(const struct account_ctx *ctx, const struct iam_user *user,
                                  struct str *ret, struct why *why);

/* DELETE_CONFLICT: it still has policies or access keys. */
MUST_USE enum status iam_user_delete(const struct account_ctx *ctx, struct str name,
                                     struct why *why);

/* A page of struct iam_user by name; those whose path begins with prefix (absent: all). */
MUST_USE enum status iam_users_list(const struct account_ctx *ctx, struct str prefix,
                                    const struct page *page, struct page_rows *ret,
                                    struct why *why);

#endif
