/* certificate.c: see certificate.h. */
#include "account/certificate.h"

#include "account/cert_intake.h"
#include "account/policy_names.h"
#include "codec/hex.h"
#include "x509/verify.h"

#include "base/banned.h"

#define ACTIVE           STR("ACTIVE")
#define INACTIVE         STR("INACTIVE")
#define REVOKED          STR("REVOKED")
#define PENDING_TRANSFER STR("PENDING_TRANSFER")

/* ---- registering ----------------------------------------------------------------------------- */

/* What the search for a signer found so far. */
struct signer {
    const struct cert *cert;
    const struct cert *given;
    struct str id; /* absent: none yet */
    size_t n_named;
};

static enum status signer_try(const struct account_ctx *ctx, const struct ca_certificate *row,
                              struct signer *signer, struct why *why)
{
    if (signer->given != NULL && !str_eq(row->id, signer->given->id)) {
        return STATUS_OK;
    }
    const struct cert *ca;
    TRY(cert_der_read(ctx, row->id, &ca, why));
    signer->n_named++;
    enum status status = cert_signed_by(signer->cert, ca, why);
    if (status == STATUS_CERT_INVALID) { /* not this one; the next may be the signer */
        return STATUS_OK;
    }
    TRY(status);
    if (!str_absent(signer->id)) {
        return why_set(why, STATUS_CERT_CONFLICT,
                       "CA certificates %.*s and %.*s have the same subject and key and both match "
                       "the issuer of this certificate; say which one in caCertificatePem",
                       STR_ARG(signer->id), STR_ARG(row->id));
    }
    return str_dup(ctx->mem, row->id, &signer->id, why);
}

static enum status signer_missing(const struct signer *signer, struct why *why)
{
    if (signer->given != NULL && signer->n_named == 0) {
        return why_set(why, STATUS_CERT_INVALID,
                       "the CA certificate given (%.*s) is not registered, or is not the issuer "
                       "that the certificate names: %.*s",
                       STR_ARG(signer->given->id), STR_ARG(signer->cert->issuer));
    }
    if (signer->n_named == 0) {
        return why_set(why, STATUS_CERT_INVALID,
                       "no CA certificate with the subject '%.*s' is registered",
                       STR_ARG(signer->cert->issuer));
    }
    return why_set(why, STATUS_CERT_INVALID,
                   "no registered CA certificate with the subject '%.*s' signed this certificate",
                   STR_ARG(signer->cert->issuer));
}

enum status certificate_signer(const struct account_ctx *ctx, const struct cert *cert,
                               const struct cert *given, struct str *ret_ca_id, struct why *why)
{
    struct ca_certificate prefix = {.id = STR_ABSENT};
    struct bytes issuer = {cert->issuer_sha256, sizeof cert->issuer_sha256};
    TRY(hex_dup(ctx->mem, issuer, &prefix.subject_hash, why));
    struct store_range range = {
        .index = INDEX(ca_certificate, by_subject), .prefix = &prefix, .n_prefix = 1};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(ca_certificate), &range, &scan, why));
    struct signer signer = {.cert = cert, .given = given, .id = STR_ABSENT};
    for (;;) {
        struct ca_certificate row;
        bool more;
        TRY(store_scan_next(scan, &row, ctx->mem, &more, why));
        if (!more) {
            break;
        }
        TRY(signer_try(ctx, &row, &signer, why));
    }
    if (str_absent(signer.id)) {
        return signer_missing(&signer, why);
    }
    *ret_ca_id = signer.id;
    return STATUS_OK;
}

/* States that a caller may give to a certificate. */
static bool settable(struct str status)
{
    return str_eq(status, ACTIVE) || str_eq(status, INACTIVE) || str_eq(status, REVOKED);
}

static enum status refuse_unsettable(struct str status, struct why *why)
{
    return why_set(why, STATUS_INVALID,
                   "the status %.*s is set by the service alone; ACTIVE, INACTIVE and REVOKED can "
                   "be asked for",
                   STR_ARG(status));
}

enum status certificate_status_asked(struct str status, struct maybe_bool set_as_active,
                                     struct str *ret, struct why *why)
{
    if (!str_absent(status) && !settable(status)) {
        return refuse_unsettable(status, why);
    }
    struct str older = set_as_active.value ? ACTIVE : INACTIVE;
    if (str_absent(status)) {
        *ret = set_as_active.given ? older : INACTIVE;
        return STATUS_OK;
    }
    if (set_as_active.given && set_as_active.value != str_eq(status, ACTIVE)) {
        return why_set(why, STATUS_INVALID, "status %.*s contradicts setAsActive=%s",
                       STR_ARG(status), set_as_active.value ? "true" : "false");
    }
    *ret = status;
    return STATUS_OK;
}

