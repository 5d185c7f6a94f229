/* identity_pool.h: Cognito identity pools: what identities an app may have, and the two roles that
 * they get.
 *
 * Pools are kept for what the audit asks of them: which role an identity gets when it has signed in
 * and when it has not. No identities are given out here; those that connect come with the history
 * of connections (account/session.h). Rules (the *IdentityPool* operations, Amazon Cognito API
 * reference):
 *  1. An id is the region, ':' and a UUID; names may be the same.
 *  2. An update says the whole pool anew. The developer provider's name, once given, stays.
 *  3. Roles are set all at once: under "authenticated" and "unauthenticated", and nothing else.
 *     They are named by ARN; whether a role exists is IAM's matter.
 */
#ifndef ACCOUNT_IDENTITY_POOL_H
#define ACCOUNT_IDENTITY_POOL_H

#include "account/import.h"
#include "account/page.h"
#include "account/tags.h"

/* id, roles and times of row are not read. LIMIT: QUOTA_IDENTITY_POOLS. */
MUST_USE enum status identity_pool_create(const struct account_ctx *ctx,
                                          const struct identity_pool *row, struct tags tags,
                                          struct identity_pool *ret, struct why *why);

/* NOT_FOUND "IdentityPool 'ID' not found." */
MUST_USE enum status identity_pool_get(const struct account_ctx *ctx, struct str id,
                                       struct identity_pool *ret, struct why *why);

/* All but roles and times as in row; the tags too when has_tags. NOT_FOUND; INVALID: another name
 * of the developer provider. */
MUST_USE enum status identity_pool_update(const struct account_ctx *ctx,
                                          const struct identity_pool *row, bool has_tags,
                                          struct tags tags, struct identity_pool *ret,
                                          struct why *why);

MUST_USE enum status identity_pool_delete(const struct account_ctx *ctx, struct str id,
                                          struct why *why);

/* Absent roles and mappings are taken away. NOT_FOUND; INVALID: not the ARN of a role. */
struct identity_pool_roles {
    struct str authenticated;
    struct str unauthenticated;
    struct str mappings; /* JSON RoleMappings */
};
MUST_USE enum status identity_pool_roles_set(const struct account_ctx *ctx, struct str id,
                                             const struct identity_pool_roles *roles,
                                             struct why *why);

/* ---- pools of an account elsewhere ------------------------------------------------------------
 *
 * As described there, with the id that it has; INVALID: of another region. What was known is
 * replaced, roles are kept. Nothing is written when dry; a refusal comes before anything is. */
MUST_USE enum status identity_pool_import(const struct account_ctx *ctx,
                                          const struct identity_pool *row, struct tags tags,
                                          bool dry, enum import_change *ret, struct why *why);

/* Its roles. NOT_FOUND: no such pool, which is no failure when coming is true (a dry run). */
MUST_USE enum status identity_pool_roles_import(const struct account_ctx *ctx, struct str id,
                                                const struct identity_pool_roles *roles, bool dry,
                                                bool coming, enum import_change *ret,
                                                struct why *why);

/* A page of struct identity_pool by id. */
MUST_USE enum status identity_pools_list(const struct account_ctx *ctx, const struct page *page,
                                         struct page_rows *ret, struct why *why);

/* arn:aws:cognito-identity:us-east-1:123456789012:identitypool/us-east-1:4f20... */
MUST_USE enum status identity_pool_arn(const struct account_ctx *ctx, struct str id,
                                       struct str *ret, struct why *why);

/* The id in such an ARN. INVALID: it is none of ours; NOT_FOUND: no such pool. */
MUST_USE enum status identity_pool_of_arn(const struct account_ctx *ctx, struct str arn,
                                          struct str *ret_id, struct why *why);

#endif
