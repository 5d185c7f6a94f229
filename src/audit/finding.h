/* finding.h: what audits found, read back.
 *
 * Findings are written by the runner and never change. A finding's related resources are rows of
 * their own, in the order in which they are shown; a finding shows at most FINDING_RELATED_MAX of
 * them itself (API reference, AuditFinding).
 *
 * A finding's id is also its place. The table is kept in the order of its key, and the id begins
 * with the task, then the check, then the first bytes of the resource's id. So a task's findings
 * lie together, check by check, and are written in the order in which an audit walks the fleet:
 * the list of a task needs no index, and a page of findings touches few pages of the file. What
 * follows is a digest of everything that tells findings of a task apart: a page that is judged
 * twice (after a restart) writes the same rows.
 */
#ifndef AUDIT_FINDING_H
#define AUDIT_FINDING_H

#include "account/account.h"
#include "account/page.h"
#include "audit/resource.h"

enum { FINDING_RELATED_MAX = 10 };

/* The id of a finding whose task, check_name, reason_code and resource_key are set; resource is the
 * id inside the resource's identifier. */
MUST_USE enum status finding_id(struct arena *mem, const struct finding *row, struct str resource,
                                struct str *ret, struct why *why);

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

/* By time, newest first; by task, check by check, in the order of ids. rows are struct finding.
 * Check names narrow a task's list without looking at others; any other filter, and check names by
 * time, skip rows (page.h has the bound). INVALID unless exactly one of task and times is given. */
MUST_USE enum status finding_list(const struct account_ctx *ctx,
                                  const struct finding_filter *filter, const struct page *page,
                                  struct page_rows *ret, struct why *why);

/* rows are struct related_resource. NOT_FOUND when there is no such finding. */
MUST_USE enum status finding_related(const struct account_ctx *ctx, struct str id,
                                     const struct page *page, struct page_rows *ret,
                                     struct why *why);

#endif