/* The CA whose mode the new certificate takes over. */
static enum status signer_check(const struct account_ctx *ctx, struct str ca_id,
                                struct str *ret_mode, struct why *why)
{
    struct ca_certificate ca = {.id = ca_id};
    enum status status = store_get(ctx->tx, TABLE(ca_certificate), &ca, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, STATUS_CERT_INVALID, "CA certificate %.*s is not registered any more",
                       STR_ARG(ca_id));
    }
    TRY(status);
    if (!str_eq(ca.status, ACTIVE)) {
        return why_set(why, STATUS_CERT_STATE,
                       "CA certificate %.*s is %.*s; only an ACTIVE one registers device "
                       "certificates",
                       STR_ARG(ca_id), STR_ARG(ca.status));
    }
    if (ca.not_after < clock_now(&ctx->clock)) {
        return why_set(why, STATUS_CERT_INVALID,
                       "CA certificate %.*s has expired; it registers no more device certificates",
                       STR_ARG(ca_id));
    }
    *ret_mode = ca.mode;
    return STATUS_OK;
}

static enum status refuse_registered(const struct account_ctx *ctx, struct str id, struct why *why)
{
    struct certificate there = {.id = id};
    enum status status = store_get(ctx->tx, TABLE(certificate), &there, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(status);
    return why_resource(
        why, ctx, STR("cert"), id,
        why_set(why, STATUS_EXISTS, "certificate %.*s is registered already", STR_ARG(id)));
}

enum status certificate_register(const struct account_ctx *ctx, const struct certificate_new *in,
                                 struct certificate *ret, struct why *why)
{
    TRY(refuse_registered(ctx, in->cert->id, why));
    int64_t now = clock_now(&ctx->clock);
    struct certificate row = {
        .ca_id = STR(""),
        .mode = in->sni_only ? STR("SNI_ONLY") : STR("DEFAULT"),
        .created = now,
        .modified = now,
        .version = 1,
        .owner = ctx->id.account,
        .transferred = TIME_NEVER,
        .transfer_accepted = TIME_NEVER,
        .transfer_rejected = TIME_NEVER,
    };
    struct maybe_bool not_given = {false, false};
    TRY(certificate_status_asked(in->status, not_given, &row.status, why));
    if (in->pending) {
        row.status = STR("PENDING_ACTIVATION");
    }
    if (!str_absent(in->ca_id)) {
        row.ca_id = in->ca_id;
        TRY(signer_check(ctx, in->ca_id, &row.mode, why));
    }
    TRY(account_uuid(ctx, &row.generation_id, why));
    TRY(cert_intake_certificate(ctx, in->cert, &row, why));
    TRY(store_insert(ctx->tx, TABLE(certificate), &row, why));
    TRY(cert_der_put(ctx, in->cert, why));
    *ret = row;
    return STATUS_OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

static enum status get(const struct account_ctx *ctx, struct str id, uint64_t columns,
                       struct certificate *ret, struct why *why)
{
    struct certificate row = {.id = STR_ABSENT};
    TRY(cert_id_normal(ctx, id, &row.id, why));
    enum status status =
        columns == 0 ? store_get(ctx->tx, TABLE(certificate), &row, ctx->mem, why)
                     : store_get_columns(ctx->tx, TABLE(certificate), columns, &row, ctx->mem, why);
    if (status == STATUS_NOT_FOUND) {
        return why_set(why, STATUS_NOT_FOUND, "no certificate has the id %.*s", STR_ARG(id));
    }
    TRY(status);
    *ret = row;
    return STATUS_OK;
}

enum status certificate_get(const struct account_ctx *ctx, struct str id, struct certificate *ret,
                            struct why *why)
{
    return get(ctx, id, 0, ret, why);
}

enum status certificate_state(const struct account_ctx *ctx, struct str id, struct certificate *ret,
                              struct why *why)
{
    const uint64_t columns = COLUMN_BIT(COL_certificate__status) |
                             COLUMN_BIT(COL_certificate__version) |
                             COLUMN_BIT(COL_certificate__generation_id);
    return get(ctx, id, columns, ret, why);
}

/* No more than by_created carries, so that a list reads an index alone (store/tables.h). */
static const uint64_t listed_columns =
    COLUMN_BIT(COL_certificate__id) | COLUMN_BIT(COL_certificate__status) |
    COLUMN_BIT(COL_certificate__mode) | COLUMN_BIT(COL_certificate__created);

enum status certificate_list(const struct account_ctx *ctx, const struct page *page,
                             struct page_rows *ret, struct why *why)
{
    struct store_range range = {.index = INDEX(certificate, by_created), .columns = listed_columns};
    return page_read(ctx, TABLE(certificate), &range, page, NULL, ret, why);
}

enum status certificate_list_by_ca(const struct account_ctx *ctx, struct str ca_id,
                                   const struct page *page, struct page_rows *ret, struct why *why)
{
    struct certificate prefix = {.id = STR_ABSENT};
    TRY(cert_id_normal(ctx, ca_id, &prefix.ca_id, why));
    struct store_range range = {.index = INDEX(certificate, by_ca),
                                .prefix = &prefix,
                                .n_prefix = 1,
                                .columns = listed_columns};
    return page_read(ctx, TABLE(certificate), &range, page, NULL, ret, why);
}

/* ---- changing -------------------------------------------------------------------------------- */

enum status certificate_may_become(struct str from, struct str to, struct why *why)
{
    if (!settable(to)) {
        return refuse_unsettable(to, why);
    }
    if (str_eq(from, to)) {
        return STATUS_OK;
    }
    if (str_eq(from, REVOKED)) {
        return why_set(why, STATUS_CERT_STATE,
                       "a REVOKED certificate stays revoked; it cannot become %.*s", STR_ARG(to));
    }
    if (str_eq(from, PENDING_TRANSFER)) {
        return why_set(why, STATUS_CERT_STATE,
                       "the certificate is in PENDING_TRANSFER; accept, reject or cancel the "
                       "transfer before it becomes %.*s",
                       STR_ARG(to));
    }
    return STATUS_OK;
}

enum status certificate_put(const struct account_ctx *ctx, struct certificate *row, struct why *why)
{
    row->version++;
    row->modified = clock_now(&ctx->clock);
    return store_put(ctx->tx, TABLE(certificate), row, why);
}

enum status certificate_set(const struct account_ctx *ctx, struct certificate *row, struct why *why)
{
    const uint64_t columns = COLUMN_BIT(COL_certificate__status) |
                             COLUMN_BIT(COL_certificate__version) |
                             COLUMN_BIT(COL_certificate__modified);
    row->version++;
    row->modified = clock_now(&ctx->clock);
    return store_update(ctx->tx, TABLE(certificate), columns, row, why);
}

enum status certificate_update(const struct account_ctx *ctx, struct str id, struct str status,
                               struct why *why)
{
    struct certificate row;
    TRY(certificate_state(ctx, id, &row, why));
    TRY(certificate_may_become(row.status, status, why));
    if (str_eq(row.status, status)) {
        return STATUS_OK;
    }
    row.status = status;
    return certificate_set(ctx, &row, why);
}

/* ---- deleting -------------------------------------------------------------------------------- */

static enum status refuse_attached_thing(const struct account_ctx *ctx, struct str arn,
                                         struct why *why)
{
    struct principal_thing prefix = {.principal = arn};
    struct store_range range = {.prefix = &prefix, .n_prefix = 1};
    AUTO_SCAN *scan = NULL;
    TRY(store_scan_open(ctx->tx, TABLE(principal_thing), &range, &scan, why));
    struct principal_thing row;
    bool more;
    TRY(store_scan_next(scan, &row, ctx->mem, &more, why));
    if (!more) {
        return STATUS_OK;
    }
    return why_resource(why, ctx, STR("thing"), row.thing,
                        why_set(why, STATUS_DELETE_CONFLICT,
                                "the certificate is attached to thing %.*s; detach it first",
                                STR_ARG(row.thing)));
}

static enum status release_policies(const struct account_ctx *ctx, struct str arn, bool force,
                                    struct why *why)
{
    struct policy_names names;
    TRY(policy_names_get(ctx, arn, &names, why));
    if (names.n > 0 && !force) {
        return why_resource(why, ctx, STR("policy"), names.at[0],
                            why_set(why, STATUS_DELETE_CONFLICT,
                                    "policy %.*s is attached to the certificate; detach it first, "
                                    "or force the deletion",
                                    STR_ARG(names.at[0])));
    }
    return policy_names_drop(ctx, arn, &names, why);
}

enum status certificate_delete(const struct account_ctx *ctx, struct str id, bool force,
                               struct why *why)
{
    struct certificate row;
    TRY(certificate_get(ctx, id, &row, why));
    if (str_eq(row.status, ACTIVE) || str_eq(row.status, PENDING_TRANSFER)) {
        return why_set(why, STATUS_CERT_STATE, "certificate %.*s is %.*s; %s before it is deleted",
                       STR_ARG(row.id), STR_ARG(row.status),
                       str_eq(row.status, ACTIVE) ? "set it to INACTIVE" : "cancel its transfer");
    }
    struct str arn;
    TRY(account_arn(ctx, STR("cert"), row.id, &arn, why));
    TRY(refuse_attached_thing(ctx, arn, why));
    TRY(release_policies(ctx, arn, force, why));
    TRY(store_delete(ctx->tx, TABLE(certificate), &row, why));
    return cert_der_drop(ctx, row.id, why);
}
