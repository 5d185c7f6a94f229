/* endpoint.h: where devices of this account connect.
 *
 * AWS has a host name for each kind of endpoint; a fleet of one's own has one host, so every type
 * answers the address that the daemon was told (account_ctx.endpoint).
 */
#ifndef ACCOUNT_ENDPOINT_H
#define ACCOUNT_ENDPOINT_H

#include "account/account.h"

/* type: iot:Data, iot:Data-ATS, iot:CredentialProvider, iot:Jobs; absent is iot:Data. INVALID for
 * any other; NOT_CONFIGURED when the daemon was told no address. */
MUST_USE enum status endpoint_get(const struct account_ctx *ctx, struct str type, struct str *ret,
                                  struct why *why);

#endif
