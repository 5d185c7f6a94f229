/* iam_access.h: when users and roles last used which service: IAM's "service last accessed".
 *
 * Here nobody calls other services, so what is known came with an import (the reports of AWS), and
 * for roles behind role aliases from what was told of the aliases (account/role_alias_use.h). A
 * service is the prefix of its actions, in lower case: "dynamodb". Who is deleted is forgotten.
 */
#ifndef ACCOUNT_IAM_ACCESS_H
#define ACCOUNT_IAM_ACCESS_H

#include "account/iam.h"
#include "account/import.h"

enum { IAM_SERVICES_MAX = 1000 };

struct iam_use {
    struct str service;
    int64_t last;
    struct str region; /* absent: not known */
};

/* INVALID: not the name of a service. */
MUST_USE enum status iam_service_check(struct str service, struct why *why);

/* Each service was used at that moment; an earlier moment than the one known changes nothing.
 * NEW: nothing was known of it before. Nothing is written when dry. LIMIT: IAM_SERVICES_MAX, before
 * anything is written. */
MUST_USE enum status iam_uses_note(const struct account_ctx *ctx, const struct iam_entity *entity,
                                   const struct iam_use *uses, size_t n, bool dry,
                                   enum import_change *ret, struct why *why);

/* All that is known of it, by service; of a role also what is known of the aliases of it. */
struct iam_uses {
    struct iam_use *at;
    size_t n;
};
MUST_USE enum status iam_uses_get(const struct account_ctx *ctx, const struct iam_entity *entity,
                                  struct iam_uses *ret, struct why *why);

/* The same without what is known of aliases. */
MUST_USE enum status iam_own_uses_get(const struct account_ctx *ctx,
                                      const struct iam_entity *entity, struct iam_uses *ret,
                                      struct why *why);

MUST_USE enum status iam_uses_drop(const struct account_ctx *ctx, enum iam_kind kind,
                                   struct str folded, struct why *why);

#endif
