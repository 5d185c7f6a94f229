/* profile_check.c: see profile_check.h. */
#include "detect/profile_check.h"

#include "account/role_alias.h"
#include "account/topic.h"
#include "codec/json_tree.h"
#include "detect/custom_metric.h"
#include "detect/dimension.h"
#include "detect/profile_use.h"

#include "base/banned.h"

/* ---- what there is --------------------------------------------------------------------------- */

static enum status known(enum status status, bool *ret_there)
{
    *ret_there = status == STATUS_OK;
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static enum status ask_metric(void *arg, struct str name, bool *ret_there, struct metric *ret,
                              struct why *why)
{
    const struct account_ctx *ctx = arg;
    struct custom_metric row;
    TRY(known(custom_metric_get(ctx, name, &row, why), ret_there));
    if (*ret_there && !metric_custom(name, row.type, ret)) {
        return why_set(why, STATUS_CORRUPT, "custom metric %.*s has an unknown type",
                       STR_ARG(name));
    }
    return STATUS_OK;
}

static enum status ask_dimension(void *arg, struct str name, bool *ret_there, struct why *why)
{
    const struct account_ctx *ctx = arg;
    struct dimension row;
    return known(dimension_get(ctx, name, &row, why), ret_there);
}

/* The account as what behaviors are checked against; copy outlives the names. */
static struct behavior_names names_in(struct account_ctx *copy)
{
    return (struct behavior_names){
        .custom_metric = ask_metric, .dimension = ask_dimension, .ctx = copy};
}

enum status profile_check_metric(const struct account_ctx *ctx, struct str name, struct why *why)
{
    struct custom_metric row;
    return metric_find(name) != NULL ? STATUS_OK : custom_metric_get(ctx, name, &row, why);
}

enum status profile_check_dimension(const struct account_ctx *ctx, struct str name, struct why *why)
{
    struct dimension row;
    return dimension_get(ctx, name, &row, why);
}

/* ---- behaviors ------------------------------------------------------------------------------- */

enum status profile_check_behaviors(const struct account_ctx *ctx, struct str json,
                                    struct behavior_faults *ret, struct why *why)
{
    struct account_ctx copy = *ctx;
    const struct behavior_names names = names_in(&copy);
    struct behaviors behaviors;
    TRY(behaviors_read(ctx->mem, json, &behaviors, why));
    return behaviors_check(ctx->mem, &behaviors, &names, ret, why);
}

static enum status check_behaviors(const struct account_ctx *ctx, struct str json, struct why *why)
{
    struct behavior_faults faults = {.n = 0};
    if (!str_absent(json)) {
        TRY(profile_check_behaviors(ctx, json, &faults, why));
    }
    if (faults.n > 1) {
        return why_set(why, STATUS_INVALID,
                       "%.*s; and %zu more (validate-security-profile-behaviors lists them)",
                       STR_ARG(str_slice(faults.at[0], 0, WHY_TEXT_MAX / 2)), faults.n - 1);
    }
    return faults.n == 0 ? STATUS_OK : why_set(why, STATUS_INVALID, "%.*s", STR_ARG(faults.at[0]));
}

/* ---- the other parts ------------------------------------------------------------------------- */

static struct str text_of(const struct json_value *object, const char *key)
{
    const struct json_value *value = json_tree_get(object, str_from(key));
    return value == NULL ? STR_ABSENT : value->text;
}

static enum status read_part(const struct account_ctx *ctx, struct str json,
                             const struct json_value **ret, struct why *why)
{
    *ret = NULL;
    return str_absent(json) ? STATUS_OK : json_tree_read(json, ctx->mem, ret, why);
}

static enum status check_alert_targets(const struct account_ctx *ctx, struct str json,
                                       struct why *why)
{
    const struct json_value *targets;
    TRY(read_part(ctx, json, &targets, why));
    for (const struct json_value *v = JSON_FIRST(targets); v != NULL; v = v->next) {
        TRY(topic_arn_check("alertTargetArn", text_of(v, "alertTargetArn"), why));
        TRY(role_arn_check_own(ctx, "roleArn of alertTargets", text_of(v, "roleArn"), why));
    }
    return STATUS_OK;
}

/* SPEC: a topic of MQTT to publish on has no wildcards, 4.7.1.1. */
static enum status check_export(const struct account_ctx *ctx, struct str json, struct why *why)
{
    const struct json_value *config;
    TRY(read_part(ctx, json, &config, why));
    if (config == NULL) {
        return STATUS_OK;
    }
    struct str topic = text_of(config, "mqttTopic");
    if (str_find_char(topic, '#', 0) < topic.len || str_find_char(topic, '+', 0) < topic.len) {
        return why_set(why, STATUS_INVALID,
                       "mqttTopic '%.*s' has a wildcard; it must be a topic to publish on",
                       STR_ARG(str_slice(topic, 0, 128)));
    }
    return role_arn_check_own(ctx, "roleArn of metricsExportConfig", text_of(config, "roleArn"),
                              why);
}

/* A metric to retain, maybe scoped. */
static enum status check_retained(const struct behavior_names *names, const char *member,
                                  struct str metric, struct str dimension, struct why *why)
{
    struct metric found;
    bool there = true;
    TRY(behavior_metric(names, metric, &there, &found, why));
    if (!there) {
        return why_set(why, STATUS_INVALID, "%s: there is no metric %.*s", member,
                       STR_ARG(str_slice(metric, 0, 128)));
    }
    if (str_absent(dimension)) {
        return STATUS_OK;
    }
    if (!found.dimension) {
        return why_set(why, STATUS_INVALID, "%s: %.*s cannot be scoped by a dimension", member,
                       STR_ARG(metric));
    }
    TRY(names->dimension(names->ctx, dimension, &there, why));
    return there ? STATUS_OK
                 : why_set(why, STATUS_INVALID, "%s: no dimension is named %.*s", member,
                           STR_ARG(dimension));
}

static struct str dimension_of(const struct json_value *object)
{
    return text_of(json_tree_get(object, STR("metricDimension")), "dimensionName");
}

enum status profile_check(const struct account_ctx *ctx, const struct security_profile *row,
                          struct why *why)
{
    struct account_ctx copy = *ctx;
    const struct behavior_names names = names_in(&copy);
    const struct json_value *retained, *retained_v2;
    TRY(check_behaviors(ctx, row->behaviors, why));
    TRY(check_alert_targets(ctx, row->alert_targets, why));
    TRY(check_export(ctx, row->export, why));
    TRY(read_part(ctx, row->retained, &retained, why));
    for (const struct json_value *v = JSON_FIRST(retained); v != NULL; v = v->next) {
        TRY(check_retained(&names, "additionalMetricsToRetain", v->text, STR_ABSENT, why));
    }
    TRY(read_part(ctx, row->retained_v2, &retained_v2, why));
    for (const struct json_value *v = JSON_FIRST(retained_v2); v != NULL; v = v->next) {
        TRY(check_retained(&names, "additionalMetricsToRetainV2", text_of(v, "metric"),
                           dimension_of(v), why));
    }
    return STATUS_OK;
}

/* ---- uses ------------------------------------------------------------------------------------ */

/* Objects with a metric and maybe a metricDimension: behaviors, metrics to retain. */
static enum status use_scoped(const struct account_ctx *ctx, struct str profile, struct str json,
                              struct why *why)
{
    const struct json_value *list;
    TRY(read_part(ctx, json, &list, why));
    for (const struct json_value *v = JSON_FIRST(list); v != NULL; v = v->next) {
        struct str dimension = dimension_of(v);
        TRY(profile_use_add(ctx, USE_METRIC, text_of(v, "metric"), profile, why));
        if (!str_absent(dimension)) {
            TRY(profile_use_add(ctx, USE_DIMENSION, dimension, profile, why));
        }
    }
    return STATUS_OK;
}

enum status profile_check_uses(const struct account_ctx *ctx, const struct security_profile *row,
                               struct why *why)
{
    const struct json_value *retained;
    TRY(use_scoped(ctx, row->name, row->behaviors, why));
    TRY(use_scoped(ctx, row->name, row->retained_v2, why));
    TRY(read_part(ctx, row->retained, &retained, why));
    for (const struct json_value *v = JSON_FIRST(retained); v != NULL; v = v->next) {
        TRY(profile_use_add(ctx, USE_METRIC, v->text, row->name, why));
    }
    return STATUS_OK;
}
