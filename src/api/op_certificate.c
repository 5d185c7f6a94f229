/* op_certificate.c: device certificates, as the API speaks of them. */
#include "account/cert_intake.h"
#include "account/certificate.h"
#include "account/local_ca.h"
#include "api/handlers.h"
#include "api/page.h"
#include "api/unpack.h"
#include "store/store.h"
#include "x509/verify.h"

#include "base/banned.h"

/* What a prepare function leaves for its handler. */
struct prepared {
    struct certificate_new new;
    struct key_pair keys; /* of CreateKeysAndCertificate */
    struct str pem;       /* of a certificate made here */
};

static enum status prepared_new(struct call *call, struct prepared **ret, struct why *why)
{
    struct prepared *prepared = NEW(call->mem, struct prepared);
    TRY_PTR(prepared);
    prepared->new.ca_id = STR_ABSENT;
    call->prepared = prepared;
    *ret = prepared;
    return STATUS_OK;
}

/* ---- made here ------------------------------------------------------------------------------- */

/* Signs a public key and readies the result for registration. */
static enum status issue(const struct call *call, struct bytes spki, struct bytes name_der,
                         struct prepared *prepared, struct why *why)
{
    const struct api_env *env = call->env;
    struct bytes der;
    if (env->ca == NULL) {
        return why_set(why, STATUS_UNSUPPORTED, "this server has no authority of its own");
    }
    TRY(local_ca_issue(call->mem, env->ca, spki, name_der, &env->clock, &env->rnd, &der, why));
    TRY(cert_read(call->mem, str_of_bytes(der), &prepared->new.cert, why));
    prepared->new.status = arg_bool(call, M_setAsActive, false) ? STR("ACTIVE") : STR("INACTIVE");
    return cert_pem(call->mem, der, &prepared->pem, why);
}

static enum status register_issued(struct call *call, struct why *why)
{
    const struct prepared *prepared = call->prepared;
    struct account_ctx ctx = call_account(call);
    struct certificate row;
    TRY(certificate_register(&ctx, &prepared->new, &row, why));
    TRY(reply_certificate_ids(call, STR("cert"), row.id, why));
    reply_str(call, M_certificatePem, prepared->pem);
    return STATUS_OK;
}

enum status prepare_CreateKeysAndCertificate(struct call *call, struct why *why)
{
    struct prepared *prepared;
    TRY(prepared_new(call, &prepared, why));
    arena_hold_secret(call->mem); /* the key, and the reply that carries it */
    TRY(key_make(call->mem, KEY_SPEC_RSA_2048, &prepared->keys, why));
    enum status status = issue(call, prepared->keys.spki, (struct bytes){NULL, 0}, prepared, why);
    if (status != STATUS_OK) {
        key_pair_wipe(&prepared->keys);
    }
    return status;
}

enum status op_CreateKeysAndCertificate(struct call *call, struct why *why)
{
    struct prepared *prepared = call->prepared;
    enum status status = register_issued(call, why);
    if (status == STATUS_OK) {
        reply_begin(call, M_keyPair);
        reply_str(call, M_PublicKey, prepared->keys.public_pem);
        reply_str(call, M_PrivateKey, prepared->keys.private_pem);
        reply_end(call);
    }
    key_pair_wipe(&prepared->keys);
    return status;
}

enum status prepare_CreateCertificateFromCsr(struct call *call, struct why *why)
{
    struct prepared *prepared;
    struct account_ctx ctx = call_account(call);
    struct csr csr;
    TRY(prepared_new(call, &prepared, why));
    TRY(cert_intake_csr(&ctx, arg_str(call, M_certificateSigningRequest), &csr, why));
    return issue(call, csr.key.spki, csr.subject_der, prepared, why);
}

enum status op_CreateCertificateFromCsr(struct call *call, struct why *why)
{
    return register_issued(call, why);
}

/* ---- brought along --------------------------------------------------------------------------- */

static enum status find_signer(struct call *call, struct account_ctx *ctx,
                               struct prepared *prepared, struct why *why)
{
    const struct cert *given = NULL;
    struct str given_pem = arg_str(call, M_caCertificatePem);
    if (!str_absent(given_pem)) {
        TRY(cert_intake_read(ctx, given_pem, &given, why));
    }
    AUTO_VIEW *view = NULL;
    TRY(store_read_begin(call->env->store, &view, why));
    ctx->tx = view;
    return certificate_signer(ctx, prepared->new.cert, given, &prepared->new.ca_id, why);
}

