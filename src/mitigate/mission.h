/* mission.h: what a mitigation task is to do, as its row says it: which findings, which actions on
 * each, in which order.
 *
 * Rules (developer guide, "Apply mitigation actions"; API reference of
 * StartAuditMitigationActionsTask; what they leave open is decided here):
 *  1. A target is an audit (all its findings), an audit with reason codes for some of the checks,
 * or up to 25 findings of any audits. A check that the codes do not name is not narrowed.
 *  2. Findings of checks without a row in the mapping are no business of the task.
 *  3. Findings that the codes leave out, and suppressed ones, get no action and count as skipped.
 *  4. Findings come in the order of their ids, actions in the order of the mapping. The id of the
 *     last finding done is enough to go on from.
 */
#ifndef MITIGATE_MISSION_H
#define MITIGATE_MISSION_H

#include "mitigate/action.h"

enum {
    MISSION_FINDINGS_MAX = 25, /* the service model's largest findingIds */
    MISSION_CODES_MAX = 25,    /* reason codes of a check */
    MISSION_ACTIONS_MAX = 5,   /* actions of a check */
    MISSION_BYTES_MAX = 1 << 20,
};

/* An action as it was when the task began. */
struct definition {
    struct str name, id, role_arn;
    struct str arn; /* of the mitigation action: what its role is told of who asks */
    struct action_params params;
};

/* What is to be done about findings of a check. */
struct mission_check {
    const struct definition *actions[MISSION_ACTIONS_MAX];
    size_t n_actions; /* 0: no business of the task */
    struct str codes[MISSION_CODES_MAX];
    size_t n_codes; /* 0: all */
};

struct mission {
    struct mitigation_task row;
    struct str audit_task;                     /* absent: findings are named */
    struct str findings[MISSION_FINDINGS_MAX]; /* by id, each once */
    size_t n_findings;
    struct definition *definitions;
    size_t n_definitions;
    struct mission_check checks[CHECK_COUNT];
};

/* The three texts of a row that hold the mission. Names are canonical. */
MUST_USE enum status mission_write(struct arena *mem, const struct mission *mission,
                                   struct mitigation_task *row, struct why *why);

/* Texts are views of the row's. CORRUPT when they are not what mission_write wrote. */
MUST_USE enum status mission_read(struct arena *mem, const struct account_id *account,
                                  const struct mitigation_task *row, struct mission *ret,
                                  struct why *why);

enum mission_part {
    PART_NONE,       /* no finding of the task */
    PART_LEFT_OUT,   /* by the reason codes */
    PART_SUPPRESSED, /* gets no action */
    PART_WANTED,
};

/* What a finding is to the task; *ret_check is set unless PART_NONE. */
enum mission_part mission_part(const struct mission *mission, const struct finding *finding,
                               enum check_id *ret_check);

/* Whether an action of it tells others of findings, for which they are read whole. */
bool mission_tells(const struct mission *mission);

/* The next findings of the task after an id (absent: from the first), up to max of them; fewer only
 * when these were the last. Of findings named, those that are gone since are left out. Unless an
 * action of the mission tells others of them, only what it takes to act on them is filled: id,
 * task, check_name, resource_type, resource_key, reason_code and suppressed. */
MUST_USE enum status mission_findings(const struct account_ctx *ctx, const struct mission *mission,
                                      struct str after, struct finding *ret, size_t max,
                                      size_t *ret_n, struct why *why);

#endif
