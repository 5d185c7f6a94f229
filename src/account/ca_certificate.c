/* ca_certificate.c: see ca_certificate.h. */
#include "account/ca_certificate.h"

#include "account/cert_intake.h"
#include "account/provisioning_template.h"
#include "account/quotas.h"
#include "account/registration_code.h"
#include "base/limits.h"
#include "codec/json_tree.h"
#include "codec/json_write.h"
#include "x509/verify.h"

#include "base/banned.h"

#define ACTIVE   STR("ACTIVE")
#define INACTIVE STR("INACTIVE")
#define ENABLE   STR("ENABLE")
#define DISABLE  STR("DISABLE")

/* ---- proof ----------------------------------------------------------------------------------- */

static enum status check_mode(struct str mode, bool verified, bool *ret_sni_only, struct why *why)
{
    bool sni_only = str_eq(mode, STR("SNI_ONLY"));
    if (sni_only && verified) {
        return why_set(why, STATUS_INVALID,
                       "verificationCertificate must be empty when certificateMode is SNI_ONLY");
    }
    if (!sni_only && !verified) {
        return why_set(why, STATUS_INVALID,
                       "verificationCertificate is required when certificateMode is DEFAULT or not "
                       "given");
    }
    *ret_sni_only = sni_only;
    return STATUS_OK;
}

/* OK when cert may sign certificates. */
static enum status check_authority(const struct cert *cert, struct why *why)
{
    if (!cert->ca) {
        return why_set(why, STATUS_CERT_INVALID,
                       "'%.*s' is no CA certificate: its basicConstraints do not say CA:TRUE",
                       STR_ARG(cert->subject));
    }
    if (cert->has_usage && (cert->usage & CERT_USAGE_CERT_SIGN) == 0) {
        return why_set(why, STATUS_CERT_INVALID,
                       "'%.*s' may not sign certificates: its keyUsage lacks keyCertSign",
                       STR_ARG(cert->subject));
    }
    return STATUS_OK;
}

static enum status prove_key(const struct account_ctx *ctx, struct str verification_pem,
                             const struct cert *ca, struct str *ret_code, struct why *why)
{
    struct str code;
    const struct cert *verification;
    TRY(registration_code_find(ctx, &code, why));
    TRY(cert_intake_read(ctx, verification_pem, &verification, why));
    if (str_absent(code)) {
        return why_set(why, STATUS_CODE_MISMATCH,
                       "the account has no registration code; GetRegistrationCode makes the one "
                       "that the verification certificate must have as its common name");
    }
    TRY(verification_check(verification, ca, code, why));
    *ret_code = code;
    return STATUS_OK;
}

enum status ca_certificate_prove(const struct account_ctx *ctx, struct str ca_pem,
                                 struct str verification_pem, struct str mode, struct ca_proof *ret,
                                 struct why *why)
{
    struct ca_proof proof = {.code = STR_ABSENT};
    TRY(check_mode(mode, !str_absent(verification_pem), &proof.sni_only, why));
    TRY(cert_intake_read(ctx, ca_pem, &proof.ca, why));
    TRY(check_authority(proof.ca, why));
    if (!proof.sni_only) {
        TRY(prove_key(ctx, verification_pem, proof.ca, &proof.code, why));
    }
    *ret = proof;
    return STATUS_OK;
}

/* ---- the registration configuration ---------------------------------------------------------- */

static enum status config_role(const struct ca_registration_config *config, struct why *why)
{
    struct arn role;
    if (!str_absent(config->template_body) && str_absent(config->role_arn)) {
        return why_set(why, STATUS_INVALID,
                       "registrationConfig.templateBody needs a roleArn, in whose name devices are "
                       "provisioned");
    }
    if (!str_absent(config->role_arn) && arn_parse(config->role_arn, &role, NULL) != STATUS_OK) {
        return why_set(why, STATUS_INVALID, "registrationConfig.roleArn '%.*s' is not an ARN",
                       STR_ARG(str_slice(config->role_arn, 0, 128)));
    }
    return STATUS_OK;
}

static enum status config_names(const struct account_ctx *ctx,
                                const struct ca_registration_config *config, struct why *why)
{
    struct provisioning_template row;
    if (str_absent(config->template_name)) {
        return STATUS_OK;
    }
    TRY(provisioning_template_get(ctx, config->template_name, &row, NULL, why));
    if (!str_eq(row.kind, TEMPLATE_KIND_JITP)) {
        return why_set(why, STATUS_INVALID,
                       "registrationConfig.templateName: %.*s is a %.*s template, not a JITP one",
                       STR_ARG(row.name), STR_ARG(row.kind));
    }
    return STATUS_OK;
}

