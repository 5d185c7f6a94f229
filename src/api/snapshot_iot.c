/* snapshot_iot.c: what AWS IoT held, as rows. */
#include "account/attributes.h"
#include "account/cert_intake.h"
#include "api/snapshot_priv.h"
#include "codec/digest.h"

#include "base/banned.h"

/* ---- certificates ---------------------------------------------------------------------------- */

static bool is_certificate_id(struct str id)
{
    for (size_t i = 0; i < id.len; i++) {
        char c = id.ptr[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
            return false;
        }
    }
    return id.len == SHA256_HEX;
}

/* What is in the account was accepted there: it need not be a certificate that would be registered
 * today, but it must be one. */
static enum status prepare_certificate(const struct account_ctx *ctx, struct adoptee *adoptee,
                                       struct why *why)
{
    struct why inner = {.code = STATUS_OK};
    const struct cert *cert = NULL;
    struct str pem;
    if (!is_certificate_id(adoptee->line.id)) {
        return why_set(why, STATUS_INVALID,
                       "the id of a certificate is 64 lower-case hexadecimal digits");
    }
    TRY(adopt_text(adoptee->line.value, "certificatePem", &pem, why));
    enum status status = cert_read(ctx->mem, pem, &cert, &inner);
    if (status == STATUS_NO_MEMORY) {
        return why_no_memory(why);
    }
    if (status != STATUS_OK) {
        return str_dup(ctx->mem, str_from(inner.text), &adoptee->trouble, why);
    }
    adoptee->read = (void *)(uintptr_t)cert;
    return STATUS_OK;
}

/* Under the id that it has in its account, be that a digest of the bytes or not. */
static enum status put_der(const struct account_ctx *ctx, struct str id, const struct cert *cert,
                           struct why *why)
{
    const struct certificate_der row = {.id = id, .der = cert->der};
    return store_put(ctx->tx, TABLE(certificate_der), &row, why);
}

/* A status of the list, which is what handlers and checks know. */
static enum status known_word(const char *what, struct str word, const char *const *words,
                              struct why *why)
{
    for (; *words != NULL; words++) {
        if (str_eq(word, str_from(*words))) {
            return STATUS_OK;
        }
    }
    return why_set(why, STATUS_INVALID, "its %s is \"%.*s\", which is none that is known", what,
                   STR_ARG(str_slice(word, 0, 64)));
}

static struct str or_empty(struct str text)
{
    return str_absent(text) ? STR("") : text;
}

static struct str or_default(struct str text, struct str fallback)
{
    return str_absent(text) ? fallback : text;
}

static void take_transfer(const struct json_value *value, struct certificate *row)
{
    const struct json_value *transfer = json_tree_get(value, STR("transferData"));
    row->transfer_message = adopt_may_text(transfer, "transferMessage");
    row->transfer_reject = adopt_may_text(transfer, "rejectReason");
    row->transferred = adopt_may_time(transfer, "transferDate", TIME_NEVER);
    row->transfer_accepted = adopt_may_time(transfer, "acceptDate", TIME_NEVER);
    row->transfer_rejected = adopt_may_time(transfer, "rejectDate", TIME_NEVER);
}

static enum status adopt_certificate(const struct account_ctx *ctx, const struct adoptee *adoptee,
                                     struct why *why)
{
    static const char *const states[] = {"ACTIVE",           "INACTIVE",           "REVOKED",
                                         "PENDING_TRANSFER", "PENDING_ACTIVATION", NULL};
    const struct json_value *value = adoptee->line.value;
    struct certificate row = {.previous_owner = adopt_may_text(value, "previousOwnedBy")};
    int64_t now = clock_now(&ctx->clock);
    TRY(cert_intake_certificate(ctx, adoptee->read, &row, why));
    row.id = adoptee->line.id;
    TRY(adopt_text(value, "status", &row.status, why));
    TRY(known_word("status", row.status, states, why));
    row.ca_id = or_empty(adopt_may_text(value, "caCertificateId"));
    row.mode = or_default(adopt_may_text(value, "certificateMode"), STR("DEFAULT"));
    row.created = adopt_may_time(value, "creationDate", now);
    row.modified = adopt_may_time(value, "lastModifiedDate", row.created);
    row.version = adopt_may_int(value, "customerVersion", 1);
    row.generation_id = or_empty(adopt_may_text(value, "generationId"));
    row.owner = or_default(adopt_may_text(value, "ownedBy"), ctx->id.account);
    take_transfer(value, &row);
    TRY(store_put(ctx->tx, TABLE(certificate), &row, why));
    if (str_eq(row.status, STR("PENDING_TRANSFER"))) {
        const struct outgoing outgoing = {row.created, row.id};
        TRY(store_put(ctx->tx, TABLE(outgoing), &outgoing, why));
    }
    return put_der(ctx, row.id, adoptee->read, why);
}

