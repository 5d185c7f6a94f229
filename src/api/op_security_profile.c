/* op_security_profile.c: security profiles, and what they are attached to. */
#include "api/handlers.h"
#include "api/page.h"
#include "api/unpack.h"
#include "detect/profile.h"
#include "detect/profile_check.h"
#include "detect/target.h"

#include "base/banned.h"

/* ---- requests -------------------------------------------------------------------------------- */

static enum status read_request(const struct call *call, struct profile_request *ret,
                                struct why *why)
{
    static const enum member_id members[PART_COUNT] = {
        [PART_BEHAVIORS] = M_behaviors,
        [PART_ALERT_TARGETS] = M_alertTargets,
        [PART_RETAINED] = M_additionalMetricsToRetain,
        [PART_RETAINED_V2] = M_additionalMetricsToRetainV2,
        [PART_EXPORT] = M_metricsExportConfig,
    };
    struct profile_request in = {.name = arg_str(call, M_securityProfileName),
                                 .description = arg_str(call, M_securityProfileDescription)};
    for (int part = 0; part < PART_COUNT; part++) {
        TRY(value_to_json(arg_get(call, members[part]), call->mem, &in.parts[part], why));
    }
    *ret = in;
    return STATUS_OK;
}

static enum status reply_names(struct call *call, struct str name, struct why *why)
{
    struct str arn;
    TRY(call_arn(call, STR("securityprofile"), name, &arn, why));
    reply_str(call, M_securityProfileName, name);
    reply_str(call, M_securityProfileArn, arn);
    return STATUS_OK;
}

static enum status reply_profile(struct call *call, const struct security_profile *profile,
                                 struct why *why)
{
    TRY(reply_names(call, profile->name, why));
    reply_str(call, M_securityProfileDescription, profile->description);
    reply_json(call, M_behaviors, profile->behaviors);
    reply_json(call, M_alertTargets, profile->alert_targets);
    reply_json(call, M_additionalMetricsToRetain, profile->retained);
    reply_json(call, M_additionalMetricsToRetainV2, profile->retained_v2);
    reply_json(call, M_metricsExportConfig, profile->export);
    reply_int(call, M_version, profile->version);
    reply_time(call, M_creationDate, profile->created);
    reply_time(call, M_lastModifiedDate, profile->modified);
    return STATUS_OK;
}

/* ---- profiles -------------------------------------------------------------------------------- */

enum status op_CreateSecurityProfile(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct profile_request in;
    TRY(read_request(call, &in, why));
    TRY(unpack_tags(call, M_tags, &in.tags, why));
    TRY(profile_create(&ctx, &in, why));
    return reply_names(call, in.name, why);
}

enum status op_UpdateSecurityProfile(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct profile_request in;
    struct security_profile profile;
    TRY(read_request(call, &in, why));
    in.expected_version = unpack_int(call, M_expectedVersion);
    in.drop[PART_BEHAVIORS] = arg_bool(call, M_deleteBehaviors, false);
    in.drop[PART_ALERT_TARGETS] = arg_bool(call, M_deleteAlertTargets, false);
    in.drop[PART_RETAINED] = arg_bool(call, M_deleteAdditionalMetricsToRetain, false);
    in.drop[PART_RETAINED_V2] = in.drop[PART_RETAINED];
    in.drop[PART_EXPORT] = arg_bool(call, M_deleteMetricsExportConfig, false);
    TRY(profile_update(&ctx, &in, &profile, why));
    return reply_profile(call, &profile, why);
}

enum status op_DescribeSecurityProfile(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct security_profile profile;
    TRY(profile_get(&ctx, arg_str(call, M_securityProfileName), &profile, why));
    return reply_profile(call, &profile, why);
}

enum status op_DeleteSecurityProfile(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    return profile_delete(&ctx, arg_str(call, M_securityProfileName),
                          unpack_int(call, M_expectedVersion), why);
}

static enum status reply_identifier(struct call *call, struct str name, struct why *why)
{
    struct str arn;
    TRY(call_arn(call, STR("securityprofile"), name, &arn, why));
    reply_str(call, M_name, name);
    reply_str(call, M_arn, arn);
    return STATUS_OK;
}

enum status op_ListSecurityProfiles(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    const struct profile_filter filter = {.metric = arg_str(call, M_metricName),
                                          .dimension = arg_str(call, M_dimensionName)};
    const struct str *names;
    struct page page;
    struct page_rows rows;
    TRY(call_page(call, &page, why));
    TRY(profile_list(&ctx, &filter, &page, &names, &rows, why));
    reply_begin_list(call, M_securityProfileIdentifiers);
    for (size_t i = 0; i < rows.n; i++) {
        reply_begin_item(call);
        TRY(reply_identifier(call, names[i], why));
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}

enum status op_ValidateSecurityProfileBehaviors(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct str behaviors;
    struct behavior_faults faults;
    TRY(value_to_json(arg_get(call, M_behaviors), call->mem, &behaviors, why));
    TRY(profile_check_behaviors(&ctx, behaviors, &faults, why));
    reply_bool(call, M_valid, faults.n == 0);
    reply_begin_list(call, M_validationErrors);
    for (size_t i = 0; i < faults.n; i++) {
        reply_begin_item(call);
        reply_str(call, M_errorMessage, faults.at[i]);
        reply_end_item(call);
    }
    reply_end_list(call);
    return STATUS_OK;
}

/* ---- targets --------------------------------------------------------------------------------- */

enum status op_AttachSecurityProfile(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    return target_attach(&ctx, arg_str(call, M_securityProfileName),
                         arg_str(call, M_securityProfileTargetArn), why);
}

enum status op_DetachSecurityProfile(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    return target_detach(&ctx, arg_str(call, M_securityProfileName),
                         arg_str(call, M_securityProfileTargetArn), why);
}

enum status op_ListTargetsForSecurityProfile(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct page page;
    struct page_rows rows;
    TRY(call_page(call, &page, why));
    TRY(target_list(&ctx, arg_str(call, M_securityProfileName), &page, &rows, why));
    const struct profile_target *targets = rows.rows;
    reply_begin_list(call, M_securityProfileTargets);
    for (size_t i = 0; i < rows.n; i++) {
        reply_begin_item(call);
        reply_str(call, M_arn, targets[i].target);
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}

enum status op_ListSecurityProfilesForTarget(struct call *call, struct why *why)
{
    const struct account_ctx ctx = call_account(call);
    struct page page;
    struct page_rows rows;
    TRY(call_page(call, &page, why));
    TRY(target_profiles(&ctx, arg_str(call, M_securityProfileTargetArn),
                        arg_bool(call, M_recursive, false), &page, &rows, why));
    const struct profile_target *targets = rows.rows;
    reply_begin_list(call, M_securityProfileTargetMappings);
    for (size_t i = 0; i < rows.n; i++) {
        reply_begin_item(call);
        reply_begin(call, M_securityProfileIdentifier);
        TRY(reply_identifier(call, targets[i].profile, why));
        reply_end(call);
        reply_begin(call, M_target);
        reply_str(call, M_arn, targets[i].target);
        reply_end(call);
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, rows.next, why);
}
