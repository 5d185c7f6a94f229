/* principal.h: which principals (certificates, Cognito identities) belong to which things.
 *
 * Rules (AttachThingPrincipal, API reference):
 *  1. The principal is the ARN of a registered certificate of this account, or the id of a Cognito
 *     identity ("us-east-1:" and a uuid), which is not checked further: identities live elsewhere.
 *  2. A principal attached EXCLUSIVE_THING is attached to that thing alone. So it cannot be
 * attached exclusively while another thing has it, nor to another thing while one has it
 * exclusively.
 *  3. What is attached already stays as it is; to change the kind, detach first. A request that
 *     names no kind asks for NON_EXCLUSIVE_THING, and is content with either.
 */
#ifndef ACCOUNT_PRINCIPAL_H
#define ACCOUNT_PRINCIPAL_H

#include "account/page.h"

/* True for the form of a Cognito identity id. */
bool principal_is_cognito(struct str principal);

/* OK when the principal is one that there is: INVALID: neither form of rule 1; NOT_FOUND: no such
 * certificate. */
MUST_USE enum status principal_check(const struct account_ctx *ctx, struct str principal,
                                     struct why *why);

/* kind: EXCLUSIVE_THING, NON_EXCLUSIVE_THING or absent. NOT_FOUND (thing, certificate); INVALID:
 * rules 1 to 3. */
MUST_USE enum status principal_attach(const struct account_ctx *ctx, struct str thing,
                                      struct str principal, struct str kind, struct why *why);

/* NOT_FOUND (thing, certificate, or not attached), INVALID. */
MUST_USE enum status principal_detach(const struct account_ctx *ctx, struct str thing,
                                      struct str principal, struct why *why);

/* Pages of struct principal_thing: the principals of a thing, by principal; the things of a
 * principal, by name. kind absent: both. NOT_FOUND (thing, certificate), INVALID. */
MUST_USE enum status principals_of_thing(const struct account_ctx *ctx, struct str thing,
                                         struct str kind, const struct page *page,
                                         struct page_rows *ret, struct why *why);
MUST_USE enum status things_of_principal(const struct account_ctx *ctx, struct str principal,
                                         struct str kind, const struct page *page,
                                         struct page_rows *ret, struct why *why);

#endif
