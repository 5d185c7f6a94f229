/* certificate.h: device certificates: from registration to deletion.
 *
 * States and what moves between them (certificate_may_become is the table):
 *
 *     register, create ──▶ ACTIVE ◀──▶ INACTIVE ──▶ PENDING_TRANSFER   (certificate_transfer.h)
 *                             │           │
 *                             └──▶ REVOKED ◀┘        final
 *
 *  1. REVOKED is final: nothing leaves it but deletion.
 *  2. PENDING_TRANSFER and PENDING_ACTIVATION are set by the service alone; a caller who asks for
 *     them is refused (UpdateCertificate, API reference). A caller may move a certificate out of
 *     PENDING_ACTIVATION, where just-in-time registration leaves it.
 *  3. Setting the state that it has already changes nothing: the call is idempotent.
 *  4. ACTIVE and PENDING_TRANSFER cannot be deleted; nor can a certificate that is attached to a
 *     thing, or, unless deletion is forced, to a policy.
 *  5. Each change adds one to its version; its generation id tells it from a former certificate of
 *     the same id that was deleted.
 */
#ifndef ACCOUNT_CERTIFICATE_H
#define ACCOUNT_CERTIFICATE_H

#include "account/page.h"
#include "x509/cert.h"

/* ---- registering ------------------------------------------------------------------------------
 */

/* The registered CA that signed a certificate; runs off the writer thread, over a read view.
 *
 * Candidates are the registered CAs with the issuer's name; given is the caller's caCertificatePem
 * read with cert_read, or NULL. CERT_INVALID: none of them signed it, or the one given is not
 * registered or did not sign it. CERT_CONFLICT: several did, which can only be when they have name
 * and key in common; then the caller must give one. */
MUST_USE enum status certificate_signer(const struct account_ctx *ctx, const struct cert *cert,
                                        const struct cert *given, struct str *ret_ca_id,
                                        struct why *why);

struct certificate_new {
    const struct cert *cert; /* from cert_intake_read */
    struct str ca_id;        /* from certificate_signer; absent: no registered CA signed it */
    bool sni_only;           /* registered without a CA; with a CA the mode is the CA's */
    struct str status;       /* ACTIVE, INACTIVE, REVOKED; absent: INACTIVE. Others: INVALID */
    bool pending;            /* it came by itself (provision/): PENDING_ACTIVATION */
};

/* EXISTS (resource: its ARN): registered already. CERT_STATE: its CA is not ACTIVE. CERT_INVALID:
 * its CA was deleted since certificate_signer. */
MUST_USE enum status certificate_register(const struct account_ctx *ctx,
                                          const struct certificate_new *in, struct certificate *ret,
                                          struct why *why);

/* The status that RegisterCertificate's two members ask for together: `status`, and `setAsActive`,
 * its deprecated forerunner. INVALID when they contradict each other, or for a status that callers
 * do not set. */
MUST_USE enum status certificate_status_asked(struct str status, struct maybe_bool set_as_active,
                                              struct str *ret, struct why *why);

/* ---- reading ----------------------------------------------------------------------------------
 */

/* NOT_FOUND. */
MUST_USE enum status certificate_get(const struct account_ctx *ctx, struct str id,
                                     struct certificate *ret, struct why *why);

/* The same, but only id, status, version and generation_id are filled: for certificate_set. */
MUST_USE enum status certificate_state(const struct account_ctx *ctx, struct str id,
                                       struct certificate *ret, struct why *why);

/* Rows of struct certificate in order of creation; only id, status, mode and created are filled. */
MUST_USE enum status certificate_list(const struct account_ctx *ctx, const struct page *page,
                                      struct page_rows *ret, struct why *why);

/* Those that the CA signed, whether it is registered still or not. */
MUST_USE enum status certificate_list_by_ca(const struct account_ctx *ctx, struct str ca_id,
                                            const struct page *page, struct page_rows *ret,
                                            struct why *why);

/* ---- changing ---------------------------------------------------------------------------------
 */

/* Whether UpdateCertificate may take a certificate from one state to another. OK; INVALID when `to`
 * is no state that callers set; CERT_STATE when `from` forbids it. */
MUST_USE enum status certificate_may_become(struct str from, struct str to, struct why *why);

/* NOT_FOUND, and as certificate_may_become. */
MUST_USE enum status certificate_update(const struct account_ctx *ctx, struct str id,
                                        struct str status, struct why *why);

/* Stamps the change (invariant 5) and puts the row, without looking at its state. For this folder,
 * and for mitigations, which take back what they did. */
MUST_USE enum status certificate_put(const struct account_ctx *ctx, struct certificate *row,
                                     struct why *why);

/* The same of a row that may be no more than its state: writes status, version and modified. */
MUST_USE enum status certificate_set(const struct account_ctx *ctx, struct certificate *row,
                                     struct why *why);

/* With force, policies are detached on the way. NOT_FOUND, CERT_STATE, DELETE_CONFLICT (resource:
 * the thing or policy in the way). */
MUST_USE enum status certificate_delete(const struct account_ctx *ctx, struct str id, bool force,
                                        struct why *why);

#endif
