/* role_subject.h: role aliases as checks see them: the role behind, and which services the alias
 * was used for.
 */
#ifndef AUDIT_ROLE_SUBJECT_H
#define AUDIT_ROLE_SUBJECT_H

#include "account/iam_access.h"
#include "audit/role_facts.h"

struct role_alias_subject {
    struct str alias;
    struct str arn;
    const struct role_facts *role;
    const struct iam_use *uses; /* all that is known, of the alias and of the role behind it */
    size_t n_uses;
};

/* SPEC: developer guide, "Role alias allows access to unused services": a service counts as used
 * for 365 days. The day itself counts. */
enum { ROLE_ALIAS_USED_DAYS = 365 };

MUST_USE enum status role_alias_subject_get(const struct account_ctx *ctx,
                                            const struct role_alias *row,
                                            const struct role_alias_subject **ret, struct why *why);

/* The services it used within the days before `now`. In the arena. */
MUST_USE enum status role_alias_used(const struct role_alias_subject *alias, int64_t now,
                                     struct arena *mem, const struct str **ret, size_t *ret_n,
                                     struct why *why);

#endif
