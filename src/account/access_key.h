/* access_key.h: what the API is called with: an id in the open and a secret that signs.
 *
 * Keys belong to a user, or to the account's root; who signs with one is that user (daemon/auth.h).
 * Functions take the owner's ARN, which the caller has looked up. Source: the *AccessKey
 * operations, IAM API reference.
 */
#ifndef ACCOUNT_ACCESS_KEY_H
#define ACCOUNT_ACCESS_KEY_H

#include "account/account.h"
#include "account/page.h"

/* A fresh active key, not yet stored. */
MUST_USE enum status access_key_make(struct arena *mem, const struct rnd *rnd, int64_t now,
                                     struct str user_arn, struct access_key *ret, struct why *why);

/* LIMIT: QUOTA_IAM_KEYS of the owner, inactive ones counted. The secret is shown this once. */
MUST_USE enum status access_key_create(const struct account_ctx *ctx, struct str user_arn,
                                       struct access_key *ret, struct why *why);

/* active: or not: an inactive key is refused like an unknown one. NOT_FOUND: none of this owner.
 * INVALID: the root's last active key, without which nobody could rule the account. */
MUST_USE enum status access_key_update(const struct account_ctx *ctx, struct str user_arn,
                                       struct str id, bool active, struct why *why);

/* NOT_FOUND; DELETE_CONFLICT: the root's last active key. */
MUST_USE enum status access_key_delete(const struct account_ctx *ctx, struct str user_arn,
                                       struct str id, struct why *why);

/* A page of struct access_key by id; secrets are not read. */
MUST_USE enum status access_keys_list(const struct account_ctx *ctx, struct str user_arn,
                                      const struct page *page, struct page_rows *ret,
                                      struct why *why);

#endif