enum status prepare_RegisterCertificate(struct call *call, struct why *why)
{
    struct prepared *prepared;
    struct account_ctx ctx = call_account(call);
    TRY(prepared_new(call, &prepared, why));
    TRY(certificate_status_asked(arg_str(call, M_status), unpack_bool(call, M_setAsActive),
                                 &prepared->new.status, why));
    TRY(cert_intake_read(&ctx, arg_str(call, M_certificatePem), &prepared->new.cert, why));
    return find_signer(call, &ctx, prepared, why);
}

static enum status register_brought(struct call *call, struct why *why)
{
    const struct prepared *prepared = call->prepared;
    struct account_ctx ctx = call_account(call);
    struct certificate row;
    TRY(certificate_register(&ctx, &prepared->new, &row, why));
    return reply_certificate_ids(call, STR("cert"), row.id, why);
}

enum status op_RegisterCertificate(struct call *call, struct why *why)
{
    return register_brought(call, why);
}

enum status prepare_RegisterCertificateWithoutCA(struct call *call, struct why *why)
{
    struct prepared *prepared;
    struct account_ctx ctx = call_account(call);
    struct maybe_bool not_given = {false, false};
    TRY(prepared_new(call, &prepared, why));
    prepared->new.sni_only = true;
    TRY(certificate_status_asked(arg_str(call, M_status), not_given, &prepared->new.status, why));
    return cert_intake_read(&ctx, arg_str(call, M_certificatePem), &prepared->new.cert, why);
}

enum status op_RegisterCertificateWithoutCA(struct call *call, struct why *why)
{
    return register_brought(call, why);
}

/* ---- reading --------------------------------------------------------------------------------- */

static void reply_transfer(struct call *call, const struct certificate *row)
{
    if (row->transferred == TIME_NEVER) {
        return;
    }
    reply_begin(call, M_transferData);
    reply_str(call, M_transferMessage, row->transfer_message);
    reply_str(call, M_rejectReason, row->transfer_reject);
    reply_time(call, M_transferDate, row->transferred);
    reply_time(call, M_acceptDate, row->transfer_accepted);
    reply_time(call, M_rejectDate, row->transfer_rejected);
    reply_end(call);
}

static void reply_description(struct call *call, const struct certificate *row, struct str pem)
{
    if (row->ca_id.len > 0) {
        reply_str(call, M_caCertificateId, row->ca_id);
    }
    reply_str(call, M_status, row->status);
    reply_str(call, M_certificatePem, pem);
    reply_str(call, M_ownedBy, row->owner);
    reply_str(call, M_previousOwnedBy, row->previous_owner);
    reply_time(call, M_creationDate, row->created);
    reply_time(call, M_lastModifiedDate, row->modified);
    reply_int(call, M_customerVersion, row->version);
    reply_transfer(call, row);
    reply_str(call, M_generationId, row->generation_id);
    reply_validity(call, row->not_before, row->not_after);
    reply_str(call, M_certificateMode, row->mode);
}

enum status op_DescribeCertificate(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct certificate row;
    struct str pem;
    TRY(certificate_get(&ctx, arg_str(call, M_certificateId), &row, why));
    TRY(cert_der_pem(&ctx, row.id, &pem, why));
    reply_begin(call, M_certificateDescription);
    TRY(reply_certificate_ids(call, STR("cert"), row.id, why));
    reply_description(call, &row, pem);
    reply_end(call);
    return STATUS_OK;
}

static enum status reply_certificates(struct call *call, const struct page_rows *listed,
                                      struct why *why)
{
    const struct certificate *rows = listed->rows;
    reply_begin_list(call, M_certificates);
    for (size_t i = 0; i < listed->n; i++) {
        reply_begin_item(call);
        TRY(reply_certificate_ids(call, STR("cert"), rows[i].id, why));
        reply_str(call, M_status, rows[i].status);
        reply_str(call, M_certificateMode, rows[i].mode);
        reply_time(call, M_creationDate, rows[i].created);
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, listed->next, why);
}

enum status op_ListCertificates(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct page page;
    struct page_rows listed;
    TRY(call_page(call, &page, why));
    TRY(certificate_list(&ctx, &page, &listed, why));
    return reply_certificates(call, &listed, why);
}

enum status op_ListCertificatesByCA(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct page page;
    struct page_rows listed;
    TRY(call_page(call, &page, why));
    TRY(certificate_list_by_ca(&ctx, arg_str(call, M_caCertificateId), &page, &listed, why));
    return reply_certificates(call, &listed, why);
}

/* ---- changing -------------------------------------------------------------------------------- */

enum status op_UpdateCertificate(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return certificate_update(&ctx, arg_str(call, M_certificateId), arg_str(call, M_newStatus),
                              why);
}

enum status op_DeleteCertificate(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return certificate_delete(&ctx, arg_str(call, M_certificateId),
                              arg_bool(call, M_forceDelete, false), why);
}
