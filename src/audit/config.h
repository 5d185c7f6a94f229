/* config.h: the account's audit configuration: which checks run, with which thresholds, under which
 * role, and who is told.
 *
 * Rules (AWS IoT Device Defender developer guide, "Configure audit settings"; API reference of
 * UpdateAccountAuditConfiguration; what they leave open is decided here):
 *  - before the first update everything is off, and describing it is no error;
 *  - the first update must bring a role and enable a check; later ones patch: what is not named
 * keeps its state. A role can be replaced, not removed, and lies in this account;
 *  - a threshold belongs to the check it is for, as a whole number of days from 30 to 3652, for
 * checks of our own from as few as make sense (contract/checks.h);
 *  - a check that this program does not have cannot be enabled: it would pretend to pass;
 *  - a check of our own (contract/checks.h) is offered only while ctx->extensions is on: else it is
 *    off, whatever was configured, and naming it is refused.
 *  - a check that a scheduled audit names cannot be disabled ("You must first delete the check from
 *    the scheduled audit or delete the scheduled audit"), nor the configuration deleted, unless its
 *    schedules go with it.
 */
#ifndef AUDIT_CONFIG_H
#define AUDIT_CONFIG_H

#include "account/account.h"
#include "contract/checks.h"

struct audit_config {
    bool configured;
    struct str role_arn; /* absent before the first update */
    struct {
        bool enabled;
        int64_t threshold_days; /* as configured; 0: not configured */
    } checks[CHECK_COUNT];
    bool has_target; /* the one kind of notification target there is: SNS */
    struct audit_target target;
};

/* A check's part of an update. */
struct audit_config_check {
    enum check_id id;
    struct maybe_bool enabled;
    struct maybe_int threshold_days; /* bounds are checked here */
};

struct audit_config_update {
    struct str role_arn; /* absent: unchanged */
    const struct audit_config_check *checks;
    size_t n_checks;
    bool has_target;
    struct audit_target target; /* texts absent: unchanged */
    struct maybe_bool target_enabled;
};

MUST_USE enum status audit_config_get(const struct account_ctx *ctx, struct audit_config *ret,
                                      struct why *why);

MUST_USE enum status audit_config_update(const struct account_ctx *ctx,
                                         const struct audit_config_update *in, struct why *why);

/* Everything off and forgotten. NOT_FOUND when nothing was ever configured; INVALID while there
 * are scheduled audits, unless with_schedules removes them too. */
MUST_USE enum status audit_config_delete(const struct account_ctx *ctx, bool with_schedules,
                                         struct why *why);

/* As the account elsewhere has it (collected.h): the role, and of each check whether it is on and
 * its threshold, without the rules above. Where none is on, all are that AWS has. */
MUST_USE enum status audit_config_adopt(const struct account_ctx *ctx,
                                        const struct audit_config *config, struct why *why);

/* False for an extension while extensions are off. */
bool audit_config_offers(const struct account_ctx *ctx, enum check_id id);

/* The days that apply to a check: configured, or its default. */
int64_t audit_config_days(const struct audit_config *config, enum check_id id);

#endif