static enum status adopt_ca(const struct account_ctx *ctx, const struct adoptee *adoptee,
                            struct why *why)
{
    static const char *const states[] = {"ACTIVE", "INACTIVE", NULL};
    const struct json_value *value = adoptee->line.value;
    struct ca_certificate row = {.registration = STR_ABSENT};
    int64_t now = clock_now(&ctx->clock);
    TRY(cert_intake_ca(ctx, adoptee->read, &row, why));
    row.id = adoptee->line.id;
    TRY(adopt_text(value, "status", &row.status, why));
    TRY(known_word("status", row.status, states, why));
    row.auto_registration =
        or_default(adopt_may_text(value, "autoRegistrationStatus"), STR("DISABLE"));
    row.mode = or_default(adopt_may_text(value, "certificateMode"), STR("DEFAULT"));
    row.created = adopt_may_time(value, "creationDate", now);
    row.modified = adopt_may_time(value, "lastModifiedDate", row.created);
    row.version = adopt_may_int(value, "customerVersion", 1);
    row.generation_id = or_empty(adopt_may_text(value, "generationId"));
    row.owner = or_default(adopt_may_text(value, "ownedBy"), ctx->id.account);
    TRY(store_put(ctx->tx, TABLE(ca_certificate), &row, why));
    return put_der(ctx, row.id, adoptee->read, why);
}

/* ---- things ---------------------------------------------------------------------------------- */

static enum status adopt_thing_type(const struct account_ctx *ctx, const struct adoptee *adoptee,
                                    struct why *why)
{
    const struct json_value *value = adoptee->line.value;
    const struct json_value *about = json_tree_get(value, STR("thingTypeMetadata"));
    const struct json_value *properties = json_tree_get(value, STR("thingTypeProperties"));
    struct thing_type row = {.name = adoptee->line.id,
                             .description = adopt_may_text(properties, "thingTypeDescription"),
                             .created = adopt_may_time(about, "creationDate", 0),
                             .deprecated = adopt_may_bool(about, "deprecated"),
                             .deprecated_at = adopt_may_time(about, "deprecationDate", TIME_NEVER)};
    TRY(adopt_may_json(ctx, properties, "searchableAttributes", &row.searchable, why));
    TRY(adopt_may_json(ctx, properties, "mqtt5Configuration", &row.mqtt5, why));
    row.searchable = or_default(row.searchable, STR("[]"));
    TRY(account_uuid(ctx, &row.type_id, why));
    return store_put(ctx->tx, TABLE(thing_type), &row, why);
}

/* Attributes as the account keeps them: sorted, with a row each. */
static enum status take_attributes(const struct account_ctx *ctx, const struct json_value *from,
                                   struct attributes *ret, struct str *ret_json, struct why *why)
{
    size_t n = from == NULL || from->type != JSON_OBJECT ? 0 : from->n;
    struct attribute *items = NEW_ARRAY(ctx->mem, struct attribute, n);
    struct attributes_change change = {.given = true, .values = {items, 0}};
    TRY_PTR(items);
    for (const struct json_value *v = n == 0 ? NULL : from->first; v != NULL; v = v->next) {
        if (v->type != JSON_STRING) {
            return why_set(why, STATUS_INVALID, "its attribute %.*s is no text",
                           STR_ARG(str_slice(v->key, 0, 128)));
        }
        items[change.values.n++] = (struct attribute){v->key, v->text};
    }
    return attributes_apply(ctx->mem, STR_ABSENT, &change, ret, ret_json, why);
}

static enum status adopt_thing(const struct account_ctx *ctx, const struct adoptee *adoptee,
                               struct why *why)
{
    const struct json_value *value = adoptee->line.value;
    struct attributes attributes;
    struct thing row = {.name = adoptee->line.id,
                        .type_name = or_empty(adopt_may_text(value, "thingTypeName")),
                        .version = adopt_may_int(value, "version", 1),
                        .created = clock_now(&ctx->clock)};
    TRY(take_attributes(ctx, json_tree_get(value, STR("attributes")), &attributes, &row.attributes,
                        why));
    TRY(account_uuid(ctx, &row.thing_id, why));
    TRY(store_put(ctx->tx, TABLE(thing), &row, why));
    for (size_t i = 0; i < attributes.n; i++) {
        const struct thing_attribute attribute = {attributes.items[i].name,
                                                  attributes.items[i].value, row.name};
        TRY(store_put(ctx->tx, TABLE(thing_attribute), &attribute, why));
    }
    return STATUS_OK;
}

