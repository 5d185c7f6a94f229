/* op_certificate_transfer.c: certificates on their way to another account. */
#include "account/certificate_transfer.h"
#include "api/handlers.h"
#include "api/page.h"

#include "base/banned.h"

enum status op_TransferCertificate(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct certificate row;
    struct str arn;
    struct str id = arg_str(call, M_certificateId);
    TRY(certificate_transfer(&ctx, id, arg_str(call, M_targetAwsAccount),
                             arg_str(call, M_transferMessage), why));
    TRY(certificate_get(&ctx, id, &row, why));
    TRY(call_arn(call, STR("cert"), row.id, &arn, why));
    reply_str(call, M_transferredCertificateArn, arn);
    return STATUS_OK;
}

enum status op_AcceptCertificateTransfer(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return certificate_transfer_accept(&ctx, arg_str(call, M_certificateId),
                                       arg_bool(call, M_setAsActive, false), why);
}

enum status op_RejectCertificateTransfer(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return certificate_transfer_reject(&ctx, arg_str(call, M_certificateId),
                                       arg_str(call, M_rejectReason), why);
}

enum status op_CancelCertificateTransfer(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    return certificate_transfer_cancel(&ctx, arg_str(call, M_certificateId), why);
}

enum status op_ListOutgoingCertificates(struct call *call, struct why *why)
{
    struct account_ctx ctx = call_account(call);
    struct page page;
    struct page_rows listed;
    TRY(call_page(call, &page, why));
    TRY(certificate_list_outgoing(&ctx, &page, &listed, why));
    const struct certificate *rows = listed.rows;
    reply_begin_list(call, M_outgoingCertificates);
    for (size_t i = 0; i < listed.n; i++) {
        struct str arn;
        TRY(call_arn(call, STR("cert"), rows[i].id, &arn, why));
        reply_begin_item(call);
        reply_str(call, M_certificateArn, arn);
        reply_str(call, M_certificateId, rows[i].id);
        reply_str(call, M_transferredTo, rows[i].transfer_to);
        reply_time(call, M_transferDate, rows[i].transferred);
        reply_str(call, M_transferMessage, rows[i].transfer_message);
        reply_time(call, M_creationDate, rows[i].created);
        reply_end_item(call);
    }
    reply_end_list(call);
    return reply_next(call, listed.next, why);
}
