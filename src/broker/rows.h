/* rows.h: rows of the account as frames of the link, written to a broker's queue.
 *
 * Each function reads what the view shows now and says it, or that it is gone. The order in which
 * they are called does not matter; a STATE closes them.
 */
#ifndef BROKER_ROWS_H
#define BROKER_ROWS_H

#include "account/account.h"
#include "broker/outbound.h"

/* By name: POLICY with its default version, or POLICY_GONE. */
MUST_USE enum status row_policy(const struct account_ctx *ctx, struct str name,
                                struct outbound *out, struct why *why);

/* By id: PRINCIPAL, or PRINCIPAL_GONE. One with more things than a frame holds is sent without
 * those beyond: it has fewer rights then, never more. */
MUST_USE enum status row_principal(const struct account_ctx *ctx, struct str id,
                                   struct outbound *out, struct why *why);

/* By id: CA while it is ACTIVE and registers certificates by itself, or CA_GONE. */
MUST_USE enum status row_ca(const struct account_ctx *ctx, struct str id, struct outbound *out,
                            struct why *why);

/* BAN, or UNBAN when it is lifted or over. */
MUST_USE enum status row_ban(const struct account_ctx *ctx, int64_t id, struct outbound *out,
                             struct why *why);

#endif
