/* permission.h: may the role of an action do what the action is about to do?
 *
 * The role must be held by the account, trust iot.amazonaws.com for this mitigation action
 * (aws:SourceArn is the action's ARN, aws:SourceAccount the account), and its policies must allow
 * what the guide's table of permissions names for the kind of action. Roles are read once for each
 * transaction and asked any number of times; where a role says the same of all resources of a type,
 * as most do, it is asked once.
 */
#ifndef MITIGATE_PERMISSION_H
#define MITIGATE_PERMISSION_H

#include "base/map.h"
#include "mitigate/mission.h"

/* What an action's role allows on all resources of one type. */
struct permission_known {
    const struct definition *action;
    struct str what, type;
    bool alike;   /* it says the same of all of them: */
    bool allowed; /* this. What is denied is asked each time, for its sentence */
};
enum { PERMISSIONS_KNOWN = 16 };

struct permissions {
    struct account_ctx ctx; /* mem: as long as the transaction */
    struct map roles;       /* role ARN to struct role_opened */
    struct permission_known known[PERMISSIONS_KNOWN];
    size_t n_known;
};

/* ctx->mem holds what is read of roles until the transaction is over. */
void permissions_init(struct permissions *permissions, const struct account_ctx *ctx);

/* permission_check for a resource of the account: type and name as in model/arn.h. The type and
 * what are constants. */
MUST_USE enum status permission_of(struct permissions *permissions, struct arena *mem,
                                   const struct definition *action, struct str what,
                                   struct str type, struct str name, struct why *why);

/* DENIED, with the sentence that says what is missing. mem is for passing texts. */
MUST_USE enum status permission_check(struct permissions *permissions, struct arena *mem,
                                      const struct definition *action, struct str what,
                                      struct str resource, struct why *why);

#endif
