/* claim.c: see claim.h. */
#include "provision/claim.h"

#include "account/policy_target.h"
#include "account/provisioning_template.h"
#include "base/buf.h"
#include "codec/json_write.h"

#include "base/banned.h"

enum { POLICY_MAX = 4096 };

#define INACTIVE STR("INACTIVE")

enum status claim_prepare(const struct account_ctx *ctx, const struct local_ca *ca,
                          struct str template_name, struct claim_new *ret, struct why *why)
{
    struct claim_new new = {.template_name = template_name};
    struct bytes der;
    if (ca == NULL) {
        return why_set(why, STATUS_UNSUPPORTED, "this server has no authority of its own");
    }
    new.expires = clock_now(&ctx->clock) + CLAIM_MINUTES *MINUTE_MS;
    TRY(key_make(ctx->mem, KEY_SPEC_RSA_2048, &new.keys, why));
    enum status status = local_ca_issue_until(ctx->mem, ca, new.keys.spki, new.expires, &ctx->clock,
                                              &ctx->rnd, &der, why);
    if (status == STATUS_OK) {
        status = cert_read(ctx->mem, str_of_bytes(der), &new.certificate.cert, why);
    }
    if (status == STATUS_OK) {
        status = cert_pem(ctx->mem, der, &new.pem, why);
    }
    if (status != STATUS_OK) {
        key_pair_wipe(&new.keys);
        return status;
    }
    new.certificate.ca_id = STR_ABSENT;
    new.certificate.status = STR("ACTIVE");
    *ret = new;
    return STATUS_OK;
}

/* ---- the policy ------------------------------------------------------------------------------ */

struct statement {
    const char *action;
    const char *kind;             /* of resource: client, topic, topicfilter */
    const char *const *resources; /* NULL-ended; "%" is the template's name */
};

static const char *const CLIENTS[] = {"*", NULL};
static const char *const ASKED[] = {"$aws/certificates/create/*",
                                    "$aws/certificates/create-from-csr/*",
                                    "$aws/provisioning-templates/%/provision/*", NULL};

static const struct statement statements[] = {
    {"iot:Connect", "client", CLIENTS},
    {"iot:Publish", "topic", ASKED},
    {"iot:Receive", "topic", ASKED},
    {"iot:Subscribe", "topicfilter", ASKED},
};

static enum status resource_arn(const struct account_ctx *ctx, const struct statement *statement,
                                const char *resource, struct str template_name, struct str *ret,
                                struct why *why)
{
    struct str text = str_from(resource);
    size_t at = str_find_char(text, '%', 0);
    TRY(str_fmt(ctx->mem, &text, why, "%.*s%.*s%.*s", STR_ARG(str_slice(text, 0, at)),
                STR_ARG(at < text.len ? template_name : STR("")),
                STR_ARG(str_slice(text, at + 1, text.len))));
    return account_arn(ctx, str_from(statement->kind), text, ret, why);
}

static enum status policy_text(const struct account_ctx *ctx, struct str template_name,
                               struct str *ret, struct why *why)
{
    struct buf out;
    struct json_write w;
    buf_init(&out, ctx->mem, POLICY_MAX);
    json_write_init(&w, &out);
    json_write_object(&w);
    json_write_member(&w, STR("Version"), STR("2012-10-17"));
    json_write_key(&w, STR("Statement"));
    json_write_array(&w);
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++) {
        json_write_object(&w);
        json_write_member(&w, STR("Effect"), STR("Allow"));
        json_write_member(&w, STR("Action"), str_from(statements[i].action));
        json_write_key(&w, STR("Resource"));
        json_write_array(&w);
        for (const char *const *r = statements[i].resources; *r != NULL; r++) {
            struct str arn;
            TRY(resource_arn(ctx, &statements[i], *r, template_name, &arn, why));
            json_write_string(&w, arn);
        }
        json_write_end(&w);
        json_write_end(&w);
    }
    json_write_end(&w);
    json_write_end(&w);
    json_write_finish(&w);
    return buf_finish(&out, ret, why);
}

