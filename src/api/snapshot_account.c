/* snapshot_account.c: the settings of an account, its connections, and what it did not tell. */
#include "account/logging.h"
#include "account/session.h"
#include "api/connection_line.h"
#include "api/snapshot_priv.h"
#include "audit/config.h"
#include "audit/suppression.h"
#include "codec/json_write.h"

#include "base/banned.h"

/* ---- what is not known ----------------------------------------------------------------------- */

static enum status adopt_unknown(const struct account_ctx *ctx, const struct adoptee *adoptee,
                                 struct why *why)
{
    const struct json_value *value = adoptee->line.value;
    struct str error;
    TRY(adopt_text(value, "error", &error, why));
    for (int i = 0; i < AREA_COUNT; i++) {
        if (str_eq(area_name((enum area)i), adoptee->line.id)) {
            if (i == AREA_AUDIT_CONFIG) {
                const struct audit_config none = {.configured = false};
                TRY(audit_config_adopt(ctx, &none, why));
            }
            return adopt_lack(ctx, (enum area)i, adopt_may_text(value, "action"), error,
                              adopt_may_int(value, "count", -1), why);
        }
    }
    return why_set(why, STATUS_INVALID, "there is no area of that name");
}

/* ---- settings -------------------------------------------------------------------------------- */

/* "certAgeThresholdInDays": "365", a text in the API. */
static int64_t days_of(const struct json_value *check, enum check_id id)
{
    int64_t days = 0;
    struct str key = check_rows[id].days_key;
    const struct json_value *days_text =
        json_tree_get(json_tree_get(check, STR("configuration")), key);
    bool fine =
        key.len > 0 && days_text != NULL && str_to_int64(days_text->text, &days) == STATUS_OK;
    return fine && days >= check_rows[id].days_min && days <= CHECK_DAYS_MAX ? days : 0;
}

static enum status adopt_audit_config(const struct account_ctx *ctx, const struct adoptee *adoptee,
                                      struct why *why)
{
    const struct json_value *value = adoptee->line.value;
    const struct json_value *checks = json_tree_get(value, STR("auditCheckConfigurations"));
    struct audit_config config = {.role_arn = adopt_may_text(value, "roleArn")};
    for (const struct json_value *v = JSON_FIRST(checks); v != NULL; v = v->next) {
        enum check_id id;
        if (check_find(v->key, &id)) { /* a check that is not known here cannot be on */
            config.checks[id].enabled = adopt_may_bool(v, "enabled");
            config.checks[id].threshold_days = days_of(v, id);
        }
    }
    return audit_config_adopt(ctx, &config, why);
}

/* Identifiers that are one text. */
static const struct {
    const char *member;
    enum resource_kind kind;
} plain_ids[] = {
    {"deviceCertificateId", RESOURCE_DEVICE_CERTIFICATE},
    {"caCertificateId", RESOURCE_CA_CERTIFICATE},
    {"cognitoIdentityPoolId", RESOURCE_COGNITO_IDENTITY_POOL},
    {"clientId", RESOURCE_CLIENT_ID},
    {"account", RESOURCE_ACCOUNT_SETTINGS},
    {"iamRoleArn", RESOURCE_IAM_ROLE},
    {"roleAliasArn", RESOURCE_ROLE_ALIAS},
};

static enum status read_resource(const struct json_value *value, struct resource_id *ret,
                                 struct why *why)
{
    const struct json_value *policy = json_tree_get(value, STR("policyVersionIdentifier"));
    const struct json_value *issuer = json_tree_get(value, STR("issuerCertificateIdentifier"));
    if (policy != NULL) {
        *ret = (struct resource_id){RESOURCE_IOT_POLICY, adopt_may_text(policy, "policyName"),
                                    adopt_may_text(policy, "policyVersionId"), STR_ABSENT};
        return STATUS_OK;
    }
    if (issuer != NULL) {
        *ret = (struct resource_id){RESOURCE_ISSUER_CERTIFICATE,
                                    adopt_may_text(issuer, "issuerCertificateSubject"),
                                    adopt_may_text(issuer, "issuerId"),
                                    adopt_may_text(issuer, "issuerCertificateSerialNumber")};
        return STATUS_OK;
    }
    for (size_t i = 0; i < sizeof plain_ids / sizeof plain_ids[0]; i++) {
        struct str id = adopt_may_text(value, plain_ids[i].member);
        if (!str_absent(id)) {
            *ret = (struct resource_id){plain_ids[i].kind, id, STR_ABSENT, STR_ABSENT};
            return STATUS_OK;
        }
    }
    return why_set(why, STATUS_INVALID, "its \"resourceIdentifier\" is of no kind that is known");
}

