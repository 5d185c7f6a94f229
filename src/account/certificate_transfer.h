/* certificate_transfer.h: certificates on their way to another account.
 *
 * In AWS the source transfers and may cancel, the destination accepts or rejects. This server holds
 * one account and its operator stands at both ends: all four are open to whoever may sign requests
 * here, and what they leave behind (dates, messages, owners) is what AWS would leave. An accepted
 * certificate stays registered here, with the destination as its owner; docs/certificates.md says
 * how to carry it over to another server.
 *
 *  1. Only an INACTIVE certificate without policies is transferred. (AWS asks for "not ACTIVE";
 *     were a REVOKED one taken, rejecting the transfer would make it INACTIVE, and REVOKED is
 *     final.)
 *  2. A certificate in PENDING_TRANSFER has its row in `outgoing`, and no other has.
 *  3. Rejecting and cancelling make it INACTIVE; accepting INACTIVE, or ACTIVE on request.
 */
#ifndef ACCOUNT_CERTIFICATE_TRANSFER_H
#define ACCOUNT_CERTIFICATE_TRANSFER_H

#include "account/certificate.h"

/* NOT_FOUND; CERT_STATE: not INACTIVE; TRANSFER_CONFLICT: policies are attached (resource: one);
 * INVALID: to the account that has it. message may be absent. */
MUST_USE enum status certificate_transfer(const struct account_ctx *ctx, struct str id,
                                          struct str to_account, struct str message,
                                          struct why *why);

/* The three ways out. NOT_FOUND; TRANSFER_DONE: there was a transfer and it has ended; INVALID:
 * there never was one. */
MUST_USE enum status certificate_transfer_accept(const struct account_ctx *ctx, struct str id,
                                                 bool set_as_active, struct why *why);
MUST_USE enum status certificate_transfer_reject(const struct account_ctx *ctx, struct str id,
                                                 struct str reason, struct why *why);
MUST_USE enum status certificate_transfer_cancel(const struct account_ctx *ctx, struct str id,
                                                 struct why *why);

/* Certificates in PENDING_TRANSFER, by creation: rows of struct certificate, in full. */
MUST_USE enum status certificate_list_outgoing(const struct account_ctx *ctx,
                                               const struct page *page, struct page_rows *ret,
                                               struct why *why);

#endif
