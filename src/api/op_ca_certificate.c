/* op_ca_certificate.c: certificate authorities and the registration code. */
#include "account/ca_certificate.h"
#include "account/cert_intake.h"
#include "account/provisioning_template.h"
#include "account/registration_code.h"
#include "api/handlers.h"
#include "api/page.h"
#include "api/unpack.h"
#include "store/store.h"

#include "base/banned.h"

enum status op_GetRegistrationCode(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct str code;
    TRY(registration_code_get(&ctx, &code, why));
    reply_str(call, M_registrationCode, code);
    return STATUS_OK;
}

enum status op_DeleteRegistrationCode(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return registration_code_delete(&ctx, why);
}

/* ---- registering ----------------------------------------------------------------------------- */

/* registrationConfig; NULL when it was not sent. */
static const struct ca_registration_config *arg_config(const struct call *call,
                                                       struct ca_registration_config *room)
{
    const struct value *config = arg_get(call, M_registrationConfig);
    if (config == NULL) {
        return NULL;
    }
    room->template_body = value_str(config, M_templateBody);
    room->template_name = value_str(config, M_templateName);
    room->role_arn = value_str(config, M_roleArn);
    return room;
}

/* Its template is read here, off the writer thread. */
static enum status check_config(const struct call *call, struct why *why)
{
    struct str body = value_str(arg_get(call, M_registrationConfig), M_templateBody);
    return str_absent(body) ? STATUS_OK
                            : provisioning_body_check(call->mem, body, TEMPLATE_JITP, NULL, why);
}

enum status prepare_RegisterCACertificate(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct ca_proof *proof = NEW(call->mem, struct ca_proof);
    TRY_PTR(proof);
    AUTO_VIEW *view = NULL;
    TRY(store_read_begin(call->env->store, &view, why));
    ctx.tx = view;
    TRY(ca_certificate_prove(&ctx, arg_str(call, M_caCertificate),
                             arg_str(call, M_verificationCertificate),
                             arg_str(call, M_certificateMode), proof, why));
    TRY(check_config(call, why));
    call->prepared = proof;
    return STATUS_OK;
}

enum status op_RegisterCACertificate(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    const struct ca_proof *proof = call->prepared;
    struct ca_registration_config config;
    struct ca_certificate row;
    struct ca_certificate_new new = {
        .proof = *proof,
        .active = arg_bool(call, M_setAsActive, false),
        .auto_registration = arg_bool(call, M_allowAutoRegistration, false),
        .config = arg_config(call, &config),
    };
    TRY(unpack_tags(call, M_tags, &new.tags, why));
    TRY(ca_certificate_register(&ctx, &new, &row, why));
    return reply_certificate_ids(call, STR("cacert"), row.id, why);
}

/* ---- reading --------------------------------------------------------------------------------- */

static void reply_description(struct call *call, const struct ca_certificate *row, struct str pem)
{
    reply_str(call, M_status, row->status);
    reply_str(call, M_certificatePem, pem);
    reply_str(call, M_ownedBy, row->owner);
    reply_time(call, M_creationDate, row->created);
    reply_str(call, M_autoRegistrationStatus, row->auto_registration);
    reply_time(call, M_lastModifiedDate, row->modified);
    reply_int(call, M_customerVersion, row->version);
    reply_str(call, M_generationId, row->generation_id);
    reply_validity(call, row->not_before, row->not_after);
    reply_str(call, M_certificateMode, row->mode);
}

enum status op_DescribeCACertificate(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct ca_certificate row;
    struct str pem;
    TRY(ca_certificate_get(&ctx, arg_str(call, M_certificateId), &row, why));
    TRY(cert_der_pem(&ctx, row.id, &pem, why));
    reply_begin(call, M_certificateDescription);
    TRY(reply_certificate_ids(call, STR("cacert"), row.id, why));
    reply_description(call, &row, pem);
    reply_end(call);
    if (!str_absent(row.registration)) {
        reply_json(call, M_registrationConfig, row.registration);
    }
    return STATUS_OK;
}

enum status op_ListCACertificates(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct page page;
    struct page_rows listed;
    TRY(call_page(call, &page, why));
    TRY(ca_certificate_list(&ctx, arg_str(call, M_templateName), &page, &listed, why));
    const struct ca_certificate *rows = listed.rows;
    reply_begin_list(call, M_certificates);
    for (size_t i = 0; i < listed.n; i++) {
        reply_begin_item(call);
        TRY(reply_certificate_ids(call, STR("cacert"), rows[i].id, why));
        reply_str(call, M_status, rows[i].status);
        reply_time(call, M_creationDate, rows[i].created);
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, listed.next, why);
}

/* ---- changing -------------------------------------------------------------------------------- */

enum status prepare_UpdateCACertificate(struct call *call, struct why *why)
{
    return check_config(call, why);
}

enum status op_UpdateCACertificate(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct ca_registration_config config;
    struct ca_certificate_change change = {
        .status = arg_str(call, M_newStatus),
        .auto_registration = arg_str(call, M_newAutoRegistrationStatus),
        .config = arg_config(call, &config),
        .remove_auto_registration = arg_bool(call, M_removeAutoRegistration, false),
    };
    return ca_certificate_update(&ctx, arg_str(call, M_certificateId), &change, why);
}

enum status op_DeleteCACertificate(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return ca_certificate_delete(&ctx, arg_str(call, M_certificateId), why);
}