/* The configuration as its JSON column; absent when there is none. */
static enum status config_json(const struct account_ctx *ctx,
                               const struct ca_registration_config *config, struct str *ret,
                               struct why *why)
{
    if (config == NULL) {
        *ret = STR_ABSENT;
        return STATUS_OK;
    }
    if (!str_absent(config->template_body) && !str_absent(config->template_name)) {
        return why_set(why, STATUS_INVALID,
                       "registrationConfig has templateBody or templateName, not both");
    }
    TRY(config_role(config, why));
    TRY(config_names(ctx, config, why));
    struct buf out;
    struct json_write json;
    buf_init(&out, ctx->mem, LIMIT_BODY_BYTES);
    json_write_init(&json, &out);
    json_write_object(&json);
    json_write_member(&json, STR("roleArn"), config->role_arn);
    json_write_member(&json, STR("templateBody"), config->template_body);
    json_write_member(&json, STR("templateName"), config->template_name);
    json_write_end(&json);
    json_write_finish(&json);
    return buf_finish(&out, ret, why);
}

static struct str member_text(const struct json_value *object, struct str key)
{
    const struct json_value *value = json_tree_get(object, key);
    return value == NULL ? STR_ABSENT : value->text;
}

enum status ca_certificate_config(const struct account_ctx *ctx, const struct ca_certificate *row,
                                  struct ca_registration_config *ret, struct why *why)
{
    const struct json_value *config = NULL;
    if (!str_absent(row->registration)) {
        TRY(json_tree_read(row->registration, ctx->mem, &config, why));
    }
    *ret = (struct ca_registration_config){
        .template_body = member_text(config, STR("templateBody")),
        .template_name = member_text(config, STR("templateName")),
        .role_arn = member_text(config, STR("roleArn")),
    };
    return STATUS_OK;
}

/* ---- registering ----------------------------------------------------------------------------- */

