/* action.c: see action.h. */
#include "mitigate/action.h"

#include "account/role_alias.h"
#include "account/topic.h"
#include "codec/json_tree.h"

#include "base/banned.h"

#define RESOURCE STR("mitigationaction")

/* ---- kinds ----------------------------------------------------------------------------------- */

#define CHECK_BIT(name) (UINT64_C(1) << CHECK_##name)
#define ALL_CHECKS      ((UINT64_C(1) << CHECK_COUNT) - 1)

#define DEVICE_CHECKS                                                                              \
    (CHECK_BIT(INTERMEDIATE_CA_REVOKED_FOR_ACTIVE_DEVICE_CERTIFICATES) |                           \
     CHECK_BIT(DEVICE_CERTIFICATE_SHARED) | CHECK_BIT(DEVICE_CERTIFICATE_EXPIRING) |               \
     CHECK_BIT(DEVICE_CERTIFICATE_AGE) | CHECK_BIT(DEVICE_CERTIFICATE_KEY_QUALITY) |               \
     CHECK_BIT(REVOKED_DEVICE_CERTIFICATE_STILL_ACTIVE))

/* A kind's name, the member of actionParams that makes an action one of it, and the checks that the
 * guide's table allows it for. SPEC: the table is older than DEVICE_CERTIFICATE_AGE_CHECK, which is
 * treated as DEVICE_CERTIFICATE_EXPIRING_CHECK; elsewhere the guide prints UPDATE_CA_CERTIFICATE
 * for shared certificates, which would switch off the whole branch of the fleet: refused, as in the
 * table. */
static const struct {
    struct str name;
    struct str member;
    uint64_t checks;
} kinds[ACTION_KIND_COUNT] = {
    [ACTION_UPDATE_DEVICE_CERTIFICATE] = {STR_INIT("UPDATE_DEVICE_CERTIFICATE"),
                                          STR_INIT("updateDeviceCertificateParams"), DEVICE_CHECKS},
    [ACTION_UPDATE_CA_CERTIFICATE] = {STR_INIT("UPDATE_CA_CERTIFICATE"),
                                      STR_INIT("updateCACertificateParams"),
                                      CHECK_BIT(CA_CERTIFICATE_EXPIRING) |
                                          CHECK_BIT(CA_CERTIFICATE_KEY_QUALITY) |
                                          CHECK_BIT(REVOKED_CA_CERTIFICATE_STILL_ACTIVE)},
    [ACTION_ADD_THINGS_TO_THING_GROUP] = {STR_INIT("ADD_THINGS_TO_THING_GROUP"),
                                          STR_INIT("addThingsToThingGroupParams"), DEVICE_CHECKS},
    [ACTION_REPLACE_DEFAULT_POLICY_VERSION] = {STR_INIT("REPLACE_DEFAULT_POLICY_VERSION"),
                                               STR_INIT("replaceDefaultPolicyVersionParams"),
                                               CHECK_BIT(IOT_POLICY_OVERLY_PERMISSIVE) |
                                                   CHECK_BIT(
                                                       IOT_POLICY_POTENTIAL_MISCONFIGURATION)},
    [ACTION_ENABLE_IOT_LOGGING] = {STR_INIT("ENABLE_IOT_LOGGING"),
                                   STR_INIT("enableIoTLoggingParams"), CHECK_BIT(LOGGING_DISABLED)},
    [ACTION_PUBLISH_FINDING_TO_SNS] = {STR_INIT("PUBLISH_FINDING_TO_SNS"),
                                       STR_INIT("publishFindingToSnsParams"), ALL_CHECKS},
};

struct str action_kind_name(enum action_kind kind)
{
    return kinds[kind].name;
}

bool action_kind_find(struct str name, enum action_kind *ret)
{
    struct str canonical =
        str_eq(name, STR("PUBLISH_FINDINGS_TO_SNS")) ? STR("PUBLISH_FINDING_TO_SNS") : name;
    for (int kind = 0; kind < ACTION_KIND_COUNT; kind++) {
        if (str_eq(kinds[kind].name, canonical)) {
            *ret = (enum action_kind)kind;
            return true;
        }
    }
    return false;
}

bool action_fits_check(enum action_kind kind, enum check_id check)
{
    return (kinds[kind].checks >> check & 1) == 1;
}

