/* pool_subject.h: identity pools as checks see them: those that were used lately, with the roles
 * that their identities get.
 *
 * That a pool was used is known from the history of connections. A pool that was used and is not in
 * the account (it was deleted, or lives elsewhere) has a lack: its roles cannot be judged.
 */
#ifndef AUDIT_POOL_SUBJECT_H
#define AUDIT_POOL_SUBJECT_H

#include "audit/role_facts.h"

struct pool_subject {
    struct str id;
    struct str lack;                        /* why its roles are not known; absent: they are */
    const struct role_facts *authenticated; /* NULL: it has no such role */
    const struct role_facts *unauthenticated;
};

/* Whether the pool was used within the 31 days before `now`. */
bool pool_is_used(const struct pool_use *use, int64_t now);

/* All lies in ctx->mem. */
MUST_USE enum status pool_subject_get(const struct account_ctx *ctx, struct str id,
                                      const struct pool_subject **ret, struct why *why);

#endif
