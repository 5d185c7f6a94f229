/* collected.h: that an account was read elsewhere, and what of it is not known.
 *
 * An account that came as a snapshot (bulwark collect) holds what the account elsewhere told. What
 * it did not tell must not look like compliance: a check that needs an area of which nothing is
 * known is FAILED, INSUFFICIENT_PERMISSIONS, and says what was refused; of an area that is known in
 * part, what is known is judged, and the rest is counted as not judged.
 *
 * Kept in the setting "collected":
 *     {"areas":{"roles":{"action":"iam:GetRole","count":2,"error":"..."}},"begun":MS,"history":MS}
 */
#ifndef AUDIT_COLLECTED_H
#define AUDIT_COLLECTED_H

#include "account/account.h"
#include "collect/snapshot.h"
#include "contract/checks.h"

struct collected_lack {
    bool is;
    int64_t count; /* resources; -1: all of the area */
    struct str action;
    struct str error;
};

struct collected {
    bool is;              /* the account came as a snapshot */
    int64_t begun;        /* when it was read, ms */
    int64_t history_from; /* connections are known from then on; TIME_NEVER: they are not */
    struct collected_lack lacks[AREA_COUNT];
};

/* Of an account of one's own: all zero. */
MUST_USE enum status collected_get(const struct account_ctx *ctx, struct collected *ret,
                                   struct why *why);
MUST_USE enum status collected_put(const struct account_ctx *ctx, const struct collected *collected,
                                   struct why *why);

/* What a check needs and is not known, a sentence in ctx->mem; absent: all is known. *ret_count: of
 * how many resources, -1 when nothing can be judged. */
MUST_USE enum status collected_lack(const struct account_ctx *ctx,
                                    const struct collected *collected, enum check_id check,
                                    struct str *ret, int64_t *ret_count, struct why *why);

#endif