static enum status ensure_policy(const struct account_ctx *ctx, struct str template_name,
                                 struct str *ret_name, struct why *why)
{
    struct policy row;
    struct str document;
    const struct tags no_tags = {NULL, 0};
    TRY(str_fmt(ctx->mem, ret_name, why, "provisioning-claim-%.*s", STR_ARG(template_name)));
    enum status status = policy_get(ctx, *ret_name, &row, NULL, why);
    if (status != STATUS_NOT_FOUND) {
        return status;
    }
    TRY(policy_text(ctx, template_name, &document, why));
    TRY(policy_document_check(ctx->mem, document, why));
    return policy_create(ctx, *ret_name, document, no_tags, &row, why);
}

/* ---- making and removing --------------------------------------------------------------------- */

enum status claim_create(const struct account_ctx *ctx, const struct claim_new *new,
                         struct why *why)
{
    struct provisioning_template template;
    struct certificate row;
    struct str policy;
    struct str arn;
    TRY(provisioning_template_get(ctx, new->template_name, &template, NULL, why));
    if (!str_eq(template.kind, TEMPLATE_KIND_FLEET) || !template.enabled) {
        return why_set(why, STATUS_INVALID, "provisioning template %.*s is %s",
                       STR_ARG(template.name),
                       template.enabled ? "a JITP one, which needs no claims" : "not enabled");
    }
    TRY(certificate_register(ctx, &new->certificate, &row, why));
    TRY(ensure_policy(ctx, template.name, &policy, why));
    TRY(account_arn(ctx, STR("cert"), row.id, &arn, why));
    TRY(policy_attach(ctx, policy, arn, why));
    const struct provisioning_claim claim = {
        .certificate = row.id, .template = template.name, .expires = new->expires};
    return store_insert(ctx->tx, TABLE(provisioning_claim), &claim, why);
}

/* The next that has expired; false: there is none. */
static enum status next_expired(const struct account_ctx *ctx, struct provisioning_claim *ret,
                                bool *ret_is, struct why *why)
{
    const struct store_range range = {.index = INDEX(provisioning_claim, by_expiry)};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(provisioning_claim), &range, &scan, why));
    TRY(store_scan_next(scan, ret, ctx->mem, ret_is, why));
    *ret_is = *ret_is && ret->expires < clock_now(&ctx->clock);
    return STATUS_OK;
}

/* Whatever somebody has made of the certificate since is left to them: then the row goes alone. */
static enum status claim_remove(const struct account_ctx *ctx, const struct provisioning_claim *row,
                                struct why *why)
{
    struct certificate certificate;
    enum status status = certificate_get(ctx, row->certificate, &certificate, why);
    if (status == STATUS_OK) {
        status = certificate_update(ctx, row->certificate, INACTIVE, why);
    }
    if (status == STATUS_OK || status == STATUS_CERT_STATE) {
        status = certificate_delete(ctx, row->certificate, true, why);
    }
    if (status != STATUS_OK && status != STATUS_NOT_FOUND && status != STATUS_CERT_STATE &&
        status != STATUS_DELETE_CONFLICT) {
        return status;
    }
    return store_delete(ctx->tx, TABLE(provisioning_claim), row, why);
}

enum status claim_sweep(const struct account_ctx *ctx, size_t max, size_t *ret_n, struct why *why)
{
    struct provisioning_claim row;
    size_t n = 0;
    for (bool more = true; n < max; n++) {
        TRY(next_expired(ctx, &row, &more, why));
        if (!more) {
            break;
        }
        TRY(claim_remove(ctx, &row, why));
    }
    *ret_n = n;
    return STATUS_OK;
}

enum status claim_sweep_is_due(const struct account_ctx *ctx, bool *ret, struct why *why)
{
    struct provisioning_claim row;
    return next_expired(ctx, &row, ret, why);
}
