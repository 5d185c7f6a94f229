/* role_alias.h: names under which devices ask for credentials of an IAM role.
 *
 * The role behind an alias can be changed without touching devices. A role is named by its ARN,
 * arn:PARTITION:iam::ACCOUNT:role/NAME; whether it exists is IAM's matter. Credentials last from
 * ROLE_ALIAS_SECONDS_MIN to ROLE_ALIAS_SECONDS_MAX. Source: the *RoleAlias operations.
 */
#ifndef ACCOUNT_ROLE_ALIAS_H
#define ACCOUNT_ROLE_ALIAS_H

#include "account/page.h"
#include "account/tags.h"

enum {
    ROLE_ALIAS_SECONDS_MIN = 900,
    ROLE_ALIAS_SECONDS_MAX = 43200,
    ROLE_ALIAS_SECONDS_DEFAULT = 3600,
};

/* OK when arn has the form of an IAM role's ARN, with a path or without; else INVALID. */
MUST_USE enum status role_arn_check(struct str arn, struct why *why);

/* The same, and the role must be of this account: what hands its role to us lives here. member is
 * the request's name for it. */
MUST_USE enum status role_arn_check_own(const struct account_ctx *ctx, const char *member,
                                        struct str arn, struct why *why);

/* seconds not given: ROLE_ALIAS_SECONDS_DEFAULT. EXISTS, INVALID, LIMIT: QUOTA_ROLE_ALIASES. */
MUST_USE enum status role_alias_create(const struct account_ctx *ctx, struct str alias,
                                       struct str role_arn, struct maybe_int seconds,
                                       struct tags tags, struct role_alias *ret, struct why *why);

MUST_USE enum status role_alias_get(const struct account_ctx *ctx, struct str alias,
                                    struct role_alias *ret, struct why *why);

/* What is not given stays. NOT_FOUND, INVALID. */
MUST_USE enum status role_alias_update(const struct account_ctx *ctx, struct str alias,
                                       struct str role_arn, struct maybe_int seconds,
                                       struct why *why);

MUST_USE enum status role_alias_delete(const struct account_ctx *ctx, struct str alias,
                                       struct why *why);

/* A page of struct role_alias by alias. */
MUST_USE enum status role_aliases_list(const struct account_ctx *ctx, const struct page *page,
                                       struct page_rows *ret, struct why *why);

#endif
