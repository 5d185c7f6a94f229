/* action.h: mitigation actions: what an account may have done about findings, defined beforehand.
 *
 * Rules (AWS IoT Device Defender developer guide, "Mitigation actions"; API reference of
 * CreateMitigationAction; what they leave open is decided here):
 *  1. An action is of exactly one kind, and has the parameters of that kind alone.
 *  2. It has a role of this account, whose policies decide whether a step may run (step.h).
 *  3. ENABLE_IOT_LOGGING cannot switch logging off, though the model has the word DISABLED.
 *  4. Thing groups and topics are looked up when a step runs, not here: an action may be defined
 *     before what it needs.
 *  5. An update may change role, parameters and kind; name and id stay.
 *  6. Running tasks work with the definitions as they were when they began (task.h), so changing or
 *     deleting an action never changes what a task does. Deleting what is not there is no failure.
 *  7. An account has at most QUOTA_MITIGATION_ACTIONS.
 */
#ifndef MITIGATE_ACTION_H
#define MITIGATE_ACTION_H

#include "account/page.h"
#include "account/tags.h"
#include "contract/checks.h"

enum {
    QUOTA_MITIGATION_ACTIONS = 100, /* "AWS IoT Device Defender quotas" */
    ACTION_GROUPS_MAX = 10,         /* the service model's largest thingGroupNames */
    ACTION_PARAMS_BYTES = 8 << 10,  /* more than the largest actionParams */
};

/* In the order of their names in the guide; the words are those of the API. */
#define ACTION_KINDS(X)                                                                            \
    X(UPDATE_DEVICE_CERTIFICATE)                                                                   \
    X(UPDATE_CA_CERTIFICATE)                                                                       \
    X(ADD_THINGS_TO_THING_GROUP)                                                                   \
    X(REPLACE_DEFAULT_POLICY_VERSION)                                                              \
    X(ENABLE_IOT_LOGGING)                                                                          \
    X(PUBLISH_FINDING_TO_SNS)

enum action_kind {
#define ACTION_ENUM(name) ACTION_##name,
    ACTION_KINDS(ACTION_ENUM)
#undef ACTION_ENUM
        ACTION_KIND_COUNT
};

/* "UPDATE_DEVICE_CERTIFICATE" */
struct str action_kind_name(enum action_kind kind);

/* By name; PUBLISH_FINDINGS_TO_SNS, which the guide prints as well, is the singular one. */
bool action_kind_find(struct str name, enum action_kind *ret);

/* Whether the guide's table ("Apply mitigation actions") offers the action for findings of a check.
 * PUBLISH_FINDING_TO_SNS is for all. */
bool action_fits_check(enum action_kind kind, enum check_id check);

/* The parameters; only those of the kind are set. */
struct action_params {
    enum action_kind kind;
    struct str groups[ACTION_GROUPS_MAX];
    size_t n_groups;
    bool override_dynamic;
    struct str logging_role;
    struct str log_level;
    struct str topic_arn;
};

/* actionParams as the API has it, and back. CORRUPT when json is not of that form. */
MUST_USE enum status action_params_json(struct arena *mem, const struct action_params *params,
                                        struct str *ret, struct why *why);
MUST_USE enum status action_params_read(struct arena *mem, struct str json,
                                        struct action_params *ret, struct why *why);

struct action_new {
    struct str name;
    struct str role_arn;
    struct action_params params;
    struct tags tags;
};

/* EXISTS (resource: its ARN), LIMIT (rule 7), INVALID (rules 2, 3; an ARN that is none). */
MUST_USE enum status action_create(const struct account_ctx *ctx, const struct action_new *in,
                                   struct mitigation_action *ret, struct why *why);

/* role_arn absent and params NULL are unchanged. NOT_FOUND, INVALID. */
MUST_USE enum status action_update(const struct account_ctx *ctx, struct str name,
                                   struct str role_arn, const struct action_params *params,
                                   struct mitigation_action *ret, struct why *why);

/* NOT_FOUND. */
MUST_USE enum status action_get(const struct account_ctx *ctx, struct str name,
                                struct mitigation_action *ret, struct why *why);

/* By name; kind absent: all. rows are struct mitigation_action. */
MUST_USE enum status action_list(const struct account_ctx *ctx, struct str kind,
                                 const struct page *page, struct page_rows *ret, struct why *why);

MUST_USE enum status action_delete(const struct account_ctx *ctx, struct str name, struct why *why);

#endif