/* ---- parameters ------------------------------------------------------------------------------ */

static void put_groups(struct json_write *w, const struct action_params *params)
{
    json_write_member_bool(w, STR("overrideDynamicGroups"), params->override_dynamic);
    json_write_key(w, STR("thingGroupNames"));
    json_write_array(w);
    for (size_t i = 0; i < params->n_groups; i++) {
        json_write_string(w, params->groups[i]);
    }
    json_write_end(w);
}

static void put_members(struct json_write *w, const struct action_params *params)
{
    switch (params->kind) {
    case ACTION_UPDATE_DEVICE_CERTIFICATE:
    case ACTION_UPDATE_CA_CERTIFICATE:
        json_write_member(w, STR("action"), STR("DEACTIVATE"));
        break;
    case ACTION_ADD_THINGS_TO_THING_GROUP:
        put_groups(w, params);
        break;
    case ACTION_REPLACE_DEFAULT_POLICY_VERSION:
        json_write_member(w, STR("templateName"), STR("BLANK_POLICY"));
        break;
    case ACTION_ENABLE_IOT_LOGGING:
        json_write_member(w, STR("logLevel"), params->log_level);
        json_write_member(w, STR("roleArnForLogging"), params->logging_role);
        break;
    case ACTION_PUBLISH_FINDING_TO_SNS:
        json_write_member(w, STR("topicArn"), params->topic_arn);
        break;
    case ACTION_KIND_COUNT:
        break;
    }
}

enum status action_params_json(struct arena *mem, const struct action_params *params,
                               struct str *ret, struct why *why)
{
    struct buf out;
    struct json_write w;
    buf_init(&out, mem, ACTION_PARAMS_BYTES);
    json_write_init(&w, &out);
    json_write_object(&w);
    json_write_key(&w, kinds[params->kind].member);
    json_write_object(&w);
    put_members(&w, params);
    json_write_end(&w);
    json_write_end(&w);
    json_write_finish(&w);
    return buf_finish(&out, ret, why);
}

static struct str text_of(const struct json_value *object, const char *key)
{
    const struct json_value *value = json_tree_get(object, str_from(key));
    return value == NULL ? STR_ABSENT : value->text;
}

static void read_members(const struct json_value *object, struct action_params *params)
{
    const struct json_value *override = json_tree_get(object, STR("overrideDynamicGroups"));
    const struct json_value *groups = json_tree_get(object, STR("thingGroupNames"));
    params->override_dynamic = override != NULL && override->boolean;
    for (const struct json_value *v = JSON_FIRST(groups);
         v != NULL && params->n_groups < ACTION_GROUPS_MAX; v = v->next) {
        params->groups[params->n_groups++] = v->text;
    }
    params->logging_role = text_of(object, "roleArnForLogging");
    params->log_level = text_of(object, "logLevel");
    params->topic_arn = text_of(object, "topicArn");
}

enum status action_params_read(struct arena *mem, struct str json, struct action_params *ret,
                               struct why *why)
{
    const struct json_value *tree = NULL;
    enum status status = json_tree_read(json, mem, &tree, why);
    if (status == STATUS_NO_MEMORY) {
        return status;
    }
    for (int kind = 0; status == STATUS_OK && kind < ACTION_KIND_COUNT; kind++) {
        const struct json_value *object = json_tree_get(tree, kinds[kind].member);
        if (object != NULL) {
            struct action_params params = {.kind = (enum action_kind)kind};
            read_members(object, &params);
            *ret = params;
            return STATUS_OK;
        }
    }
    return why_set(why, STATUS_CORRUPT, "the parameters of a mitigation action cannot be read");
}

/* ---- checking -------------------------------------------------------------------------------- */

static enum status check_params(const struct account_ctx *ctx, const struct action_params *params,
                                struct why *why)
{
    if (params->kind == ACTION_PUBLISH_FINDING_TO_SNS) {
        return topic_arn_check("topicArn", params->topic_arn, why);
    }
    if (params->kind != ACTION_ENABLE_IOT_LOGGING) {
        return STATUS_OK;
    }
    if (str_eq(params->log_level, STR("DISABLED"))) {
        return why_set(why, STATUS_INVALID,
                       "logLevel is DISABLED; ENABLE_IOT_LOGGING takes DEBUG, INFO, WARN or ERROR");
    }
    return role_arn_check_own(ctx, "roleArnForLogging", params->logging_role, why);
}

