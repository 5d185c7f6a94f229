/* step.h: one action on one finding.
 *
 * A kind of action is one file with one const struct step_kind and one row in steps.c. A step is
 * planned first: what it would change, and whether the rules of the account and the action's role
 * allow all of it. A plan writes nothing, so a refused step leaves nothing half done, and a dry run
 * is a plan. Applying the plan, in the same transaction, makes the changes and writes each as a row
 * of mitigation_change, with what is needed to take it back (undo.h).
 *
 *  1. A change that is there already (an inactive certificate, a thing in its group) is no failure
 *     and no change: what the task did not do, undoing it does not take back.
 *  2. Findings about an issuer (the intermediate CA check) concern the device certificates that are
 *     related to them; of these, the ones deleted or revoked since are passed over.
 *  3. A step changes at most STEP_CHANGES_MAX resources.
 */
#ifndef MITIGATE_STEP_H
#define MITIGATE_STEP_H

#include "mitigate/mission.h"
#include "mitigate/permission.h"

enum { STEP_CHANGES_MAX = 100000 };

struct step {
    const struct account_ctx *ctx; /* mem: of the step */
    struct permissions *permissions;
    const struct definition *action;
    const struct finding *finding;
};

struct step_change {
    struct mitigation_change row; /* its key is set when it is written */
    void *subject;                /* the row to be changed, when the plan kept it */
};

struct step_plan {
    struct arena *mem; /* of the step: what a plan says lives as long */
    struct step_change *changes;
    size_t n, cap;
};

struct step_kind {
    /* Refusals are what account/ refuses, and DENIED when the role may not. */
    enum status (*plan)(const struct step *step, struct step_plan *plan, struct why *why);

    /* Makes one planned change; may complete the row (after, version). */
    enum status (*apply)(const struct account_ctx *ctx, const struct definition *action,
                         struct step_change *change, struct why *why);

    /* Takes one change back where nothing has changed it since; else *ret_kept says why it stays.
     * Fails only for trouble. */
    enum status (*undo)(const struct account_ctx *ctx, const struct mitigation_change *change,
                        struct str *ret_kept, struct why *why);
};

/* By enum action_kind. */
extern const struct step_kind *const step_kinds[ACTION_KIND_COUNT];

MUST_USE enum status step_plan(const struct step *step, struct step_plan *ret, struct why *why);

/* Applies all changes and writes their rows under the key of the execution. */
MUST_USE enum status step_apply(const struct step *step, struct step_plan *plan, struct str task,
                                int64_t seq, struct why *why);

/* Whether a status that a plan ended with is a refusal, which is the execution's, rather than
 * trouble with disk or memory, after which the task is tried again. */
bool step_is_refused(enum status status);

/* The execution's errorCode: the API's name of the error, or INSUFFICIENT_PERMISSIONS. */
struct str step_error_code(enum status status);

/* ---- for the kinds ----------------------------------------------------------------------------
 */

/* Adds a change; TOO_LARGE beyond STEP_CHANGES_MAX. The row's texts outlive the plan. */
MUST_USE enum status step_add(const struct step *step, struct step_plan *plan,
                              const struct mitigation_change *row, void *subject, struct why *why);

/* The finding's resource, whose identifier must be this member, CORRUPT else. ret_extra is its
 * further part, a policy's version; may be NULL. */
MUST_USE enum status step_resource(const struct step *step, const char *member, struct str *ret,
                                   struct str *ret_extra, struct why *why);

/* Calls visit for each device certificate that the finding concerns (rule 2). Its step's memory is
 * cleared behind a related one: what stays must go into plan->mem. */
struct step_device {
    struct str id;
    bool related;
};
typedef enum status step_visit(const struct step *step, const struct step_device *device,
                               struct step_plan *plan, void *ctx, struct why *why);
MUST_USE enum status step_each_device(const struct step *step, struct step_plan *plan,
                                      step_visit *visit, void *ctx, struct why *why);

#endif