/* Items are names, or objects with a name and a kind. */
static enum status adopt_things_of(const struct account_ctx *ctx, const struct adoptee *adoptee,
                                   struct why *why)
{
    const struct json_value *list = json_tree_get(adoptee->line.value, STR("things"));
    struct str principal;
    TRY(adopt_text(adoptee->line.value, "principal", &principal, why));
    for (const struct json_value *v = JSON_FIRST(list); v != NULL; v = v->next) {
        struct str name = v->type == JSON_STRING ? v->text : adopt_may_text(v, "thingName");
        struct str kind = adopt_may_text(v, "thingPrincipalType");
        const struct principal_thing row = {principal, name,
                                            or_default(kind, STR("NON_EXCLUSIVE_THING"))};
        if (name.len == 0) {
            return why_set(why, STATUS_INVALID, "one of its \"things\" has no name");
        }
        TRY(store_put(ctx->tx, TABLE(principal_thing), &row, why));
    }
    return STATUS_OK;
}

/* ---- groups ---------------------------------------------------------------------------------- */

static struct str root_of(const struct json_value *about, struct str name)
{
    const struct json_value *path = json_tree_get(about, STR("rootToParentThingGroups"));
    struct str root = adopt_may_text(JSON_FIRST(path), "groupName");
    return or_default(root, name);
}

static enum status adopt_group(const struct account_ctx *ctx, const struct adoptee *adoptee,
                               struct why *why)
{
    const struct json_value *value = adoptee->line.value;
    const struct json_value *about = json_tree_get(value, STR("thingGroupMetadata"));
    const struct json_value *properties = json_tree_get(value, STR("thingGroupProperties"));
    const struct json_value *payload = json_tree_get(properties, STR("attributePayload"));
    struct attributes attributes;
    struct thing_group row = {.name = adoptee->line.id,
                              .parent = or_empty(adopt_may_text(about, "parentGroupName")),
                              .root = root_of(about, adoptee->line.id),
                              .description = adopt_may_text(properties, "thingGroupDescription"),
                              .version = adopt_may_int(value, "version", 1),
                              .group_id = or_empty(adopt_may_text(value, "thingGroupId")),
                              .created = adopt_may_time(about, "creationDate", 0),
                              .query_string = adopt_may_text(value, "queryString"),
                              .index_name = adopt_may_text(value, "indexName"),
                              .query_version = adopt_may_text(value, "queryVersion"),
                              .status = adopt_may_text(value, "status")};
    row.dynamic = !str_absent(row.query_string);
    TRY(take_attributes(ctx, json_tree_get(payload, STR("attributes")), &attributes,
                        &row.attributes, why));
    return store_put(ctx->tx, TABLE(thing_group), &row, why);
}

static enum status adopt_members(const struct account_ctx *ctx, const struct adoptee *adoptee,
                                 struct why *why)
{
    const struct json_value *list = json_tree_get(adoptee->line.value, STR("things"));
    struct group_member row = {.added = clock_now(&ctx->clock)};
    TRY(adopt_text(adoptee->line.value, "thingGroupName", &row.group_name, why));
    for (const struct json_value *v = JSON_FIRST(list); v != NULL; v = v->next) {
        row.thing = v->text;
        if (v->type != JSON_STRING || row.thing.len == 0) {
            return why_set(why, STATUS_INVALID, "one of its \"things\" is no name");
        }
        TRY(store_put(ctx->tx, TABLE(group_member), &row, why));
    }
    return STATUS_OK;
}

/* ---- policies -------------------------------------------------------------------------------- */

static enum status version_number(const struct json_value *value, const char *key, int64_t *ret,
                                  struct why *why)
{
    struct str text;
    TRY(adopt_text(value, key, &text, why));
    if (str_to_int64(text, ret) != STATUS_OK || *ret < 1) {
        return why_set(why, STATUS_INVALID, "its \"%s\" is no number of a version", key);
    }
    return STATUS_OK;
}