/* ---- making, changing, removing -------------------------------------------------------------- */

enum status action_get(const struct account_ctx *ctx, struct str name,
                       struct mitigation_action *ret, struct why *why)
{
    struct mitigation_action row = {.name = name};
    enum status status = store_get(ctx->tx, TABLE(mitigation_action), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, status, "no mitigation action is named %.*s", STR_ARG(name));
    }
    TRY(status);
    *ret = row;
    return STATUS_OK;
}

static enum status check_free(const struct account_ctx *ctx, struct str name, struct why *why)
{
    struct mitigation_action old;
    enum status status = action_get(ctx, name, &old, why);
    if (status == STATUS_OK) {
        return why_resource(
            why, ctx, RESOURCE, name,
            why_set(why, STATUS_EXISTS, "mitigation action %.*s exists already", STR_ARG(name)));
    }
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    const struct store_range all = {0};
    size_t n = 0;
    TRY(store_count(ctx->tx, TABLE(mitigation_action), &all, QUOTA_MITIGATION_ACTIONS, &n, why));
    if (n >= QUOTA_MITIGATION_ACTIONS) {
        return why_set(why, STATUS_LIMIT, "the account has %d mitigation actions, the most",
                       QUOTA_MITIGATION_ACTIONS);
    }
    return STATUS_OK;
}

enum status action_create(const struct account_ctx *ctx, const struct action_new *in,
                          struct mitigation_action *ret, struct why *why)
{
    TRY(role_arn_check_own(ctx, "roleArn", in->role_arn, why));
    TRY(check_params(ctx, &in->params, why));
    TRY(check_free(ctx, in->name, why));
    struct mitigation_action row = {.name = in->name,
                                    .kind = action_kind_name(in->params.kind),
                                    .role_arn = in->role_arn,
                                    .created = clock_now(&ctx->clock)};
    row.modified = row.created;
    TRY(account_uuid(ctx, &row.action_id, why));
    TRY(action_params_json(ctx->mem, &in->params, &row.params, why));
    TRY(store_insert(ctx->tx, TABLE(mitigation_action), &row, why));
    TRY(tags_put(ctx, RESOURCE, in->name, in->tags, why));
    *ret = row;
    return STATUS_OK;
}

enum status action_update(const struct account_ctx *ctx, struct str name, struct str role_arn,
                          const struct action_params *params, struct mitigation_action *ret,
                          struct why *why)
{
    struct mitigation_action row;
    TRY(action_get(ctx, name, &row, why));
    if (!str_absent(role_arn)) {
        TRY(role_arn_check_own(ctx, "roleArn", role_arn, why));
        row.role_arn = role_arn;
    }
    if (params != NULL) {
        TRY(check_params(ctx, params, why));
        row.kind = action_kind_name(params->kind);
        TRY(action_params_json(ctx->mem, params, &row.params, why));
    }
    row.modified = clock_now(&ctx->clock);
    TRY(store_put(ctx->tx, TABLE(mitigation_action), &row, why));
    *ret = row;
    return STATUS_OK;
}

enum status action_delete(const struct account_ctx *ctx, struct str name, struct why *why)
{
    struct mitigation_action row = {.name = name};
    TRY(tags_drop(ctx, RESOURCE, name, why));
    enum status status = store_delete(ctx->tx, TABLE(mitigation_action), &row, why);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/* ---- listing --------------------------------------------------------------------------------- */

static enum status look(const struct account_ctx *ctx, const void *row, const void *arg,
                        bool *ret_keep, bool *ret_stop, struct why *why)
{
    (void)ctx;
    (void)ret_stop;
    (void)why;
    const struct mitigation_action *action = row;
    const struct str *kind = arg;
    *ret_keep = str_absent(*kind) || str_eq(*kind, action->kind);
    return STATUS_OK;
}

enum status action_list(const struct account_ctx *ctx, struct str kind, const struct page *page,
                        struct page_rows *ret, struct why *why)
{
    const struct store_range all = {0};
    const struct page_filter filter = {look, &kind};
    struct page by_name = *page;
    by_name.descending = false;
    return page_read(ctx, TABLE(mitigation_action), &all, &by_name, &filter, ret, why);
}
