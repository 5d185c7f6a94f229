/* step_policy.c: REPLACE_DEFAULT_POLICY_VERSION: a version that allows nothing becomes the default
 * of the policy. The version that was the default stays.
 *
 * SPEC: AWS does not print the blank policy, nor what happens when the policy was changed between
 * audit and mitigation. A default version that the finding is not about is left alone: it may be
 * the repair. */
#include <inttypes.h>

#include "account/policy.h"
#include "account/quotas.h"
#include "mitigate/steps_priv.h"

#include "base/banned.h"

static const struct str BLANK = STR_INIT("{\"Version\":\"2012-10-17\",\"Statement\":[]}");

static enum status check_policy(const struct step *step, const struct policy *policy,
                                struct str about, struct why *why)
{
    int64_t version = 0;
    struct policy_versions versions;
    if (str_to_int64(about, &version) != STATUS_OK || version != policy->default_version) {
        return why_set(why, STATUS_CONFLICT,
                       "the finding is about version %.*s of policy %.*s, whose default is version "
                       "%" PRId64 " since; audit it again",
                       STR_ARG(about), STR_ARG(policy->name), policy->default_version);
    }
    TRY(policy_version_list(step->ctx, policy->name, &versions, why));
    if (versions.n >= QUOTA_POLICY_VERSIONS) {
        return why_set(why, STATUS_VERSIONS_LIMIT,
                       "policy %.*s has %d versions; delete one before another is made",
                       STR_ARG(policy->name), QUOTA_POLICY_VERSIONS);
    }
    return STATUS_OK;
}

static enum status plan_policy(const struct step *step, struct step_plan *plan, struct why *why)
{
    struct str name, about, arn;
    struct policy policy;
    struct policy_version present;
    struct mitigation_change change = {.part = STR("")};
    TRY(step_resource(step, "policyVersionIdentifier", &name, &about, why));
    TRY(account_arn(step->ctx, STR("policy"), name, &arn, why));
    TRY(permission_check(step->permissions, step->ctx->mem, step->action,
                         STR("iot:CreatePolicyVersion"), arn, why));
    TRY(policy_get(step->ctx, name, &policy, &present, why));
    if (str_eq(present.document, BLANK)) {
        return STATUS_OK;
    }
    TRY(check_policy(step, &policy, about, why));
    change.resource = policy.name;
    change.version = policy.created;
    TRY(str_fmt(step->ctx->mem, &change.before, why, "%" PRId64, policy.default_version));
    TRY(str_fmt(step->ctx->mem, &change.after, why, "%" PRId64, policy.last_version + 1));
    return step_add(step, plan, &change, NULL, why);
}

static enum status apply(const struct account_ctx *ctx, const struct definition *action,
                         struct step_change *change, struct why *why)
{
    (void)action;
    struct policy_version version;
    return policy_version_create(ctx, change->row.resource, BLANK, true, &version, why);
}

/* Why the policy cannot be as it was; absent when it can. */
static enum status find_obstacle(const struct account_ctx *ctx,
                                 const struct mitigation_change *change, struct str *ret_kept,
                                 struct why *why)
{
    struct policy policy;
    struct policy_version version;
    enum status status = policy_get(ctx, change->resource, &policy, NULL, why);
    if (status == STATUS_NOT_FOUND || (status == STATUS_OK && policy.created != change->version)) {
        *ret_kept = STR("the policy was deleted since");
        return STATUS_OK;
    }
    TRY(status);
    int64_t ours = 0;
    if (str_to_int64(change->after, &ours) != STATUS_OK || policy.default_version != ours) {
        return str_fmt(ctx->mem, ret_kept, why,
                       "the policy's default version is %" PRId64
                       " since, and no longer the blank one, %.*s",
                       policy.default_version, STR_ARG(change->after));
    }
    status = policy_version_get(ctx, change->resource, change->before, NULL, &version, why);
    if (status == STATUS_NOT_FOUND) {
        return str_fmt(ctx->mem, ret_kept, why, "version %.*s of the policy was deleted since",
                       STR_ARG(change->before));
    }
    return status;
}

static enum status undo(const struct account_ctx *ctx, const struct mitigation_change *change,
                        struct str *ret_kept, struct why *why)
{
    TRY(find_obstacle(ctx, change, ret_kept, why));
    if (!str_absent(*ret_kept)) {
        return STATUS_OK;
    }
    TRY(policy_set_default(ctx, change->resource, change->before, why));
    return policy_version_delete(ctx, change->resource, change->after, why);
}

const struct step_kind step_policy = {plan_policy, apply, undo};
