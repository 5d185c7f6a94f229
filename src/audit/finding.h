/* finding.h: what audits found, read back.
 *
 * Findings are written by the runner and never change. A finding's related resources are rows of
 * their own, in the order in which they are shown; a finding shows at most FINDING_RELATED_MAX of
 * them itself (API reference, AuditFinding).
 */
#ifndef AUDIT_FINDING_H
#define AUDIT_FINDING_H

#include "account/account.h"
#include "account/page.h"
#include "audit/resource.h"

enum { FINDING_RELATED_MAX = 10 };

MUST_USE enum status finding_get(const struct account_ctx *ctx, struct str id, struct finding *ret,
                                 struct why *why);

/* Exactly one of task and the times; the others narrow it. */
struct finding_filter {
    struct str task;         /* absent: by time */
    int64_t start, end;      /* of findingTime, both included; TIME_NEVER: by task */
    struct str check_name;   /* canonical; absent: any */
    struct str resource_key; /* absent: any */
    struct maybe_bool suppressed;
};

/* Newest first; by task, check by check. rows are struct finding. INVALID unless exactly one of
 * task and times is given. */
MUST_USE enum status finding_list(const struct account_ctx *ctx,
                                  const struct finding_filter *filter, const struct page *page,
                                  struct page_rows *ret, struct why *why);

/* rows are struct related_resource. NOT_FOUND when there is no such finding. */
MUST_USE enum status finding_related(const struct account_ctx *ctx, struct str id,
                                     const struct page *page, struct page_rows *ret,
                                     struct why *why);

#endif
