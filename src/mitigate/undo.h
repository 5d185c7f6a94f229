/* undo.h: what a task changed, taken back where nothing has changed it since.
 *
 *  1. A task that is not in progress can be undone, once: asking again changes nothing.
 *  2. Changes are taken back newest first, a page a transaction, each with its verdict: RESTORED,
 * or KEPT with the reason. Killed anywhere, the undoing goes on behind the last verdict.
 *  3. Restored is what the task did and nobody has touched since: a certificate in the version in
 *     which the task left it, a membership of the task's, a blank default version that is the
 *     default still, logging options as the task set them. Everything else is kept. What was
 *     published stays published.
 */
#ifndef MITIGATE_UNDO_H
#define MITIGATE_UNDO_H

#include "mitigate/deeds.h"
#include "mitigate/task.h"

/* Asks for it; the runner does it. NOT_FOUND; INVALID: the task is in progress. *ret is the task as
 * it is then. */
MUST_USE enum status undo_start(const struct account_ctx *ctx, struct str task,
                                struct mitigation_task *ret, struct why *why);

/* One page of it; for the runner. */
struct undo_page {
    struct str task;
    bool more;          /* out: more is left */
    int64_t restored;   /* out: of all so far */
    struct deeds deeds; /* out: of this page, in the transaction's memory */
};
MUST_USE enum status undo_page_run(const struct account_ctx *ctx, void *undo_page, struct why *why);

/* A page of struct mitigation_change of a task, in the order in which they were made within each
 * finding. undone: "" (not yet), RESTORED, KEPT; absent: all. NOT_FOUND. */
MUST_USE enum status changes_list(const struct account_ctx *ctx, struct str task, struct str undone,
                                  const struct page *page, struct page_rows *ret, struct why *why);

#endif
