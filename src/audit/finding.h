/* finding.h: what audits found, read back.
 *
 * Findings are written by the runner and never change; what reads them here has every column set,
 * also those that are stored only where they say more than others. A finding's related resources
 * are rows of their own, in the order in which they are shown; a finding shows at most
 * FINDING_RELATED_MAX of them itself (API reference, AuditFinding).
 *
 * A finding's id is also its place. The table is kept in the order of its key, and the id begins
 * with the task, then the check, then the first bytes of the resource's id. So a task's findings
 * lie together, check by check, and are written in the order in which an audit walks the fleet:
 * the list of a task needs no index, and a page of findings touches few pages of the file. What
 * follows is a digest of everything that tells findings of a task apart: a page that is judged
 * twice (after a restart) writes the same rows.
 *
 * Every list goes backwards through ids, so that a check's findings come most recent first (those
 * of resources whose ids begin with the same six bytes in the order of their digests). A list by
 * time walks the tasks that ran in that time, the last begun first, and each one's findings like
 * that: a second order on findings would double what an audit writes, and audits run one after
 * another, so tasks are in the order of time themselves.
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

/* rows are struct finding: task by task from the last begun, check by check, most recent first.
 * The check's name narrows a list without looking at others; any other filter, and a task that ran
 * only partly in the time, skips rows, at most PAGE_SCAN_MAX a page (page.h). A position is a place
 * in the walk: what is found or begun later neither shifts nor doubles what follows it. INVALID
 * unless exactly one of task and times is given, or when the position is none of this list. */
MUST_USE enum status finding_list(const struct account_ctx *ctx,
                                  const struct finding_filter *filter, const struct page *page,
                                  struct page_rows *ret, struct why *why);

/* rows are struct related_resource. NOT_FOUND when there is no such finding. */
MUST_USE enum status finding_related(const struct account_ctx *ctx, struct str id,
                                     const struct page *page, struct page_rows *ret,
                                     struct why *why);

#endif