static enum status put_version(const struct account_ctx *ctx, const struct json_value *value,
                               struct policy *policy, struct why *why)
{
    char digest[SHA256_HEX + 1];
    struct policy_version row = {.policy = policy->name,
                                 .created = adopt_may_time(value, "creationDate", policy->created)};
    TRY(version_number(value, "policyVersionId", &row.version, why));
    TRY(adopt_text(value, "policyDocument", &row.document, why));
    TRY(digest_sha256_hex(bytes_of_str(row.document), digest, why));
    TRY(str_dup(ctx->mem, str_from(digest), &row.document_hash, why));
    policy->last_version = row.version > policy->last_version ? row.version : policy->last_version;
    return store_put(ctx->tx, TABLE(policy_version), &row, why);
}

static enum status adopt_policy(const struct account_ctx *ctx, const struct adoptee *adoptee,
                                struct why *why)
{
    const struct json_value *value = json_tree_get(adoptee->line.value, STR("policy"));
    const struct json_value *list = json_tree_get(adoptee->line.value, STR("versions"));
    struct policy row = {.name = adoptee->line.id,
                         .created = adopt_may_time(value, "creationDate", 0),
                         .generation_id = or_empty(adopt_may_text(value, "generationId"))};
    bool found = false;
    row.modified = adopt_may_time(value, "lastModifiedDate", row.created);
    TRY(version_number(value, "defaultVersionId", &row.default_version, why));
    for (const struct json_value *v = JSON_FIRST(list); v != NULL; v = v->next) {
        int64_t number = 0;
        TRY(version_number(v, "policyVersionId", &number, why));
        TRY(put_version(ctx, v, &row, why));
        found = found || number == row.default_version;
    }
    if (!found) {
        return why_set(why, STATUS_INVALID, "its default version is not among its versions");
    }
    return store_put(ctx->tx, TABLE(policy), &row, why);
}

static enum status adopt_targets(const struct account_ctx *ctx, const struct adoptee *adoptee,
                                 struct why *why)
{
    const struct json_value *list = json_tree_get(adoptee->line.value, STR("targets"));
    struct policy_target row = {.attached = clock_now(&ctx->clock)};
    TRY(adopt_text(adoptee->line.value, "policyName", &row.policy, why));
    for (const struct json_value *v = JSON_FIRST(list); v != NULL; v = v->next) {
        row.target = v->text;
        if (v->type != JSON_STRING || row.target.len == 0) {
            return why_set(why, STATUS_INVALID, "one of its \"targets\" is no text");
        }
        TRY(store_put(ctx->tx, TABLE(policy_target), &row, why));
    }
    return STATUS_OK;
}

static enum status adopt_role_alias(const struct account_ctx *ctx, const struct adoptee *adoptee,
                                    struct why *why)
{
    enum { DURATION_DEFAULT = 3600 };
    const struct json_value *value = adoptee->line.value;
    struct role_alias row = {
        .alias = adoptee->line.id,
        .duration_seconds = adopt_may_int(value, "credentialDurationSeconds", DURATION_DEFAULT),
        .created = adopt_may_time(value, "creationDate", 0)};
    row.modified = adopt_may_time(value, "lastModifiedDate", row.created);
    TRY(adopt_text(value, "roleArn", &row.role_arn, why));
    return store_put(ctx->tx, TABLE(role_alias), &row, why);
}

const struct adopt_kind adopt_kind_ca = {AREA_CAS, prepare_certificate, adopt_ca};
const struct adopt_kind adopt_kind_certificate = {AREA_CERTIFICATES, prepare_certificate,
                                                  adopt_certificate};
const struct adopt_kind adopt_kind_thing_type = {AREA_THINGS, NULL, adopt_thing_type};
const struct adopt_kind adopt_kind_thing = {AREA_THINGS, NULL, adopt_thing};
const struct adopt_kind adopt_kind_things_of = {AREA_THINGS, NULL, adopt_things_of};
const struct adopt_kind adopt_kind_group = {AREA_GROUPS, NULL, adopt_group};
const struct adopt_kind adopt_kind_members = {AREA_GROUPS, NULL, adopt_members};
const struct adopt_kind adopt_kind_policy = {AREA_POLICIES, NULL, adopt_policy};
const struct adopt_kind adopt_kind_targets = {AREA_TARGETS, NULL, adopt_targets};
const struct adopt_kind adopt_kind_role_alias = {AREA_ROLE_ALIASES, NULL, adopt_role_alias};
