/* role_alias_use.h: when devices last used a service with the credentials of a role alias.
 *
 * AWS keeps this as IAM's "service last accessed"; here it is a row for each alias and service,
 * told by whoever sees the use. A service is the prefix of its actions, in lower case: "dynamodb".
 * Nothing told means nothing known, which the audit takes for never used. An alias that is deleted
 * is forgotten; one whose role changes keeps its history, since the devices are the same.
 */
#ifndef ACCOUNT_ROLE_ALIAS_USE_H
#define ACCOUNT_ROLE_ALIAS_USE_H

#include "account/account.h"

enum { ROLE_ALIAS_SERVICE_BYTES_MAX = 64, ROLE_ALIAS_SERVICES_MAX = 1000 };

/* The service was used at that moment; an earlier moment than the one known changes nothing.
 * NOT_FOUND: no such alias; INVALID: not the name of a service; LIMIT: ROLE_ALIAS_SERVICES_MAX. */
MUST_USE enum status role_alias_use_note(const struct account_ctx *ctx, struct str alias,
                                         struct str service, int64_t at, struct why *why);

/* All that is known of the alias, by service. */
MUST_USE enum status role_alias_uses_get(const struct account_ctx *ctx, struct str alias,
                                         const struct role_alias_use **ret, size_t *ret_n,
                                         struct why *why);

MUST_USE enum status role_alias_uses_drop(const struct account_ctx *ctx, struct str alias,
                                          struct why *why);

#endif