/* One that is over, or was taken in before, is nothing new. */
static enum status adopt_suppression(const struct account_ctx *ctx, const struct adoptee *adoptee,
                                     struct why *why)
{
    const struct json_value *value = adoptee->line.value;
    struct suppression_request request = {.description = adopt_may_text(value, "description"),
                                          .expires =
                                              adopt_may_time(value, "expirationDate", TIME_NEVER)};
    struct resource_id resource;
    struct audit_suppression old;
    struct str name;
    TRY(adopt_text(value, "checkName", &name, why));
    if (!check_find(name, &request.check)) {
        return STATUS_OK; /* of a check that is not here */
    }
    TRY(read_resource(json_tree_get(value, STR("resourceIdentifier")), &resource, why));
    request.resource = &resource;
    request.indefinitely = (struct maybe_bool){true, adopt_may_bool(value, "suppressIndefinitely")};
    bool over = request.expires != TIME_NEVER && request.expires <= clock_now(&ctx->clock);
    if (over || suppression_get(ctx, request.check, &resource, &old, NULL) != STATUS_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(account_uuid(ctx, &request.token, why));
    return suppression_create(ctx, &request, why);
}

/* The options are kept as the API says them. */
static enum status put_v1(const struct account_ctx *ctx, const struct json_value *v1,
                          struct why *why)
{
    struct str role = adopt_may_text(v1, "roleArn");
    return role.len == 0 ? STATUS_OK
                         : logging_v1_set(ctx, role, adopt_may_text(v1, "logLevel"), why);
}

static enum status adopt_logging(const struct account_ctx *ctx, const struct adoptee *adoptee,
                                 struct why *why)
{
    const struct json_value *v2 = json_tree_get(adoptee->line.value, STR("v2"));
    struct str text;
    struct str role;
    TRY(put_v1(ctx, json_tree_get(adoptee->line.value, STR("v1")), why));
    if (v2 == NULL) {
        return STATUS_OK;
    }
    TRY(adopt_text(v2, "roleArn", &role, why));
    TRY(adopt_text(v2, "defaultLogLevel", &role, why));
    TRY(adopt_may_json(ctx, adoptee->line.value, "v2", &text, why));
    return logging_v2_restore(ctx, text, why);
}

/* ---- connections ----------------------------------------------------------------------------- */

struct events {
    struct session_event *at;
    size_t n;
};

static enum status read_event(const struct account_ctx *ctx, const struct json_value *value,
                              struct events *into, struct why *why)
{
    enum { EVENT_BYTES_MAX = 64 << 10 };
    struct buf out;
    struct json_write w;
    struct str text;
    bool is_event = false;
    buf_init(&out, ctx->mem, EVENT_BYTES_MAX);
    json_write_init(&w, &out);
    json_tree_write(&w, value);
    json_write_finish(&w);
    TRY(buf_finish(&out, &text, why));
    TRY(connection_line_read(text, ctx->mem, &into->at[into->n], &is_event, why));
    into->n += is_event;
    return STATUS_OK;
}

/* An event that cannot be read (a client id that no client can have) is one connection that is not
 * known. */
static enum status prepare_connections(const struct account_ctx *ctx, struct adoptee *adoptee,
                                       struct why *why)
{
    const struct json_value *list = json_tree_get(adoptee->line.value, STR("events"));
    struct events *events = NEW(ctx->mem, struct events);
    TRY_PTR(events);
    events->at = NEW_ARRAY(ctx->mem, struct session_event, list == NULL ? 0 : list->n);
    TRY_PTR(events->at);
    for (const struct json_value *v = JSON_FIRST(list); v != NULL; v = v->next) {
        struct why inner = {.code = STATUS_OK};
        enum status status = read_event(ctx, v, events, &inner);
        if (status == STATUS_NO_MEMORY) {
            return why_no_memory(why);
        }
        if (status != STATUS_OK) {
            return why_set(why, status, "one of its \"events\": %s", inner.text);
        }
    }
    adoptee->read = events;
    return STATUS_OK;
}

static enum status adopt_connections(const struct account_ctx *ctx, const struct adoptee *adoptee,
                                     struct why *why)
{
    const struct events *events = adoptee->read;
    struct session_applied applied = {0, 0};
    return session_apply(ctx, events->at, events->n, &applied, why);
}

const struct adopt_kind adopt_kind_unknown = {AREA_AUDIT_CONFIG, NULL, adopt_unknown};
const struct adopt_kind adopt_kind_audit_config = {AREA_AUDIT_CONFIG, NULL, adopt_audit_config};
const struct adopt_kind adopt_kind_suppression = {AREA_SUPPRESSIONS, NULL, adopt_suppression};
const struct adopt_kind adopt_kind_logging = {AREA_LOGGING, NULL, adopt_logging};
const struct adopt_kind adopt_kind_connections = {AREA_CONNECTIONS, prepare_connections,
                                                  adopt_connections};