static enum status refuse_registered(const struct account_ctx *ctx, struct str id, struct why *why)
{
    struct ca_certificate there = {.id = id};
    enum status status = store_get(ctx->tx, TABLE(ca_certificate), &there, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(status);
    return why_resource(
        why, ctx, STR("cacert"), id,
        why_set(why, STATUS_EXISTS, "CA certificate %.*s is registered already", STR_ARG(id)));
}

static enum status refuse_eleventh(const struct account_ctx *ctx, const struct ca_certificate *row,
                                   struct why *why)
{
    struct store_range range = {
        .index = INDEX(ca_certificate, by_subject), .prefix = row, .n_prefix = 1};
    size_t n;
    TRY(store_count(ctx->tx, TABLE(ca_certificate), &range, QUOTA_CAS_OF_SUBJECT, &n, why));
    if (n < QUOTA_CAS_OF_SUBJECT) {
        return STATUS_OK;
    }
    return why_set(
        why, STATUS_LIMIT,
        "%d CA certificates with the subject '%.*s' are registered; there can be no more",
        QUOTA_CAS_OF_SUBJECT, STR_ARG(row->subject));
}

/* The code may have been deleted between the proof and this transaction. */
static enum status check_code(const struct account_ctx *ctx, const struct ca_proof *proof,
                              struct why *why)
{
    if (proof->sni_only) {
        return STATUS_OK;
    }
    struct str code;
    TRY(registration_code_find(ctx, &code, why));
    if (!str_eq(code, proof->code)) {
        return why_set(why, STATUS_CODE_MISMATCH,
                       "the registration code was deleted while the CA was being registered");
    }
    return STATUS_OK;
}

enum status ca_certificate_register(const struct account_ctx *ctx,
                                    const struct ca_certificate_new *in, struct ca_certificate *ret,
                                    struct why *why)
{
    TRY(refuse_registered(ctx, in->proof.ca->id, why));
    TRY(check_code(ctx, &in->proof, why));
    int64_t now = clock_now(&ctx->clock);
    struct ca_certificate row = {
        .status = in->active ? ACTIVE : INACTIVE,
        .auto_registration = in->auto_registration ? ENABLE : DISABLE,
        .mode = in->proof.sni_only ? STR("SNI_ONLY") : STR("DEFAULT"),
        .created = now,
        .modified = now,
        .version = 1,
        .owner = ctx->id.account,
    };
    TRY(config_json(ctx, in->config, &row.registration, why));
    TRY(account_uuid(ctx, &row.generation_id, why));
    TRY(cert_intake_ca(ctx, in->proof.ca, &row, why));
    TRY(refuse_eleventh(ctx, &row, why));
    TRY(store_insert(ctx->tx, TABLE(ca_certificate), &row, why));
    TRY(cert_der_put(ctx, in->proof.ca, why));
    TRY(tags_put(ctx, STR("cacert"), row.id, in->tags, why));
    *ret = row;
    return STATUS_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

enum status ca_certificate_get(const struct account_ctx *ctx, struct str id,
                               struct ca_certificate *ret, struct why *why)
{
    struct ca_certificate row = {.id = STR_ABSENT};
    TRY(cert_id_normal(ctx, id, &row.id, why));
    enum status status = store_get(ctx->tx, TABLE(ca_certificate), &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, STATUS_NOT_FOUND, "no CA certificate has the id %.*s", STR_ARG(id));
    }
    TRY(status);
    *ret = row;
    return STATUS_OK;
}

static enum status names_template(const struct account_ctx *ctx, const void *row, const void *arg,
                                  bool *ret_keep, bool *ret_stop, struct why *why)
{
    (void)ret_stop;
    const struct ca_certificate *ca = row;
    const struct str *wanted = arg;
    struct ca_registration_config config;
    TRY(ca_certificate_config(ctx, ca, &config, why));
    *ret_keep = str_eq(config.template_name, *wanted);
    return STATUS_OK;
}

enum status ca_certificate_list(const struct account_ctx *ctx, struct str template_name,
                                const struct page *page, struct page_rows *ret, struct why *why)
{
    struct store_range range = {.index = INDEX(ca_certificate, by_created)};
    struct page_filter filter = {.look = names_template, .arg = &template_name};
    return page_read(ctx, TABLE(ca_certificate), &range, page,
                     str_absent(template_name) ? NULL : &filter, ret, why);
}

/* ---- changing -------------------------------------------------------------------------------- */

static enum status refuse_contradiction(const struct ca_certificate_change *change, struct why *why)
{
    if (!change->remove_auto_registration) {
        return STATUS_OK;
    }
    if (change->config != NULL || str_eq(change->auto_registration, ENABLE)) {
        return why_set(why, STATUS_INVALID,
                       "removeAutoRegistration cannot be asked for together with a "
                       "registrationConfig or newAutoRegistrationStatus=ENABLE");
    }
    return STATUS_OK;
}

static bool changes_nothing(const struct ca_certificate_change *change)
{
    return str_absent(change->status) && str_absent(change->auto_registration) &&
           change->config == NULL && !change->remove_auto_registration;
}

enum status ca_certificate_update(const struct account_ctx *ctx, struct str id,
                                  const struct ca_certificate_change *change, struct why *why)
{
    struct ca_certificate row;
    TRY(ca_certificate_get(ctx, id, &row, why));
    TRY(refuse_contradiction(change, why));
    if (changes_nothing(change)) {
        return STATUS_OK;
    }
    if (!str_absent(change->status)) {
        row.status = change->status;
    }
    if (!str_absent(change->auto_registration)) {
        row.auto_registration = change->auto_registration;
    }
    if (change->config != NULL) {
        TRY(config_json(ctx, change->config, &row.registration, why));
    }
    if (change->remove_auto_registration) {
        row.auto_registration = DISABLE;
        row.registration = STR_ABSENT;
    }
    row.version++;
    row.modified = clock_now(&ctx->clock);
    return store_put(ctx->tx, TABLE(ca_certificate), &row, why);
}

enum status ca_certificate_delete(const struct account_ctx *ctx, struct str id, struct why *why)
{
    struct ca_certificate row;
    TRY(ca_certificate_get(ctx, id, &row, why));
    if (str_eq(row.status, ACTIVE)) {
        return why_set(why, STATUS_CERT_STATE,
                       "CA certificate %.*s is ACTIVE; set it to INACTIVE before it is deleted",
                       STR_ARG(row.id));
    }
    TRY(tags_drop(ctx, STR("cacert"), row.id, why));
    TRY(store_delete(ctx->tx, TABLE(ca_certificate), &row, why));
    return cert_der_drop(ctx, row.id, why);
}
